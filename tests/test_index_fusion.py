from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from index.fusion import fuse, nearness

COSINES = arrays.arrays(np.float32, 8, elements=st.floats(-1, 1, width=32))


def test_nearness_counts_deviations_above_the_background() -> None:
    found = nearness(np.array([0.8, 0.9], np.float32), (0.8, 0.05))
    assert found == pytest.approx([0, 2], abs=1e-5)


@given(COSINES)
def test_a_leg_that_found_nothing_has_no_vote(cosines: np.ndarray) -> None:
    fused = fuse(cosines, np.zeros(8, np.float32), (0.5, 0.1))
    assert np.array_equal(np.argsort(-fused, kind="stable"), np.argsort(-nearness(cosines, (0.5, 0.1)), kind="stable"))


def test_the_better_leg_wins_where_it_is_sure() -> None:
    cosines, background = np.array([0.86, 0.85], np.float32), (0.8, 0.02)
    assert fuse(cosines, np.array([0, 20], np.float32), background).argmax() == 1
    assert fuse(np.array([0.95, 0.85], np.float32), np.array([0, 4], np.float32), background).argmax() == 0


def test_levels_of_cosines_do_not_matter() -> None:
    low, high = np.array([0.1, 0.3], np.float32), np.array([0.81, 0.83], np.float32)
    bm25 = np.array([3, 0], np.float32)
    assert fuse(low, bm25, (0.0, 0.1)) == pytest.approx(fuse(high, bm25, (0.8, 0.01)), abs=1e-3)


def test_scores_of_different_passages_are_refused() -> None:
    with pytest.raises(ValueError, match="different passages"):
        fuse(np.zeros(2, np.float32), np.zeros(3, np.float32), (0.0, 1.0))
