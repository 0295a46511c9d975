"""Our own reader: reranks passages and finds the answer in them, in 8 bits, run by onnxruntime.

Question and passage are one text, `<s> question </s></s> passage </s>`. The first token says whether the passage
answers the question, and each token of the passage how well an answer begins or ends there (Devlin et al. 2019,
arXiv:1810.04805, 4.3); beginning and ending at the first token means no answer. Every pair runs alone, on one core.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from index.base import ENGINE, Base, base_of
from index.trained import OUTPUTS, ModelFile
from index.types import FloatArray, IntArray, Reading
from index.unigram import Located, Tokenizer
from index.weights import Weights, weights_fingerprint

# as in training
QUESTION_LIMIT = 64
PAIR_LIMIT = 320
_LONGEST_ANSWER = 60
_REMEMBERED = 1024


class BundledReader:
    """Makes its files in folders of `folder` once (seconds), loads on first use; safe to use from several threads.

    It reads at most 64 tokens of a question, and of a passage what fits into 320 with it.
    """

    weight: float | None = 0.5

    def __init__(self, folder: Path, model: ModelFile) -> None:
        self._base = base_of(folder)
        self._model = model
        self._lock = Lock()

    @cached_property
    def fingerprint(self) -> str:
        """The weights' hashes and the engine."""
        return f"{weights_fingerprint()}:trained:{self._model.digest()}:{ENGINE}"

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        """The relevance of each text, a logit: (len(texts),)."""
        return np.array([reading.relevance for reading in self.read(question, texts)], np.float32)

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """One reading a text, by all cores. The last ones are remembered: to ask for the scores too costs nothing."""
        with self._lock:
            read = self._read
        return list(self._base.pool.map(partial(read, question), texts))

    @cached_property
    def _read(self) -> Callable[[str, str], Reading]:
        session = self._base.session("reader", self.fingerprint, self._graph)
        return lru_cache(_REMEMBERED)(partial(_reading, self._base, session))

    def _graph(self, weights: Weights) -> bytes:
        from index.onnx_model import reader_graph

        return reader_graph(self._model.read(weights, OUTPUTS))


def _reading(base: Base, session: Any, question: str, text: str) -> Reading:
    ids, passage = pair(base.tokenizer, question, text)
    relevance, span = session.run(["relevance", "span"], base.input(ids))
    body = span[-1 - len(passage.ids) : -1]
    start, end, score = best_span(body, passage, text)
    return Reading(float(relevance[0]), start, end, score, float(span[0].sum()))


def pair(tokenizer: Tokenizer, question: str, text: str) -> tuple[IntArray, Located]:
    """(ids of the whole, pieces of the text in it): they stand before the last id."""
    bos, eos = tokenizer.special["bos"], tokenizer.special["eos"]
    asked = tokenizer.located(question, QUESTION_LIMIT).ids
    passage = tokenizer.located(text, PAIR_LIMIT - 4 - len(asked))
    return np.array([bos, *asked, eos, eos, *passage.ids, eos], np.int64), passage


def best_span(logits: FloatArray, passage: Located, text: str) -> tuple[int, int, float]:
    """(start, end, score) of the answer in the text, without blanks at its ends; the first of equal ones.

    `logits` (pieces, 2) are those of beginning and ending at each piece. (0, 0, -inf) when there are only blanks.
    """
    wordless = [not text[start:end].strip() for start, end in zip(passage.starts, passage.ends, strict=True)]
    if all(wordless):
        return 0, 0, -np.inf
    ends = np.pad(np.where(wordless, -np.inf, logits[:, 1]), (0, _LONGEST_ANSWER - 1), constant_values=-np.inf)
    sums = logits[:, :1] + np.lib.stride_tricks.sliding_window_view(ends, _LONGEST_ANSWER)
    first, more = divmod(int(sums.argmax()), _LONGEST_ANSWER)
    start, end = int(passage.starts[first]), int(passage.ends[first + more])
    found = text[start:end]
    return end - len(found.lstrip()), start + len(found.rstrip()), float(sums[first, more])
