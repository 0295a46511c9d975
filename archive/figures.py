"""The figures a text prints: how much of what, with its hedge, and the dates.

A figure is a numeral with a measure word (量词), a percent sign or a 万 or 亿 of its own, or a part of a whole: 86人,
4.6万余件, 50余件次, 99.44%, 5日以上, 310万农户, 35微克/立方米, 三分之二以上, 过半. Ordinals (第三条, 二期), years, dates,
anniversaries, names (830平台, 110宣传日, B1) are none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from archive.changes import Change, change_of, goes_on
from archive.numerals import DIGITS, HAN_NUMERAL, value_of
from archive.text import clauses
from archive.types import Span

Bound = Literal["exact", "about", "at_least", "at_most", "range"]
Kind = Literal["count", "share", "money", "duration", "size"]

_UNITS: dict[Kind, str] = {
    "share": "个百分点 百分点 % ％ ‰ 倍 成",
    "money": "元 美元 欧元 港元 日元 英镑 元人民币 块钱",
    "duration": "个月 个工作日 工作日 周岁 小时 分钟 个小时 星期 个星期 个季度 年 月 日 天 岁 秒 周",
    "size": "平方公里 平方千米 平方米 ㎡ 立方米 立方 方 公里 千米 厘米 毫米 微米 纳米 英寸 海里 公顷 千瓦时 千瓦 公斤 千克"
    " 吨 米 克 升 亩 度 毫克 毫升 微克 斤 兆瓦 千伏 标准箱 标箱 摄氏度 分贝 马力 卡路里 平米"
    " km m cm mm kg g t kW kWh MW GW GWh TWh kV TB GB MB PB P PF PFlops PFLOPS EFlops Eflops EFLOPS Gbps Mbps ℃",
    "count": "艘次 件次 人次 批次 场次 车次 架次 户次 班次 辆次 频次 人 名 位 个 件 起 宗 项 条 款 种 类 处 家 所 户 间 列 列次"
    " 栋 座 台 套 辆 艘 架 部 本 份 篇 册 张 场 期 次 回 届 轮 批 支 只 头 株 大 宗 例 道 门 级 步 环 颗 枚 片 组 对 双 桩 幅 封"
    " 字 页 班 节 队 村 镇 乡 县 区 站 点 日次 趟 桶 瓶 箱 袋 盒 根 棵 匹 万只 床 眼 孔 群 户籍人口 台套 台次 人份 标准件",
}
KIND_OF_UNIT: dict[str, Kind] = {unit: kind for kind, units in _UNITS.items() for unit in units.split()}
# characters after which a measure word is but the beginning of another one
_NO_UNIT_BEFORE = {
    "群": "众",
    "周": "年",
    "部": "件门分委队",
    "方": "面案式向法针",
    "成": "立为果员就",
    "月": "份",
    "度": "夏假",
    "台": "阶账风山河湾",
    "门": "峡县",
    "家": "渠",
    "字": "会路",
    "年": "度代",
    "点": "钟多之",
    "位": "数",
}


def _unit(unit: str) -> str:
    """A pattern: units in Latin letters end where the letters do."""
    others = _NO_UNIT_BEFORE.get(unit)
    return re.escape(unit) + (
        "(?![A-Za-z0-9])" if unit.isascii() and unit.isalpha() else f"(?![{others}])" if others else ""
    )


UNIT = "|".join(_unit(unit) for unit in sorted(KIND_OF_UNIT, key=len, reverse=True))
_DIVISOR = "立方米|平方米|平方公里|公里|小时|分钟|秒|千瓦时|公斤|吨|升|亩|户|人次|人|天|日|月|年|次|件|辆|张|份"
# 35微克每立方米, 500元/吨, 200元每人每月
_PER = rf"(?<![年月天日时\d万亿千百十])(?:[ ]?(?:/|／|每)(?:{_DIVISOR})(?:[·.](?:{_DIVISOR}))?){{1,2}}"

_ARABIC = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMERAL = rf"(?:百分之[{HAN_NUMERAL}\d.]+(?:点[{DIGITS}]+)?|[{DIGITS}十百]+点[{DIGITS}]+|{_ARABIC}|[{HAN_NUMERAL}]+(?<![万亿千])|千(?=[万亿])|(?<=[超近约逾过])[千万](?![瓦克米伏]))"
_STARTS_HERE = rf"(?:(?<![A-Za-z\d.+\-－—–·•])(?=\d)|(?<![第{HAN_NUMERAL}])(?<![{HAN_NUMERAL}]点)(?=[{HAN_NUMERAL}]))"
_TO = r"[ ]?(?:至|到|[-－~～—]{1,2})[ ]?"
# 5.0%—5.5%
_OF_BOTH = rf"(?:[%％](?={_TO}[\d.]+[ ]?[%％])|‰(?={_TO}[\d.]+[ ]?‰))?"
# 至少降低0.5个百分点
_CHANGES = "(?:降低|下降|提高|提升|增长|增加|减少|上浮|下调|压减|缩短|延长)"
_AT_LEAST_BY = re.compile(f"(?:至少|最多){_CHANGES}")
# 不应少于, 未超过
_NOT = "(?:不(?:得|应|宜|可|能|准|许|允许|会)?|未|没有)"
_MORE, _LESS = "超过|高于|多于|大于|超出", "低于|少于|小于"
_DENIED = rf"{_NOT}(?:{_MORE}|{_LESS})|(?:严禁|禁止)(?:{_MORE})"
_BEFORE = (
    rf"(?:(?P<before>{_AT_LEAST_BY.pattern}(?=[\d百{DIGITS}])|"
    rf"{_DENIED}|超过|突破|超|逾|(?<!最)近|约|至少|最少|最多|低于|少于|高于|多于|大于|小于"
    r"|不到|不足|不满|未满|未达到?|已满|满|大约|至多|高达)[ ]?)?"
)
_AFTER = r"(?P<after>(?:[及或和]?以[上下]|以内|之内|左右|上下|以外))?(?:(?<!内)(?=(?:的?范围[以之]?)?(?P<within>内)(?![外环部容地蒙陆涝河湖]))|)"
_AMOUNT = re.compile(
    rf"{_BEFORE}{_STARTS_HERE}(?:(?P<low>{_NUMERAL})(?P<lowscale>(?:[十百万亿]|千(?![瓦克米伏])){{0,3}}){_OF_BOTH}{_TO})?"
    rf"(?P<number>{_NUMERAL})[ ]?(?P<more>[余多来几])?(?P<scale>(?:[十百万亿]|千(?![瓦克米伏])){{0,3}})(?P<more2>[余多])?[ ]?"
    rf"(?P<unit>{UNIT})?(?P<more3>(?<=[年月天时元])[多余](?![种个项次家名人件]))?(?P<half>(?<=[年月天时])半(?![数途径]))?(?P<per>{_PER})?{_AFTER}"
)
_PART = re.compile(
    rf"{_BEFORE}(?<![{HAN_NUMERAL}])(?P<whole>[{DIGITS}十]{{1,3}})分之(?P<number>[{DIGITS}十]{{1,3}})(?P<after>以上|以下|左右)?"
    r"|(?P<over>超过|不足|不到|过|超|近|约)?(?:半数|(?<![第十])一半)(?P<than>以上|以下|左右)?|(?P<more>[过超近])半(?![年天夜月路途程径])"
)
_NAME_BEFORE = re.compile(
    r"(?:第|(?<![以之此目日年月提])前|[A-Za-z+\-－—–·•/]|\d[.,]?|[\d一二三四五六七八九十]届(?:[一二三四五六七八九十]{1,3}次[、和])?|[“\"‘'《][^”\"’'》]{0,4})$"
)
# 1840年 is a year where it cannot last, 1800年 only where more says so; text from PDFs has blanks around the digits
_LASTS = r"来|间|前|多|一遇|之久|[均末]|的?[^，。]{0,3}[史龄]|以"
_DATE = re.compile(
    r"(?P<year>(?<!\d)(?:19|20)\d{2}(?![ ]年均)|(?<![\d.,])1[0-8]\d{2}(?=[ ]?年[ ]?\d{1,2}[ ]?月)"
    rf"|(?<![\d.,达到龄为有近过约期历距逾余存续])1[0-8](?!00)\d{{2}}(?=[ ]?年(?!{_LASTS}))|(?:(?<=[于在自从（(，,。\n])|(?<=公元)|^)1[0-8]00(?=年(?!{_LASTS}))"
    r"|[一二][〇○零九][〇○零一二三四五六七八九]{2})[ ]?年(?:度)?"
    rf"(?:[ ]?(?P<month>\d{{1,2}}|[{DIGITS}十]{{1,3}})[ ]?月(?:份)?"
    rf"(?:[ ]?(?P<day>\d{{1,2}}|[{DIGITS}十]{{1,3}})[ ]?日)?)?"
    r"|(?P<iso>(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2})(?!\d)"
)
_DAY = re.compile(rf"(?<!\d)(?:\d{{1,2}}|[{DIGITS}十]{{1,3}})月(?:份|底|末|初|(?:\d{{1,2}}|[{DIGITS}十]{{1,3}})日)")
_MONTH = re.compile(
    rf"(?:(?:每|次|翌|当|同|今|去|明)年|农历|阴历|闰){{0,2}}(?<![\d个第、至到\-—~～－{DIGITS}十百])"
    rf"(?P<month>\d{{1,2}}|[{DIGITS}十]{{1,3}})[ ]?月"
    rf"(?:[ ]?(?P<day>\d{{1,2}}|初?[{DIGITS}十]{{1,3}})[ ]?[日号]|[上中下]旬|[底末]|初(?![{DIGITS}十])|份)?"
    rf"(?![度龄薪均租息供利]|收入|[ ]?[至到\-—~～－、][ ]?[\d{DIGITS}十]|[\d{DIGITS}十初]|的?第|，?[{DIGITS}]月)"
)
_BOUND_WORDS: dict[Bound, str] = {
    "at_least": "超过 突破 超 逾 过 高于 多于 大于 不小于 不少于 不低于 不得少于 不得低于 不得小于 至少 最少 满 已满 以上 及以上 或以上 和以上 以外 余 多 来 几",
    "at_most": "最多 至多 不超过 不得超过 不多于 不高于 不大于 不得大于 不得高于 低于 少于 小于 不足 不满 未满 未达 未达到 不到 以下 及以下 或以下 和以下 以内 之内 内",
    "about": "近 约 大约 左右 上下",
}
_BOUNDS: dict[str, Bound] = {word: bound for bound, words in _BOUND_WORDS.items() for word in words.split()}
_DENIED_BOUND = re.compile(rf"(?:{_NOT}|严禁|禁止)(?:(?P<most>{_MORE})|(?P<least>{_LESS}))")
_BOUND_OF_CHANGE: dict[str, Bound] = {"至少": "at_least", "最多": "at_most"}
_DIGITS_ONLY = frozenset("大 期 届 环 方 级".split())
_VAGUE = frozenset("零 〇 ○ 一 百 千 万 几".split())
_LASTING = re.compile("(?:延长|缩短|压缩|增加|减少|增|减)了?$")
_SOME = re.compile("(?:几|(?<![件人户个总次分参倍位])数)$")  # 几十年 and 数百万 say no number
_PLAN = re.compile("[^，,、。；;：:和与的\\d]{0,8}(?:计划|工程|行动|攻坚|活动)")  # 千万吨粮食增产计划 is a name
_RECENT = 10
_MONTHS, _LAST_DAY = 12, 31
_CHANGE_REACH = 100
_NOT_COUNTED = frozenset("级+＋-—·.")
# 不得存放重量超过十公斤的烟花; 均不得低于上一年度月平均工资的5%
_FORBIDDEN = re.compile(
    "(?:不得|不准(?!确)|严禁|禁止(?![类性吸]))[^，,；;。且或的由致]{0,16}(?:重量|[数总重容]量|金额|总额|面积|体积|[高长宽深浓速]度|时间|期限|比例|次数|人数)$"
)
_CONTRARY: dict[str, Bound] = {
    "超过": "at_most",
    "高于": "at_most",
    "多于": "at_most",
    "大于": "at_most",
    "低于": "at_least",
    "少于": "at_least",
}
# 至少留存2年
_LEAST_DONE = re.compile("(?P<limit>至少|最少|至多|最多)(?:应当?|需要?|须|要|可以?)?(?![是为的有])[\u4e00-\u9fff]{2}$")
_LIMIT_OF = re.compile("(?P<limit>不[得应宜可能]?(?:低于|少于|超过|高于))[^，,；;。、：:\\d]{2,24}的$")
# what one breaks through, and does not reach
_BROKEN_THROUGH = frozenset("项 个 批 种 类 大".split())


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount as printed; of a range (十日以上十五日以下, 一至二人) `value` is the lower end.

    `before` and `after` are the words of its own clause on either side, up to the next figure; both touch it. `change`
    is empty for what there is, and says so when the figure is by how much it rose or fell (增长16.2%).
    """

    value: Decimal
    upper: Decimal | None
    unit: str
    kind: Kind
    bound: Bound
    hedge: str
    span: Span
    before: Span
    after: Span
    change: Change = ""


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date as printed, at least to the year; `precision` counts year, month, day."""

    year: int
    precision: int
    span: Span


def figures(text: str, within: Span) -> Iterator[Figure]:
    """The figures of a stretch of canonical text, in order."""
    for clause in clauses(text, within):
        merged: list[Figure] = []
        found = list(_matches(text, clause))
        for at, match in enumerate(found):
            start = found[at - 1].end() if at else clause.start
            stop = found[at + 1].start() if at + 1 < len(found) else clause.end
            before, after = Span(start, match.start()), _after(text, match.end(), stop)
            found_figure = (_part if match.re is _PART else _figure)(match, before, after)
            if not found_figure:
                continue
            if merged and _is_said_again(text, merged[-1], found_figure):
                continue
            if merged and _is_range(text, merged[-1], found_figure):
                merged[-1] = _range(merged[-1], found_figure)
                continue
            if merged and _shares_unit(text, merged[-1], found_figure):
                merged[-1] = replace(merged[-1], unit=found_figure.unit, kind=found_figure.kind)
            if merged and _shares_limit(text, merged[-1], found_figure):
                found_figure = replace(found_figure, bound=merged[-1].bound, hedge=merged[-1].hedge)
            merged.append(found_figure)
        yield from _with_changes(text, merged)


def _with_changes(text: str, found: Sequence[Figure]) -> Iterator[Figure]:
    """The figures of a clause, each told whether it is a change."""
    carried: Change = ""
    first = ""
    for figure in found:
        start = max(figure.before.start, figure.before.end - _CHANGE_REACH)
        verb = _AT_LEAST_BY.match(figure.hedge)
        before, is_share = text[start : figure.before.end] + (verb[0] if verb else ""), figure.kind == "share"
        change = change_of(before, figure.after.of(text), is_share)
        if figure.kind == "duration" and not _LASTING.search(before):
            change = ""
        elif not change and carried and goes_on(first, before, is_share):
            change = carried
        else:
            carried, first = change, before
        yield replace(figure, change=change)


def _matches(text: str, clause: Span) -> Iterator[re.Match[str]]:
    """Amounts and parts of a whole, in order; none lies in another."""
    days = (Span(*match.span()) for match in _DAY.finditer(text, clause.start, clause.end))
    dates = sorted([*(d.span for d in dates_in(text, clause)), *days], key=lambda span: span.end)
    parts = list(_PART.finditer(text, clause.start, clause.end))
    amounts = (m for m in _AMOUNT.finditer(text, clause.start, clause.end) if _is_amount(text, m, dates))
    ends = [part.end() for part in parts]
    following = [*parts, None]
    found = list(parts)
    for amount in amounts:
        part = following[bisect_right(ends, amount.start())]
        if not part or part.start() >= amount.end():
            found.append(amount)
    return iter(sorted(found, key=lambda match: match.start()))


def _after(text: str, start: int, stop: int) -> Span:
    """The words after a figure; after 、 they begin another item of the list."""
    return Span(start, start if text.startswith("、", start) else stop)


def _shares_unit(text: str, one: Figure, other: Figure) -> bool:
    """2.2个和3.7个百分点."""
    between = text[one.span.end : other.span.start]
    return (
        one.unit == "个"
        and other.unit in ("个百分点", "个月", "个工作日", "个小时")
        and between in ("、", "和", "与", "及", "或")
    )


def _shares_limit(text: str, one: Figure, other: Figure) -> bool:
    """不低于740元/月和485元/月."""
    between = text[one.span.end : other.span.start]
    return (
        _DENIED_BOUND.fullmatch(one.hedge) is not None
        and not other.hedge
        and one.unit == other.unit
        and between in ("、", "和", "与", "及", "或")
    )


def _is_said_again(text: str, first: Figure, other: Figure) -> bool:
    """3人以上（含3人）."""
    between, after = text[first.span.end : other.span.start], text[other.span.end : other.span.end + 1]
    return between in ("（含", "(含") and after in "）)" and (first.value, first.unit) == (other.value, other.unit)


def _is_range(text: str, low: Figure, high: Figure) -> bool:
    between = text[low.span.end : high.span.start]
    joined = between in ("至", "到", "-", "－", "—", "～", "~") or (not between and low.hedge == "以上")
    return joined and low.kind == high.kind and low.value < high.value


def _range(low: Figure, high: Figure) -> Figure:
    span = Span(low.span.start, high.span.end)
    return replace(high, value=low.value, upper=high.value, bound="range", span=span, before=low.before)


def dates_in(text: str, within: Span) -> Iterator[PrintedDate]:
    """The dates of a stretch of canonical text, in order."""
    for match in _DATE.finditer(text, within.start, within.end):
        year = match["year"] or (match["iso"] or "")[:4]
        value = value_of(year) if year.isdigit() else _digitwise(year)
        if value is not None:
            precision = 3 if match["iso"] or match["day"] else 2 if match["month"] else 1
            yield PrintedDate(int(value), precision, Span(match.start(), match.end()))


def days_in(text: str, within: Span) -> Iterator[tuple[bool, Span]]:
    """The months and days of a stretch that are printed without a year (9月, 12月2日), in order: whether it is a day,
    and where."""
    dates = [date.span for date in dates_in(text, within)]
    for match in _MONTH.finditer(text, within.start, within.end):
        if any(date.start < match.end() and match.start() < date.end for date in dates):
            continue
        month, day = value_of(match["month"]), value_of(match["day"].removeprefix("初")) if match["day"] else 1
        if month is not None and day is not None and 1 <= month <= _MONTHS and 1 <= day <= _LAST_DAY:
            yield match["day"] is not None, Span(match.start(), match.end())


def _digitwise(numeral: str) -> int | None:
    digits = "".join(str("〇一二三四五六七八九".find(c.replace("○", "〇").replace("零", "〇"))) for c in numeral)
    return int(digits) if digits.isdigit() else None


def _is_amount(text: str, match: re.Match[str], dates: list[Span]) -> bool:
    number, unit = match["number"], match["unit"]
    start = match.start("low") if match["low"] else match.start("number")
    if _lies_in(dates, match) or _is_called(text, start):
        return False
    if number.startswith("百分之") or (match["low"] or "").startswith("百分之"):
        return True
    if not unit:
        return (
            number[0].isdigit() and _ends_in_myriads(match) and text[match.end() : match.end() + 1] not in _NOT_COUNTED
        )
    if _names_a_thing(text, match, start):
        return False
    if unit in _DIGITS_ONLY and not number[0].isdigit():
        return unit != "大" and number == "两"
    if match["scale"] or (match["before"] and number not in ("一", "零", "几")):
        return True
    return number not in _VAGUE or unit in ("年", "日", "倍", "个月", "元")


def _lies_in(dates: list[Span], match: re.Match[str]) -> bool:
    at = bisect_right(dates, match.start("number"), key=lambda d: d.end)
    return at < len(dates) and dates[at].start < match.end("number")


def _is_called(text: str, start: int) -> bool:
    """Whether the words before a numeral make it an ordinal, a part of a name, or no number (几十年)."""
    if not text[start].isdigit() and _SOME.search(text[max(0, start - 2) : start]):
        return True
    return _NAME_BEFORE.search(text[max(0, start - 8) : start]) is not None


def _names_a_thing(text: str, match: re.Match[str], start: int) -> bool:
    """Whether a numeral and its unit are a part of a name or a date: 三级, 6月, 这一年, 三次产业, 二轮 (two are 两轮)."""
    number, unit, end = match["number"], match["unit"], match.end()
    if text.startswith("级", end) and not text.startswith(("级别", "级联"), end):
        return True
    if unit in ("月", "日") and not (match["after"] or match["within"]) and _is_of_calendar(text, match):
        return True
    if unit == "年" and number == "一" and text[start - 1 : start] in tuple("上下头这那哪每同"):
        return True
    if number == "二" and unit in ("轮", "批"):
        return True
    return (unit == "次" and text.startswith("产业", end)) or (number in _VAGUE and bool(_PLAN.match(text, end)))


def _is_of_calendar(text: str, match: re.Match[str]) -> bool:
    """截至12日 and 6月 are no lengths of time; 三十日, 公示期为7日 and 30日前 are."""
    if match["unit"] == "月":
        return True
    said = text[max(0, match.start() - 2) : match.start()]
    lasts = said[-1:] in tuple("为是期限满长于") or said in ("提前", "延长", "顺延", "延期") or match["before"]
    return match["number"].isdigit() and not lasts and text[match.end() : match.end() + 1] not in tuple("前后以之的")


def _ends_in_myriads(match: re.Match[str]) -> bool:
    return (match["scale"] or "")[-1:] in ("万", "亿")


def _figure(match: re.Match[str], before: Span, after: Span) -> Figure | None:
    number, scale = match["number"], match["scale"] or ""
    percent = number.startswith("百分之") or (match["low"] or "").startswith("百分之")
    value = value_of(number.removeprefix("百分之") + scale)
    if value is None:
        return None
    unit = "%" if percent else (match["unit"] or "").replace("％", "%") + (match["per"] or "").strip()
    kind: Kind = "share" if percent else KIND_OF_UNIT.get(match["unit"], "count")
    if match["half"]:
        value += Decimal("0.5")
    hedges = [match["before"], match["more"], match["more2"], match["more3"], match["after"]]
    if kind in ("duration", "size"):
        hedges.append(match["within"])
    if match["before"] == "突破" and match["unit"] in _BROKEN_THROUGH:
        hedges[0] = None
    if match["before"] == "近" and kind == "duration" and value < _RECENT:  # 近三年 are the last three
        hedges[0] = None
    span = Span(match.start(), match.end())
    low = value_of(match["low"].removeprefix("百分之") + (match["lowscale"] or scale)) if match["low"] else None
    if low is not None and low < value:
        return Figure(low, value, unit, kind, "range", _said(hedges), span, before, after)
    bound, hedge = _limited(match.string, before, kind, _bound(hedges), _said(hedges))
    return Figure(value, None, unit, kind, bound, hedge, span, before, after)


def _limited(text: str, before: Span, kind: Kind, bound: Bound, hedge: str) -> tuple[Bound, str]:
    """Bound and hedge of a figure with what its clause says before them."""
    said = before.of(text)
    if hedge in _CONTRARY and _FORBIDDEN.search(said):
        return _CONTRARY[hedge], hedge
    limit = None if hedge else (_LIMIT_OF.search(said) if kind == "share" else _LEAST_DONE.search(said))
    return (_bound([limit["limit"]]), limit["limit"]) if limit else (bound, hedge)


def _part(match: re.Match[str], before: Span, after: Span) -> Figure | None:
    """三分之二以上, 过半: a share without a unit."""
    span = Span(match.start(), match.end())
    if not match["whole"]:
        hedges = [match["over"] or match["more"], match["than"]]
        return Figure(Decimal("0.5"), None, "", "share", _bound(hedges), _said(hedges), span, before, after)
    number, whole = value_of(match["number"]), value_of(match["whole"])
    if not number or not whole or number >= whole:
        return None
    hedges = [match["before"], match["after"]]
    bound, hedge = _limited(match.string, before, "share", _bound(hedges), _said(hedges))
    return Figure(number / whole, None, "", "share", bound, hedge, span, before, after)


def _said(hedges: Iterable[str | None]) -> str:
    return "".join(hedge for hedge in hedges if hedge)


def _bound(hedges: Iterable[str | None]) -> Bound:
    bound: Bound = "exact"
    for hedge in hedges:
        if denied := _DENIED_BOUND.fullmatch(hedge or ""):
            bound = "at_most" if denied["most"] else "at_least"
            continue
        bound = _BOUNDS.get(hedge or "", bound if not hedge else _BOUND_OF_CHANGE.get(hedge[:2], bound))
    return bound
