from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from conftest import SHARED
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive import pdf
from archive.blocks import Block
from archive.errors import BadInput
from archive.pdf import read_pdf

PRINTED = SHARED / "documents/pdf"
LEFT, RIGHT, TOP, EM, PITCH = 79.0, 527.0, 725.0, 16.0, 29.0  # GB/T 9704: 28 characters in a line of 16 points


@dataclass
class Sheet:
    """One page, drawn by hand: `put` writes from a point on, in an unembedded Chinese font."""

    width: float = 595.0
    height: float = 842.0
    rotate: int = 0
    drawn: list[str] = field(default_factory=list)
    at: float = TOP

    def put(self, text: str, x: float, y: float, size: float = EM, font: str = "G", turned: str = "1 0 0 1") -> Sheet:
        self.drawn.append(f"BT /{font} {size} Tf {turned} {x} {y} Tm <{text.encode('utf-16-be').hex()}> Tj ET")
        return self

    def lines(self, *texts: str, size: float = EM, pitch: float = PITCH) -> Sheet:
        """Lines one below the other; a leading 　 indents by one em, a leading ^ centres, > puts to the right."""
        for text in texts:
            bare = text.lstrip("^>　")
            width = sum(1.0 if ord(c) > 255 else 0.5 for c in bare) * size
            indent = (len(text) - len(text.lstrip("　"))) * size
            x = {"^": (LEFT + RIGHT - width) / 2, ">": RIGHT - width - 2 * size}.get(text[0], LEFT + indent)
            self.put(bare, x, self.at, size)
            self.at -= pitch
        return self

    def rule(self, x: float, y: float, to_x: float, to_y: float) -> Sheet:
        self.drawn.append(f"{x} {y} m {to_x} {to_y} l S")
        return self

    def box(self, x: float, y: float, to_x: float, to_y: float) -> Sheet:
        self.drawn.append(f"{x} {y} {to_x - x} {to_y - y} re S")
        return self

    def image(self, x: float, y: float, width: float, height: float) -> Sheet:
        self.drawn.append(f"q {width} 0 0 {height} {x} {y} cm BI /W 1 /H 1 /CS /G /BPC 8 /F /AHx ID 80> EI Q")
        return self


def made(*sheets: Sheet, encrypted: bool = False) -> bytes:
    def cid_font(ordering: str, encoding: str) -> str:
        return (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /{encoding} /DescendantFonts [<< /Type /Font"
            f" /Subtype /CIDFontType0 /BaseFont /Song /CIDSystemInfo << /Registry (Adobe) /Ordering ({ordering})"
            " /Supplement 2 >> /DW 1000 /W [1 95 500 814 939 500] /FontDescriptor << /Type /FontDescriptor /FontName"
            " /Song /Flags 4 /FontBBox [0 -120 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /StemV 80"
            " /CapHeight 700 >> >>] >>"
        )

    kids = " ".join(f"{5 + 2 * at} 0 R" for at in range(len(sheets)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(sheets)} /Kids [{kids}] >>",
        cid_font("GB1", "UniGB-UCS2-H"),
        cid_font("Identity", "Identity-H"),
    ]
    for at, sheet in enumerate(sheets):
        content = "\n".join(sheet.drawn)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {sheet.width} {sheet.height}] /Rotate {sheet.rotate}"
            f" /Resources << /Font << /G 3 0 R /N 4 0 R >> >> /Contents {6 + 2 * at} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    locked = f" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'00' * 32}> /U <{'11' * 32}> >> /ID [<00> <00>]"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return out + (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R"
        f"{locked if encrypted else ''} >>\nstartxref\n{len(out)}\n%%EOF\n"
    ).encode("ascii")


def read(*sheets: Sheet) -> list[Block]:
    return read_pdf(made(*sheets), "一.pdf")


def texts(*sheets: Sheet) -> list[str]:
    return [block.text for block in read(*sheets)]


def prose(length: int, end: str = "。", seed: int = 0) -> str:
    return "".join(chr(0x4E10 + (seed * 997 + at * 7) % 5000) for at in range(length - len(end))) + end


def wrapped(text: str) -> list[str]:
    """A paragraph set as official documents set it: 28 characters a line, the first indented by two."""
    return ["　　" + text[:26], *(text[at : at + 28] for at in range(26, len(text), 28))]


# --- paragraphs ---


def test_a_notice_is_read_as_title_paragraphs_signature_and_date() -> None:
    first, second = prose(70, seed=1), prose(53, seed=2)
    sheet = (
        Sheet().lines("^某某省人民政府文件", size=40, pitch=60).lines("^某政发〔2026〕8号").rule(LEFT, 640, RIGHT, 640)
    )
    sheet.lines("^某某省人民政府关于做好", "^有关工作的通知", size=22, pitch=32)
    sheet.lines(
        "各市人民政府：", *wrapped(first), "　　一、总体要求", *wrapped(second), ">某某省人民政府", ">2026年3月1日"
    )
    blocks = read(sheet.lines("　　（此件公开发布）"))
    assert [b.text for b in blocks if b.role == "title"] == ["某某省人民政府关于做好有关工作的通知"]
    assert [b.text for b in blocks] == [
        "某某省人民政府文件",
        "某政发〔2026〕8号",
        "某某省人民政府关于做好有关工作的通知",
        "各市人民政府：",
        first,
        "一、总体要求",
        second,
        "某某省人民政府",
        "2026年3月1日",
        "（此件公开发布）",
    ]


def test_a_paragraph_over_a_page_break_is_one_and_belongs_to_the_page_it_begins_on() -> None:
    text, after = prose(26 + 28 * 5 + 9, seed=3), prose(40, seed=4)
    lines = wrapped(text)
    blocks = read(Sheet().lines(*lines[:3]), Sheet().lines(*lines[3:], *wrapped(after)))
    assert blocks == [Block(text, page=1), Block(after, page=2)]


def test_a_full_last_line_does_not_swallow_the_next_paragraph() -> None:
    full, after = prose(26 + 28, seed=5), prose(60, seed=6)
    assert texts(Sheet().lines(*wrapped(full), *wrapped(after))) == [full, after]


def test_a_reference_to_an_article_at_a_lines_start_is_no_heading() -> None:
    text = prose(24, end="依照") + "第三十条、" + prose(45, seed=7)
    assert texts(Sheet().lines(*wrapped(text))) == [text]


def test_unindented_articles_begin_paragraphs() -> None:
    first, second = "第一条 " + prose(24, seed=8), "第二条 " + prose(40, seed=9)
    assert texts(Sheet().lines(first, second[:28], second[28:])) == [first, second]


def test_chapter_headings_in_the_middle_stand_alone() -> None:
    text = prose(60, seed=10)
    got = texts(Sheet().lines(*wrapped(text), "^第一章　总则", "^第一节　范围", *wrapped(text)))
    assert [re.sub(r"\s", " ", t) for t in got] == [text, "第一章 总则", "第一节 范围", text]


def test_an_item_whose_further_lines_hang_is_one_paragraph() -> None:
    text = "（一）" + prose(25 + 24 + 9, seed=19)
    after = "（二）" + prose(20, seed=20)
    lines = [text[:28], "　　　" + text[28:53], "　　　" + text[53:], after]
    assert texts(Sheet().lines(*wrapped(prose(110)), *lines)) == [prose(110), text, after]


def test_the_title_of_an_order_is_not_its_head() -> None:
    sheet = (
        Sheet().lines("^某某省人民政府令", size=30, pitch=50).lines("^第8号").lines("^某某管理办法", size=22, pitch=50)
    )
    blocks = read(sheet.lines(*wrapped(prose(60))))
    assert [b.text for b in blocks if b.role == "title"] == ["某某管理办法"]
    blocks = read(Sheet().lines("^某某局公告", size=22, pitch=50).lines(*wrapped(prose(60))))
    assert blocks[0] == Block("某某局公告", "title", page=1)


def test_a_title_no_larger_than_the_text_is_the_first_line_in_the_middle() -> None:
    blocks = read(Sheet().lines("^关于某某工作的通知", "^〔2026〕8号", *wrapped(prose(60))))
    assert [b.role for b in blocks] == ["title", "text", "text"]
    assert [b.role for b in read(Sheet().lines(*wrapped(prose(60))))] == ["text"]


def test_a_word_parted_by_a_hyphen_is_whole() -> None:
    assert pdf._wrapped(["a docu\u00ad", "ment of 3", "pages"]) == "a document of 3 pages"


def test_letters_are_joined_by_a_blank_and_characters_are_not() -> None:
    sheet = Sheet().lines(
        "the quick brown fox jumps over the lazy dog and then the", "other one 中文" + prose(22, end=""), "中文后面"
    )
    assert texts(sheet)[0].startswith("the quick brown fox jumps over the lazy dog and then the other one")
    assert texts(sheet)[0].endswith("中文后面")


def test_lines_come_from_top_to_bottom_whatever_order_the_file_has() -> None:
    first, second = prose(54, seed=11), prose(50, seed=12)
    lines = [*wrapped(first), *wrapped(second)]
    sheet = Sheet()
    for at in (3, 1, 0, 2):
        sheet.at = TOP - PITCH * at
        sheet.lines(lines[at])
    assert texts(sheet) == [first, second]


def test_entries_of_a_table_of_contents_stay_apart() -> None:
    entries = [f"第{n}章　某某某某{'…' * 18}{n}" for n in (1, 2, 3)]
    assert len(texts(Sheet().lines(*entries, *wrapped(prose(90))))) == 4


def test_two_columns_are_read_one_after_the_other() -> None:
    left, right = prose(12 * 14, seed=13), prose(12 * 14, seed=14)
    sheet = Sheet()
    for at in range(14):
        y = TOP - 24 * at
        sheet.put(left[12 * at : 12 * at + 12], LEFT, y).put(right[12 * at : 12 * at + 12], LEFT + 15 * EM, y)
    assert "".join(texts(sheet)) == left + right


def test_a_turned_page_is_read_as_it_is_shown() -> None:
    text = prose(50, seed=15)
    sheet = Sheet(width=842, height=595, rotate=90)
    for at, line in enumerate((text[:28], text[28:])):
        # shown (x, y) lies at (842 - y, x) before the turn to the right
        sheet.put(line, 842 - (500 - PITCH * at), 60, turned="0 1 -1 0")
    assert texts(sheet) == [text]


def test_slanted_letters_are_no_turned_text() -> None:
    text = prose(26, seed=18)
    assert texts(Sheet().put(text, LEFT, TOP, turned="1 0 0.33 1")) == [text]


def test_bold_by_printing_twice_is_read_once() -> None:
    sheet = Sheet()
    for at, char in enumerate("附件说明"):
        sheet.put(char, LEFT + at * EM, TOP).put(char, LEFT + at * EM + 0.4, TOP)
    assert texts(sheet) == ["附件说明"]


def test_blanks_between_all_characters_are_taken_for_an_ocrs() -> None:
    text = prose(20, seed=16)
    assert texts(Sheet().lines(" ".join(text))) == [text]
    assert texts(Sheet().lines("关于工作的通知 " + text)) == ["关于工作的通知 " + text]


def test_radicals_that_stand_for_characters_are_mended() -> None:
    assert pdf._character(0x2F00) == "一"
    assert pdf._character(ord("⺠")) == "民"


# --- heads, feet, watermarks ---


def numbered(pages: int, foot: str, head: str = "") -> Iterator[Sheet]:
    for number in range(1, pages + 1):
        sheet = Sheet().lines(*wrapped(prose(100, seed=number)))
        if head:
            sheet.put(head, LEFT, 800, 9)
        yield sheet.put(foot.format(number, pages), 90 if number % 2 else 480, 40, 10)


@pytest.mark.parametrize("foot", ["— {} —", "-{}-", "{}", "{}/{}", "第 {} 页 共 {} 页", "某某省公报2026年第3期　{}"])
def test_page_numbers_are_dropped(foot: str) -> None:
    assert texts(*numbered(4, foot)) == [prose(100, seed=n) for n in (1, 2, 3, 4)]


def test_running_heads_are_dropped() -> None:
    assert texts(*numbered(3, "{}", "某某省人民政府公报 2026年")) == [prose(100, seed=n) for n in (1, 2, 3)]


@pytest.mark.parametrize("stamp", ["2026/7/24 15:30", "7/24/26, 3:30 PM"])
def test_what_a_browser_prints_around_a_single_page_is_dropped(stamp: str) -> None:
    sheet = Sheet().put(stamp, 24, 819, 8).put("某通知_某网", 250, 818, 8).lines(*wrapped(prose(60)))
    assert texts(sheet.put("https://www.example.gov.cn/a/1.htm", 24, 16, 8).put("1/1", 560, 16, 8)) == [prose(60)]


def test_attachments_and_table_figures_at_the_edge_are_kept() -> None:
    sheets = [Sheet().put(f"附件{n}", LEFT, 790).lines(*wrapped(prose(60, seed=n))) for n in (1, 2)]
    assert texts(*sheets) == ["附件1", prose(60, seed=1), "附件2", prose(60, seed=2)]
    figures = [Sheet().lines(*wrapped(prose(60, seed=n))).put(str(n * n + 300), LEFT, 60) for n in (1, 2, 3)]
    assert "304" in " ".join(texts(*figures))


def test_a_recurring_number_too_long_to_count_with_does_no_harm() -> None:
    assert len(texts(*(Sheet().lines(*wrapped(prose(60))).put("1" * 5000, LEFT, 800, 0.1) for _ in range(3)))) <= 6


def test_a_line_that_recurs_within_the_body_is_kept() -> None:
    sheets = [Sheet().lines("　　一、总体要求", *wrapped(prose(60, seed=n))) for n in (1, 2, 3)]
    assert texts(*sheets).count("一、总体要求") == 3


def test_a_watermark_across_the_pages_is_dropped_and_other_turned_text_kept() -> None:
    slanted = "0.7 0.7 -0.7 0.7"
    sheets = [Sheet().lines(*wrapped(prose(60, seed=n))).put("内部资料", 200, 300, 50, turned=slanted) for n in (1, 2)]
    sheets[1].put("附注", 300, 400, turned="0 1 -1 0")
    got = texts(*sheets)
    assert got[:2] == [prose(60, seed=1), prose(60, seed=2)]
    assert "附注" in "".join(got)


# --- tables ---


def grid(sheet: Sheet, xs: Sequence[float], ys: Sequence[float]) -> Sheet:
    for x in xs:
        sheet.rule(x, ys[0], x, ys[-1])
    for y in ys:
        sheet.rule(xs[0], y, xs[-1], y)
    return sheet


def test_a_ruled_table_gives_rows_with_wrapped_cells_joined() -> None:
    sheet = Sheet().lines(*wrapped(prose(60)))
    grid(sheet, (80, 140, 300, 500), (600, 570, 510, 480))
    sheet.put("序号", 90, 580).put("名称", 150, 580).put("内容", 310, 580)
    sheet.put("1", 90, 535).put("企业", 150, 545).put("信息", 150, 525).put("甲乙丙丁", 310, 535)
    sheet.put("2", 90, 490).put("资金", 150, 490).put("1,234.5", 310, 490)
    sheet.put("注：单位为万元。", LEFT + 32, 440)
    blocks = read(sheet)
    assert [b.text for b in blocks if b.role == "row"] == [
        "序号 | 名称 | 内容",
        "1 | 企业信息 | 甲乙丙丁",
        "2 | 资金 | 1,234.5",
    ]
    assert (blocks[0].text, blocks[-1].text) == (prose(60), "注：单位为万元。")


def test_figures_that_nearly_touch_across_a_ruling_are_two_cells() -> None:
    sheet = grid(Sheet(), (80, 130, 180), (600, 570, 540))
    sheet.put("1234567", 81, 580, 12).put("89", 132, 580, 12).put("甲", 90, 550).put("乙", 140, 550)
    assert [b.text for b in read(sheet)] == ["1234567 | 89", "甲 | 乙"]


def test_a_short_cell_over_several_rows_is_repeated() -> None:
    sheet = Sheet()
    for x in (80, 180, 300):
        sheet.rule(x, 600, x, 540)
    sheet.rule(80, 600, 300, 600).rule(180, 570, 300, 570).rule(80, 540, 300, 540)
    sheet.put("许可", 90, 565).put("甲", 190, 580).put("乙", 190, 550)
    assert [b.text for b in read(sheet)] == ["许可 | 甲", "许可 | 乙"]


def test_a_cell_that_spans_stops_where_it_ends() -> None:
    sheet = Sheet()
    for x in (80, 180, 300):
        sheet.rule(x, 600, x, 510)
    sheet.rule(80, 600, 300, 600).rule(180, 570, 300, 570).rule(80, 540, 300, 540).rule(80, 510, 300, 510)
    sheet.put("许可", 90, 565).put("甲", 190, 580).put("乙", 190, 550).put("处罚", 90, 520).put("丙", 190, 520)
    assert [b.text for b in read(sheet)] == ["许可 | 甲", "许可 | 乙", "处罚 | 丙"]


def test_a_frame_around_a_text_is_no_table() -> None:
    text = prose(70, seed=17)
    assert read(Sheet().box(60, 400, 540, 780).lines(*wrapped(text))) == [Block(text, page=1)]


def test_columns_without_rulings_give_rows() -> None:
    sheet = Sheet().lines(*wrapped(prose(60)))
    for at, (name, figure) in enumerate((("甲市", "12"), ("乙市", "345"), ("丙市", "6"))):
        sheet.put(name, LEFT, 600 - 24 * at).put(figure, LEFT + 200, 600 - 24 * at)
    assert [b.text for b in read(sheet) if b.role == "row"] == ["甲市 | 12", "乙市 | 345", "丙市 | 6"]


def test_cells_centred_beside_wrapped_ones_keep_their_row() -> None:
    sheet = Sheet()
    for at, number in enumerate((1, 2)):
        y = 600 - 60 * at
        sheet.put(f"标{number}：", 90, y - 8, 11)
        sheet.put(f"第{number}件通知的名称", 150, y, 11).put("的后半", 150, y - 16, 11).put(
            f"来源{number}", 400, y - 8, 11
        )
    assert [b.text for b in read(sheet)] == [
        "标1： 第1件通知的名称的后半 | 来源1",
        "标2： 第2件通知的名称的后半 | 来源2",
    ]


# --- refusals ---


def refused(raw: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read_pdf(raw, "一.pdf")
    message = str(caught.value)
    assert message.startswith("一.pdf: ")
    return message


def test_a_scan_is_refused_with_the_way_to_ocr() -> None:
    scan = Sheet().image(0, 0, 595, 842)
    assert "ocrmypdf -l chi_sim" in refused(made(scan, scan))
    assert "scan" in refused(made(Sheet()))
    assert "scan" in refused(made(*(Sheet().image(0, 0, 595, 842).put(f"— {n} —", 290, 40) for n in (1, 2, 3))))


def test_a_few_scanned_pages_are_passed_over() -> None:
    scan, page = Sheet().image(0, 0, 595, 842), Sheet().lines(*wrapped(prose(60)))
    assert texts(page, scan) == [prose(60)]
    assert "scan" in refused(made(page, scan, scan))


def test_a_text_over_a_picture_is_text() -> None:
    assert texts(Sheet().image(0, 0, 595, 842).lines(*wrapped(prose(60)))) == [prose(60)]


def test_fonts_without_unicode_are_refused() -> None:
    assert "carry no Unicode" in refused(made(Sheet().put("一丁七万丈三上下", LEFT, TOP, font="N")))
    assert "carry no Unicode" in refused(made(Sheet().put("\ue000\ue001\ue002字字字", LEFT, TOP)))
    assert len(texts(Sheet().lines("\ue000" + prose(27)))) == 1


def test_locked_and_damaged_files_are_refused() -> None:
    assert "password" in refused(made(Sheet().lines("字"), encrypted=True))
    assert "damaged" in refused(b"")
    assert "damaged" in refused(b"%PDF-1.7\nnothing")
    assert "damaged" in refused("通知".encode())


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = [Sheet().lines("通知" * 10) for _ in range(3)]
    for name, most, what in (
        ("MOST_PAGES", 2, "3 pages; at most 2 are taken: split it"),
        ("MOST_CHARACTERS", 50, "more than 50 characters"),
        ("MOST_CHARACTERS_ON_A_PAGE", 10, "20 characters on page 1"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(pdf, name, most)
            assert what in refused(made(*sheets))


def test_many_drawings_are_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_DRAWINGS_ON_A_PAGE", 3)
    sheet = grid(Sheet(), (80, 130, 180), (600, 570, 540)).put("甲市", 90, 580).put("乙市", 140, 580)
    assert "".join(texts(sheet)).replace(" ", "") == "甲市乙市"


def test_importing_the_reader_does_not_load_pdfium() -> None:
    code = "import sys, archive.pdf; sys.exit(any(m.startswith('pypdfium2') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


WHOLE = made(
    grid(Sheet(rotate=90), (80, 130, 180), (600, 570, 540))
    .lines(*wrapped(prose(60)))
    .put("斜", 90, 300, turned="1 1 -1 1")
)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=6)), min_size=1, max_size=6))
@example([(0, b"")])
def test_a_damaged_file_is_read_or_refused(damage: list[tuple[int, bytes]]) -> None:
    raw = bytearray(WHOLE)
    for at, put in damage:
        raw[at : at + len(put)] = put
    try:
        blocks = read_pdf(bytes(raw), "一.pdf")
    except BadInput:
        return
    assert blocks
    assert not any("\n" in block.text or not block.text for block in blocks)


LETTERS = st.text(st.sampled_from("一二三四，。（）A1 "), min_size=1, max_size=20).filter(str.strip)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(LETTERS, st.integers(0, 150), st.integers(120, 700), st.sampled_from([9, 16, 22])),
        min_size=1,
        max_size=12,
    )
)
def test_no_character_of_the_body_is_lost(put: list[tuple[str, int, int, int]]) -> None:
    sheet = Sheet()
    for at, (text, x, _, size) in enumerate(put):
        sheet.put(text, x, 700 - 40 * at, size)
    printed = Counter("".join(text for text, *_ in put).replace(" ", ""))
    assert printed == Counter(re.sub(r"[ |]", "", "".join(texts(sheet))))


# --- pages of www.gov.cn printed from a browser ---


@pytest.fixture(scope="module")
def printed() -> dict[str, list[Block]]:
    if not PRINTED.is_dir():
        assert os.environ.get("CI") != "true", f"{PRINTED} is missing"
        pytest.skip(f"{PRINTED} is missing")
    return {path.stem: read_pdf(path.read_bytes(), path.name) for path in sorted(PRINTED.glob("*.pdf"))}


def test_printed_pages_have_the_title_their_name_has(printed: dict[str, list[Block]]) -> None:
    assert printed
    for name, blocks in printed.items():
        assert [b.role for b in blocks].count("title") == 1
        title = blocks[0].text
        assert blocks[0].role == "title"
        assert title in name or title[-12:] in name


def test_printed_pages_have_no_furniture(printed: dict[str, list[Block]]) -> None:
    for blocks in printed.values():
        whole = "\n".join(b.text for b in blocks)
        assert not re.search(r"https?://|中国政府网|^\d+/\d+$|\d{4}/\d+/\d+ \d+:\d+", whole, re.M)


def test_printed_paragraphs_end_like_paragraphs(printed: dict[str, list[Block]]) -> None:
    for blocks in printed.values():
        long = [b.text for b in blocks if b.role == "text" and len(b.text) > 60]
        assert long
        assert [text for text in long if not re.search(r"[。；：）]$", text)] == []


def test_printed_pages_lose_nothing_but_heads_and_feet(printed: dict[str, list[Block]]) -> None:
    import pypdfium2

    for path in sorted(PRINTED.glob("*.pdf")):
        document = pypdfium2.PdfDocument(path)
        pages = [document[at].get_textpage().get_text_range() for at in range(len(document))]
        lines = [re.sub(r"\s", "", line) for page in pages for line in page.splitlines()]
        lines = [x for x in lines if not re.search(r"https?://|中国政府网|\d{4}/\d+/\d+\d\d:\d\d|^\d+/\d+$", x)]
        got = Counter(re.sub(r"[\s|]", "", "".join(b.text for b in printed[path.stem])))
        assert Counter("".join(lines)) - got == Counter()
        document.close()


def test_articles_of_a_printed_rule_each_begin_a_paragraph(printed: dict[str, list[Block]]) -> None:
    rule = next(blocks for name, blocks in printed.items() if "经营许可规定" in name)
    articles = [b for b in rule if re.match(r"第[一二三四五六七八九十]+条\s", b.text)]
    assert len(articles) == 38
    assert sum(re.match(r"第.章", b.text) is not None for b in rule) == 6
