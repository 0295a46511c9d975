"""Numbers as government texts print them: 4.6万, 1,500, 三百二十, 百分之三十."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import prod

import cn2an

from archive.text import fold

_MULTIPLIERS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_LONGEST = 24
_POINT = "点"
DIGITS = "零〇○一二三四五六七八九两"
HAN_NUMERAL = DIGITS + "十百千万亿"


def _decimal(whole: str, part: str) -> Decimal | None:
    """一点五, 九十九点四四: digits one by one behind the point."""
    before, digits = value_of(whole), ["零一二三四五六七八九".find(c.replace("〇", "零")) for c in part]
    if before is None or not digits or min(digits) < 0:
        return None
    return before + Decimal("0." + "".join(map(str, digits)))


def value_of(numeral: str) -> Decimal | None:
    """The value of a numeral, or None when it is not one.

    >>> value_of("4.6万"), value_of("三百二十")
    (Decimal('46000'), Decimal('320'))
    """
    if len(numeral) > _LONGEST:
        return None
    numeral = fold(numeral).replace(",", "").replace("○", "〇").replace("两", "二")
    factor = 1
    if numeral[:1].isdigit():
        while numeral and numeral[-1] in _MULTIPLIERS:
            factor *= _MULTIPLIERS[numeral[-1]]
            numeral = numeral[:-1]
        try:
            return _plain(Decimal(numeral) * factor)
        except InvalidOperation:
            return None
    if _POINT in numeral:
        return _decimal(*numeral.split(_POINT, 1))
    if not numeral or any(c not in HAN_NUMERAL for c in numeral):
        return None
    if all(character in _MULTIPLIERS for character in numeral):
        return Decimal(prod(_MULTIPLIERS[character] for character in numeral))
    try:
        return Decimal(str(cn2an.cn2an(numeral, "smart")))
    except (ValueError, KeyError, IndexError):  # cn2an raises all three for what is no numeral
        return None


def _plain(number: Decimal) -> Decimal:
    whole = number.to_integral_value()
    return whole if whole == number else number.normalize()
