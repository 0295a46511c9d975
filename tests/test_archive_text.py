from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text import canonical, clauses, fold, sentences
from archive.types import Span

CHINESE = st.text(
    alphabet="公安局一二三是、。,，；：:！?？0123456789年条第(（)）“”《》 \n\u3000\ufeff\u200bAＢ\r\t", max_size=200
)


@given(st.one_of(st.text(max_size=200), CHINESE))
def test_canonical_text_is_stable(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert "\r" not in once
    assert "\n\n" not in once
    once.encode("utf-8")


@given(st.one_of(st.text(max_size=200), CHINESE))
def test_folding_keeps_offsets(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(CHINESE, st.sampled_from([sentences, clauses]))
def test_pieces_cover_all_that_is_not_blank(text: str, split: object) -> None:
    pieces = list(split(text, Span(0, len(text))))  # type: ignore[operator]
    assert all(a.end <= b.start for a, b in itertools.pairwise(pieces))
    left = "".join(
        text[a:b] for a, b in zip([0, *[p.end for p in pieces]], [*[p.start for p in pieces], len(text)], strict=True)
    )
    assert not left.strip()


def test_canonical_keeps_what_is_printed() -> None:
    assert canonical("\ufeff　　（一）Ａ级\u200b  景区\r\n\r\n\t5家 ") == "（一）Ａ级 景区\n5家"


def test_sentences_end_with_their_closing_quote() -> None:
    text = "他说：“好。”然后走了！\n下一行"
    assert [s.of(text) for s in sentences(text, Span(0, len(text)))] == ["他说：“好。”", "然后走了！", "下一行"]


def test_clauses_do_not_cut_numbers() -> None:
    text = "走访1,500户,用时14:30;完成。"
    assert [c.of(text) for c in clauses(text, Span(0, len(text)))] == ["走访1,500户,", "用时14:30;", "完成。"]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_a_span_is_never_inside_out(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)
