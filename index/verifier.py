"""Our own verifier: whether words that are marked in a text answer a question, in 8 bits, run by onnxruntime.

Question and marked text (`index/marking.py`) are one text, as the reader's are; the first token says how likely the
words answer. It is the reader, trained on by near misses and judged answers (`index/training/verifier.py`), and for
figures and dates trained on once more, by those that want one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from index.base import ENGINE, Base, OncePerModel, base_of
from index.reader import pair
from index.trained import ModelFile
from index.types import FloatArray
from index.updates import UpdatedFile
from index.weights import Weights, weights_fingerprint

OUTPUTS = ("relevance",)
_REMEMBERED = 1024

Model = ModelFile | UpdatedFile
Logit = Callable[[str, str], float]


class BundledVerifier:
    """Makes its files in folders of `folder` once (seconds), loads on first use; safe to use from several threads."""

    def __init__(self, folder: Path, model: Model, numbers: Model | None = None) -> None:
        """`numbers` is heard where a figure or date is asked for; without it `model` is heard everywhere."""
        self._base = base_of(folder)
        self._model, self._numbers = model, numbers or model
        self._logits = OncePerModel((self._model, self._numbers), partial(_logit, self._base))

    @cached_property
    def fingerprint(self) -> str:
        """The weights' hashes and the engine."""
        return " ".join(dict.fromkeys(map(_fingerprint, (self._model, self._numbers))))

    def verify(self, question: str, marked: Sequence[str], is_number: bool) -> FloatArray:
        """How likely the marked words of each text answer, a logit: (len(marked),). `is_number` where a figure or date
        is asked for. The last ones are remembered."""
        logit = self._logits[self._numbers if is_number else self._model]
        return np.array(self._base.map(partial(logit, question), marked), np.float32)


def _logit(base: Base, model: Model) -> Logit:
    session = base.session("verifier", _fingerprint(model), partial(_graph, model))
    return lru_cache(_REMEMBERED)(partial(_relevance, base, session))


def _fingerprint(model: Model) -> str:
    return f"{weights_fingerprint()}:verifier:{model.digest()}:{ENGINE}"


def _graph(model: Model, weights: Weights) -> bytes:
    from index.onnx_model import verifier_graph

    return verifier_graph(model.read(weights, OUTPUTS))


def _relevance(base: Base, session: Any, question: str, text: str) -> float:
    ids, _ = pair(base.tokenizer, question, text)
    return float(session.run(["relevance"], base.input(ids))[0][0])
