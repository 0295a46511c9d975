"""A second reading: the best passages in the order of a model that reads question and passage together.

A model decides alone among the passages it reads: its scores are comparable within one question only, so a sum with
the fused ones needs a scale of its own for every model. One that brings its scale (`weight`) is added to them. How much
harm a bad model can do is bounded by `depth`: nothing moves further than that, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from index.marking import glossed
from index.questions import Question
from index.types import FloatArray, Language, Reranker

_Item = TypeVar("_Item")


def rerank(
    question: str,
    found: Sequence[_Item],
    fused: FloatArray,
    reranker: Reranker,
    depth: int,
    read: Callable[[Sequence[_Item]], Sequence[str]],
    language: Language,
) -> tuple[list[_Item], FloatArray]:
    """The first `depth` of what was found as the reranker orders them, then the rest; and the scores that it gave the
    first ones, in their new order.

    `fused` are the scores of what was found, (len(found),), and `read` gives the texts; `language` is the question's.
    Where the sides of a question take turns, scores do not fall from place to place: a place then counts as much as the
    score that belongs there.
    """
    head = found[:depth]
    if len(head) < 2:
        return list(found), np.empty(0, np.float32)
    given = scores = reranker.scores(question, read(head))
    weight = reranker.weight(language)
    if weight is not None:
        scores = np.sort(fused)[::-1][: len(head)] + np.float32(weight) * given
    order = by_score(scores)
    return [*(found[at] for at in order), *found[depth:]], given[order]


def shown_to(reranker: Reranker, question: Question, texts: Sequence[str]) -> list[str]:
    """Passages as a reranker reads them: below their gloss, if it has learned from such."""
    if reranker.takes_gloss(question.language):
        return [glossed(question.concepts, text) for text in texts]
    return list(texts)


def by_score(scores: FloatArray) -> list[int]:
    """The places of the scores, highest first, equal ones in the order they had."""
    return sorted(range(len(scores)), key=lambda at: -scores[at])
