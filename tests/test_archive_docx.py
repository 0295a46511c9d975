from __future__ import annotations

import io
import os
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import SHARED
from test_archive_containers import packed

import archive.docx
from archive.blocks import Block, raised
from archive.docx import numeral, read_docx
from archive.errors import BadInput

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def docx(body: str, **parts: str) -> bytes:
    """A Word file with the given body and, by name, the insides of its other parts."""
    members = {"word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>"}
    for name, inside in parts.items():
        members[f"word/{name}.xml"] = f"<w:{name} {NAMESPACES}>{inside}</w:{name}>"
    return packed({name: text.encode() for name, text in members.items()})


def p(text: str, properties: str = "", run: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def texts(body: str, **parts: str) -> list[str]:
    return [block.text for block in read_docx(docx(body, **parts), "a.docx")]


def numbered(text: str, num: int = 1, level: int = 0) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>')


def level(at: int, kind: str, text: str, more: str = "", suffix: str = "nothing") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}<w:suff w:val="{suffix}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(levels: str, nums: str = "") -> str:
    nums = nums or '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    return f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{nums}'


# what python-docx writes


def test_a_document_as_python_docx_writes_it() -> None:
    from docx import Document

    document = Document()
    document.add_heading("关于印发办法的通知", 0)
    document.add_paragraph("各街道办事处：")
    document.add_heading("一、总体要求", 1)
    document.add_heading("（一）原则", 2)
    document.add_paragraph("第一段。")
    table = document.add_table(2, 3)
    for row, line in enumerate((("指标", "单位", "数值"), ("人口", "万人", "12.5"))):
        for column, cell in enumerate(line):
            table.cell(row, column).text = cell
    document.add_paragraph("最后一段。")
    file = io.BytesIO()
    document.save(file)
    assert read_docx(file.getvalue(), "a.docx") == [
        Block("关于印发办法的通知", "title"),
        Block("各街道办事处："),
        Block("一、总体要求", "heading", 1),
        Block("（一）原则", "heading", 2),
        Block("第一段。"),
        Block("指标 | 单位 | 数值", "row"),
        Block("人口 | 万人 | 12.5", "row"),
        Block("最后一段。"),
    ]


# titles and headings


def big(text: str, size: int = 44, colour: str = "000000") -> str:
    return p(text, '<w:jc w:val="center"/>', f'<w:sz w:val="{size}"/><w:color w:val="{colour}"/>')


def test_centred_large_lines_are_the_title_and_the_letterhead_is_not() -> None:
    body = (
        big("某市人民政府文件", 72)
        + p("某政发〔2024〕3号", '<w:jc w:val="center"/>')
        + big("某市人民政府关于印发")
        + big("2024年工作要点的通知")
        + p("各区人民政府：")
        + p("正文很长很长很长很长很长很长。" * 4)
    )
    blocks = read_docx(docx(body), "a.docx")
    assert [b.text for b in blocks if b.role == "title"] == ["某市人民政府关于印发2024年工作要点的通知"]
    assert [b.text for b in blocks][:2] == ["某市人民政府文件", "某政发〔2024〕3号"]
    red = read_docx(docx(big("某市人民政府", 72, "FF0000") + big("关于开展检查的通知") + p("正文。" * 40)), "a.docx")
    assert [b.role for b in red] == ["text", "title", "text"]


def test_centred_chapters_and_body_size_lines_are_no_title() -> None:
    blocks = read_docx(docx(big("第一章 总则") + p("居中", '<w:jc w:val="center"/>') + p("正文。" * 40)), "a.docx")
    assert [b.role for b in blocks] == ["text", "text", "text"]


STYLES = (
    '<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="32"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="own"><w:name w:val="节标题"/><w:basedOn w:val="base"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="base"><w:name w:val="底"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="环"/><w:basedOn w:val="loop"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="toc"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:type="character" w:styleId="gone"><w:name w:val="隐藏"/><w:rPr><w:vanish/></w:rPr></w:style>'
)


def test_heading_levels_come_from_styles_their_bases_and_outline_levels() -> None:
    body = (
        p("标题一", '<w:pStyle w:val="1"/>')
        + p("标题三", '<w:pStyle w:val="own"/>')
        + p("提纲二", '<w:outlineLvl w:val="1"/>')
        + p("不是标题", '<w:pStyle w:val="own"/><w:outlineLvl w:val="9"/>')
        + p("环", '<w:pStyle w:val="loop"/>')
        + p("总则1", '<w:pStyle w:val="toc"/>')
        + p("很长的一段话。" * 30, '<w:pStyle w:val="1"/>')
    )
    blocks = read_docx(docx(body, styles=STYLES), "a.docx")
    assert [(b.role, b.level) for b in blocks] == [
        ("heading", 1),
        ("heading", 3),
        ("heading", 2),
        ("text", 0),
        ("text", 0),
        ("text", 0),
    ]
    assert "总则1" not in [b.text for b in blocks]


# numbers


def test_numbers_stand_in_the_text_as_word_shows_them() -> None:
    levels = (
        level(0, "chineseCounting", "%1、")
        + level(1, "chineseCountingThousand", "（%2）")
        + level(2, "decimal", "%3.", suffix="tab")
        + level(3, "decimalEnclosedCircle", "%4")
    )
    body = "".join(
        numbered(text, level=at)
        for at, text in [(0, "甲"), (1, "乙"), (1, "丙"), (2, "丁"), (3, "戊"), (0, "己"), (1, "庚"), (2, "辛")]
    )
    assert texts(body, numbering=numbering(levels)) == [
        "一、甲", "（一）乙", "（二）丙", "1. 丁", "①戊", "二、己", "（一）庚", "1. 辛",
    ]  # fmt: skip


def test_numbers_of_higher_levels_are_shown_and_isLgl_makes_them_decimal() -> None:
    levels = level(0, "chineseCounting", "第%1章", suffix="space") + level(1, "decimal", "%1.%2", "<w:isLgl/>", "tab")
    body = numbered("总则") + numbered("目的", level=1) + numbered("附则") + numbered("施行", level=1)
    assert texts(body, numbering=numbering(levels)) == ["第一章 总则", "1.1 目的", "第二章 附则", "2.1 施行"]


def test_lists_of_one_definition_count_on_unless_they_start_anew() -> None:
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
        f'<w:num w:numId="4"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">{level(0, "upperLetter", "%1)")}</w:lvlOverride></w:num>'
    )
    body = "".join(numbered("x", num) for num in (1, 1, 2, 3, 3, 4, 0, 9))
    found = texts(body, numbering=numbering(level(0, "decimal", "%1)"), nums))
    assert found == ["1)x", "2)x", "3)x", "5)x", "6)x", "G)x", "x", "x"]


def test_levels_restart_as_they_say() -> None:
    levels = level(0, "decimal", "%1.") + level(1, "decimal", "第%2条", '<w:lvlRestart w:val="0"/>')
    body = numbered("章") + numbered("a", level=1) + numbered("章") + numbered("b", level=1)
    assert texts(body, numbering=numbering(levels)) == ["1.章", "第1条a", "2.章", "第2条b"]


def test_numbers_come_through_styles() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="a"><w:name w:val="条"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="b"><w:name w:val="款"/><w:basedOn w:val="a"/></w:style>'
    )
    levels = level(0, "decimal", "%1.") + level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="b"/>')
    body = p("甲", '<w:pStyle w:val="a"/>') + p("乙", '<w:pStyle w:val="b"/>')
    body += p("丙", '<w:pStyle w:val="a"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    assert texts(body, numbering=numbering(levels), styles=styles) == ["1.甲", "（一）乙", "丙"]


def test_bullets_and_empty_labels() -> None:
    levels = level(0, "bullet", "\uf06c", suffix="tab") + level(1, "bullet", "■") + level(2, "none", "")
    body = numbered("a") + numbered("b", level=1) + numbered("c", level=2)
    assert texts(body, numbering=numbering(levels)) == ["• a", "■b", "c"]


def test_empty_numbered_paragraphs_count_but_are_not_shown() -> None:
    body = numbered("a") + numbered("") + numbered("b")
    assert texts(body, numbering=numbering(level(0, "decimal", "%1."))) == ["1.a", "3.b"]


@pytest.mark.parametrize(
    ("kind", "number", "written"),
    [
        ("chineseCounting", 10, "十"), ("chineseCounting", 12, "十二"), ("chineseCounting", 20, "二十"),
        ("chineseCountingThousand", 105, "一百零五"), ("japaneseCounting", 110, "一百一十"),
        ("chineseCountingThousand", 2001, "二千零一"), ("chineseCountingThousand", 10_000, "10000"),
        ("chineseLegalSimplified", 12, "壹拾贰"), ("ideographDigital", 20, "二〇"),
        ("decimalEnclosedCircle", 10, "⑩"), ("decimalEnclosedCircle", 36, "㊱"), ("decimalEnclosedCircle", 51, "51"),
        ("lowerLetter", 27, "aa"), ("upperLetter", 3, "C"), ("lowerLetter", 10**9, "1000000000"),
        ("lowerRoman", 4, "iv"), ("upperRoman", 1999, "MCMXCIX"), ("upperRoman", 10**9, "1000000000"),
        ("decimalFullWidth", 12, "１２"), ("decimalZero", 7, "07"), ("none", 3, ""), ("unheardOf", 3, "3"),
        ("ideographTraditional", 2, "乙"), ("chineseCounting", -3, "-3"),
    ],
)  # fmt: skip
def test_numerals(kind: str, number: int, written: str) -> None:
    assert numeral(number, kind) == written


# what stands in a paragraph


def test_runs_links_fields_and_insertions_are_kept_deletions_and_codes_are_not() -> None:
    body = (
        "<w:p><w:r><w:t>甲</w:t></w:r><w:hyperlink><w:r><w:t>乙</w:t></w:r></w:hyperlink>"
        "<w:ins><w:r><w:t>丙</w:t></w:r></w:ins><w:del><w:r><w:delText>不</w:delText><w:t>不</w:t></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>不</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>丁</w:t></w:r></w:moveTo>"
        '<w:fldSimple w:instr="DATE"><w:r><w:t>戊</w:t></w:r></w:fldSimple>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>IF</w:instrText><w:t>不</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType="separate"/>'
        '<w:t>不</w:t><w:fldChar w:fldCharType="end"/></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/><w:t>己</w:t><w:fldChar w:fldCharType="end"/></w:r>'
        "<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>庚</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>不</w:t></w:r>"
        '<w:r><w:rPr><w:rStyle w:val="gone"/></w:rPr><w:t>不</w:t></w:r>'
        '<w:r><w:rPr><w:rStyle w:val="gone"/><w:vanish w:val="0"/></w:rPr><w:t>辛</w:t></w:r>'
        "<w:r><w:ruby><w:rt><w:r><w:t>ren</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>壬</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        "<w:r><w:commentReference/></w:r></w:p>"
    )
    assert texts(body, styles=STYLES) == ["甲乙丙丁戊己庚辛壬"]


def test_an_open_field_does_not_swallow_the_rest() -> None:
    assert texts('<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>' + p("后文")) == ["后文"]


def test_breaks_tabs_hyphens_and_symbols() -> None:
    body = (
        "<w:p><w:r><w:t>来源</w:t><w:br/><w:t>姓名</w:t><w:tab/><w:t>甲</w:t><w:softHyphen/><w:t>乙\n丙</w:t>"
        '<w:noBreakHyphen/><w:sym w:font="Wingdings" w:char="F0FE"/><w:sym w:font="Symbol" w:char="F0B1"/>'
        '<w:sym w:font="Odd" w:char="F0B1"/><w:sym w:font="宋体" w:char="2605"/><w:sym w:char="x"/></w:r></w:p>'
    )
    assert texts(body) == ["来源", "姓名\t甲乙 丙-☑±★"]


def test_a_heading_broken_over_lines_is_one() -> None:
    body = '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>关于加强</w:t><w:br/><w:t>监督</w:t></w:r></w:p>'
    assert read_docx(docx(body), "a.docx") == [Block("关于加强监督", "heading", 1)]


def test_a_deleted_or_hidden_paragraph_end_joins_the_next_paragraph() -> None:
    for gone in ("<w:del/>", "<w:vanish/>"):
        assert texts(p("甲", f"<w:rPr>{gone}</w:rPr>") + p("乙")) == ["甲乙"]


def test_superscripts_stay_out_of_figures() -> None:
    body = (
        "<w:p><w:r><w:t>面积86</w:t></w:r><w:r><w:t>m</w:t></w:r>"
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r><w:r><w:t>，86人</w:t></w:r>'
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>1</w:t></w:r></w:p>'
    )
    assert texts(body) == ["面积86m²，86人¹"]
    assert raised("注") == "注"


def test_formulas_do_not_run_into_figures() -> None:
    body = (
        "<w:p><m:oMath><m:r><m:t>x=</m:t></m:r><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num>"
        "<m:den><m:r><m:t>2</m:t></m:r></m:den></m:f><m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e>"
        "<m:sup><m:r><m:t>8</m:t></m:r></m:sup></m:sSup></m:oMath></w:p>"
    )
    assert texts(body) == ["x=1/210⁸"]


# text boxes and notes


def test_a_text_box_is_taken_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{p('框内')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>框外</w:t><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent><w:t>继续</w:t></w:r></w:p>"
    )
    assert texts(body) == ["框外继续", "框内"]
    only_old = f"<w:p><w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r></w:p>"
    assert texts(only_old) == ["框内"]
    either = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert texts(f"<w:p><w:r><w:drawing>{either}</w:drawing></w:r></w:p>") == ["框内"]


NOTE = '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>' + "".join(
    f'<w:footnote w:id="{n}"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t> 说明{n}</w:t></w:r></w:p></w:footnote>'
    for n in (2, 3, 4)
)


def test_notes_follow_their_paragraph_and_their_marks_stay_out_of_figures() -> None:
    def reference(n: int, more: str = "") -> str:
        return f'<w:r><w:footnoteReference w:id="{n}"{more}/></w:r>'

    body = (
        f"<w:p><w:r><w:t>共86人</w:t></w:r>{reference(3)}<w:r><w:t>。</w:t></w:r>{reference(2)}</w:p>"
        + p("后文")
        + '<w:p><w:r><w:t>又有</w:t></w:r><w:r><w:footnoteReference w:id="4" w:customMarkFollows="1"/><w:t>*</w:t></w:r></w:p>'
        + '<w:p><w:r><w:t>尾</w:t></w:r><w:r><w:endnoteReference w:id="2"/></w:r></w:p>'
    )
    blocks = read_docx(docx(body, footnotes=NOTE, endnotes=NOTE.replace("footnote", "endnote")), "a.docx")
    assert [(b.text, b.role) for b in blocks] == [
        ("共86人。", "text"),
        ("注1：说明3", "note"),
        ("注2：说明2", "note"),
        ("后文", "text"),
        ("又有", "text"),
        ("注*：说明4", "note"),
        ("尾", "text"),
        ("尾注1：说明2", "note"),
    ]


# tables


SPAN = '<w:gridSpan w:val="2"/>'
RESTART = '<w:vMerge w:val="restart"/>'
OUTLINE = '<w:outlineLvl w:val="0"/>'


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def test_merged_cells_stand_once_and_nested_tables_stay_in_their_cell() -> None:
    nested = f"<w:tc><w:tbl><w:tr>{cell('内1')}{cell('内2')}</w:tr></w:tbl><w:p/></w:tc>"
    body = (
        f"<w:tbl><w:tr>{cell('类别', SPAN)}{cell('数')}</w:tr>"
        f"<w:tr>{cell('甲', RESTART)}{cell('乙')}{cell('3')}</w:tr>"
        f"<w:tr>{cell('藏', '<w:vMerge/>')}{cell('丙')}<w:sdt><w:sdtContent>{cell('4')}</w:sdtContent></w:sdt></w:tr>"
        f"<w:tr><w:trPr><w:del/></w:trPr>{cell('删')}{cell('除')}</w:tr>"
        f"<w:tr>{cell('嵌')}{nested}</w:tr></w:tbl>"
    )
    blocks = read_docx(docx(body), "a.docx")
    assert [b.text for b in blocks] == ["类别 | 数", "甲 | 乙 | 3", "丙 | 4", "嵌 | 内1 内2"]
    assert {b.role for b in blocks} == {"row"}


def test_a_table_that_only_lays_out_is_text() -> None:
    body = f"<w:tbl><w:tr><w:tc>{p('一')}{p('二', OUTLINE)}</w:tc></w:tr></w:tbl>"
    assert read_docx(docx(body), "a.docx") == [Block("一"), Block("二", "heading", 1)]


def test_block_level_controls_are_read() -> None:
    assert texts(f"<w:sdt><w:sdtContent>{p('甲')}</w:sdtContent></w:sdt>{p('乙')}") == ["甲", "乙"]


# what is refused


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "without a password"),
        (b"{\\rtf1}", "no ZIP"),
        (packed({"xl/workbook.xml": b"<a/>"}), "no Word document"),
        (packed({"word/document.xml": b"<a/>"}), "another Office file"),
        (docx(""), "no text"),
        (docx("<w:p><w:r><w:drawing/></w:r></w:p>"), "only pictures"),
        (docx('<w:altChunk xmlns:r="r" r:id="a"/>'), "other files inside"),
        (packed({"word/document.xml": b"<!DOCTYPE a><a/>"}), "declares"),
        (packed({"word/document.xml": docx(p("a")) + b"<"}), "damaged XML"),
    ],
)
def test_refusals(raw: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as caught:
        read_docx(raw, "a.docx")
    assert str(caught.value).startswith("a.docx")


def test_characters_and_paragraphs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.docx, "MOST_CHARACTERS", 10)
    assert texts(p("x" * 10)) == ["x" * 10]
    with pytest.raises(BadInput, match="split it"):
        texts(p("x" * 6) * 2)
    monkeypatch.setattr(archive.docx, "MOST_PARAGRAPHS", 2)
    with pytest.raises(BadInput, match="split it"):
        texts(p("x") * 3)


def test_deep_nesting_is_refused_or_read() -> None:
    deep = p("深")
    for _ in range(60):
        deep = f"<w:tbl><w:tr><w:tc>{deep}</w:tc></w:tr></w:tbl>"
    assert texts(deep) == ["深"]
    with pytest.raises(BadInput):
        texts("<w:sdt><w:sdtContent>" * 300 + p("深") + "</w:sdtContent></w:sdt>" * 300)


def test_strict_documents_and_moved_parts_are_read() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(p("严格")))) as file:
        document = file.read("word/document.xml")
    document = document.replace(
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    rels = b'<R><R Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/other/main.xml"/></R>'
    assert read_docx(packed({"_rels/.rels": rels, "other/main.xml": document}), "a.docx") == [Block("严格")]


# whole files


def everything() -> dict[str, bytes]:
    levels = level(0, "chineseCounting", "%1、") + level(1, "decimal", "%1.%2", "<w:isLgl/>")
    body = (
        big("关于印发通知")
        + numbered("甲")
        + numbered("乙", level=1)
        + f"<w:tbl><w:tr>{cell('a')}{cell('b', '<w:vMerge/>')}</w:tr></w:tbl>"
        + '<w:p><w:r><w:t>共86人</w:t><w:footnoteReference w:id="3"/><w:sym w:font="Symbol" w:char="F0B1"/></w:r></w:p>'
        + f"<w:p><w:r><w:pict><v:textbox><w:txbxContent>{p('框')}</w:txbxContent></v:textbox></w:pict></w:r></w:p>"
    )
    raw = docx(body, styles=STYLES, numbering=numbering(levels), footnotes=NOTE)
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_nothing_else_is_raised_for_mutated_parts() -> None:
    members, chance = everything(), random.Random(7)
    values = [b'"-1"', b'"99999999999999999999"', b'""', b'"x"', b'"1"', b'"center"', b'"%9%8%1"', b'"FFFFF"']
    read = 0
    for _ in range(600):
        name = chance.choice(sorted(members))
        raw = bytearray(members[name])
        if chance.random() < 0.5:
            for _ in range(chance.randint(1, 3)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
        else:
            pieces = bytes(raw).split(b'"')
            at = chance.randrange(len(pieces) // 2) * 2 + 1
            pieces[at] = chance.choice(values).strip(b'"')
            raw = bytearray(b'"'.join(pieces))
        with suppress(BadInput):
            read_docx(packed({**members, name: bytes(raw)}, zipfile.ZIP_STORED), "a.docx")
            read += 1
    assert 0 < read < 600  # some can still be read, some are refused


def shared(kind: str) -> list[Path]:
    found = sorted((SHARED / "documents" / kind).glob(f"*.{kind}"))
    if not found and os.environ.get("CI") != "true":
        pytest.skip("the shared documents are not here")
    assert found
    return found


def test_the_shared_reports_are_read_whole() -> None:
    for path in shared("docx"):
        blocks = read_docx(path.read_bytes(), path.name)
        assert len(blocks) > 40
        assert blocks[0].text == path.stem
        assert blocks[0].role == "title" or "辽宁" in path.stem
        assert sum(len(b.text) for b in blocks) > 9_000
        assert not any("\n" in b.text or not b.text.strip() for b in blocks)
