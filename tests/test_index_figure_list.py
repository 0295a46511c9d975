from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.wiring import Engine
from archive.errors import BadInput
from index.figure_list import figure_list
from index.types import Filters

REPORT = """{year}年司法工作报告
滨海新区司法局
一、队伍
全局公职律师{lawyers}人,同比增长16.2%,专(兼)职法制员{officers}人,律师事务所{firms}家,公职律师培训覆盖率达到{share}%。
二、其他
接待来访120余人次。
"""


@pytest.fixture
def listed(engine: Engine, tmp_path: Path) -> Callable[..., list[tuple[tuple[int, ...], str, str]]]:
    """The figures of a subject, over the reports of three years."""
    for year, lawyers in ((2021, 70), (2022, 81), (2023, 86)):
        path = tmp_path / f"{year}.txt"
        path.write_text(REPORT.format(year=year, lawyers=lawyers, officers=280, firms=9, share=95), encoding="utf-8")
        list(engine.add(path))
    engine.build(lambda done, total: None)

    def found(about: str, filters: Filters | None = None, **given: object) -> list[tuple[tuple[int, ...], str, str]]:
        rows = figure_list(engine.searcher(), about, filters, **given).rows  # type: ignore[arg-type]
        for row in rows:
            assert row.printed in row.citation.quote
            assert row.counted in row.citation.quote
        return [(row.years, row.printed, row.counted) for row in rows]

    return found


def test_one_thing_over_the_years(listed: Callable[..., list[object]]) -> None:
    assert listed("公职律师", unit="人") == [
        ((2021,), "70人", "全局公职律师"),
        ((2022,), "81人", "全局公职律师"),
        ((2023,), "86人", "全局公职律师"),
    ]


def test_the_most_exact_come_first(listed: Callable[..., list[tuple[object, str, str]]]) -> None:
    counted = [subject for _, _, subject in listed("律师")]
    assert counted[:6] == ["全局公职律师"] * 6
    assert sorted(counted[6:]) == ["公职律师培训覆盖率"] * 3 + ["律师事务所"] * 3


def test_growth_is_told_from_what_there_is(
    engine: Engine, listed: Callable[..., list[tuple[object, str, str]]]
) -> None:
    rows = figure_list(engine.searcher(), "公职律师").rows
    assert {row.figure.change for row in rows if row.printed == "16.2%"} == {"rise"}
    assert {row.figure.change for row in rows if row.printed != "16.2%"} == {""}
    assert [printed for _, printed, _ in listed("公职律师", only="changes")] == ["16.2%"] * 3
    assert len(listed("公职律师", only="levels")) == len(rows) - 3


def test_years_filters_and_further_words(listed: Callable[..., list[object]]) -> None:
    assert listed("公职律师", unit="人", years=range(2022, 2024)) == [
        ((2022,), "81人", "全局公职律师"),
        ((2023,), "86人", "全局公职律师"),
    ]
    assert listed("司法工作 法制员", years=range(2023, 2024)) == [((2023,), "280人", "专(兼)职法制员")]
    assert listed("民政工作 法制员") == []
    assert listed("公职律师", Filters(collection="none")) == []
    assert listed("警车") == []


def test_english_words_find_chinese_subjects(listed: Callable[..., list[object]]) -> None:
    assert ((2023,), "86人", "全局公职律师") in listed("lawyers")


def test_no_more_rows_than_wanted(engine: Engine, listed: Callable[..., list[object]]) -> None:
    assert len(listed("公职律师", limit=2)) == 2
    assert figure_list(engine.searcher(), "公职律师", limit=2).more
    assert not figure_list(engine.searcher(), "公职律师").more


@pytest.mark.parametrize("about", ["", "，", "the of", "?!"])
def test_nothing_to_look_for(engine: Engine, about: str) -> None:
    with pytest.raises(BadInput, match="no word to look for"):
        figure_list(engine.searcher(), about)
