"""What in the words beside a figure contradicts a question: another number in a row, another end of a limit, an aim for
what came, another deed, another tier of a penalty, or a thing that is named almost alike.

A likeness of most words hides such a difference from whoever weighs likeness, and the figure is wrong all the same.
Questions are asked in Chinese and English; what is said is Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.figures import Figure, figures
from archive.numerals import value_of
from archive.text import fold
from archive.types import Span
from index.demands import ASKS_NORM, PERSON_ENDINGS, PERSON_UNITS, asks, counts_persons
from index.questions import Question
from index.words import squash

_ORDINAL = re.compile(
    r"第(?P<number>[一二三四五六七八九十]{1,3}|\d{1,2})(?P<of>[批次轮期个季阶类档产名步代家座艘只场组级](?!会议))"
)
_EN_ORDINALS = {
    word: at
    for at, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1)
}
_EN_ORDINAL = re.compile(
    rf"\b(?P<word>{'|'.join(_EN_ORDINALS)})\s+(?:batch|round|phase|stage|quarter|group|time|tier|class|term)"
)
_MOST = re.compile(
    r"最[高多长大晚迟久远](?![的层院人检价])|上限|至多|封顶"
    r"|\b(?:maximum|at most|upper limit|ceiling|longest|latest|no more than|cap)\b"
)
_LEAST = re.compile(
    r"最(?:[低少短小早]|近(?![几这一二两三四五六七八九十\d年来期日]))(?![生工的保])|下限|至少|起码"
    r"|\b(?:minimum|at least|lower limit|shortest|earliest|no less than|no fewer than)\b"
)
_LOWER_END = re.compile("以上|以外|满(?!足)|至少|最少|(?:不.{0,2}|未|没有)(?:少于|低于|小于)")
_UPPER_END = re.compile("以下|内|至多|最多|(?:不.{0,2}|未|没有|禁止|严禁)(?:超过|高于|多于|大于)")
_AHEAD = re.compile(r"提前|\bin advance\b|\bahead\b|\bbeforehand\b|\bnotice\b")
_FORBIDDEN = re.compile("不得|禁止|严禁|不准")
_CAME = re.compile(
    r"去年|上年(?!度)|实际|已经?|\blast year\b|\bactually\b|\balready\b|\bdid\b|\b(?:was|were) (?!planned|expected)"
    r"(?:\w+ed|built|made)\b"
)
_AIMED = re.compile(r"预期目标|目标(?:是|为|任务是)")
_AIMS = re.compile(r"力争|争取(?!到|了|[^，,]{0,8}资金)|计划|确保")
_REACHED = re.compile("实际|已|完成|实现|超额|达到?成|高于|好于|超过")
# what is asked for itself, and not what only says of which thing
_AREA = re.compile(
    r"面积(?:一?共|总共|合计|大?约|大概)?(?:有|是|为|达到?)?(?:多[大少]|几[\u4e00-\u9fff]{0,4})?(?:亩|公顷|平方(?:米|公里))?[?？。]?$"
    r"|^\W*(?:how (?:large|big)|what) (?:is|was|are|were) (?:the )?(?:(?!of\b|in\b|per\b)[\w-]+ ){0,3}area"
    r"(?=\W*$| (?:of|sown|planted|covered|under|in|used|to|for|that|which|and|at|on|by)\b)"
)
_NO_AREA = re.compile("(?<!平方)(?:斤|吨|克|瓦时?|升|箱|公里|千米|立方米?)$")
_CONCENTRATION = re.compile(
    r"浓度(?:是|为|要)?(?:多[少大高])?[?？。]?$"
    r"|^\W*(?:(?:what|which) (?:is|was) the |(?:at |with |in )?what )?concentration\b"
    r"(?! of (?:undertaking|operator|business))(?!.*\b(?:how|fine[ds]?|penalt\w+|deadline|days|hours)\b)"
)
# tiers of a penalty
_GRAVE = re.compile(
    "情节(?:特别)?严重|后果(?:特别)?严重|造成(?:严重|较大|重大|特大)|数额(?:较大|巨大)|拒不|逾期(?:不|未)|屡|再次|二次"
)
_NOT_GRAVE = re.compile(
    r"(?:不算|不是|不属于?|并非|非|没有?)(?:很|太|特别)?情节(?:特别)?严重|情节不(?:算|太|是很|怎么)?严重"
    r"|\bnot (?:\w+ ){0,4}(?:serious|grave|severe)"
)
_ASKS_GRAVE = re.compile(
    r"严重|拒[不绝]|逾期|屡|再[次犯被]|[不没未](?:有)?改|不听|还不|仍不|不整改|没整改|没按期|超过期限|后果|重大|巨大"
    r"|又(?:被|犯|违|[一再]次)|第二次|两次|多次"
    r"|累犯|硬[是要不]|数额|死不|最[高多]|上限|造成|导致|事故|死|伤"
    r"|\b(?:serious|grave|refus\w*|fail\w*|aggravat\w*|repeat\w*|persist\w*|again|severe\w*|still|overdue|gross|large"
    r"|max\w*|most|highest|second|not correct\w*|caus\w*|death|accident)\b"
)
_ASKS_PENALTY = re.compile(r"罚|\bfine[ds]?\b|\bpenalt")
_PENALTY = re.compile("罚|处|缴")
_ASKS_THRESHOLD = re.compile(
    r"(?:超过|达到?|不足|低于|满)多少|多少(?:钱|元)?(?:以[上下]|才|会|要|就|罚)|标准"
    r"|\bhow (?:much|large|big) .*\bbefore\b|\bthreshold\b"
)
_CLAUSE_END = re.compile("[，,。；;：:\n]")
_IF = re.compile(r"的[，,]?$")
# of every seven one: no amount of its own
_ONE_OF = re.compile(r"每(?:\d+|[二两三四五六七八九十百千万]+)[^，,。；;]{1,20}(?:就有|有|中有|其中)$")
_ASKS_ONE_OF = re.compile(r"每|几分之|\bevery\b|\bout of\b|\bratio\b|\bin how many\b")
_TRUSTED = 0.5
_SHORTEST_NAME = 3
_LIGHT_ENDS = frozenset("数量率额值度")
_PERSONS = frozenset("员人者师工手民户")


@dataclass(frozen=True, slots=True)
class _Side:
    """One of two that exclude each other: how it is asked for, and how it is said."""

    asked: re.Pattern[str]
    said: re.Pattern[str]


def _side(chinese: str, english: str, said: str = "") -> _Side:
    return _Side(re.compile(rf"{chinese}|\b(?:{english})\b"), re.compile(said or chinese))


# the first pair is of exams alone: 通过 also says by what means, 获得 what all have
_EXAM = re.compile(r"考|\b(?:exams?|tests?)\b")
_OPPOSED: tuple[tuple[_Side, _Side], ...] = (
    (
        _side(
            "参加|报名|报考|应考|参考",
            "sat|sit|took|attend(?:ed)?|entered|registered|applied",
            "参加|报名|报考|应考|参考",
        ),
        _side(
            "通过|合格|考过|拿下|拿到|取得|获得|考取",
            "pass(?:ed)?|qualif(?:y|ied)|hold|obtained",
            "通过|合格|取得|获得|录取",
        ),
    ),
    (
        _side(
            "拆(?!迁)|关停|关闭|关掉|停用|撤销|取消|注销|吊销",
            "demolish(?:ed)?|shut|removed|cancel(?:l?ed)?|dismantled|revoked|abolish(?:ed)?|scrapped",
        ),
        _side("加装|新增|新建|新设|建成|增设|开设|开通|设立|安装", "installed|built|added|opened|set up|established"),
    ),
    (
        _side("受理|收到|接到|接收|立案", "received|accepted|registered|filed", "受理|收到|接到|接收|立案"),
        _side(
            "办结|结案|审结|办理完|化解|处理完", "closed|concluded|completed|settled|resolved", "办结|结案|审结|化解"
        ),
    ),
    (_side("出口|国外卖|卖到国外|外销", "export(?:s|ed)?"), _side("进口|国外买", "import(?:s|ed)?")),
    (
        _side("出口|往国外卖|卖到国外|外销", "export(?:s|ed)?"),
        _side("产量|生产|制造|造了", "output|produc(?:e|ed|tion)|made|manufactured", "产量"),
    ),
    (_side("受伤|伤者", "injured|injuries"), _side("死亡|遇难|丧生|死了", "died|deaths?|killed", "死亡|遇难|丧生")),
    (
        _side("城镇|城市|城里", "urban"),
        _side("农村|乡村|农民", "rural|countryside|farmers?", "农村|乡村|农民"),
    ),
    (_side("上半年", "first half"), _side("下半年", "second half")),
    (_side("专职|全职", "full-time"), _side("兼职", "part-time")),
    (_side("国有", "state-owned"), _side("民营|私营|私人", "private", "民营|私营")),
)


# levels and roads of which one is asked for
_SORTS: tuple[dict[str, str], ...] = (
    {
        "国家级": "national-level|state-level",
        "省级": "provincial-level|province-level",
        "市级": "city-level|municipal-level",
        "县级": "county-level",
        "乡级": "township-level",
        "村级": "village-level",
    },
    {
        "国道": "national (?:high)?(?:road|way)s?",
        "省道": "provincial (?:high)?(?:road|way)s?",
        "县道": "county (?:high)?(?:road|way)s?",
        "乡道": "township (?:high)?(?:road|way)s?",
        "高速公路": "expressways?|motorways?",
        "村道": "village (?:high)?(?:road|way)s?",
    },
)
_AND_ABOVE = re.compile(r"级及?以[上下]|\bor (?:above|higher|below)\b")
_PER = re.compile(r"每(?:[天日周月年]|学期|个月)|\b(?:per|each|every|a) (?:day|month|year|week)\b")
_SAYS_PER = re.compile("每|均|/|／|逐|按[年月日]|年度|全[年天]|[日月周]|一[天年学]|年休|小时工")
_REVISED = re.compile("第(?P<number>[一二三四五六七八九十])次修[订正改]")
_EN_REVISED = re.compile(
    rf"\b(?P<word>{'|'.join(_EN_ORDINALS)})\s+(?:time\s+)?(?:revis|amend)"
    rf"|(?:revised|amended) for the (?P<time>{'|'.join(_EN_ORDINALS)}) time"
)


def is_of_another_revision(asked: str, after: str) -> bool:
    """Whether a date is not that of the revision asked for (第四次修正), by the words after it up to the next date.
    `asked` is folded."""
    wanted = _REVISED.search(asked)
    english = None if wanted else _EN_REVISED.search(asked)
    if not wanted and not english:
        return False
    number = value_of(wanted["number"]) if wanted else _EN_ORDINALS[english["word"] or english["time"]]  # type: ignore[index]
    said = _REVISED.search(after)
    return number != (value_of(said["number"]) if said else 1 if re.search("修[订正改]", after) else None)


def contradicts(question: Question, figure: Figure, text: str, sentence: Span, subject: str) -> bool:
    """Whether what is said beside a figure of `sentence` makes it another than the one asked about; `subject` is what
    it counts."""
    asked = fold(question.text)
    own = Span(figure.before.start, figure.after.end).of(text)
    before = Span(sentence.start, figure.span.start).of(text)
    return (
        _is_another_in_a_row(asked, own + subject)
        or _is_other_end(asked, figure, figure.before.of(text), figure.after.of(text))
        or _is_an_aim(question, asked, before, own)
        or (figure.kind != "duration" and _is_opposed(asked, own + subject))
        or _is_of_another_sort(asked, own + subject)
        or _is_no_rate(asked, figure, sentence.of(text))
        or _is_in_another_measure(asked, figure)
        or _is_other_tier(asked, figure, text, sentence)
        or _is_condition(asked, figure, text)
        or _is_named_alike(question, subject)
        or _is_no_person(question, figure, subject)
        or _is_one_of(asked, before)
    )


def _is_another_in_a_row(asked: str, said: str) -> bool:
    """第二批 for 第一批."""
    wanted = {(m["of"], value_of(m["number"])) for m in _ORDINAL.finditer(asked)}
    found = {(m["of"], value_of(m["number"])) for m in _ORDINAL.finditer(said)}
    for of, number in wanted:
        numbers = {n for o, n in found if o == of}
        if numbers and number not in numbers:
            return True
    english = {_EN_ORDINALS[m["word"]] for m in _EN_ORDINAL.finditer(asked)}
    numbers = {n for _, n in found}
    return bool(english and numbers) and not english & {int(n) for n in numbers if n is not None}


def _is_other_end(asked: str, figure: Figure, before: str, after: str) -> bool:
    """At least so much for who asks how much at most."""
    most, least = _MOST.search(asked) is not None, _LEAST.search(asked) is not None
    if most == least or figure.upper is not None:
        return False
    if (most and _AHEAD.search(asked)) or (_MOST if most else _LEAST).search(before):
        return False  # the latest day is the least lead; 最高气温 is the name of what is measured
    if least and _FORBIDDEN.search(after):
        return False  # how far at least, where all within is forbidden
    bound, end = ("at_least", _LOWER_END) if most else ("at_most", _UPPER_END)
    return figure.bound == bound and end.search(figure.hedge) is not None


def _is_an_aim(question: Question, asked: str, before: str, own: str) -> bool:
    """What is aimed at, for who asks what came."""
    if not _CAME.search(asked) or asks(ASKS_NORM, question) or re.search("目标|计划|预期|力争|争取", asked):
        return False
    is_aimed = _AIMED.search(before) is not None or _AIMS.search(own) is not None
    return is_aimed and not _REACHED.search(own)


def _is_opposed(asked: str, said: str) -> bool:
    """关停 for who asks for 新设: one of two is asked for, and the other is said."""
    pairs = _OPPOSED if _EXAM.search(asked + said) else _OPPOSED[1:]
    sides = [order for pair in pairs for order in (pair, pair[::-1])]
    meant = [(one, other) for one, other in sides if one.asked.search(asked) and not other.asked.search(asked)]
    return any(other.said.search(said) and not one.said.search(said) for one, other in meant)


def _is_no_rate(asked: str, figure: Figure, said: str) -> bool:
    """二十四小时内 for the hours a day; of money and counts a text says 月标准, 个人 and 一次性 in many ways."""
    is_deadline = figure.kind == "duration" and figure.hedge.endswith("内")
    return is_deadline and _PER.search(asked) is not None and not _SAYS_PER.search(said)


def _is_in_another_measure(asked: str, figure: Figure) -> bool:
    """A weight where an area is asked for, minutes where a concentration is."""
    if figure.kind == "size" and _AREA.search(asked):
        return _NO_AREA.search(figure.unit.partition("/")[0]) is not None
    return figure.kind in ("duration", "money") and _CONCENTRATION.search(asked) is not None


def _is_of_another_sort(asked: str, said: str) -> bool:
    """国家级 for 省级, 县道 for 村道."""
    if _AND_ABOVE.search(asked + said):
        return False
    for sorts in _SORTS:
        wanted = {sort for sort, english in sorts.items() if sort in asked or re.search(rf"\b(?:{english})\b", asked)}
        found = {sort for sort in sorts if sort in said}
        if wanted and found and not wanted & found:
            return True
    return False


def _is_other_tier(asked: str, figure: Figure, text: str, sentence: Span) -> bool:
    """The penalty of a grave case for who does not ask of one, where the sentence has one for other cases before it."""
    if not _ASKS_PENALTY.search(asked) or _ASKS_GRAVE.search(_NOT_GRAVE.sub("", asked)):
        return False
    earlier = [f for f in figures(text, Span(sentence.start, figure.span.start)) if f.kind == figure.kind]
    if not earlier:
        return False
    between = Span(earlier[-1].span.end, figure.span.start).of(text)
    first = Span(sentence.start, earlier[0].span.start).of(text)
    return _GRAVE.search(between) is not None and not _GRAVE.search(first) and _PENALTY.search(first) is not None


def _is_condition(asked: str, figure: Figure, text: str) -> bool:
    """违法所得不足20万元的, is when a fine is due, not the fine."""
    if not _ASKS_PENALTY.search(asked) or _ASKS_THRESHOLD.search(asked) or figure.kind != "money":
        return False
    end = _CLAUSE_END.search(text, figure.span.end)
    after = text[figure.span.end : end.start() if end else len(text)]
    return _IF.search(after) is not None and not _PENALTY.search(figure.before.of(text) + after)


def _is_one_of(asked: str, before: str) -> bool:
    """The 1辆 of 每7辆就有1辆, which is no amount of its own."""
    return _ONE_OF.search(before) is not None and not _ASKS_ONE_OF.search(asked)


def _is_no_person(question: Question, figure: Figure, subject: str) -> bool:
    """455个小区 for who asks for staff."""
    counts = figure.kind == "count" and figure.unit != "" and counts_persons(question)
    return counts and figure.unit not in PERSON_UNITS and not squash(subject).endswith(PERSON_ENDINGS)


def _is_named_alike(question: Question, subject: str) -> bool:
    """停车场 counted where 停车位 is asked for."""
    counted = squash(subject)
    names = [
        word
        for at in question.heads
        for word, trust in question.concepts[at].words
        if trust >= _TRUSTED and len(word) >= _SHORTEST_NAME and word[-1] not in _LIGHT_ENDS
    ]
    return bool(names) and all(_is_alike(name, counted) for name in names)


def _is_alike(name: str, counted: str) -> bool:
    stem, end = name[:-1], name[-1]
    others = {counted[m.end()] for m in re.finditer(re.escape(stem), counted) if m.end() == len(counted) - 1}
    return bool(others) and end not in others and not (end in _PERSONS and others & _PERSONS)
