from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.head import normalised_number
from archive.types import Document
from index.addresses import addresses
from index.aims import sides_of
from index.catalogue import Catalogue, issuers_of
from index.glossary import Glossary
from index.places import PROVINCES, Place, mostly_spoken_of, places_named
from index.questions import understand
from index.types import Filters, Listed


def listed(*rows: tuple[str, str, str, date | None], collection: str = "") -> list[Listed]:
    return [Listed(f"{at:012x}", "r", collection, *row) for at, row in enumerate(rows)]


def titles(*given: str) -> Catalogue:
    return Catalogue(listed(*((title, "", "", None) for title in given)))


DAY = date(2023, 5, 6)
DOCUMENTS = listed(
    ("国务院办公厅关于印发知识产权对外转让有关工作办法（试行）的通知", "国务院办公厅", "国办发〔2018〕19号", date(2018, 3, 18)),
    ("关于加强行刑衔接工作的意见", "最高人民法院、公安部", "法发〔2023〕3号", DAY),
    ("天津市滨海新区公安局2023年法治政府建设情况报告", "天津市滨海新区公安局", "", date(2024, 3, 5)),
    ("中华人民共和国行政处罚法", "全国人民代表大会常务委员会", "", date(2021, 1, 22)),
    ("2025年广东省政府工作报告", "广东省人民政府", "", None),
    ("关于做好2022年社区矫正工作的通知", "天津市司法局", "津司〔2022〕4号", date(2022, 4, 1)),
    ("广州市就业补助办法（2021年修订）", "广州市人力资源和社会保障局", "穗人社规〔2021〕7号", date(2021, 7, 1)),
)  # fmt: skip
CATALOGUE = Catalogue(DOCUMENTS)


def chosen(mask: Iterable[bool]) -> list[int]:
    return [at for at, allowed in enumerate(mask) if allowed]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [0, 1, 2, 3, 4, 5, 6]),
        (Filters(issuer="国务院"), []),
        (Filters(issuer="国务院办公厅"), [0]),
        (Filters(issuer="公安部"), [1]),
        (Filters(issuer="最高人民法院、公安部"), [1]),
        (Filters(issuer="滨海新区公安局"), [2]),
        (Filters(issuer="全国人大常委会"), [3]),
        (Filters(issuer="广州市人社局"), [6]),
        (Filters(issuer="天津市"), []),
        (Filters(number="国办发[2018]第19号"), [0]),
        (Filters(number="〔2018〕19号"), []),
        (Filters(issued_from=DAY, issued_to=DAY), [1]),
        (Filters(issued_to=date(2021, 7, 1)), [0, 3, 6]),
        (Filters(document=DOCUMENTS[4].doc_id), [4]),
        (Filters(document="none"), []),
        (Filters(section="第一章", without=frozenset({DOCUMENTS[0].doc_id, "unknown"})), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_what_a_filter_allows(filters: Filters, expected: list[int]) -> None:
    assert chosen(CATALOGUE.allowed(filters)) == expected


_IDS = st.sampled_from([f"{at:012x}" for at in range(6)])
_COLLECTIONS = st.sampled_from(["", "laws", "reports"])
_ORGANS = ["公安部", "司法部", "滨海新区公安局", "国务院", "国务院办公厅"]
_NUMBERS = st.sampled_from(["", "国发〔2023〕12号", "国发[2023]第12号", "法发〔2023〕3号"])
_DAYS = st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 9))
_LISTED = st.builds(
    Listed,
    doc_id=_IDS,
    revision=st.just("r"),
    collection=_COLLECTIONS,
    title=st.sampled_from(["通知", "办法"]),
    issuer=st.lists(st.sampled_from(_ORGANS), max_size=2).map("、".join),
    number=_NUMBERS,
    issued_on=_DAYS,
)
_FILTERS = st.builds(
    Filters,
    collection=_COLLECTIONS,
    document=st.just("") | _IDS,
    issuer=st.sampled_from(["", "公安局", *_ORGANS]),
    number=_NUMBERS,
    issued_from=_DAYS,
    issued_to=_DAYS,
    without=st.frozensets(_IDS, max_size=2),
)


def allows(f: Filters, d: Listed) -> bool:
    """The filters in plain words."""
    day = d.issued_on
    return (
        d.doc_id not in f.without
        and f.document in ("", d.doc_id)
        and f.collection in ("", d.collection)
        and (not f.issuer or any(i.endswith(f.issuer) for i in d.issuer.split("、")))
        and (not f.number or normalised_number(d.number) == normalised_number(f.number))
        and (f.issued_from is None or (day is not None and day >= f.issued_from))
        and (f.issued_to is None or (day is not None and day <= f.issued_to))
    )


@given(st.lists(_LISTED, max_size=12), _FILTERS)
def test_filters_allow_what_a_plain_loop_allows(documents: list[Listed], filters: Filters) -> None:
    assert Catalogue(documents).allowed(filters).tolist() == [allows(filters, d) for d in documents]


@given(st.lists(_LISTED, max_size=12))
def test_facets_count_what_a_plain_loop_counts(documents: list[Listed]) -> None:
    facets = Catalogue(documents).facets(range(len(documents)))
    for issuer, count in facets["issuer"]:
        assert count == sum(issuer in issuers_of(d) for d in documents)
    for year, count in facets["year"]:
        assert count == sum(d.issued_on is not None and str(d.issued_on.year) == year for d in documents)
    for rows in facets.values():
        assert rows == sorted(rows, key=lambda row: (-row[1], row[0]))
        assert all(value for value, _ in rows)


def test_facets_are_bounded() -> None:
    many = Catalogue(listed(*(("通知", f"第{at}局", "", None) for at in range(60))))
    assert len(many.facets(range(60))["issuer"]) == 50


NAMES = titles(
    "中华人民共和国行政处罚法", "中华人民共和国公司法", "刑法", "保险法", "农业法第二十九条", "农业法第三十条", "公司法第三条",
    "人民检察院刑事诉讼规则（试行）", "人民检察院刑事诉讼规则", "最高人民法院关于适用〈民法典〉若干问题的解释（二）", "财政部", "通知", "管理办法",
    "国务院办公厅关于印发知识产权对外转让有关工作办法（试行）的通知", "上海市专利保护条例(2020-05-14)", "重庆出台援企稳岗返还政策", "专利保护条例", "刑事诉讼法", "宪法修正案（1993年）第五条",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《行政处罚法》规定了什么", ["中华人民共和国行政处罚法"]),
        ("中华人民共和国行政处罚法（2021修订）有几章", ["中华人民共和国行政处罚法"]),
        ("违反公司法的责任", ["中华人民共和国公司法", "公司法第三条"]),
        ("公司法人人格否认", []),
        ("什么是公司法定代表人", []),
        ("外商投资公司法的规定", []),
        ("社会保险法有什么规定", []),
        ("我国保险法的原则", ["保险法"]),
        ("刑法规定的从犯", ["刑法"]),
        ("刑法定义的从犯", ["刑法"]),
        ("公司法国家如何执行", ["中华人民共和国公司法", "公司法第三条"]),
        ("公司法规有哪些", []),
        ("请一位刑法律师", []),
        ("《刑法》", ["刑法"]),
        ("《刑法修正案》", []),
        ("行政处罚法实施条例", []),
        ("《行政处罚法实施条例》第三条", []),
        ("农业法第29条", ["农业法第二十九条"]),
        ("《农业法》第二十九条第一款", ["农业法第二十九条"]),
        ("《农业法》", ["农业法第二十九条", "农业法第三十条"]),
        ("人民检察院刑事诉讼规则（试行）", ["人民检察院刑事诉讼规则（试行）", "人民检察院刑事诉讼规则"]),
        ("《人民检察院刑事诉讼规则》", ["人民检察院刑事诉讼规则", "人民检察院刑事诉讼规则（试行）"]),
        ("《最高人民法院关于适用〈中华人民共和国民法典〉若干问题的解释（二）》", ["最高人民法院关于适用〈民法典〉若干问题的解释（二）"]),
        ("最高人民法院关于适用《民法典》若干问题的解释(二)", ["最高人民法院关于适用〈民法典〉若干问题的解释（二）"]),
        ("财政部发布的通知", []),
        ("各地的管理办法", []),
        ("知识产权对外转让有关工作办法", ["国务院办公厅关于印发知识产权对外转让有关工作办法（试行）的通知"]),
        ("上海市专利保护条例", ["上海市专利保护条例(2020-05-14)"]),
        ("杭州市专利保护条例", []),
        ("what does 行政处罚法 say", ["中华人民共和国行政处罚法"]),
        ("刑诉法如何规定", ["刑事诉讼法"]),
        ("宪法修正案的内容", ["宪法修正案（1993年）第五条"]),
        ("", []),
    ],
)  # fmt: skip
def test_titles_that_stand_in_a_question(text: str, expected: list[str]) -> None:
    found = [NAMES.documents[at].title for at in NAMES.titled(text).tolist()]
    assert sorted(found) == sorted(expected)
    if expected:
        assert found[0] == expected[0]


def test_the_longest_title_comes_first_then_the_newest() -> None:
    rows = [
        ("公证法", date(2005, 8, 28)),
        ("公证法", date(2017, 9, 1)),
        ("公证执业活动投诉处理办法", date(2021, 6, 29)),
    ]
    catalogue = Catalogue(listed(*((title, "", "", day) for title, day in rows)))
    assert catalogue.titled("《公证法》和《公证执业活动投诉处理办法》").tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请问国办发[2018]19号是关于什么的", [0]),
        ("根据国办发〔2018〕第19号文", [0]),
        ("办发〔2018〕19号", []),
        ("苏国办发〔2018〕19号", []),
        ("《知识产权对外转让有关工作办法》", [0]),
        ("《行政处罚法》第三条", [3]),
        ("行政处罚法第三条", [3]),
        ("根据行政处罚法规定的第三条", [3]),
        ("《行政处罚法实施条例》第三条", []),
        ("《天津市实施〈行政处罚法〉办法》第三条", []),
    ],
)
def test_where_an_address_leads(text: str, expected: list[int]) -> None:
    (address,) = addresses(text)
    assert CATALOGUE.addressed(address).tolist() == expected


def test_articles_that_are_documents_are_addressed() -> None:
    found = [NAMES.addressed(a).tolist() for a in addresses("《农业法》第二十九条、第四十条，公司法第三条")]
    assert [[NAMES.documents[at].title for at in each] for each in found] == [
        ["农业法第二十九条"],
        [],
        ["公司法第三条"],
    ]


YEARS = [
    ("天津市滨海新区公安局2023年法治政府建设情况报告", date(2024, 3, 5), {2023}),
    ("二〇二三年工作要点", None, {2023}),
    ("法治建设规划（2021-2025年）", None, {2021, 2022, 2023, 2024, 2025}),
    ("国民经济和社会发展“十四五”规划", None, {2021, 2022, 2023, 2024, 2025}),
    ("河北省国民经济和社会发展第十四个五年规划", None, set()),
    ("2025年广东省政府工作报告", date(2025, 1, 15), {2024, 2025}),
    ("2023年政府工作报告", date(2024, 1, 15), {2023}),
    ("中华人民共和国行政处罚法（2021年修订）", date(2021, 1, 22), set()),
    ("财政部 税务总局公告2020年第8号", date(2020, 2, 6), set()),
    ("关于2022年预算执行情况和2023年预算草案的报告", None, {2022, 2023}),
    ("2022-2023学年校历", None, {2022, 2023}),
    ("关于做好社区矫正工作的通知", date(2023, 4, 1), set()),
    ("上海市专利保护条例(2020-05-14)", date(2020, 5, 14), set()),
]


def test_the_years_a_title_is_about() -> None:
    catalogue = Catalogue(listed(*((title, "", "", day) for title, day, _ in YEARS)))
    assert [catalogue.years(at) for at in range(len(YEARS))] == [years for _, _, years in YEARS]


def test_how_years_fit() -> None:
    catalogue = Catalogue(listed(*((title, "", "", day) for title, day, _ in YEARS)))
    assert catalogue.year_fit(frozenset({2023})).tolist() == [1, 1, 1, 1, 0, -1, 1, 0, 0, 1, 1, 0.5, 0]
    assert catalogue.year_fit(frozenset({2020})).tolist() == [-1, -1, -1, -1, 0, -1, -1, 0, 0.5, -1, -1, 0, 0]
    assert not catalogue.year_fit(frozenset()).any()


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("天津市滨海新区有多少公职律师", [0, 0, 1, 0, -1, 0, -1]),
        ("天津有多少公职律师", [0, 0, 1, 0, -1, 1, -1]),
        ("滨海新区有多少公职律师", [0, 0, 1, 0, -1, 0, -1]),
        ("广东省有多少公职律师", [0, 0, -1, 0, 1, -1, 1]),
        ("how many in Guangzhou", [0, 0, -1, 0, 0, -1, 1]),
        ("How many lawyers are there in Tianjin and Guangdong?", [0, 0, 1, 0, 1, 1, 1]),
        ("全国有多少公职律师", [0] * 7),
    ],
)
def test_how_places_fit(text: str, fit: list[int]) -> None:
    assert CATALOGUE.place_fit(text).tolist() == fit


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("江西安福县", [Place("江西")]),
        ("广西壮族自治区南宁市", [Place("广西", "南宁")]),
        ("湖北武汉", [Place("湖北", "武汉")]),
        ("日照时间和大理石", []),
        ("日照市", [Place("山东", "日照")]),
        ("Xi'an's GDP and Inner Mongolia", [Place("陕西", "西安"), Place("内蒙古")]),
        ("北京、上海", [Place("北京"), Place("上海")]),
    ],
)
def test_places_that_are_named(text: str, places: list[Place]) -> None:
    assert [place for _, place in places_named(text)] == places


def test_a_place_fits_itself_and_what_lies_in_it() -> None:
    china = [
        Place("广东"),
        Place("广东", "广州"),
        Place("广东", "广州", "天河区"),
        Place("广东", "深圳"),
        Place("天津"),
    ]
    fits = [[one.fit(other) for other in china] for one in china]
    assert fits == [[1, 1, 1, 1, -1], [0, 1, 1, -1, -1], [0, 0, 1, -1, -1], [0, -1, -1, 1, -1], [-1, -1, -1, -1, 1]]


@pytest.mark.parametrize(
    ("text", "issuers"),
    [
        ("公安部发布了什么", ("公安部",)),
        ("国务院办公厅的通知", ("国务院办公厅",)),
        ("国务院的通知", ()),
        ("全国人大常委会和最高法院", ("全国人民代表大会常务委员会", "最高人民法院")),
        ("公安部办公厅", ()),
    ],
)
def test_issuers_that_are_named(text: str, issuers: tuple[str, ...]) -> None:
    assert CATALOGUE.issuers_in(text) == issuers
    expected = [any(i in issuers for i in issuers_of(d)) for d in DOCUMENTS]
    assert (CATALOGUE.issuer_fit(text) > 0).tolist() == expected


def test_of_several_revisions_the_last_is_meant() -> None:
    twice = Catalogue([*DOCUMENTS, DOCUMENTS[2]])
    assert twice.ordinal(DOCUMENTS[2].doc_id) == 7
    assert twice.ids == {d.doc_id for d in DOCUMENTS}
    assert chosen(twice.allowed(Filters(document=DOCUMENTS[2].doc_id))) == [2, 7]
    with pytest.raises(KeyError):
        twice.ordinal("none")


def test_an_empty_catalogue() -> None:
    empty = Catalogue([])
    assert empty.titled("《办法》第一条").tolist() == []
    assert len(empty.allowed(Filters(issuer="公安部"))) == 0
    assert len(empty.year_fit(frozenset({2023}))) == len(empty.place_fit("天津")) == 0
    assert empty.facets([]) == {"collection": [], "issuer": [], "year": []}


@given(st.text(alphabet="天津市滨海新区公安局2023年行政处罚法《》（）第一条 国办发〔2018〕19号和与", max_size=60))
def test_no_question_breaks_it(text: str) -> None:
    for found in (CATALOGUE.titled(text), *map(CATALOGUE.addressed, addresses(text))):
        assert len(set(found.tolist())) == len(found)
        assert all(0 <= at < len(DOCUMENTS) for at in found)
    assert set(CATALOGUE.place_fit(text).tolist()) <= {-1, 0, 1}
    assert set(CATALOGUE.issuer_fit(text).tolist()) <= {0, 1}


def test_the_shipped_documents(shipped: list[Document]) -> None:
    rows = [Listed(d.id, d.revision, d.collection, d.title, d.issuer, d.number, d.issued_on) for d in shipped]
    catalogue = Catalogue(rows)
    for at, row in enumerate(rows):
        short = row.title.removeprefix("中华人民共和国")
        for text in (f"《{row.title}》的内容", f"请问{short}的规定", f"《{short}》第一条"):
            assert at in catalogue.titled(text)
    (report,) = np.flatnonzero(catalogue.year_fit(frozenset({2023})) > 0)
    assert rows[report].collection == "reports"
    assert chosen(catalogue.place_fit("天津") > 0) == [report]


def many(count: int) -> list[Listed]:
    heads = ["行政", "道路", "公共", "教育", "卫生", "水", "农业", "城市", "消防", "渔业"]
    kinds = ["处罚", "交通", "许可", "管理", "监督", "保护", "促进", "安全", "服务", "登记"]
    laws = ["".join(parts) + "条例" for parts in product(heads, heads, kinds, kinds)]
    rows = [
        (f"{law}第{n}条", "国务院", f"国发〔20{at % 20:02}〕{at % 99}号", DAY)
        for n in "一二三四五六"
        for at, law in enumerate(laws)
    ]
    return listed(*rows[:count])


def test_a_large_catalogue_answers_soon() -> None:
    """In CPU time, several times what was seen, so that a busy machine does not fail it."""
    documents = many(60_000)
    assert len(documents) == 60_000
    started = time.process_time()
    catalogue = Catalogue(documents)
    assert time.process_time() - started < 0.02
    assert len(catalogue.titled("《行政道路处罚许可条例》第一条")) == 1
    catalogue.allowed(Filters(collection="", issuer="国务院"))
    catalogue.year_fit(frozenset({2023}))
    catalogue.place_fit("天津")
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize(
    "piece",
    ["《", "》", "行政道路处罚许可条例", "行政道路处罚许可条例第", "一", "条例", "国发〔2023〕1号", "天津", "(", "9"],
)
def test_time_is_bounded(piece: str) -> None:
    catalogue = Catalogue(many(6_000))
    catalogue.titled("办法")
    text = (piece * 1000)[:1000]
    started = time.process_time()
    catalogue.titled(text)
    catalogue.issuers_in(text)
    for address in addresses(text):
        catalogue.addressed(address)
    assert time.process_time() - started < 0.5


def test_a_question_that_compares_everything_has_few_sides() -> None:
    catalogue = titles("2023年天津市政府工作报告", "2022年北京市政府工作报告")
    years = "、".join(f"{year}年" for year in range(2015, 2025))
    asked = f"比较{years}，{'、'.join(PROVINCES)}的区别"
    question = understand(asked, Glossary(Path(), lambda word: False), lambda words: 1.0)
    assert 1 < len(sides_of(question, catalogue)) <= 12


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("山东省济南市、青岛市，山东，北京", {"山东", "济南", "青岛"}),
        ("武汉，湖北，广州，广州，广州，深圳", {"广东", "广州"}),
        ("北京、上海", set()),
        ("本市各区", set()),
        ("Zhejiang and Hangzhou", {"浙江", "杭州"}),
    ],
)
def test_what_a_text_mostly_speaks_of(text: str, places: set[str]) -> None:
    assert mostly_spoken_of(text) == places
