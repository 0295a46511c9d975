"""The form that words must have to be what is asked for: who asks for a person's name or for a telephone number gets
none but words that hold one."""

from __future__ import annotations

import re
from functools import lru_cache

from index.words import tag

_PERSON = "[员师官者长医生授徒兵警]|(?:负责|发言|主持|代理)人|书记|主任|经理|老师|专家|干部|总裁|董事|代表|同志|主席"
_ASKS_NAME = re.compile(
    rf"(?:{_PERSON})(?:的)?(?:都|分别)?(?:叫什么|叫啥|姓名|名字|姓什么|是哪位|真名)"
    r"|\bnames? of (?:the )?(?:[a-z-]+ ){0,5}(?:lecturer|teacher|director|chief|manager|doctor|expert|person|officer"
    r"|official|minister|secretary|mayor|governor|professor|chair\w*|leader|captain|spokes\w+|judge|lawyer|deputy|driver|nurse)s?\b"
    r"(?=\W*(?:$|(?:that|which|whose|of|in|at|from|for|to|on|by|with|is|was|were|are|giving|teaching)\b"
    r"|who (?:is|was|are|were|has|had|\w+[dtsw])\b))"
)
_ASKS_NUMBER = re.compile(
    r"(?:电话|热线|号码|传真|邮编|邮政编码|账号)(?:号码)?(?:[是为](?:多少|什么|几)|多少|几号|[?？]?$)"
    r"|\b(?:tele)?phone number\b|\b(?:hotline|contact|fax) number\b|\bnumber of the (?:\w+ )?(?:hotline|line)\b"
)
# a name that names what is thought, not who is asked for
_NO_PERSON = re.compile("习近平(?:[\u4e00-\u9fff]{0,14}?思想|总书记)")
_ASKS_POINTS = re.compile(r"[扣记罚]几?多?少?分(?![类钟期])|\b(?:penalty|demerit) points\b")


def lacks_form(question: str, words: str) -> bool:
    """Whether words cannot be what is asked for, by their form. `question` is folded."""
    if _ASKS_POINTS.search(question) and "分" not in words:
        return True
    if _ASKS_NUMBER.search(question) and not any(map(str.isdigit, words)):
        return True
    return _ASKS_NAME.search(question) is not None and not _holds_name(words)


@lru_cache(maxsize=1024)
def _holds_name(words: str) -> bool:
    words = _NO_PERSON.sub("", words)
    return "·" in words or any(kind.startswith("nr") for _, kind in tag(words))
