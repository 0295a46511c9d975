"""A second reading: the best passages in the order of a model that reads question and passage together.

The model alone decides among the passages it reads; its scores are not mixed with the fused ones. They are comparable
within one question only, so a mix would need a scale of its own for every model. How much harm a bad model can do is
bounded by `depth`: nothing moves further than that, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from index.types import FloatArray, Reranker

_Item = TypeVar("_Item")


def rerank(
    question: str,
    found: Sequence[_Item],
    reranker: Reranker,
    depth: int,
    read: Callable[[Sequence[_Item]], Sequence[str]],
) -> list[_Item]:
    """The first `depth` of what was found as the reranker orders them, then the rest. `read` gives their texts."""
    head = found[:depth]
    if len(head) < 2:
        return list(found)
    return reordered(found, reranker.scores(question, read(head)))


def reordered(found: Sequence[_Item], scores: FloatArray) -> list[_Item]:
    """The first len(scores) items by score, highest first, equal ones in the order they had; then the rest.

    Raises ValueError for more scores than items.
    """
    if len(scores) > len(found):
        raise ValueError(f"{len(scores)} scores for {len(found)} passages")
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    return [*(found[at] for at in order), *found[len(scores) :]]
