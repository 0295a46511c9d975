from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeReader
from hypothesis import given
from hypothesis import strategies as st

from archive.structure import sections
from archive.types import Document, Span
from index.glossary import Glossary
from index.passages import passages
from index.questions import Question, understand
from index.read_passages import ReadPassage, read_passages
from index.spans import SHORT
from index.types import Concept
from index.words import language_of

TEXT = """关于社区矫正工作的通知
一、工作情况
全区现有社区矫正专职工作者45人，志愿者120余名。
二、有关要求
各街道办事处要在2022年6月30日前完成自查，并报区司法局。
"""


def question_of(text: str, *concepts: Concept) -> Question:
    asked = understand("问题", Glossary(Path(), lambda word: False), lambda words: 1.0)
    return replace(asked, text=text, language=language_of(text), concepts=concepts)


def read(reader: FakeReader, text: str = TEXT) -> list[ReadPassage]:
    document = Document("0" * 12, "r", text.split("\n")[0], text, sections(text))
    return read_passages(reader, question_of("问题"), [(document, passage) for _, passage in passages(document)])


def test_the_words_found_stand_in_the_document() -> None:
    found = next(r for r in read(FakeReader("120余名")) if r.relevance > 0)
    best = found.best("问题", SHORT)
    assert best is not None
    span, score = best
    assert span.of(TEXT) == "120余名"
    assert found.score(span) == 12
    assert score < 12  # the length costs
    assert found.score(Span(span.start - 3, span.start)) == -12


def test_the_second_words_are_of_another_sentence() -> None:
    text = "通知\n现有工作者45人。志愿者120余名。协管员9名。\n"
    (found,) = read(FakeReader("45人", "120余名"), text)
    first = found.best("问题", SHORT)
    assert first
    assert first[0].of(text) == "45人"
    second = found.second("问题", SHORT, first[0])
    assert second
    assert second[0].of(text) == "120余名"
    assert found.best("问题", SHORT, Span(text.index("协"), len(text))) is not None
    assert found.second("问题", SHORT, found.passage.span) is None


def test_a_title_is_read_and_never_the_answer() -> None:
    for found in read(FakeReader("社区矫正工作", "45人")):
        best = found.best("问题", SHORT)
        assert best is not None
        assert found.passage.span.covers(best[0])


def test_what_lies_behind_the_last_piece_scores_as_unread() -> None:
    found = read(FakeReader())[0]
    assert found.score(Span(10**6, 10**6 + 1)) == -30


@given(st.lists(st.text("甲乙丙，。二一、 \n", min_size=1, max_size=30), min_size=1, max_size=4))
def test_every_best_stretch_is_inside_of_its_passage(lines: list[str]) -> None:
    text = "标题\n" + "\n".join(lines)
    for found in read(FakeReader("甲", "丙"), text):
        best = found.best("甲乙", SHORT)
        assert best is None or found.passage.span.covers(best[0])


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_is_read_for_no_passages(count: int) -> None:
    reader = FakeReader("45人")
    document = Document("0" * 12, "r", "题", TEXT, sections(TEXT))
    places = [(document, passage) for _, passage in passages(document)][:count]
    assert len(read_passages(reader, question_of("问题"), places)) == reader.asked == count


def test_words_that_say_in_chinese_what_is_asked_stand_above_and_move_nothing() -> None:
    document = Document("0" * 12, "r", "题", TEXT, sections(TEXT))
    places = [(document, passage) for _, passage in passages(document)]
    question = question_of("how many volunteers", Concept("volunteer", (("志愿者", 0.9),), 5.0))
    found = next(r for r in read_passages(FakeReader("120余名"), question, places) if r.relevance > 0)
    assert found.text.startswith("volunteer 志愿者\n")
    best = found.best("how many volunteers", SHORT)
    assert best is not None
    assert best[0].of(TEXT) == "120余名"
    chinese = question_of("多少志愿者", Concept("志愿者", (("社区矫正", 0.9),), 5.0))
    assert all(r.text.startswith("题") for r in read_passages(FakeReader(), chinese, places))
