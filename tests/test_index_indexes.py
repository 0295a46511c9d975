"""The lexical index against the formula."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import Bm25Index
from index.types import Concept

WORDS = st.sampled_from("律师 公职 警察 派出所 考试 法院".split())
DOCUMENTS = st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=12)


def bm25(documents: list[list[str]], word: str, at: int) -> float:
    """Lucene's BM25 (Kamphuis et al. 2020): idf * tf / (tf + k1 (1 - b + b |d| / mean |d|))."""
    holding = sum(word in d for d in documents)
    idf = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
    tf = Counter(documents[at])[word]
    mean = sum(map(len, documents)) / len(documents)
    return idf * tf / (tf + 1.2 * (0.25 + 0.75 * len(documents[at]) / mean)) if tf else 0.0


@given(DOCUMENTS, st.lists(st.tuples(WORDS, st.sampled_from([0.5, 1.0])), min_size=1, max_size=4), st.booleans())
def test_lexical_agrees_with_the_formula(
    documents: list[list[str]], alternatives: list[tuple[str, float]], filtered: bool
) -> None:
    index = Bm25Index.build(documents)
    concepts = [Concept("a", tuple(alternatives), 1.0), Concept("b", (("律师", 1.0),), 1.0)]
    within = np.arange(0, len(documents), 2) if filtered else None
    ids, scores = index.search(concepts, len(documents), within)
    expected = {}
    for at in range(0, len(documents), 2 if filtered else 1):
        best = sum(max(trust * bm25(documents, word, at) for word, trust in c.words) for c in concepts)
        if best > 0:
            expected[at] = best
    assert dict(zip(ids.tolist(), scores.tolist(), strict=True)) == pytest.approx(expected, rel=1e-4)
    assert sorted(scores.tolist(), reverse=True) == scores.tolist()


@given(DOCUMENTS, WORDS)
def test_frequency_counts_passages(documents: list[list[str]], word: str) -> None:
    assert Bm25Index.build(documents).frequency(word) == sum(word in d for d in documents)


@pytest.mark.parametrize("documents", [[["律师", "考试"], ["警察"]], [[]], []])
def test_lexical_comes_back_from_disk(tmp_path: Path, documents: list[list[str]]) -> None:
    index = Bm25Index.build(documents)
    index.save(tmp_path)
    again = Bm25Index.load(tmp_path, len(documents))
    query = [Concept("a", (("律师", 1.0),), 1.0)]
    assert (
        again.search(query, 5)[0].tolist()
        == index.search(query, 5)[0].tolist()
        == ([0] if documents and documents[0] else [])
    )
