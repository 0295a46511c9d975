"""What a question demands of a figure: its measure word, growth or level, aim or result, all or new ones only."""

from __future__ import annotations

import re

from archive.figures import Figure
from archive.structure import leads_to_article
from archive.types import Section
from index.questions import Question

_SIMILAR_UNITS = tuple(
    frozenset(group.split())
    for group in (
        "人 名 位 人次 户",
        "次 件次 期 场 场次 批次 回 届 轮 班次 频次 人次 趟",
        "件 起 宗 例 桩 件次",
        "家 个 所 处 户 座 栋",
        "个 项 条 款 种 类 件 大 套",
        "日 天 个工作日 工作日",
        "年 周岁 岁",
    )
)
_OTHER_KIND = 0.4
_TRUSTED = 0.5
PERSON_UNITS = frozenset("人 名 位 人次 户 %".split())
PERSON_ENDINGS = ("人", "员", "警", "警察", "师", "官", "者", "干部", "学生", "老师", "专家", "群众", "游客", "职工")
_LAYS_DOWN = re.compile("应当|可以|必须|不得")
_NORMATIVE_HEDGES = frozenset(
    ("以上", "以下", "以内", "不少于", "不低于", "不得少于", "至少", "最多", "至多", "不得超过", "不超过")
)
ASKS_NORM = re.compile(
    r"应当|应该|必须|可以|能够|(?<![智功性节产职效动技潜核])能(?![源力量耗效级])|要求|至少|最少|最多|不得|以上|以下|不超过|要有|需要|规定|[法条]"
    r"|\b(?:must|may|can|needs?|required?|requires|requirement|minimum|maximum|least|most|should|shall|allowed|limit"
    r"|law)\b"
)
ASKS_YEAR = re.compile(r"哪一?年|何年|几几年|\b(?:what|which) year\b")
# after 几 stands what is measured by, known or not (扣几分, 几级)
_FEW = re.compile(
    r"(?<![第好这那近之])几[十百千万亿]*(?!乎|何|时|分之|[十百千万亿成]|[?？。，,\s]|$)(?P<unit>[\u4e00-\u9fff])"
)
# what has come about, which no law can say
_ASKS_PAST = re.compile(
    r"(?:一共|共|总共|已|实际)[^，,。?？]{0,10}了(?:多少|几)|去年|上年(?!度)|实际[发支赔]"
    r"|\bhow (?:many|much)\b(?:(?!\b(?:if|when|after|once|unless|where|is|are|can|may|must)\b)[^,?]){0,60}?"
    r"\b(?:was|were|did)\b"
)
# how much something has grown, and not how much there is; what is aimed at, and not what came
ASKS_CHANGE = re.compile(
    r"增长|增速|增幅|涨幅|降幅|新增|净增|新添|增添|增加|添了|多出|提高了|上升|下降|减少|降低|同比|降了|涨了"
    r"|\b(?:grow|grew|grown|growth|increased?|rose|rise|risen|declined?|fell|fall|fallen|decreased?|drop|dropped|change|up by"
    r"|new|newly|added|additional|more)\b"
)
# all there are, and not those that came
ASKS_STOCK = re.compile(
    r"总数|总量|总人数|总户数|总长|一共有|总共有|共有多少|全[省市区县国].{0,12}有多少|\b(?:in total|altogether|total|in all)\b"
)
FLOW = re.compile(
    r"(?:新增|新建|新开工|新改建|改造|建成|更新|加装|新引进|开工|竣工|完成|建设|整治|培育)[^，,。；;]{0,12}$"
)
ASKS_BY_HOW_MUCH = re.compile(
    r"(?:增加|增长|提高|提升|上升|下降|减少|降低|涨|降)了?(?:多少|几|百分之几)(?!所|家|条|座|项|户|名|处|个(?!百分点))|增长率|增速|增幅|涨幅|降幅|\bgrowth rate\b"
    r"|\bhow much (?:did|has|have) .*\b(?:grow|grown|rise|risen|fall|fallen|increase|decrease|decline|drop)"
)
SEXES = {"女": re.compile(r"女|\b(?:women|woman|female)\b"), "男": re.compile(r"男|\b(?:men|man|male)\b")}
_A_CHANGE = re.compile(r"(?:增速|增幅|增长率|涨幅|降幅)(?:为|达|达到|约)?$")
ASKS_AIM = re.compile(
    r"目标|预期|计划|力争|打算|准备|将要|想(?:要|把|让|达到|提[到高升]|建|增)|要(?:达到|完成|建成|建设|新建|新增|改造|培育|实现|办)|\b(?:targets?|goals?|aims?|aiming|plans?|planned|expect(?:ed|s)?|forecast|intends?|will)\b"
)
ASKS_TARGET = re.compile(r"目标|预期|\b(?:targets?|goals?|aims?|aiming)\b")
MAY_BE_TARGET = re.compile(
    r"目标|预期|力争|计划|争取|确保|今年|任务|要|将|新一年|安排|部署|打算|达到|突破|左右|以上|以内"
)
AN_AIM = re.compile(r"目标|预期|力争|计划|争取|确保")


def asks(pattern: re.Pattern[str], question: Question) -> bool:
    return pattern.search(question.text.lower()) is not None


def unit_fit(question: Question, figure: Figure) -> float:
    """1 for the measure word asked for, or none asked for; 0.5 for a like one, 0.4 for another kind that may be meant, 0
    for another."""
    if figure.kind not in question.kinds:
        if not figure.unit and figure.kind == "count" and "money" in question.kinds:  # 补贴4.5万
            return _OTHER_KIND
        return _OTHER_KIND * (figure.kind in question.other_kinds)
    bare = question.unit.removeprefix("个")  # 个小时 is 小时
    is_same = question.unit == figure.unit or bare == figure.unit.removeprefix("个") != ""
    if question.unit in ("", "钱", "块钱") or is_same:
        return 0.5 if not question.unit and counts_persons(question) and figure.unit not in PERSON_UNITS else 1.0
    if not figure.unit:  # 389.75万 of whatever is counted
        return 0.5
    if question.unit == "个":
        return 0.8 if any("个" in group and figure.unit in group for group in _SIMILAR_UNITS) else 0.4
    return 0.5 * any(question.unit in group and figure.unit in group for group in _SIMILAR_UNITS)


def counts_persons(question: Question) -> bool:
    """Whether it is persons that are to be counted, by the words that name them."""
    heads = [[word for word, trust in question.concepts[at].words if trust >= _TRUSTED] for at in question.heads]
    return any(words and all(word.endswith(PERSON_ENDINGS) for word in words[:3]) for words in heads)


def is_change(figure: Figure, before: str) -> bool:
    return figure.change != "" or figure.unit.endswith("百分点") or _A_CHANGE.search(before) is not None


def is_measured(question: Question, figure: Figure, text: str) -> bool:
    """Whether a figure is told in the measure word after 几, where that is none that is read as one (扣几分)."""
    few = _FEW.search(question.text) if not question.unit else None
    return not few or (figure.unit + figure.after.of(text)).startswith("元" if few["unit"] == "块" else few["unit"])


def can_tell(question: Question, section: Section) -> bool:
    """Whether the words of a section may say what has come about, where that is asked: an article of a law may not."""
    is_past = asks(_ASKS_PAST, question) and not asks(ASKS_NORM, question)
    return not (is_past and leads_to_article(section.path))


def is_normative(question: Question, section: Section, figure: Figure, before: str) -> bool:
    """What a rule demands is no answer to who asks what is."""
    lays_down = leads_to_article(section.path) and _LAYS_DOWN.search(before) is not None
    demanded = figure.kind == "count" and (lays_down or figure.hedge in _NORMATIVE_HEDGES)
    return demanded and not asks(ASKS_NORM, question)
