"""Pairs of figures in a real text, each with a question that only it answers.

A reader learns from them to bind a figure to what it counts: of 公职律师86人，法制员280人 the question
有多少公职律师 has one answer. What a figure counts is found by rule (parts of speech, word order); what is not
clear is left out.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from archive.text import clauses, sentences
from archive.types import Span
from index.training.figure_questions import in_chinese, in_english, is_known_in_english
from index.training.figure_subjects import SCOPE, Counted, counted_in
from index.types import Language
from index.words import squash

LONGEST = 260
_SHORTEST = 60


@dataclass(frozen=True, slots=True)
class FigureQuestion:
    """A question and the figure that answers it: offsets into the pair's text, hedge and unit included.

    `subject` is what the figure counts, in Chinese.
    """

    question: str
    language: Language
    start: int
    end: int
    subject: str


@dataclass(frozen=True, slots=True)
class FigurePair:
    """A stretch of real text of at most about 260 characters, and a question for each of two of its figures."""

    text: str
    questions: tuple[FigureQuestion, FigureQuestion]


def figure_pairs(text: str, rng: random.Random) -> Iterator[FigurePair]:
    """Pairs from a plain text: first those in Chinese, one for each two figures that lie close, then those in English,
    of the figures for which the dictionary knows what they count."""
    found = list(counted_in(text))
    breaks = list(sentences(text, Span(0, len(text))))
    scope = _usual_scope(text)
    languages: dict[Language, list[Counted]] = {
        "zh": found,
        "en": [each for each in found if is_known_in_english(each)],
    }
    for language, those in languages.items():
        for two in _close(those):
            span = _stretch(text, breaks, Span(two[0].needed.start, two[1].needed.end), rng)
            if span.end - span.start <= LONGEST and all(_is_only(text, span, counted) for counted in two):
                one, other = (_question(counted, language, span, scope, rng) for counted in two)
                yield FigurePair(span.of(text), (one, other))


def _question(counted: Counted, language: Language, span: Span, scope: str, rng: random.Random) -> FigureQuestion:
    asked = in_chinese(counted, scope, rng) if language == "zh" else in_english(counted, rng)
    figure = counted.figure.span
    return FigureQuestion(asked, language, figure.start - span.start, figure.end - span.start, counted.subject)


def is_foreign(subject: str, text: str) -> bool:
    """Whether a text cannot count a subject: less than a third of the subject's pairs of characters stand in it, and
    its last pair does not."""
    bare, plain = squash(subject), squash(text)
    grams = [bare[at : at + 2] for at in range(len(bare) - 1)]
    return bool(grams) and grams[-1] not in plain and sum(gram in plain for gram in grams) * 3 < len(grams)


def _close(found: list[Counted]) -> Iterator[tuple[Counted, Counted]]:
    """Neighbours, and those with one between them, that fit into one stretch and cannot be taken for each other."""
    for at, first in enumerate(found):
        for second in found[at + 1 : at + 3]:
            near = second.figure.span.end - min(first.needed.start, second.needed.start) <= LONGEST
            if near and not _confusable(first, second):
                yield first, second


def _confusable(first: Counted, second: Counted) -> bool:
    """Whether the question for one may be answered by the other."""
    one, two = squash(first.subject), squash(second.subject)
    return first.form == second.form and (one in two or two in one)


def _is_only(text: str, span: Span, counted: Counted) -> bool:
    """Whether the subject stands once in the stretch, so that no other figure is meant."""
    return squash(span.of(text)).count(squash(counted.subject)) == 1


def _stretch(text: str, breaks: list[Span], needed: Span, rng: random.Random) -> Span:
    """The sentences around, as many as fit into a length drawn by chance; of a long sentence its clauses."""
    longest = rng.randint(_SHORTEST, LONGEST)
    low = max(0, bisect_right(breaks, needed.start, key=lambda s: s.start) - 1)
    high = next(at for at in range(low, len(breaks)) if breaks[at].end >= needed.end)
    if breaks[high].end - breaks[low].start > LONGEST:
        return _clauses_around(text, Span(breaks[low].start, breaks[high].end), needed)
    while True:
        wider = [
            (first, last)
            for first, last in ((low - 1, high), (low, high + 1))
            if first >= 0 and last < len(breaks) and breaks[last].end - breaks[first].start <= longest
        ]
        if not wider:
            return Span(breaks[low].start, breaks[high].end)
        low, high = rng.choice(wider)


def _clauses_around(text: str, within: Span, needed: Span) -> Span:
    parts = list(clauses(text, within))
    start = max(part.start for part in parts if part.start <= needed.start)
    end = min(part.end for part in parts if part.end >= needed.end)
    return Span(start, end)


def _usual_scope(text: str) -> str:
    """全省 or the like when a text says it often: what it reports is of there."""
    found = Counter(scope for scope in SCOPE.findall(text) if scope[0] == "全").most_common(1)
    return found[0][0] if found and found[0][1] >= 3 else ""
