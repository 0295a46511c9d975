"""Why an answer is what it is: what each stage saw and decided, for one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, ClassVar

from index.confidence import NAMES, Features
from index.questions import Question
from index.types import Answer, Hit

if TYPE_CHECKING:
    from index.answers import Found


class Explanation:
    """How much of each stage is shown."""

    HITS: ClassVar[int] = 5
    CANDIDATES: ClassVar[int] = 3


def trace(
    question: Question, hits: Sequence[Hit], found: Sequence[Found], decided: Answer, answer: Answer
) -> dict[str, object]:
    """The question as understood, the first passages with what each leg gave, the first candidates of each kind with
    what is known of them, what was checked, and the decision: `decided` before the checks, `answer` after them."""
    return {
        "question": {
            "language": question.language,
            "asked": question.asked,
            "unit": question.unit,
            "kinds": sorted(question.kinds),
            "years": sorted(question.years),
            "places": [place.name for place in question.places],
            "concepts": [
                {"surface": c.surface, "words": [w for w, _ in c.words[:5]], "weight": round(c.weight, 2)}
                for c in question.concepts
            ],
        },
        "passages": [_hit(hit) for hit in hits],
        "candidates": [
            {
                "kind": one.kind,
                "confidence": round(one.confidence, 3),
                "needed": one.needed,
                "first": [
                    {
                        "printed": c.printed[:60],
                        "rank": round(c.rank, 2),
                        "verified": round(c.verified, 2),
                        "features": _features(c.features),
                    }
                    for c in one.candidates[: Explanation.CANDIDATES]
                ],
            }
            for one in found
        ],
        "checks": _checks(decided, answer),
        "decision": {"kind": answer.kind, "confidence": answer.confidence, "reason": answer.reason},
    }


def _checks(decided: Answer, answer: Answer) -> list[str]:
    quotes = len(decided.citations) + len(decided.alternatives)
    lines = [f"{quotes} quotes compared with the text"]
    if decided.figures:
        lines.append(f"{len(decided.figures)} figures read again in what is cited")
    return [*lines, "withheld" if answer.reason == "unchecked" else "no fault"]


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "passage": hit.passage.id,
        "by": list(hit.by),
        "fused": round(hit.score, 3),
        "dense": round(hit.dense, 3),
        "lexical": round(hit.lexical, 3),
        "reranked": None if hit.reranked is None else round(hit.reranked, 2),
    }


def _features(features: Features) -> dict[str, float]:
    return {name: round(value, 2) for name, value in zip(NAMES, astuple(features), strict=True) if value}
