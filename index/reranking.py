"""A second reading: the best hits in the order of a model that reads question and passage together.

The model alone decides among the hits it reads; its scores are not mixed with the fused ones. They are comparable
within one question only, so a mix would need a scale of its own for every model. How much harm a bad model can do is
bounded by `depth`: no hit moves further than that, and none is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.types import FloatArray, Hit, Passage, Reranker


def rerank(
    question: str, hits: Sequence[Hit], reranker: Reranker, depth: int, read: Callable[[Passage], str]
) -> list[Hit]:
    """The first `depth` hits as the reranker orders them, then the rest. `read` gives the text of a passage."""
    head = hits[:depth]
    if len(head) < 2:
        return list(hits)
    return reordered(hits, reranker.scores(question, [read(hit.passage) for hit in head]))


def reordered(hits: Sequence[Hit], scores: FloatArray) -> list[Hit]:
    """The first len(scores) hits by score, highest first, equal ones in the order they had; then the rest.

    Each hit keeps its own fields. Raises ValueError for more scores than hits.
    """
    if len(scores) > len(hits):
        raise ValueError(f"{len(scores)} scores for {len(hits)} hits")
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    return [*(hits[at] for at in order), *hits[len(scores) :]]
