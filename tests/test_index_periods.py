from __future__ import annotations

import pytest

from archive.sources import Source, parse
from archive.text import sentences
from archive.types import Document, Span
from index.periods import year_meant, years_of

REPORT = """2025年河南省政府工作报告
一、过去一年工作
粮食总产量1344亿斤。2023年为1324亿斤。
二、今年工作安排
粮食产量1300亿斤以上。
三、其他
技术合同成交额1759亿元。
"""
BUREAU = """2024年某局法治政府建设工作报告
一、过去一年工作
公职律师86人。
"""


# its parts have no headings that say which year they are of
UNDATED = """2025年西藏政府工作报告
自治区主席 嘎玛泽登
一、民生保障
全力办好21项民生实事。今年是规划收官之年，任务很重。
二、改善民生
实施民生实事28项。去年建成12项。
"""


@pytest.mark.parametrize(
    ("text", "sentence", "years"),
    [
        (REPORT, "粮食总产量1344亿斤", {2024}),
        (REPORT, "2023年为1324亿斤", {2023}),
        (REPORT, "粮食产量1300亿斤以上", {2025}),
        (REPORT, "技术合同成交额1759亿元", {2024, 2025}),
        (UNDATED, "全力办好21项民生实事", {2024}),
        (UNDATED, "嘎玛泽登", {2024, 2025}),
        (UNDATED, "实施民生实事28项", {2025}),
        (UNDATED, "去年建成12项", {2024}),
        (BUREAU, "公职律师86人", {2024}),  # the year in its title is the one it is about
    ],
)
def test_a_governments_work_report_looks_back_on_the_year_before(text: str, sentence: str, years: set[int]) -> None:
    parsed = parse(Source("report.txt", "report.txt", text.encode()))
    document = Document("0" * 12, "r", parsed.facts.title, parsed.text, tuple(parsed.sections))
    (found,) = [s for s in sentences(document.text, Span(0, len(document.text))) if sentence in s.of(document.text)]
    section = next(s for s in document.sections if s.span.covers(found))
    assert years_of(document, section, found) == years


@pytest.mark.parametrize(
    ("asked", "text", "year"),
    [
        ("西藏去年办了几项实事", UNDATED, 2024),
        ("西藏今年要办几项实事", UNDATED, 2025),
        ("how many last year", UNDATED, 2024),
        ("西藏粮食产量目标", UNDATED, 2025),
        ("西藏办了几项实事", UNDATED, None),
        ("去年有多少公职律师", BUREAU, None),
    ],
)
def test_this_year_and_last_year_are_those_of_the_report(asked: str, text: str, year: int | None) -> None:
    parsed = parse(Source("report.txt", "report.txt", text.encode()))
    document = Document("0" * 12, "r", parsed.facts.title, parsed.text, tuple(parsed.sections))
    assert year_meant(asked, document) == year
