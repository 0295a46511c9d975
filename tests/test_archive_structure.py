from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.structure import Hint, address, leaves, place, sections, unnumbered
from archive.text import canonical
from archive.types import Document, Span

LINES = st.lists(
    st.sampled_from(
        "一、总体情况|（一）队伍建设。现有人员。|(二)监督管理|1.培训|（1）线上|一是抓好学习。二是严格管理。三是加强保障。|一、做好工作：一是管理。二是服务。|第一章 总则"
        "|第一条 为了规范。|第二条 依照本法第一条的规定。|第二条之一 另有规定的除外。|正文一段。|依照本法第十二条，处罚款。|附件".split(
            "|"
        )
    ),
    max_size=25,
)


@given(st.one_of(LINES.map("\n".join), st.text(max_size=300)))
def test_sections_partition_the_text(text: str) -> None:
    text = canonical(text)
    found = sections(text)
    assert found[0].span.start == 0
    assert found[-1].span.end == len(text)
    for section, after in itertools.pairwise(found):
        assert section.heading.end == section.body.start
        assert section.span.end == after.span.start
    assert all(s.level == len(s.path) for s in found)
    assert "".join(leaf.span.of(text) for leaf in leaves(text, found)) == text


def test_the_report(report: Document) -> None:
    paths = [s.path for s in report.sections]
    assert sum(len(p) == 1 for p in paths) == 4
    assert sum(len(p) == 2 and p[0].startswith("一、") for p in paths) == 6
    top, part, _ = next(p for p in paths if p and p[-1] == "三是加强法制人才专业队伍建设")
    assert (top, part) == ("一、重点工作和成效", "(六)夯实法治之基,锻造过硬滨海法治公安队伍")
    shortcomings = [p[-1] for p in paths if len(p) == 2 and p[0] == "三、存在的不足和原因"]
    assert shortcomings == [
        "一是执法能力建设仍需加大力度",
        "二是普法措施不多,成效不够明显",
        "三是依法决策机制需要进一步健全",
    ]


def test_every_article_of_every_law_is_a_section(shipped: list[Document]) -> None:
    for law in (d for d in shipped if d.collection == "laws"):
        labels = [s.path[-1] for s in law.sections if s.path and s.path[-1].endswith("条")]
        lines = [
            line.split(" ")[0]
            for line in law.text.split("\n")
            if line.startswith("第") and line.split(" ")[0].endswith("条")
        ]
        assert labels == lines
        assert len(labels) > 20
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("题\n第一条 甲。\n第十二条之一 乙。\n第十三条 丙。", ["第一条", "第十二条之一", "第十三条"]),
        ("题\n第一条 甲。\n依照本法第二条处理。\n第二条 乙。", ["第一条", "第二条"]),
        ("一、甲\n主要是：一是学习。二是培训；三是考核。", ["一、甲", "一是学习", "二是培训", "三是考核"]),
        ("一、甲\n这一是非问题。一是学习。", ["一、甲"]),
        ("一、甲\n一是学习。三是考核。", ["一、甲"]),
        ("（一）甲。正文很长。\n(二)乙", ["（一）甲", "(二)乙"]),
        ("没有标题的正文。", []),
        ("一、做好工作：一是加强管理。二是优化服务。", ["一、做好工作", "一是加强管理", "二是优化服务"]),
        ("一是十十二。亿是甲。", []),
    ],
)
def test_headings(text: str, labels: list[str]) -> None:
    assert [s.path[-1] for s in sections(text) if s.path] == labels


def test_a_run_of_items_does_not_cross_a_heading() -> None:
    found = sections("一、甲\n一是学习。\n二、乙\n二是培训。")
    assert [s.path for s in found if s.path] == [("一、甲",), ("二、乙",)]


def test_a_heading_that_runs_into_its_body_is_split() -> None:
    section = sections("（一）抓学习。全年学习3次。")[1]
    assert section.path == ("（一）抓学习",)
    assert section.body.of("（一）抓学习。全年学习3次。") == "全年学习3次。"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        # cross-references at the start of a line are no headings
        ("题\n第一条 甲。\n第十二条规定的情形除外。\n第二条 乙。", [("第一条",), ("第二条",)]),
        ("题\n第一条为了规范管理。\n第二条适用本办法。\n第三条第一款的规定除外。", [("第一条",), ("第二条",)]),
        # an amendment quotes the articles it changes
        (
            "关于修改《某法》的决定\n一、将第三条修改为：“第三条 甲。\n第四条 乙。”\n二、增加一条。",
            [("一、将第三条修改为",), ("二、增加一条",)],
        ),
        # numbering by 1.1; a quantity at the start of a line is none
        (
            "题\n1 总则\n1.1 目的\n甲。\n1.2 依据\n乙。\n1.5公里以内。\n2 职责\n2.1 分工",
            [("1 总则",), ("1 总则", "1.1 目的"), ("1 总则", "1.2 依据"), ("2 职责",), ("2 职责", "2.1 分工")],
        ),
        # attachments and signatures
        (
            "关于印发《某某管理办法》的通知\n各区：\n执行。\n某市民政局\n2024年3月14日\n某某管理办法\n第一条 甲。\n第二条 乙。\n附件\n申请材料清单\n1.身份证。",
            [
                ("落款",),
                ("某某管理办法",),
                ("某某管理办法", "第一条"),
                ("某某管理办法", "第二条"),
                ("附件 申请材料清单",),
                ("附件 申请材料清单", "1.身份证"),
            ],
        ),
        (
            "题\n正文。\n附件：1.甲表\n2.乙表\n某局\n2024年3月14日\n附件1：甲表\n甲。\n附件2：乙表\n乙。",
            [("落款",), ("附件1：甲表",), ("附件2：乙表",)],
        ),
        # rows of a table are no headings
        ("题\n第一条 | 甲\n第二条 | 乙", []),
        # quantities and half sentences at the start of a line are no headings
        ("题\n1 总则\n1.1 目的\n甲。\n20 个成员单位参加。\n2 职责", [("1 总则",), ("1 总则", "1.1 目的"), ("2 职责",)]),
        ("题\n四、五月份集中开展整治。", []),
        ("题\n正文。\n附件：1.甲表\n2.乙表", []),
        # headings without a number
        (
            "题\n正文第一段说明了情况。\n2024年工作回顾\n" + "过去一年我们做了许多工作，" * 5 + "成绩很大。",
            [("2024年工作回顾",)],
        ),
        (
            "题\n第一部分 概况\n一、甲\n第二部分 决算\n一、乙",
            [("第一部分 概况",), ("第一部分 概况", "一、甲"), ("第二部分 决算",), ("第二部分 决算", "一、乙")],
        ),
        ("一、甲\n一要抓学习。二要抓落实。", [("一、甲",), ("一、甲", "一要抓学习"), ("一、甲", "二要抓落实")]),
    ],
)
def test_paths(text: str, paths: list[tuple[str, ...]]) -> None:
    assert [s.path for s in sections(text) if s.path] == paths


def test_hints_of_the_layout() -> None:
    text = "报告\n2024年工作回顾\n正文。\n一、甲\n2025年安排\n一、乙"
    hints = [Hint(text.index(line), 1) for line in ("2024年", "2025年")]
    hints += [Hint(m, 2) for m in (text.index("一、甲"), text.index("一、乙"))]
    assert [s.path for s in sections(text, hints) if s.path] == [
        ("2024年工作回顾",),
        ("2024年工作回顾", "一、甲"),
        ("2025年安排",),
        ("2025年安排", "一、乙"),
    ]


def test_the_paragraphs_of_an_article_have_addresses() -> None:
    text = "行政处罚法\n第一条 甲。\n第二条 乙：\n（一）丙；\n（二）丁：\n1.戊；\n2.己。\n庚。\n第三条 辛。\n壬。"
    parts = sections(text)
    found = leaves(text, parts)
    assert [leaf.path for leaf in found][1:] == [
        ("第一条",),
        ("第二条", "第一款"),
        ("第二条", "第一款", "（一）"),
        ("第二条", "第一款", "（二）"),
        ("第二条", "第一款", "（二）", "1."),
        ("第二条", "第一款", "（二）", "2."),
        ("第二条", "第二款"),
        ("第三条", "第一款"),
        ("第三条", "第二款"),
    ]
    wrapped = "题\n第一条 依照法律、行政法规，\n制定本办法。\n另有规定的除外。\n第二条 乙。"
    assert [leaf.path[1:] for leaf in leaves(wrapped, sections(wrapped))][1:] == [("第一款",), ("第二款",), ()]
    at = text.index("己")
    path = place(text, parts, Span(at, at + 1))
    assert address("中华人民共和国行政处罚法", path) == "《行政处罚法》第二条第一款（二）2."
    assert place(text, parts, Span(text.index("丙"), at)) == ("第二条", "第一款")
    assert (
        address("关于印发某某办法的通知", ("某某办法", "第一章 总则", "第六条", "第一款", "（四）"))
        == "《某某办法》第六条第一款（四）"
    )
    assert address("报告", ("一、甲", "一是乙")) == "报告 › 一、甲 › 一是乙"


# What a generator writes is read back as it was written.

HAN = "一 二 三 四 五 六 七 八 九 十 十一 十二".split()
WORDS = st.sampled_from("抓好学习|依法行政|严格管理|公开透明|服务群众|队伍建设".split("|"))
MARKS = [
    lambda n: f"第{HAN[n]}部分 ",
    lambda n: f"{HAN[n]}、",
    lambda n: f"（{HAN[n]}）",
    lambda n: f"{n + 1}.",
    lambda n: f"（{n + 1}）",
    lambda n: "①②③④⑤⑥⑦⑧⑨⑩⑪⑫"[n],
]
INLINE = len(MARKS)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[tuple[str, ...]]]:
    """A document of nested numbering, some levels left out, with its paths."""
    levels = sorted(draw(st.sets(st.integers(0, INLINE), min_size=1, max_size=4)))
    lines, paths = ["关于工作的报告", "各单位认真做好了下列工作。"], []

    def write(depth: int, path: tuple[str, ...]) -> None:
        if depth == len(levels):
            return
        if levels[depth] == INLINE:
            items = [f"{HAN[n]}是{draw(WORDS)}" for n in range(draw(st.integers(2, 4)))]
            lines.append("主要做法。" + "".join(f"{item}。已经完成{draw(st.integers(1, 99))}件。" for item in items))
            paths.extend((*path, item) for item in items)
            return
        for n in range(draw(st.integers(1, 3))):
            name = MARKS[levels[depth]](n) + draw(WORDS)
            runs_on = draw(st.booleans())
            lines.append(name + ("。共办理各类事项若干。" if runs_on else ""))
            paths.append((*path, name))
            if not runs_on and draw(st.booleans()):
                lines.append("具体情况已经公布，并接受社会监督。")
            write(depth + 1, (*path, name))

    write(0, ())
    return "\n".join(lines), paths


@given(documents())
def test_any_nesting_of_a_document_is_read_back(written: tuple[str, list[tuple[str, ...]]]) -> None:
    text, paths = written
    assert canonical(text) == text
    assert [s.path for s in sections(text) if s.path] == paths


@st.composite
def statutes(draw: st.DrawFn) -> tuple[str, list[tuple[str, ...]]]:
    """A statute with 编, 章, 节 left out or not, 第X条之一, 款, 项 and 目, with the paths of its leaves."""
    units = [unit for unit in ("编", "章", "节") if draw(st.booleans())]
    lines, paths, count = ["某某管理条例"], [], itertools.count(1)

    def articles(path: tuple[str, ...]) -> None:
        for _ in range(draw(st.integers(2, 3))):
            label = f"第{_numeral(next(count))}条"
            write(path, label)
            if draw(st.booleans()):
                write(path, label + "之一")

    def write(path: tuple[str, ...], label: str) -> None:
        paragraphs = draw(st.integers(1, 3))
        for n in range(paragraphs):
            start = f"{label} " if n == 0 else ""
            items = draw(st.integers(0, 2))
            own = (*path, label, *([f"第{HAN[n]}款"] if paragraphs > 1 else []))
            lines.append(f"{start}依照本法第{HAN[n]}条，应当{draw(WORDS)}" + ("：" if items else "。"))
            paths.append(own)
            for item in range(items):
                lines.append(f"（{HAN[item]}）{draw(WORDS)}；")
                paths.append((*own, f"（{HAN[item]}）"))
                for sub in range(draw(st.integers(0, 2))):
                    lines.append(f"{sub + 1}.{draw(WORDS)}；")
                    paths.append((*own, f"（{HAN[item]}）", f"{sub + 1}."))

    def nest(depth: int, path: tuple[str, ...]) -> None:
        if depth == len(units):
            articles(path)
            return
        for n in range(draw(st.integers(1, 2))):
            heading = f"第{HAN[n]}{units[depth]} {draw(WORDS)}"
            lines.append(heading)
            paths.append((*path, heading))
            nest(depth + 1, (*path, heading))

    nest(0, ())
    return "\n".join(lines), paths


def _numeral(n: int) -> str:
    tens, ones = divmod(n, 10)
    return ("" if not tens else ("十" if tens == 1 else HAN[tens - 1] + "十")) + (HAN[ones - 1] if ones else "")


@given(statutes())
def test_any_nesting_of_a_statute_is_read_back(written: tuple[str, list[tuple[str, ...]]]) -> None:
    text, paths = written
    found = leaves(text, sections(text))
    assert [leaf.path for leaf in found if leaf.path] == paths
    assert "".join(leaf.span.of(text) for leaf in found) == text


@pytest.mark.parametrize(
    "number",
    [
        "一、",
        "（十二）",
        "3.",
        "3．",
        "第三章 ",
        "第十二节",
        "第一部分 ",
        "一是",
        "2.1 ",
        "2.1.3 ",
        "1、",
        "1）",
        "①",
        "附件1：",
    ],
)
def test_a_heading_loses_its_number(number: str) -> None:
    assert unnumbered(f"{number}加快公路建设") == "加快公路建设"


@pytest.mark.parametrize(
    "heading",
    [
        "要素保障有力",
        "一体化发展水平",
        "2023年工作安排",
        "第一类医疗器械备案",
        "一是否需要",
        "附件管理",
    ],
)
def test_a_heading_without_a_number_keeps_all_words(heading: str) -> None:
    assert unnumbered(heading) == heading
