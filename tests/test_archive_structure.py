from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.structure import sections
from archive.text import canonical
from archive.types import Document

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
