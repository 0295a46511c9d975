"""The figures a text prints: how much of what, with its hedge, and the dates.

A figure is a numeral with a measure word (量词) or a percent sign: 86人, 4.6万余件, 50余件次, 99.44%,
5日以上. Ordinals (第三条), years, names (830平台, 110宣传日, B1) and the parts of a date are none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from archive.numerals import DIGITS, HAN_NUMERAL, value_of
from archive.text import clauses
from archive.types import Span

Bound = Literal["exact", "about", "at_least", "at_most", "range"]
Kind = Literal["count", "share", "money", "duration", "size"]

_UNITS: dict[Kind, str] = {
    "share": "个百分点 百分点 % ％ ‰ 倍",
    "money": "元 美元 欧元 港元 元人民币 块钱",
    "duration": "个月 个工作日 工作日 周岁 小时 分钟 个小时 星期 个星期 季度 年 月 日 天 岁 秒 周",
    "size": "平方公里 平方千米 平方米 ㎡ 立方米 公里 千米 公顷 千瓦时 千瓦 公斤 千克 吨 米 克 升 亩 度 毫克 毫升 微克 斤 兆瓦 千伏 标准箱 标箱",
    "count": "件次 人次 批次 场次 车次 架次 户次 班次 频次 人 名 位 个 件 起 宗 项 条 款 种 类 处 家 所 户 间"
    " 栋 座 台 套 辆 艘 架 部 本 份 篇 册 张 场 期 次 回 届 轮 批 支 只 头 株 大 宗 例 道 门 级 步 环 颗 枚 片 组 对 双 桩 幅 封"
    " 字 页 班 节 队 村 镇 乡 县 区 站 点 日次 趟 桶 瓶 箱 袋 盒 根 棵 匹 万只 床 眼 孔 群 户籍人口",
}
KIND_OF_UNIT: dict[str, Kind] = {unit: kind for kind, units in _UNITS.items() for unit in units.split()}
UNIT = "|".join(sorted(map(re.escape, KIND_OF_UNIT), key=len, reverse=True))

_ARABIC = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_NUMERAL = rf"(?:百分之[{HAN_NUMERAL}\d.]+|{_ARABIC}|[{HAN_NUMERAL}]+(?<![万亿千]))"
_STARTS_HERE = rf"(?:(?<![A-Za-z\d.+\-—–·•])(?=\d)|(?<![第{HAN_NUMERAL}])(?=[{HAN_NUMERAL}]))"
_TO = r"[ ]?(?:至|到|[-~～—]{1,2})[ ]?"
_AMOUNT = re.compile(
    r"(?:(?P<before>超过|超|逾|近|约|不少于|不低于|不得少于|至少|最多|不超过|不得超过"
    r"|不足|不满|已满|满|大约|至多|高达)[ ]?)?"
    rf"{_STARTS_HERE}(?:(?P<low>{_NUMERAL}){_TO})?"
    rf"(?P<number>{_NUMERAL})[ ]?(?P<more>[余多来几])?(?P<scale>(?:[十百万亿]|千(?![瓦克米伏])){{0,3}})(?P<more2>[余多])?[ ]?"
    rf"(?P<unit>{UNIT})?(?P<after>以上|以下|以内|左右|以外)?"
)
_NAME_BEFORE = re.compile(r"(?:第|(?<![以之此目日年月])前|[A-Za-z+\-—–·•/]|\d[.,]?|[“\"‘'《][^”\"’'》]{0,4})$")
_DATE = re.compile(
    r"(?P<year>(?:19|20)\d{2}|[一二][〇○零九][〇○零一二三四五六七八九]{2})年(?:度)?"
    rf"(?:(?P<month>\d{{1,2}}|[{DIGITS}十]{{1,3}})月(?:份)?(?:(?P<day>\d{{1,2}}|[{DIGITS}十]{{1,3}})日)?)?"
    r"|(?P<iso>(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2})(?!\d)"
)
_BOUNDS: dict[str, Bound] = {
    **dict.fromkeys(
        ("超过", "超", "逾", "不少于", "不低于", "不得少于", "至少", "满", "已满", "以上", "余", "多", "来", "几"),
        "at_least",
    ),
    **dict.fromkeys(("最多", "至多", "不超过", "不得超过", "不足", "不满", "以下", "以内"), "at_most"),
    **dict.fromkeys(("近", "约", "大约", "左右"), "about"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount as printed; of a range (十日以上十五日以下, 一至二人) `value` is the lower end.

    `before` and `after` are the words of its own clause on either side, up to the next figure.
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


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date as printed, at least to the year; `precision` counts year, month, day."""

    year: int
    precision: int
    span: Span


def figures(text: str, within: Span) -> Iterator[Figure]:
    """The figures of a stretch of canonical text, in order."""
    for clause in clauses(text, within):
        dates = [d.span for d in dates_in(text, clause)]
        merged: list[Figure] = []
        found = [m for m in _AMOUNT.finditer(text, clause.start, clause.end) if _is_amount(text, m, dates)]
        for at, match in enumerate(found):
            start = found[at - 1].end() if at else clause.start
            stop = found[at + 1].start() if at + 1 < len(found) else clause.end
            found_figure = _figure(match, Span(start, match.start()), _after(text, match.end(), stop))
            if found_figure and merged and _is_range(text, merged[-1], found_figure):
                merged[-1] = _range(merged[-1], found_figure)
            elif found_figure:
                merged.append(found_figure)
        yield from merged


def _after(text: str, start: int, stop: int) -> Span:
    """The words after a figure; after 、 they begin another item of the list."""
    return Span(start, start if text.startswith("、", start) else stop)


def _is_range(text: str, low: Figure, high: Figure) -> bool:
    between = text[low.span.end : high.span.start]
    joined = between in ("至", "到", "-", "—", "～", "~") or (not between and low.hedge == "以上")
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


def _digitwise(numeral: str) -> int | None:
    digits = "".join(str("〇一二三四五六七八九".find(c.replace("○", "〇").replace("零", "〇"))) for c in numeral)
    return int(digits) if digits.isdigit() else None


def _is_amount(text: str, match: re.Match[str], dates: list[Span]) -> bool:
    number = match["number"]
    at = bisect_right(dates, match.start("number"), key=lambda d: d.end)
    if at < len(dates) and dates[at].start < match.end("number"):
        return False
    start = match.start("low") if match["low"] else match.start("number")
    if _NAME_BEFORE.search(text[max(0, start - 8) : start]):
        return False
    if number.startswith("百分之"):
        return True
    if not match["unit"]:
        return False
    if match["unit"] == "大" and not number[0].isdigit():
        return False
    return number not in ("一", "十", "百", "千", "几") or match["unit"] in ("年", "日", "月", "倍", "个月", "元")


def _figure(match: re.Match[str], before: Span, after: Span) -> Figure | None:
    number = match["number"]
    percent = number.startswith("百分之")
    value = value_of(number.removeprefix("百分之") + (match["scale"] or ""))
    if value is None:
        return None
    low = value_of(match["low"] + (match["scale"] or "")) if match["low"] else None
    hedges = [h for h in (match["before"], match["more"], match["more2"], match["after"]) if h]
    bound: Bound = "exact"
    for hedge in hedges:
        bound = _BOUNDS.get(hedge, bound)
    unit = "%" if percent else match["unit"].replace("％", "%")
    kind: Kind = "share" if percent else KIND_OF_UNIT[match["unit"]]
    span = Span(match.start(), match.end())
    if low is not None and low < value:
        return Figure(low, value, unit, kind, "range", "".join(hedges), span, before, after)
    return Figure(value, None, unit, kind, bound, "".join(hedges), span, before, after)
