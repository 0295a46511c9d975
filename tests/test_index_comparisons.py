from __future__ import annotations

from decimal import Decimal

import pytest

from archive.ingest import document_id
from archive.structure import sections
from archive.types import Document, Span
from index.candidates import Candidate
from index.comparisons import are_one_series, computed, sides, things_compared, wants_every_year
from index.confidence import Features
from index.glossary import Glossary
from index.questions import understand
from index.readings import read_figures


@pytest.fixture(scope="module")
def glossary(models: object) -> Glossary:
    return Glossary(models, lambda word: True)  # type: ignore[arg-type]


def candidate(text: str) -> Candidate:
    """The first figure of a text."""
    document = Document(document_id(text), "r", "题", text, sections(text))
    _, reading = next(read_figures(document))
    return Candidate(
        document, document.sections[0], reading.sentence, reading.figure.span, Features(), figure=reading.figure
    )


@pytest.mark.parametrize(
    ("question", "labels"),
    [
        ("2022年和2023年公职律师各有多少", ["2022年", "2023年"]),
        ("2021年至2023年应诉率", ["2021年", "2022年", "2023年"]),
        ("南开区和和平区谁的公职律师更多", ["南开区", "和平区"]),
        ("全局有多少公职律师", []),
        ("2023年接待游客比2022年增加多少", ["2022年", "2023年"]),
        ("2023年接待游客同比增长多少", []),
        ("全市和全县分别有多少", []),
        ("、".join(["北京", "天津", "上海", "重庆", "河北", "山西"]) + "哪个更多", []),
        ("2023年全局有多少公职律师", []),
    ],
)
def test_the_sides_of_a_question(glossary: Glossary, question: str, labels: list[str]) -> None:
    assert [side.label for side in sides(understand(question, glossary, lambda words: 1.0))] == labels


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("公职律师和法制员各有多少人？", ("公职律师有多少人", "法制员有多少人")),
        ("2023年行政诉讼与行政复议分别有多少件", ("2023年行政诉讼有多少件", "行政复议有多少件")),
        ("报名和通过考试的民警分别有多少人", ("报名的民警有多少人", "通过考试的民警有多少人")),
        ("派出所和交警大队哪个示范点更多", ("派出所的示范点有多少", "交警大队的示范点有多少")),
        ("公职律师和法制员哪个多", ("公职律师有多少", "法制员有多少")),
        ("公安局和司法局谁的律师更多", ("公安局的律师有多少", "司法局的律师有多少")),
        ("法制员比公职律师多多少人", ("公职律师有多少人", "法制员有多少人")),
        ("Are there more lawyers than legal officers?", ("how many legal officers", "how many lawyers")),
        ("How many more legal officers than lawyers are there?", ("how many lawyers", "how many legal officers")),
        ("公职律师、法制员和辅警各有多少人", ("公职律师有多少人", "法制员有多少人", "辅警有多少人")),
        ("今年公职律师比去年多多少", None),  # times are sides of their own
        ("职工医保缴费比例降低多少", None),
        ("进出口总额同比增长多少", None),
        ("中华人民共和国有多少部法律", None),
        ("公职律师、法制员和民警和辅警各有多少人", None),
        ("How many more lawyers than last year?", None),
        ("公职律师有多少人", None),
    ],
)
def test_things_are_asked_for_one_by_one(question: str, asked: tuple[str, ...] | None) -> None:
    assert tuple(alone for _, alone in things_compared(question)) == (asked or ())


def test_a_side_asks_for_itself_alone(glossary: Glossary) -> None:
    first, second = sides(understand("2022年和2023年公职律师各有多少", glossary, lambda words: 1.0))
    assert first.question.years == {2022}
    assert second.question.years == {2023}


def test_every_year_is_no_comparison(glossary: Glossary) -> None:
    assert wants_every_year(understand("历年应诉率是多少", glossary, lambda words: 1.0))
    assert not wants_every_year(understand("每年至少组织几次消防演练", glossary, lambda words: 1.0))
    assert not wants_every_year(understand("2023年应诉率是多少", glossary, lambda words: 1.0))


def test_a_difference_and_a_change_are_computed() -> None:
    found = computed([candidate("公职律师80人。"), candidate("公职律师86人。")])
    assert [(c.name, c.value, c.unit, c.bound) for c in found] == [
        ("difference", Decimal(6), "人", "exact"),
        ("change", Decimal("7.50"), "%", "exact"),
    ]
    assert all(c.agrees and not c.printed for c in found)


def test_shares_differ_by_points_and_a_hedge_makes_it_about() -> None:
    found = computed([candidate("应诉率98.5%。"), candidate("应诉率约99%。")])
    assert [(c.name, c.value, c.unit, c.bound) for c in found] == [("difference", Decimal("0.5"), "个百分点", "about")]


@pytest.mark.parametrize(
    ("later", "printed", "agrees"),
    [
        ("公职律师86人，同比增长7.5%。", "同比增长7.5%", True),
        ("公职律师86人，比上年增长9.1%。", "比上年增长9.1%", False),
        ("公职律师76人，下降5%。", "下降5%", True),
        ("公职律师86人。应诉率7.5%。", "", True),
    ],
)
def test_the_change_that_a_text_gives_is_held_against_it(later: str, printed: str, agrees: bool) -> None:
    change = computed([candidate("公职律师80人。"), candidate(later)], (2022, 2023))[1]
    assert (change.printed, change.agrees) == (printed, agrees)


@pytest.mark.parametrize(
    ("one", "other"), [("公职律师80人。", "派出所39个。"), ("约80至90人。", "86人。")], ids=["units", "range"]
)
def test_nothing_is_computed_from_unlike_figures(one: str, other: str) -> None:
    assert computed([candidate(one), candidate(other)]) == ()


@pytest.mark.parametrize("years", [(), (2020, 2023)])
def test_a_change_is_of_the_year_before(years: tuple[int, ...]) -> None:
    change = computed([candidate("公职律师80人。"), candidate("公职律师86人，同比增长9%。")], years)[1]
    assert (change.printed, change.agrees) == ("", True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("工业增加值增长16.2%。", "工业增加值下降3.1%。"),
        ("不超过100人。", "超过200人。"),
        ("工业增加值增长16.2%。", "应诉率98%。"),
    ],
)
def test_nothing_is_computed_from_growths_or_opposite_bounds(one: str, other: str) -> None:
    assert computed([candidate(one), candidate(other)]) == ()


def test_the_same_figure_is_no_second_side() -> None:
    one = candidate("公职律师80人。")
    assert not are_one_series([one, one])
    assert computed([one, one]) == ()


def test_an_endless_change_is_none() -> None:
    assert [c.name for c in computed([candidate("3元。"), candidate("99999999亿元。")])] == ["difference"]


def test_a_change_from_nothing_is_none() -> None:
    assert [c.name for c in computed([candidate("事故0起。"), candidate("事故2起。")])] == ["difference"]


def test_the_candidate_stands_where_it_says() -> None:
    one = candidate("公职律师80人。")
    assert one.span.of(one.document.text) == "80人"
    assert one.sentence == Span(0, 8)
