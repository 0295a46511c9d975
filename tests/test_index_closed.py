from __future__ import annotations

import pytest

from archive.text import fold
from index.closed import en_wants_yes_or_no, zh_wants_yes_or_no


@pytest.mark.parametrize(
    "question",
    [
        "公共场所可以吸烟吗？",
        "代理人不用注册就能参加吧？",
        "缓缴社保要不要交滞纳金？",
        "试运营时间算不算在收费期限里面？",
        "不交担保行不行?",
        "高铁东段通车了没有?",
        "健康码互认谈拢了没有",
        "网点要办营业执照吗?快递暂行条例怎么规定",
        "保安可以检查旅客的行李吗（保安服务管理条例）？",
        "材料齐了能不能缩短办理时间？",
        "哪怕只是个人，也不可以阻拦检查吧？",
    ],
)
def test_chinese_that_wants_yes_or_no(question: str) -> None:
    assert zh_wants_yes_or_no(fold(question))


@pytest.mark.parametrize(
    "question",
    [
        "公职律师有多少？",
        "几个部门参加了没有说明？",
        "什么时候要办许可，什么时候不要？",
        "申请条件有哪些",
        "不同部门的职责",
        "谁能申请？",
        "没有执照怎么处罚？",
    ],
)
def test_chinese_that_wants_something_else(question: str) -> None:
    assert not zh_wants_yes_or_no(fold(question))


@pytest.mark.parametrize(
    "question",
    [
        "Is smoking allowed in schools?",
        "In Zhejiang must a subcontract give way where it clashes with the main contract?",
        "During the epidemic, may markets still sell live chickens?",
        "My husband is missing; can I file for divorce at my own local court?",
        "I hold a residence permit. Does that meet the condition for keeping a dog?",
        "If a firm is late, must it pay interest?",
        "Only companies can import endangered plants, right?",
        "Inciting others isn't a crime, is it?",
        "Must a new block include a solar or similar hot-water system?",
        "Was there any accident or were there any injuries?",
    ],
)
def test_english_that_wants_yes_or_no(question: str) -> None:
    assert en_wants_yes_or_no(fold(question))


@pytest.mark.parametrize(
    "question",
    [
        "Who may apply?",
        "Within how many days must a legal aid application be reviewed?",
        "By what percentage was the minimum wage raised?",
        "In which cases must an exploration right holder apply?",
        "If a firm is late, what must it pay?",
        "Is the licence issued by the city or the province?",
        "How many hospitals are there, right?",
        "number of lawyers",
    ],
)
def test_english_that_wants_something_else(question: str) -> None:
    assert not en_wants_yes_or_no(fold(question))
