"""What the figures of a text count, found by rule; only where it is clear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from archive.figures import Figure, dates_in, figures
from archive.text import fold, sentences
from archive.types import Span
from index.training.figure_words import ADVERBS, COUNT_UNITS, FREQUENCY, VAGUE, VERBS, WHEN
from index.words import tag

Form = Literal["level", "growth", "counted", "said", "within"]
_Tagged = list[tuple[str, str]]

_LONGEST_SUBJECT = 16
_LONGEST_PREDICATE = 20
_LONGEST_SAID = 24
_LEAST_DONE = 4
_LIMITS = frozenset("日 天 个月 个工作日 工作日 小时 年".split())
_NOUN_TAGS = ("n", "vn", "nz", "b", "j", "an", "ns", "nt", "ng", "nr", "nrt", "l", "s", "a", "zg")
_ENDS = ("n", "vn", "nz", "j", "an", "nt", "ng", "l", "s", "zg")
_NOUNS_TAGGED_VERBS = frozenset("率 额 量 数 员 就业 收入 投入".split())
SCOPE = re.compile(r"[全我本][省市区县州局校镇乡旗盟厅院疆](?!内|外|级)|全自治区|全系统|全行业")
_VERBS_BY_LENGTH = sorted(VERBS, key=len, reverse=True)
_LINKS = re.compile(
    r"(?:(?:提高|提升|增加|增长|扩大|上升|达|增|升|降|下降|降低|压减|减少|压缩|缩短|延长|突破|稳定|保持|控制|总计|共计|共|总数)?"
    r"(?:达到|达|至|到|在|为|是|突破|共计|共|有))$|(?:突破|总计|合计)$"
)
_GROWTH = re.compile(
    r"(?P<how>(?:(?:同比|年均|平均|实际|预计|力争|比上年|较上年|比去年|较去年|比上年同期|比去年同期|将|累计|又|再)"
    r"[ ]?){0,3})(?P<change>增长|下降|提高|降低|提升|减少|上升|增加|回落|压减|缩减)$"
)
_RATE = re.compile(r"(?:率|比重|比例|占比|强度|度)$")
_MOVES = re.compile("降低|提高|提升|减少|增加|下调|上调|降|提")
_PERIOD = re.compile(r"(?:期限|期|时间|时长|年限|寿命|周期|时限)$")
_UNCLEAR = re.compile(
    r"分别|各[^地类族界部]|每|不得|不超|依次|或者?|若|如果|平均每|第[一二三四五六七八九十\d]|之一|基点|[“”《》\"'‘’：:/]"
)
_PUNCTUATION = "，,。；;！？!?：: 、\n）)"
_COUNTED_OFF = re.compile(r"^[一二三四五六七八九十]是")
_DATE_FIRST = re.compile(
    r"^(?:截至|到|至|自|从)?(?:\d{4}年)(?:\d{1,2}月)?(?:\d{1,2}日)?(?:底|末|以来|前|初)?(?:[，, ])?"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure and what it counts. `needed` is the stretch that a reader must see to know, `scope` is 全省 or the like.

    `form` is how the text says it: the `subject` is at a level or grew (`change`: 同比增长), is counted after a `verb`
    or before its `predicate`, is the whole clause up to the figure (`said`, with the noun after it as `predicate`), or
    must be done `within` a time.
    """

    figure: Figure
    form: Form
    subject: str
    needed: Span
    verb: str = ""
    change: str = ""
    predicate: str = ""
    scope: str = ""
    year: int = 0


def counted_in(text: str) -> Iterator[Counted]:
    """The figures of a text of which it is clear what they count."""
    for sentence in sentences(text, Span(0, len(text))):
        year = _year(text, sentence)
        before: Counted | None = None
        previous: Figure | None = None
        for figure in figures(text, sentence):
            own = _of_figure(text, figure, year) or _carried_on(text, figure, before, previous, year)
            if own:
                yield own
            before, previous = own, figure


def _year(text: str, sentence: Span) -> int:
    """The year that a sentence begins with, when it names no other; else 0."""
    dates = list(dates_in(text, sentence))
    first = bool(dates) and _DATE_FIRST.match(sentence.of(text))
    return dates[0].year if first and len({d.year for d in dates}) == 1 else 0


def _of_figure(text: str, figure: Figure, year: int) -> Counted | None:
    before, after = figure.before.of(text), figure.after.of(text)
    clause = before.lstrip("、") + "|" + after.rstrip(_PUNCTUATION)
    if _UNCLEAR.search(clause) or "、" in clause or not _is_whole(text, figure):
        return None
    if not _begins(text, figure.before) or before.count("（") != before.count("）"):
        return None
    before, scope = _lead(before)
    if after.strip(_PUNCTUATION):
        found = _after(text, figure, before, scope, year)
    else:
        found = _growth(text, figure, before, scope, year) or _level(text, figure, before, scope, year)
    return found or _within(text, figure, before) or _said(text, figure, before, year)


def _begins(text: str, before: Span) -> bool:
    """Whether the words before a figure begin a clause or an item of a list, and do not go on from a figure."""
    return not before.start or text[before.start - 1] in _PUNCTUATION or text[before.start] == "、"


def _is_whole(text: str, figure: Figure) -> bool:
    """Not when more of the number or its unit follows, or when it is one of a list that shares one noun."""
    follows = text[figure.span.end : figure.span.end + 1]
    if follows and follows in "/／(（和及与至到~-×":
        return False
    if figure.kind == "count":
        return figure.unit in COUNT_UNITS and figure.value >= 1
    return figure.kind != "duration" or figure.unit not in ("月", "日") or bool(re.search(r"[以之]?内", follows))


def _lead(before: str) -> tuple[str, str]:
    """The words before a figure less a time, adverbs and the scope (全省) that they begin with, and the scope."""
    rest = _DATE_FIRST.sub("", _COUNTED_OFF.sub("", before.lstrip(_PUNCTUATION)))
    scope = ""
    while True:
        match = SCOPE.match(rest)
        if match:
            scope, rest = match[0], rest[match.end() :]
            continue
        first = next((w for w in sorted(WHEN | ADVERBS, key=len, reverse=True) if rest.startswith(w)), "")
        if not first or (first in ADVERBS and len(first) == 1 and _splits_word(rest)):
            return rest.strip(), scope
        rest = rest[len(first) :]


def _splits_word(rest: str) -> bool:
    """Whether the first character is but a part of a word (新增, 将军)."""
    tagged = tag(rest)
    return bool(tagged) and len(tagged[0][0]) > 1


def _growth(text: str, figure: Figure, before: str, scope: str, year: int) -> Counted | None:
    match = _GROWTH.search(before)
    if not match or figure.kind == "duration":
        return None
    subject = _subject(text, figure, before[: match.start()], inner_verbs=True)
    if (
        not subject
        or _verb(before)[0]
        or before.startswith(("推动", "促进", "实现", "保持", "确保", "带动", "拉动", "使"))
    ):
        return None
    needed = Span(figure.before.start, figure.span.end)
    return Counted(
        figure, "growth", subject, needed, change=match["how"].strip() + match["change"], scope=scope, year=year
    )


def _level(text: str, figure: Figure, before: str, scope: str, year: int) -> Counted | None:
    link = _LINKS.search(before)
    bare = before[: link.start()] if link else before
    verb, rest = _verb(bare)
    subject = _subject(text, figure, rest, inner_verbs=bool(link))
    if not subject or (verb and link) or not _kind_fits(figure, subject) or len(verb + subject) < 3:
        return None
    needed = Span(figure.before.start, figure.span.end)
    return Counted(figure, "level", subject, needed, verb=verb, scope=scope, year=year)


def _kind_fits(figure: Figure, subject: str) -> bool:
    if figure.kind == "share":
        return (
            bool(_RATE.search(subject))
            and not _MOVES.match(subject)
            and figure.unit != "倍"
            and "百分点" not in figure.unit
        )
    if figure.kind == "duration":
        return bool(_PERIOD.search(subject))
    return not _RATE.search(subject) and not _PERIOD.search(subject)


def _after(text: str, figure: Figure, before: str, scope: str, year: int) -> Counted | None:
    """新增30家企业; 26个区县实现…"""
    verb, rest = _verb(before)
    if rest or figure.kind != "count" or figure.unit in FREQUENCY:
        return None
    after = figure.after.of(text).rstrip(_PUNCTUATION).removeprefix("的")
    subject, predicate = _noun_first(after, whole=bool(verb))
    if not subject or not (verb or predicate) or (predicate and not _ends_clause(text, figure)):
        return None
    shown = _printed(text, Span(figure.span.end, figure.after.end), subject)
    needed = Span(figure.before.start, figure.after.end)
    if not _is_clear(shown):
        return None
    return Counted(figure, "counted", shown, needed, verb=verb, predicate=predicate, scope=scope, year=year)


def _ends_clause(text: str, figure: Figure) -> bool:
    """Whether what a figure's noun does is short and said to its end, with no further figure."""
    return figure.after.end - figure.after.start <= _LONGEST_PREDICATE and text[figure.after.end - 1] in _PUNCTUATION


def _noun_first(after: str, whole: bool) -> tuple[str, str]:
    """(noun phrase, what it does); inside a phrase that is the whole, verbs may modify (创新平台)."""
    tagged = tag(after)
    if whole:
        return ("".join(w for w, _ in tagged), "") if _is_noun_phrase(tagged, inner_verbs=True) else ("", "")
    size = next((at for at, (_, kind) in enumerate(tagged) if kind not in _NOUN_TAGS and kind != "zg"), len(tagged))
    rest = tagged[size:]
    if not rest or rest[0][1] not in ("v", "d", "ad") or any(kind in ("x", "r", "m", "c") for _, kind in rest):
        return "", ""
    phrase = tagged[:size]
    return "".join(w for w, _ in phrase), after[len("".join(w for w, _ in phrase)) :]


def _within(text: str, figure: Figure, before: str) -> Counted | None:
    """应当自受理之日起六十日内作出决定: what must be done, and in what time."""
    after = figure.after.of(text).rstrip(_PUNCTUATION)
    done = after.removeprefix("内")
    said = (
        figure.kind == "duration"
        and (done != after or figure.hedge == "以内")
        and text[figure.after.end - 1] in "，。；"
    )
    if not said or figure.unit not in _LIMITS or not _LEAST_DONE <= len(done) <= _LONGEST_PREDICATE:
        return None
    tagged = tag(done)
    plain = all(kind not in ("r", "m", "mq", "x", "c") for _, kind in tag(before) + tagged)
    if not plain or tagged[0][1] != "v" or done.endswith("的") or not 3 <= len(before) <= _LONGEST_SAID:
        return None
    needed = Span(figure.before.start, figure.after.end)
    return Counted(figure, "within", done, needed, predicate=before)


def _said(text: str, figure: Figure, before: str, year: int) -> Counted | None:
    """企业共有50名员工: a clause that is clear as a whole, and is asked as it stands."""
    after = figure.after.of(text).strip(_PUNCTUATION)
    tagged, noun = tag(before), tag(after)
    if figure.kind == "duration" or not _is_saying(tagged) or not 4 <= len(before) <= _LONGEST_SAID:
        return None
    last, kind = tagged[-1]
    if after:
        fits = kind == "v" and figure.kind == "count" and _is_noun_phrase(noun, inner_verbs=True)
    else:
        noun_last = kind in _ENDS or _is_phrase(last, kind) or last in _NOUNS_TAGGED_VERBS
        fits = noun_last and _kind_fits(figure, before)
    if not fits or len(after) > _LONGEST_SUBJECT:
        return None
    needed = Span(figure.before.start, figure.after.end if after else figure.span.end)
    return Counted(figure, "said", before, needed, predicate=after, year=year)


def _is_saying(tagged: _Tagged) -> bool:
    """Words that begin with no conjunction, point to nothing said before, and name something."""
    if tagged and tagged[-1][0].endswith(("性", "级", "下属")):
        return False
    plain = all(kind not in ("r", "m", "mq", "x", "c", "y") and word != "的" for word, kind in tagged)
    return (
        plain and any(_is_noun(word, kind) for word, kind in tagged[:-1]) and tagged[0][1] not in ("p", "d", "f", "q")
    )


def _carried_on(
    text: str, figure: Figure, before: Counted | None, previous: Figure | None, year: int
) -> Counted | None:
    """…总值5万亿元、增长5%: the growth is that of what was just counted."""
    if not before or before.form != "level" or not previous or before.figure != previous:
        return None
    between = text[previous.span.end : figure.span.start]
    match = _GROWTH.fullmatch(between.lstrip("、，, ")) if between[:1] in ("、", "，", ",") else None
    if not match or figure.after.of(text).strip(_PUNCTUATION) or before.verb or not _is_whole(text, figure):
        return None
    if not _is_change_of(figure, previous):
        return None
    change = match["how"].strip() + match["change"]
    needed = Span(before.needed.start, figure.span.end)
    return Counted(figure, "growth", before.subject, needed, change=change, scope=before.scope, year=year)


def _is_change_of(figure: Figure, level: Figure) -> bool:
    """Whether a figure may say by how much another one changed."""
    if figure.kind != "share":
        return figure.unit == level.unit
    return (level.kind == "share") == ("百分点" in figure.unit)


def _verb(before: str) -> tuple[str, str]:
    """(main verb, the rest) when the words begin with a verb that takes what is counted."""
    rest = before.removeprefix("新") if before[1:].startswith(tuple(VERBS)) else before
    while first := next((verb for verb in _VERBS_BY_LENGTH if rest.startswith(verb)), ""):
        rest = rest[len(first) :]
    return before[: len(before) - len(rest)], rest.removeprefix("了")


def _subject(text: str, figure: Figure, phrase: str, inner_verbs: bool) -> str:
    """The phrase as printed, when all of it is one noun phrase; else ""."""
    tagged = tag(phrase)
    if not _is_noun_phrase(tagged, inner_verbs):
        return ""
    shown = _printed(text, Span(figure.before.start, figure.span.start), "".join(word for word, _ in tagged))
    return shown if _is_clear(shown) else ""


def _is_clear(subject: str) -> bool:
    return (
        2 <= len(subject) <= _LONGEST_SUBJECT
        and subject not in VAGUE
        and subject[0] not in "占居约超比"
        and subject[-1] != "性"
    )


def _is_noun_phrase(tagged: _Tagged, inner_verbs: bool) -> bool:
    """Nouns and what modifies them; a verb only where it cannot be the sentence's own."""
    if not tagged or any(word in VERBS for word, _ in tagged[1:] if not inner_verbs):
        return False
    allowed = (*_NOUN_TAGS, "v") if inner_verbs else _NOUN_TAGS
    inside = all(
        kind in allowed or _is_phrase(word, kind) or (not at and kind == "v") for at, (word, kind) in enumerate(tagged)
    )
    last, kind = tagged[-1]
    ends = kind in _ENDS or _is_phrase(last, kind) or last in _NOUNS_TAGGED_VERBS
    return inside and ends and (last == "就业" or any(_is_noun(word, kind) for word, kind in tagged))


def _is_noun(word: str, kind: str) -> bool:
    return kind in ("n", "nz", "ns", "nt", "nr", "nrt", "j", "l", "s") or _is_phrase(word, kind)


def _is_phrase(word: str, kind: str) -> bool:
    """A set phrase (邻里纠纷), which the segmenter takes for a state."""
    return kind == "z" and len(word) >= 4


def _printed(text: str, within: Span, folded: str) -> str:
    """A folded phrase as the text prints it; where brackets were dropped, without them."""
    at = fold(within.of(text)).find(folded)
    return within.of(text)[at : at + len(folded)] if at >= 0 else folded
