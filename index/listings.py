"""Enumerations in running text, whose first and last word a reader chooses: 将专家论证、公众参与、集体讨论决定作为…"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from archive.numerals import value_of
from archive.types import Span
from index.enumerations import CLOSE, NUMBERED, OPEN, depth_after
from index.words import Tagged, tagged

_ENGLISH_COUNTS = "two three four five six seven eight nine ten".split()
# a numeral that counts neither time nor money nor shares
_ASKS_COUNT = re.compile(
    r"哪 ?“?([一二两三四五六七八九十]{1,3}+|\d{1,2}+)(?! ?[百千万亿年月日号天周时分\d.,%％代])"
    rf"|\b(?:what|which|name|list)(?: are| were)?(?: the)? (?:other )?({'|'.join(_ENGLISH_COUNTS)}|\d{{1,2}}+)\b"
    r"(?![-.,%\d])(?! (?:years?|months?|weeks?|days?|hours?|minutes?|percent|per|hundred|thousand|million|billion)\b)"
)
_IN_CLAUSES = re.compile(
    "措施|举措|政策|要求|规定|部署|安排|说明|优惠|支持|职责|义务|任务|做法|责任|处罚|情形|成效|成果|进展|问题|原因|影响|意义|目的|好处|变化"
    r"|\b(?:measures?|polic(?:y|ies)|requirements?|rules?|arrangements?|support|dut(?:y|ies)|tasks?|obligations?|responsibilit(?:y|ies)"
    r"|penalt(?:y|ies)|circumstances|achievements?|problems?|reasons?|effects?|benefits?|changes?)\b"
)
_UNLIKE = 0.2  # a character more or less than the other items
_CUT = 0.6  # to end before a noun or verb, of which the item may be a part, or before 和; to begin behind a noun
_CLOSED = 0.8  # to end before 等 is likelier
_ODD = 0.6  # to begin with a verb where the second item does not, or the other way round
_CONTENT, _NAMES = ("n", "v", "a", "c"), ("n", "a")
_TURNS = frozenset("作为 为 是 纳入 列入 列为 视为".split())
_AND_SO_ON = ("等", "等等")
_AND = ("和", "及", "与", "或", "以及", "或者")
_LONGEST_ITEM, _MUCH = 12, 3
_QUOTED_START, _QUOTED_END = "《“‘「", "》”’」"
_ENDS_CLAUSE = "，,；;。：:！!？?"
_LEADS_ITEMS = re.compile("包括|分别[为是]|例如|诸如|下列")
_LABEL = re.compile(rf"\s*(?:{NUMBERED}|第[一二三四五六七八九十百千零\d]+[条款项][ \u3000]*)")


def items_asked(question: str) -> int:
    """How many items a question asks for (哪四道程序, what four steps), 0 where it does not say."""
    found = _ASKS_COUNT.search(question.lower())
    if not found:
        return 0
    count = next(word for word in found.groups() if word)
    number = _ENGLISH_COUNTS.index(count) + 2 if count in _ENGLISH_COUNTS else int(value_of(count) or 0)
    return number if number > 1 else 0


def is_told_in_clauses(question: str) -> bool:
    """Whether what is asked for is mostly told in clauses, not in items of a few words (有哪些优惠政策)."""
    return _IN_CLAUSES.search(question.lower()) is not None and not items_asked(question)


@dataclass(frozen=True, slots=True)
class Enumeration:
    """Items between 、 or between ”“ in one clause. The first begins at one of `starts`, the last ends at one of
    `ends`, the shortest item first, each at a cost: that of an item longer or shorter than those between, or cut;
    which, is for a reader to say."""

    starts: Mapping[int, float]
    ends: Mapping[int, float]


def enumerations(text: str, within: Span) -> Iterator[Enumeration]:
    """The enumerations of a stretch. Items begin and end with words; one that begins after 包括 or ends before 等
    does."""
    for clause in _clauses_apart(text, within):
        for around, gaps in _lists(text, clause, _gaps(text, clause)):
            yield _enumeration(text, Span(around.start, gaps[0].start), gaps, Span(gaps[-1].end, around.end))


def _lists(text: str, clause: Span, gaps: Sequence[Span]) -> Iterator[tuple[Span, Sequence[Span]]]:
    """The gaps of each list, and the stretch it stands in: an item in which 等 ends a list, or which is much longer
    than the others, is the end of one and the beginning of the next."""
    between = [Span(one.end, other.start) for one, other in pairwise(gaps)]
    usual = median(s.end - s.start for s in between) if between else 0
    longest = max(_LONGEST_ITEM, _MUCH * usual)
    so_on = [_and_so_on(text, s) for s in between]
    cuts = [at + 1 for at, s in enumerate(between) if s.end - s.start > longest or so_on[at]]
    for start, end in pairwise([0, *cuts, len(gaps)]):
        if start < end:
            before = so_on[start - 1] if start else None
            first = before.end if before else gaps[start - 1].end if start else clause.start
            last = gaps[end].start if end < len(gaps) else clause.end
            yield Span(first, last), gaps[start:end]


def _and_so_on(text: str, within: Span) -> Span | None:
    """Where 等 ends a list in a stretch that begins with an item, and something follows."""
    words = [word.span for word in list(_words_apart(text, within))[1:] if word.word in _AND_SO_ON]
    return words[0] if words and words[0].end < within.end else None


def _enumeration(text: str, first: Span, gaps: Sequence[Span], last: Span) -> Enumeration:
    """`first` and `last` are the stretches that the first item ends and the last one begins."""
    led = [match.end() for match in _LEADS_ITEMS.finditer(text, first.start, first.end)]
    leading = [w for w in _words_apart(text, first) if not led or w.span.start >= led[-1]]
    following = list(_words_apart(text, last))
    closed = next((w.span.start for w in following[1:] if w.word in _AND_SO_ON), None)
    second = next(_words_apart(text, Span(gaps[0].end, gaps[1].start if len(gaps) > 1 else last.end)), None)
    odd = {w.span.start for w in leading if second and w.kind.startswith("v") != second.kind.startswith("v")}
    comes_before = {w.span.end for w in leading if w.kind.startswith(_NAMES)}
    goes_on = {w.span.start for w in following if w.kind.startswith(_CONTENT) and w.word not in _TURNS}
    between = [other.start - one.end for one, other in pairwise(gaps)]
    usual = sum(between) / len(between) if between else None
    starts = [w.span.start for w in reversed(leading)] or [first.start]
    ends = [w.span.end for w in following if w.span.end <= (closed or last.end) and w.word not in _AND] or [last.end]
    return Enumeration(
        {at: _unlike(first.end - at, usual) + _ODD * (at in odd) + _CUT * (at in comes_before) for at in starts},
        {at: _unlike(at - last.start, usual) + _CUT * (at in goes_on) - _CLOSED * (at == closed) for at in ends},
    )


def _unlike(length: int, usual: float | None) -> float:
    return _UNLIKE * abs(length - usual) if usual else 0.0


def _words_apart(text: str, within: Span) -> Iterator[Tagged]:
    """The words of a stretch, a 《title》 or a “quotation” as one."""
    opened: int | None = None
    depth = 0
    for word in tagged(text, within):
        depth += sum(mark in OPEN for mark in word.word) - sum(mark in CLOSE for mark in word.word)
        start = word.span.start if opened is None else opened
        opened = start if depth > 0 else None
        if depth <= 0:
            whole = Span(start, word.span.end)
            yield Tagged(whole.of(text), word.kind, whole)
            depth = 0


def _clauses_apart(text: str, within: Span) -> Iterator[Span]:
    """Stretches between marks that end a clause, not inside of brackets or numerals, without the label of an item."""
    depth, start = 0, within.start
    for at in [*range(within.start, within.end), within.end]:
        depth = depth_after(depth, text[at]) if at < within.end else 0
        if at == within.end or text[at] == "\n" or (not depth and _ends_clause(text, at)):
            label = _LABEL.match(text, start, at)
            yield Span(label.end() if label else start, at)
            depth, start = 0, at + 1


def _ends_clause(text: str, at: int) -> bool:
    is_in_numeral = text[at] in ",:" and text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()
    return text[at] in _ENDS_CLAUSE and not is_in_numeral


def _gaps(text: str, clause: Span) -> list[Span]:
    """What parts the items of a clause: 、, or nothing between ”“ and the like."""
    depth, found = 0, []
    for at in range(clause.start, clause.end - 1):
        before, depth = depth, depth_after(depth, text[at])
        if not depth and text[at] == "、" and at > clause.start:
            found.append(Span(at, at + 1))
        elif before and not depth and text[at] in _QUOTED_END and text[at + 1] in _QUOTED_START:
            found.append(Span(at + 1, at + 1))
    return found
