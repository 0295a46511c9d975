from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import BadInput
from archive.types import Span
from index.evaluation import (
    FIGURES,
    Language,
    Leg,
    Ranks,
    Report,
    SetReport,
    ask,
    fallen,
    leg_of,
    made_worse,
    parse_ranks,
    per_question,
    read_report,
)
from index.judged import Asked, Target
from index.questions import Question
from index.types import Hit, Passage

RANKS = st.lists(
    st.builds(
        lambda found, missed: (*sorted(found), *[0] * missed) if found or missed else (0,),
        st.sets(st.integers(1, 120), max_size=5),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
)


def oracle(ranks: Ranks) -> list[float]:
    """The figures of one question, by their definitions (Manning et al. 2008, chapter 8; Järvelin and Kekäläinen 2002)."""
    found = [rank for rank in ranks if rank]

    def hit(k: int) -> float:
        return float(any(rank <= k for rank in found))

    def recall(k: int) -> float:
        return sum(rank <= k for rank in found) / len(ranks)

    first = min(found, default=math.inf)
    gain = sum(1 / math.log2(rank + 1) for rank in found if rank <= 10)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(ranks), 10) + 1))
    return [hit(1), hit(3), hit(10), recall(10), recall(100), 1 / first if first <= 10 else 0.0, gain / ideal]


def test_figures_by_hand() -> None:
    values = per_question([(1,), (4,), (0,), (2, 11, 0)])
    expected = [
        [1, 1, 1, 1, 1, 1, 1],
        [0, 0, 1, 1, 1, 0.25, 0.43068],  # 1 / log2 5
        [0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1 / 3, 2 / 3, 0.5, 0.29608],  # (1 / log2 3) / (1 + 1 / log2 3 + 1 / 2)
    ]
    np.testing.assert_allclose(values, expected, atol=1e-5)


@given(RANKS)
def test_figures_are_those_of_their_definitions(ranks: list[Ranks]) -> None:
    np.testing.assert_allclose(per_question(ranks), [oracle(row) for row in ranks], atol=1e-6)


@given(RANKS)
def test_a_leg_holds_what_is_needed_to_compute_it_again(ranks: list[Ranks]) -> None:
    leg = leg_of(ranks)
    assert parse_ranks(leg.ranks) == ranks
    assert leg_of(parse_ranks(leg.ranks)) == leg
    for measured in leg.figures.values():
        assert 0 <= measured.low <= measured.high <= 1


def test_two_golds_in_one_passage_come_one_after_the_other() -> None:
    np.testing.assert_allclose(per_question([(2, 2)]), per_question([(2, 3)]))


def test_the_interval_is_that_of_a_mean() -> None:
    leg = leg_of([(1,)] * 70 + [(0,)] * 30)
    measured = leg.figures["hit@1"]
    deviation = math.sqrt(0.7 * 0.3 / 100)
    assert measured.value == 0.7
    assert measured.low == pytest.approx(0.7 - 1.96 * deviation, abs=0.015)
    assert measured.high == pytest.approx(0.7 + 1.96 * deviation, abs=0.015)
    assert leg == leg_of([(1,)] * 70 + [(0,)] * 30)
    wider = leg_of([(1,)] * 7 + [(0,)] * 3).figures["hit@1"]
    assert wider.high - wider.low > 2 * (measured.high - measured.low)
    certain = leg_of([(1,)] * 10).figures["hit@1"]
    assert (certain.low, certain.high) == (1, 1)


def language(asked: str = "same", **legs: Sequence[Ranks]) -> Language:
    count = len(next(iter(legs.values())))
    measured = {name: leg_of(ranks) for name, ranks in legs.items()}
    return Language(language="zh", questions=count, asked=asked, p50=1, p95=2, legs=measured)


def report(*parts: Language, name: str = "set") -> Report:
    found = SetReport(name=name, documents=1, passages=1, reposts=0, refused=0, lost=0, languages=list(parts))
    return Report(command="gongwen eval set", encoder="e", versions={}, sets=[found])


HALF: list[Ranks] = [(1,)] * 50 + [(0,)] * 50


def test_what_fell_is_named() -> None:
    old = report(language(dense=HALF, fused=HALF))
    assert fallen(old, old) == []
    new = report(language(dense=HALF, fused=[*HALF[:42], *[(2,)] * 8, *HALF[50:]]))
    lines = fallen(new, old)
    assert [line.split(":")[0] for line in lines] == [
        "set zh fused hit@1",
        "set zh fused MRR@10",
        "set zh fused nDCG@10",
    ]
    assert "0.420, was 0.500 [0.4" in lines[0]
    assert fallen(old, new) == []  # what rises has not fallen


def test_with_the_same_questions_each_is_compared_with_itself() -> None:
    """A fall within the interval of the mean, but in 8 questions and none better, is beyond chance; one that others
    make up for is not."""
    old = report(language(fused=HALF))
    mixed: list[Ranks] = [*[(0,)] * 8, *HALF[8:50], *[(1,)] * 5, *HALF[55:]]
    assert fallen(report(language(fused=mixed)), old) == []
    worse = report(language(fused=[*[(0,)] * 8, *HALF[8:]]))
    assert len(fallen(worse, old)) == len(FIGURES)
    others = report(language("others", fused=[*[(0,)] * 8, *HALF[8:]]))
    assert fallen(others, old) == []
    others = report(language("others", fused=[*[(0,)] * 15, *HALF[15:]]))
    assert len(fallen(others, old)) == len(FIGURES)


def test_a_baseline_that_holds_more_or_other_things() -> None:
    old = report(language(dense=HALF, fused=HALF))
    assert fallen(report(language(fused=HALF)), old) == ["set zh dense: in the baseline, but not in this run"]
    assert fallen(old, report(language(fused=HALF))) == []
    with pytest.raises(BadInput, match="no set in common"):
        fallen(old, report(language(fused=HALF), name="other"))


def test_where_fused_is_worse() -> None:
    better: list[Ranks] = [(1,)] * 60 + [(0,)] * 40
    assert made_worse(language(dense=HALF, lexical=better, fused=better)) == []
    below = made_worse(language(dense=HALF, lexical=better, fused=[*better[:59], (2,), *better[60:]]))
    assert below == [
        "fused hit@1 0.590 below lexical 0.600",
        "fused MRR@10 0.595 below lexical 0.600",
        "fused nDCG@10 0.596 below lexical 0.600",
    ]
    assert made_worse(language(dense=HALF)) == []


def test_where_reranked_is_worse() -> None:
    better: list[Ranks] = [(1,)] * 60 + [(2,)] * 40
    assert made_worse(language(fused=better, reranked=better)) == []
    assert made_worse(language(fused=better, reranked=[*better[:99], (3,)]))[0].startswith(
        "reranked MRR@10 0.798 below fused"
    )
    assert made_worse(language(dense=better, reranked=HALF)) == []


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    written = report(language(dense=HALF, fused=[(1, 2, 0)] * 100))
    path.write_text(written.model_dump_json(indent=1), encoding="utf-8")
    assert read_report(path) == written
    assert path.stat().st_size < 4000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.clear(), "no report of gongwen eval"),
        (lambda r: r.update(format=2), "another version"),
        (lambda r: r.update(extra=1), "extra"),
        (lambda r: r["sets"][0]["languages"][0].update(questions=99), "does not hold together"),
        (lambda r: r["sets"][0]["languages"][0]["legs"]["dense"].update(ranks="1 x"), "no ranks"),
        (lambda r: r["sets"][0]["languages"][0]["legs"]["dense"]["figures"].pop("hit@1"), "does not hold together"),
    ],
)  # fmt: skip
def test_a_broken_report_is_refused(tmp_path: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "report.json"
    content = json.loads(report(language(dense=HALF)).model_dump_json())
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        read_report(path)
    with pytest.raises(BadInput, match="No such file"):
        read_report(tmp_path / "none.json")


class FakeSearcher:
    """Finds documents "0" to "9", one leg from the first, the other from the last."""

    def understand(self, text: str) -> Question:
        return cast(Question, SimpleNamespace(text=text, language="en" if text.isascii() else "zh"))

    def search(self, question: Question, k: int) -> list[Hit]:
        return []

    def legs(self, question: Question, k: int) -> dict[str, list[Passage]]:
        found = [Passage(str(n), "r", Span(0, 5), ()) for n in range(10)]
        return {"dense": found[:k], "fused": found[::-1][:k]}


def test_questions_are_put_to_every_leg_by_language() -> None:
    asked = [
        Asked("1", "问", "", (Target("0", None),), 0),
        Asked("2", "ask", "", (Target("9", None),), 0),
        Asked("3", "ask too", "zh", (Target("4", None),), 0),
    ]
    shown: list[tuple[int, int]] = []
    en, zh = ask(asked, FakeSearcher(), 5, lambda done, total: shown.append((done, total)))
    assert (en.language, en.questions, zh.language, zh.questions) == ("en", 1, "zh", 2)
    assert {name: leg.ranks for name, leg in zh.legs.items()} == {"dense": "1 5", "fused": "0 0"}
    assert {name: leg.ranks for name, leg in en.legs.items()} == {"dense": "0", "fused": "1"}
    assert shown == [(1, 3), (2, 3), (3, 3)]
    assert 0 <= zh.p50 <= zh.p95
    assert isinstance(zh.legs["dense"], Leg)
