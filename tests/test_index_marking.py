from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.types import Span
from index.marking import BEGIN, END, glossed, marked
from index.types import Concept

TEXT = "目前，全局已发展公职律师86人，占比百分之八十；专（兼）职法制员280人。"


def at(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start, start + len(words))


def test_an_answer_is_marked_where_it_stands() -> None:
    whole = Span(0, len(TEXT))
    assert marked("年报\n队伍", TEXT, whole, at("86人")) == f"年报\n队伍\n{TEXT.replace('86人', '【86人】')}"
    assert marked("", TEXT, at("占比百分之八十；"), at("八十")) == "\n占比百分之【八十】；"


def test_what_stands_far_away_is_cut_at_clauses() -> None:
    text = "头" * 30 + "，" + "前" * 130 + "，86人，" + "后" * 60 + "，" + "尾" * 30
    start = text.index("86人")
    shown = marked("题", text, Span(0, len(text)), Span(start, start + 3))
    assert shown == "题\n" + "前" * 130 + "，【86人】，" + "后" * 60 + "，"


def test_a_text_without_clauses_is_cut_anyway() -> None:
    shown = marked("", "字" * 5000, Span(0, 5000), Span(2000, 3000))
    assert shown == "\n" + "字" * 140 + BEGIN + "字" * 200 + END + "字" * 80


def test_marks_of_the_text_itself_are_none() -> None:
    text = "【公告】共有86人【完】"
    assert marked("【题】", text, Span(0, len(text)), Span(6, 9)) == "[题]\n[公告]共有【86人】[完]"


@given(st.text("甲乙，。；\n【】1人", max_size=700), st.data())
def test_it_is_always_a_stretch_of_the_text(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    within, answer = Span(places[0], places[3]), Span(places[1], places[2])
    shown = marked("题", text, within, answer).removeprefix("题\n")
    assert shown.count(BEGIN) == shown.count(END) == 1
    before, own, after = re.split(f"[{BEGIN}{END}]", shown)
    plain = within.of(text).replace(BEGIN, "[").replace(END, "]")
    assert answer.of(text).replace(BEGIN, "[").replace(END, "]").startswith(own)
    assert len(own) == min(200, answer.end - answer.start)
    assert before.strip() + own in plain
    assert own + after in plain
    assert len(before) <= 140
    assert len(after) <= 80


@pytest.mark.parametrize("within", [Span(0, len(TEXT)), at("全局已发展公职律师86人")])
def test_nothing_outside_of_the_stretch_is_shown(within: Span) -> None:
    shown = marked("", TEXT, within, at("86人"))
    assert shown.replace(BEGIN, "").replace(END, "").strip() == within.of(TEXT)


def test_an_answer_that_goes_on_behind_the_stretch_is_shown_whole() -> None:
    assert marked("", TEXT, at("公职律师86"), at("86人，占比")) == "\n公职律师【86人，占比】"


def test_words_that_say_in_chinese_what_is_asked_stand_above() -> None:
    concepts = [
        Concept("lawyer", (("律师", 1.0), ("公职律师", 0.5), ("法官", 0.5)), 5.0),
        Concept("staff", (("人员", 1.0), ("职", 0.3)), 2.0),
        Concept("share", (("占比", 0.5), ("法制员", 0.5), ("公职", 0.5)), 2.0),
    ]
    assert glossed(concepts, "年报\n公职律师【86人】，占比八成；法制员") == (
        "lawyer 公职律师；share 法制员 占比\n年报\n公职律师【86人】，占比八成；法制员"
    )


def test_what_stands_there_as_asked_needs_no_other_words() -> None:
    concepts = [Concept("律师", (("律师", 1.0), ("公职", 0.8)), 5.0)]
    assert glossed(concepts, "公职律师【86人】") == "公职律师【86人】"
    quoted = [Concept("【公职律师】", (("公职律师", 1.0),), 5.0), Concept("【a】", (("公职", 1.0),), 5.0)]
    assert glossed(quoted, "公职律师【86人】") == "[a] 公职\n公职律师【86人】"
    assert glossed([], "律师【86人】") == "律师【86人】"


def test_the_line_of_other_words_is_bounded() -> None:
    words = tuple((f"第{chr(0x4E00 + n)}项", 1.0) for n in range(90))
    concepts = [Concept(f"item{n}", (word,), 1.0) for n, word in enumerate(words)]
    text = "".join(word for word, _ in words)
    assert len(glossed(concepts, text)) == 120 + 1 + len(text)
