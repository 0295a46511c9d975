"""Our own verifier: whether words that are marked in a text answer a question, in 8 bits, run by onnxruntime.

Question and marked text (`index/marking.py`) are one text, as the reader's are; the first token says how likely the
words answer. It is the reader, trained on by near misses and judged answers (`index/training/verifier.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from index.base import ENGINE, Base, base_of
from index.reader import pair
from index.trained import ModelFile
from index.types import FloatArray
from index.updates import UpdatedFile
from index.weights import Weights, weights_fingerprint

OUTPUTS = ("relevance",)
_REMEMBERED = 1024


class BundledVerifier:
    """Makes its files in folders of `folder` once (seconds), loads on first use; safe to use from several threads."""

    def __init__(self, folder: Path, model: ModelFile | UpdatedFile) -> None:
        self._base = base_of(folder)
        self._model = model
        self._lock = Lock()

    @cached_property
    def fingerprint(self) -> str:
        """The weights' hashes and the engine."""
        return f"{weights_fingerprint()}:verifier:{self._model.digest()}:{ENGINE}"

    def verify(self, question: str, marked: Sequence[str]) -> FloatArray:
        """How likely the marked words of each text answer, a logit: (len(marked),). The last ones are remembered."""
        with self._lock:
            run = self._run
        return np.array(list(self._base.pool.map(partial(run, question), marked)), np.float32)

    @cached_property
    def _run(self) -> Callable[[str, str], float]:
        session = self._base.session("verifier", self.fingerprint, self._graph)
        return lru_cache(_REMEMBERED)(partial(_logit, self._base, session))

    def _graph(self, weights: Weights) -> bytes:
        from index.onnx_model import verifier_graph

        return verifier_graph(self._model.read(weights, OUTPUTS))


def _logit(base: Base, session: Any, question: str, text: str) -> float:
    ids, _ = pair(base.tokenizer, question, text)
    return float(session.run(["relevance"], base.input(ids))[0][0])
