from __future__ import annotations

import pytest

from archive.types import Span
from index.glossary import Glossary
from index.questions import understand
from index.verdicts import verdict


@pytest.fixture(scope="module")
def glossary(models: object) -> Glossary:
    return Glossary(models, lambda word: True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("当事人可以委托代理人吗", "当事人可以委托代理人参加听证。", "yes"),
        ("公共场所可以吸烟吗", "公共场所室内区域不得吸烟。", "no"),
        ("是否禁止在公共场所吸烟", "公共场所室内区域不得吸烟。", "yes"),
        ("普法内容够丰富了吗", "虽然建立了网站，但普法内容不够丰富，影响力需要提升。", "no"),
        ("有没有在全国推广警务协同系统", "警务协同系统作为亮点经验在全国推广。", "yes"),
        ("未成年人可以饮酒吗", "未成年人可以在场。", ""),
        ("量子计算机能用吗", "普法内容不够丰富。", ""),
        ("饮酒后可以驾驶机动车吗", "再次饮酒后驾驶机动车的，处十日以下拘留。", ""),
        ("伪造身份证可以吗", "伪造身份证的，依法追究刑事责任。", ""),
        ("公职人员可以兼职领取报酬吗", "公职人员经批准兼职的，不得领取报酬。", "no"),
        ("怀孕女职工可以加班吗", "用人单位可以安排劳动者加班，但是怀孕女职工除外。", ""),
        ("行政机关应当受理申请吗", "行政机关不得拒绝受理申请。", ""),
        ("听证费用由当事人承担吗", "当事人不承担听证费用。", "no"),
        ("是否取消农业税", "全面取消农业税。", "yes"),
        ("4000元罚款可以当场作出吗", "3000元以下罚款可以当场作出。", ""),
        ("1000元罚款可以当场作出吗", "3000元以下罚款可以当场作出。", ""),
        ("森林覆盖率达到50%了吗", "全市森林覆盖率为60.2%。", ""),
        ("公示期间有没有人提出异议", "公示期间无人提出异议。", "no"),
        ("推送无人机械技术吗", "推送无人(遥控)机械技术。", "yes"),
        ("升到80米要装放气装置吗", "升放高度超过地面50米的，必须加装放气装置。", ""),
        ("城中村改造超过三万户了吗", "实施城中村改造3.6万户。", ""),
        ("2024年出口增长了吗", "2024年出口增速回落2个百分点。", ""),
        ("市域铁路成眉线已经通车了吗", "加快建设市域铁路成眉线，早日通车。", ""),
        ("申请企业必须取得认证吗", "鼓励申请企业取得认证。", ""),
        ("所有企业都取得认证了吗", "申请企业取得认证。", ""),
        ("可以只向法院申请吗", "可以向法院申请。", ""),
        ("村民谈了土地流转吗", "疫情期间不能出门，村民谈了土地流转的事。", ""),
        ("应急监测得到支持了吗", "支持应急监测，避免疾病传播。", "yes"),
        ("违法行为在二年内未被发现还会给予处罚吗", "违法行为在二年内未被发现的，不再给予处罚。", ""),
        ("May a party entrust an agent?", "当事人可以委托代理人。", "yes"),
        ("可以只向法院申请吗", "可以向法院申请，也可以向仲裁机构申请。", ""),
        ("缓缴期间要交滞纳金吗", "缓缴期间免收滞纳金。", "no"),
        ("缓缴期间免收滞纳金吗", "缓缴期间免收滞纳金。", "yes"),
        ("少数民族占三成的村能申请民族村吗", "少数民族占百分之五十以上的村，可以申请设立民族村。", ""),
        ("住院费用比全国贵吗", "住院费用低于全国平均值。", ""),
        ("高铁通车没有", "高铁尚未通车。", "no"),
        ("高铁通车没有", "高铁已通车。", "yes"),
        ("18周岁可以进入网吧吗", "网吧不得接纳未满18周岁的人进入。", ""),
        ("住房90平方米以上可以享受优惠吗", "住房90平方米以下可以享受优惠。", ""),
        ("罚款是200元吗", "罚款为200元以下。", ""),
        ("出口同比增长了吗", "出口同比下降5%。", ""),
        ("公司要不要设监事", "公司应当设监事，规模较小的公司不设监事。", ""),
        ("同位素能不能跟易燃品放在一起", "同位素应当单独存放，不得与易燃品一起存放。", "no"),
        ("Is information on illegal use of fireworks recorded?", "违法燃放烟花爆竹的信息予以记录。", "yes"),
        ("年满16周岁可以招用吗", "不得招用未满16周岁的人。", ""),
        ("夜间可以施工吗", "经批准可以夜间施工。", ""),
        ("GDP达到5万亿元了吗", "GDP力争达到5万亿元。", ""),
        ("Isn't smoking allowed in public places?", "公共场所不得吸烟。", "no"),
        ("可以代领吗", "可以代领，但不得冒领。", ""),
    ],
)
def test_yes_and_no(glossary: Glossary, question: str, sentence: str, expected: str) -> None:
    asked = understand(question, glossary, lambda words: 1.0)
    assert asked.asked == "yesno"
    assert verdict(asked, sentence, Span(0, len(sentence))) == expected


def test_what_title_and_headings_say_need_not_be_said_again(glossary: Glossary) -> None:
    sentence = "公共机构不得收费。"
    asked = understand("人力资源市场管理暂行条例允许公共服务机构收费吗", glossary, lambda words: 1.0)
    whole = Span(0, len(sentence))
    assert verdict(asked, sentence, whole) == ""
    assert verdict(asked, sentence, whole, "人力资源市场管理暂行条例\n第三章") == "no"
