from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st

from archive.decoding import checked, decode
from archive.errors import BadInput
from archive.html import parse_html

PROSE = "为了规范行政执法行为，保护公民、法人和其他组织的合法权益，全年办结行政复议案件1,286件，应诉率达到100%。"
TRADITIONAL = "為了規範行政執法行為，保護公民、法人和其他組織的合法權益，全年辦結行政復議案件一千件。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "utf-32"]
)
@pytest.mark.parametrize("declared", ["", "gb2312", "utf-8", "big5", "iso-8859-1", "no-such-charset"])
def test_a_false_charset_is_overruled(encoding: str, declared: str) -> None:
    assert decode(PROSE.encode(encoding), "a.txt", declared) == PROSE
    page = f'<meta charset="{declared}">{PROSE}'
    assert decode(page.encode(encoding), "a.html") == page


@pytest.mark.parametrize("declared", ["", "gb2312", "big5"])
def test_big5_is_told_from_gb18030(declared: str) -> None:
    assert decode(TRADITIONAL.encode("big5"), "a.txt", declared) == TRADITIONAL
    assert decode(TRADITIONAL.encode("gb18030"), "a.txt", declared) == TRADITIONAL


@pytest.mark.parametrize("text", ["通知", "公职律师86人", "行政处罚法", "a"])
def test_short_texts(text: str) -> None:
    assert decode(text.encode("gb18030"), "a.txt") == text
    assert decode(text.encode(), "a.txt") == text


@pytest.mark.parametrize(
    "garbled",
    [
        PROSE.encode().decode("gb18030", "replace"),
        PROSE.encode().decode("latin-1"),
        PROSE.encode("gb18030").decode("latin-1"),
        "锟斤拷锟斤拷" * 5,
        "正文\ufffd" * 20,
    ],
)
def test_garbled_text_is_refused_with_a_reason(garbled: str) -> None:
    with pytest.raises(BadInput, match="garbled"):
        checked(garbled, "a.txt")


def test_a_character_cut_by_a_script_does_not_cost_the_page() -> None:
    text = PROSE * 20
    raw = text.encode()
    assert decode(raw[:1000] + raw[1001:], "a.txt").count("\ufffd") <= 2


def test_english_and_names_are_not_garbled() -> None:
    assert checked("The district has 86 lawyers. Café Müller, naïve résumé." * 5, "a.txt")
    assert checked("彧翀頔鑫淼焱垚犇骉猋赟昶晟曦熠煜烨炜" * 20, "a.txt")


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(raw: bytes) -> None:
    with suppress(BadInput):
        assert isinstance(decode(raw, "a.txt"), str)


def pages() -> Iterator[Path]:
    yield from sorted(shared("documents/html").glob("*.html"))


@pytest.mark.parametrize("charset", ["gb2312", "big5", ""])
def test_real_pages_read_the_same_from_gb18030(charset: str) -> None:
    for path in pages():
        raw = path.read_bytes()
        text = (
            raw.decode()
            .replace('charset="utf-8"', f'charset="{charset}"')
            .replace("charset=utf-8", f"charset={charset}")
        )
        assert parse_html(text.encode("gb18030"), path.name) == parse_html(raw, path.name), path.name


def test_real_traditional_text_reads_the_same_from_big5() -> None:
    found = 0
    for name in ("DRCD_dev.json", "DRCD_test.json"):
        for article in json.loads((shared("reading") / name).read_text(encoding="utf-8"))["data"]:
            for text in (p["context"] for p in article["paragraphs"]):
                try:
                    raw = text.encode("big5")
                except UnicodeEncodeError:
                    continue
                found += 1
                assert decode(raw, "a.txt") == text
    assert found > 1500
