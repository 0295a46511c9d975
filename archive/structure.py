"""How a government document is built: 编/章/节/条, 一、（一）1.（1） and the inline 一是…二是….

The numbering follows GB/T 9704-2012 §7.3.3 (一、 then （一） then 1. then （1）) and, for statutes,
the 立法技术规范 (编, 章, 节, 条). 一是…二是… inside a paragraph are headings of the lowest level.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from archive.numerals import value_of
from archive.types import Section, Span

STRUCTURE_VERSION = "2"

_HAN = "〇零一二三四五六七八九十百千两"
_STATUTE = re.compile(rf"^第([{_HAN}]+|\d+)(编|分编|章|节|条)((?:之[{_HAN}]+)?)(?=[ 　]|$)(?![ 　]*[，,、；;])", re.M)
_NUMBERED = (
    re.compile(rf"^([{_HAN}]+)、", re.M),
    re.compile(rf"^[（(]([{_HAN}]+)[）)][、.．]?", re.M),
    re.compile(r"^(\d{1,2})[.．、](?!\d)", re.M),
    re.compile(r"^[（(](\d{1,2})[）)]", re.M),
)
_INLINE = re.compile(r"(?:^|(?<=[。；;：:！？”]))[ ]?([一二三四五六七八九十]{1,3})是(?=[^否])", re.M)
_HEADING_END = re.compile(r"[。；;！？\n]")
_SOFT_END = re.compile(r"[，,：:]")
_TRAILING = "。；;，,：:！？ "

_STATUTE_LEVELS = {"编": 1, "分编": 2, "章": 3, "节": 4, "条": 5}
_INLINE_LEVEL = 9
_LONGEST_HEADING = 64
_LONGEST_SOFT_HEADING = 32


@dataclass(frozen=True, slots=True)
class _Heading:
    span: Span
    label: str
    rank: int


def sections(text: str) -> tuple[Section, ...]:
    """Split canonical text along its numbering into sections that partition it.

    The first section (level 0, empty path) holds what stands before the first heading.
    """
    headings = sorted(_headings(text), key=lambda h: h.span.start)
    found = [Section((), Span(0, 0), Span(0, headings[0].span.start if headings else len(text)), 0)]
    stack: list[_Heading] = []
    ends = [*(h.span.start for h in headings[1:]), len(text)]
    for whole, end in zip(headings, ends, strict=False):
        heading = _clipped(text, whole, end)
        while stack and stack[-1].rank >= heading.rank:
            stack.pop()
        stack.append(heading)
        path = tuple(h.label for h in stack)
        found.append(Section(path, heading.span, Span(heading.span.end, end), len(path)))
    return tuple(found)


def _clipped(text: str, heading: _Heading, end: int) -> _Heading:
    """A heading ends where the next one begins (一、做好工作：一是加强管理。)."""
    if heading.span.end <= end:
        return heading
    return _Heading(Span(heading.span.start, end), _label(text, heading.span.start, end), heading.rank)


def _headings(text: str) -> list[_Heading]:
    statute = list(_statute_headings(text))
    if sum(h.rank == _STATUTE_LEVELS["条"] for h in statute) >= 2:
        return statute
    numbered = [*statute, *_numbered_headings(text)]
    return [*numbered, *_inline_headings(text, numbered)]


def _statute_headings(text: str) -> Iterator[_Heading]:
    for match in _STATUTE.finditer(text):
        if match[2] == "条":
            end = match.end() + (text[match.end() : match.end() + 1] == " ")
            label = match[0]
        else:
            end = _line_end(text, match.start())
            label = text[match.start() : end].strip()
            if len(label) > _LONGEST_HEADING:
                continue
        yield _Heading(Span(match.start(), end), label, _STATUTE_LEVELS[match[2]])


def _numbered_headings(text: str) -> Iterator[_Heading]:
    for rank, pattern in enumerate(_NUMBERED, start=5):
        for match in pattern.finditer(text):
            end = _heading_end(text, match.start(), match.end())
            yield _Heading(Span(match.start(), end), _label(text, match.start(), end), rank)


def _inline_headings(text: str, outer: list[_Heading]) -> Iterator[_Heading]:
    """Runs 一是, 二是, … of at least two, unbroken by any other heading."""
    starts = sorted(h.span.start for h in outer)
    run: list[re.Match[str]] = []
    for match in _INLINE.finditer(text):
        number = value_of(match[1])
        broken = bool(run) and bisect_right(starts, run[-1].start()) < bisect_right(starts, match.start())
        if run and (broken or number != len(run) + 1):
            yield from _close(text, run)
            run = []
        if number == len(run) + 1:
            run.append(match)
    yield from _close(text, run)


def _close(text: str, run: list[re.Match[str]]) -> Iterator[_Heading]:
    if len(run) < 2:
        return
    for match in run:
        end = _heading_end(text, match.start(1), match.end())
        yield _Heading(Span(match.start(1), end), _label(text, match.start(1), end), _INLINE_LEVEL)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _heading_end(text: str, start: int, marker_end: int) -> int:
    """A heading ends with its line, or with its first sentence when the body runs on."""
    line_end = _line_end(text, start)
    stop = _HEADING_END.search(text, marker_end, line_end)
    end = stop.end() if stop else line_end
    if end - start <= _LONGEST_HEADING:
        return end
    soft = _SOFT_END.search(text, marker_end, min(marker_end + _LONGEST_SOFT_HEADING, end))
    return soft.end() if soft else marker_end


def _label(text: str, start: int, end: int) -> str:
    return text[start:end].strip().rstrip(_TRAILING)
