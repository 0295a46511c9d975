"""Search: both legs over one generation, fused so that neither language loses by it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from threading import Lock

import numpy as np

from archive.figures import Figure
from archive.store import Archive
from archive.types import Document, Section, Span
from index.addresses import Address, addresses, sections_of
from index.aims import sides_of
from index.catalogue import Catalogue
from index.fusion import DEPTH, FEEDBACK_PASSAGES, Scores, dense, feedback, fuse, nearness
from index.generations import Generation
from index.glossary import Glossary
from index.passages import encoded_text
from index.questions import Question, lexical_concepts, understand
from index.reranking import rerank, shown_to
from index.types import BoolArray, Encoder, Filters, FloatArray, Hit, IntArray, Listed, Passage, Reranker
from index.words import grams, is_han

_FIGURE_PASSAGES = 30
DEEPEST = 1000
_MOST_DOCUMENTS = 512
_MOST_CHARACTERS = 20_000_000
_MOST_ADDRESSED = 5
_MOST_PINNED = 10
_USUAL = (*"中国人法公", "")
_FAVOURED = 20


@dataclass(frozen=True, slots=True)
class FigureHit:
    """A figure found: where it stands, what it counts (None where nothing says it), how many standard deviations its
    clause is nearer to the question than most (0 where none was asked), and the years it is of."""

    document: Document
    section: Section
    sentence: Span
    figure: Figure
    subject: Span | None
    nearness: float
    years: tuple[int, ...]

    @property
    def span(self) -> Span:
        return self.figure.span


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Passage rows, best first, with what each was given (`reranked` is NaN for those not read); `legs` holds what each
    leg found, best first. The first `pinned` stand where the question said."""

    ids: IntArray
    fused: FloatArray
    dense: FloatArray
    lexical: FloatArray
    nearness: FloatArray
    reranked: FloatArray
    legs: Mapping[str, IntArray]
    pinned: int

    def followed_by(self, rest: _Ranking) -> _Ranking:
        return replace(
            self,
            ids=np.concatenate([self.ids, rest.ids]),
            fused=np.concatenate([self.fused, rest.fused]),
            dense=np.concatenate([self.dense, rest.dense]),
            lexical=np.concatenate([self.lexical, rest.lexical]),
            nearness=np.concatenate([self.nearness, rest.nearness]),
            reranked=np.concatenate([self.reranked, rest.reranked]),
            legs={leg: np.union1d(ids, rest.legs[leg]) for leg, ids in self.legs.items()},
        )

    def reordered(self, order: IntArray) -> _Ranking:
        return replace(
            self,
            ids=self.ids[order],
            fused=self.fused[order],
            dense=self.dense[order],
            lexical=self.lexical[order],
            nearness=self.nearness[order],
            reranked=self.reranked[order],
        )


class _Documents:
    """The documents read last; those that a question needs are read from the archive in one go."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._lock = archive, Lock()
        self._read: dict[tuple[str, str], Document] = {}

    def get(self, wanted: Sequence[tuple[str, str]]) -> list[Document]:
        with self._lock:
            known = {pair: self._read[pair] for pair in wanted if pair in self._read}
        missing = [pair for pair in dict.fromkeys(wanted) if pair not in known]
        if not missing:  # the archive is not even opened: a question asks forty times for what it has
            return [known[pair] for pair in wanted]
        known.update(zip(missing, self._archive.get_many(missing), strict=True))
        with self._lock:
            self._read.update((pair, known[pair]) for pair in missing)
            self._forget()
        return [known[pair] for pair in wanted]

    def _forget(self) -> None:
        characters = sum(len(document.text) for document in self._read.values())
        while len(self._read) > 1 and (len(self._read) > _MOST_DOCUMENTS or characters > _MOST_CHARACTERS):
            characters -= len(self._read.pop(next(iter(self._read))).text)


class Searcher:
    """Searches one generation. Holds no state but caches; safe to use from several threads."""

    def __init__(
        self,
        generation: Generation,
        archive: Archive,
        encoder: Encoder,
        glossary: Glossary,
        reranker: Reranker | None = None,
        rerank_depth: int = 0,
    ) -> None:
        self.generation = generation
        self.catalogue = Catalogue(generation.documents)
        self._archive = archive
        self._glossary = glossary
        self._reranker, self._rerank_depth = reranker, rerank_depth
        self._query = lru_cache(maxsize=1024)(encoder.encode_query)
        self._ranked = lru_cache(maxsize=64)(self._rank)
        self._best = lru_cache(maxsize=64)(self._reread) if reranker else self._ranked
        self._mask = lru_cache(maxsize=16)(self._masks)
        self._documents = _Documents(archive)
        self._passages = len(generation.lexical)

    def understand(self, text: str) -> Question:
        return understand(text, self._glossary, self.weight_of)

    def weight_of(self, words: Sequence[str]) -> float:
        """BM25's inverse document frequency of a set of words, as if they were one."""
        count = min(sum(self.generation.lexical.frequency(w) for w in words), self._passages)
        return math.log(1 + (self._passages - count + 0.5) / (count + 0.5))

    def document(self, doc_id: str, revision: str) -> Document:
        return self._documents.get([(doc_id, revision)])[0]

    def search(self, question: Question, k: int, filters: Filters | None = None, reread: bool = True) -> list[Hit]:
        """The best k passages. Both legs propose, and every proposal is scored by both; then, unless `reread` is false,
        the reranker puts the first ones in order."""
        rank = self._best if reread else self._ranked
        return self._hits(rank(question, self._present(filters), max(DEPTH, k)), 0, k)

    def page(self, question: Question, start: int, end: int, filters: Filters | None = None) -> list[Hit]:
        """The hits from `start` up to `end` of one ranking of 1,000: what `search` finds, then what a deeper one adds.
        The order is the same for every page."""
        asked = question, self._present(filters)
        first = self._best(*asked, DEPTH)
        if end <= len(first.ids) or len(first.ids) < DEPTH:
            return self._hits(first, start, end)
        rest = self._ranked(*asked, DEEPEST)
        added = rest.reordered(np.flatnonzero(~np.isin(rest.ids, first.ids)))
        return self._hits(first.followed_by(added), start, min(end, DEEPEST))

    def legs(self, question: Question, k: int, filters: Filters | None = None) -> dict[str, list[Passage]]:
        """What each leg finds by itself, what they find together, and how the reranker orders that, best first."""
        asked = (question, self._present(filters), max(DEPTH, k))
        ranking = self._ranked(*asked)
        found = {**ranking.legs, "fused": ranking.ids}
        if self._reranker:
            found["reranked"] = self._best(*asked).ids
        return {leg: self._passages_of(ids[:k]) for leg, ids in found.items()}

    def apart(self, question: Question, filters: Filters | None = None) -> dict[str, float]:
        """How far the best passage of each document that is found stands before that of every other document, in fused
        score; below 0 for all but the first. Empty when fewer than two documents are found."""
        ranking = self._ranked(question, self._present(filters), DEPTH)
        documents = self.generation.passage_rows[ranking.ids, 0]
        best = np.full(len(self.generation.documents), -np.inf)
        np.maximum.at(best, documents, ranking.fused)
        found = np.unique(documents)
        if len(found) < 2:
            return {}
        second, first = np.sort(best[found])[-2:].tolist()
        scores = zip(found.tolist(), best[found].tolist(), strict=True)
        rivals = ((at, score, second if score == first else first) for at, score in scores)
        return {self.generation.documents[at].doc_id: score - rival for at, score, rival in rivals}

    def facets(
        self, question: Question, filters: Filters | None, names: Iterable[str]
    ) -> dict[str, list[tuple[str, int]]]:
        """How many documents among the first passages found have each value of these facets."""
        ranking = self._ranked(question, self._present(filters), DEEPEST)
        counted = self.catalogue.facets(np.unique(self.generation.passage_rows[ranking.ids, 0]))
        return {name: counted[name] for name in names}

    def _rank(self, question: Question, filters: Filters, depth: int) -> _Ranking:
        passages, lexical = self.generation.passages, self.generation.lexical
        vector, mask = self._query(question.text), self._mask(filters, "passages")
        concepts = lexical_concepts(question, self.weight_of)
        legs = {
            "dense": passages.search(vector, depth, mask)[0],
            "lexical": lexical.search(concepts, depth, filters)[0],
        }
        sides, addressed = sides_of(question, self.catalogue), self._addressed_rows(question, filters, mask)
        favoured = [self._favoured(vector, side, mask) for side in sides]
        ids = np.unique(np.concatenate([*legs.values(), *favoured, addressed]))
        bm25, most = lexical.scores(concepts, ids), sum(c.weight for c in concepts)
        vectors = passages.vectors(ids)
        scores = self._scored(vector, ids, vectors, bm25)
        legs["dense"] = _by_score(legs["dense"], dense(scores)[np.searchsorted(ids, legs["dense"])])
        fits = self._fitted(question, ids, self._fused(vector, ids, vectors, scores, most), sides)
        first = np.searchsorted(ids, addressed)
        order = _alternated([self._ordered(ids, fit) for fit in fits])
        order = np.array([*first, *order[~np.isin(order, first)]], np.int64)[:depth]
        near = nearness(scores.cosines, passages.background(vector))
        shares = bm25 / np.float32(most or 1.0)
        unread = np.full(len(ids), np.nan, np.float32)
        ranking = _Ranking(ids, np.max(fits, axis=0), scores.cosines, shares, near, unread, legs, pinned=len(first))
        return ranking.reordered(order)

    def _scored(self, vector: FloatArray, ids: IntArray, vectors: FloatArray, bm25: FloatArray) -> Scores:
        """Both legs' scores of these passages."""
        cosines = vectors @ vector
        documents = self.generation.passage_rows[ids, 0]
        return Scores(cosines, self._best_pieces(vector, ids, cosines), bm25, documents)

    def _best_pieces(self, vector: FloatArray, ids: IntArray, cosines: FloatArray) -> FloatArray:
        """The cosine of the best piece of each passage; the passage's own where it has none."""
        firsts = self._starts["pieces"][ids]
        counts = self._starts["pieces"][ids + 1] - firsts
        numbers = np.repeat(firsts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        best = cosines.copy()
        if len(numbers):
            found = self.generation.pieces.vectors(numbers) @ vector
            with_pieces = counts > 0
            starts = np.cumsum(counts)[with_pieces] - counts[with_pieces]
            best[with_pieces] = np.maximum.reduceat(found, starts)
        return best

    def _fused(self, vector: FloatArray, ids: IntArray, vectors: FloatArray, scores: Scores, most: float) -> FloatArray:
        """The fused scores, with the question moved towards the passages that are best without."""
        passages = self.generation.passages
        first = fuse(scores, passages.background(vector), most)
        moved = feedback(vector, vectors[self._ordered(ids, first)[:FEEDBACK_PASSAGES]])
        return fuse(replace(scores, cosines=vectors @ moved), passages.background(moved), most)

    def _addressed_rows(self, question: Question, filters: Filters, mask: BoolArray | None) -> IntArray:
        """The passages that may be found of the articles that a question gives exactly, in the order it gives them."""
        asked = [address for address in addresses(question.text) if address.kind == "article"][:_MOST_ADDRESSED]
        places = (
            (document, section)
            for address in asked
            for document in self.addressed(address, question.text, filters)
            for section in sections_of(document, address)
        )
        found = [self._rows_of(document, section.span) for document, section in places]
        rows = np.array(list(dict.fromkeys(at for some in found for at in some.tolist())), np.int64)
        return (rows if mask is None else rows[mask[rows]])[:_MOST_PINNED]

    def _rows_of(self, document: Document, span: Span) -> IntArray:
        """The passages of a document that overlap a span."""
        at = self.catalogue.ordinal(document.id)
        first, last = self._starts["passages"][at : at + 2]
        rows = self.generation.passage_rows[first:last]
        return np.asarray(first + np.flatnonzero((rows[:, 2] < span.end) & (rows[:, 3] > span.start)), np.int64)

    def titled(self, text: str, filters: Filters) -> list[Document]:
        """The documents that may be found whose title stands in a text, at most five, the longest title first."""
        allowed = self.catalogue.allowed(self._present(filters)) & self.generation.live
        found = [self.generation.documents[at] for at in self.catalogue.titled(text).tolist() if allowed[at]]
        return self._documents.get([(d.doc_id, d.revision) for d in found[:_MOST_ADDRESSED]])

    def titled_with(self, word: str, filters: Filters, most: int) -> list[Listed]:
        """The documents that may be found with a word in their title; none when there are more than `most`."""
        allowed = self.catalogue.allowed(self._present(filters)) & self.generation.live
        found = [
            d for d, may in zip(self.generation.documents, allowed.tolist(), strict=True) if may and word in d.title
        ]
        return found if len(found) <= most else []

    def passage_at(self, document: Document, span: Span) -> Passage | None:
        """The passage in which a stretch of a document begins; None where none does."""
        rows = self._rows_of(document, Span(span.start, span.start + 1))
        return self._passages_of(rows[:1])[0] if len(rows) else None

    def _favoured(self, vector: FloatArray, side: FloatArray, mask: BoolArray | None) -> IntArray:
        """The nearest passages of the documents that fit one side of a question."""
        fitting = (side > 0) & self.generation.live
        if not fitting.any():
            return np.empty(0, np.int64)
        rows: BoolArray = fitting[self.generation.passage_rows[:, 0]]
        return self.generation.passages.search(vector, _FAVOURED, rows if mask is None else rows & mask)[0]

    def _fitted(
        self, question: Question, ids: IntArray, fused: FloatArray, sides: tuple[FloatArray, ...]
    ) -> list[FloatArray]:
        """The fused scores with what each passage's document gains or loses, for each side of the question. A passage
        that prints the year asked for loses nothing."""
        documents = self.generation.passage_rows[ids, 0]
        fits = [side[documents] for side in sides]
        losing = np.flatnonzero(np.any([fit < 0 for fit in fits], axis=0)) if fits else np.empty(0, np.int64)
        if question.years and len(losing):
            years = tuple(map(str, question.years))
            printed = [any(year in text for year in years) for text in self._texts(ids[losing])]
            for fit in fits:
                fit[losing[printed]] = np.maximum(fit[losing[printed]], 0)
        return [fused + fit for fit in fits] or [fused]

    def _reread(self, question: Question, filters: Filters, depth: int) -> _Ranking:
        """The ranking, its first passages in the order of the reranker."""
        assert self._reranker
        ranking = self._ranked(question, filters, depth)
        rest = list(range(ranking.pinned, len(ranking.ids)))
        order, scores = rerank(
            question.text,
            rest,
            ranking.fused[ranking.pinned :],
            self._reranker,
            self._rerank_depth,
            lambda some: self._shown(question, ranking.ids[list(some)]),
            question.language,
        )
        found = ranking.reordered(np.array([*range(ranking.pinned), *order], np.int64))
        found.reranked[ranking.pinned : ranking.pinned + len(scores)] = scores
        return found

    def _shown(self, question: Question, ids: IntArray) -> list[str]:
        """The passages as the reranker reads them."""
        assert self._reranker
        return shown_to(self._reranker, question, self._texts(ids))

    def _texts(self, ids: IntArray) -> list[str]:
        places = self._places(self.generation.passage_rows[ids])
        return [encoded_text(d, Passage(d.id, d.revision, span, section.path)) for d, section, span in places]

    def _ordered(self, ids: IntArray, scores: FloatArray) -> IntArray:
        """Best first; equals by document and place, for their numbers depend on how the index grew."""
        rows = self.generation.passage_rows[ids]
        names = [self.generation.documents[at].doc_id for at in rows[:, 0].tolist()]
        return np.array(np.lexsort((rows[:, 2], names, -scores)), np.int64)

    def _hits(self, ranking: _Ranking, start: int, end: int) -> list[Hit]:
        legs = {leg: set(ids.tolist()) for leg, ids in ranking.legs.items()}
        columns = (ranking.ids, ranking.fused, ranking.dense, ranking.lexical, ranking.nearness, ranking.reranked)
        rows = zip(
            self._passages_of(ranking.ids[start:end]), *(column[start:end].tolist() for column in columns), strict=True
        )
        return [
            Hit(
                passage,
                score,
                dense,
                lexical,
                nearness,
                by=tuple(leg for leg, ids in legs.items() if at in ids),
                reranked=None if math.isnan(reranked) else reranked,
            )
            for passage, at, score, dense, lexical, nearness, reranked in rows
        ]

    def figures(self, question: Question, k: int, filters: Filters | None = None) -> list[FigureHit]:
        """The figures whose own clause is nearest to the question, and all those of the best passages."""
        vectors = self.generation.figures
        if not len(vectors):
            return []
        vector = self._query(question.text)
        nearest, _ = vectors.search(vector, k, self._mask(self._present(filters), "figures"))
        beside = self._figures_in(self.search(question, _FIGURE_PASSAGES, filters, reread=False))
        ids = np.union1d(nearest, beside)
        cosines = vectors.scores(vector, ids)
        mean, deviation = vectors.background(vector)
        order = np.lexsort((ids, -cosines))
        return self._figure_hits(ids[order], [(cosine - mean) / deviation for cosine in cosines[order].tolist()])

    def figures_beside(
        self, ideas: Sequence[Sequence[str]], filters: Filters | None = None
    ) -> tuple[list[FigureHit], bool]:
        """The figures in the passages that hold a word of an idea, and whether there are more of them than are read
        (1,000, those with most ideas)."""
        tokens = [[grams(word) for word in words if grams(word)] for words in ideas]
        if not all(tokens):
            return [], False
        found = self.generation.lexical.holding(tokens, DEEPEST + 1, self._present(filters))
        passages = np.sort(found)[:DEEPEST]
        ids = np.unique(self._figure_numbers(self.generation.passage_rows[passages]))
        return self._figure_hits(ids, [0.0] * len(ids)), len(found) > DEEPEST

    def _figure_hits(self, ids: IntArray, nearness: Sequence[float]) -> list[FigureHit]:
        places = self._places(self.generation.figure_rows[ids])
        readings = (self.generation.readings.get(at) for at in ids.tolist())
        return [
            FigureHit(document, section, read.sentence, read.figure, read.subject, near, read.years)
            for (document, section, _), read, near in zip(places, readings, nearness, strict=True)
        ]

    def _present(self, filters: Filters | None) -> Filters:
        """The filters, and none of the documents that were removed since the generation was built."""
        removed = self._archive.removed()
        filters = self.catalogue.spelled(filters or Filters())
        return replace(filters, without=filters.without | frozenset(removed & self.catalogue.ids))

    def _figures_in(self, hits: Sequence[Hit]) -> IntArray:
        ordinals = [self.catalogue.ordinal(hit.passage.doc_id) for hit in hits]
        spans = [(hit.passage.span.start, hit.passage.span.end) for hit in hits]
        stretches = [(at, 0, start, end) for at, (start, end) in zip(ordinals, spans, strict=True)]
        return self._figure_numbers(np.array(stretches, np.int64).reshape(-1, 4))

    def _figure_numbers(self, stretches: IntArray) -> IntArray:
        """The numbers of the figures inside of these stretches, rows (document, section, start, end)."""
        rows, starts = self.generation.figure_rows, self._starts["figures"]
        found = [np.empty(0, np.int64)]
        for document, _, start, end in stretches.tolist():
            ids = np.arange(*starts[document : document + 2], dtype=np.int64)
            found.append(ids[(rows[ids, 2] >= start) & (rows[ids, 3] <= end)])
        return np.concatenate(found)

    @cached_property
    def _starts(self) -> dict[str, IntArray]:
        """The first passage and figure row of each document and the first piece of each passage, and where the last
        ones end; rows come in the order of what they belong to."""
        g = self.generation
        return {
            "passages": _starts_of(g.passage_rows, len(g.documents)),
            "figures": _starts_of(g.figure_rows, len(g.documents)),
            "pieces": _starts_of(g.piece_rows, len(g.passage_rows)),
        }

    def _places(self, rows: IntArray) -> list[tuple[Document, Section, Span]]:
        listed = [self.generation.documents[at] for at in rows[:, 0].tolist()]
        read = self._documents.get([(d.doc_id, d.revision) for d in listed])
        return [
            (document, document.sections[section], Span(start, end))
            for document, (_, section, start, end) in zip(read, rows.tolist(), strict=True)
        ]

    def _passages_of(self, ids: IntArray) -> list[Passage]:
        places = self._places(self.generation.passage_rows[ids])
        return [Passage(document.id, document.revision, span, section.path) for document, section, span in places]

    def addressed(self, address: Address, text: str, filters: Filters) -> list[Document]:
        """The documents that an address of a question leads to, at most five. An article without a title belongs to the
        document that is filtered to, else to those that the question names."""
        if address.title or address.number:
            ordinals = self.catalogue.addressed(address)
        elif filters.document in self.catalogue.ids:
            ordinals = np.array([self.catalogue.ordinal(filters.document)])
        else:
            ordinals = self.catalogue.titled(text)
        allowed = self.catalogue.allowed(self._present(filters)) & self.generation.live
        found = [self.generation.documents[at] for at in ordinals.tolist() if allowed[at]][:_MOST_ADDRESSED]
        return self._documents.get([(d.doc_id, d.revision) for d in found])

    def probe(self) -> str:
        """A Chinese word that some passage holds, to see whether the index answers."""
        found = (w for prefix in _USUAL for w in self.generation.lexical.some_words(prefix))
        return next((w for w in found if len(w) > 1 and is_han(w)), "公文")

    def _masks(self, filters: Filters, name: str) -> BoolArray | None:
        """Which rows of passages or figures may be found; None when all may."""
        rows = self.generation.passage_rows if name == "passages" else self.generation.figure_rows
        if filters == Filters() and self.generation.live.all():
            return None
        allowed = self.catalogue.allowed(filters) & self.generation.live
        mask: BoolArray = allowed[rows[:, 0]]
        if filters.section:
            mask &= self._under(filters.section)[self._passage_of(rows)]
        return mask

    def _under(self, section: str) -> BoolArray:
        """Which passages stand below such a heading."""
        under = np.zeros(len(self.generation.passage_rows), bool)
        under[self.generation.lexical.under(section)] = True
        return under

    def _passage_of(self, rows: IntArray) -> IntArray:
        """The passage in which each row begins, or the last one before it."""
        starts = _places_in_order(self.generation.passage_rows)
        return np.maximum(np.searchsorted(starts, _places_in_order(rows), "right") - 1, 0)


def _starts_of(rows: IntArray, count: int) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.bincount(rows[:, 0], minlength=count))])


def _by_score(ids: IntArray, scores: FloatArray) -> IntArray:
    return ids[np.lexsort((ids, -scores))]


def _alternated(orders: Sequence[IntArray]) -> IntArray:
    """The best of each order in turn; each number once."""
    first = dict.fromkeys(np.stack(orders, axis=1).ravel().tolist())
    return np.array(list(first), np.int64)


def _places_in_order(rows: IntArray) -> IntArray:
    """Document and start of each row as one number, in the order in which passages come."""
    return rows[:, 0].astype(np.int64) << 32 | rows[:, 2].astype(np.int64)
