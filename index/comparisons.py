"""Series and comparisons: the figure of every year or place a question sets side by side, each with its own citation.

What is computed from them is marked as computed. Where a text gives a change against the year before and both years
are at hand, it is held against the change computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from archive.figures import Figure, figures
from archive.types import Span
from index.addresses import compared
from index.candidates import Candidate
from index.mentions import GENERAL, Mention
from index.places import Place
from index.questions import Question
from index.types import Computed

_LINK = r"^[，,]?(?:同比|比上年|较上年|比去年|较去年)?"
_RISES = re.compile(_LINK + r"(?:增长|上升|增加|提高|提升|上涨)[了约]?$")
_FALLS = re.compile(_LINK + r"(?:下降|减少|降低|回落|下跌)[了约]?$")
_YEAR_ON_YEAR = re.compile(r"同比|year[- ]on[- ]year")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_EACH_YEAR = re.compile(r"历年|逐年|各年|这几年每年|\bover the years\b|\bby year\b|\byear by year\b")
# things, not times or places: 公职律师和法制员各有多少人, 派出所和交警大队哪个示范点更多, 法制员比公职律师多多少人
_LINKED = r"(?:(?<![共调温饱])和(?![平谐睦气])|与|跟|以及)"
_EACH = re.compile(
    rf"^(?P<one>[^，,；;]+?){_LINKED}(?P<two>[^，,；;]+?)(?:各自|各|分别)(?:是|为|有)?(?P<noun>)(?:多少|几)(?P<unit>[^?？]{{0,3}})[?？]?$"
)
_WHICH_MORE = re.compile(
    rf"^(?P<one>[^，,；;]+?){_LINKED}(?P<two>[^，,；;]+?)(?:哪一?[个种类边方]|谁|哪个的|谁的)(?P<noun>[^?？]{{0,8}}?)(?:更|比较)?[多少高低大小](?:一?[些点])?(?P<unit>)[?？]?$"
)
_BY_HOW_MUCH = re.compile(
    r"^(?P<two>[^，,；;]+?)(?<![占同环对相分之])比(?![例重率赛较值价照])(?P<one>[^，,；;]+?)(?P<noun>)(?:要)?[多少高低](?:出|了)?(?:多少|几)(?P<unit>[^?？]{0,3})[?？]?$"
)
_MORE_THAN = re.compile(
    r"^(?:(?:are|were|is) there (?:more|fewer|less)|how many (?:more|fewer)) (?P<two>.+?)(?: are there)?"
    r" than (?P<one>.+?)(?: are there)?[?.]?$"
)
_TIME = re.compile(
    r"\d{2,}|[去上前今本往]年|年|同期|月|季度|上[次届期]|计划|目标|预期|平均|全[国省市]|\b(?:last|previous|before|year|average|planned|expected)\b"
)
_SHORTEST_SIDE, _LONGEST_SIDE = 2, 30
_MOST_SIDES = 5
_AGREES = Decimal("0.15")  # percentage points: both values and the change are rounded
_PLACES = Decimal("0.01")
_MOST_PER_CENT = 10**6


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: how it is named, and the question about it alone."""

    label: str
    question: Question


def sides(question: Question) -> tuple[Side, ...]:
    """The sides a question sets side by side, years in their order; none for a question about one thing, or about more
    than five."""
    comparison = compared(question.text)
    years, places = sorted(comparison.years), [_name(place) for place in comparison.places]
    if _YEAR_ON_YEAR.search(question.text) and len(set(_YEAR.findall(question.text))) < 2:
        return ()  # one text prints that change
    if 1 < len(years) <= _MOST_SIDES:
        return tuple(Side(f"{year}年", replace(question, years=frozenset({year}))) for year in years)
    if 1 < len(places) <= _MOST_SIDES and not any(name in GENERAL for name in places):
        return tuple(Side(name, replace(question, places=(Mention(name, name),))) for name in places)
    return ()


def things_compared(text: str) -> tuple[tuple[str, str], ...]:
    """The things a question sets side by side, two to five, and what to ask of each alone; none where it compares
    times or what cannot be told apart. Of what is said to be more or less than another the other one comes first."""
    asked = text.strip().removeprefix("请问")
    if match := _MORE_THAN.match(asked.lower()):
        pairs = tuple((name, f"how many {name}") for name in (match["one"], match["two"]))
        return () if any(_TIME.search(name) for name, _ in pairs) else pairs
    match = _EACH.match(asked) or _WHICH_MORE.match(asked) or _BY_HOW_MUCH.match(asked)
    if not match:
        return ()
    one, two, noun = match["one"], match["two"].rstrip("的"), match["noun"].removeprefix("的")
    if not noun and "的" in two and "的" not in one:
        two, noun = two.rsplit("的", 1)  # 甲和乙的人数哪个多
    names = [*one.rstrip("的").split("、"), two]
    is_clear = all(_SHORTEST_SIDE <= len(name) <= _LONGEST_SIDE for name in names) and len(names) <= _MOST_SIDES
    compared_with = names[0] if match.re is _BY_HOW_MUCH else names[-1]
    if not is_clear or len(re.findall(_LINKED, match[0])) > 1 or _TIME.search(compared_with):
        return ()
    joined = f"的{noun}" if noun else ""
    return tuple((name, f"{name}{joined}有多少{match['unit']}") for name in names)


def wants_every_year(question: Question) -> bool:
    return _EACH_YEAR.search(question.text.lower()) is not None


def are_one_series(found: Sequence[Candidate]) -> bool:
    """Whether figures can stand side by side: no two are the same, and all count in one unit, all growths or none."""
    kinds = {(figure.unit, figure.change != "") for c in found if (figure := c.figure)}
    return are_different(found) and len(kinds) == 1


def are_different(found: Sequence[Candidate]) -> bool:
    """Whether all are figures, and no two the same."""
    places = {(c.document.id, c.span) for c in found if c.figure}
    return len(found) == len(places)


def _name(place: Place) -> str:
    return place.county or place.city or place.province


def computed(found: Sequence[Candidate], years: Sequence[int] = ()) -> tuple[Computed, ...]:
    """What follows from two levels of one measure word: their difference and, unless they are shares, the change from
    the first to the second in per cent. Of two years, one after the other, the change that the second one's text gives
    beside it is held against this."""
    if len(found) != 2 or not are_one_series(found):
        return ()
    one, two = (candidate.figure for candidate in found)
    assert one
    assert two
    if one.change or one.upper or two.upper or {one.bound, two.bound} >= {"at_least", "at_most"}:
        return ()
    about = "exact" if one.bound == two.bound == "exact" else "about"
    unit = "个百分点" if one.unit == "%" else one.unit
    follows = len(years) == 2 and years[1] - years[0] == 1
    printed = _printed_change(found[1]) if follows else None
    return (Computed("difference", two.value - one.value, unit, about), *_change(one, two, about, printed))


def _change(one: Figure, two: Figure, about: str, printed: tuple[Decimal, str] | None) -> Iterator[Computed]:
    if one.kind == "share" or not one.value or two.value > one.value * _MOST_PER_CENT:
        return
    value = ((two.value - one.value) / one.value * 100).quantize(_PLACES)
    agrees = printed is None or abs(printed[0] - value) <= _AGREES
    yield Computed("change", value, "%", about, printed[1] if printed else "", agrees)


def _printed_change(candidate: Candidate) -> tuple[Decimal, str] | None:
    """The change that the text gives right after a figure, signed, and as printed."""
    text, own = candidate.document.text, candidate.figure
    following = (f for f in figures(text, candidate.sentence) if own and f.span.start >= own.span.end)
    figure = next(following, None)
    if not own or not figure or figure.unit != "%":
        return None
    before = Span(own.span.end, figure.span.start).of(text)
    sign = 1 if _RISES.match(before) else -1 if _FALLS.match(before) else 0
    return (sign * figure.value, before.lstrip("，,") + figure.span.of(text)) if sign else None
