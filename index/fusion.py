"""Fusion of the dense and the lexical leg: pure functions over the scores of the same passages.

Cosines of e5 differ in level and spread between languages and kinds of question, so each is taken as its distance from
the mean of a fixed sample of passages, in standard deviations of that sample. BM25 is a sum over the words of the
question; what chance gives such a sum grows as the square root of their number and weight, so it is divided by that:
a long question in lay words does not drown its cosines, and one of which the archive knows no word leaves the decision
to the dense leg. What the lexical leg finds half as good as its best counts a quarter, not half: in the middle of its
list stands what shares common words only. A fusion of ranks would let a leg that found nothing vote.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.types import FloatArray, IntArray

# Chosen by cross-validation over all open sets at once (tests/quality/lab.py, ARCHITECTURE.md): broad optima.
LEXICAL_WEIGHT = 1.0
DOCUMENT_WEIGHT = 0.4
DEPTH = 300  # how many passages each leg proposes: with 100 a third of the gain in recall@100 is lost
FEEDBACK_PASSAGES = 3
FEEDBACK_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Scores:
    """Both legs' scores of the same n passages, each array of shape (n,).

    `cosines` are those of the whole passages, `best_pieces` those of the best piece of each (the passage's own where it
    has no pieces); `bm25` is Lucene's, without the factor k1 + 1, and 0 where no word is found; `documents` numbers the
    documents that the passages stand in.
    """

    cosines: FloatArray
    best_pieces: FloatArray
    bm25: FloatArray
    documents: IntArray

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.cosines, self.best_pieces, self.bm25, self.documents)}
        if len(shapes) != 1:
            raise ValueError(f"scores of different passages: shapes {sorted(shapes)}")


def nearness(cosines: FloatArray, background: tuple[float, float]) -> FloatArray:
    """How many standard deviations each cosine, shape (n,), lies above those of any passage.

    `background` is the mean and the deviation of the same question's cosines with a fixed sample.
    """
    mean, deviation = background
    return np.asarray((cosines - mean) / deviation, dtype=np.float32)


def dense(scores: Scores) -> FloatArray:
    """The dense leg's score of each passage, shape (n,): the mean of the passage's cosine and its best piece's.

    The whole says what it is about, a piece says the thing that is asked.
    """
    return np.asarray((scores.cosines + scores.best_pieces) / 2, dtype=np.float32)


def evidence(bm25: FloatArray, most: float) -> FloatArray:
    """The lexical leg's score of each passage, shape (n,): BM25 over the square root of `most`, times its share of the
    best one. `most` is the sum of the inverse document frequencies of the question's words; the best passage of the
    lexical leg must be among the n."""
    best = float(bm25.max(initial=0.0))
    if best <= 0 or most <= 0:
        return np.zeros(bm25.shape, np.float32)
    return np.asarray(bm25 * bm25 / (best * np.sqrt(most)), dtype=np.float32)


def fuse(
    scores: Scores,
    background: tuple[float, float],
    most: float,
    weight: float = LEXICAL_WEIGHT,
    document_weight: float = DOCUMENT_WEIGHT,
) -> FloatArray:
    """The fused score of each passage, shape (n,); higher is better, and comparable within one question only.

    `background` and `most` are those of `nearness` and `evidence`. A passage gets a share of the best score of its
    document on top of its own: the best of a document stays the best, and the rest of it comes sooner.
    """
    own = nearness(dense(scores), background) + np.float32(weight) * evidence(scores.bm25, most)
    return np.asarray(own + document_weight * _best_of_document(own, scores.documents), dtype=np.float32)


def feedback(query: FloatArray, best: FloatArray) -> FloatArray:
    """The question's vector, shape (dim,), moved towards the mean of the best passages', shape (k, dim), and made a
    unit vector again (Rocchio, "Relevance feedback in information retrieval", 1971, without negative examples)."""
    if not len(best):
        return query
    moved = query + np.float32(FEEDBACK_WEIGHT) * best.mean(axis=0)
    return np.asarray(moved / np.linalg.norm(moved), dtype=np.float32)


def _best_of_document(scores: FloatArray, documents: IntArray) -> FloatArray:
    """For each passage the best score that its document has."""
    _, group = np.unique(documents, return_inverse=True)
    best = np.full(group.max(initial=-1) + 1, -np.inf, np.float32)
    np.maximum.at(best, group, scores)
    return np.asarray(best[group], dtype=np.float32)
