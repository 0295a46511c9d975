from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archive.structure import sections
from archive.text import canonical
from archive.types import Document
from index.addresses import han
from index.passages import PASSAGE, PIECE, encoded_text, headings, lexical_text, own_clause, passages, pieces
from index.readings import read_figures


def document(text: str) -> Document:
    text = canonical(text)
    return Document("0" * 12, "r", text.split("\n")[0], text, sections(text))


@given(
    st.lists(
        st.sampled_from(["一、甲乙丙", "（一）丁。", "长句" * 90 + "。", "短句。", "一是子。二是丑。", "逗号，" * 120]),
        max_size=12,
    )
)
def test_passages_keep_to_their_section_and_lose_nothing(lines: list[str]) -> None:
    doc = document("\n".join(["标题", *lines]))
    found = list(passages(doc))
    for section, passage in found:
        assert doc.sections[section].span.start <= passage.span.start
        assert passage.path == doc.sections[section].path
        assert 0 < passage.span.end - passage.span.start <= PASSAGE.longest
        parts = pieces(doc, passage)
        assert len(parts) != 1
        assert all(passage.span.covers(part) and 0 < part.end - part.start <= PIECE.longest for part in parts)
        read = "".join(part.of(doc.text) for part in parts) or passage.span.of(doc.text)
        assert "".join(read.split()) == "".join(passage.span.of(doc.text).split())
    covered = {at for _, p in found for at in range(p.span.start, p.span.end)}
    for section in doc.sections:
        if section.level and section.body.of(doc.text).strip():
            missing = [at for at in range(section.span.start, section.span.end) if at not in covered]
            assert not "".join(doc.text[at] for at in missing).strip()


def test_the_shipped_documents(shipped: list[Document]) -> None:
    lengths = [p.span.end - p.span.start for d in shipped for _, p in passages(d)]
    assert max(lengths) <= PASSAGE.longest
    assert len(lengths) > 1000


def test_context_is_added_for_the_encoder_only(report: Document) -> None:
    _, passage = next((s, p) for s, p in passages(report) if "公职律师86人" in p.span.of(report.text))
    text = encoded_text(report, passage)
    assert text.startswith(report.title)
    assert "夯实法治之基" in text
    assert text.endswith(passage.span.of(report.text))


def test_a_figure_is_encoded_with_its_own_clause(report: Document, shipped: list[Document]) -> None:
    clauses = dict(own_clauses(report))
    assert clauses["86人"] == "已发展公职律师86人,"
    law = next(d for d in shipped if d.title.endswith("禁毒法"))
    assert not [clause for _, clause in own_clauses(law) if clause.startswith("第")]


def own_clauses(document: Document) -> list[tuple[str, str]]:
    """(figure, its own clause) of all figures, as printed."""
    text = document.text
    return [
        (r.figure.span.of(text), own_clause(document.sections[at], r.figure).of(text).strip())
        for at, r in read_figures(document)
    ]


def cut(text: str) -> list[str]:
    doc = document(text)
    return [p.span.of(doc.text) for _, p in passages(doc)]


def test_a_section_that_is_short_with_all_below_it_is_one_passage() -> None:
    text = (
        "标题\n第一条 公安机关应当采取下列措施：\n（一）保密；\n（二）保护。\n第二条 " + "本法自公布之日起施行。" * 30
    )
    assert cut(text)[0] == "第一条 公安机关应当采取下列措施：\n（一）保密；\n（二）保护。"


def test_short_items_of_a_long_list_stay_together() -> None:
    items = [
        f"{number}这是清单中的一项内容，它不长，但是一共有很多项这样的内容。"
        for number in "一、 二、 三、 四、 五、 六、 七、 八、 九、 十、".split()
    ]
    found = cut("\n".join(["标题", "下列事项需要办理：", *items, "长" * 200]))
    assert len(found) < 6
    assert "".join(found).replace("\n", "").startswith("标题下列事项需要办理：" + "".join(items[:9]))


def test_a_title_is_left_out_only_where_it_stands_alone() -> None:
    assert cut("关于某事的通知\n各单位：按此办理。") == ["关于某事的通知\n各单位：按此办理。"]
    assert cut("关于某事的通知\n一、总体要求\n" + "按此办理。" * 60)[0].startswith("一、总体要求")
    assert cut("关于某事的通知") == ["关于某事的通知"]
    whole = replace(document("某段没有标题的文字，它很短。"), title="某段没有标题的文字，它很短。")
    assert [p.span.of(whole.text) for _, p in passages(whole)] == [whole.text]


def test_a_title_that_a_passage_begins_with_is_no_context() -> None:
    doc = document("关于某事的通知\n各单位：按此办理。")
    _, passage = next(passages(doc))
    assert encoded_text(doc, passage) == doc.text
    assert lexical_text(doc, passage).count(doc.title) == 2


def test_the_lexical_leg_reads_the_title_twice(report: Document) -> None:
    _, passage = next((s, p) for s, p in passages(report) if "公职律师86人" in p.span.of(report.text))
    text = lexical_text(report, passage)
    assert text.count(report.title) == 2
    assert passage.span.of(report.text) in text


def test_a_passage_of_a_list_stands_under_its_own_headings_only() -> None:
    items = [f"第{han(number)}条 单位应当遵守本办法，并且负责落实。" for number in range(1, 61)]
    doc = document("\n".join(["某某办法", "第一章 总则", *items]))
    found = [(headings(doc, at, passage), passage.span.of(doc.text)) for at, passage in passages(doc)]
    assert len(found) > 3
    for labels, text in found:
        assert labels[0] == "第一章 总则"
        assert labels[1:] == tuple(line.split(" ")[0] for line in text.split("\n") if line.endswith("。"))
