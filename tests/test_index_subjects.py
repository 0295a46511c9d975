from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st

from archive.figures import figures
from archive.types import Span
from index.subjects import subjects

sys.path.insert(0, str(Path(__file__).parent / "quality"))


def read(text: str) -> list[tuple[str, str]]:
    return [(f.span.of(text), s.of(text) if s else "") for f, s in subjects(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("目前,已发展公职律师86人,专(兼)职法制员280人。", ["公职律师", "专(兼)职法制员"]),
        ("新增86名公职律师。", ["公职律师"]),
        ("2024年全省研发经费投入强度达2.1%。", ["全省研发经费投入强度"]),
        ("软件企业超过6400家、主营业务收入预计达到4200亿元。", ["软件企业", "主营业务收入"]),
        ("技术合同成交额1900亿元、增长11.2%,高于全国3个百分点。", ["技术合同成交额"] * 3),
        ("新增养老机构16家、总数达到98家。", ["养老机构", "养老机构"]),
        ("外贸、内贸企业分别增加20家和30家。", ["外贸", "内贸企业"]),
        ("租赁和商务服务业、仓储和邮政业收入分别增长11%、8%。", ["租赁和商务服务业", "仓储和邮政业收入"]),
        ("覆盖94%的农村人口。", ["农村人口"]),
        ("设立20亿元母基金。", ["母基金"]),
        ("实施20个城中村改造项目。", ["城中村改造项目"]),
        ("26个区县实现动态清零。", ["区县"]),
        (
            "全局共101人通过法律职业资格考试,208人通过高级执法资格考试。",
            ["通过法律职业资格考试", "通过高级执法资格考试"],
        ),
        ("应当自受理之日起六十日内作出决定。", ["作出决定"]),
        ("还有40万3岁以下婴幼儿。", ["婴幼儿", "婴幼儿"]),
        ("建设养老综合体（农村幸福院）30个。", ["养老综合体"]),
        ("86人。", [""]),
    ],
)
def test_what_a_figure_counts(text: str, expected: list[str]) -> None:
    assert [subject for _, subject in read(text)] == expected


@given(
    st.text(alphabet="公职律师企业增长达到新建分别和、，。（）“”的内以上率数0123456789%人家个万亿元年日", max_size=60)
)
def test_every_figure_comes_with_a_stretch_beside_it(text: str) -> None:
    whole = Span(0, len(text))
    found = list(subjects(text, whole))
    assert [figure.span for figure, _ in found] == [figure.span for figure in figures(text, whole)]
    for figure, subject in found:
        assert subject is None or (subject.of(text).strip() and whole.covers(subject))
        assert subject is None or subject.end <= figure.span.start or figure.span.end <= subject.start


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ["达" * 20000 + "5个", "增5人" * 4000, "1人" * 6000, "分别" + "、".join(["1个"] * 4000)]
)
def test_no_text_takes_long(text: str) -> None:
    """In time that grows with the length: a clause of a hostile text has no end."""
    assert list(subjects(text, Span(0, len(text))))


def test_subjects_in_real_sentences_are_found() -> None:
    """A floor, below what tests/quality/figure_reading.py prints."""
    from figure_reading import judge_subjects, labelled

    result = judge_subjects(list(labelled(shared("documents/docx").parent.parent)))
    assert result.precision >= 0.92
    assert result.recall >= 0.92
