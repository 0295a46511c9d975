from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ModelFailed
from index.checks import Doubt, Sentence
from index.phrasing import Phrased, phrased, split
from index.types import Answer

ANSWER = Answer("全局有多少公职律师", "figure", "86人", 0.9)
REFUSAL = Answer("全局有多少辆警车", "refusal", "无法回答。", 0.0)


class Saying:
    """Says these pieces, then fails or hangs if it is to; knows whether it was closed."""

    def __init__(self, *pieces: str, then: BaseException | None = None, hang: bool = False) -> None:
        self._pieces, self._then, self._hang = pieces, then, hang
        self.called = self.closed = False

    async def stream(self, answer: Answer) -> AsyncIterator[str]:
        self.called = True
        try:
            for piece in self._pieces:
                yield piece
            if self._then:
                raise self._then
            if self._hang:
                await asyncio.sleep(60)
        finally:
            self.closed = True


def check(sentence: Sentence, answer: Answer) -> Doubt:
    return "" if "真" in sentence.text else "unsupported"


def run(model: Saying, answer: Answer = ANSWER, seconds: float = 5) -> list[Sentence | Phrased]:
    async def every() -> list[Sentence | Phrased]:
        return [item async for item in phrased(model, answer, check, seconds)]

    return asyncio.run(every())


def test_what_passes_comes_sentence_by_sentence_and_then_as_a_whole() -> None:
    first, second, last = run(Saying("真的", "。[1]假的。[1]", "也真", "。[2]"))
    assert first == Sentence("真的。", (1,))
    assert second == Sentence("也真。", (2,))
    assert last == Phrased("真的。也真。", (first, second), 1, "")


def test_english_sentences_keep_their_blanks() -> None:
    *_, last = run(Saying("It is 真. [1] And 真.[1]"))
    assert isinstance(last, Phrased)
    assert [s.text for s in last.sentences] == ["It is 真.", "And 真."]


def test_when_nothing_passes_the_answer_stands() -> None:
    assert run(Saying("假的。[1]又假。[1]")) == [Phrased("86人", (), 2, "nothing-supported")]
    assert run(Saying()) == [Phrased("86人", (), 0, "nothing-supported")]


def test_a_refusal_is_never_phrased() -> None:
    model = Saying("真的。")
    assert run(model, REFUSAL) == [Phrased(REFUSAL.text, (), 0, "refusal")]
    assert not model.called


def test_a_model_that_fails_keeps_what_it_said_before() -> None:
    *_, last = run(Saying("真的。[1]又", then=ModelFailed("garbled", "…")))
    assert last == Phrased("真的。", (Sentence("真的。", (1,)),), 0, "garbled")
    assert run(Saying(then=ModelFailed("unreachable", "…"))) == [Phrased("86人", (), 0, "unreachable")]


def test_a_silent_model_is_cut_off_and_closed() -> None:
    model = Saying("真的。[1]又", hang=True)
    *_, last = run(model, seconds=0.2)
    assert last == Phrased("真的。", (Sentence("真的。", (1,)),), 0, "timeout")
    assert model.closed


def test_a_reader_who_leaves_closes_the_model() -> None:
    model = Saying("真的。[1]又一句。[1]再", hang=True)

    async def leave() -> None:
        items = phrased(model, ANSWER, check, 60)
        await anext(items)
        await items.aclose()

    asyncio.run(leave())
    assert model.closed


def test_a_sentence_said_twice_is_kept_once() -> None:
    *sentences, _ = run(Saying("真的。[1]\n真的。[1]\n"))
    assert len(sentences) == 1


def cut(pieces: Iterable[str]) -> list[str]:
    async def given() -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    async def every() -> list[str]:
        return [sentence async for sentence in split(given())]

    return asyncio.run(every())


CUTS = [
    ("公职律师86人。[1]法制员280人[2]。", ["公职律师86人。[1]", "法制员280人[2]。"]),
    ("“公职律师86人。”[1] 又。", ["“公职律师86人。”[1] ", "又。"]),
    ("It is 99.44%. [1] And 1,500.[1][2]\nThat is it", ["It is 99.44%. [1] ", "And 1,500.[1][2]\n", "That is it"]),
    ("公职律师\n法制员", ["公职律师\n", "法制员"]),
    ("无\n\n", ["无\n"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "sentences"), CUTS)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_sentences_are_the_same_however_they_come(text: str, sentences: list[str], size: int) -> None:
    found = cut(text[at : at + size] for at in range(0, len(text), size))
    assert [s.strip() for s in found] == [s.strip() for s in sentences]


@given(st.text(alphabet="一二.。！\n[]12 “”a", max_size=80), st.integers(1, 9))
def test_nothing_is_lost_between_sentences(text: str, size: int) -> None:
    found = cut(text[at : at + size] for at in range(0, len(text), size))
    assert "".join("".join(found).split()) == "".join(text.split())


def test_what_does_not_end_is_cut() -> None:
    assert max(map(len, cut("很" * 100 for _ in range(100)))) <= 600
