"""Comparisons from end to end: one figure and one citation for each side, and what is computed is marked as such."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder

from api.render import answer_lines
from api.settings import Settings
from api.wiring import Engine

YEARS = {
    2021: "全县现有公职律师80人。",
    2022: "全县现有公职律师86人,比上年增长7.5%。走访企业120家。",
    2023: "全县现有公职律师92人,同比增长9.1%。",
}


@pytest.fixture
def archive(home: Path, models: Path, tmp_path: Path) -> Engine:
    folder = tmp_path / "reports"
    folder.mkdir()
    for year, sentence in YEARS.items():
        text = f"滨海县司法局{year}年法治工作情况报告\n发布日期: {year + 1}-01-20 来源: 滨海县司法局\n一、工作情况\n{sentence}\n"
        (folder / f"{year}.txt").write_text(text, encoding="utf-8")
    engine = Engine(Settings(home=home, models=models, corpus=tmp_path / "none", reranker=""), FakeEncoder())
    assert {outcome.state for outcome in engine.add(folder)} == {"added"}
    engine.build(lambda done, total: None)
    return engine


def test_two_things_have_a_figure_each_or_none(archive: Engine) -> None:
    answer = archive.answerer().answer("2022年公职律师和走访企业各有多少")
    assert (answer.kind, answer.items, answer.computed) == (
        "series",
        ("86人", "120家"),
        (),
    )  # 人 and 家 are not subtracted
    most = archive.answerer().answer("2022年公职律师、走访企业和警犬各有多少")
    assert (most.kind, most.reason, len(most.alternatives)) == ("refusal", "one-side", 2)
    half = archive.answerer().answer("2022年公职律师和警犬各有多少")
    assert (half.kind, half.reason) == ("refusal", "one-side")
    assert "86人" in half.alternatives[0].quote
    none = archive.answerer().answer("警犬和骆驼哪个多")
    assert (none.kind, none.reason) == ("refusal", "no-figure")


@pytest.mark.real
@pytest.mark.parametrize(
    ("question", "items", "computed"),
    [
        ("公职律师和法制员哪个多", ("86人", "280人"), "194"),
        ("公职律师比法制员少多少人", ("280人", "86人"), "-194"),
        ("通过法律职业资格考试和通过高级执法资格考试的各有多少人", ("101人", "208人"), "107"),
    ],
)
def test_two_things_of_the_shipped_report(real: Engine, question: str, items: tuple[str, ...], computed: str) -> None:
    answer = real.answerer().answer(question)
    assert (answer.kind, answer.items, str(answer.computed[0].value)) == ("series", items, computed)


@pytest.mark.parametrize("question", ["2021年和2022年公职律师各有多少人", "2022年比2021年公职律师多多少人"])
def test_each_side_has_its_figure_and_its_citation(archive: Engine, question: str) -> None:
    answer = archive.answerer().answer(question)
    assert (answer.kind, answer.items, answer.sides) == ("series", ("80人", "86人"), ("2021年", "2022年"))
    assert [c.title[6:11] for c in answer.citations] == ["2021年", "2022年"]
    assert all(item in c.quote for item, c in zip(answer.items, answer.citations, strict=True))
    assert [(c.name, str(c.value), c.agrees) for c in answer.computed] == [
        ("difference", "6", True),
        ("change", "7.50", True),
    ]


def test_a_text_that_says_otherwise_is_shown_beside_it(archive: Engine) -> None:
    answer = archive.answerer().answer("2022年和2023年公职律师各有多少人")
    change = answer.computed[1]
    assert (str(change.value), change.printed, change.agrees) == ("6.98", "同比增长9.1%", False)
    lines = list(answer_lines(answer, colour=False))
    assert lines[:2] == ["2022年：86人", "2023年：92人"]
    assert any("与原文不符" in line and "计算得出" in line for line in lines)


def test_every_year_comes_in_order(archive: Engine) -> None:
    answer = archive.answerer().answer("历年公职律师有多少人")
    assert (answer.kind, answer.items) == ("series", ("80人", "86人", "92人"))
    assert answer.computed == ()


def test_half_a_comparison_is_refused_and_shows_its_half(archive: Engine) -> None:
    answer = archive.answerer().answer("2019年和2023年公职律师各有多少人")
    assert (answer.kind, answer.reason) == ("refusal", "one-side")
    assert "92人" in answer.alternatives[0].quote


def test_a_growth_is_asked_of_one_text(archive: Engine) -> None:
    answer = archive.answerer().answer("2023年公职律师同比增长多少")
    assert (answer.kind, answer.text) == ("figure", "9.1%")
