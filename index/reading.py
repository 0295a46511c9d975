"""Answers read out of a text of any length, and how right they are by the rules of CMRC 2018.

The rules are those of the task's own evaluation (Cui et al. 2019, arXiv:1810.07366, and its script): the F1 of an
answer is that of the longest run of tokens it shares with a gold answer, exact means equal once punctuation and case
are gone, and of several golds the best counts. DRCD is judged in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from archive.text import clauses, sentences
from archive.types import Span
from index.evaluation import Measured, intervals
from index.types import Reader, Reading

WINDOW = 300
OVERLAP = 100

# what the script takes out, and what stands as a token by itself beside Chinese characters
_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_ALONE = re.compile("[\u4e00-\u9fa5]")
# as its tokenizer (Penn Treebank's) cuts the rest: 40km is one token, 6.5% two, only a last full stop one by itself
_WORD = re.compile(r"(?:[^\s()\[\]{}<>;@#$%&!?\",.]|,(?=\d)|\.(?![)\]}>\"']*\s*$))+|\S")


@dataclass(frozen=True, slots=True)
class Read:
    """The words of a text that answer best, and the reading of the window they stand in (offsets into the window)."""

    span: Span
    reading: Reading

    @property
    def margin(self) -> float:
        """How much better these words are than no answer."""
        return self.reading.score - self.reading.null


def answer(reader: Reader, question: str, text: str) -> Read | None:
    """What a reader gives when it must answer: the words that are furthest above no answer in their own window, of
    equal ones the first. None for a text without words."""
    cut = windows(text)
    return best(cut, reader.read(question, [window.of(text) for window in cut]))


def best(cut: Sequence[Span], readings: Sequence[Reading]) -> Read | None:
    """The best of the readings of a text's windows; None when none has words."""
    found = (
        Read(Span(window.start + reading.start, window.start + reading.end), reading)
        for window, reading in zip(cut, readings, strict=True)
        if np.isfinite(reading.score)
    )
    return max(found, key=lambda read: read.margin, default=None)


def windows(text: str) -> list[Span]:
    """Stretches of at most 300 characters that a reader can take at once, cut at the ends of sentences where it can be.
    Each begins with up to 100 characters of the one before, so that no answer is cut in two."""
    parts = list(_parts(text))
    found: list[Span] = []
    first = 0
    while first < len(parts):
        last = first
        while last + 1 < len(parts) and parts[last + 1].end - parts[first].start <= WINDOW:
            last += 1
        found.append(Span(parts[first].start, parts[last].end))
        if last + 1 == len(parts):
            break
        first = _next(parts, first, last)
    return found


def _next(parts: Sequence[Span], first: int, last: int) -> int:
    """The part the next window begins with: it holds the end of this one and at least one part more."""
    return next(
        (
            at
            for at in range(first + 1, last + 1)
            if parts[last].end - parts[at].start <= OVERLAP and parts[last + 1].end - parts[at].start <= WINDOW
        ),
        last + 1,
    )


def _parts(text: str) -> Iterator[Span]:
    """Sentences; of one that is too long its clauses, and of such a clause pieces."""
    for sentence in sentences(text, Span(0, len(text))):
        if sentence.end - sentence.start <= WINDOW:
            yield sentence
            continue
        for clause in clauses(text, sentence):
            for start in range(clause.start, clause.end, OVERLAP):
                yield Span(start, min(start + OVERLAP, clause.end))


def exact(found: str, golds: Sequence[str]) -> float:
    """1.0 when an answer is one of the golds but for case and punctuation, else 0.0."""
    return float(any(_bare(found) == _bare(gold) for gold in golds))


def f1(found: str, golds: Sequence[str]) -> float:
    """The best F1, in [0, 1], of an answer's longest run of tokens that stands in a gold."""
    return max((_f1(segments(found), segments(gold)) for gold in golds), default=0.0)


def _f1(found: Sequence[str], gold: Sequence[str]) -> float:
    shared = _longest_run(found, gold)
    return 2 * shared / (len(found) + len(gold)) if shared else 0.0


def segments(text: str) -> list[str]:
    """The tokens of an answer without punctuation: Chinese characters one by one, all else by words and numbers."""
    tokens: list[str] = []
    for alone, run in groupby(_bare(text), lambda c: bool(_ALONE.match(c))):
        characters = list(run)
        tokens.extend(characters if alone else _WORD.findall("".join(characters)))
    return tokens


def _bare(text: str) -> str:
    return "".join(c for c in text.lower().strip() if c not in _PUNCTUATION)


def _longest_run(one: Sequence[str], two: Sequence[str]) -> int:
    """The length of the longest run of tokens that stands in both."""
    longest, above = 0, [0] * (len(two) + 1)
    for token in one:
        row = [0] * (len(two) + 1)
        for at, other in enumerate(two):
            row[at + 1] = above[at] + 1 if token == other else 0
        longest, above = max(longest, *row), row
    return longest


def measured(values: Sequence[float]) -> Measured:
    """The mean of one value a question, and 95 % of the means of 1,000 bootstrap samples.

    Raises ValueError when there are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    return intervals(np.asarray(values, np.float64)[:, None])[0]
