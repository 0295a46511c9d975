from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading import WINDOW, answer, exact, f1, measured, segments, windows
from index.types import FloatArray, Reading


class FindsWords:
    """A reader that is surest of the longest run of the question that a text holds, by its length."""

    fingerprint = "fake"

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        return np.array([reading.relevance for reading in self.read(question, texts)], np.float32)

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        return [self._read(question, text) for text in texts]

    def _read(self, question: str, text: str) -> Reading:
        if not text.strip():
            return Reading(-9.0, 0, 0, -np.inf, 0.0)
        at = text.find(question)
        if at < 0:
            return Reading(0.0, 0, 1, 5.0, 6.0)
        return Reading(1.0, at, at + len(question), 4.0, 1.0)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("共计25.6万元", ["共", "计", "25.6", "万", "元"]),
        ("GDP增长5%", ["gdp", "增", "长", "5", "%"]),
        ("《森林法》，（2019）", ["森", "林", "法", "2019"]),
        ("New York 市", ["new", "york", "市"]),
        ("2019-2020年", ["20192020", "年"]),
        ("1,500人。", ["1,500", "人"]),
        ("约40km，约25℃", ["约", "40km", "约", "25℃"]),
        ("6.5% in the U.S. (approx.)", ["6.5", "%", "in", "the", "u.s.", "(", "approx", ".", ")"]),
        ("！？", []),
        ("圖書館", ["圖", "書", "館"]),
    ],
)
def test_chinese_is_cut_by_characters_and_the_rest_by_words(text: str, tokens: list[str]) -> None:
    assert segments(text) == tokens


@pytest.mark.parametrize(
    ("found", "golds", "right", "overlap"),
    [
        ("30天", ["30天"], 1, 1),
        ("“三十天”。", ["三十天"], 1, 1),
        ("ABC公司", ["abc公司"], 1, 1),
        # the longest run is 三十: 2 of 3 and of 4 tokens
        ("满三十", ["三十个月"], 0, 4 / 7),
        # 甲乙 and 丁戊 are shared, but only the longer run of the two counts: 2 * 2 / (5 + 5)
        ("甲乙丙丁戊", ["甲乙己丁戊"], 0, 0.4),
        # the second gold is nearer: 3 of 3 and of 4
        ("种茶户", ["农户", "种茶户数"], 0, 6 / 7),
        ("种茶户", ["农户", "种茶户"], 1, 1),
        # New and York are one token each: 2 * 2 / (2 + 3)
        ("new york", ["New York 市"], 0, 0.8),
        ("臺灣大學", ["國立臺灣大學"], 0, 0.8),
        ("山", ["水"], 0, 0),
        ("", ["水"], 0, 0),
    ],
)
def test_answers_are_judged_by_the_rules_of_cmrc(found: str, golds: list[str], right: float, overlap: float) -> None:
    assert exact(found, golds) == right
    assert f1(found, golds) == pytest.approx(overlap)


@given(st.text(alphabet="甲乙丙ab1 。，", max_size=12), st.text(alphabet="甲乙丙ab1 。，", max_size=12))
def test_the_longest_run_is_that_of_every_run_tried(one: str, two: str) -> None:
    first, second = segments(one), segments(two)
    runs = {tuple(second[i:j]) for i in range(len(second)) for j in range(i + 1, len(second) + 1)}
    longest = max(
        (j - i for i in range(len(first)) for j in range(i + 1, len(first) + 1) if tuple(first[i:j]) in runs), default=0
    )
    assert f1(one, [two]) == pytest.approx(2 * longest / (len(first) + len(second)) if longest else 0)


LONG = "".join(f"第{n}组开会{n}次，讨论了道路、水渠和学校的修缮。" for n in range(100, 160))


@given(st.text(alphabet="甲乙，。\n ", max_size=1500))
def test_windows_cover_every_word_and_are_short(text: str) -> None:
    found = windows(text)
    assert all(0 < window.end - window.start <= WINDOW for window in found)
    covered = {at for window in found for at in range(window.start, window.end)}
    assert all(at in covered for at, character in enumerate(text) if not character.isspace())
    assert all(one.start < two.start and one.end < two.end for one, two in pairwise(found))


def test_windows_overlap_by_whole_sentences() -> None:
    found = windows(LONG)
    assert len(found) > 3
    for one, two in pairwise(found):
        assert two.start < one.end
        assert LONG[one.end - 1] == LONG[two.start - 1] == "。"


def test_a_sentence_without_an_end_is_cut_all_the_same() -> None:
    assert windows("字" * 700)[-1].end == 700


@pytest.mark.parametrize("n", [100, 117, 131, 159])
def test_an_answer_is_found_in_any_window(n: int) -> None:
    read = answer(FindsWords(), f"第{n}组", LONG)
    assert read
    assert read.span.of(LONG) == f"第{n}组"
    assert read.margin == 3.0


def test_the_surest_window_wins_even_where_none_answers() -> None:
    read = answer(FindsWords(), "不在", LONG)
    assert read
    assert (read.span.start, read.margin) == (0, -1.0)


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_text_without_words_has_no_answer(text: str) -> None:
    assert answer(FindsWords(), "多少", text) is None


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = [0.0, 1.0, 1.0, 0.5] * 20
    found = measured(values)
    assert found.low < found.value == 0.625 < found.high
    assert found == measured(values)
    assert measured([1.0] * 5).low == 1.0
    with pytest.raises(ValueError, match="nothing"):
        measured([])
