"""Lists as printed: the items of an enumeration, and an answer grown to all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.types import Span
from index.words import tagged

_SEPARATORS = "、；;"
_LONGEST = 400
_LONGEST_NUMBERED = 800
_EDGE = re.compile(r"[，,。！？!?：:\n]")
_LABEL = re.compile(r"第[一二三四五六七八九十百千零\d]+条(?:之[一二三四五六七八九十]+)?[ \u3000]*")
_MARK = r"[（(][一二三四五六七八九十\d]+[）)]|\d{1,2}[.．、](?!\d)|[一二三四五六七八九十]是|[①-⑳]"
NUMBERED = rf"(?:{_MARK}|[一二三四五六七八九十]{{1,3}}、)"
_NUMBERED = re.compile(rf"(?:^|(?<=[\s。；;：:，,]))(?:{_MARK})")
OPEN, CLOSE = "《（(“‘「", "》）)”’」"
_LAST_AND = re.compile("或者|以及|[和及与或]")
_BRACKETED = re.compile(r"《[^》]*》|（[^）]*）|\([^)]*\)|“[^”]*”")
_CLAUSES = re.compile(r"^[^；;]*[，,。][^；;]*$")
_NO_VERBS = frozenset("相关 有关 所属 下属".split())
_LEADS = frozenset("有 由 为 是 含".split())
_ORGAN = re.compile("[部局委厅院办署]$")


def grown(text: str, span: Span, within: Span) -> Span:
    """An answer that holds a part of an enumeration, to all of it: all numbered items after a colon, else to the ends
    of its clause where 、 goes on there."""
    if numbered := _numbered_around(text, span, within):
        return numbered
    start, end = span.start, span.end
    before = text[max(within.start, start - _LONGEST) : start]
    if before.endswith(tuple(_SEPARATORS)):
        start = _first_item(text, Span(start - len(before) + _last_edge(before), start))
    after = text[end : min(within.end, end + _LONGEST)]
    if after.startswith(tuple(_SEPARATORS)) or (
        _has_items(text[start:end]) and re.match(r"[^，,。；;：:！!？?\n]{0,12}、", after)
    ):
        end += _first_edge(after)
    return Span(start, end)


def _first_item(text: str, before: Span) -> int:
    """Where the first item of a clause begins: after the label of an article and the last verb or preposition."""
    label = _LABEL.match(text, before.start, before.end)
    start = label.end() if label else before.start
    marks = (text.find(mark, start, before.end) for mark in _SEPARATORS)
    words = tagged(text, Span(start, min((at for at in marks if at >= 0), default=before.end)))
    leading = [w.span.end for w in words[:-1] if (w.kind in ("v", "p") and w.word not in _NO_VERBS) or w.word in _LEADS]
    return leading[-1] if leading else start


def items(words: str) -> tuple[str, ...]:
    """The items of an enumeration as printed; one item for what is none, such as clauses that hold 、 somewhere."""
    numbered = [match.start() for match in _NUMBERED.finditer(words)]
    if len(numbered) > 1:
        parts = [words[a:b] for a, b in zip(numbered, [*numbered[1:], len(words)], strict=True)]
    elif _CLAUSES.search(_BRACKETED.sub("", words).rstrip("，,。 \n")):
        parts = [words]
    else:
        parts = list(_parts(words))
        if len(parts) > 1 and (joined := _last_and(parts)):
            parts[-1:] = [parts[-1][: joined.start()], parts[-1][joined.end() :]]
    return tuple(part for part in (part.strip(" \n\u3000；;。，,、") for part in parts) if part)


def _parts(words: str) -> Iterator[str]:
    """Cut at 、 and ；, not inside of a 《title》 or brackets, and between ”“ and 》《."""
    depth = start = 0
    for at, mark in enumerate(words):
        if mark in OPEN and not depth and at and words[at - 1] in CLOSE:
            yield words[start:at]
            start = at
        depth = depth_after(depth, mark)
        if mark in _SEPARATORS and not depth:
            yield words[start:at]
            start = at + 1
    yield words[start:]


def depth_after(depth: int, mark: str) -> int:
    """How many brackets are open behind a character."""
    return depth + 1 if mark in OPEN else max(depth - 1, 0) if mark in CLOSE else depth


def _last_and(parts: list[str]) -> re.Match[str] | None:
    """Where the last part holds two items (罚款|和|没收); 人力资源和社会保障部 is one: only its end is an office."""
    last = parts[-1]
    joined = _LAST_AND.search(last)
    if not joined or not joined.start() or joined.end() >= len(last) or any(mark in last for mark in OPEN):
        return None
    is_one_office = _ORGAN.search(last) and not _ORGAN.search(last[: joined.start()])
    return None if is_one_office else joined


def _numbered_around(text: str, span: Span, within: Span) -> Span | None:
    """All of the numbered items that a colon announces, when the answer stands among them."""
    announced = text.find("：", within.start, span.end)
    if announced < 0:
        return None
    last = min(within.end, announced + 1 + _LONGEST_NUMBERED)
    marks = [match.start() for match in _NUMBERED.finditer(text, announced + 1, last)]
    if len(marks) < 2 or text[announced + 1 : marks[0]].strip():
        return None
    end = marks[0] + len(text[marks[0] : last].rstrip())
    return Span(min(marks[0], span.start), max(end, span.end)) if span.end > marks[0] else None


def _has_items(words: str) -> bool:
    return any(mark in words for mark in _SEPARATORS)


def _last_edge(before: str) -> int:
    found = [match.end() for match in _EDGE.finditer(before)]
    return found[-1] if found else 0 if len(before) < _LONGEST else len(before)


def _first_edge(after: str) -> int:
    match = _EDGE.search(after)
    return match.start() if match else len(after)
