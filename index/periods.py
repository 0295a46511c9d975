"""The years that a sentence speaks of."""

from __future__ import annotations

import re
from functools import lru_cache

from archive.figures import dates_in
from archive.types import Document, Section, Span

_WORK_REPORT = "政府工作报告"
_LOOKS_BACK = re.compile("过去的?一年|去年|上年|一年来|回顾")
_LOOKS_AHEAD = re.compile("今年|新的一年|新一年|预期目标|目标任务|工作安排|工作部署|总体要求")
_THIS_YEAR = re.compile(r"今年|新的一年|目标|预期|\bthis year\b|\b(?:targets?|goals?)\b")
_LAST_YEAR = re.compile(r"去年|上年(?!度)|\blast year\b")


def years_of(document: Document, section: Section, sentence: Span) -> frozenset[int]:
    """The nearest years printed: in the sentence, its headings, the title; else the year of issue; empty for none.

    A government's work report is given at the beginning of the year in its title: it looks back on the year before.
    """
    own, path = sentence.of(document.text), "".join(section.path)
    for stretch in (own, path, document.title):
        if years := frozenset(d.year for d in dates_in(stretch, Span(0, len(stretch)))):
            is_report = stretch is document.title and document.title.rstrip().endswith(_WORK_REPORT)
            return _of_report(document.text, own, path, sentence.start, years) if is_report else years
    return frozenset([document.issued_on.year]) if document.issued_on else frozenset()


def year_meant(asked: str, document: Document) -> int | None:
    """The year that 今年 and 去年, or an aim, are of in a government's work report; None for any other document."""
    title = document.title.rstrip()
    years = [date.year for date in dates_in(title, Span(0, len(title)))] if title.endswith(_WORK_REPORT) else []
    if not years:
        return None
    if _LAST_YEAR.search(asked):
        return max(years) - 1
    return max(years) if _THIS_YEAR.search(asked) else None


def _of_report(text: str, own: str, path: str, at: int, years: frozenset[int]) -> frozenset[int]:
    """By the words of a sentence and its headings, else by whether it stands before the text turns to the new year;
    what stands below no heading is of both."""
    before = frozenset(year - 1 for year in years)
    if _LOOKS_BACK.search(own + path):
        return before
    if _LOOKS_AHEAD.search(own + path):
        return years
    turn = _turn_to(text, max(years)) if path else None
    return years | before if turn is None else before if at < turn else years


@lru_cache(maxsize=256)
def _turn_to(text: str, year: int) -> int | None:
    """Where a report begins to speak of its own year (今年是“十四五”规划收官之年)."""
    turn = re.search(rf"(?:^|[。\n])\s*(?:今年|{year}年)(?:是|工作|政府工作|经济社会发展)", text)
    return turn.start() + 1 if turn else None
