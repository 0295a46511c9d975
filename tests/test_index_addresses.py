from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.numerals import value_of
from archive.structure import sections
from archive.types import Document
from index.addresses import Address, addresses, compared, han, quoted, sections_of
from index.places import Place

LAW = """办法
第一章 总则
第一条 为了管理公证工作，制定本办法。
第二条 申请人应当提交下列材料：
（一）身份证明；
（二）申请书：
1.原件；
2.复印件。
材料不齐的，应当补正。
第十二条之一 公证员不得少于三人。
"""


def document(title: str, text: str) -> Document:
    return Document("0" * 12, "r", title, text, sections(text))


def only(text: str) -> Address:
    (address,) = addresses(text)
    return address


def place(a: Address) -> tuple[str, int, int, int, int, int]:
    return a.title, a.article, a.of, a.paragraph, a.item, a.subitem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《行政处罚法》第三十三条是什么", ("行政处罚法", 33, 0, 0, 0, 0)),
        ("请问行政处罚法第33条第1款第（二）项", ("行政处罚法", 33, 0, 1, 2, 0)),
        ("根据刑法第一百二十条之一的规定", ("刑法", 120, 1, 0, 0, 0)),
        ("《办法》（试行）第２条第二项第1目", ("办法", 2, 0, 0, 2, 1)),
        ("《食品安全法》中的第一百二十四条", ("食品安全法", 124, 0, 0, 0, 0)),
        ("Article 12 of 行政处罚法", ("行政处罚法", 12, 0, 0, 0, 0)),
        ("what does article 120-1 of the 《刑法》 say", ("刑法", 120, 1, 0, 0, 0)),
        ("第八条之后还有什么", ("", 8, 0, 0, 0, 0)),
        ("最高人民法院关于适用《公司法》若干问题的规定第三条", ("最高人民法院关于适用《公司法》若干问题的规定", 3, 0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_an_article_is_read(text: str, expected: tuple[object, ...]) -> None:
    address = only(text)
    assert address.kind == "article"
    assert place(address) == expected


def test_articles_that_share_a_title() -> None:
    found = addresses("《行政许可法》第八条、第九条和第十条第二款，以及《律师法》第五条")
    assert [(a.title, a.article, a.paragraph) for a in found] == [
        ("行政许可法", 8, 0),
        ("行政许可法", 9, 0),
        ("行政许可法", 10, 2),
        ("律师法", 5, 0),
    ]


def test_an_article_far_from_a_title_has_none() -> None:
    found = addresses("《行政许可法》规定了哪些程序？另外请看第八条")
    assert [(a.kind, a.title) for a in found] == [("title", "行政许可法"), ("article", "")]


@pytest.mark.parametrize("text", ["第三方机构", "一条龙服务", "第一次", "条例", "12条", "particle 5", "《第三条》"])
def test_no_article_is_read(text: str) -> None:
    assert not [a for a in addresses(text) if a.kind == "article"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("国发〔2023〕12号", "国发〔2023〕12号"),
        ("国办发[2020]第5号", "国办发〔2020〕5号"),
        ("穗府办规（２０２１）７号的内容", "穗府办规〔2021〕7号"),
        ("《通知》，津政令〔2018〕3号", "津政令〔2018〕3号"),
        ("国务院令第719号", "国务院令第719号"),
        ("财政部、税务总局公告2020年第8号", "税务总局公告2020年第8号"),
    ],
)
def test_a_number_is_read_in_any_bracket(text: str, number: str) -> None:
    (address,) = [a for a in addresses(text) if a.kind == "number"]
    assert address.number == number


def test_titles_alone_and_nested() -> None:
    found = addresses("《关于印发〈办法〉的通知》和《关于修改《条例》的决定》")
    assert [a.title for a in found] == ["关于印发〈办法〉的通知", "关于修改《条例》的决定"]
    assert all(a.kind == "title" and a.is_quoted for a in found)


_NAMES = st.text(alphabet="行政管理交通安全卫生教育公共", min_size=1, max_size=8).map(lambda name: name + "办法")


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Address]:
    """An address, and one of the ways to write it inside a question."""
    number = st.integers(1, 1999)
    title, article, of = draw(_NAMES), draw(number), draw(st.integers(0, 9))
    paragraph, item = draw(st.integers(0, 12)), draw(st.integers(0, 30))
    numeral = draw(st.sampled_from([han, str]))
    text = f"《{title}》第{numeral(article)}条" + (f"之{han(of)}" if of else "")
    text += f"第{numeral(paragraph)}款" if paragraph else ""
    text += draw(st.sampled_from(["第{}项", "第（{}）项", "第({})项"])).format(han(item)) if item else ""
    before, after = draw(
        st.sampled_from([("", ""), ("请问", "是什么？"), ("2023年，", "的规定"), ("How about ", " ?")])
    )
    address = Address("article", addresses("《a》")[0].span, title, True, article, of, paragraph, item)
    return before + text + after, address


@given(written())
def test_what_is_written_is_read_back(case: tuple[str, Address]) -> None:
    text, expected = case
    address = only(text)
    assert place(address) == place(expected)
    assert address.is_quoted
    assert address.span.of(text).startswith("《")
    assert address.span.of(text).endswith(("条", "款", "项", *"一二三四五六七八九"))


@given(st.integers(0, 9999))
def test_han_numerals_are_read_back(number: int) -> None:
    assert value_of(han(number)) == number


@given(st.text(alphabet="《》〈〉第一二十百1２条款项之号〔2023〕国发（）() 法办aA年和比", max_size=200))
def test_spans_lie_in_the_question(text: str) -> None:
    for address in addresses(text):
        assert 0 <= address.span.start < address.span.end <= len(text)
        assert address.title in text
    for span in quoted(text):
        assert text[span.start - 1] == "《"
        assert text[span.end] == "》"
    compared(text)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("第二条", "第二条 申请人"),
        ("第二条第一款", "第二条 申请人"),
        ("第二条第二款", "材料不齐"),
        ("第二条第一款第二项", "（二）申请书"),
        ("第二条第（二）项第2目", "2.复印件"),
        ("第十二条之一", "第十二条之一 公证员"),
        ("第十二条之一第一款", "第十二条之一 公证员"),
    ],
)
def test_the_place_of_an_article(text: str, begins: str) -> None:
    law = document("办法", LAW)
    (section,) = sections_of(law, only(text))
    assert section.span.of(law.text).startswith(begins)


@pytest.mark.parametrize("text", ["第三条", "第十二条", "第二条第三款", "第二条第九项", "第一条第一项", "《办法》"])
def test_a_place_that_is_not_there(text: str) -> None:
    assert sections_of(document("办法", LAW), only(text)) == ()


def test_a_document_that_is_the_article() -> None:
    own = document("农业法第二十九条", "国家支持发展农产品加工业。")
    (section,) = sections_of(own, only("《农业法》第29条"))
    assert section.span.of(own.text) == own.text
    assert sections_of(own, only("《农业法》第9条")) == ()


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("2022年和2023年公职律师各有多少", (2022, 2023)),
        ("2023年办案数比去年增加多少", (2022, 2023)),
        ("2021年至2023年每年培训多少期", (2021, 2022, 2023)),
        ("2021-2023年", (2021, 2022, 2023)),
        ("lawyers in 2024 compared with 2023", (2024, 2023)),
        ("between 2022 and 2023", (2022, 2023)),
        ("比去年多多少", ()),
        ("2022年印发的2021年报告", ()),
        ("2023年有多少公职律师", ()),
    ],
)
def test_years_that_are_compared(question: str, years: tuple[int, ...]) -> None:
    assert compared(question).years == years


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("广东省和江苏省的地区生产总值", (Place("广东"), Place("江苏"))),
        ("Tianjin vs Guangdong GDP", (Place("天津"), Place("广东"))),
        ("请问滨海新区和西青区哪个多", (Place(county="滨海新区"), Place(county="西青区"))),
        ("天津市滨海新区有多少公职律师", ()),
        ("北京市支持天津的措施", ()),
    ],
)
def test_places_that_are_compared(question: str, places: tuple[Place, ...]) -> None:
    assert compared(question).places == places


@pytest.mark.parametrize(
    "piece", ["《", "《》", "第", "第一条", "一", "9", "国发〔", "公告", "2022年和", "article 1 ", "(", "天津", "法第1条", "第1条之", " ", "令第1号"]
)  # fmt: skip
def test_time_is_bounded(piece: str) -> None:
    text = (piece * 1000)[:1000]
    started = time.process_time()
    addresses(text)
    compared(text)
    assert time.process_time() - started < 0.2
