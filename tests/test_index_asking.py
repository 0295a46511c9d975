from __future__ import annotations

import pytest

from archive.text import fold
from index.asking import en_asked, zh_asked


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("全局有多少公职律师", "figure"),
        ("参加民警数", "figure"),
        ("队伍监督检查 批次", "figure"),
        ("应诉率", "figure"),
        ("北京和天津哪个更多", "figure"),
        ("2022年和2023年相差多少", "figure"),
        ("粮食产量 2024年", "figure"),
        ("城镇新增就业 2025年目标", "figure"),
        ("2025年发展目标", "passage"),
        ("12345热线的办结率多高", "figure"),
        ("开网吧离学校多近不行", "figure"),
        ("殡仪馆 距离", "figure"),
        ("许多重点项目由谁负责", "span"),
        ("更多远程医疗服务可以报销吗", "yesno"),
        ("距离地铁站近的小区", "passage"),
        ("好几个部门都参加了吗", "yesno"),
        ("要在多长时间内决定是否逮捕", "figure"),
        ("这份报告是什么时候发布的", "date"),
        ("可以委托代理人吗", "yesno"),
        ("警务协同系统的经验有没有在全国推广", "yesno"),
        ("行政处罚的种类有哪些", "list"),
        ("为哪几条在建地铁线提供保障", "list"),
        ("设在哪5个开发区", "list"),
        ("“两盯一看”具体指哪三项", "list"),
        ("什么是行政处罚", "definition"),
        ("电动自行车是指什么", "definition"),
        ("谁负责调查", "span"),
        ("咨询电话是多少", "span"),
        ("咨询热线多少呢", "span"),
        ("热线人员上岗前培训多少学时", "figure"),
        ("12345热线接了多少件诉求", "figure"),
        ("第几条规定了听证", "span"),
        ("找的是哪家研究机构", "span"),
        ("如何申请延期", "passage"),
        ("采取了什么措施", "passage"),
        ("此次债券的目的是什么", "passage"),
        ("《关于处罚情况的报告》由谁起草", "span"),
        ("《有哪些支持政策》一文的作者是谁", "span"),
    ],
)
def test_chinese(question: str, expected: str) -> None:
    assert zh_asked(fold(question)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many lawyers are on staff?", "figure"),
        ("What share of disputes was mediated?", "figure"),
        ("Hubei's grain output in 2024", "figure"),
        ("Urban job creation target for 2025", "figure"),
        ("What was Yunnan's record grain output in 2024?", "figure"),
        ("How soon must a court rule?", "figure"),
        ("What was the per-capita disposable income in 2024?", "figure"),
        ("What R&D intensity is Hainan aiming for?", "figure"),
        ("What was the PM2.5 level?", "figure"),
        ("Within what time must a court decide?", "figure"),
        ("Within what distance of a school may no bar open?", "figure"),
        ("How close to the mast is blasting banned?", "figure"),
        ("A building is illegal once it rises above what elevation angle?", "figure"),
        ("How often must the plan be reviewed?", "figure"),
        ("When an official is punished twice, what is the cap on the period?", "figure"),
        ("If the owner refuses, who decides?", "span"),
        ("When did the law take effect?", "date"),
        ("When did the plan start, what was the budget?", "date"),
        ("For how many years, at most, is the licence valid?", "figure"),
        ("At what temperature must waste be burned?", "figure"),
        ("How do fees at these schools compare to those at others?", "passage"),
        ("How do growth rates in Hubei and Hunan compare?", "figure"),
        ("How does the 2024 grain harvest compare to 2023?", "figure"),
        ("Compare the number of lawyers in Nankai and Heping", "figure"),
        ("Who proved that there is an infinite amount of primes?", "span"),
        ("In which city, according to the report, is the new airport?", "span"),
        ("What public figure signed it?", "span"),
        ("At what time does it open?", "date"),
        ("The purpose of the programme", "passage"),
        ("Which district has more lawyers, Nankai or Heping?", "figure"),
        ("When was this report published?", "date"),
        ("Date of the second revision of the regulation", "date"),
        ("Is smoking allowed in schools?", "yesno"),
        ("What were the three parts of the plan?", "list"),
        ("Which metro lines received support?", "list"),
        ("What is an administrative penalty?", "definition"),
        ("Who may apply?", "span"),
        ("What is the name of the director?", "span"),
        ("How are penalties decided?", "passage"),
        ("What measures were taken?", "list"),
    ],
)
def test_english(question: str, expected: str) -> None:
    assert en_asked(fold(question)) == expected


@pytest.mark.parametrize(
    "question", ["未备案拒不改正 罚款", "转交时限", "提前公告天数", "GDP增长目标", "停车位数量", "违者怎么罚"]
)
def test_a_few_words_may_ask_for_a_figure(question: str) -> None:
    assert zh_asked(fold(question)) == "figure"


@pytest.mark.parametrize(
    "question", ["GDP growth target 2025", "What is the fine for smoking?", "Fine for online sales"]
)
def test_a_few_english_words_may(question: str) -> None:
    assert en_asked(fold(question)) == "figure"
