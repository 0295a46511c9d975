from __future__ import annotations

from datetime import date

import pytest
from conftest import CORPUS, NOTICE

from archive.decoding import LARGEST_FILE
from archive.errors import BadInput
from archive.parsers import parse_text, parser_for


def test_page_furniture_goes_and_the_body_stays() -> None:
    raw = (CORPUS / "report-2023.txt").read_bytes()
    parsed = parse_text(raw, "report-2023.txt")
    assert parsed.title == "天津市滨海新区公安局2023年法治政府建设情况报告"
    assert parsed.facts.issued_on == date(2024, 3, 5)
    assert parsed.facts.publisher == "区公安局"
    lines = parsed.text.split("\n")
    assert lines[0] == parsed.title
    assert lines.count(parsed.title) == 1
    assert lines[-1].endswith("“心服口服”。")
    for gone in ("扫一扫", "字号", "重点链接", "政府网站"):
        assert gone not in parsed.text
    body = [line.strip() for line in raw.decode().splitlines() if len(line) > 60]
    assert all(line.replace("  ", " ") in parsed.text for line in body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_encodings_give_the_same_text(encoding: str) -> None:
    assert parse_text(NOTICE.encode(encoding), "a.txt") == parse_text(NOTICE.encode(), "a.txt")


def test_head_fields() -> None:
    parsed = parse_text("标题\n文号: 国发〔2023〕12号\n发布日期：2023年5月6日\n正文。".encode(), "a.txt")
    assert (parsed.facts.number, parsed.facts.issued_on) == ("国发〔2023〕12号", date(2023, 5, 6))


def test_an_impossible_date_is_none() -> None:
    assert parse_text("标题\n发布日期: 2023-02-31\n正文。".encode(), "a.txt").facts.issued_on is None


@pytest.mark.parametrize("raw", [b"", b"  \n\n", b"\x81\x00\xff\xfe\xfd", bytes(LARGEST_FILE + 1)])
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput, match=r"a\.txt"):
        parse_text(raw, "a.txt")


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("a.doc", r"as \.docx"),
        ("a.wps", r"as \.docx"),
        ("a", r"as \.docx"),
        ("a.xls", r"\.html"),
        ("a.JPG", "OCR"),
        ("a.rar", "unpack"),
    ],
)
def test_other_kinds_are_refused_with_the_mend(name: str, mend: str) -> None:
    with pytest.raises(BadInput, match=mend):
        parser_for(name)


def test_markdown() -> None:
    raw = """---
x: y
---
# 题目 办法

2024年1月2日 某某会议通过

<!-- 注释 -->

## 第一章 总则

第一条 为了**规范**管理，
制定本办法。

1. 一项
2. 二项

| 项目 | 数量 |
| --- | --- |
| 律师 | 86人 |
"""
    parsed = parser_for("a.md")(raw.encode(), "a.md", "")
    assert parsed.text.split("\n") == [
        "题目 办法",
        "2024年1月2日 某某会议通过",
        "第一章 总则",
        "第一条 为了规范管理，",
        "制定本办法。",
        "1. 一项",
        "2. 二项",
        "项目 | 数量",
        "律师 | 86人",
    ]
    assert parsed.facts.issued_on == date(2024, 1, 2)
