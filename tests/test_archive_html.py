from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import BadInput
from archive.html import DEEPEST, parse_html

BODY = "".join(
    f"<p>第{n}段正文说明了本年度的主要工作情况，共办理各类事项{n}00余件，群众满意度不断提高。</p>" for n in range(1, 9)
)
PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>关于做好冬季供暖工作的通知 - 某市人民政府门户网站</title>{metas}<style>p{{color:red}}</style></head><body>
<header><a href="/">首页</a><a href="/a">政务公开</a></header>
<div class="nav"><ul><li><a href="/b">领导之窗</a></li><li><a href="/c">机构职能</a></li></ul></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/x">通知公告</a></div>
<h1>关于做好冬季供暖工作的通知</h1>
<div class="info"><span>发布日期：2023-11-02 10:00</span><span>来源：<b>某市城管局</b></span><span>浏览次数：<i>-</i></span><span>字号：大 中 小</span></div>
<div class="share">分享到：微信 微博</div>
<div class="content"><p>某城管〔2023〕9号</p>{body}
<table><tr><th>区</th><th>热源</th><th>户数</th></tr><tr><td rowspan="2">甲区</td><td>一厂</td><td>1200</td></tr><tr><td>二厂</td><td>900</td></tr></table>
<p>附件：<a href="a.doc">供暖名单.doc</a></p><p style="text-align:right">某市城管局</p><p>2023年11月1日</p></div>
<div class="related"><h3>相关新闻</h3><a href="/1">某市启动供暖</a><a href="/2">供暖问答</a></div>
<div class="footer">主办单位：某市人民政府 ICP备12345号</div><script>var x = "脚本";</script></body></html>"""


def test_the_article_without_the_clutter() -> None:
    parsed = parse_html(PAGE.format(metas="", body=BODY).encode(), "a.html")
    lines = parsed.text.split("\n")
    assert lines[:4] == [
        "关于做好冬季供暖工作的通知",
        "发布日期：2023-11-02 10:00",
        "来源：某市城管局",
        "某城管〔2023〕9号",
    ]
    assert lines[4:12] == [line.removeprefix("<p>") for line in BODY.split("</p>")[:-1]]
    assert lines[12:] == [
        "区 | 热源 | 户数",
        "甲区 | 一厂 | 1200",
        "甲区 | 二厂 | 900",
        "附件：供暖名单.doc",
        "某市城管局",
        "2023年11月1日",
    ]
    facts = parsed.facts
    assert (facts.number, facts.issued_on, facts.publisher) == ("某城管〔2023〕9号", date(2023, 11, 1), "某市城管局")
    assert facts.issuer == "某市城管局"


def test_the_meta_fields_of_government_sites() -> None:
    metas = '<meta name="ArticleTitle" content="供暖通知"><meta name="PubDate" content="2022-01-02 03:04"><meta name="ContentSource" content="热力办">'
    page = PAGE.format(metas=metas, body=BODY)
    page = (
        page.replace("<h1>关于做好冬季供暖工作的通知</h1>", "")
        .replace("发布日期：2023-11-02 10:00", "")
        .replace("<p>2023年11月1日</p>", "")
        .replace("来源：<b>某市城管局</b>", "")
    )
    facts = parse_html(page.encode(), "a.html").facts
    assert (facts.title, facts.issued_on, facts.publisher) == ("供暖通知", date(2022, 1, 2), "热力办")


def test_a_short_article_in_a_block_named_like_furniture() -> None:
    page = '<html><head><title>通知</title></head><body><div class="content print"><p>因管道检修，城区停水三天。</p></div></body></html>'
    assert parse_html(page.encode(), "a.html").text == "通知\n因管道检修，城区停水三天。"


def test_an_empty_cell_keeps_its_column() -> None:
    table = (
        "<table><tr><th>项目</th><th>2023年</th><th>2024年</th></tr><tr><td>教育</td><td></td><td>20</td></tr></table>"
    )
    assert "教育 | | 20" in parse_html(PAGE.format(metas="", body=BODY + table).encode(), "a.html").text


@pytest.mark.parametrize(
    "body",
    [
        "<table>" + "<tr><td colspan=200 rowspan=200>某</td></tr>" * 3000 + "</table>",
        "<table><tr><td>某区</td><td>1</td></tr><tr><td>乙</td><td>2</td></tr></table>" * 3000,
    ],
)
def test_hostile_tables_take_no_time(body: str) -> None:
    began = time.process_time()
    assert parse_html(f"<title>题目</title>{body}".encode(), "a.html").text
    assert time.process_time() - began < 8


def test_a_page_that_scripts_make_visible_keeps_its_body() -> None:
    page = PAGE.format(metas="", body=BODY).replace("<body>", '<body style="visibility: hidden">')
    assert "群众满意度" in parse_html(page.encode(), "a.html").text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html></html>",
        b"<html><body><img src='a.png'></body></html>",
        ("<div>" * (DEEPEST + 5) + "正文").encode(),
    ],
)
def test_pages_without_text_or_end_are_refused(raw: bytes) -> None:
    with pytest.raises(BadInput, match=r"a\.html"):
        parse_html(raw, "a.html")


@given(st.text(max_size=300), st.integers(0, 3000))
def test_mangled_pages_are_read_or_refused(inserted: str, at: int) -> None:
    page = PAGE.format(metas="", body=BODY)
    raw = (page[:at] + inserted + page[at:]).encode("utf-8", "replace")
    try:
        assert parse_html(raw, "a.html").text
    except BadInput:
        pass


def test_words_of_the_body_that_elsewhere_are_furniture_stay() -> None:
    items = "<p>可以用下列方式缴费：</p><ul><li>微信</li><li>打印</li><li>大</li></ul>"
    text = parse_html(PAGE.format(metas="", body=items + BODY).encode(), "a.html").text
    assert "可以用下列方式缴费：\n微信\n打印\n大\n第1段" in text
