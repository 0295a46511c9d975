from __future__ import annotations

import pytest

from archive.text import sentences
from archive.types import Span
from index.contradictions import contradicts, is_of_another_revision
from index.glossary import Glossary
from index.questions import understand
from index.subjects import subjects


@pytest.fixture(scope="module")
def glossary(models: object) -> Glossary:
    return Glossary(models, lambda word: True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "text", "printed", "is_another"),
    [
        ("第一批投资有多少？", "下达第二批投资2亿元。", "2亿元", True),
        ("第二批投资有多少？", "下达第二批投资2亿元。", "2亿元", False),
        ("How large was the first batch of investment?", "下达第二批投资2亿元。", "2亿元", True),
        ("第一批投资有多少？", "第三届大会带动投资2亿元。", "2亿元", False),
        ("保安员最高年龄是多少周岁？", "保安员应当年满18周岁以上。", "满18周岁以上", True),
        ("保安员最低年龄是多少周岁？", "保安员应当年满18周岁以上。", "满18周岁以上", False),
        ("最少提前几日报告？", "应当在30日内报告。", "30日", True),
        ("最晚几日报告？", "应当在30日内报告。", "30日", False),
        ("What is the maximum age?", "应当满18周岁以上。", "满18周岁以上", True),
        ("福建去年出口涨了百分之几？", "主要预期目标是：出口增长3%左右。", "3%左右", True),
        ("福建去年出口涨了百分之几？", "出口增长5.3%，超额完成计划。", "5.3%", False),
        ("去年汽车换了多少辆？", "争取投资超2000亿元，汽车换新达23.6万辆。", "23.6万辆", False),
        ("福建去年出口目标是多少？", "主要预期目标是：出口增长3%左右。", "3%左右", False),
        ("去年拆了多少部老电梯？", "住宅加装电梯6748部。", "6748部", True),
        ("加装电梯多少部？", "住宅加装电梯6748部。", "6748部", False),
        ("How many people sat the exam?", "208人通过考试。", "208人", True),
        ("How many people passed the exam?", "208人通过考试。", "208人", False),
        ("受理了多少件案件？", "共受理案件500件，办结480件。", "480件", True),
        ("受理了多少件案件？", "共受理案件500件，办结480件。", "500件", False),
        ("城镇居民收入增长多少？", "农村居民收入增长6%。", "6%", True),
        ("卖假货罚多少钱？", "处五千元以下罚款；情节严重的，处二万元以上罚款。", "二万元以上", True),
        ("卖假货情节严重罚多少钱？", "处五千元以下罚款；情节严重的，处二万元以上罚款。", "二万元以上", False),
        ("卖假货罚多少钱？", "处五千元以下罚款；情节严重的，处二万元以上罚款。", "五千元以下", False),
        ("卖假货情节不算严重罚多少钱？", "处五千元以下罚款；情节严重的，处二万元以上罚款。", "二万元以上", True),
        (
            "What is the fine, not the one for serious cases?",
            "处五千元以下罚款；情节严重的，处二万元以上罚款。",
            "二万元以上",
            True,
        ),
        ("卖假货罚多少钱？", "违法所得不足二十万元的，处一百万元以下罚款。", "不足二十万元", True),
        ("卖假货罚多少钱？", "违法所得不足二十万元的，处一百万元以下罚款。", "一百万元以下", False),
        ("停车位有多少？", "建成港区大型停车场3处。", "3处", True),
        ("停车场有多少？", "建成港区大型停车场3处。", "3处", False),
        ("有多少驾驶员？", "驾驶人300人。", "300人", False),
        ("有多少工作人员？", "排查小区455个。", "455个", True),
        ("有多少工作人员？", "增派工作人员12个。", "12个", False),
        ("评出省级工厂多少家？", "新增国家级工厂5家。", "5家", True),
        ("评出省级工厂多少家？", "新增国家级、省级工厂5家。", "5家", False),
        ("村道两侧多少米不得建房？", "县道不少于十米。", "不少于十米", True),
        ("How wide is the zone along village roads, in metres?", "县道不少于十米。", "不少于十米", True),
        ("值班律师每天要值班几小时？", "应当在二十四小时内转交。", "二十四小时", True),
        ("hours per day a duty lawyer is on duty", "应当在二十四小时内转交。", "二十四小时", True),
        ("值班每天几小时？", "提供24小时服务。", "24小时", False),
        ("How large was the area sown to grain?", "粮食播种面积稳定，产量557亿斤。", "557亿斤", True),
        ("How large was the area sown to grain?", "粮食播种面积7100万亩。", "7100万亩", False),
        ("浸泡工作服的消毒液浓度是多少？", "用500mg/L消毒液浸泡30分钟。", "30分钟", True),
        ("浓度500mg/L的消毒液浸泡多少分钟？", "用500mg/L消毒液浸泡30分钟。", "30分钟", False),
        ("What concentration of disinfectant is used?", "用500mg/L消毒液浸泡30分钟。", "30分钟", True),
        ("血液酒精浓度为80毫克以上罚多少钱？", "处2000元罚款。", "2000元", False),
        ("氨氮浓度要多久检测一次？", "每3个月检测一次。", "3个月", False),
        ("What is the time limit for reviewing a concentration of undertakings?", "应当在30日内审查。", "30日", False),
        ("What is the concentration of undertakings review limit?", "应当在30日内审查。", "30日", False),
        ("占地面积是500亩的园区年产多少吨？", "年产30吨。", "30吨", False),
        ("人均体育场地面积是多少？", "人均体育场地面积3.0平方米/人。", "3.0平方米/人", False),
        ("How many tonnes were harvested in the area of Guangdong?", "收获30吨。", "30吨", False),
        ("What is the minimum width of a fire lane in a forest area?", "宽3公里。", "3公里", False),
        ("What was the total area of new forest?", "造林30万亩，产材5万吨。", "5万吨", True),
        ("What was the area's grain output?", "产粮30吨。", "30吨", False),
        ("Concentration over the limit: fine", "处2000元罚款。", "2000元", False),
        ("How long in a concentration of 500 mg/L?", "用500mg/L消毒液浸泡30分钟。", "30分钟", False),
        ("粮食播种面积有多少？", "粮食播种面积稳定，产量557亿斤。", "557亿斤", True),
        ("面积超过500平方米的餐馆离学校多少米？", "面积超过五百平方米的餐馆距学校200米。", "200米", False),
        ("How far from a school must a restaurant with a floor area over 500 m2 be?", "距学校200米。", "200米", False),
        ("村道两侧多少米不得建房？", "高速公路不少于三十米。", "不少于三十米", True),
        ("低保标准每月多少元？", "低保标准提高到778元/月。", "778元/月", False),
        ("网吧离学校至少多少米？", "学校周围200米范围内不得设立网吧。", "200米", False),
        ("日最高气温达到多少度停工？", "日最高气温达到40摄氏度以上的停工。", "40摄氏度以上", False),
        ("最近三年招了多少人？", "招聘规模控制在500人以内。", "500人以内", False),
        ("最晚提前几天申请？", "应当至少提前5天申请。", "5天", False),
        ("室内最高温度是多少？", "室内温度不应低于18摄氏度。", "不应低于18摄氏度", True),
        ("每月低保多少钱？", "月保障标准为1000元。", "1000元", False),
        ("单位最高罚多少钱？", "处一千元罚款；情节严重的，处五千元罚款。", "五千元", False),
        ("没改正罚多少钱？", "处一千元罚款；拒不改正的，处五千元罚款。", "五千元", False),
        ("违法所得超过多少才罚款？", "违法所得超过一万元的，处以处分。", "超过一万元", False),
        ("取得许可要多少个工作日？", "参加登记需要20个工作日。", "20个工作日", False),
        ("有多少人取得医保参保？", "参加基本医疗保险500万人。", "500万人", False),
        ("省级以上开发区有多少个？", "国家级开发区12个。", "12个", False),
        ("出租车有多少辆？", "出租汽车5000辆。", "5000辆", False),
        ("志愿者有多少人？", "志愿服务人员500人。", "500人", False),
        ("去年争取到多少中央资金？", "争取中央资金500亿元。", "500亿元", False),
        ("去年新增就业多少人？", "预期目标是10万人，实际新增就业12万人。", "12万人", False),
        ("安徽造了多少辆汽车？", "全国每7辆汽车就有1辆安徽造。", "1辆", True),
        ("全国每几辆汽车有1辆安徽造？", "全国每7辆汽车就有1辆安徽造。", "1辆", False),
    ],
)
def test_what_contradicts_a_question(
    glossary: Glossary, question: str, text: str, printed: str, is_another: bool
) -> None:
    asked = understand(question, glossary, lambda words: 1.0)
    (sentence,) = sentences(text, Span(0, len(text)))
    found = {figure.span.of(text): (figure, subject) for figure, subject in subjects(text, sentence)}
    figure, subject = found[printed]
    assert contradicts(asked, figure, text, sentence, subject.of(text) if subject else "") == is_another


@pytest.mark.parametrize(
    ("asked", "after", "is_another"),
    [
        ("保安条例第二次修订 日期", " 第一次修订", True),
        ("保安条例第二次修订 日期", " 《决定》第二次修订", False),
        ("when was the regulation first revised?", " 《决定》修订", False),
        ("when was the regulation first revised?", " 国务院令第564号公布", True),
        ("when was the fourth amendment adopted?", " 《决定》第三次修正", True),
        ("on what date was it amended for the third time?", " 《决定》第三次修正", False),
        ("保安条例何时公布", " 第一次修订", False),
    ],
)
def test_a_date_is_of_the_revision_that_is_asked_for(asked: str, after: str, is_another: bool) -> None:
    assert is_of_another_revision(asked, after) == is_another
