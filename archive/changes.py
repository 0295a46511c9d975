"""Whether a figure says by how much a thing rose or fell (增长16.2%, 新增企业20家), or how much there is (达到98家).

What decides are the words of its own clause: a verb of change right before it (增长, 比上年下降), a clause that says
what is new or less (新增…20家), or a growth after it (20%的增长). 增长到, 提高至 and 降至 lead to a level.
"""

from __future__ import annotations

import re
from typing import Literal

Change = Literal["", "rise", "fall"]

_MOVED: dict[Change, str] = {
    "rise": "增长 增加 提高 上升 提升 扩大 上涨 回升 攀升 上调 上浮 递增 新增 净增 再增 增收 增产 延长 增 涨 升",
    "fall": "下降 减少 降低 下滑 压减 缩减 下跌 回落 缩小 收窄 缩短 压缩 压降 下调 下浮 递减 削减 减收 减产 减 降 跌",
}
_PACE: dict[Change, str] = {
    "rise": "增速 增幅 涨幅 升幅 增长率 增长速度",
    "fall": "降幅 跌幅 减幅 下降率",
}
_NEW: dict[Change, str] = {
    "rise": "新增 净增 再增 增加(?![值量额])",
    "fall": "减少(?![值量额]) 压减 缩减 减收",
}
_GROWN: dict[Change, str] = {"rise": "增长(?!点|极) 增速 增幅", "fall": "下降 降幅"}


def _compiled(verbs: dict[Change, str], pattern: str) -> dict[Change, re.Pattern[str]]:
    """The pattern for each change, its verbs in the place of VERBS."""
    alternatives = {change: "|".join(words.split()) for change, words in verbs.items()}
    return {change: re.compile(pattern.replace("VERBS", words)) for change, words in alternatives.items()}


_LEADING = _compiled(_MOVED, r"(?<![不每公])(?:VERBS)(?:幅度|幅|了)?(?:(?:分别|各|均)为?)?[ ]?$")
_REACHING = _compiled(_MOVED, r"(?<![不每公])(?:VERBS)(?:分别|各|均)?达[ ]?$")
# 失业率、价格涨幅分别控制在5%和3%: only one of them is a pace
_PACED = _compiled(
    _PACE,
    r"^(?!.*(?:[高低快慢]于|、.*分别))(?:.*)(?:VERBS)(?:分别|均)?(?:达到|达|为|是|(?:控制|保持|稳定|维持)?在)?[ ]?$",
)
_SINCE = _compiled(_NEW, r"(?:VERBS)(?![^，,]*(?:[到至达]|完成|总[数量额])[^，,]{0,8}$)")
_AFTER = _compiled(_GROWN, r"的?(?:VERBS)")
# after 、 these words begin something else than what is new
_ELSE = re.compile("总|累计|达|完成|惠及|实现|带动|培育|打造|投资|收入|率|产量|电量|能力")
_EACH = re.compile("分别|各|均")


def change_of(before: str, after: str, is_share: bool) -> Change:
    """What a figure's clause says by itself; `before` and `after` are its words on either side."""
    direct = [_LEADING, _PACED, _REACHING, _SINCE] if is_share else [_LEADING, _SINCE]
    for patterns in direct:
        for change, pattern in patterns.items():
            if pattern.search(before):
                return change
    grown = (change for change, pattern in _AFTER.items() if is_share and pattern.match(after))
    return next(grown, "")


def goes_on(first: str, words: str, is_share: bool) -> bool:
    """Whether the change that the words `first` lead to holds for a later figure of their list too, which `words` lead
    to: 分别增长5%、6%; 新增国家级中心8家、省级中心14家, but not 净增48万户、达680万户."""
    if not words.startswith(("、", "和", "与", "及")):
        return False
    if len(words.strip()) == 1:
        return is_share or _EACH.search(first) is not None
    return not is_share and not _ELSE.search(words)
