"""Whether a Chinese sentence says no more than one sentence of a text does.

It must be that sentence, or one stretch of it that depends on nothing before or behind it, word for word. It may begin
by naming its source and hold a few words that say nothing (共有, 为). An amount may be printed otherwise (4.6万
and 46000) if value, unit and bound are the same and it counts the same thing. Whatever this cannot tell is not allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from archive.figures import dates_in
from archive.numerals import HAN_NUMERAL
from archive.text import fold, sentences
from archive.types import Span
from index.subjects import subjects
from index.words import squash, tagged

_LONGEST_SENTENCE = 300
_LONGEST_SOURCE = 1500
_PIECE = re.compile(
    rf"[a-z0-9]+(?:[.,:/\-][0-9]+)*%?|[{HAN_NUMERAL}]+|[\s“”‘’「」『』\"'《》〈〉]+|.", re.IGNORECASE | re.DOTALL
)
_PAUSE_ON_PAUSE = re.compile("[,，:：]{2}")
_LAST = "。！!.;；， "
_ENUMERATED = re.compile(
    rf"(?:第[{HAN_NUMERAL}]+条(?:之[{HAN_NUMERAL}]+)?[ \u3000]|[（(][{HAN_NUMERAL}]+[）)]|[{HAN_NUMERAL}]是)"
)
_AS_USUAL = re.compile(
    r"(?P<before>超过|逾|超|至少|不少于|约|最多|不超过|不足|不到)?"
    rf"(?:(?:[1-9]\d{{0,2}}(?:,\d{{3}})+|[1-9]\d*|0)(?:\.\d+)?|[{HAN_NUMERAL}]+)(?:万|亿|万亿)?(?P<more>[余多])?(?P<unit>.*?)"
    r"(?P<after>以上|以下|以内|左右)?"
)
_SILENT = re.compile(r"[\s“”‘’「」『』\"'《》〈〉]+")
_NUMERAL = re.compile(rf"[0-9{HAN_NUMERAL}]")
_STOPS = {
    ",": ",",
    "，": ",",
    ";": ";",
    "；": ";",
    ":": ":",
    "：": ":",
    "。": ".",
    "！": ".",
    "？": ".",
    "!": ".",
    "?": ".",
}
_PAUSES = (",", ":")
# only before an amount or a date, where they say nothing
_GLUE = tuple("共有 共计 总共 共 现有 有 为 是".split())
_LEADS = re.compile(
    r"(?:答[:：]|答案(?:是|为|如下)?[,，:：]?|(?:根据|依据|据|按照|依照)?(?:该|本|上述|这份)?(?:文件|报告|材料|档案|通知|法律|规定|原文)"
    r"(?:显示|规定|指出|记载|提到|称|中)?[,，:：]?|是的[,，])"
)
_OF_TITLE = re.compile(r"(?:中|里)?(?:显示|规定|指出|记载|提到)?[,，:：]?")
_POLAR = frozenset("不未没无非否勿莫免禁拒除仅只可能拟将应须必若如或约近超至少最多余几半")
_BOUNDS_AFTER = frozenset("前后内外以之上下余多")
# what follows or is said of it is only meant, doubted or ended
_TURNING = re.compile(
    "力争|争取|计划|预计|预期|目标|规划|打算|希望|建议|目的|旨在|为了|以便|是否|涉嫌|据称|传闻|谎称|声称|否认|取消|撤销|停止|暂停|终止|避免|防止"
    "|杜绝|但|而|否则|曾|原定|副"
)
_NEUTRAL = frozenset("有 共有 现有 为 是 共计".split())
_CONDITION = re.compile(r"^(?:除|如|若|经|因|凡|对|违反|没有|未)|的$")
_WHEN = re.compile(
    r"(?:目前|当前|截至目前|截至|今年以来|今年|全年|年内|同时|其中|累计|共|已|全局|我局|(?:19|20)\d\d年度?(?:以来|全年)?)*"
)
_EXCEPTION = re.compile(r"^(?:但|除|否则|不过|然而)")


@dataclass(frozen=True, slots=True)
class _Token:
    """`key` is equal for what says the same; `counts` is what an amount counts, as tokens and as words."""

    key: tuple[object, ...]
    span: Span
    kind: str
    counts: Span | None = None
    thing: str = ""
    printed: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """Tokens of the sentence that stand in the source: `size` tokens from `at`, there from `there`."""

    at: int
    there: int
    size: int


def says_no_more(sentence: str, quote: str, leads: Sequence[str] = ()) -> bool:
    """Whether one sentence of the quote says all that this one does. `leads` (title, number) may be named first."""
    text = _unquoted(_without_lead(sentence.strip(), leads).rstrip(_LAST))
    if not text or len(text) > _LONGEST_SENTENCE or _PAUSE_ON_PAUSE.search(text):
        return False
    said = _tokens(text)
    return any(_is_in(said, source) for source in _sources(quote))


@lru_cache(maxsize=64)
def _sources(quote: str) -> tuple[_Source, ...]:
    """The sentences of a quote; those with a number of their own (第四十七条, 一是) also without it."""
    whole = [span.of(quote).rstrip("。！!") for span in sentences(quote, Span(0, len(quote)))]
    bare = [text[match.end() :] for text in whole if (match := _ENUMERATED.match(text))]
    found = dict.fromkeys([*whole, *bare])
    return tuple(_source(text) for text in found if len(text) <= _LONGEST_SOURCE)


def _unquoted(text: str) -> str:
    """The sentence without quotation marks around all of it."""
    match = re.fullmatch(r"[“「『\"]([^“”「」『』\"]*)[”」』\"]", text)
    return match[1].rstrip(_LAST) if match else text


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    tokens: tuple[_Token, ...]
    verbs: frozenset[int]
    words: frozenset[int]


def _without_lead(text: str, leads: Sequence[str]) -> str:
    """The sentence less 根据《…》 and the like, which only say where it stands."""
    match = re.match(r"(?:根据|依据|据|按照|依照)", text)
    start = match.end() if match else 0
    for lead in sorted(filter(None, leads), key=len, reverse=True):
        for printed in (f"《{lead}》", lead):
            if text.startswith(printed, start):
                rest = text[start + len(printed) :]
                return _without_lead(rest[_OF_TITLE.match(rest).end() :], ())  # type: ignore[union-attr]
    said = _LEADS.match(text)
    return text[said.end() :] if said else text


def _tokens(text: str) -> tuple[_Token, ...]:
    """Amounts and dates, numerals and Latin words, each whole, and characters; no quotation marks and blanks."""
    whole = sorted([*_amounts(text), *_dates(text)], key=lambda token: token.span.start)
    found: list[_Token] = []
    at = 0
    for token in [*whole, None]:
        if token and token.span.start < at:
            continue
        found += _pieces(text, at, token.span.start if token else len(text))
        if token:
            found.append(token)
            at = token.span.end
    return tuple(_located(token, found) for token in found)


def _amounts(text: str) -> Iterator[_Token]:
    for figure, subject in subjects(text, Span(0, len(text))):
        key = ("amount", figure.value, figure.upper, figure.unit, figure.bound)
        thing, printed = squash(subject.of(text)) if subject else "", _SILENT.sub("", fold(figure.span.of(text)))
        yield _Token(key, figure.span, "amount", subject, thing, printed, figure.unit)


def _dates(text: str) -> Iterator[_Token]:
    return (_Token(("date", fold(d.span.of(text))), d.span, "date") for d in dates_in(text, Span(0, len(text))))


def _pieces(text: str, start: int, end: int) -> Iterator[_Token]:
    for match in _PIECE.finditer(fold(text), start, end):
        span, piece = Span(*match.span()), match[0]
        if _SILENT.fullmatch(piece):
            continue
        if piece in _STOPS:
            yield _Token(("char", _STOPS[piece]), span, "stop")
        else:
            yield _Token(("char", piece), span, "numeral" if _NUMERAL.search(piece) else "char")


def _located(token: _Token, tokens: Sequence[_Token]) -> _Token:
    """The token with its subject as a stretch of tokens."""
    if token.counts is None:
        return token
    inside = [at for at, t in enumerate(tokens) if t.span.start < token.counts.end and t.span.end > token.counts.start]
    return replace(token, counts=Span(inside[0], inside[-1] + 1) if inside else None)


def _source(text: str) -> _Source:
    """A sentence with the characters that its verbs hold, and those that its words begin with."""
    words = tagged(text, Span(0, len(text)))
    verbs = (w.span for w in words if w.kind in ("v", "vd", "vg") and w.word not in _NEUTRAL)
    held = frozenset(at for span in verbs for at in range(span.start, span.end))
    return _Source(text, _tokens(text), held, frozenset(w.span.start for w in words))


def _is_in(said: Sequence[_Token], source: _Source) -> bool:
    runs = _Alignment(said, source).runs()
    return runs is not None and _counts_the_same(said, source, runs)


class _Alignment:
    """Covers a sentence by one stretch of a source, and by words that say nothing."""

    def __init__(self, said: Sequence[_Token], source: _Source) -> None:
        self._said, self._source, self._there = said, source, source.tokens
        self._failed: set[tuple[int, int]] = set()

    def runs(self) -> list[_Run] | None:
        return self._cover(0, -1)

    def _cover(self, at: int, there: int) -> list[_Run] | None:
        """The runs for what is left of the sentence, the source being used up to `there`; -1: not yet entered."""
        if at == len(self._said):
            return [] if there >= 0 and self._may_leave(there) else None
        if (at, there) in self._failed:
            return None
        found = self._by_run(at, there)
        if found is None:
            found = self._by_glue(at, there)
        if found is None:
            self._failed.add((at, there))
        return found

    def _by_run(self, at: int, there: int) -> list[_Run] | None:
        for start in self._starts(at, there):
            size = self._common(at, start)
            if size:
                rest = self._cover(at + size, start + size)
                if rest is not None:
                    return [_Run(at, start, size), *rest]
        return None

    def _starts(self, at: int, there: int) -> Iterable[int]:
        """Where in the source the next token may be: anywhere a sentence may begin, then nowhere but where the last run
        ended, for what is left out may turn the meaning."""
        if there >= 0:
            return (there,)
        key = self._said[at].key
        return (start for start, token in enumerate(self._there) if token.key == key and self._may_enter(start))

    def _common(self, at: int, start: int) -> int:
        size = 0
        most = min(len(self._said) - at, len(self._there) - start)
        while size < most and self._said[at + size].key == self._there[start + size].key:
            size += 1
        return size

    def _by_glue(self, at: int, there: int) -> list[_Run] | None:
        for glue in (*_PAUSES, *_GLUE):
            words = self._said[at : at + len(glue)]
            if [t.key for t in words] == [("char", c) for c in glue] and self._may_hold(glue, at):
                rest = self._cover(at + len(glue), there)
                if rest is not None:
                    return rest
        return None

    def _may_hold(self, glue: str, at: int) -> bool:
        following = self._said[at + len(glue) : at + len(glue) + 1]
        return glue in _PAUSES or any(token.kind in ("amount", "date") for token in following)

    def _only_describes(self, token: _Token) -> bool:
        return token.kind not in ("amount", "numeral") and not self._turns(token) and not self._is_verb(token)

    def _turns(self, token: _Token) -> bool:
        return token.key[1] in _POLAR

    def _is_verb(self, token: _Token) -> bool:
        return any(at in self._source.verbs for at in range(token.span.start, token.span.end))

    def _at_word(self, at: int) -> bool:
        """Whether a word begins here: 李四担任副局长 does not say 李四担任局长."""
        around = self._there[max(at - 1, 0) : at + 1]
        inside = at < len(self._there) and all(token.kind == "char" for token in around)
        return not inside or self._there[at].span.start in self._source.words

    def _may_enter(self, start: int) -> bool:
        """Whether a sentence may begin here: at a clause that depends on none before, or at an item of its list."""
        clause = self._back(start, joins=False)
        item = self._back(start, joins=True)
        before = self._words(self._back(clause - 1, joins=False), clause - 1) if clause else ""
        head = self._there[clause:start]
        return (
            not any(map(self._turns, head))
            and all(map(self._only_describes, self._there[item:start]))
            and self._at_word(start)
            and self._is_free(item, start)
            and not _CONDITION.search(before)
            and not _TURNING.search(before + self._words(clause, start))
        )

    def _is_free(self, item: int, start: int) -> bool:
        """Whether no words are cut off that narrow what follows (境内的外国公司): only a time or the office itself
        stands before it in its item, or it begins with what an amount counts."""
        counted = any(token.counts and token.counts.start == start for token in self._there)
        return counted or bool(_WHEN.fullmatch(self._words(item, start)))

    def _may_leave(self, end: int) -> bool:
        clause = self._ahead(end, joins=False)
        item = self._ahead(end, joins=True)
        after = self._words(clause + 1, self._ahead(clause + 1, joins=False))
        return (
            (end == clause or self._there[end].key[1] not in _BOUNDS_AFTER)
            and not any(map(self._turns, self._there[end:clause]))
            and all(map(self._only_describes, self._there[end:item]))
            and self._at_word(end)
            and not _TURNING.search(self._words(end, clause))
            and not _EXCEPTION.search(after)
        )

    def _back(self, at: int, joins: bool) -> int:
        while at > 0 and not self._ends(self._there[at - 1], joins):
            at -= 1
        return max(at, 0)

    def _ahead(self, at: int, joins: bool) -> int:
        while at < len(self._there) and not self._ends(self._there[at], joins):
            at += 1
        return min(at, len(self._there))

    def _ends(self, token: _Token, joins: bool) -> bool:
        return token.kind == "stop" or (joins and token.key[1] == "、")

    def _words(self, start: int, end: int) -> str:
        tokens = self._there[max(start, 0) : max(end, 0)]
        return self._source.text[tokens[0].span.start : tokens[-1].span.end] if tokens else ""


def _counts_the_same(said: Sequence[_Token], source: _Source, runs: Sequence[_Run]) -> bool:
    """Whether each amount counts what it counts in the source, and the sentence says so."""
    taken = {run.there + step for run in runs for step in range(run.size)}
    return all(
        _is_bound(said[run.at + step], source.tokens[run.there + step], taken)
        and _is_only_one(source.tokens[run.there + step], source.tokens, taken)
        for run in runs
        for step in range(run.size)
        if said[run.at + step].kind == "amount"
    )


def _is_only_one(amount: _Token, tokens: Sequence[_Token], taken: set[int]) -> bool:
    """Whether nothing else there counts the same in the same unit (两次考试的合格率); or all before it is said too."""
    others = (t for t in tokens if t.kind == "amount" and t.thing == amount.thing and t.unit == amount.unit)
    return all(t.key == amount.key for t in others) or 0 in taken


def _is_bound(said: _Token, printed: _Token, taken: set[int]) -> bool:
    if said.printed != printed.printed and not _is_as_usual(said):
        return False
    if not _is_same_thing(said.thing, printed.thing):
        return False
    return printed.counts is None or all(at in taken for at in range(printed.counts.start, printed.counts.end))


def _is_same_thing(one: str, other: str) -> bool:
    """One may have been read with more words before it; that all words of the source's are there is seen to besides."""
    return one == other or bool(one and other and (one.endswith(other) or other.endswith(one)))


def _is_as_usual(said: _Token) -> bool:
    """Whether an amount printed in another way than its source has one bound at most, and nothing besides."""
    match = _AS_USUAL.fullmatch(said.printed)
    if not match or match["unit"] != said.unit:
        return False
    return sum(map(bool, match.group("before", "more", "after"))) <= 1
