"""Search: both legs over one generation, fused so that neither language loses by it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from archive.store import Archive
from archive.types import Document, Section, Span
from index.generations import Generation
from index.questions import Question, lexical_concepts, understand
from index.types import Concept, Encoder, Filters, FloatArray, Hit, IntArray, Passage
from index.words import is_han

# Shares of the fused score; ARCHITECTURE.md gives the figures they were chosen by.
LEXICAL_SHARE = {"zh": 0.1, "en": 0.1}
_DEPTH = 100
_FIGURE_PASSAGES = 30


@dataclass(frozen=True, slots=True)
class FigureHit:
    """A figure found: where it stands, and how many standard deviations its clause is nearer than most."""

    document: Document
    section: Section
    span: Span
    nearness: float


class Searcher:
    """Searches one generation. Holds no state but caches; safe to use from several threads."""

    def __init__(self, generation: Generation, archive: Archive, encoder: Encoder) -> None:
        self.generation = generation
        self._archive = archive
        self._query = lru_cache(maxsize=1024)(encoder.encode_query)
        self._ranked = lru_cache(maxsize=64)(self._rank)
        self._get = lru_cache(maxsize=512)(archive.get)
        self._passages = len(generation.passage_rows)

    def understand(self, text: str) -> Question:
        return understand(text, self.generation.glossary, self.weight_of)

    def weight_of(self, words: Sequence[str]) -> float:
        """BM25's inverse document frequency of a set of words, as if they were one."""
        count = min(sum(self.generation.lexical.frequency(w) for w in words), self._passages)
        return math.log(1 + (self._passages - count + 0.5) / (count + 0.5))

    def document(self, doc_id: str, revision: str) -> Document:
        return self._get(doc_id, revision)

    def search(self, question: Question, k: int, filters: Filters | None = None) -> list[Hit]:
        """The best k passages. Both legs propose, and every proposal is scored by both."""
        return list(self._ranked(question, self._present(filters), max(_DEPTH, k))[:k])

    def _rank(self, question: Question, filters: Filters, depth: int) -> tuple[Hit, ...]:
        passages, lexical = self.generation.passages, self.generation.lexical
        within = self._within(self.generation.passage_rows, filters)
        vector = self._query(question.text)
        concepts = lexical_concepts(question, self.weight_of)
        found = {
            "dense": passages.search(vector, depth, within)[0],
            "lexical": lexical.search(concepts, depth, within)[0],
        }
        proposed = np.union1d(*found.values())
        cosines = _by_id(*passages.search(vector, len(proposed), proposed))
        shares = _by_id(*lexical.search(concepts, len(proposed), proposed))
        most, (mean, deviation) = _most(concepts), passages.background(vector)
        legs = {leg: set(ids.tolist()) for leg, ids in found.items()}
        scored = []
        for at, cosine in cosines.items():
            share = shares.get(at, 0.0) / most
            by = tuple(leg for leg, ids in legs.items() if at in ids)
            score = cosine + LEXICAL_SHARE[question.language] * share
            scored.append((-score, at, cosine, share, (cosine - mean) / deviation, by))
        return tuple(
            Hit(self._passage(at), -score, cosine, share, nearness, by)
            for score, at, cosine, share, nearness, by in sorted(scored)[:depth]
        )

    def figures(self, question: Question, k: int, filters: Filters | None = None) -> list[FigureHit]:
        """The figures whose own clause is nearest to the question, and all those of the best passages."""
        vectors = self.generation.figures
        if not len(vectors):
            return []
        vector = self._query(question.text)
        nearest, _ = vectors.search(vector, k, self._within(self.generation.figure_rows, self._present(filters)))
        beside = self._figures_in(self.search(question, _FIGURE_PASSAGES, filters))
        ids, cosines = vectors.search(vector, len(nearest) + len(beside), np.union1d(nearest, beside))
        mean, deviation = vectors.background(vector)
        return [
            FigureHit(*self._place(self.generation.figure_rows[at]), (float(cosine) - mean) / deviation)
            for at, cosine in zip(ids.tolist(), cosines, strict=True)
        ]

    def _present(self, filters: Filters | None) -> Filters:
        """The filters, and none of the documents that were removed since the generation was built."""
        removed = self._archive.removed()
        gone = removed.intersection(doc_id for doc_id, *_ in self.generation.documents) if removed else removed
        return replace(filters or Filters(), without=gone)

    def _figures_in(self, hits: Sequence[Hit]) -> IntArray:
        rows = self.generation.figure_rows
        ordinals = {doc_id: at for at, (doc_id, *_) in enumerate(self.generation.documents)}
        inside = np.zeros(len(rows), bool)
        for hit in hits:
            span = hit.passage.span
            same = rows[:, 0] == ordinals[hit.passage.doc_id]
            inside |= same & (rows[:, 2] >= span.start) & (rows[:, 3] <= span.end)
        return np.flatnonzero(inside).astype(np.int64)

    def _place(self, row: IntArray) -> tuple[Document, Section, Span]:
        document, section, start, end = (int(x) for x in row)
        doc_id, revision, *_ = self.generation.documents[document]
        found = self.document(doc_id, revision)
        return found, found.sections[section], Span(start, end)

    def titled(self, text: str, filters: Filters) -> Document | None:
        """The document whose title, with or without its country, stands in a text; of several the longest."""
        filters = self._present(filters)
        named = [
            (len(short), doc_id, revision)
            for doc_id, revision, collection, title in self.generation.documents
            if (short := title.removeprefix("中华人民共和国")) in text and _allows(filters, doc_id, collection)
        ]
        return self.document(*max(named)[1:]) if named else None

    def probe(self) -> str:
        """A Chinese word that some passage holds, to see whether the index answers."""
        return next((w for w in sorted(self.generation.lexical.vocabulary) if len(w) > 1 and is_han(w)), "公文")

    def _passage(self, at: int) -> Passage:
        document, section, span = self._place(self.generation.passage_rows[at])
        return Passage(document.id, document.revision, span, section.path)

    def _within(self, rows: IntArray, filters: Filters) -> IntArray | None:
        if filters == Filters():
            return None
        documents = enumerate(self.generation.documents)
        chosen = [at for at, (doc_id, _, collection, _) in documents if _allows(filters, doc_id, collection)]
        return np.flatnonzero(np.isin(rows[:, 0], chosen)).astype(np.int64)


def _allows(filters: Filters, doc_id: str, collection: str) -> bool:
    return doc_id not in filters.without and filters.document in ("", doc_id) and filters.collection in ("", collection)


def _by_id(ids: IntArray, scores: FloatArray) -> dict[int, float]:
    return dict(zip(ids.tolist(), scores.tolist(), strict=True))


def _most(concepts: Sequence[Concept]) -> float:
    """What BM25 tends to when every concept is found: the sum of the inverse document frequencies."""
    return sum(c.weight for c in concepts) or 1.0
