"""Which words are given as the answer: of one item, less questions, headings and the bodies in brackets."""

from __future__ import annotations

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from archive.structure import sections
from archive.types import Document, Span
from index.trimming import (
    announced,
    asks_who_does,
    first_sentence,
    parts,
    says_nothing,
    with_what_it_adds_to,
    without_duties,
)


def whole(text: str) -> Span:
    return Span(0, len(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("注意用电安全。 五、温馨服务过节。开通热线。", ["注意用电安全。", "温馨服务过节。开通热线。"]),
        ("降低平台费用。 6.对展会给予补助。", ["降低平台费用。", "对展会给予补助。"]),
        ("加强排查。（二）实施隔离。", ["加强排查。", "实施隔离。"]),
        ("采取以下措施：一、开展排查。二、实施隔离。", None),
        ("采取措施。一、开展排查。二、实施隔离。", None),
        ("一、开展排查。二、实施隔离。", None),
        ("增长了。2.5亿元用于补助。", None),
        ("提醒纳税人。四、如何申请延期？答：登录后填表。", ["提醒纳税人。", "登录后填表。"]),
        ("可以提供证明。问：老公有证。妻子能进吗？答：可以。", ["可以提供证明。", "可以。"]),
        ("如何申请延期？", None),
        ("由局批准。二、三级文物的复制由省批准。", None),  # no item
        ("同时具备上述（一）（二）（三）条件的，补助10万元。", None),
        ("罚金；（二）剥夺权利；（三）没收财产。", None),  # one list
        ("补助50万元。（二）上年已享受的除外。", None),
        ("请登录网站办理。网址为http://www.x.gov.cn/a?id=123。", None),
        ("法律顾问：张三。每月补助500元。", None),
    ],
)
def test_a_stretch_is_cut_where_another_item_or_a_question_is(text: str, expected: list[str] | None) -> None:
    assert [part.of(text) for part, _ in parts(text, whole(text))] == (expected or [text])


def test_a_part_is_led_by_its_question() -> None:
    text = "提醒纳税人。如何申请延期？答：登录后填表。"
    assert [led.of(text) for _, led in parts(text, whole(text))] == ["提醒纳税人。", "如何申请延期？答：登录后填表。"]


@over(st.text("甲乙。？ 一二三、（）1.答：问\n”", min_size=1, max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_parts_lie_inside_in_order_and_say_something(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    found = [part for part, _ in parts(text, Span(start, end))]
    assert found
    edges = [at for part in found for at in (part.start, part.end)]
    assert [start, *edges, end] == sorted([start, *edges, end])
    assert len(found) == 1 or all(part.of(text).strip() for part in found)
    kept = without_duties(text, Span(start, end))
    assert start <= kept.start <= kept.end <= end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("支持企业进入绿色通道。（责任单位：中关村管委会）", "支持企业进入绿色通道。"),
        ("最高不超过100个基点。（省金融监管局、人行中心支行牵头", "最高不超过100个基点。"),
        ("实行农业用电价格。（省发展改革委、省财政厅）", "实行农业用电价格。"),
        ("市财政局、市商务局） 加大扶持力度。", "加大扶持力度。"),
        ("市商务局、市人社局、南通海关）", "市商务局、市人社局、南通海关）"),
        ("（市商务局负责）", "（市商务局负责）"),
        ("符合条件的企业（含个体工商户）", "符合条件的企业（含个体工商户）"),
        ("免征增值税（不包括典当行、旅行社）。", "免征增值税（不包括典当行、旅行社）。"),
        ("免征增值税。（不包括典当行、旅行社）", "免征增值税。（不包括典当行、旅行社）"),
        ("补贴50%（责任保险除外）", "补贴50%（责任保险除外）"),
        ("最高500万元。（须经市政府批准并报省财政厅）", "最高500万元。（须经市政府批准并报省财政厅）"),
        ("三个月（已明确期限的，按已规定的期限执行）", "三个月（已明确期限的，按已规定的期限执行）"),
        ("地方银行。(包括北京银行、中关村银行)", "地方银行。(包括北京银行、中关村银行)"),
        ("免征（含进口环节）增值税", "免征（含进口环节）增值税"),
        ("（一）本市户籍人员", "（一）本市户籍人员"),
    ],
)
def test_who_is_to_see_to_it_is_no_part_of_what_is_to_be_done(text: str, expected: str) -> None:
    assert without_duties(text, whole(text)).of(text) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("由哪个部门负责？", True),
        ("应向哪个法院起诉？", True),
        ("Which departments lead this?", True),
        ("给予什么补助？", False),
        ("What subsidy is given?", False),
    ],
)
def test_who_asks_for_the_body_is_told(question: str, expected: bool) -> None:
    assert asks_who_does(question) == expected


def document(text: str) -> Document:
    return Document("d", "r", "通知", text, sections(text))


@pytest.mark.parametrize(
    ("before", "sentence", "after", "expected"),
    [
        ("做好工作。", "4.安全检查。", "依法检查物品。更换口罩。5.身份查询。登记。", "依法检查物品。更换口罩。"),
        ("服务电话。", "如何申请延期？", "答：登录后填表。\n", "登录后填表。"),
        ("服务电话。", "如何申请延期？", "", None),
        ("服务电话。", "登录后填表。", "等待结果。", None),
        ("错峰保出行。", "铁路部门采取了多种措施。", "延长免费退票时限。", "延长免费退票时限。"),
        ("错峰保出行。", "铁路部门采取了消毒措施。", "延长免费退票时限。", None),
        ("提供：", "1.身份证。", "\n2.户口簿。", None),
        ("如下。", "四、设立温馨服务点。", "（责任单位：市商务局）", None),
        ("优惠如下：", "1.免征增值税。", "2.减半征收房产税。", None),
        ("如下。", "如何补助？", f"答：对{'企业、' * 66}给予12500元补助。", f"对{'企业、' * 66}给予12500元补助。"),
        ("如下。", "如何补助？", f"答：给予补助。对{'企业、' * 66}给予12500元补助。", "给予补助。"),
        ("如下。", "网址http://www.x.gov.cn/a?", "id=123。", None),
    ],
)
def test_what_a_heading_or_question_announces_stands_for_it(
    before: str, sentence: str, after: str, expected: str | None
) -> None:
    text = f"通知\n{before}{sentence}{after}"
    made = document(text)
    span = Span(text.index(sentence), text.index(sentence) + len(sentence))
    section = next(s for s in made.sections if s.span.start <= span.start < s.span.end)
    found = announced(made, section, span, len(text))
    assert (found and found.of(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("詹姆斯少将。这些人都没有经验。", "詹姆斯少将"),
        ("詹姆斯少将", "詹姆斯少将"),
        ("詹姆斯少将。", "詹姆斯少将。"),
        ("甲社、乙社)。随着", "甲社、乙社)"),
    ],
)
def test_a_name_ends_with_its_sentence(text: str, expected: str) -> None:
    assert first_sentence(text, whole(text)).of(text) == expected


@pytest.mark.parametrize(
    ("question", "asked", "words", "expected"),
    [
        ("辐射事故分为哪四个等级？", "list", "四个等级", True),
        ("Into which four levels are accidents classified?", "list", "四个等级", True),
        ("辐射事故分为哪四个等级？", "list", "特别重大、重大、较大和一般", False),
        ("哪些医院可以开展器官移植", "list", "三级医院", False),
        ("Which hospitals may perform transplants?", "list", "三级医院", False),
        ("大熊猫属于哪一级保护动物", "span", "一级保护动物", False),
        (
            "复工要哪些条件",
            "list",
            "北京市住房和城乡建设委员会 2020年2月23日 施工现场应急预案 为贯彻部署，制订本预案。",
            True,
        ),
        ("复工要哪些条件", "list", "2020年2月23日 施工现场应急预案 为贯彻部署，制订本预案。", True),
        ("复工要哪些条件", "list", "2020年2月23日以后经核查同意", False),
        ("复工要哪些条件", "list", "北京市住房和城乡建设委员会核查同意后可以复工", False),
    ],
)
def test_words_that_say_nothing(question: str, asked: str, words: str, expected: bool) -> None:
    assert says_nothing(question, asked, words) == expected


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("自本月起，所有车辆免收通行费，包括摩托车。", "摩托车。", "所有车辆免收通行费，包括摩托车。"),
        ("所有车辆免费，其中包括摩托车。", "摩托车。", "所有车辆免费，其中包括摩托车。"),
        ("所有车辆免收通行费，摩托车除外。", "摩托车除外。", "摩托车除外。"),
        ("包括摩托车。", "摩托车。", "摩托车。"),
    ],
)
def test_what_only_adds_is_given_with_what_it_adds_to(text: str, found: str, expected: str) -> None:
    start = text.index(found)
    assert with_what_it_adds_to(text, Span(start, start + len(found)), whole(text)).of(text) == expected
