"""How far a stretch of text speaks of what a question asks: concepts matched in contexts.

A concept found close to the figure counts more than one found only in the heading above it. The
result is a share of the question in [0, 1], weighted by inverse document frequency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.types import Concept
from index.words import squash

_PART_CREDIT = 0.8
_SINGLE_CHARACTER_CREDIT = 0.6


@dataclass(frozen=True, slots=True)
class Context:
    """Squashed text and how much finding a concept in it is worth."""

    text: str
    worth: float


def context(text: str, worth: float) -> Context:
    return Context(_squashed(text), worth)


@lru_cache(maxsize=4096)
def _squashed(text: str) -> str:
    """Titles and headings are looked at for every figure below them."""
    return squash(text)


def presence(word: str, squashed: str) -> float:
    """1 when the word stands in the text; a share when a longer word does so in part."""
    if word in squashed:
        return 1.0 if len(word) > 1 else _SINGLE_CHARACTER_CREDIT
    if len(word) < 4:  # 停车位 is no 停车场
        return 0.0
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    share = sum(pair in squashed for pair in pairs) / len(pairs)
    return share * _PART_CREDIT if share >= 0.5 else 0.0


def matched(concept: Concept, contexts: Iterable[Context]) -> float:
    """The best of trust x presence x worth over the concept's words and the contexts."""
    best = 0.0
    for place in contexts:
        if place.worth > best:
            for word, trust in concept.words:
                if place.worth * trust > best:
                    best = max(best, place.worth * trust * presence(word, place.text))
    return best


def coverage(concepts: Sequence[Concept], contexts: Sequence[Context], favoured: frozenset[int] = frozenset()) -> float:
    """The share of the question that the contexts cover; `favoured` concepts weigh half as much again."""
    weights = [c.weight * (1.5 if at in favoured else 1.0) for at, c in enumerate(concepts)]
    total = sum(weights)
    if not total:
        return 0.0
    return sum(w * matched(c, contexts) for w, c in zip(weights, concepts, strict=True)) / total


def lacking(concepts: Sequence[Concept], contexts: Sequence[Context]) -> float:
    """The share of the question, in [0, 1], that the one concept weighs which the contexts lack most."""
    total = sum(c.weight for c in concepts)
    return max((c.weight * (1 - matched(c, contexts)) for c in concepts), default=0.0) / total if total else 0.0


def spoken(concepts: Sequence[Concept], text: str) -> float:
    """The share of a text's characters that the concepts' own words account for."""
    squashed = squash(text)
    if not squashed:
        return 0.0
    marked = [False] * len(squashed)
    for concept in concepts:
        for word, trust in concept.words:
            at = squashed.find(word) if trust >= 0.5 else -1
            if at >= 0:
                marked[at : at + len(word)] = [True] * len(word)
    return sum(marked) / len(marked)
