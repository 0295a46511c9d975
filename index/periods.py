"""The years that a sentence speaks of."""

from __future__ import annotations

import re

from archive.figures import dates_in
from archive.types import Document, Section, Span

_WORK_REPORT = "政府工作报告"
_LOOKS_BACK = re.compile("过去的?一年|去年|上年|一年来|回顾")
_LOOKS_AHEAD = re.compile("今年|新的一年|新一年|预期目标|目标任务|工作安排|工作部署|总体要求")


def years_of(document: Document, section: Section, sentence: Span) -> frozenset[int]:
    """The nearest years printed: in the sentence, its headings, the title; else the year of issue; empty for none.

    A government's work report is given at the beginning of the year in its title: it looks back on the year before.
    """
    own, path = sentence.of(document.text), "".join(section.path)
    for stretch in (own, path, document.title):
        if years := frozenset(d.year for d in dates_in(stretch, Span(0, len(stretch)))):
            is_report = stretch is document.title and document.title.rstrip().endswith(_WORK_REPORT)
            return _of_report(own + path, years) if is_report else years
    return frozenset([document.issued_on.year]) if document.issued_on else frozenset()


def _of_report(said: str, years: frozenset[int]) -> frozenset[int]:
    before = frozenset(year - 1 for year in years)
    if _LOOKS_BACK.search(said):
        return before
    return years if _LOOKS_AHEAD.search(said) else years | before
