from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.fusion import Scores, dense, evidence, feedback, fuse, nearness
from index.types import FloatArray

COSINES = arrays.arrays(np.float32, 8, elements=st.floats(-1, 1, width=32))
BACKGROUND = (0.8, 0.02)


def scores(
    cosines: Sequence[float],
    bm25: Sequence[float],
    documents: Sequence[int] | None = None,
    pieces: Sequence[float] | None = None,
) -> Scores:
    given = np.asarray(cosines, np.float32)
    best = given if pieces is None else np.asarray(pieces, np.float32)
    numbers = np.arange(len(given)) if documents is None else np.asarray(documents)
    return Scores(given, best, np.asarray(bm25, np.float32), numbers.astype(np.int64))


def test_nearness_counts_deviations_above_the_background() -> None:
    assert nearness(np.array([0.8, 0.9], np.float32), (0.8, 0.05)) == pytest.approx([0, 2], abs=1e-5)


@given(COSINES)
def test_a_leg_that_found_nothing_has_no_vote(cosines: FloatArray) -> None:
    given = scores(cosines.tolist(), [0.0] * 8)
    for most in (0.0, 30.0):
        fused = fuse(given, BACKGROUND, most)
        assert np.all(np.diff(fused[np.argsort(nearness(cosines, BACKGROUND), kind="stable")]) >= 0)


def test_the_surer_leg_wins() -> None:
    assert fuse(scores([0.86, 0.85], [0, 20]), BACKGROUND, 50).argmax() == 1
    assert fuse(scores([0.95, 0.85], [0, 4]), BACKGROUND, 50).argmax() == 0


def test_a_long_question_needs_more_words_found() -> None:
    found = scores([0.86, 0.82], [0, 8])
    assert fuse(found, BACKGROUND, 10).argmax() == 1
    assert fuse(found, BACKGROUND, 200).argmax() == 0


def test_levels_of_cosines_do_not_matter() -> None:
    low, high = scores([0.1, 0.3], [3, 0]), scores([0.81, 0.83], [3, 0])
    assert fuse(low, (0.0, 0.1), 9) == pytest.approx(fuse(high, (0.8, 0.01), 9), abs=1e-3)


def test_a_piece_counts_as_much_as_the_whole() -> None:
    assert dense(scores([0.8, 0.8], [0, 0], pieces=[0.9, 0.8])) == pytest.approx([0.85, 0.8])


@given(COSINES, st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_the_best_of_a_document_stays_the_best(cosines: FloatArray, documents: list[int]) -> None:
    given = scores(cosines.tolist(), [0.0] * 8, documents)
    alone, lifted = fuse(given, BACKGROUND, 9, document_weight=0), fuse(given, BACKGROUND, 9)
    assert lifted[alone.argmax()] == lifted.max()


def test_a_document_with_a_better_passage_comes_first() -> None:
    fused = fuse(scores([0.9, 0.84, 0.84], [0, 0, 0], documents=[1, 2, 1]), BACKGROUND, 9)
    assert fused[0] > fused[2] > fused[1]


def test_scores_of_different_passages_are_refused() -> None:
    with pytest.raises(ValueError, match="different passages"):
        scores([0.1, 0.2], [0.1])


def test_no_passages() -> None:
    assert fuse(scores([], []), BACKGROUND, 9).shape == (0,)


def test_half_of_the_best_lexical_score_counts_a_quarter() -> None:
    assert evidence(np.array([10, 5, 0], np.float32), 25) == pytest.approx([2, 0.5, 0])


def test_feedback_moves_the_question_towards_what_was_found() -> None:
    query, found = np.array([1, 0], np.float32), np.array([[0, 1], [0, 1]], np.float32)
    moved = feedback(query, found)
    assert np.linalg.norm(moved) == pytest.approx(1)
    assert 0 < moved @ found[0] < moved @ query
    assert np.array_equal(feedback(query, found[:0]), query)
