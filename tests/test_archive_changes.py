from __future__ import annotations

import pytest

from archive.figures import figures
from archive.types import Span


def changes(text: str) -> list[str]:
    return [figure.change for figure in figures(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("地区生产总值增长5.2%左右。", ["rise"]),
        ("技术合同成交额1900亿元、同比增长约11.2%。", ["", "rise"]),
        ("占比98.5%,比上年增加3个百分点。", ["", "rise"]),
        ("失业率下降了0.2个百分点。", ["fall"]),
        ("融资成本至少降低0.5个百分点。", ["fall"]),
        ("能耗至少下降3%以上。", ["fall"]),
        ("至少有5%的企业。", [""]),
        ("增幅达16%。", ["rise"]),
        ("居民消费价格涨幅控制在2%左右。", ["rise"]),
        ("城镇调查失业率、居民消费价格涨幅分别控制在5%和3%以内。", ["", ""]),
        ("银行存贷款增速分别达7.9%、8%。", ["rise", "rise"]),
        ("经营主体净增48万户、达680万户。", ["rise", ""]),
        ("新增86名公职律师。", ["rise"]),
        ("新增技能人才74万、专业人才8.1万。", ["rise", "rise"]),
        ("新增养老机构16家、总数达到98家。", ["rise", ""]),
        ("城镇新增就业47万人、城镇调查失业率5.5%。", ["rise", ""]),
        ("收入分别增长11%、8%和6%。", ["rise", "rise", "rise"]),
        ("增长11.5%、连续24个月保持增长。", ["rise", ""]),
        ("保持20%以上的增长。", ["rise"]),
        ("压减地下水开采量1.57亿立方米。", ["fall"]),
        ("增长到98家,提高至5%,降至4%,达到3家。", ["", "", "", ""]),
        ("占比由18%增至71%。", ["", ""]),
        ("工业增加值5.23万亿元。", [""]),
        ("经济增速高于全省经济增速0.4个百分点。", [""]),
        ("每升5毫克。", [""]),
        ("公职律师86人。", [""]),
    ],
)
def test_growth_and_level(text: str, expected: list[str]) -> None:
    assert changes(text) == expected
