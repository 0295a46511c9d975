"""Yes or no, by the sentence that says it, and nothing where that is not plain.

A verdict needs one simple sentence that covers the question: nothing is excepted in it, it threatens no penalty the
question does not speak of, it prints every number of the question, and it denies once or not at all. Who asks whether
something is allowed gets yes only from a sentence that allows, and no only from one that forbids.
"""

from __future__ import annotations

import re

from archive.text import fold
from archive.types import Span
from index.evidence import context, coverage
from index.questions import Question
from index.types import Verdict

_DENIES = re.compile(
    r"不(?!断|仅|但|动产|可抗|服|少于|超过|折不扣|见面|论|管|久|满|同|良|法|利|锈|安|正当|到位的)|未(?!来|成年|必)|没(?!收)|无(?!人机|障碍|偿|论|线)"
    r"|禁止|严禁|缺乏|缺少|免(?!疫|费|税)"
)
_ENGLISH_DENIES = re.compile(
    r"\b(?:not|never|no longer|without|forbidden|prohibited|banned|abolished|suspended)\b|n't\b"
)
_FORBIDS = re.compile(r"不得|不准|不许|不予|不可以|不能|不应|禁止|严禁")
_ALLOWS = re.compile(r"可以|有权|允许|准予|可[向在由自以]")
_ASKS_LEAVE = re.compile(
    r"可以|可否|可不可以|能否|能不能|能[^够]{1,20}吗|允许|准许|\b(?:may|can|could|allowed|permitted|entitled)\b"
)
_EXCEPTS = re.compile(
    r"除[^，,。]*外|除外|但是|只能|仅限|只有|不得(?:拒绝|低于|少于|超过)|非经|未[^，,。]{1,20}，?不得|或者[^，,。]*不"
)
_PUNISHES = re.compile(r"处[^，,。]*(?:罚款|拘留|徒刑)|罚款|拘留|追究|责令|没收|吊销|处罚|刑事责任")
_ASKS_PENALTY = re.compile(r"罚|拘留|追究|责任|后果|\b(?:fined?|punish|penalt|liab)")
_ASKING = re.compile(r"有没有|了没有?(?=[?？。]?$)|是不是|能不能|可不可以|会不会|要不要|是否|能否|可否|有无|不会吧")
_NUMERAL = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d{2}(?!\d)")
# a deed of its own, and a denial of what follows: 取消收费
_ENDS = ("取消", "停止", "暂停", "拒绝")
_LEAST = 0.6


def verdict(question: Question, text: str, sentence: Span) -> Verdict:
    """Whether a sentence says yes or no to a question; empty where it is not plain."""
    said, asked = sentence.of(text), _ASKING.sub("", fold(question.text))
    if coverage(question.concepts, [context(said, 1.0)]) < _LEAST or not _is_plain(said, asked):
        return ""
    denied = len(_DENIES.findall(said))
    asked_denied = len((_DENIES if question.language == "zh" else _ENGLISH_DENIES).findall(asked))
    if asked_denied:
        return "yes" if denied == asked_denied == 1 else ""
    if _ASKS_LEAVE.search(asked):
        return _leave(said, denied)
    return "yes" if not denied else "no" if denied == 1 else ""


def _is_plain(said: str, asked: str) -> bool:
    punishes = _PUNISHES.search(said) and not _ASKS_PENALTY.search(asked)
    numerals = set(_NUMERAL.findall(_YEAR.sub("", asked))) <= set(_NUMERAL.findall(fold(said)))
    ends = {word for word in _ENDS if word in said and word not in asked}
    return not (_EXCEPTS.search(said) or punishes or ends) and numerals


def _leave(said: str, denied: int) -> Verdict:
    forbids, allows = _FORBIDS.search(said), _ALLOWS.search(said.replace("不可以", ""))
    if forbids:
        return "" if allows else "no"
    return "yes" if allows and not denied else ""
