from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archive.structure import sections
from archive.text import canonical
from archive.types import Document
from index.passages import LONGEST, encoded_text, figure_clauses, passages


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
        assert doc.sections[section].span.covers(passage.span)
        assert 0 < passage.span.end - passage.span.start <= LONGEST
    covered = {at for _, p in found for at in range(p.span.start, p.span.end)}
    for section in doc.sections:
        if section.level and section.body.of(doc.text).strip():
            missing = [at for at in range(section.span.start, section.span.end) if at not in covered]
            assert not "".join(doc.text[at] for at in missing).strip()


def test_the_shipped_documents(shipped: list[Document]) -> None:
    lengths = [p.span.end - p.span.start for d in shipped for _, p in passages(d)]
    assert max(lengths) <= LONGEST
    assert len(lengths) > 1000


def test_context_is_added_for_the_encoder_only(report: Document) -> None:
    _, passage = next((s, p) for s, p in passages(report) if "公职律师86人" in p.span.of(report.text))
    text = encoded_text(report, passage)
    assert text.startswith(report.title)
    assert "夯实法治之基" in text
    assert text.endswith(passage.span.of(report.text))


def test_a_figure_is_encoded_with_its_own_clause(report: Document, shipped: list[Document]) -> None:
    clauses = {span.of(report.text): clause for _, span, clause in figure_clauses(report)}
    assert clauses["86人"] == "已发展公职律师86人,"
    law = next(d for d in shipped if d.title.endswith("禁毒法"))
    assert not [clause for _, _, clause in figure_clauses(law) if clause.startswith("第")]
