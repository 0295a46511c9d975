"""Yes or no, by the sentence that says it, and nothing where that is not plain.

A verdict needs one simple sentence that covers the question, as far as title and headings do not say it: nothing is
excepted in it, it threatens no penalty the question does not speak of, it prints every amount of the question, and it
denies once or not at all. Who asks whether something is allowed gets yes only from a sentence that allows, and no only
from one that forbids; who asks whether something must be, is so for all, or has come about already gets no yes from a
sentence that does not say that much.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from archive.figures import figures
from archive.text import clauses, fold
from archive.types import Span
from index.evidence import context, coverage, matched
from index.questions import Question
from index.types import Concept, Verdict

_DENIES = re.compile(
    r"不(?!断|仅|但|动产|可抗|服|少于|超过|折不扣|见面|论|管|久|满|同|良|法|利|锈|安|正当|到位的)|未(?!来|成年|必)|没(?!收)|无(?!人[机驾船车艇值售(（]|障碍|偿|论|线)"
    r"|禁止|严禁|缺乏|缺少|(?<!避)免(?!疫|费|税)"
)
_ENGLISH_DENIES = re.compile(
    r"\b(?:not?|never|no longer|without|forbidden|prohibited|banned|abolished|suspended)\b|(?<=[a-z])n['’]t\b"
    r"|\b(?:is|are|be|was) (?:it )?(?:illegal|unlawful|against the law)\b"
)
_FORBIDS = re.compile(r"不得|不准|不许|不予(?!处罚)|不可以|不能|不应|禁止|严禁")
_FREES = re.compile("无需|无须|不需要?|不必|不用|免(?!疫|职|责)|不收|豁免")
_ASKS_DUTY = re.compile(
    r"要(?!求|素|点|件|是)|须|得(?!到|了|分|以|益|知)|需|应|\b(?:must|have to|has to|need|required?|pa(?:y|id|yable))\b"
)
_ALLOWS = re.compile(r"可以|有权|允许|准予|可[向在由自以]")
_ASKS_LEAVE = re.compile(
    r"可以|可否|可不可以|能否|能不能|(?<![智功性节产职效动技潜核才])能(?![源力量耗效级够])|行不行|允许|准许|许可|\b(?:may|can|could|allowed|permitted|entitled)\b"
)
_EXCEPTS = re.compile(
    r"除[^，,。]*外|除外|但是|只能|仅限|只有|不得(?:拒绝|低于|少于|超过)|非经|经[^，,。]{0,8}(?:批准|同意|许可)[^，,。的]{0,14}可|原则上|一般不|未[^，,。]{1,20}，?不得|或者[^，,。]*不"
)
_PUNISHES = re.compile(r"处[^，,。]*(?:罚款|拘留|徒刑)|罚款|拘留|追究|责令|没收|吊销|处罚|刑事责任")
_ASKS_PENALTY = re.compile(r"罚|拘留|追究|责任|后果|\b(?:fined?|punish|penalt|liab)")
_ASKING = re.compile(
    r"有没有|了?没有?(?=[?？。]?$)|(?<=[对好行法以许])不(?=[?？。]?$)|是不是|能不能|可不可以|会不会|要不要|是否|能否|可否|有无|不会吧"
)
# what is asked for in full, and what says so: must it, does everything, has it come about
_IN_FULL = (
    (
        re.compile(r"必须|一定要|得(?:要|先)|\b(?:must|have to|has to|obliged|required)\b"),
        re.compile("应当|必须|应该|不得|须"),
    ),
    (
        re.compile(r"全都|全部|所有|一律|每[个家位户]|都[得要是能]|\b(?:all|every|everyone|always|any)\b"),
        re.compile("全[部体市省区县国]|所有|一律|每|均|都|任何|全覆盖|100%|各"),
    ),
    (re.compile(r"只(?!要|是|不过|读)|仅(?!仅)|\bonly\b"), re.compile("只|仅|限于")),
    (
        re.compile(
            r"已经?|早就|完工|(?:达到|实现|突破|超过)[^?？]{0,14}了|(?:建成|通车|启用|投用|完成|开通)了|\b(?:already|yet|finished|completed)\b"
        ),
        re.compile(r"已|建成|完成|投入|开通|通车|实现|了|(?<!计划)(?<!力争)达到?"),
    ),
)
_PLANS = re.compile("力争|争创|争取|计划|规划建设|加快(?:建设|推进|推动)|推进|推动|将|拟|筹建|启动|开工建设")
_ASKS_DONE = _IN_FULL[-1][0]
# what the rules below look at by themselves, and coverage need not
_MODAL = re.compile(
    "禁止|严禁|可以|允许|准许|准予|必须|一定|应当|应该|需要|规定|要求|是否|forbidden|forbid|prohibit|ban|bann|allow|permit|must|requir"
)
_LEAST_DENIED = 0.25
_CLAUSE = re.compile("[，,；;。]")
_CONDITION = re.compile("的[，,]?$")
_NUMERAL = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d{2}(?!\d)")
# a deed of its own, and a denial of what follows: 取消收费
_ENDS = ("取消", "停止", "暂停", "拒绝")
# a growth is no fall
_UP, _DOWN = re.compile("增长|增加|上升|提高|上涨|升高"), re.compile("下降|减少|下滑|降低|下跌|回落")
# not isn't it
_OPENS = re.compile(r"^\W*[a-z]+n['’]t\b")
_ALSO = re.compile("应当|可以|有权|必须")
# better or cheaper than, still: a sentence about the same thing may say the contrary in words of its own
_COMPARES = re.compile("更|贵|低于|高于|超过|多于|少于|还是|仍|\\b(?:cheaper|expensive|more|less|than|still)\\b")
_LEAST, _LEAST_OF_RULE, _LEAST_OF_CLAUSE = 0.6, 0.4, 0.3
_KNOWN = 0.6


def verdict(question: Question, text: str, sentence: Span, above: str = "") -> Verdict:
    """Whether a sentence says yes or no to a question; empty where it is not plain. What stands `above` it (title and
    headings) need not be said again."""
    said, asked = sentence.of(text), _ASKING.sub("", fold(question.text))
    known = [context(above, 1.0)]
    asked_of = [c for c in question.concepts if not _MODAL.fullmatch(c.surface)]
    left = [c for c in asked_of if matched(c, known) < _KNOWN]
    concepts = max((asked_of, left), key=lambda some: coverage(some, [context(said, 1.0)]))
    if not _is_plain(question, said, asked) or not _is_in_full(asked, said):
        return ""
    denied = len(_DENIES.findall(said))
    denials = _DENIES if question.language == "zh" else _ENGLISH_DENIES
    asked_denied = len(denials.findall(_OPENS.sub("", asked)))
    covered = coverage(concepts, [context(said, 1.0)])
    own = _nearest(concepts, said)
    if asked_denied:
        return "yes" if covered >= _LEAST and denied == asked_denied == 1 else ""
    if _ASKS_LEAVE.search(fold(question.text)):
        return _leave(asked, said, own, denied, covered)
    if _ASKS_DUTY.search(asked) and _FREES.search(own) and "免" not in asked and covered >= _LEAST_OF_RULE:
        return "no" if len(_DENIES.findall(own)) == 1 else ""
    if covered < _LEAST or _COMPARES.search(asked):
        return ""
    if not denied:
        return "yes"
    return "no" if denied == 1 and _is_denied(question, said) else ""


def _nearest(concepts: Sequence[Concept], said: str) -> str:
    """The clause that says most of what is asked, if it says enough; of a condition (…的，) with what follows."""
    found = [clause.of(said) for clause in clauses(said, Span(0, len(said)))]
    shares = [coverage(concepts, [context(clause, 1.0)]) for clause in found]
    best = max(range(len(found)), key=shares.__getitem__, default=0)
    if not found or shares[best] < _LEAST_OF_CLAUSE:
        return ""
    return "".join(found[best : best + (2 if _CONDITION.search(found[best]) else 1)])


def _is_denied(question: Question, said: str) -> bool:
    """Whether the clause that denies speaks of what is asked, and no other lays down a rule of its own."""
    clauses_said = _CLAUSE.split(said)
    denying = [clause for clause in clauses_said if _DENIES.search(clause)]
    if any(_ALSO.search(clause) for clause in clauses_said if clause not in denying):
        return False
    return any(coverage(question.concepts, [context(clause, 1.0)]) >= _LEAST_DENIED for clause in denying)


def _is_in_full(asked: str, said: str) -> bool:
    """Whether a sentence says as much as is asked: that it must be, all of them, only these, already."""
    if _ASKS_DONE.search(asked) and _PLANS.search(said):
        return False
    return all(says.search(said) for asks, says in _IN_FULL if asks.search(asked))


def _is_plain(question: Question, said: str, asked: str) -> bool:
    punishes = _PUNISHES.search(said) and not _ASKS_PENALTY.search(asked)
    numerals = set(_NUMERAL.findall(_YEAR.sub("", asked))) <= set(_NUMERAL.findall(fold(said)))
    ends = {word for word in _ENDS if word in said and word not in asked}
    is_contrary = any(one.search(asked) and other.search(said) for one, other in ((_UP, _DOWN), (_DOWN, _UP)))
    is_told = not (_EXCEPTS.search(said) or punishes or ends or is_contrary)
    return is_told and numerals and _prints_all(question.text, said)


def _prints_all(asked: str, said: str) -> bool:
    """Whether a sentence prints every amount of the question, and no limit where it has none or another one."""
    found: dict[tuple[Decimal, Decimal | None], set[str]] = {}
    for figure in figures(said, Span(0, len(said))):
        found.setdefault((figure.value, figure.upper), set()).add(figure.bound)
    wanted = [((f.value, f.upper), f.bound) for f in figures(asked, Span(0, len(asked)))]
    return all(found.get(amount, set()) & {bound, "exact", "about"} for amount, bound in wanted)


def _leave(asked: str, said: str, own: str, denied: int, covered: float) -> Verdict:
    """A rule that forbids or allows is plain where its own clause says what is asked."""
    forbids, allows = _FORBIDS.search(said), _ALLOWS.search(said.replace("不可以", ""))
    if forbids:
        if next(figures(said, Span(0, len(said))), None) and not any(map(str.isdigit, asked)):
            return ""  # forbidden from or up to some amount
        return "no" if not allows and _FORBIDS.search(own) and covered >= _LEAST_OF_RULE else ""
    return "yes" if allows and not denied and covered >= _LEAST else ""
