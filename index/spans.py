"""Which words of a text are the answer, by how well one begins and ends at each piece of it.

What a reader learns from asks for no short answers: people mark 在1998年 for one question and 1998年 for the next, and
whole clauses that say the question again before they answer. So of two stretches that begin and end as well the shorter
wins, and so does the one that says less of what was asked. `tests/quality/spans.py` tries other costs.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.types import BoolArray, FloatArray
from index.unigram import Located

LONGEST = 60
LENGTH_COST = 0.5
ECHO_COST = 2.0

_Number = TypeVar("_Number", bound=np.generic)


def best_span(
    logits: FloatArray, passage: Located, text: str, question: str, length_cost: float, echo_cost: float
) -> tuple[int, int, float]:
    """(start, end, score) of the answer in the text, without blanks at its ends; the first of equal ones.

    `logits` (pieces, 2) are those of beginning and ending at each piece. The score is their sum less `length_cost`
    times the logarithm of the length in characters and `echo_cost` times the share of the characters that echo the
    question. (0, 0, -inf) when there are only blanks.
    """
    wordless = [not text[start:end].strip() for start, end in zip(passage.starts, passage.ends, strict=True)]
    if all(wordless):
        return 0, 0, -np.inf
    ends = np.where(wordless, -np.inf, logits[:, 1])
    last = _following(passage.ends, 0)
    lengths = np.maximum(last - passage.starts[:, None], 1)
    said = np.concatenate([[0], np.cumsum(echoes(question, text))])
    echoed = (said[last] - said[passage.starts, None]) / lengths
    sums = logits[:, :1] + _following(ends, -np.inf)
    scores = sums - length_cost * np.log(lengths) - echo_cost * echoed
    first, more = divmod(int(scores.argmax()), LONGEST)
    start, end = int(passage.starts[first]), int(passage.ends[first + more])
    found = text[start:end]
    return end - len(found.lstrip()), start + len(found.rstrip()), float(scores[first, more])


def _following(values: NDArray[_Number], padding: float) -> NDArray[_Number]:
    """Of each piece the values of it and of those after it, as many as an answer may have: (pieces, LONGEST)."""
    padded = np.pad(values, (0, LONGEST - 1), constant_values=padding)
    return np.lib.stride_tricks.sliding_window_view(padded, LONGEST)


def echoes(question: str, text: str) -> BoolArray:
    """Of each character of a text, whether it stands in the question too, with one of its neighbours: (len(text),)."""
    asked = {question[at : at + 2] for at in range(len(question) - 1)}
    again = [text[at : at + 2] in asked for at in range(len(text) - 1)]
    return np.array([one or other for one, other in zip([False, *again], [*again, False], strict=True)], np.bool_)
