from __future__ import annotations

import itertools
import sys
from decimal import Decimal
from pathlib import Path

import cn2an
import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st

from archive.figures import dates_in, days_in, figures
from archive.numerals import value_of
from archive.types import Document, Span

sys.path.insert(0, str(Path(__file__).parent / "quality"))


def read(text: str) -> list[tuple[str, Decimal, str, str]]:
    return [(f.span.of(text), f.value, f.unit, f.bound) for f in figures(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    ("text", "printed", "value", "unit", "bound"),
    [
        ("公职律师86人", "86人", 86, "人", "exact"),
        ("启动协同任务4.6万余件", "4.6万余件", 46000, "件", "at_least"),
        ("参与工作50余件次", "50余件次", 50, "件次", "at_least"),
        ("化解率达到99.44%", "99.44%", "99.44", "%", "exact"),
        ("合格率100％", "100％", 100, "%", "exact"),
        ("走访1,500余户次", "1,500余户次", 1500, "户次", "at_least"),
        ("时隔两年多", "两年多", 2, "年", "at_least"),
        ("托位数4个以上", "4个以上", 4, "个", "at_least"),
        ("占比高于5%", "高于5%", 5, "%", "at_least"),
        ("宽度不得小于一点五米", "不得小于一点五米", "1.5", "米", "at_least"),
        ("比例不大于5%", "不大于5%", 5, "%", "at_most"),
        ("占百分之九十九点四四", "百分之九十九点四四", "99.44", "%", "exact"),
        ("占百分之三十", "百分之三十", 30, "%", "exact"),
        ("不得超过四十八小时", "不得超过四十八小时", 48, "小时", "at_most"),
        ("由三名以上审判员组成", "三名以上", 3, "名", "at_least"),
        ("近500家企业", "近500家", 500, "家", "about"),
        ("投资1.2亿元", "1.2亿元", 120000000, "元", "exact"),
        ("下降3.5个百分点", "3.5个百分点", "3.5", "个百分点", "exact"),
        ("两个月内作出决定", "两个月", 2, "个月", "at_most"),
        ("电力总装机突破2000万千瓦", "突破2000万千瓦", 20000000, "千瓦", "at_least"),
        ("突破12项关键技术", "突破12项", 12, "项", "exact"),
        ("惠及310万农户", "310万", 3100000, "", "exact"),
        ("帮助10.62万群众", "10.62万", 106200, "", "exact"),
        ("浓度不超过35微克每立方米", "不超过35微克每立方米", 35, "微克每立方米", "at_most"),
        ("补助500元/吨", "500元/吨", 500, "元/吨", "exact"),
        ("连续4年每年增长", "4年", 4, "年", "exact"),
        ("算力达2万P", "2万P", 20000, "P", "exact"),
        ("产值超千亿元", "超千亿元", 10**11, "元", "at_least"),
        ("办好十件实事", "十件", 10, "件", "exact"),
        ("一千人以上", "一千人以上", 1000, "人", "at_least"),
        ("三年半时间", "三年半", "3.5", "年", "exact"),
        ("最近三年", "三年", 3, "年", "exact"),
        ("融资成本至少降低0.5个百分点", "至少降低0.5个百分点", "0.5", "个百分点", "at_least"),
        ("增长5.0%—5.5%，力争更好", "5.0%—5.5%", 5, "%", "range"),
        ("不得存放重量超过十公斤的烟花", "超过十公斤", 10, "公斤", "at_most"),
        ("不得拒绝超过60岁的老人", "超过60岁", 60, "岁", "at_least"),
        ("比例均不得低于上一年度月平均工资的5%", "5%", 5, "%", "at_least"),
        ("合同至少留存2年", "2年", 2, "年", "at_least"),
        ("至少应当提前30个工作日报告", "30个工作日", 30, "个工作日", "at_least"),
        ("应当提前30日公告", "30日", 30, "日", "exact"),
        ("不应少于3人", "不应少于3人", 3, "人", "at_least"),
        ("不能低于5%", "不能低于5%", 5, "%", "at_least"),
        ("未超过5万元", "未超过5万元", 50000, "元", "at_most"),
        ("严禁超过50人", "严禁超过50人", 50, "人", "at_most"),
        ("不能清偿债务金额超过10万元的", "超过10万元", 100000, "元", "at_least"),
        ("不应超过总量的3%", "3%", 3, "%", "at_most"),
        ("最少5人参加", "最少5人", 5, "人", "at_least"),
        ("未满十八周岁的人", "未满十八周岁", 18, "周岁", "at_most"),
        ("年满16周岁的人", "满16周岁", 16, "周岁", "at_least"),
        ("最多提高20%", "最多提高20%", 20, "%", "at_most"),
        ("至少提高到50%", "50%", 50, "%", "exact"),
        ("近三年", "近三年", 3, "年", "exact"),
        ("近五十年", "近五十年", 50, "年", "about"),
        ("应当在7日内答复", "7日", 7, "日", "at_most"),
        ("65岁及以上老人", "65岁及以上", 65, "岁", "at_least"),
        ("公示期为7日", "7日", 7, "日", "exact"),
        ("150米以外", "150米以外", 150, "米", "at_least"),
        ("周边150米范围内禁止植树", "150米", 150, "米", "at_most"),
        ("周边150米的范围内", "150米", 150, "米", "at_most"),
        ("周边50公里范围以内", "50公里", 50, "公里", "at_most"),
        ("经四分之三以上的业主同意", "四分之三以上", "0.75", "", "at_least"),
        ("任务过半", "过半", "0.5", "", "at_least"),
        ("不到一半", "不到一半", "0.5", "", "at_most"),
        ("到场不到5人", "不到5人", 5, "人", "at_most"),
        ("约六成受访者", "约六成", 6, "成", "about"),
    ],
)
def test_a_figure(text: str, printed: str, value: object, unit: str, bound: str) -> None:
    assert read(text) == [(printed, Decimal(str(value)), unit, bound)]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("处十日以上十五日以下拘留", 10, 15),
        ("委托一至二人代理", 1, 2),
        ("发放3-5次", 3, 5),
        ("五万元以上五十万元以下罚款", 50000, 500000),
        ("收入的百分之二十至三十", 20, 30),
        ("投资3万至5万元", 30000, 50000),
    ],
)
def test_a_range_is_one_figure(text: str, low: int, high: int) -> None:
    (figure,) = figures(text, Span(0, len(text)))
    assert (figure.value, figure.upper, figure.bound) == (low, high, "range")


@pytest.mark.parametrize(
    "text",
    [
        "依照本法第三条第二款",
        "2023年11月",
        "推动830平台、5110平台应用",
        "先后利用“110”宣传日",
        "“6.26”国际禁毒日",
        "地铁B1、Z2线",
        "搭建“1+5+N”体系",
        "服务高质量发展2.0版",
        "前两款规定",
        "牢记“两个永远在路上”",
        "推进一体化",
        "二〇二三年十二月一日",
        "二级响应",
        "地铁二期工程",
        "零部件企业",
        "成立60周年",
        "1月7日地震",
        "1至11月",
        "截至12日",
        "上一年度",
        "红十字会",
        "三门峡市",
        "建设千万千瓦级基地",
        "第三方机构",
        "四季度销售",
        "十二届三次全会",
        "十五届四次、六次全会",
        "哪一年不是这样",
        "20世纪60年代初",
        "短短几十年",
        "数百万群众",
        "二轮到期",
        "三次产业比重",
        "保持两位数增长",
        "千万吨粮食增产计划",
    ],
)
def test_what_is_no_amount(text: str) -> None:
    assert read(text) == []


def test_the_words_of_a_figure_are_its_own() -> None:
    text = "目前,已发展公职律师86人,专(兼)职法制员280人。"
    lawyers, officers = figures(text, Span(0, len(text)))
    assert lawyers.before.of(text) == "已发展公职律师"
    assert officers.before.of(text) == "专(兼)职法制员"


@pytest.mark.parametrize(
    ("text", "year", "precision"),
    [
        ("2023年11月被评为", 2023, 2),
        ("自2026年1月1日起施行", 2026, 3),
        ("二〇二三年十二月一日", 2023, 3),
        ("2023年度", 2023, 1),
        ("2024-03-05", 2024, 3),
        ("1756年5月18日，英国宣战", 1756, 3),
        ("1830年，法国占领", 1830, 1),
        ("于 2015 年 2 月辞职", 2015, 2),
        ("始建于1404年", 1404, 1),
        ("公元1404年建城", 1404, 1),
        ("真正开始是1850年后", 1850, 1),
        ("亡于 1279 年，", 1279, 1),
    ],
)
def test_a_date(text: str, year: int, precision: int) -> None:
    (found,) = dates_in(text, Span(0, len(text)))
    assert (found.year, found.precision) == (year, precision)


@pytest.mark.parametrize(
    "text",
    [
        "有1500年历史",
        "距今1200年以前",
        "古树1300多年",
        "11830年",
        "洪水标准为1000年一遇",
        "延续1800年之久",
        "，1300年建城史",
        "树龄达到1000年",
    ],
)
def test_what_lasts_is_no_date(text: str) -> None:
    assert not list(dates_in(text, Span(0, len(text))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每年九月为宣传月", [(False, "每年九月")]),
        ("12月2日举行", [(True, "12月2日")]),
        ("6月至9月施工，6月底前完成", [(False, "6月底")]),
        ("2024年4月和2024 年 3 月", []),
        ("延长3个月", []),
        ("13月，3月龄，月均", []),
        ("2月31日", [(True, "2月31日")]),  # what is printed is not told to be right
        ("10月中旬前，次年三月底前", [(False, "10月中旬"), (False, "次年三月底")]),
        ("农历九月初九日，闰四月", [(True, "农历九月初九日"), (False, "闰四月")]),
        ("2020年2、3月份，2024年3月至5月，2月10-12日，7月1至7日，一月一休", []),
        ("2月29号", [(True, "2月29号")]),
    ],
)
def test_months_and_days_without_a_year(text: str, expected: list[tuple[bool, str]]) -> None:
    assert [(is_day, span.of(text)) for is_day, span in days_in(text, Span(0, len(text)))] == expected


@pytest.mark.parametrize("numeral", ["亿二十一", "十十二", "", "万", "1" + "亿" * 700, "九" * 100])
def test_what_is_no_numeral_has_no_value(numeral: str) -> None:
    assert value_of(numeral) is None or numeral == "万"


def test_a_unit_printed_once_for_two() -> None:
    assert [(v, u) for _, v, u, _ in read("高于全省2.2个和3.7个百分点")] == [
        (Decimal("2.2"), "个百分点"),
        (Decimal("3.7"), "个百分点"),
    ]


def test_units_that_begin_with_a_multiplier() -> None:
    assert [(v, u) for _, v, u, _ in read("装机2200万千瓦，产粮726.8亿斤，吞吐量2329万标准箱")] == [
        (Decimal(22000000), "千瓦"),
        (Decimal(72680000000), "斤"),
        (Decimal(23290000), "标准箱"),
    ]


@given(st.integers(1, 10**8))
def test_chinese_numerals_come_back(number: int) -> None:
    assert value_of(cn2an.an2cn(number, "low")) == number
    assert value_of(f"{number:,}") == number


@given(
    st.text(
        alphabet="一二三十百千万亿两〇0123456789.,余多近约过半分之每/第条个人件次元吨内外%至以上下年月日“”《》、 ",
        max_size=60,
    )
)
def test_figures_and_their_words_lie_in_order(text: str) -> None:
    found = list(figures(text, Span(0, len(text))))
    for figure in found:
        assert figure.before.end == figure.span.start < figure.span.end == figure.after.start
        assert any(c.isdigit() or c in "零〇○一二三四五六七八九两十百千万亿半" for c in figure.span.of(text))
    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(found))


def test_the_report_has_its_figures(report: Document) -> None:
    printed = [f.span.of(report.text) for f in figures(report.text, Span(0, len(report.text)))]
    for expected in (
        "86人",
        "280人",
        "101人",
        "208人",
        "29件次",
        "99.44%",
        "4.6万余件",
        "1850个",
        "600余处",
        "2200余家",
        "8类",
    ):
        assert expected in printed


def test_quantities_of_real_sentences_are_read() -> None:
    """A floor, below what tests/quality/figure_reading.py prints."""
    from figure_reading import judge, labelled

    rows = list(labelled(shared("documents/docx").parent.parent))
    assert len(rows) == 200
    result = judge(rows)
    assert result.precision >= 0.97
    assert result.recall >= 0.97


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("死亡3人以上（含3人）的", ["3人以上"]),
        ("死亡12人(含3人下落不明)", ["12人", "3人"]),
        ("党员20名（含3名预备党员）", ["20名", "3名"]),
        ("代表120人(含15人)", ["120人", "15人"]),
    ],
)
def test_a_figure_said_again_in_brackets_is_one(text: str, expected: list[str]) -> None:
    assert [printed for printed, *_ in read(text)] == expected
