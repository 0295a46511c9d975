"""An answer in a language model's words: sentence by sentence, each checked before it leaves, the others dropped."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from archive.errors import ModelFailed
from index.checks import Doubt, Sentence, read_sentence
from index.types import Answer

Check = Callable[[Sentence, Answer], Doubt]

_LONGEST = 600
_END = re.compile(r"(?:[。！？!?\n]|\.(?=\s|$|[\[【［”\"]))[”’』」\"'）)]*(?:\s*[\[【［][\d,，、 ]+[\]】］])*\n?")
_MARK_BEGINS = re.compile(r"\s*(?:$|[\[【［][\d,，、 ]*$)")


class Phraser(Protocol):
    """Says an answer in other words, piece by piece, with marks [1] that count the answer's citations.

    Raises ModelFailed. Nothing it gives is trusted.
    """

    def stream(self, answer: Answer) -> AsyncIterator[str]: ...


@dataclass(frozen=True, slots=True)
class Phrased:
    """The sentences that passed, or the answer as it stands when none did.

    `dropped` counts those that did not; `reason` is empty or says what went wrong: refusal, timeout, unreachable,
    refused, garbled, too-long, nothing-supported.
    """

    text: str
    sentences: tuple[Sentence, ...]
    dropped: int
    reason: str


async def phrased(
    phraser: Phraser, answer: Answer, check: Check, seconds: float
) -> AsyncGenerator[Sentence | Phrased, None]:
    """Each sentence that passes as soon as it ends, then what became of all. A refusal is never phrased."""
    kept: list[Sentence] = []
    dropped, reason = 0, ""
    if answer.kind == "refusal":
        yield Phrased(answer.text, (), 0, "refusal")
        return
    try:
        async with aclosing(within(phraser.stream(answer), seconds)) as pieces, aclosing(split(pieces)) as sentences:
            async for given in sentences:
                sentence = read_sentence(given)
                doubt = await asyncio.to_thread(check, sentence, answer)
                if doubt:
                    dropped += 1
                    logging.getLogger("gongwen").debug("sentence dropped: %s", doubt)
                elif sentence not in kept:
                    kept.append(sentence)
                    yield sentence
    except ModelFailed as failed:
        reason = failed.reason
    if not kept:
        yield Phrased(answer.text, (), dropped, reason or "nothing-supported")
        return
    yield Phrased(_joined(kept), tuple(kept), dropped, reason)


def _joined(sentences: list[Sentence]) -> str:
    return "".join(s.text + (" " if s.text.isascii() else "") for s in sentences).strip()


async def within(pieces: AsyncIterator[str], seconds: float) -> AsyncGenerator[str, None]:
    """The pieces that come in time. Raises ModelFailed when there are more."""
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        while True:
            async with asyncio.timeout_at(deadline):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece
    except TimeoutError as error:
        raise ModelFailed("timeout", f"the language model took longer than {seconds:g} s") from error
    finally:
        if hasattr(pieces, "aclose"):
            await pieces.aclose()


async def split(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Sentences with the citation marks behind them, each as soon as what follows shows that it has ended.

    What does not end is cut, so that nothing grows without bound; a piece of a sentence passes no check.
    """
    left = ""
    async for piece in pieces:
        left += piece
        while end := _first_end(left):
            yield left[:end]
            left = left[end:].lstrip()
    for sentence in _all(left):
        yield sentence


def _first_end(text: str) -> int:
    """Where the first sentence ends, 0 when that cannot be told yet."""
    match = _END.search(text)
    if match and not _MARK_BEGINS.fullmatch(text, match.end()):
        return match.end()
    return _LONGEST if not match and len(text) > _LONGEST else 0


def _all(text: str) -> list[str]:
    """The sentences of what is left at the end."""
    found: list[str] = []
    while text.strip():
        match = _END.search(text)
        end = match.end() if match else len(text)
        found.append(text[:end])
        text = text[end:].lstrip()
    return found
