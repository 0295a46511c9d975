"""Whether an English sentence says no more than that a figure or date of a Chinese answer is so.

English cannot be read against Chinese word by word, so little is allowed: one figure, which the answer gives, with its
unit and bound; no number word; dates that stand in the same sentence; and words that the glossary finds beside the
figure, of which one names what is counted. Whatever this cannot tell is not allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from archive.figures import Figure, dates_in
from archive.numerals import value_of
from archive.text import sentences
from archive.types import Span
from index.glossary import english_words
from index.subjects import subjects
from index.types import AnswerFigure
from index.words import is_han, squash, tagged

Renderings = Callable[[tuple[str, ...]], Sequence[tuple[str, float]]]
"""English stems to Chinese words, each with a trust in (0, 1], as `Glossary.words` gives them."""

_LEAST_TRUST = 0.5
_LONGEST_RUN = 4
_ALLOWED = re.compile(r"[A-Za-z0-9 ,.;:'’()%\u3400-\u9fff-]*")
_HAN = re.compile("[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_AMOUNT = re.compile(r"(?<![^\s(])(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?(?=%?(?:[,.;:]?(?:[\s)]|$)))")
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "|".join(_MONTHS)
_DATE = re.compile(
    rf"\b(?:(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? )?(?P<month>{_MONTH})(?: (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?)?,? )?"
    r"(?P<year>(?:19|20)\d\d)\b(?![,.]?\d|%)"
)
_PRINTED_DAY = re.compile(r"(?:(\d{1,2}|[一二三四五六七八九十]{1,3})月)(?:(\d{1,2}|[一二三四五六七八九十]{1,3})日)?")
_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion "
    "hundreds thousands millions billions dozen dozens score scores half third thirds quarter quarters fifth tenth "
    "tenths first second once twice thrice double triple couple pair few several many most majority minority both all "
    "every none no single zeros ten-thousand k m bn x times-fold fold".split()
)
_BOUNDS = {
    "at_least": r"more than|over|at least|no fewer than|no less than|not less than|not fewer than|in excess of|or more",
    "at_most": r"at most|no more than|not more than|up to|fewer than|less than|under|within",
    "about": r"about|around|nearly|approximately|roughly|almost|close to",
}
_BOUND = re.compile(r"\b(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _BOUNDS.items()) + r")\b")
# words that say nothing by themselves; a negation, a bound and a number word are not among them
_FUNCTION = frozenset(
    "a an the of to in on at for by with from as and is are was were be been has have had do does did there it its "
    "this that these which who total number according says said states stated shows show in its currently now".split()
)
_LEAD = re.compile(
    r"(?:according to the (?:report|document|text|passage|archive|law),? "
    r"|the (?:report|document|text|passage|archive|law) (?:says|states|shows|said|stated|showed) (?:that )?)"
)
_UNIT_WORDS = {
    **dict.fromkeys(("人", "名", "位"), "people persons person"),
    **dict.fromkeys(("次", "件次", "场次", "批次"), "times time occasions cases"),
    "人次": "times attendances people persons participants",
    **dict.fromkeys(("件", "起", "宗"), "cases items pieces"),
    **dict.fromkeys(("项", "条"), "items"),
    **dict.fromkeys(("日", "天"), "days day"),
    **dict.fromkeys(("个月",), "months month"),
    "年": "years year",
    "小时": "hours hour",
    "元": "yuan",
    "公里": "kilometres kilometers km",
    "%": "percent per cent rate ratio",
    **dict.fromkeys(("类", "种"), "types kinds categories"),
}
# these count single things, so their noun will do; others need a word of their own: 29 times, not 29 leaders (件次),
# 8 kinds of cases, not 8 cases (类)
_OF_THINGS = frozenset(
    "人 名 位 个 件 起 宗 项 条 款 处 家 所 户 间 栋 座 台 辆 艘 架 部 本 份 篇 册 张 场 期 支 只 头 株 例 道 枚 片 颗 "
    "棵 匹 根 床 村 镇 乡 县 区 站 幅 封".split()
)
_SURE = 0.9
_RATES = frozenset("rate ratio".split())
_PLURALS = frozenset("people staff police personnel men women children".split())
_TURNS = re.compile("[未不没无非否勿莫免禁拒除仅只]")


@dataclass(frozen=True, slots=True)
class _Fact:
    """A figure of the source, what it counts or who does what, its words on either side, its sentence's dates."""

    figure: Figure
    counted: str
    beside: str
    days: frozenset[tuple[int, int, int]]
    is_done: bool


def says_only(sentence: str, quote: str, title: str, given: Sequence[AnswerFigure], renderings: Renderings) -> bool:
    """Whether an English sentence says no more than one of the given figures, as the quote has it."""
    text = re.sub(r"['’]s\b", "", " ".join(sentence.lower().split()))
    lead = _LEAD.match(text)
    text = text[lead.end() :] if lead else text
    facts = _facts(quote, given)
    return bool(_ALLOWED.fullmatch(text)) and any(_says(text, fact, title, renderings) for fact in facts)


def _facts(quote: str, given: Sequence[AnswerFigure]) -> Iterator[_Fact]:
    """The figures of the quote that the answer gives, where no other there has the same value and unit."""
    found = list(subjects(quote, Span(0, len(quote))))
    for figure, subject in found:
        alike = [f for f, _ in found if (f.value, f.unit) == (figure.value, figure.unit)]
        is_given = any(_same(figure, g) for g in given)
        if is_given and len(alike) == 1 and figure.upper is None and subject:
            beside = figure.before.of(quote) + figure.span.of(quote) + figure.after.of(quote)
            yield _Fact(figure, squash(subject.of(quote)), beside, _days(quote, figure.span), _is_done(quote, subject))


def _is_done(quote: str, subject: Span) -> bool:
    """Whether what is counted are those who do it: 101人通过考试."""
    return tagged(quote, subject)[0].kind in ("v", "vn", "p")


def _same(figure: Figure, given: AnswerFigure) -> bool:
    return (figure.value, figure.upper, figure.unit, figure.bound) == (
        given.value,
        given.upper,
        given.unit,
        given.bound,
    )


def _says(text: str, fact: _Fact, title: str, renderings: Renderings) -> bool:
    if _TURNS.search(fact.beside) or not _han_names(text, fact.counted):
        return False
    bare = _HAN.sub(" ", text)
    undated = _without_dates(bare, fact)
    if undated is None:
        return False
    bounds = {match.lastgroup for match in _BOUND.finditer(undated)}
    if bounds != ({fact.figure.bound} - {"exact"}):
        return False
    unbound = _BOUND.sub(" ", undated)
    return _gives(unbound, fact) and _names(unbound, fact, title, renderings)


def _han_names(text: str, counted: str) -> bool:
    """Chinese words in it are those of what is counted."""
    return all(run == counted for run in _HAN.findall(text))


def _without_dates(text: str, fact: _Fact) -> str | None:
    """The text less its dates; None when one of them does not stand in the figure's sentence."""
    for match in _DATE.finditer(text):
        if Decimal(match["year"]) == fact.figure.value and not match["month"]:
            continue
        month = _MONTHS.index(match["month"]) + 1 if match["month"] else 0
        claimed = (int(match["year"]), month, int(match["day"] or match["day2"] or 0))
        if not _is_one_of(claimed, fact.days):
            return None
    rest = _DATE.sub(lambda m: m[0] if not m["month"] and Decimal(m["year"]) == fact.figure.value else " ", text)
    return None if re.search(rf"\b(?:{_MONTH})\b", rest) else rest


def _is_one_of(claimed: tuple[int, int, int], days: frozenset[tuple[int, int, int]]) -> bool:
    """A sentence of two dates does not say which is the figure's."""
    known = tuple(filter(None, claimed))
    return len(days) == 1 and all(day[: len(known)] == known for day in days)


def _days(quote: str, figure: Span) -> frozenset[tuple[int, int, int]]:
    """The dates of the figure's sentence; 0 where one has no month or day."""
    whole = Span(0, len(quote))
    sentence = next((s for s in sentences(quote, whole) if s.start <= figure.start < s.end), whole)
    return frozenset(_day(d.year, d.span.of(quote)) for d in dates_in(quote, sentence))


def _day(year: int, printed: str) -> tuple[int, int, int]:
    match = _PRINTED_DAY.search(printed)
    month, day = (value_of(part or "") or 0 for part in match.groups()) if match else (0, 0)
    return year, int(month), int(day)


def _gives(text: str, fact: _Fact) -> bool:
    """The figure is the only number: its value, its percent sign, no number word, no other digit."""
    amounts = list(_AMOUNT.finditer(text))
    if len(amounts) != 1 or re.search(r"\d", _AMOUNT.sub("", text)):
        return False
    words = _WORD.findall(text)
    if Decimal(amounts[0][0].replace(",", "")) != fact.figure.value or not _NUMBER_WORDS.isdisjoint(words):
        return False
    share = re.match(r"%|\s(?:percent|per cent)\b(?! point)", text[amounts[0].end() :])
    signs = len(re.findall(r"%|\bper\s?cent|percentage", text))
    return _unit_said(text[amounts[0].end() :], fact.figure, bool(share)) and signs == (fact.figure.unit == "%")


def _unit_said(after: str, figure: Figure, share: bool) -> bool:
    if figure.unit == "%":
        return share
    if figure.kind == "count":
        return True
    said = _WORD.match(after.strip())
    return bool(said) and said[0] in _UNIT_WORDS.get(figure.unit, "").split()  # type: ignore[index]


def _names(text: str, fact: _Fact, title: str, renderings: Renderings) -> bool:
    """Each word is found beside the figure, and what the figure is said to count is what it counts."""
    before, after = _around_figure(text)
    noun, rest = _noun(after)
    look = _Lookup(fact, renderings, title)
    of_noun = look.runs(noun, look.units)
    of_others = [
        look.runs(_WORD.findall(before), look.units & _RATES, titled=True),
        look.runs(_WORD.findall(rest), look.units),
    ]
    if of_noun is None or None in of_others:
        return False
    others = [run for runs in of_others for run in runs or ()]
    if not any(_names_it(run, fact.counted) for run in (*of_noun, *others)):
        return False
    if fact.figure.unit == "%" or (noun and noun[0] in look.units):
        return True
    return fact.figure.unit in _OF_THINGS and not fact.is_done and _is_counted(of_noun or others, fact.counted)


@dataclass(frozen=True, slots=True)
class _Run:
    """English words next to each other, and the Chinese word for them."""

    words: tuple[str, ...]
    rendered: str
    trust: float


class _Lookup:
    """Finds the words of a sentence in what stands beside a figure."""

    def __init__(self, fact: _Fact, renderings: Renderings, title: str) -> None:
        self._beside = f"{squash(fact.beside)} {fact.counted}"
        self._title, self._renderings = squash(title), renderings
        self.units = frozenset(_UNIT_WORDS.get(fact.figure.unit, "").split())

    def runs(self, words: Sequence[str], free: frozenset[str], titled: bool = False) -> list[_Run] | None:
        """The words in runs, each with what renders it; None when one has nothing and is not free.
        `titled`: the title's words count too, if they are no things of a number."""
        there = f"{self._beside} {self._title}" if titled else self._beside
        content = [word for word in words if word not in _FUNCTION]
        found: list[_Run] = []
        at = 0
        while at < len(content):
            run = self._longest(content[at : at + _LONGEST_RUN], there)
            if run and run.rendered not in self._beside and any(map(_is_plural, run.words)):
                return None
            if run:
                found.append(run)
            elif content[at] not in free:
                return None
            at += len(run.words) if run else 1
        return found

    def _longest(self, words: Sequence[str], there: str) -> _Run | None:
        for size in range(len(words), 0, -1):
            stems = tuple(stem for word in words[:size] for stem in english_words(word))
            for word, trust in self._renderings(stems) if len(stems) == size else ():
                if trust >= _LEAST_TRUST and is_han(word) and squash(word) in there:
                    return _Run(tuple(words[:size]), squash(word), trust)
        return None


def _is_counted(runs: Sequence[_Run], counted: str) -> bool:
    """Whether the first plural among the words names what is counted: 46,000 tasks, not 46,000 systems with tasks."""
    plural = next((run for run in runs if any(map(_is_plural, run.words))), None)
    return _names_it(plural, counted) if plural else len(runs) == 1


def _is_plural(word: str) -> bool:
    return word.endswith("s") or word in _PLURALS


def _around_figure(text: str) -> tuple[str, str]:
    before, _, after = text.partition(_AMOUNT.search(text)[0])  # type: ignore[index]
    return before, after


def _noun(after: str) -> tuple[list[str], str]:
    """The words right behind the figure up to the first that is none of a noun, and the rest."""
    taken: list[str] = []
    end = 0
    for match in _WORD.finditer(after):
        if match[0] in _FUNCTION or re.search(r"[,.;:()]", after[end : match.start()]):
            break
        taken.append(match[0])
        end = match.end()
    return taken, after[end:]


def _names_it(run: _Run, counted: str) -> bool:
    """公职律师 are a kind of 律师; 化解率 says how many 化解."""
    named = counted.endswith(run.rendered) or counted.rstrip("率数量额").endswith(run.rendered)
    return named and run.trust >= _SURE
