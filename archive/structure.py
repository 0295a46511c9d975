"""How a government document is built, as one grammar.

parts       the document itself, the texts it issues (a line that is a 《name》 named before), 附件, 落款
statutes    编, 分编, 章, 节, 条 (《立法技术规范》); below an article 款 (a paragraph), 项 （一）, 目 1.
documents   第一部分, 一、 （一） 1. （1） ① (GB/T 9704-2012 §7.3.3), 1.1 and 1.1.1, headings by layout
sentences   一是… 二是… 三是…, 一要… 二要…

`sections` partitions a text by its headings; `leaves` goes on below the article, so that each
paragraph of a law has an address of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archive.numerals import value_of
from archive.types import Section, Span

STRUCTURE_VERSION = "3"

_HAN = "〇零一二三四五六七八九十百千两"
_COUNT = rf"[{_HAN}]+|[0-9０-９]+"
_STATUTE = re.compile(
    rf"^第(?P<number>{_COUNT})(?P<unit>编|分编|章|节|条)(?P<of>(?:之[{_HAN}]+)?)"
    r"(?P<end>[ ：:]|$|(?=[\u4e00-\u9fff《“（【]))(?![ ]*[，,、；;])",
    re.M,
)
_REFERRING = re.compile(
    r"[ ]?(?:第[^\s]{1,4}[款项条]|规定|所[列称述规]|[的和与及或至到、，]|中[的所，]|以[上下]|之[一二三四五六七八九十]|款|项)"
)
_PART = re.compile(rf"^第(?:{_COUNT})(?:部分|篇|单元)(?=[ ：:、]|$|[\u4e00-\u9fff])", re.M)
_NUMBERED = (
    (50, re.compile(rf"^(?P<number>[{_HAN}]+)(?:、|[.．] ?)(?![{_HAN}]{{1,2}}[、级类月])", re.M)),
    (60, re.compile(rf"^[（(](?P<number>[{_HAN}]+)[）)][、.．]?", re.M)),
    (70, re.compile(r"^(?P<number>[0-9０-９]{1,2})(?:[.．、](?![0-9０-９])|(?= [\u4e00-\u9fff]))", re.M)),
    (80, re.compile(r"^(?:[（(](?P<number>[0-9０-９]{1,2})[）)][、.．]?)", re.M)),
    (85, re.compile(r"^(?P<number>[0-9０-９]{1,2})[）)]", re.M)),
    (90, re.compile(r"^(?P<number>[①-⑳])", re.M)),
)
_DECIMAL = re.compile(r"^(?P<number>[0-9]{1,2}(?:[.．][0-9]{1,2}){1,4})[.．]?(?=[ \u4e00-\u9fff])", re.M)
_INLINE = re.compile(r"(?:^|(?<=[。；;：:！？”]))[ ]?([一二三四五六七八九十]{1,3})(是|要)(?=[^否求点])", re.M)
_ATTACHMENT = re.compile(
    r"^附[ ]?(?:件|录|表)[ ]?(?P<number>[0-9０-９]{1,3}|[一二三四五六七八九十]{1,3})?[ ]?(?P<colon>[:：])?(?P<name>.*)$",
    re.M,
)
_LISTED = re.compile(r"[0-9]{1,2}[.．、](?![^\n]*。)")
_NAMED = re.compile(r"《([^《》\n]{4,80})》")
DAY = rf"(?:[0-9０-９]{{4}}|[{_HAN}○O0]{{4}})[ ]?年[ ]?(?:[0-9０-９]{{1,2}}|[{_HAN}]{{1,3}})[ ]?月[ ]?(?:[0-9０-９]{{1,2}}|[{_HAN}]{{1,3}})[ ]?日"
_KIND = re.compile(
    r".{3,}(?:办法|规定|细则|方案|意见|规划|条例|制度|标准|指南|清单|目录|规则|章程|计划|纲要|措施|预案|指引|守则|规范|表)$"
)
_DATE_LINE = re.compile(rf"^(?P<by>[^\n，。；：:]{{0,60}}?)[（(]?{DAY}[)）]?$", re.M)
_SIGNED = re.compile(r"[^\n，。；：:！？|]{2,40}")
_AFTER_SIGNATURE = re.compile(
    r"[（(][^\n]{2,40}[）)]|抄[ ]?送[:：].*|公开方式[:：].*|联系(?:人|电话|方式)[:：].*|附[ ]?[件录表].*|.{0,40}印发|.{0,30}办公[厅室].{0,20}|[^\n，。；：:！？|]{2,60}"
)
_HEADING_END = re.compile(r"[。；;！？\n]|[:：](?=“)")
_SOFT_END = re.compile(r"[，,：:]")
_ATTACHMENT_MARK = re.compile(rf"附[ ]?(?:件|录|表)[ ]?(?:{_COUNT})?[ ]?[:：]")
_BETWEEN = "、：:，, "
_TRAILING = "。；;，,：:！？ "
_BARE = re.compile(r"[^，。；：！？、,;:!?|《》（）()“”\n]{4,24}")

_STATUTE_RANKS = {"编": 10, "分编": 20, "章": 30, "节": 40, "条": 50}
_PART_RANK, _PLAIN_RANK, _INLINE_RANK = 0, 45, 100
_PARAGRAPH, _ITEM, _SUBITEM = 52, 54, 56
_LONGEST_HEADING = 64
_LONGEST_SOFT_HEADING = 32
_LONGEST_QUOTE = 6000
SIGNATURE = "落款"


@dataclass(frozen=True, slots=True)
class _Heading:
    span: Span
    label: str
    rank: int


@dataclass(frozen=True, slots=True)
class Hint:
    """A heading the layout shows (a style, an <h2>, ##): where its line starts, and its depth from 1."""

    start: int
    level: int


def sections(text: str, hints: Sequence[Hint] = ()) -> tuple[Section, ...]:
    """Split canonical text along its headings into sections that partition it.

    The first section (level 0, empty path) holds what stands before the first heading.
    """
    headings = sorted(_headings(text, hints), key=lambda h: (h.span.start, h.rank))
    headings = [h for at, h in enumerate(headings) if not at or h.span.start > headings[at - 1].span.start]
    found = [Section((), Span(0, 0), Span(0, headings[0].span.start if headings else len(text)), 0)]
    stack: list[_Heading] = []
    ends = [*(h.span.start for h in headings[1:]), len(text)]
    for whole, end in zip(headings, ends, strict=False):
        heading = _clipped(text, whole, end)
        while stack and (stack[-1].rank >= heading.rank or stack[-1].label == SIGNATURE):
            stack.pop()
        stack.append(heading)
        path = tuple(h.label for h in stack)
        found.append(Section(path, heading.span, Span(heading.span.end, end), len(path)))
    return tuple(found)


def leaves(text: str, parts: Sequence[Section]) -> tuple[Section, ...]:
    """The same partition carried on below the articles: 款, 项 and 目 become sections of their own.

    Paragraphs are numbered (第一款) when an article has more than one.
    """
    return tuple(leaf for section in parts for leaf in (_below(text, section) if is_article(section) else [section]))


def place(text: str, parts: Sequence[Section], span: Span) -> tuple[str, ...]:
    """The path of the smallest section or paragraph of an article that a stretch begins in and does not leave."""
    at = max(bisect_right(parts, span.start, key=lambda s: s.span.start) - 1, 0)
    if not is_article(parts[at]):
        return parts[at].path
    paths = [leaf.path for leaf in _below(text, parts[at]) if leaf.span.start < span.end and leaf.span.end > span.start]
    shared = [labels[0] for labels in zip(*paths, strict=False) if len(set(labels)) == 1]
    return tuple(shared) or parts[at].path


def is_article(section: Section) -> bool:
    """Whether a section is an article (第十二条, 第十二条之一)."""
    return leads_to_article(section.path)


def leads_to_article(path: Sequence[str]) -> bool:
    """Whether the last heading of a path is that of an article."""
    return bool(path) and _ARTICLE_LABEL.fullmatch(path[-1]) is not None


def unnumbered(label: str) -> str:
    """What a heading says, without its number: 加强执法监督 of （三）加强执法监督."""
    for marker in (_STATUTE, _PART, _DECIMAL, _INLINE, *(marker for _, marker in _NUMBERED), _ATTACHMENT_MARK):
        if found := marker.match(label):
            return label[found.end() :].strip(_BETWEEN)
    return label


def address(title: str, path: Sequence[str]) -> str:
    """How one refers to a place: 《行政处罚法》第三十三条第一款, or title › 一、… › （六）… › 三是…."""
    article = next((at for at, label in enumerate(path) if _ARTICLE_LABEL.fullmatch(label)), None)
    if article is None:
        return " › ".join([title, *path])
    issued = [label for label in path[:article] if not _DIVISION.match(label)]
    name = (issued[-1] if issued else title).removeprefix("中华人民共和国")
    return (f"《{name}》" if "《" not in name else name) + "".join(path[article:])


_DIVISION = re.compile(rf"第(?:{_COUNT})(?:编|分编|章|节)")
_ARTICLE_LABEL = re.compile(rf"第(?:{_COUNT})条(?:之[{_HAN}]+)?")


def _clipped(text: str, heading: _Heading, end: int) -> _Heading:
    """A heading ends where the next one begins (一、做好工作：一是加强管理。)."""
    if heading.span.end <= end:
        return heading
    return replace(heading, span=Span(heading.span.start, end), label=_label(text, heading.span.start, end))


def _headings(text: str, hints: Sequence[Hint]) -> list[_Heading]:
    parts = _parts(text)
    found = list(parts)
    bounds = [0, *(p.span.end for p in parts)]
    ends = [*(p.span.start for p in parts), len(text)]
    for start, end in zip(bounds, ends, strict=True):
        if start < end:
            found += _within(text, Span(start, end), [h for h in hints if start <= h.start < end])
    return found


def _within(text: str, part: Span, hints: Sequence[Hint]) -> list[_Heading]:
    """The headings of one part, which is built either as a statute or as a document."""
    statute = list(_statute_headings(text, part))
    if sum(h.rank == _STATUTE_RANKS["条"] for h in statute) >= 2:
        return statute
    numbered = [*statute, *_document_parts(text, part), *_numbered_headings(text, part)]
    numbered += _plain_headings(text, part, hints, numbered)
    return [*numbered, *_inline_headings(text, part, numbered)]


# parts


def _parts(text: str) -> list[_Heading]:
    """Texts issued with the document, attachments and signatures, in order, none inside another."""
    found = sorted([*_issued(text), *_attachments(text), *_signatures(text)], key=lambda h: (h.span.start, -h.span.end))
    kept: list[_Heading] = []
    for heading in found:
        if not kept or heading.span.start >= kept[-1].span.end:
            kept.append(heading)
    return kept


def _issued(text: str) -> Iterator[_Heading]:
    """A line that is just a name the text above gave, in 《》 or in the title (关于印发…办法的通知)."""
    title = text[: _line_end(text, 0, len(text))]
    names: set[str] = set()
    at = 0
    for line in text.split("\n"):
        bare = line.strip("《》 ")
        if at and len(line) <= 80 and (bare in names or (_KIND.search(bare) and bare in title and bare != title)):
            yield _Heading(Span(at, at + len(line)), bare, _PART_RANK)
            names.discard(bare)
        names.update(_NAMED.findall(line))
        at += len(line) + 1


def _attachments(text: str) -> Iterator[_Heading]:
    """附件 on a line of its own; 附件1：name where the list of attachments has named number 1 before."""
    listed: set[str] = set()
    for match in _ATTACHMENT.finditer(text):
        name = match["name"].strip()
        number = match["number"] or ""
        if name and (not match["colon"] or not number or number not in listed):
            listed.update([number] if number else re.findall(r"(?<![0-9])([0-9]{1,2})[.．、]", name))
            listed.update(_listed_below(text, match.end()))
            continue
        end = match.end()
        below = text[end + 1 : _line_end(text, end + 1, len(text))]
        if not name and below and _SIGNED.fullmatch(below) and not _is_numbered(text, end + 1):
            end += 1 + len(below)
        if len(name) <= _LONGEST_HEADING:
            yield _Heading(Span(match.start(), end), _label(text, match.start(), end), _PART_RANK)


def _listed_below(text: str, end: int) -> Iterator[str]:
    for line in text[end + 1 : end + 2000].split("\n"):
        match = re.match(r"([0-9]{1,2})[.．、]", line)
        if not match:
            return
        yield match[1]


def _signatures(text: str) -> Iterator[_Heading]:
    """Short lines and a date at the end of a part: who issued it, and when."""
    for match in _DATE_LINE.finditer(text):
        if match.start() and _closes(text, match.end()):
            start = match.start()
            for _ in range(6):
                before = text.rfind("\n", 0, max(start - 1, 0)) + 1
                if before == 0 or not _SIGNED.fullmatch(text[before : start - 1]) or _is_numbered(text, before):
                    break
                start = before
            if start < match.start() or match["by"]:
                yield _Heading(Span(start, match.end()), SIGNATURE, _PART_RANK)


def _closes(text: str, end: int) -> bool:
    """Whether what follows a date can follow a signature: nothing, 附件, 抄送, or the title of a text issued."""
    following = text[end + 1 : end + 200].split("\n")[0]
    return not following or _AFTER_SIGNATURE.fullmatch(following) is not None


def _is_numbered(text: str, at: int) -> bool:
    return any(p.match(text, at) for _, p in _NUMBERED) or _STATUTE.match(text, at) is not None


# statutes


def _statute_headings(text: str, part: Span) -> Iterator[_Heading]:
    last = 0
    for match in _STATUTE.finditer(text, part.start, part.end):
        if _is_row(text, match.start()) or _is_quoted(text, match.start(), part.start):
            continue
        if match["unit"] == "条":
            number = value_of(match["number"]) or 0
            if not match["end"] and (number != last + (not match["of"]) or _REFERRING.match(text, match.end())):
                continue
            last = int(number)
            end = match.end()
            label = match[0].rstrip(" ：:")
        else:
            end = _line_end(text, match.start(), part.end)
            label = text[match.start() : end].strip()
            if len(label) > _LONGEST_HEADING or label[-1] in "。；，":
                continue
        yield _Heading(Span(match.start(), end), label, _STATUTE_RANKS[match["unit"]])


def _is_row(text: str, at: int) -> bool:
    return " | " in text[at : _line_end(text, at, len(text))]


def _is_quoted(text: str, at: int, start: int) -> bool:
    """Whether a line stands inside “…”: an amendment quotes the articles it changes."""
    opened = text.rfind("“", max(start, at - _LONGEST_QUOTE), at)
    if opened < 0:
        return False
    return text.rfind("”", opened, at) < 0 and "”" in text[at : at + _LONGEST_QUOTE]


def _below(text: str, article: Section) -> list[Section]:
    marks = list(_marks(text, article))
    several = sum(rank == _PARAGRAPH for _, rank, _ in marks) > 1
    found = []
    stack: list[tuple[int, str]] = []
    ends = [*(start for start, _, _ in marks[1:]), article.span.end]
    for at, ((start, rank, label), end) in enumerate(zip(marks, ends, strict=False)):
        while stack and stack[-1][0] >= rank:
            stack.pop()
        if rank != _PARAGRAPH or several:
            stack.append((rank, label))
        path = (*article.path, *(name for _, name in stack))
        heading = article.heading if not at else Span(start, start + (len(label) if rank != _PARAGRAPH else 0))
        found.append(Section(path, heading, Span(heading.end, end), len(path)))
    return found or [article]


def _marks(text: str, article: Section) -> Iterator[tuple[int, int, str]]:
    """Where the paragraphs, items and subitems of an article begin: (start, rank, label)."""
    start, count = article.span.start, 0
    at = article.body.start
    while at < article.span.end:
        end = _line_end(text, at, article.span.end)
        item = _ITEM_MARK.match(text, at, end)
        subitem = _SUBITEM_MARK.match(text, at, end)
        if item or subitem:
            mark = item or subitem
            assert mark
            yield at if count else start, _ITEM if item else _SUBITEM, mark[0].strip()
            count = count or 1
        elif text[at:end].strip() and " | " not in text[at:end] and not (count and _is_wrapped(text, at)):
            count += 1
            yield start if count == 1 else at, _PARAGRAPH, f"第{_han(count)}款"
        at = end + 1


def _is_wrapped(text: str, at: int) -> bool:
    """Whether a line goes on with the one before it, which ended in the middle of a sentence."""
    return text[at - 2 : at - 1] not in ("。", "；", "：", ":", ";", "！", "？", "”", "）", ")", "》")


_ITEM_MARK = re.compile(rf"[（(][{_HAN}]+[）)]")
_SUBITEM_MARK = re.compile(r"[0-9０-９]{1,2}[.．、](?![0-9])|[（(][0-9]{1,2}[）)]")


def _han(number: int) -> str:
    """A number below 100 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    digits = "〇一二三四五六七八九"
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens % 10]) + "十" + (digits[ones] if ones else "")


# documents


def _document_parts(text: str, part: Span) -> Iterator[_Heading]:
    for match in _PART.finditer(text, part.start, part.end):
        end = _heading_end(text, match.start(), match.end(), part.end)
        yield _Heading(Span(match.start(), end), _label(text, match.start(), end), 15)


def _numbered_headings(text: str, part: Span) -> Iterator[_Heading]:
    decimal = list(_decimal_headings(text, part))
    yield from decimal
    listed = _attachment_list(text, part)
    last = 0
    for rank, pattern in _NUMBERED:
        for match in pattern.finditer(text, part.start, part.end):
            if match.start() in listed:
                continue
            if match[0].isdigit() and rank == 70:
                if not decimal or int(match[0]) != last + 1:
                    continue
                last += 1
            if _is_row(text, match.start()) or _is_quoted(text, match.start(), part.start):
                continue
            end = _heading_end(text, match.start(), match.end(), part.end)
            yield _Heading(Span(match.start(), end), _label(text, match.start(), end), rank)


def _attachment_list(text: str, part: Span) -> set[int]:
    """Where the lines of a list of attachments begin that follow its first (附件：1.甲, 2.乙)."""
    found: set[int] = set()
    for match in _ATTACHMENT.finditer(text, part.start, part.end):
        at = _line_end(text, match.start(), part.end) + 1
        while match["name"].strip() and _LISTED.match(text, at):
            found.add(at)
            at = _line_end(text, at, part.end) + 1
    return found


def _decimal_headings(text: str, part: Span) -> Iterator[_Heading]:
    """1.1, 1.2, 1.2.1, …: each counts on from one seen before, so that 1.5公里 is none."""
    seen: set[tuple[int, ...]] = set()
    for match in _DECIMAL.finditer(text, part.start, part.end):
        number = tuple(int(n) for n in re.split(r"[.．]", match["number"]))
        before = (*number[:-1], number[-1] - 1)
        if number[-1] == 1 or before in seen:
            seen.add(number)
            end = _heading_end(text, match.start(), match.end(), part.end)
            yield _Heading(Span(match.start(), end), _label(text, match.start(), end), 69 + len(number))


def _plain_headings(text: str, part: Span, hints: Sequence[Hint], numbered: list[_Heading]) -> Iterator[_Heading]:
    """Headings without a number: those the layout shows, else short lines alone between paragraphs."""
    ranks = {h.span.start: h.rank for h in numbered}
    shown = [(h.level, ranks[h.start]) for h in hints if h.start in ranks]
    for hint in hints:
        end = _line_end(text, hint.start, part.end)
        if hint.start not in ranks and hint.start > 0 and 2 <= end - hint.start <= _LONGEST_HEADING:
            yield _Heading(Span(hint.start, end), _label(text, hint.start, end), _rank_of(hint.level, shown))
    if not hints:
        yield from _bare_headings(text, part, ranks)


def _rank_of(level: int, shown: list[tuple[int, int]]) -> int:
    """Between the ranks of the numbered headings that the layout shows above and below this level."""
    below = [rank for other, rank in shown if other >= level]
    above = [rank for other, rank in shown if other < level]
    if below:
        return min(below) - 7 + level
    return max(above) + 1 if above else _PLAIN_RANK - 6 + min(level, 6)


def _bare_headings(text: str, part: Span, ranks: dict[int, int]) -> Iterator[_Heading]:
    at = part.start
    before = ""
    while at < part.end:
        end = _line_end(text, at, part.end)
        line = text[at:end]
        if before and before[-1] in "。！：" and at not in ranks and _BARE.fullmatch(line):
            following = text[end + 1 : _line_end(text, min(end + 1, part.end), part.end)]
            if len(following) >= 40 or (end + 1 in ranks and ranks[end + 1] <= 60):
                yield _Heading(Span(at, end), line.strip(), _PLAIN_RANK)
        before = line
        at = end + 1


def _inline_headings(text: str, part: Span, outer: list[_Heading]) -> Iterator[_Heading]:
    """Runs 一是, 二是, … (or 一要, 二要, …) of at least two, unbroken by any other heading."""
    starts = sorted(h.span.start for h in outer)
    run: list[re.Match[str]] = []
    for match in _INLINE.finditer(text, part.start, part.end):
        number = value_of(match[1])
        broken = bool(run) and bisect_right(starts, run[-1].start()) < bisect_right(starts, match.start())
        if run and (broken or number != len(run) + 1 or match[2] != run[0][2]):
            yield from _close(text, run, part.end)
            run = []
        if number == len(run) + 1:
            run.append(match)
    yield from _close(text, run, part.end)


def _close(text: str, run: list[re.Match[str]], limit: int) -> Iterator[_Heading]:
    if len(run) < 2:
        return
    for match in run:
        end = _heading_end(text, match.start(1), match.end(), limit)
        yield _Heading(Span(match.start(1), end), _label(text, match.start(1), end), _INLINE_RANK)


def _line_end(text: str, at: int, limit: int) -> int:
    end = text.find("\n", at, limit)
    return limit if end < 0 else end


def _heading_end(text: str, start: int, marker_end: int, limit: int) -> int:
    """A heading ends with its line, or with its first sentence when the body runs on."""
    line_end = _line_end(text, start, limit)
    stop = _HEADING_END.search(text, marker_end, line_end)
    end = stop.end() if stop else line_end
    if end - start <= _LONGEST_HEADING:
        return end
    soft = _SOFT_END.search(text, marker_end, min(marker_end + _LONGEST_SOFT_HEADING, end))
    return soft.end() if soft else marker_end


def _label(text: str, start: int, end: int) -> str:
    return text[start:end].replace("\n", " ").strip().rstrip(_TRAILING)
