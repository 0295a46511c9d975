from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress

import pytest
from test_archive_containers import packed
from test_archive_docx import shared

import archive.ofd
from archive.blocks import Block
from archive.errors import BadInput
from archive.ofd import read_ofd

NEW, OLD = "http://www.ofdspec.org/2016", "http://www.ofdspec.org"
LEFT, RIGHT, SIZE, PITCH = 28.0, 184.0, 5.6, 10.0
FULL = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未"
"""A full line of 28 characters."""


def text(
    words: str,
    x: float = LEFT,
    y: float = 50.0,
    size: float = SIZE,
    inside: str = "",
    delta: str = "",
    **attributes: str,
) -> str:
    """A TextObject whose base line starts at (x, y)."""
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    delta = delta or f'DeltaX="g {max(len(words) - 1, 0)} {size}"'
    return (
        f'<ofd:TextObject ID="1" Size="{size}" Boundary="{x} {y - size} {len(words) * size} {size}"{more}>{inside}'
        f'<ofd:TextCode X="0" Y="{size}" {delta}>{words}</ofd:TextCode></ofd:TextObject>'
    )


def lines(*words: str, y: float = 50.0) -> str:
    """Lines of body text; one that starts with two ideographic blanks is indented."""
    found = ""
    for line in words:
        bare = line.lstrip("　")
        found += text(bare, LEFT + (len(line) - len(bare)) * SIZE, y)
        y += PITCH
    return found


def ofd(
    *pages: str,
    common: str = "",
    namespace: str = NEW,
    files: dict[str, str] | None = None,
    uses: str = "",
    documents: int = 1,
) -> bytes:
    members: dict[str, str] = {}
    roots = "".join(
        f"<ofd:DocBody><ofd:DocRoot>Doc_{n}/Document.xml</ofd:DocRoot></ofd:DocBody>" for n in range(documents)
    )
    members["OFD.xml"] = f"<ofd:OFD>{roots}</ofd:OFD>"
    for n in range(documents):
        listed = "".join(f'<ofd:Page ID="{at}" BaseLoc="Pages/Page_{at}/Content.xml"/>' for at in range(len(pages)))
        area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        members[f"Doc_{n}/Document.xml"] = (
            f"<ofd:Document><ofd:CommonData>{area}{common}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
        )
        for at, page in enumerate(pages):
            members[f"Doc_{n}/Pages/Page_{at}/Content.xml"] = page_of(page, uses)
    members |= files or {}
    raw = {}
    for name, inside in members.items():
        start = inside.index(">") if not inside[: inside.index(">")].endswith("/") else inside.index("/>")
        raw[name] = f'{inside[:start]} xmlns:ofd="{namespace}"{inside[start:]}'.encode()
    return packed(raw)


def page_of(objects: str, uses: str = "") -> str:
    return f"<ofd:Page>{uses}<ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>"


def read(*pages: str, **options: object) -> list[str]:
    return [block.text for block in read_ofd(ofd(*pages, **options), "a.ofd")]  # type: ignore[arg-type]


# lines and paragraphs


@pytest.mark.parametrize("namespace", [NEW, OLD])
def test_lines_are_joined_to_paragraphs(namespace: str) -> None:
    page = lines(
        "各区：", "　　" + FULL[:26], FULL, "最后。", "　　" + FULL[:26], "　　二段。", "一、总体要求", "（一）原则"
    )
    assert read(page, namespace=namespace) == [
        "各区：",
        FULL[:26] + FULL + "最后。",
        FULL[:26],
        "二段。",
        "一、总体要求",
        "（一）原则",
    ]


def test_a_heading_begins_a_paragraph_even_after_a_full_line() -> None:
    for heading in ("二、要求", "（二）要求", "第三条 要求", "2.要求", "附件：1.清单"):
        assert read(lines("　　" + FULL[:26], heading, FULL)) == [FULL[:26], heading, FULL]


def test_a_paragraph_goes_on_over_a_page_and_counts_for_the_first() -> None:
    blocks = read_ofd(ofd(lines("　　" + FULL[:26], FULL), lines("接上页。", "　　" + FULL[:26])), "a.ofd")
    assert blocks == [Block(FULL[:26] + FULL + "接上页。", page=1), Block(FULL[:26], page=2)]


def test_title_letterhead_signature_and_print_line() -> None:
    red = '<ofd:FillColor Value="#ee #20 #25"/>'
    page = (
        text("某市人民政府文件", 40, 40, 14, red)
        + text("某政发〔2024〕3号", 80, 60)
        + text("某市人民政府关于印发", 67.5, 90, 7.7)
        + text("工作要点的通知", 79, 101, 7.7)
        + lines("　　" + FULL[:26], FULL, y=120)
        + text("某市人民政府办公室", 120, 150)
        + text("2024年3月5日", 130, 160, delta='DeltaX="2.8 2.8 2.8 2.8 5.6 2.8 5.6 2.8"')
        + text("某市人民政府办公室", 33, 240)
        + text("印发", 160, 240)
    )
    blocks = read_ofd(ofd(page), "a.ofd")
    assert [(b.text, b.role) for b in blocks] == [
        ("某市人民政府文件", "text"),
        ("某政发〔2024〕3号", "text"),
        ("某市人民政府关于印发工作要点的通知", "title"),
        (FULL[:26] + FULL, "text"),
        ("某市人民政府办公室", "text"),
        ("2024年3月5日", "text"),
        ("某市人民政府办公室 印发", "text"),
    ]


def test_a_letterhead_over_the_number_is_no_title_whatever_its_colour() -> None:
    page = text("某市人民政府", 64, 40, 14) + text("某政函〔2024〕3号", 80, 60) + text("关于同意的批复", 79, 90, 7.7)
    blocks = read_ofd(ofd(page + lines("　　" + FULL[:26], FULL, y=120)), "a.ofd")
    assert [b.text for b in blocks if b.role == "title"] == ["关于同意的批复"]


@pytest.mark.parametrize("colour", ["#ee #20 #25", "255 0 0"])
def test_a_red_letterhead_is_no_title(colour: str) -> None:
    page = text("某市教育局", 64, 40, 14, f'<ofd:FillColor Value="{colour}"/>') + text("关于同意的批复", 79, 90, 7.7)
    blocks = read_ofd(ofd(page + lines("　　" + FULL[:26], FULL, y=120)), "a.ofd")
    assert [b.text for b in blocks if b.role == "title"] == ["关于同意的批复"]


def test_long_names_in_a_list_of_annexes_stay_whole() -> None:
    page = lines(FULL, "　　附件：1." + FULL[:20], "　　　　　　清单", "　　　　　2.表")
    assert read(page) == [FULL, "附件：1." + FULL[:20] + "清单", "2.表"]


# pieces of a line


def test_pieces_are_read_by_height_and_from_left_to_right() -> None:
    page = text("丙", 100, 50) + text("丁", LEFT, 60) + text("乙", LEFT + 5.6, 50.4) + text("甲", LEFT, 50)
    assert read(page) == ["甲乙 丙", "丁"]


def test_cells_of_a_row_at_equal_distances_are_parted() -> None:
    assert read(text("指标", 30) + text("单位", 80) + text("数值", 130)) == ["指标 单位 数值"]


def test_single_characters_make_words() -> None:
    page = "".join(text(c, LEFT + at * SIZE) for at, c in enumerate("单字排版"))
    assert read(page) == ["单字排版"]
    assert read("".join(text(c, 40 + at * 20) for at, c in enumerate("会议通知"))) == ["会议通知"]


def test_far_characters_of_one_text_are_parted_and_spaced_ones_are_not() -> None:
    assert read(text("甲乙丙丁", delta='DeltaX="5.6 40 5.6"')) == ["甲乙 丙丁"]
    assert read(text("通知公告", delta='DeltaX="g 3 20"')) == ["通知公告"]


def test_raised_small_figures_do_not_join_the_figure_before() -> None:
    page = text("共86人", LEFT, 50, delta='DeltaX="5.6 2.8 2.8"') + text("1", LEFT + 16.8, 48, 2.8)
    assert read(page + lines(FULL, y=60)) == ["共86人¹", FULL]


def test_runs_of_steps_and_text_over_several_lines_in_one_object() -> None:
    inside = '<ofd:TextCode X="0" Y="5" DeltaX="g 2 5.6">上一行</ofd:TextCode><ofd:TextCode Y="15">\n  下行\n </ofd:TextCode>'
    assert read(f'<ofd:TextObject Size="5.6" Boundary="28 40 90 30">{inside}</ofd:TextObject>') == ["上一行", "下行"]
    wrapped = text("上行下行", delta='DeltaX="5.6 -5.6 5.6" DeltaY="0 10 0"')
    assert read(wrapped) == ["上行", "下行"]
    assert read(text("竖排", delta='DeltaY="g 1 5.6"')) == ["竖排"]


def test_matrices_move_scale_and_slanting_text_is_a_watermark() -> None:
    moved = text("第二", 0, SIZE, CTM=f"1 0 0 1 {LEFT} 100") + text("第一", LEFT, 50)
    assert read(moved) == ["第一", "第二"]
    assert read(text("正文") + text("内部资料", CTM="0.7 0.7 -0.7 0.7 0 0")) == ["正文"]
    scaled = text("大题", 40, 30, 1, CTM="9 0 0 9 40 0")
    assert read_ofd(ofd(scaled + lines(FULL, FULL, y=80)), "a.ofd")[0].text == "大题"


def test_blocks_and_composites_are_opened() -> None:
    unit = '<ofd:Res><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="7"><ofd:Content>%s</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>'
    page = f"<ofd:PageBlock><ofd:PageBlock>{text('块中')}</ofd:PageBlock></ofd:PageBlock>"
    page += f'<ofd:CompositeObject ResourceID="7" Boundary="{LEFT} 100 50 20"/>'
    common = "<ofd:DocumentRes>res/Own.xml</ofd:DocumentRes>"
    assert read(page, common=common, files={"Doc_0/Res/own.xml": unit % text("合成", 0, 6)}) == ["块中", "合成"]
    loop = '<ofd:CompositeObject ResourceID="7"/><ofd:CompositeObject ResourceID="7"/>' + text("环", 0, 6)
    assert set("".join(read(page, common=common, files={"Doc_0/Res/own.xml": unit % loop}))) == set("块中环")


def test_hidden_text_counts_only_where_there_is_no_other() -> None:
    hidden = text("识别文字", Visible="false")
    assert read(hidden + text("可见", y=80)) == ["可见"]
    assert read(hidden) == ["识别文字"]


# pages


@pytest.mark.parametrize("number", ["1", "- 1 -", "— 1 —", "－12－", "第 1 页", "第1页 共3页", "1/3"])
def test_page_numbers_are_left_out(number: str) -> None:
    assert read(lines("正文。") + text(number, 100, 285, 4.9)) == ["正文。"]


def test_figures_that_are_no_page_numbers_stay() -> None:
    assert read(lines("正文。") + text("2024", 100, 150)) == ["正文。", "2024"]
    assert read(lines("正文。") + text("2024年", 100, 285)) == ["正文。", "2024年"]


def template(*uses: str) -> dict[str, object]:
    return {
        "common": '<ofd:TemplatePage ID="9" BaseLoc="Tpls/Tpl_0/Content.xml"/>',
        "files": {
            "Doc_0/Tpls/Tpl_0/Content.xml": page_of(text("模板文字", y=20)),
            **dict(zip(*[iter(uses)] * 2, strict=True)),
        },
    }


def test_template_text_counts_unless_it_is_a_running_head() -> None:
    use = '<ofd:Template TemplateID="9" ZOrder="Background"/>'
    assert read(lines("甲"), uses=use, **template()) == ["模板文字", "甲"]
    assert read(lines("甲"), lines("乙"), uses=use, **template()) == ["甲", "乙"]
    last = template("Doc_0/Pages/Page_1/Content.xml", page_of(lines("乙"), use))
    assert read(lines("甲"), lines("乙"), **last) == ["甲", "模板文字", "乙"]


def test_heads_repeated_on_all_pages_are_left_out() -> None:
    pages = [text("某部门", 90, 15) + lines(f"第{n}页的话。") for n in "一二三"]
    assert read(*pages) == ["第一页的话。", "第二页的话。", "第三页的话。"]


def test_all_documents_of_a_file_are_read() -> None:
    blocks = read_ofd(ofd(lines("甲。"), lines("乙。"), documents=2), "a.ofd")
    assert [(b.text, b.page) for b in blocks] == [("甲。", 1), ("乙。", 2), ("甲。", 3), ("乙。", 4)]


def test_paths_may_be_absolute_in_another_case_or_from_the_root() -> None:
    for location in ("/Doc_0/Document.xml", "doc_0/document.XML", "Doc_0\\Document.xml"):
        files = {"OFD.xml": f"<ofd:OFD><ofd:DocBody><ofd:DocRoot>{location}</ofd:DocRoot></ofd:DocBody></ofd:OFD>"}
        assert read(lines("甲。"), files=files) == ["甲。"]
    document = (
        '<ofd:Document><ofd:Pages><ofd:Page BaseLoc="Doc_0/Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>'
    )
    assert read(lines("甲。"), files={"Doc_0/Document.xml": document}) == ["甲。"]


# what is refused


def rooted(location: str) -> bytes:
    files = {"OFD.xml": f"<ofd:OFD><ofd:DocBody><ofd:DocRoot>{location}</ofd:DocRoot></ofd:DocBody></ofd:OFD>"}
    return ofd(lines("甲"), files=files)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"%PDF", "no ZIP"),
        (packed({"a": b""}), "missing"),
        (packed({"OFD.xml": b"<!DOCTYPE a><a/>"}), "declares"),
        (ofd(), "no text.*OCR"),
        (ofd("<ofd:ImageObject/>"), "no text.*OCR"),
        (ofd(text("\ue001\ue002\ue003字")), "glyphs.*OCR"),
        (ofd(lines("甲"), files={"Encryptions.xml": "<ofd:Encryptions/>"}), "encrypted"),
        (rooted("../../Document.xml"), "leads out"),
        (rooted("Doc_9/Document.xml"), "Doc_9/Document.xml is missing"),
    ],
)
def test_refusals(raw: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as caught:
        read_ofd(raw, "a.ofd")
    assert str(caught.value).startswith("a.ofd")


@pytest.mark.parametrize(
    ("name", "most"), [("MOST_PAGES", 1), ("MOST_OBJECTS", 3), ("MOST_CHARACTERS", 11), ("MOST_ON_PAGE", 5)]
)
def test_bounds(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    pages = [lines("甲乙丙", "丁戊己"), lines("庚辛壬", "癸子丑")]
    assert len(read(*pages)) == 4
    monkeypatch.setattr(archive.ofd, name, most)
    with pytest.raises(BadInput, match=r"split it|save it again"):
        read(*pages)


def test_composites_cannot_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.ofd, "MOST_OBJECTS", 10_000)
    unit = (
        '<ofd:Res><ofd:CompositeGraphicUnit ID="7"><ofd:Content>%s</ofd:Content></ofd:CompositeGraphicUnit></ofd:Res>'
    )
    many = '<ofd:CompositeObject ResourceID="7"/>' * 50
    with pytest.raises(BadInput, match="objects"):
        read(many, common="<ofd:PublicRes>R.xml</ofd:PublicRes>", files={"Doc_0/R.xml": unit % many})


@pytest.mark.parametrize("number", ["nan", "inf", "-1e999", "x", "", "9" * 500, "1e5"])
def test_odd_numbers_do_no_harm(number: str) -> None:
    for attribute in ("X", "Y", "DeltaX", "DeltaY"):
        broken = text(
            "文字", delta=f'{attribute}="g {number} {number}"' if "Delta" in attribute else f'DeltaX="{number}"'
        )
        assert "".join(read(broken)).replace(" ", "") == "文字"
    assert read(text("文字", CTM=f"1 0 0 1 {number} {number}", Alpha=number)) == ["文字"]
    assert read(f'<ofd:TextObject Size="{number}"><ofd:TextCode>字</ofd:TextCode></ofd:TextObject>') == ["字"]


def test_nothing_else_is_raised_for_mutated_parts() -> None:
    use = '<ofd:Template TemplateID="9"/>'
    raw = ofd(lines("　　" + FULL[:26], FULL) + text("1", 100, 285), lines("乙。"), uses=use, **template())  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    chance = random.Random(5)
    values = [
        b"-1",
        b"99999999999999999999",
        b"",
        b"x",
        b"nan",
        b"g 99999999 1",
        b"0 0",
        b"1e308 1e308 1e308 1e308",
        b"/../../a",
    ]
    read = 0
    for _ in range(600):
        name = chance.choice(sorted(members))
        changed = bytearray(members[name])
        if chance.random() < 0.5:
            for _ in range(chance.randint(1, 3)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        else:
            pieces = bytes(changed).split(b'"')
            if len(pieces) > 1:
                pieces[chance.randrange(len(pieces) // 2) * 2 + 1] = chance.choice(values)
            changed = bytearray(b'"'.join(pieces))
        with suppress(BadInput):
            read_ofd(packed({**members, name: bytes(changed)}, zipfile.ZIP_STORED), "a.ofd")
            read += 1
    assert 0 < read < 600  # some can still be read, some are refused


def test_the_shared_notice_is_read_whole() -> None:
    path = next(p for p in shared("ofd") if p.stem == "notice-2011-76")
    blocks = read_ofd(path.read_bytes(), path.name)
    assert [(b.role, b.page) for b in blocks] == [
        ("text", 1),
        ("text", 1),
        ("title", 1),
        *[("text", 1)] * 4,
        *[("text", 2)] * 3,
    ]
    assert blocks[2].text == "关于同意张阿三同志辞职的批复"
    assert blocks[5].text.endswith("系区中医院职工。")
    assert blocks[8].text == "2011年3月10日"
    assert sum(len(b.text) for b in blocks) == 315
