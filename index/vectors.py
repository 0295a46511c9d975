"""FAISS, and nothing else of the project knows it. A folder holds one index:

    vectors.faiss   the vectors, in a kind that fits their number
    sample.npy      rows at even distances, the background of every query
    vectors.json    how many there are, and a checksum of all that stands before the vectors

Up to `FLAT_UP_TO` vectors a search reads all. Above, vectors stand in lists around centroids (IVF), and a search reads
the nearest lists until it has met enough vectors that its mask allows: a narrower mask reads more lists, not more
vectors. Kinds and constants were chosen by tests/bench/vectors.py.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np

from archive.errors import IndexMismatch
from index.types import BoolArray, FloatArray, IntArray, VectorIndex

FLAT_UP_TO = 100_000
_TRAINING = 100_000
_SAMPLE = 1000
_MET = 32_000
_NARROW = 500
_FILES = ("vectors.faiss", "sample.npy", "vectors.json")
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, MemoryError)

faiss: Any = _faiss  # its stubs know the C++ signatures, not those of its Python wrappers
Batches = Callable[[], Iterable[FloatArray]]


def write_vectors(folder: Path, dim: int, batches: Batches, count: int, flat_up_to: int = FLAT_UP_TO) -> None:
    """Write an index of `count` vectors into a new folder; equal vectors give equal files.

    `batches()` gives the vectors from the first on, as float32 arrays of shape (any, dim). It is called once for a
    flat index, else twice: to train, and to add. Raises ValueError when they are not `count` by `dim`.
    """
    flat = count <= flat_up_to
    with _threads(os.cpu_count() or 1):
        index = _flat(dim) if flat else _trained(dim, batches(), count)
        for batch in _checked(batches(), dim, count):
            index.add(batch)
        if not flat:
            index.make_direct_map()
        sample = index.reconstruct_batch(np.arange(0, count, _step(count, _SAMPLE)))
    folder.mkdir(parents=True)
    vectors, rows, facts = (folder / name for name in _FILES)
    faiss.write_index(index, str(vectors))
    np.save(rows, sample)
    size = vectors.stat().st_size
    head = size - count * (index.code_size if flat else index.code_size + 8)
    about = {"count": count, "dim": dim, "flat": flat, "size": size, "head": head, "crc": _crc(vectors, head)}
    facts.write_text(json.dumps(about), encoding="utf-8")


def open_vectors(folder: Path) -> VectorIndex:
    """Map an index into memory. Raises IndexMismatch when it is missing or damaged before its vectors; a vector that
    is damaged gives wrong scores, which only a checksum of the whole file can tell."""
    try:
        return _open(*(folder / name for name in _FILES))
    except _DAMAGE as error:
        raise IndexMismatch(f"{folder.name} cannot be read; run: gongwen reindex --rebuild") from error


def _open(vectors: Path, rows: Path, facts: Path) -> VectorIndex:
    about = json.loads(facts.read_text(encoding="utf-8"))
    if (vectors.stat().st_size, _crc(vectors, about["head"])) != (about["size"], about["crc"]):
        raise ValueError("another size or checksum")
    index = faiss.read_index(str(vectors), faiss.IO_FLAG_MMAP_IFC)
    sample = np.load(rows)
    expected = (about["count"], about["dim"], (-(-about["count"] // _step(about["count"], _SAMPLE)), about["dim"]))
    if (index.ntotal, index.d, sample.shape) != expected or sample.dtype != np.float32:
        raise ValueError("files of different indexes")
    return _FlatIndex(index, sample) if about["flat"] else _ListsIndex(index, sample)


class _Stored(ABC):
    """What both kinds do alike; an index need only propose and give its vectors back."""

    def __init__(self, index: Any, sample: FloatArray) -> None:
        self._index = index
        self._sample = sample

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @abstractmethod
    def _propose(self, query: FloatArray, k: int, mask: BoolArray | None) -> tuple[IntArray, FloatArray]:
        """(ids, scores) of the best k, padded with ids of -1 when fewer are found."""

    def search(self, vector: FloatArray, k: int, mask: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """See `VectorIndex`; raises ValueError when the mask has another length."""
        allowed = _allowed(mask, len(self))
        k = min(k, allowed)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        query = np.ascontiguousarray(vector, dtype=np.float32)
        if mask is not None and allowed <= _NARROW:
            ids = np.flatnonzero(mask)
            return _best(ids, self.scores(query, ids), k)
        return self._search(query, k, mask)

    def _search(self, query: FloatArray, k: int, mask: BoolArray | None) -> tuple[IntArray, FloatArray]:
        """Asks for one more than k, and for yet more while equals of the last might be missing."""
        wanted = k + 1
        with _threads(1):
            while True:
                ids, scores = self._propose(query, wanted, mask)
                sound = (ids >= 0) & (ids < len(self))
                ids, scores = _best(ids[sound], scores[sound], wanted)
                if len(ids) < wanted or scores[-1] < scores[k - 1]:
                    return ids[:k], scores[:k]
                wanted *= 4

    def scores(self, vector: FloatArray, ids: IntArray) -> FloatArray:
        """See `VectorIndex`; raises IndexError for an id that does not exist."""
        if len(ids) and not 0 <= ids.min() <= ids.max() < len(self):
            raise IndexError("no such vector")
        products: FloatArray = self._index.reconstruct_batch(ids) @ vector.astype(np.float32)
        return products

    def background(self, vector: FloatArray) -> tuple[float, float]:
        """Mean and standard deviation of a query's inner products over a fixed sample: how similar
        anything is to it. What lies far above is similar for a reason."""
        if len(self._sample) < 2:
            return 0.0, 1.0
        products = self._sample @ vector
        return float(products.mean()), max(float(products.std()), 1e-6)


class _FlatIndex(_Stored):
    """Inner product over all vectors."""

    def _propose(self, query: FloatArray, k: int, mask: BoolArray | None) -> tuple[IntArray, FloatArray]:
        chosen = None if mask is None else faiss.SearchParameters(sel=_selector(mask))
        scores, ids = self._index.search(query.reshape(1, -1), k, params=chosen)
        return ids[0], scores[0]


class _ListsIndex(_Stored):
    """Inner product over the vectors in the lists nearest to the query, quantised."""

    def __init__(self, index: Any, sample: FloatArray) -> None:
        super().__init__(index, sample)
        quantizer = faiss.downcast_index(index.quantizer)
        self._centroids = quantizer.reconstruct_n(0, index.nlist)
        self._list_of = (faiss.vector_to_array(index.direct_map.array) >> 32).astype(np.int32)
        self._sizes = np.bincount(self._list_of, minlength=index.nlist)

    def _propose(self, query: FloatArray, k: int, mask: BoolArray | None) -> tuple[IntArray, FloatArray]:
        lists, closeness = self._nearest_lists(query, max(k, _MET), mask)
        selector = None if mask is None else _selector(mask)
        chosen = faiss.SearchParametersIVF(sel=selector, nprobe=len(lists))
        scores, ids = np.empty(k, np.float32), np.empty(k, np.int64)
        given = (faiss.swig_ptr(array) for array in (query, lists, closeness, scores, ids))
        at, at_lists, at_closeness, to_scores, to_ids = given
        self._index.search_preassigned_c(1, at, k, at_lists, at_closeness, to_scores, to_ids, False, chosen)
        return ids, scores

    def _nearest_lists(self, query: FloatArray, met: int, mask: BoolArray | None) -> tuple[IntArray, FloatArray]:
        """The lists nearest to the query, best first, that together hold `met` allowed vectors, and their products."""
        held = self._sizes if mask is None else np.bincount(self._list_of[mask], minlength=len(self._sizes))
        closeness = self._centroids @ query
        lists = np.argsort(-closeness, kind="stable")
        lists = lists[held[lists] > 0]
        lists = lists[: np.searchsorted(np.cumsum(held[lists]), met) + 1]
        return lists, closeness[lists]


class JoinedIndex:
    """Several indexes as one, each from its own first row on; rows between them do not exist.

    Raises ValueError when two overlap.
    """

    def __init__(self, parts: Sequence[tuple[int, VectorIndex]]) -> None:
        self._parts = sorted(parts, key=lambda part: part[0])
        self._ends = [first + len(index) for first, index in self._parts]
        if any(end > first for end, (first, _) in zip(self._ends, self._parts[1:], strict=False)):
            raise ValueError("parts overlap")

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def search(self, vector: FloatArray, k: int, mask: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """See `VectorIndex`; raises ValueError when the mask has another length."""
        _allowed(mask, len(self))
        found = [(np.empty(0, np.int64), np.empty(0, np.float32))]
        for (first, index), end in zip(self._parts, self._ends, strict=True):
            ids, scores = index.search(vector, k, None if mask is None else mask[first:end])
            found.append((ids + first, scores))
        return _best(np.concatenate([ids for ids, _ in found]), np.concatenate([scores for _, scores in found]), k)

    def scores(self, vector: FloatArray, ids: IntArray) -> FloatArray:
        """See `VectorIndex`; raises IndexError for an id that does not exist."""
        scores = np.full(len(ids), np.nan, np.float32)
        for (first, index), end in zip(self._parts, self._ends, strict=True):
            here = (ids >= first) & (ids < end)
            scores[here] = index.scores(vector, ids[here] - first)
        if np.isnan(scores).any():
            raise IndexError("no such vector")
        return scores

    def background(self, vector: FloatArray) -> tuple[float, float]:
        """That of all parts together, each weighing as much as it holds vectors."""
        parts = [(len(index), *index.background(vector)) for _, index in self._parts if len(index) > 1]
        if not parts:
            return 0.0, 1.0
        weights, means, deviations = np.array(parts).T
        mean = np.average(means, weights=weights)
        variance = np.average(deviations**2 + means**2, weights=weights) - mean**2
        return float(mean), max(float(variance), 0.0) ** 0.5 or 1e-6


def _flat(dim: int) -> Any:
    return faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)


def _trained(dim: int, batches: Iterable[FloatArray], count: int) -> Any:
    """An empty IVF index, its centroids found on vectors at even distances."""
    step = _step(count, _TRAINING)
    some = np.empty((-(-count // step), dim), np.float32)
    at = 0
    for batch in _checked(batches, dim, count):
        taken = batch[-at % step :: step]
        to = -(-at // step)
        some[to : to + len(taken)] = taken
        at += len(batch)
    index = faiss.index_factory(dim, f"IVF{_lists(count)},SQfp16", faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid = 1
    index.train(some)
    return index


def _lists(count: int) -> int:
    return max(1, min(round(4 * math.sqrt(count)), count // 20))


def _checked(batches: Iterable[FloatArray], dim: int, count: int) -> Iterator[FloatArray]:
    seen = 0
    for batch in batches:
        seen += len(batch)
        if batch.ndim != 2 or batch.shape[1] != dim or seen > count:
            raise ValueError(f"a batch of {batch.shape}, {seen} so far, for {count} vectors of {dim}")
        yield np.ascontiguousarray(batch, dtype=np.float32)
    if seen != count:
        raise ValueError(f"{seen} rows for {count} vectors")


def _allowed(mask: BoolArray | None, count: int) -> int:
    if mask is None:
        return count
    if mask.shape != (count,):
        raise ValueError(f"a mask of {mask.shape} for {count} vectors")
    return int(np.count_nonzero(mask))


def _best(ids: IntArray, scores: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    if len(ids) > k > 0:
        kept = scores >= np.partition(scores, -k)[-k]
        ids, scores = ids[kept], scores[kept]
    order = np.lexsort((ids, -scores))[:k]
    return ids[order], scores[order]


def _selector(mask: BoolArray) -> Any:
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def _step(count: int, most: int) -> int:
    return max(1, -(-count // most))


def _crc(path: Path, length: int) -> int:
    with path.open("rb") as file:
        return zlib.crc32(file.read(length))


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """OpenMP's threads for what this thread calls; other threads keep theirs."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(number)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
