from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.confidence import FAR, NAMES, Features, Judge, Voices, judge, judges_of, logistic
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


HEARD = judges_of(
    {
        "one": {
            "order": {"bias": -1, "coverage": 2, "margin": 0.5},
            "settled": {"bias": 0.5, "rank": 0.5, "verified": 2},
            "calibration": {"bias": 0, "best": 1, "verified": 0.5},
        }
    }
)["one"]


def test_a_verifier_settles_the_order_and_is_heard_again_for_the_confidence() -> None:
    assert JUDGE.settled is None
    assert HEARD.settle(2, -1) == -0.5
    assert HEARD.confidence(ONE, -0.5, None, -1) == pytest.approx(logistic(-1))
    assert HEARD.confidence(ONE, -0.5, 3.0) == pytest.approx(logistic(-0.5))


def test_a_rank_is_the_weighted_sum_and_a_confidence_that_of_what_follows() -> None:
    assert JUDGE.rank(ONE) == 2
    assert JUDGE.confidence(ONE, 2, 1) == pytest.approx(logistic(2.25))
    assert JUDGE.confidence(ONE, 2, None) == JUDGE.confidence(ONE, 2, 2 - FAR) == pytest.approx(logistic(2 + FAR / 4))
    assert JUDGE.confidence(replace(ONE, unsaid=1), 2, 1) == pytest.approx(logistic(1.25))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_confidence_is_a_chance_and_grows(margin: float, rival: float) -> None:
    one, better = Features(margin=margin), Features(margin=margin + 1)
    confidence = JUDGE.confidence(one, JUDGE.rank(one), rival)
    assert 0 <= confidence <= JUDGE.confidence(better, JUDGE.rank(better), rival) <= 1


VOICES: tuple[Voices, ...] = ("unread", "read", "verified")


def ranked(by: Judge, features: Features, verified: float) -> float:
    return by.settle(by.rank(features), verified) if by.settled else by.rank(features)


@pytest.mark.parametrize("kind", ["figure", "date", "text"])
@pytest.mark.parametrize("voices", VOICES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_ships_knows_every_kind_and_believes_the_better_one(kind: str, voices: Voices, language: Language) -> None:
    by = judge(kind, language, voices)
    assert (by.settled is not None) == (voices == "verified")
    good, poor = ranked(by, GOOD, 4), ranked(by, POOR, -4)
    assert by.confidence(GOOD, good, poor, 4) > 0.6
    assert by.confidence(POOR, poor, None, -4) < 0.3
    assert good > poor


def test_nothing_counts_against_its_meaning() -> None:
    """Every single thing that speaks for a candidate makes it no less likely."""
    for kind, language, voices in product(("figure", "date", "text"), ("zh", "en"), VOICES):
        by = judge(kind, language, voices)
        poor = ranked(by, POOR, -4)
        for name in NAMES:
            better = replace(POOR, **{name: getattr(GOOD, name)})
            assert by.rank(better) >= by.rank(POOR), (kind, language, name)
            rank = ranked(by, better, -4)
            assert by.confidence(better, rank, None, -4) >= by.confidence(POOR, poor, None, -4) - 1e-9, name
        if by.settled:
            assert by.confidence(POOR, ranked(by, POOR, 4), None, 4) >= by.confidence(POOR, poor, None, -4)
