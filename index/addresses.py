"""The exact addresses a question gives (《行政处罚法》第三十三条, 国发〔2023〕12号, 《title》), and what it compares.

Articles are cited as the 立法技术规范 says: 第X条(之X)第X款第（X）项第X目, in Chinese or Arabic numerals; in English
as `Article 12 of 行政处罚法`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from archive.head import numbers_in
from archive.numerals import HAN_NUMERAL, value_of
from archive.structure import is_article, leaves
from archive.text import fold
from archive.types import Document, Section, Span
from index.places import PROVINCES, Place, places_named

AddressKind = Literal["article", "number", "title"]

_NUMERAL = rf"[{HAN_NUMERAL}]{{1,12}}|\d{{1,5}}"
_ARTICLE = re.compile(
    rf"第 ?(?P<article>{_NUMERAL}) ?条(?: ?之 ?(?P<of>[一二三四五六七八九十]{{1,3}}|\d{{1,2}})(?![间后前内外中上下]))?"
    rf"(?: ?第 ?(?P<paragraph>{_NUMERAL}) ?款)?(?: ?第? ?[(]?(?P<item>{_NUMERAL})[)]? ?项)?"
    rf"(?: ?第? ?(?P<subitem>{_NUMERAL}) ?目)?"
    r"|(?<![a-z])(?:article|art[.]) ?(?P<en>\d{1,5})(?!\d)(?: ?[-–] ?(?P<en_of>\d{1,2})(?!\d))?"
)
_LABEL = re.compile(rf"第({_NUMERAL})(?:条(?:之([{HAN_NUMERAL}]+))?|款)")
_ITEM_LABEL = re.compile(rf"[(]({_NUMERAL})[)]|(\d{{1,2}})[.、]")
_KIND = (
    "法|法典|条例|规定|办法|细则|规则|解释|决定|章程|准则|通则|通知|意见|方案|纲要|规划|制度|标准|规程|规范"
    "|守则|公约|修正案"
)
_NAME_BEFORE = re.compile(
    rf"(?P<name>[\u4e00-\u9fff《》〈〉、“”]{{0,60}}(?:{_KIND})(?:\([^()]{{1,12}}\))?)[》>]?(?:中|里)?的?[ ]?$"
)
_NAME_AFTER = re.compile(
    rf"\s*(?:of|in|under)\s+(?:the\s+)?(?P<name>[\u4e00-\u9fff]{{1,40}}?(?:{_KIND}))(?![\u4e00-\u9fff])"
)
_JOINS = re.compile(r"[ 、,和与及或至到的中里以的规定]*(?:\([^()]*\))?[ 的中里]*")
_ASKING = re.compile("(?:请问|请|问|根据|依据|依照|按照|违反|适用|查询|查|看|我国|现行|的|对于|对|在|和|与|及|由)+")
_LONGEST_NAME = 80
_NEAR = 16


@dataclass(frozen=True, slots=True)
class Address:
    """A place that a question gives exactly; 0 or empty where it does not say.

    `title` is as written: between 《》 (`is_quoted`), or else the words before 第X条 up to the name's end, which may
    begin before the name. `of` is the 一 of 之一 as a number, `number` a 文号 as `numbers_in` reads it. `span` is where
    it all stands in the question.
    """

    kind: AddressKind
    span: Span
    title: str = ""
    is_quoted: bool = False
    article: int = 0
    of: int = 0
    paragraph: int = 0
    item: int = 0
    subitem: int = 0
    number: str = ""

    @property
    def label(self) -> str:
        """第三十三条, 第一百二十条之一; empty without an article."""
        if not self.article:
            return ""
        return f"第{han(self.article)}条" + (f"之{han(self.of)}" if self.of else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a question sets side by side: years, places, or neither."""

    years: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()


def addresses(text: str) -> tuple[Address, ...]:
    """The addresses of a question, in order; a title that belongs to an article is no second one."""
    folded = fold(text)
    titles = list(quoted(folded))
    articles = list(_articles(text, folded, titles))
    numbers = [Address("number", span, number=number) for span, number in numbers_in(text)]
    taken = [a.span for a in articles]
    alone = [
        Address("title", Span(title.start - 1, title.end + 1), text[title.start : title.end], is_quoted=True)
        for title in titles
        if title.start < title.end and not any(s.start < title.end and title.start < s.end for s in taken)
    ]
    inside = [Span(t.start, t.end) for t in titles]
    numbers = [n for n in numbers if not any(t.covers(n.span) for t in inside)]
    return tuple(sorted([*articles, *numbers, *alone], key=lambda a: (a.span.start, -a.span.end, a.kind)))


def quoted(text: str) -> Iterator[Span]:
    """What stands between 《 and its 》, without the marks; of nested ones the outermost."""
    depth = start = 0
    for at, mark in enumerate(text):
        if mark == "《":
            start = start if depth else at + 1
            depth += 1
        elif mark == "》" and depth:
            depth -= 1
            if not depth:
                yield Span(start, at)


def han(number: int) -> str:
    """A number from 0 to 9999 as laws print it: 一百二十, 一千零四.

    >>> han(12), han(120), han(1004)
    ('十二', '一百二十', '一千零四')
    """
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    found = ""
    for value, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, value)
        if digit:
            found += digits[digit] + unit
        elif found and number and not found.endswith("零"):
            found += "零"
    return found.removeprefix("一") if found.startswith("一十") else found


def sections_of(document: Document, address: Address) -> tuple[Section, ...]:
    """Where an article, or its 款, 项 or 目, stands in a document: the smallest part that is asked for.

    Several when a document holds several texts with such an article, none when there is no such place. A document
    that is itself the article (农业法第二十九条) is given whole.
    """
    if address.kind != "article":
        return ()
    found = [s for s in document.sections if is_article(s) and _is(s.path[-1], address.article, address.of)]
    if not found:
        is_the_article = fold(document.title).endswith(address.label) and not any(map(is_article, document.sections))
        return document.sections[:1] if is_the_article else ()
    if not (address.paragraph or address.item or address.subitem):
        return tuple(found)
    return tuple(leaf for section in found for leaf in _parts(document, section, address))


def compared(question: str) -> Comparison:
    """The years or places a question compares; of 比去年 the year before the one it names."""
    text = fold(question)
    return Comparison(_compared_years(text), _compared_places(text))


def _articles(text: str, folded: str, titles: Sequence[Span]) -> Iterator[Address]:
    name = _NOT_NAMED
    end_before = -1
    for match in _ARTICLE.finditer(folded):
        if any(t.start <= match.start() < t.end for t in titles):
            continue
        span = Span(*match.span())
        named = _name_of(folded, match, titles)
        if named:
            name = named
            span = Span(min(name.start, span.start), max(name.end, span.end))
        elif end_before < 0 or not _JOINS.fullmatch(folded, end_before, match.start()):
            name = _NOT_NAMED
        end_before = match.end()
        yield Address(
            "article", span, text[name.start + name.is_quoted : name.end - name.is_quoted], name.is_quoted,
            _number(match["article"] or match["en"]), _number(match["of"] or match["en_of"]),
            _number(match["paragraph"]), _number(match["item"]), _number(match["subitem"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Name:
    """Where a title stands, with its marks."""

    start: int
    end: int
    is_quoted: bool


_NOT_NAMED = _Name(0, 0, False)


def _name_of(folded: str, match: re.Match[str], titles: Sequence[Span]) -> _Name | None:
    """The title before an article, else the one after `of`."""
    before = [t for t in titles if t.end < match.start()]
    if before and _JOINS.fullmatch(folded, before[-1].end + 1, match.start()):
        return _Name(before[-1].start - 1, before[-1].end + 1, True)
    start = max(0, match.start() - _LONGEST_NAME)
    if name := _NAME_BEFORE.search(folded[start : match.start()]):
        asking = _ASKING.match(name["name"])
        return _Name(start + name.start("name") + (asking.end() if asking else 0), start + name.end("name"), False)
    if not match["en"]:
        return None
    after = next((t for t in titles if 0 <= t.start - match.end() <= _NEAR), None)
    if after:
        return _Name(after.start - 1, after.end + 1, True)
    following = _NAME_AFTER.match(folded, match.end())
    return _Name(following.start("name"), following.end("name"), False) if following else None


def _number(printed: str | None) -> int:
    value = value_of(printed) if printed else None
    return int(value) if value is not None and 0 < value < 10_000 else 0


def _is(label: str, number: int, of: int) -> bool:
    match = _LABEL.match(fold(label))
    return match is not None and number > 0 and _number(match[1]) == number and _number(match[2]) == of


def _parts(document: Document, section: Section, address: Address) -> Iterator[Section]:
    """The 款, 项 or 目 of an article. Where an article has one paragraph only, that is its first; an article has items
    of one paragraph as a rule, so 第X条第X项 needs none named."""
    for leaf in leaves(document.text, [section]):
        below = leaf.path[len(section.path) :]
        paragraph = next((_number(m[1]) for label in below if (m := _LABEL.fullmatch(label))), 1)
        items = [_number(m[1] or m[2]) for label in below if (m := _ITEM_LABEL.fullmatch(fold(label)))]
        asked = [n for n in (address.item, address.subitem) if n]
        if address.paragraph in (0, paragraph) and items == asked:
            yield leaf


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)|(?<!\d)(?:19|20)\d{2}(?=年)")
_COMPARES = re.compile(
    r"比|相较|差[距多异别]|增[长加减幅]|减少|下降|上升|变化|提高|区别|不同|哪个|哪一?年|分别|各[是为有]|对照"
    r"|高于|低于|多于|少于|compar|differen|change|increas|decreas|grow|versus|\bvs\b|between|more than|less than"
    r"|higher|lower|respectively|\bboth\b|\beach\b"
)
_BETWEEN = re.compile(
    r"年?度?[ ]?(?:和|与|及|跟|同|、|或|较|比|对比|,|and|or|to|vs[.]?|versus|than|with)(?:[ ]?in)?[ ]?"
)
_RANGE = re.compile(r"年?度?[ ]?(?:至|到|-|—|–|~|to|through|until)+[ ]?")
_LAST_YEAR = re.compile(
    r"去年|上年|上一年|前一年|同比|previous year|year before|last year|year[- ]on[- ]year|prior year"
)
_MOST_YEARS = 10
_COUNTY = r"[\u4e00-\u9fff]{1,5}?(?:新区|区|县|旗|市|镇|乡|街道)"
_TWO_COUNTIES = re.compile(
    rf"(?:^|(?<=[,。、:? ]))(?:请问|请|问|比较|对比)*({_COUNTY})(?:和|与|跟|、|同|比|及)({_COUNTY})"
)
_AND = re.compile(
    r"[ ]?(?:省|市)?[ ]?(?:和|与|及|跟|同|、|或|较|比|对比|,|and|or|vs[.]?|versus|than|with|to)+[ ]?(?:the )?"
)


def _compared_years(text: str) -> tuple[int, ...]:
    found = [(m.start(), m.end(), int(m[0])) for m in _YEAR.finditer(text)]
    years = list(dict.fromkeys(year for _, _, year in found))
    for (_, end, first), (start, _, last) in pairwise(found):
        if _RANGE.fullmatch(text, end, start) and 0 < last - first < _MOST_YEARS:
            return tuple(range(first, last + 1))
    joined = any(_BETWEEN.fullmatch(text, a[1], b[0]) for a, b in pairwise(found))
    if len(years) > 1 and (joined or _COMPARES.search(text)):
        return tuple(years[:_MOST_YEARS])
    if len(years) == 1 and _LAST_YEAR.search(text):
        return years[0] - 1, years[0]
    return ()


def _compared_places(text: str) -> tuple[Place, ...]:
    found = places_named(text)
    places = list(dict.fromkeys(place for _, place in found))
    joined = any(_AND.fullmatch(text, a[0].end, b[0].start) for a, b in pairwise(found))
    if len(places) > 1 and (joined or _COMPARES.search(text)):
        return tuple(places)
    pair = _TWO_COUNTIES.search(text)
    if pair and not any(name.startswith(PROVINCES) for name in pair.groups()):
        return Place(county=pair[1]), Place(county=pair[2])
    return ()
