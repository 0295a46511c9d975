"""Which words of a text are the answer, by how well one begins and ends at each piece of it.

What a reader learns from asks for no short answers: people mark 在1998年 for one question and 1998年 for the next, and
whole clauses that say the question again before they answer. So where a short answer is wanted, of two stretches that
begin and end as well the shorter wins, and so does the one that says less of what was asked. `tests/quality/spans.py`
tries other costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from archive.types import Span
from index.types import BoolArray, FloatArray, IntArray, Outputs

_LOOSE = "，,、；;：: \n\u3000"
_LONGEST_TITLE = 60
_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Manner:
    """How words are chosen: of at most `longest` pieces, at a cost for their length and for saying the question
    again."""

    length_cost: float
    echo_cost: float
    longest: int


SHORT = Manner(0.5, 2.0, 60)
# what answers how, which conditions, what measures: people mark all of it
WHOLE = Manner(0.0, 0.0, 200)


def best_span(
    outputs: Outputs, text: str, question: str, manner: Manner = SHORT, within: Span | None = None
) -> tuple[int, int, float]:
    """(start, end, score) of the answer in the text, or in the pieces that begin inside of a stretch of it, without
    blanks at its ends; the first of equal ones.

    The score is the sum of the logits of beginning and ending less `length_cost` times the logarithm of the length in
    characters and `echo_cost` times the share of the characters that echo the question. (0, 0, -inf) when there are
    only blanks.
    """
    among = slice(*np.searchsorted(outputs.starts, [within.start, within.end]).tolist()) if within else slice(None)
    starts, stops, logits = outputs.starts[among], outputs.ends[among], outputs.logits[among]
    wordless = [not text[one:other].strip() for one, other in zip(starts, stops, strict=True)]
    if all(wordless):
        return 0, 0, -np.inf
    ends = np.where(wordless, -np.inf, logits[:, 1])
    last = _following(stops, 0, manner.longest)
    lengths = np.maximum(last - starts[:, None], 1)
    said = np.concatenate([[0], np.cumsum(echoes(question, text))])
    echoed = (said[last] - said[starts, None]) / lengths
    sums = logits[:, :1] + _following(ends, -np.inf, manner.longest)
    scores = sums - manner.length_cost * np.log(lengths) - manner.echo_cost * echoed
    at, more = divmod(int(scores.argmax()), manner.longest)
    begin, end = int(starts[at]), int(stops[at + more])
    found = text[begin:end]
    return end - len(found.lstrip()), begin + len(found.rstrip()), float(scores[at, more])


def tidied(text: str, span: Span, within: Span) -> Span | None:
    """A stretch without commas and the like at its ends, and with both ends of each 《title》 or “quotation” that it
    cuts; None when nothing is left. It grows only inside of `within`."""
    start, end = span.start, span.end
    while start < end and text[start] in _LOOSE + "。":
        start += 1
    while end > start and text[end - 1] in _LOOSE:
        end -= 1
    if start == end:
        return None
    for opening, closing in ("《》", "“”"):
        inside = text[start:end]
        if inside.rfind(opening) > inside.rfind(closing) and (at := text.find(closing, end, within.end)) >= 0:
            end = at + 1 if at - end <= _LONGEST_TITLE else end
        first = inside.find(closing)
        if first >= 0 and not 0 <= inside.find(opening) < first:
            at = text.rfind(opening, within.start, start)
            start = at if at >= 0 and start - at <= _LONGEST_TITLE else start
    return Span(start, end)


def best_ends(outputs: Outputs, starts: Mapping[int, float], ends: Mapping[int, float]) -> tuple[int, int, float]:
    """Where in the text an answer best begins and ends, of these places, each at a cost, and the sum of both logits
    less the costs; -inf where none of them was read."""
    read = outputs.ends > outputs.starts
    start, begins = _best_of(outputs.starts[read], outputs.logits[read, 0], starts)
    end, stops = _best_of(outputs.ends[read], outputs.logits[read, 1], ends)
    return start, end, begins + stops


def _best_of(places: IntArray, logits: FloatArray, costs: Mapping[int, float]) -> tuple[int, float]:
    """Several pieces may stand at one place (㎡ is m and 2)."""
    scores = {at: float(logits[places == at].max(initial=-np.inf)) - cost for at, cost in costs.items()}
    best = max(scores, key=scores.__getitem__)
    return best, scores[best]


def score_of(outputs: Outputs, stretch: Span) -> float:
    """How well an answer begins and ends inside of a stretch of the text, a sum of logits; -inf where no piece lies."""
    inside = (outputs.ends > stretch.start) & (outputs.starts < stretch.end) & (outputs.ends > outputs.starts)
    if not inside.any():
        return -np.inf
    return float(outputs.logits[inside].max(axis=0).sum())


def _following(values: NDArray[_Number], padding: float, longest: int) -> NDArray[_Number]:
    """Of each piece the values of it and of those after it, as many as an answer may have: (pieces, longest)."""
    padded = np.pad(values, (0, longest - 1), constant_values=padding)
    return np.lib.stride_tricks.sliding_window_view(padded, longest)


def echoes(question: str, text: str) -> BoolArray:
    """Of each character of a text, whether it stands in the question too, with one of its neighbours: (len(text),)."""
    asked = {question[at : at + 2] for at in range(len(question) - 1)}
    again = [text[at : at + 2] in asked for at in range(len(text) - 1)]
    return np.array([one or other for one, other in zip([False, *again], [*again, False], strict=True)], np.bool_)
