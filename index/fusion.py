"""Fusion of the dense and the lexical leg: pure functions over the scores of the same passages.

Cosines of e5 differ in level and spread between languages and kinds of question, so each is taken as its distance from
the mean of a fixed sample of passages, in standard deviations of that sample. BM25 is a sum of evidence and is taken as
it is: a question of which the archive knows few words adds little, and one of which it knows none adds nothing, so that
the dense leg alone decides then. A fusion of ranks would let a leg that found nothing vote.
"""

from __future__ import annotations

import numpy as np

from index.types import FloatArray

# What one unit of BM25 (Lucene's, without the factor k1 + 1) is worth in standard deviations of the cosine.
LEXICAL_WEIGHT = 0.3


def nearness(cosines: FloatArray, background: tuple[float, float]) -> FloatArray:
    """How many standard deviations each cosine, shape (n,), lies above those of any passage.

    `background` is the mean and the deviation of the same question's cosines with a fixed sample.
    """
    mean, deviation = background
    return np.asarray((cosines - mean) / deviation, dtype=np.float32)


def fuse(
    cosines: FloatArray, bm25: FloatArray, background: tuple[float, float], weight: float = LEXICAL_WEIGHT
) -> FloatArray:
    """The fused score of each passage, shape (n,); higher is better, and comparable within one question only.

    `cosines` and `bm25` hold both legs' scores of the same n passages; 0 where the lexical leg finds no word.
    """
    if cosines.shape != bm25.shape:
        raise ValueError(f"scores of different passages: {cosines.shape} and {bm25.shape}")
    return nearness(cosines, background) + np.float32(weight) * bm25.astype(np.float32)
