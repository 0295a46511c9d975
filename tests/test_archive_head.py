from __future__ import annotations

from datetime import date

import pytest

from archive.article import article
from archive.blocks import Block
from archive.head import day_in, labelled, normalised_number
from archive.types import Facts, Relation


def facts(text: str) -> Facts:
    return article((Block(line) for line in text.split("\n")), "a.txt").facts


@pytest.mark.parametrize(
    "printed",
    [
        "国发〔2023〕12号",
        "国发[2023]12号",
        "国发（2023）12号",
        "国发【2023】第12号",
        "国发〔２０２３〕１２号",
        "国发﹝2023﹞12号",
        "国发 〔 2023 〕 12 号",
    ],
)
def test_numbers_in_any_bracket_and_width(printed: str) -> None:
    assert normalised_number(printed) == "国发〔2023〕12号"
    assert facts(f"某某通知\n{printed}\n各单位：\n正文在此。").number == "国发〔2023〕12号"


def test_a_number_that_is_only_cited_is_not_the_documents() -> None:
    assert facts("某某通知\n根据《办法》（国发〔2020〕1号）的规定，现通知如下。\n一、要求\n正文。").number == ""


def test_orders() -> None:
    found = facts(
        "某某规定\n（2026年5月22日经部务会议通过 2026年5月27日交通运输部令2026年第10号公布 自2026年7月1日起施行）\n第一条 甲。\n第二条 本规定自2026年7月1日起施行。"
    )
    assert (found.number, found.issuer) == ("交通运输部令2026年第10号", "交通运输部")
    assert (found.issued_on, found.effective_on) == (date(2026, 5, 27), date(2026, 7, 1))


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("2023年12月1日", date(2023, 12, 1)),
        ("二〇二三年十二月一日", date(2023, 12, 1)),
        ("二○二三年十二月二十一日", date(2023, 12, 21)),
        ("２０２３年１２月３１日", date(2023, 12, 31)),
        ("2023-12-01 09:00", date(2023, 12, 1)),
        ("2023/1/2", date(2023, 1, 2)),
        ("2023年2月31日", None),
        ("二〇二三年", None),
    ],
)
def test_days(printed: str, day: date | None) -> None:
    assert day_in(printed) == day


def test_a_title_and_a_number_on_two_lines() -> None:
    parsed = article(map(Block, ["最高人民法院", "关于审理某类案件的规定", "第一条 甲。", "第二条 乙。"]), "a.txt")
    assert parsed.title == "最高人民法院 关于审理某类案件的规定"
    assert parsed.facts.issuer == "最高人民法院"
    assert (
        facts("中华人民共和国国务院令\n第 788 号\n某某条例已经通过。\n第一条 甲。\n第二条 乙。").number
        == "中华人民共和国国务院令第788号"
    )


def test_a_joint_notice() -> None:
    found = facts(
        "关于做好工作的通知\n甲民发〔2024〕3号\n各区：\n请认真执行。\n广州市民政局 广州市财政局\n广州市残疾人联合会\n二〇二四年三月十四日"
    )
    assert found.issuer == "广州市民政局、广州市财政局、广州市残疾人联合会"
    assert found.issued_on == date(2024, 3, 14)
    assert facts("广州市民政局广州市财政局关于做好工作的通知\n正文。").issuer == "广州市民政局、广州市财政局"


def test_the_day_it_was_signed_comes_before_the_day_it_was_published() -> None:
    found = facts("某某通知\n发布日期：2024-10-15 来源：某局\n各区：\n执行。\n某某局\n2024年3月14日")
    assert (found.issued_on, found.publisher) == (date(2024, 3, 14), "某局")


def test_a_statute_is_dated_by_its_latest_version() -> None:
    found = facts(
        "某市条例\n2001年4月28日 某市第九届人民代表大会常务委员会第二次会议通过\n2019年5月31日 某市第十三届人民代表大会常务委员会第四次会议修正\n第一条 甲。\n第二条 本条例自2001年7月1日起施行。"
    )
    assert found.issued_on == date(2019, 5, 31)
    assert found.effective_on == date(2001, 7, 1)
    assert found.issuer == "某市人民代表大会常务委员会" or found.issuer.endswith("人民代表大会常务委员会")


def test_a_speech_is_dated_by_its_meeting() -> None:
    assert facts(
        "政府工作报告\n——2025年1月14日在某市第十八届人民代表大会第三次会议上\n市长 某某\n各位代表：\n正文。"
    ).issued_on == date(2025, 1, 14)


def test_relations() -> None:
    found = facts(
        "某某办法\n第一条 甲。\n第二条 本办法自印发之日起施行。《旧办法》（甲府〔2018〕3号）和《老规定》同时废止。\n某某局\n2024年3月14日"
    )
    assert found.relations == (Relation("repeals", "旧办法", "甲府〔2018〕3号"), Relation("repeals", "老规定"))
    assert found.effective_on == date(2024, 3, 14)
    assert facts("全国人民代表大会常务委员会关于修改《某某法》的决定\n一、将第一条修改为：甲。").relations == (
        Relation("amends", "某某法"),
    )


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("发布日期：2024-03-05 14:09 来源：区公安局", {"published_on": "2024-03-05 14:09", "publisher": "区公安局"}),
        (
            "2025-07-05 来源：广州市人民政府办公厅 分享到 -次",
            {"published_on": "2025-07-05", "publisher": "广州市人民政府办公厅"},
        ),
        (
            "索 引 号：000014349/2026-00009 | 主题分类：能源\\电力",
            {"index_number": "000014349/2026-00009", "category": "能源\\电力"},
        ),
        ("文号 | 甲发〔2024〕1号 | 成文日期 | 2024-01-02", {"number": "甲发〔2024〕1号", "issued_on": "2024-01-02"}),
        ("来源：天河区教育局浏览量： -", {"publisher": "天河区教育局"}),
        ("来源：社保中心 浏览字号： 大中小", {"publisher": "社保中心"}),
        ("字号：大 中 小", {}),
        ("申请时间：本通知印发之日起，可在任何时间向区民政局提出。", None),
        ("正文一句。", None),
    ],
)
def test_head_fields(line: str, fields: dict[str, str] | None) -> None:
    assert labelled(line) == fields
