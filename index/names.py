"""Names of documents and organs: how they are made comparable, and which of them stand in a question.

`plain` drops what may differ between two ways of writing one name: width, blanks, quotation marks, 中华人民共和国, the
brackets that say which version ((2021修正), （试行）), and 第12条 for 第十二条.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive.head import ENDS_IN_ORGAN
from archive.text import fold
from index.addresses import han, quoted
from index.places import place_at
from index.words import tag

_WIDE = re.compile("[A-Z\uff01-\uff5e]+")
_MARKS = re.compile('[《》〈〉«»「」『』“”"‘’ \t\u3000]')
_WORD_MARKS = re.compile('[“”"‘’]')
_VERSION = re.compile(
    r"\((?:[^()\n]{0,12}?(?:修正|修订|修改|正文|试行|暂行|生效|施行|版|本|稿|草案)|[0-9年月日.\-/]{4,12})\)"
)
_STATE = "中华人民共和国"
_ARABIC_ARTICLE = re.compile(r"第([0-9]{1,4})条")
_BREAK = "\x00"
_BREAKS = re.compile(r"[\s。，、；：！？!?;:,]")
_ARTICLE_END = re.compile("第[〇零一二三四五六七八九十百千两]+条(?:之[一二三四五六七八九十]+)?$")
_LAWS = "法|法典|修正案|条例|规定|办法|细则|规则|准则|通则|章程|解释|守则|规程"
_LAW = re.compile(rf"(?:{_LAWS})$")
_PAPERS = (
    "通知|公告|通告|通报|意见|决定|决议|命令|批复|函|报告|方案|规划|纲要|计划|要点|措施|预案|指南|目录|清单|标准|规范|制度|公报"
    "|纪要|指引|名单|白皮书|政策"
)
_PAPER = re.compile(rf"(?:{_PAPERS})$")
_GENERIC = re.compile(
    "(?:工作|政府|管理|实施|暂行|若干|有关|相关|年度|具体|主要|补充|行政|国家|地方|部门|司法|组织|法律|行动|建设|总体|[0-9]|年)*"
    rf"(?:{_LAWS}|{_PAPERS})"
)
# What makes another word of 法 (公司法人), or another document of the one named (…法实施条例).
_GOES_ON = re.compile(
    r"(?:(?<=法)(?:[律院官人治庭学医警则理令师典币]|规(?![定范])|定(?!义)|制(?![定裁约])|国(?![家务有际民内])|案(?!件))"
    r"|(?<=条)之[一二三四五六七八九十]"
    r"|实施(?:条例|细则|办法|规定|意见|方案|规则)|修正案|(?:司法)?解释(?:$|\())"
)
_ORGAN_GOES_ON = re.compile("办公[厅室]|[^，。、]{0,6}(?:委员会|领导小组)|党组|常务委|常委")
_BEFORE_A_NAME = ("p", "c", "u", "r", "d", "v", "m", "q", "t", "y", "f", "k", "e", "o", "zg")
_WORDS_BEFORE = frozenset("中国 我国 现行 新 旧 新版 原 该 问 请教 全国 国家".split())
_SHORT_OF = {
    "刑诉法": "刑事诉讼法",
    "民诉法": "民事诉讼法",
    "行诉法": "行政诉讼法",
    "道交法": "道路交通安全法",
    "治安处罚法": "治安管理处罚法",
    "消保法": "消费者权益保护法",
    "个税法": "个人所得税法",
    "企税法": "企业所得税法",
    "未保法": "未成年人保护法",
}
_LEAST_FREE = 6
_LONGEST_BEFORE = 10


@dataclass(frozen=True, slots=True)
class Plain:
    """A text made comparable: `quotes` are the stretches that stood in 《》, `breaks` where a blank or mark stood."""

    text: str
    quotes: tuple[tuple[int, int], ...]
    breaks: frozenset[int]


@dataclass(frozen=True, slots=True)
class Named:
    """A known name that stands in a text: where in the plain text, and what it names."""

    start: int
    end: int
    name: str
    ordinals: tuple[int, ...]


def one_line_each(texts: Sequence[str]) -> str:
    """Texts joined by line ends, with their own line ends made blanks."""
    joined = "\n".join(texts)
    if joined.count("\n") == max(len(texts) - 1, 0):
        return joined
    return "\n".join(text.replace("\n", " ") for text in texts)


def plain_widths(texts: Sequence[str]) -> str:
    """One line each, folded."""
    return _WIDE.sub(_folded, one_line_each(texts))


def without_word_marks(text: str) -> str:
    """A text without the marks around a word (“十四五”)."""
    return _WORD_MARKS.sub("", text)


def plain_lines(widths: str) -> list[str]:
    """`plain` of every line of what `plain_widths` gives, without the quotes; much quicker than one by one."""
    return _MARKS.sub("", _reduced(widths)).split("\n")


def plain(text: str) -> Plain:
    """A question made comparable to `plain_lines`."""
    folded = fold(text)
    marks = list(folded)
    for span in quoted(folded):
        marks[span.start - 1], marks[span.end] = "\x01", "\x02"
    reduced = _reduced("".join(marks).replace("\n", " "))
    found: list[str] = []
    breaks: set[int] = set()
    quotes: list[tuple[int, int]] = []
    opened = 0
    for mark in reduced:
        if mark == "\x01":
            opened = len(found)
        elif mark == "\x02":
            quotes.append((opened, len(found)))
        elif not _MARKS.match(mark):
            found.append(mark)
            continue
        breaks.add(len(found))
    return Plain("".join(found), tuple(quotes), frozenset(breaks))


def _folded(match: re.Match[str]) -> str:
    return fold(match[0])


def _reduced(folded: str) -> str:
    return _ARABIC_ARTICLE.sub(lambda match: f"第{han(int(match[1]))}条", _VERSION.sub("", folded.replace(_STATE, "")))


ISSUERS = "、"
"""What joins the issuers of a joint notice."""


def organ(name: str) -> str:
    """An organ's name made comparable: 国家发展和改革委员会, 国家发展改革委, 国家发改委 are one."""
    reduced = _MARKS.sub("", fold(name)).replace(_STATE, "").replace("和", "").replace("委员会", "委")
    for short, full in _ORGANS.items():
        if short in reduced:
            reduced = reduced.replace(short, full)
    return reduced


_ORGANS = {
    "人大常委会": "人民代表大会常务委",
    "发改委": "发展改革委",
    "卫健委": "卫生健康委",
    "工信部": "工业信息化部",
    "人社部": "人力资源社会保障部",
    "人社厅": "人力资源社会保障厅",
    "人社局": "人力资源社会保障局",
    "住建部": "住房城乡建设部",
    "住建厅": "住房城乡建设厅",
    "住建局": "住房城乡建设局",
    "最高法院": "最高人民法院",
    "最高检察院": "最高人民检察院",
}


class Names:
    """Plain names and the documents they name. Time grows with the text that is searched, not with the names.

    `own` gives one document for each name, `more` any others; `holds` says whether a name that is found in a text
    (from, to) is named there.
    """

    def __init__(
        self, own: Mapping[str, int], more: Mapping[str, Sequence[int]], holds: Callable[[Plain, int, int], bool]
    ) -> None:
        self._own, self._more, self._holds = own, more, holds
        self._sizes = sorted({*map(len, own), *map(len, more)} - {0, 1}, reverse=True)
        self._begin = {name[:2] for name in own} | {name[:2] for name in more}

    def __getitem__(self, name: str) -> tuple[int, ...]:
        """What a plain name names; nothing when it is not known."""
        own = self._own.get(name)
        return (*(() if own is None else (own,)), *self._more.get(name, ()))

    def find(self, text: Plain) -> Iterator[Named]:
        """The names that stand in a text, from the left, the longest at each place, none inside another."""
        at = 0
        while at < len(text.text):
            found = self._at(text, at) if text.text[at : at + 2] in self._begin else None
            if found:
                yield found
            at = found.end if found else at + 1

    def _at(self, text: Plain, at: int) -> Named | None:
        for size in self._sizes:
            name = text.text[at : at + size]
            known = len(name) == size and (name in self._own or name in self._more)
            if known and self._holds(text, at, at + size):
                return Named(at, at + size, name, self[name])
        return None


def is_organ_named(text: Plain, start: int, end: int) -> bool:
    """Whether an organ that was found in a text is named there, and not another that its name begins (国务院办公厅)."""
    return not _ORGAN_GOES_ON.match(text.text, end)


def is_lawlike(name: str) -> bool:
    """Whether a plain title is that of a law, a regulation or an article: what holds whatever the year."""
    return bool(_LAW.search(name) or _ARTICLE_END.search(name))


def is_title_named(text: Plain, start: int, end: int) -> bool:
    """Whether a title that was found in a text is named there, and is no part of another title or word.

    Between 《》 it must fill the quotation. Elsewhere it must be a law, or else long and no mere organ; words like
    公司法人, or 社会保险法 for 保险法, do not hold it.
    """
    for opened, closed in text.quotes:
        if start < closed and opened < end and not (start <= opened and closed <= end):
            return False
        if start == opened and closed <= end:
            return True
    name, after = text.text[start:end], text.text[end : end + 6]
    if end not in text.breaks and after and _GOES_ON.match(text.text, end):
        return False
    law = is_lawlike(name)
    free = len(name) >= _LEAST_FREE and not ENDS_IN_ORGAN.search(name)
    if not (law or free or (len(name) > 3 and _PAPER.search(name))) or _GENERIC.fullmatch(name):
        return False
    return start in text.breaks or _may_follow(text.text[max(0, start - _LONGEST_BEFORE) : start], name, law)


def _may_follow(before: str, name: str, law: bool) -> bool:
    """Whether a name can begin after these words: after 根据, not after 社会 or 天津市."""
    run = re.search("[\u4e00-\u9fff]*$", before)
    if not run or not run[0] or name.startswith("关于"):
        return True
    word, kind = tag(run[0])[-1]
    if word in _WORDS_BEFORE:
        return True
    if law and not place_at(name, 0):
        return kind.startswith(_BEFORE_A_NAME) and kind != "vn"
    return kind != "ns"


def short_forms(text: str) -> str:
    """A plain question with the customary short names of laws written out (刑诉法 → 刑事诉讼法)."""
    for short, full in _SHORT_OF.items():
        if short in text:
            text = text.replace(short, full)
    return text
