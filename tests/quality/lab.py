"""What finds most on the open sets: tokens, lengths and fusions compared, and the weights chosen by cross-validation.

    python tests/quality/lab.py DATA VECTORS [--sets xquad policyqa statutes] [--every 6] [--part report]
                                [tokens lengths fusion weights]

DATA holds the shared sets. VECTORS is a folder in which vectors are kept by the hash of their text, so that nothing is
embedded twice by one encoder. Of the statutes only the articles that are an answer and every sixth other are read, unless `--every 1`:
a sampled article then stands for six when ranks are counted, and the legs propose a sixth. That estimates recall@100 of
the whole set within half a point and recall@10 within one or two; hit@1 and hit@3 come out too high.
`--part report` asks only what an encoder was not trained on (index.training.splits); it is GONGWEN_ENCODER's encoder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from api.settings import from_environment
from api.wiring import make_encoder
from archive.ingest import build_document
from archive.sources import READY, Source, parse
from archive.text import canonical
from archive.types import Document, Facts
from index.fusion import (
    DEPTH,
    DOCUMENT_WEIGHT,
    FEEDBACK_PASSAGES,
    LEXICAL_WEIGHT,
    Scores,
    dense,
    feedback,
    fuse,
    nearness,
)
from index.glossary import Glossary
from index.passages import PASSAGE, Lengths, encoded_text, lexical_text, passages, pieces
from index.questions import lexical_concepts, understand
from index.training.splits import part_of
from index.types import Concept, Encoder, FloatArray, IntArray, Passage
from index.words import grams, is_han, terms, tokens, words

FIGURES = ("hit@1", "hit@3", "hit@10", "recall@10", "recall@100")
_BATCH = 500
_SAMPLE = 1000
_FOLDS = 5
_GRID = [(weight, share) for weight in (0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.8) for share in (0.0, 0.2, 0.4, 0.6)]


class Vectors:
    """Vectors of texts, kept in a folder by encoder and by the SHA-256 of what is encoded."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._folder = folder / hashlib.sha256(encoder.fingerprint.encode()).hexdigest()[:12]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._known: dict[str, FloatArray] = {}
        for names in sorted(self._folder.glob("*.json")):
            self._known.update(zip(json.loads(names.read_text()), np.load(names.with_suffix(".npy")), strict=True))

    def questions(self, texts: Sequence[str]) -> FloatArray:
        return self._get(texts, "query: ", lambda some: np.stack([self._encoder.encode_query(t) for t in some]))

    def passages(self, texts: Sequence[str]) -> FloatArray:
        return self._get(texts, "passage: ", self._encoder.encode_passages)

    def _get(self, texts: Sequence[str], prefix: str, encode: Callable[[Sequence[str]], FloatArray]) -> FloatArray:
        keys = {text: hashlib.sha256((prefix + text).encode()).hexdigest()[:24] for text in texts}
        missing = [text for text, key in keys.items() if key not in self._known]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            self._keep([keys[text] for text in batch], encode(batch))
        return np.stack([self._known[keys[text]] for text in texts])

    def _keep(self, keys: list[str], vectors: FloatArray) -> None:
        name = hashlib.sha256("".join(keys).encode()).hexdigest()[:12]
        np.save(self._folder / f"{name}.npy", vectors.astype(np.float32))
        (self._folder / f"{name}.json").write_text(json.dumps(keys))
        self._known.update(zip(keys, vectors, strict=True))


class Bm25:
    """Lucene's BM25 without the factor k1 + 1, exact lengths; scores of all texts at once."""

    def __init__(self, texts: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.75) -> None:
        counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for at, text in enumerate(texts):
            for word in text:
                counts[word][at] = counts[word].get(at, 0) + 1
        self.count = len(texts)
        lengths = np.array([len(text) for text in texts], np.float32)
        norm = k1 * (1 - b + b * lengths / max(float(lengths.mean()), 1e-9))
        self._postings: dict[str, tuple[IntArray, FloatArray]] = {}
        for word, found in counts.items():
            ids, often = np.array(list(found), np.int64), np.array(list(found.values()), np.float32)
            self._postings[word] = ids, (often / (often + norm[ids])).astype(np.float32)

    def __contains__(self, word: str) -> bool:
        return word in self._postings

    def weight(self, some: Sequence[str]) -> float:
        """The inverse document frequency of a set of words, as if they were one."""
        found = min(sum(len(self._postings[word][0]) for word in some if word in self), self.count)
        return float(np.log(1 + (self.count - found + 0.5) / (found + 0.5)))

    def scores(self, concepts: Sequence[Concept]) -> FloatArray:
        """A concept counts as its best word; shape (texts,)."""
        total = np.zeros(self.count, np.float32)
        for concept in concepts:
            best = np.zeros(self.count, np.float32)
            for word, trust in concept.words:
                if word in self:
                    ids, shares = self._postings[word]
                    best[ids] = np.maximum(best[ids], np.float32(self.weight([word]) * trust) * shares)
            total += best
        return total


@dataclass(frozen=True)
class Judged:
    """Questions of one language over passages. What is ranked is a unit (`unit_of` a passage): a passage itself, or a
    whole paragraph or article by its best passage. `stands_for` says how many units of the whole set a unit stands for;
    with `any_gold` one of the golds is enough."""

    name: str
    rows: Sequence[tuple[Document, Passage]]
    questions: Sequence[str]
    golds: Sequence[IntArray]
    unit_of: IntArray
    stands_for: FloatArray
    any_gold: bool

    @cached_property
    def documents(self) -> IntArray:
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(d.id, len(numbers)) for d, _ in self.rows], np.int64)

    @property
    def sampled(self) -> float:
        """The share of the whole set's units that was read."""
        return float(len(self.stands_for) / self.stands_for.sum())

    def figures(self, scores: FloatArray, golds: IntArray) -> list[float]:
        """The figures of one question; `scores` has -inf where a passage was not proposed."""
        best = np.full(len(self.stands_for), -np.inf, np.float32)
        np.maximum.at(best, self.unit_of, scores)
        ranks = [self.stands_for[best > best[g]].sum() if best[g] > -np.inf else np.inf for g in golds.tolist()]
        ranks = [min(ranks)] if self.any_gold and ranks else ranks or [np.inf]
        hits = [float(min(ranks) < k) for k in (1, 3, 10)]
        return [*hits, *(float(np.mean([rank < k for rank in ranks])) for k in (10, 100))]


@dataclass(frozen=True)
class Legs:
    """What both legs give the passages of a set for one question."""

    scores: Scores
    background: tuple[float, float]
    most: float
    vector: FloatArray


def read(folder: Path, name: str, every: int, lengths: Lengths = PASSAGE, part: str = "all") -> list[Judged]:
    """One of the shared sets, once a language; of its questions those of a part."""
    corpus = _lines(folder / name / ("corpus_zh.jsonl" if name == "xquad" else "corpus.jsonl"))
    if name == "policyqa":
        return [_policyqa(corpus, _of_part(_lines(folder / name / "qa_open.jsonl"), name, part), lengths)]
    every_question = _lines(folder / name / "queries_open.jsonl")
    wanted = {gold for row in every_question for gold in ([row["gold"]] if name == "xquad" else row["gold"])}
    asked = _of_part(every_question, name, part)
    golds = [[row["gold"]] if name == "xquad" else row["gold"] for row in asked]
    others = {
        row["_id"] for row in [row for row in corpus if row["_id"] not in wanted][:: every if name == "statutes" else 1]
    }
    kept = [row for row in corpus if row["_id"] in wanted or row["_id"] in others]
    rows = list(_cut(kept, lengths))
    units = {row["_id"]: at for at, row in enumerate(kept)}
    unit_of = np.array([units[document.source] for document, _ in rows], np.int64)
    share = (len(corpus) - len(wanted)) / max(len(kept) - len(wanted), 1)
    stands = np.array([1.0 if row["_id"] in wanted else share for row in kept], np.float32)
    numbers = [np.array([units[gold] for gold in some if gold in units], np.int64) for some in golds]
    fields = {"xquad zh": "question_zh", "xquad en": "question_en"} if name == "xquad" else {name: "question"}
    return [Judged(n, rows, [r[f] for r in asked], numbers, unit_of, stands, False) for n, f in fields.items()]


def _of_part(asked: list[dict[str, Any]], name: str, part: str) -> list[dict[str, Any]]:
    key = {"policyqa": "docid", "xquad": "gold", "statutes": "_id"}[name]
    return [row for row in asked if part == "all" or part_of(f"{name}:{row[key]}") == part]


def _policyqa(corpus: list[dict[str, Any]], asked: list[dict[str, Any]], lengths: Lengths) -> Judged:
    rows = list(_cut(corpus, lengths))
    raw = {row["_id"]: row["text"] for row in corpus}
    places = defaultdict(list)
    for at, (document, passage) in enumerate(rows):
        places[document.source].append((at, passage.span, document.text))
    golds = []
    for row in asked:
        start = len(canonical(raw[row["docid"]][: row["start"]]))
        answer = canonical(row["answer"])
        text = places[row["docid"]][0][2]
        found = [at for at in range(len(text)) if text.startswith(answer, at)] or [start]
        begin = min(found, key=lambda at: abs(at - start))
        inside = [at for at, span, _ in places[row["docid"]] if span.start < begin + len(answer) and span.end > begin]
        golds.append(np.array(inside, np.int64))
    one_each = np.arange(len(rows), dtype=np.int64)
    return Judged(
        "policyqa", rows, [r["question"] for r in asked], golds, one_each, np.ones(len(rows), np.float32), True
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _cut(corpus: list[dict[str, Any]], lengths: Lengths) -> Iterator[tuple[Document, Passage]]:
    for row in corpus:
        facts = Facts(title=canonical(row.get("title", "")).replace("\n", " "))
        source = Source(row["_id"], f"{row['_id']}{READY}", row["text"].encode(), facts)
        document = build_document(source, parse(source))
        if not facts.title:
            document = _untitled(document)
        yield from ((document, passage) for _, passage in passages(document, lengths))


def _untitled(document: Document) -> Document:
    """A paragraph has no title; its first words are none."""
    return replace(document, title="")


class Lab:
    """One judged set with its indexes."""

    def __init__(self, judged: Judged, vectors: Vectors, models: Path) -> None:
        self.judged, self._vectors, self._models = judged, vectors, models

    @cached_property
    def whole(self) -> FloatArray:
        return self._vectors.passages([encoded_text(d, p) for d, p in self.judged.rows])

    @cached_property
    def _pieces(self) -> tuple[FloatArray, IntArray]:
        """Vectors of all pieces, and the passage of each."""
        spans = [(at, d, span) for at, (d, p) in enumerate(self.judged.rows) for span in pieces(d, p)]
        if not spans:
            return np.zeros((0, self.whole.shape[1]), np.float32), np.zeros(0, np.int64)
        return self._vectors.passages([s.of(d.text) for _, d, s in spans]), np.array([at for at, _, _ in spans])

    def bm25(self, view: Callable[[str], list[str]] = terms, titles: int = 2) -> Bm25:
        """The lexical index of all passages, the title and path `titles` times."""
        if titles == 2:
            return Bm25([view(lexical_text(d, p)) for d, p in self.judged.rows])
        texts = []
        for d, p in self.judged.rows:
            body = p.span.of(d.text)
            context = encoded_text(d, p).removesuffix(body)
            texts.append(view(context) * titles + view(body))
        return Bm25(texts)

    def background(self, vector: FloatArray) -> tuple[float, float]:
        """Mean and deviation of a vector's cosines with a fixed sample of the passages."""
        likeness = self.whole[:: max(1, len(self.whole) // _SAMPLE)] @ vector
        return float(likeness.mean()), max(float(likeness.std()), 1e-6)

    def legs(self) -> Iterator[Legs]:
        """Question by question."""
        index = self.bm25()
        glossary = Glossary(self._models, index.__contains__)
        part, parent = self._pieces
        for text, vector in zip(self.judged.questions, self._vectors.questions(self.judged.questions), strict=True):
            cosines = self.whole @ vector
            best = np.full_like(cosines, -np.inf)
            np.maximum.at(best, parent, part @ vector)
            best = np.where(np.isfinite(best), best, cosines)
            concepts = lexical_concepts(understand(text, glossary, index.weight), index.weight)
            scores = Scores(cosines, best, index.scores(concepts), self.judged.documents)
            yield Legs(scores, self.background(vector), sum(c.weight for c in concepts), vector)

    def measure(self, rankers: dict[str, Ranker]) -> dict[str, FloatArray]:
        """For each ranker the figures of every question, shape (questions, figures)."""
        found: dict[str, list[list[float]]] = {name: [] for name in rankers}
        for legs, golds in zip(self.legs(), self.judged.golds, strict=True):
            for name, ranker in rankers.items():
                found[name].append(self.judged.figures(ranker(self, legs), golds))
        return {name: np.array(rows, np.float32) for name, rows in found.items()}


Ranker = Callable[[Lab, Legs], FloatArray]


def proposed(legs: Legs, depth: int) -> IntArray:
    """The passages that either leg has among its first; the dense leg proposes by the whole passage."""
    lexical = legs.scores.bm25
    first = [np.argsort(-column, kind="stable")[:depth] for column in (legs.scores.cosines, lexical)]
    return np.union1d(first[0], first[1][lexical[first[1]] > 0])


def fused(
    weight: float = LEXICAL_WEIGHT,
    share: float = DOCUMENT_WEIGHT,
    depth: int = DEPTH,
    with_pieces: bool = True,
    fed: bool = False,
) -> Ranker:
    """The product's fusion over what the legs propose."""

    def rank(lab: Lab, legs: Legs) -> FloatArray:
        ids = proposed(legs, round(depth * lab.judged.sampled))
        best = legs.scores.best_pieces if with_pieces else legs.scores.cosines
        some = Scores(legs.scores.cosines[ids], best[ids], legs.scores.bm25[ids], legs.scores.documents[ids])
        scores = fuse(some, legs.background, legs.most, weight, share)
        if fed:
            first = ids[np.argsort(-scores, kind="stable")[:FEEDBACK_PASSAGES]]
            moved = feedback(legs.vector, lab.whole[first])
            again = Scores(lab.whole[ids] @ moved, some.best_pieces, some.bm25, some.documents)
            scores = fuse(again, lab.background(moved), legs.most, weight, share)
        return _spread(len(best), ids, scores)

    return rank


def _spread(count: int, ids: IntArray, scores: FloatArray) -> FloatArray:
    full = np.full(count, -np.inf, np.float32)
    full[ids] = scores
    return full


def lexical_leg(lab: Lab, legs: Legs) -> FloatArray:
    return np.where(legs.scores.bm25 > 0, legs.scores.bm25, -np.inf)


def _reciprocal(lab: Lab, legs: Legs) -> FloatArray:
    """Reciprocal rank fusion (Cormack et al. 2009) with its constant of 60."""
    total = np.zeros(len(legs.scores.cosines), np.float32)
    for column in (legs.scores.cosines, legs.scores.bm25):
        order = np.argsort(-column, kind="stable")[:DEPTH]
        order = order[column[order] > 0]
        total[order] += 1 / (61 + np.arange(len(order), dtype=np.float32))
    return total


def _linear(weight: float, power: float) -> Ranker:
    """Nearness and BM25 over a power of the sum of idf, every passage scored."""
    return lambda lab, legs: (
        nearness(dense(legs.scores), legs.background) + weight * legs.scores.bm25 / max(legs.most, 1e-6) ** power
    )


RANKERS: dict[str, Ranker] = {
    "dense, whole passages": lambda lab, legs: legs.scores.cosines,
    "dense, with pieces": lambda lab, legs: dense(legs.scores),
    "BM25": lexical_leg,
    "reciprocal ranks": _reciprocal,
    "cosine + 0.1 BM25/idf": lambda lab, legs: legs.scores.cosines + 0.1 * legs.scores.bm25 / max(legs.most, 1e-6),
    "nearness + 0.3 BM25": _linear(0.3, 0),
    "nearness + 1.5 BM25/sqrt(idf)": _linear(1.5, 0.5),
    "nearness + 10 BM25/idf": _linear(10, 1),
    "fused, no feedback, no pieces": fused(with_pieces=False),
    "fused, no feedback, no document": fused(share=0),
    "fused, 100 proposals a leg": fused(depth=100, fed=True),
    "fused, 200 proposals a leg": fused(depth=200, fed=True),
    "fused, no feedback": fused(),
    "fused": fused(fed=True),
}


VIEWS: dict[str, Callable[[str], list[str]]] = {
    "words": words,
    "words and their parts": tokens,
    "pairs": lambda text: [gram for gram in grams(text) if len(gram) > 1 or not is_han(gram)],
    "characters": lambda text: [gram for gram in grams(text) if len(gram) == 1 or not is_han(gram)],
    "pairs and characters": grams,
}


def print_tokens(labs: Sequence[Lab]) -> None:
    """The lexical leg alone by what it takes for a word; Chinese questions only."""
    for lab in labs:
        if lab.judged.name.endswith(" en"):
            continue
        for name, view in VIEWS.items():
            for titles in (1, 2, 3) if name == "pairs and characters" else (2,):
                index = lab.bm25(view, titles)
                found = []
                for text, golds in zip(lab.judged.questions, lab.judged.golds, strict=True):
                    scores = index.scores([Concept(w, ((w, 1.0),), 1.0) for w in dict.fromkeys(view(text))])
                    found.append(lab.judged.figures(np.where(scores > 0, scores, -np.inf), golds))
                _print(lab.judged.name, f"{name}, title x{titles}", np.array(found))


def print_fusion(labs: Sequence[Lab]) -> None:
    for lab in labs:
        for name, figures in lab.measure(RANKERS).items():
            _print(lab.judged.name, name, figures)


def print_weights(labs: Sequence[Lab]) -> None:
    """One pair of weights for all sets, chosen on four fifths of every set and measured on the rest."""
    random = np.random.default_rng(0)
    found = {lab.judged.name: lab.measure({str(g): fused(*g) for g in _GRID}) for lab in labs}
    folds = {name: random.permutation(len(next(iter(rows.values())))) % _FOLDS for name, rows in found.items()}
    held = {name: np.zeros((len(fold), len(FIGURES))) for name, fold in folds.items()}
    for k in range(_FOLDS):
        worth = {
            g: np.mean([found[name][str(g)][fold != k][:, [0, 3, 4]].mean() for name, fold in folds.items()])
            for g in _GRID
        }
        best = max(worth, key=lambda g: worth[g])
        print(f"fold {k + 1}: weight {best[0]}, share of the document {best[1]}")
        for name, fold in folds.items():
            held[name][fold == k] = found[name][str(best)][fold == k]
    for name, rows in held.items():
        _print(name, "held out", rows)


def _print(judged: str, name: str, figures: Any) -> None:
    """Means with 95 % intervals (bootstrap over questions)."""
    random = np.random.default_rng(0)
    means = [figures[random.integers(0, len(figures), len(figures))].mean(axis=0) for _ in range(500)]
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    columns = (f"{m:.3f} [{a:.3f} {b:.3f}]" for m, a, b in zip(figures.mean(axis=0), low, high, strict=True))
    print(f"{judged:9} {name:34}", "  ".join(columns), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("tables", nargs="*", default=["tokens", "fusion", "weights"])
    parser.add_argument("--sets", nargs="+", default=["xquad", "policyqa", "statutes"])
    parser.add_argument("--every", type=int, default=6)
    parser.add_argument("--part", choices=["all", "train", "report"], default="all")
    given = parser.parse_args()
    settings = from_environment(os.environ)
    vectors = Vectors(given.vectors, make_encoder(settings.encoder, settings.models_folder))

    def labs(lengths: Lengths) -> list[Lab]:
        judged = [j for name in given.sets for j in read(given.data, name, given.every, lengths, given.part)]
        return [Lab(j, vectors, settings.models_folder) for j in judged]

    print(f"{'':44}", "  ".join(f"{name:19}" for name in FIGURES))
    printers = {"tokens": print_tokens, "fusion": print_fusion, "weights": print_weights}
    for table in given.tables:
        if table == "lengths":
            for lengths in (Lengths(80, 120), Lengths(120, 150), Lengths(160, 200), PASSAGE, Lengths(300, 300)):
                print(f"passages of {lengths.target} to {lengths.longest} characters")
                print_fusion(labs(lengths))
        else:
            printers[table](labs(PASSAGE))


if __name__ == "__main__":
    main()
