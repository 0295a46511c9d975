from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from archive.types import Span
from index.spans import SHORT, WHOLE, best_ends, best_span, echoes, score_of, tidied
from index.types import FloatArray, Outputs


def given(logits: FloatArray, lengths: list[int]) -> Outputs:
    """What a reader gives pieces of these lengths, one after the other."""
    ends = np.cumsum(lengths)
    return Outputs(0.0, 0.0, logits, ends - lengths, ends)


def logits(starts: list[float], ends: list[float]) -> FloatArray:
    return np.array([starts, ends], np.float32).T


def by_hand(scores: FloatArray, text: str, question: str) -> float:
    """The best of all that may be an answer; every character is a piece."""
    echoed = echoes(question, text)
    found = [
        float(scores[a, 0] + scores[b, 1]) - 0.5 * log(b + 1 - a) - 2 * float(echoed[a : b + 1].mean())
        for a in range(len(scores))
        for b in range(a, min(a + 60, len(scores)))
        if text[b].strip()
    ]
    return max(found, default=-np.inf)


@over(
    values=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=90),
    text=st.text("法律 　a", min_size=90, max_size=90),
    question=st.text("法律a", max_size=5),
)
def test_the_span_is_the_best_of_all(values: list[tuple[int, int]], text: str, question: str) -> None:
    scores = np.array(values, np.float32)
    text = text[: len(values)]
    start, end, score = best_span(given(scores, [1] * len(values)), text, question)
    assert score == pytest.approx(by_hand(scores, text, question))
    assert text[start:end] == text[start:end].strip()
    assert (start < end) == (score > -np.inf) == bool(text.strip())


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ([0, 5, 0, 0], [0, 0, 0, 5], (2, 7)),
        ([0, 0, 0, 5], [0, 5, 0, 0], (2, 3)),  # an end before its start is none; of equal ones the shorter
        ([0, 0, 9, 0], [0, 0, 9, 0], (4, 7)),  # a blank alone is no answer
        ([0, 0, 9, 0], [0, 0, 0, 1], (4, 7)),  # nor does one begin it
    ],
)
def test_answers_are_words(starts: list[float], ends: list[float], expected: tuple[int, int]) -> None:
    text = "有86 律师人"
    start, end, _ = best_span(given(logits(starts, ends), [2, 1, 1, 3]), text, "")
    assert (start, end) == expected


def test_an_answer_has_at_most_sixty_pieces() -> None:
    text = "法" * 100
    scores = np.zeros((100, 2), np.float32)
    scores[10, 0] = scores[11, 0] = 20
    scores[70, 1] = 40
    assert SHORT.longest == 60
    assert best_span(given(scores, [1] * 100), text, "")[:2] == (11, 71)
    scores[69, 1] = 45
    assert best_span(given(scores, [1] * 100), text, "")[:2] == (11, 70)
    scores[10, 0] = 30
    assert best_span(given(scores, [1] * 100), text, "")[:2] == (10, 70)


def test_of_answers_read_as_well_the_shorter_and_the_one_that_does_not_ask_again() -> None:
    text = "张三负责甲事。"
    scores = np.full((7, 2), -9, np.float32)
    scores[0, 0] = scores[1, 1] = scores[5, 1] = 1
    assert best_span(given(scores, [1] * 7), text, "")[:2] == (0, 2)
    scores[5, 1] = 2  # better, for a longer one
    assert best_span(given(scores, [1] * 7), text, "")[:2] == (0, 6)
    assert best_span(given(scores, [1] * 7), text, "谁负责甲事")[:2] == (0, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张三", "00"),
        ("负责甲事", "1111"),
        ("张三负责甲事", "001111"),
        ("甲负", "00"),
        ("由张三负责", "00011"),
        ("负", "0"),
    ],
)
def test_what_of_a_text_says_the_question_again(text: str, expected: str) -> None:
    assert "".join(str(int(said)) for said in echoes("谁负责甲事", text)) == expected


def test_what_stands_before_the_passage_is_no_answer() -> None:
    text = "标题\n正文在此"
    scores = logits([9, 0, 0, 1, 0, 0, 0], [0, 9, 0, 0, 0, 0, 1])
    assert best_span(given(scores, [1] * 7), text, "")[:2] == (0, 2)
    assert best_span(given(scores, [1] * 7), text, "", within=Span(3, 7))[:2] == (3, 7)
    assert best_span(given(scores, [1] * 7), text, "", within=Span(3, 6))[:2] == (3, 4)


def test_a_whole_answer_may_be_long_and_say_the_question() -> None:
    text = "甲" * 100
    scores = logits([5, *[0] * 99], [4.5, *[0] * 98, 5])
    assert best_span(given(scores, [1] * 100), text, "")[:2] == (0, 1)
    assert best_span(given(scores, [1] * 100), text, "", WHOLE)[:2] == (0, 100)


def test_the_score_of_a_stretch_is_that_of_its_best_ends() -> None:
    outputs = given(logits([1, 3, 2, 9], [9, 0, 4, 1]), [1, 1, 1, 1])
    assert score_of(outputs, Span(1, 3)) == 7
    assert score_of(outputs, Span(4, 9)) == -np.inf


def test_the_best_ends_are_those_of_places_less_what_they_cost() -> None:
    # pieces 甲 | 乙 | (one of two at its place, without width) | 丙丁
    starts, ends = np.array([0, 1, 2, 2]), np.array([1, 2, 2, 4])
    outputs = Outputs(0.0, 0.0, logits([1, 3, 9, 2], [0, 4, 9, 5]), starts, ends)
    assert best_ends(outputs, {0: 0, 1: 0, 2: 0}, {2: 0, 4: 0}) == (1, 4, 8)
    assert best_ends(outputs, {0: 0, 1: 2.5}, {2: 0, 4: 1.5}) == (0, 2, 5)
    assert best_ends(outputs, {3: 0}, {4: 0})[2] == -np.inf  # no piece begins there
    twice = Outputs(0.0, 0.0, logits([7, 3], [0, 1]), np.array([0, 0]), np.array([2, 2]))
    assert best_ends(twice, {0: 0}, {2: 0}) == (0, 2, 8)


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("制定《警务协同系统案件模块使用工作规范》，推动", "《警务协同系统", "《警务协同系统案件模块使用工作规范》"),
        ("制定《警务协同系统规范》，推动", "系统规范》，", "《警务协同系统规范》"),
        ("开展“昆仑”“清风”行动", "昆仑”“清风", "“昆仑”“清风”"),
        ("公职律师，", "公职律师，", "公职律师"),
        ("。公职律师。", "。公职律师。", "公职律师。"),
        ("《" + "长" * 100 + "》", "长长", "长长"),
    ],
)
def test_a_cut_title_is_made_whole(text: str, found: str, expected: str) -> None:
    start = text.index(found)
    tidy = tidied(text, Span(start, start + len(found)), Span(0, len(text)))
    assert tidy is not None
    assert tidy.of(text) == expected


@over(st.text("甲，。《》“”、 ", min_size=1, max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_what_is_tidied_stays_inside(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    tidy = tidied(text, Span(start, end), Span(0, len(text)))
    assert tidy is None or (0 <= tidy.start < tidy.end <= len(text) and tidy.of(text).strip("，、 "))
