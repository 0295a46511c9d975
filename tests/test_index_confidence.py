from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.confidence import FAR, NAMES, Features, judge, judges_of, logistic
from index.types import Language

_AGAINST = ("unsaid", "lacking", "normative", "below", "behind", "lead")
GOOD = Features(
    **{name: 0.0 if name in _AGAINST else 1.0 for name in NAMES} | {"nearness": 5.0, "relevance": 4.0, "margin": 8.0}
)
POOR = Features(
    **{name: 1.0 if name in _AGAINST else 0.0 for name in NAMES} | {"relevance": -4.0, "margin": -8.0, "behind": 6.0}
)

JUDGE = judges_of(
    {
        "one": {
            "order": {"bias": -1, "coverage": 2, "margin": 0.5},
            "calibration": {"bias": 0, "unsaid": -1, "best": 1, "ahead": 0.25},
        }
    }
)["one"]
ONE = Features(coverage=0.5, margin=4, lead=9)


def test_a_rank_is_the_weighted_sum_and_a_confidence_that_of_what_follows() -> None:
    assert JUDGE.rank(ONE) == 2
    assert JUDGE.confidence(ONE, 1) == pytest.approx(logistic(2.25))
    assert JUDGE.confidence(ONE, None) == JUDGE.confidence(ONE, 2 - FAR) == pytest.approx(logistic(4))
    assert JUDGE.confidence(replace(ONE, unsaid=1), 1) == pytest.approx(logistic(1.25))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_confidence_is_a_chance_and_grows(margin: float, rival: float) -> None:
    confidence = JUDGE.confidence(Features(margin=margin), rival)
    assert 0 <= confidence <= JUDGE.confidence(Features(margin=margin + 1), rival) <= 1


@pytest.mark.parametrize("kind", ["figure", "date", "text"])
@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_ships_knows_every_kind_and_believes_the_better_one(kind: str, is_read: bool, language: Language) -> None:
    by = judge(kind, language, is_read)
    good = by.confidence(GOOD, by.rank(POOR))
    assert good > 0.6
    assert by.confidence(POOR, None) < 0.3
    assert by.rank(GOOD) > by.rank(POOR)


def test_nothing_counts_against_its_meaning() -> None:
    """Every single thing that speaks for a candidate makes it no less likely."""
    for kind, language, is_read in product(("figure", "date", "text"), ("zh", "en"), (True, False)):
        by = judge(kind, language, is_read)
        for name in NAMES:
            better = replace(POOR, **{name: getattr(GOOD, name)})
            assert by.rank(better) >= by.rank(POOR), (kind, language, name)
            assert by.confidence(better, None) >= by.confidence(POOR, None) - 1e-9, (kind, language, name)
