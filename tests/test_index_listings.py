from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.types import Span
from index.listings import Enumeration, enumerations, is_told_in_clauses, items_asked


def cheapest(text: str, found: Enumeration) -> str:
    """What would be taken where a reader finds all places alike: the first of the cheapest."""
    start, end = (min(costs, key=costs.__getitem__) for costs in (found.starts, found.ends))
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("包括警告、罚款、没收违法所得等处罚。", ["警告、罚款、没收违法所得"]),
        (
            "将专家论证、公众参与、合法性审查、集体讨论作为必经程序，严格执行。",
            ["专家论证、公众参与、合法性审查、集体讨论"],
        ),
        (
            "采取党委会部署、局务会调度、专题会强调、督办式推进等方式",
            ["党委会部署、局务会调度、专题会强调、督办式推进"],
        ),
        ("《甲（试行）》、《乙、丙办法》和《丁》。", ["《甲（试行）》、《乙、丙办法》和《丁》"]),
        ("“昆仑”“清风”“打击涉水资源犯罪”等行动。", ["“昆仑”“清风”“打击涉水资源犯罪”"]),
        ("‘甲乙’‘丙丁’《戊己》", ["‘甲乙’‘丙丁’《戊己》"]),
        ("B1、Z2、Z4等十大工程的全程、全时", ["B1、Z2、Z4", "全程、全时"]),
        ("警告、罚款；拘留、徒刑。", ["警告、罚款", "拘留、徒刑"]),
        ("自愿、平等、公平、诚信", ["自愿、平等、公平、诚信"]),
        ("一等奖、二等奖、三等奖", ["一等奖、二等奖、三等奖"]),
        ("企业（含个体工商户等）、社会组织、事业单位", ["企业（含个体工商户等）、社会组织、事业单位"]),
        ("1,500元、2,000元、3,000元。", ["1,500元、2,000元、3,000元"]),
        ("8:30、9:30", ["8:30、9:30"]),
        ("十万元以下罚款、没收违法所得、吊销许可证", ["十万元以下罚款、没收违法所得、吊销许可证"]),
        ("（一）申请书、身份证明；（二）资金证明。", ["申请书、身份证明"]),
        ("一、总体要求", []),
        ("1、甲方案\n2、乙方案", []),
        ("没有列举的句子，也没有项目。", []),
        ("、", []),
        ("", []),
    ],
)
def test_enumerations_of_a_text(text: str, expected: list[str]) -> None:
    found = list(enumerations(text, Span(0, len(text))))
    assert len(found) == len(expected)
    for one, words in zip(found, expected, strict=True):
        start = text.index(words)
        assert start in one.starts, [text[at:] for at in one.starts]
        assert start + len(words) in one.ends, [text[:at] for at in one.ends]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what begins after 包括 or ends before 等 does
        ("处罚包括警告、罚款、没收违法所得等处罚", "警告、罚款、没收违法所得"),
        # items as long as those between
        ("采取党委会部署、局务会调度、专题会强调、督办式推进等方式", "党委会部署、局务会调度、专题会强调、督办式推进"),
        # 作为 turns to something else, 防治 belongs to the item
        ("将专家论证、公众参与、合法性审查、集体讨论作为必经程序", "专家论证、公众参与、合法性审查、集体讨论"),
        ("治理大气污染、水污染、土壤污染防治", "大气污染、水污染、土壤污染防治"),
        # a verb before nouns belongs to none
        ("围绕天津大道、滨海大道", "天津大道、滨海大道"),
        # never before 和
        ("部门、专家和公众", "部门、专家和公众"),
    ],
)
def test_what_is_taken_where_a_reader_finds_all_places_alike(text: str, expected: str) -> None:
    (found,) = enumerations(text, Span(0, len(text)))
    assert cheapest(text, found) == expected


@given(st.text("甲乙的、；和等（“”《》一1.，。\n", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_enumerations_lie_within_and_hold_what_parts_their_items(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    for found in enumerations(text, Span(start, end)):
        assert start <= min(found.starts) <= max(found.starts) < min(found.ends) <= max(found.ends) <= end
        held = text[max(found.starts) : min(found.ends)]
        assert "、" in held or "”“" in held or "》《" in held or "》“" in held or "”《" in held


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("重大决策必须走哪四道程序？", 4),
        ("设在哪5个开发区？", 5),
        ("要做到哪“三个同时”？", 3),
        ("What four steps must every decision go through?", 4),
        ("Which 12 posts were cut?", 12),
        ("Name the two companies.", 2),
        ("哪三年最高？", 0),
        ("提出了哪十一项措施？", 11),
        ("设在哪 5 个开发区？", 5),
        ("哪一项措施？", 0),
        ("哪12天放假？", 0),
        ("哪2025年的政策？", 0),
        ("哪100个城市？", 0),
        ("What 3.5 million subsidies were paid?", 0),
        ("What two year plans are there?", 0),
        ("What 20% subsidies are there?", 0),
        ("有哪些措施？", 0),
        ("Which two-thirds majority is needed?", 0),
        ("What is the fine for two dogs?", 0),
    ],
)
def test_how_many_items_are_asked_for(question: str, count: int) -> None:
    assert items_asked(question) == count


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("对企业有哪些优惠政策？", True),
        ("What measures were taken?", True),
        ("采取了哪三项措施？", False),
        ("What three measures were taken?", False),
        ("表彰了哪些单位？", False),
        ("Which lines were built?", False),
    ],
)
def test_what_is_told_in_clauses(question: str, expected: bool) -> None:
    assert is_told_in_clauses(question) == expected
