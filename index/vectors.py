"""FAISS, and nothing else of the project knows it. A folder holds one index, flat or a shortlist:

    vectors.faiss   flat: the vectors in half precision; shortlist: their codes of two bits a number
    rows.f16        shortlist: the vectors in half precision, row after row
    sample.f32      rows at even distances, the background of every query
    vectors.json    how many there are, and the checksum of what FAISS must be able to trust

A flat search reads every vector. Above `FLAT_UP_TO` vectors a search reads every code, which is eight times less, and
scores the vectors of the best codes. Both leave out what a mask does not allow while they read. Kinds and constants
were chosen by tests/bench/vectors.py: unlike lists around centroids or graphs, codes find what is near whatever the
vectors look like and whatever the mask allows.
"""

from __future__ import annotations

import json
import os
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from archive.errors import IndexMismatch
from index.types import BoolArray, FloatArray, IntArray, VectorIndex, Vectors

FLAT_UP_TO = 50_000
_FEWEST = 1000
_TRAINING = 20_000
_SAMPLE = 1000
_SHORTLIST = 1000
_BLOCK = 10_000
_FACTS = ("count", "dim", "flat", "size", "trusted", "crc")
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, MemoryError)

faiss: Any = _faiss  # its stubs know the C++ signatures, not those of its Python wrappers


def write_vectors(
    folder: Path, dim: int, batches: Iterable[FloatArray], count: int, flat_up_to: int = FLAT_UP_TO
) -> None:
    """Write an index of `count` vectors into a new folder; equal vectors give equal files.

    `batches` are float32 arrays of shape (any, dim), read once and never held together. Raises ValueError when they
    are not `count` vectors of `dim`.
    """
    folder.mkdir(parents=True)
    flat = count <= max(flat_up_to, _FEWEST)
    checked = _checked(batches, dim, count)
    with _threads(os.cpu_count() or 1):
        index = _flat(dim, checked) if flat else _codes(_written(folder / "rows.f16", checked, count, dim))
        faiss.write_index(index, str(folder / "vectors.faiss"))
    chosen = _even(count, _SAMPLE)
    sample = index.reconstruct_batch(chosen) if flat else _rows(folder, count, dim)[chosen].astype(np.float32)
    sample.tofile(folder / "sample.f32")
    size = (folder / "vectors.faiss").stat().st_size
    trusted = size - (count * index.code_size if flat else 0)
    facts = (count, dim, flat, size, trusted, _crc(folder / "vectors.faiss", trusted))
    (folder / "vectors.json").write_text(json.dumps(dict(zip(_FACTS, facts, strict=True))), encoding="utf-8")


def open_vectors(folder: Path) -> VectorIndex:
    """Map an index into memory. Raises IndexMismatch when it is missing or damaged elsewhere than in its vectors; a
    vector that is damaged gives wrong scores, which only a checksum of the whole file can tell."""
    try:
        return _open(folder)
    except _DAMAGE as error:
        raise IndexMismatch(f"{folder.name} cannot be read; run: gongwen reindex --rebuild") from error


def _open(folder: Path) -> VectorIndex:
    about = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
    vectors = folder / "vectors.faiss"
    if tuple(about) != _FACTS or vectors.stat().st_size != about["size"]:
        raise ValueError("another size")
    if _crc(vectors, about["trusted"]) != about["crc"]:
        raise ValueError("another checksum")
    index = faiss.read_index(str(vectors), faiss.IO_FLAG_MMAP_IFC)
    count, dim = about["count"], about["dim"]
    if (index.ntotal, index.d) != (count, dim):
        raise ValueError("another index")
    sample = np.array(_mapped(folder / "sample.f32", np.float32, len(_even(count, _SAMPLE)), dim))
    if about["flat"]:
        return _FlatIndex(index, sample)
    return _ShortlistIndex(index, sample, _rows(folder, count, dim))


class _Stored(ABC):
    """What both kinds do alike; an index need only propose and give its vectors back."""

    def __init__(self, index: Any, sample: FloatArray) -> None:
        self._index = index
        self._sample = sample

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @abstractmethod
    def _propose(self, query: FloatArray, k: int, mask: BoolArray | None) -> tuple[IntArray, FloatArray]:
        """(ids, scores) of the best k, or of all that the mask allows."""

    @abstractmethod
    def _read(self, ids: IntArray) -> FloatArray: ...

    def vectors(self, ids: IntArray) -> FloatArray:
        """See `Vectors`; raises IndexError for an id that does not exist."""
        if len(ids) and not 0 <= ids.min() <= ids.max() < len(self):
            raise IndexError("no such vector")
        return self._read(ids)

    def search(self, vector: FloatArray, k: int, mask: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """See `VectorIndex`; raises ValueError when the mask has another length."""
        k = min(k, _allowed(mask, len(self)))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        query = np.ascontiguousarray(vector, dtype=np.float32)
        wanted = k + 1  # and more while equals of the last may be missing
        with _threads(1):
            while True:
                ids, scores = self._propose(query, wanted, mask)
                if len(ids) < wanted or scores[-1] < scores[k - 1]:
                    return ids[:k], scores[:k]
                wanted *= 4

    def scores(self, vector: FloatArray, ids: IntArray) -> FloatArray:
        """See `VectorIndex`; raises IndexError for an id that does not exist."""
        return self.vectors(ids) @ vector.astype(np.float32)

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
        found = ids[0] >= 0
        return _best(ids[0][found], scores[0][found], k)

    def _read(self, ids: IntArray) -> FloatArray:
        vectors: FloatArray = self._index.reconstruct_batch(ids)
        return vectors


class _ShortlistIndex(_Stored):
    """Inner product over the vectors whose codes are best: the codes stand in one list of an IVF index, since
    FAISS does not filter them elsewhere."""

    def __init__(self, index: Any, sample: FloatArray, rows: NDArray[np.float16]) -> None:
        super().__init__(index, sample)
        self._rows = rows

    def _propose(self, query: FloatArray, k: int, mask: BoolArray | None) -> tuple[IntArray, FloatArray]:
        most = max(_SHORTLIST, 4 * k)
        if mask is not None and np.count_nonzero(mask) <= most:
            ids = np.flatnonzero(mask)
        else:
            ids = self._shortlist(query, most, mask)
        return _best(ids, self.scores(query, ids), k)

    def _shortlist(self, query: FloatArray, most: int, mask: BoolArray | None) -> IntArray:
        chosen = None if mask is None else faiss.SearchParametersIVF(sel=_selector(mask), nprobe=1)
        ids: IntArray = self._index.search(query.reshape(1, -1), min(most, len(self)), params=chosen)[1][0]
        return np.sort(ids[ids >= 0])

    def _read(self, ids: IntArray) -> FloatArray:
        return self._rows[ids].astype(np.float32)


class Rows:
    """Vectors that are only read by number, mapped into memory. Raises IndexMismatch for a file of another size."""

    def __init__(self, path: Path, count: int, dim: int) -> None:
        try:
            self._rows = _mapped(path, np.float16, count, dim)
        except _DAMAGE as error:
            raise IndexMismatch(f"{path.name} cannot be read; run: gongwen reindex --rebuild") from error

    def __len__(self) -> int:
        return len(self._rows)

    def vectors(self, ids: IntArray) -> FloatArray:
        """See `Vectors`; raises IndexError for an id that does not exist."""
        return self._rows[ids].astype(np.float32)


def write_rows(path: Path, dim: int, batches: Iterable[FloatArray], count: int) -> None:
    """Write vectors for `Rows`. Raises ValueError when they are not `count` vectors of `dim`."""
    _written(path, _checked(batches, dim, count), count, dim)


_Part = TypeVar("_Part", bound=Vectors)


class JoinedRows(Generic[_Part]):
    """Several stores of vectors as one, each from its own first row on; rows between them do not exist.

    Raises ValueError when two overlap.
    """

    def __init__(self, parts: Sequence[tuple[int, _Part]]) -> None:
        self._parts = sorted(parts, key=lambda part: part[0])
        self._ends = [first + len(index) for first, index in self._parts]
        if any(end > first for end, (first, _) in zip(self._ends, self._parts[1:], strict=False)):
            raise ValueError("parts overlap")

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def vectors(self, ids: IntArray) -> FloatArray:
        """See `Vectors`; raises IndexError for an id that does not exist."""
        found = np.zeros(len(ids), np.bool_)
        read: list[tuple[BoolArray, FloatArray]] = []
        for (first, index), end in zip(self._parts, self._ends, strict=True):
            here = (ids >= first) & (ids < end)
            read.append((here, index.vectors(ids[here] - first)))
            found |= here
        if not found.all():
            raise IndexError("no such vector")
        vectors = np.empty((len(ids), read[0][1].shape[1] if read else 0), np.float32)
        for here, some in read:
            vectors[here] = some
        return vectors


class JoinedIndex(JoinedRows[VectorIndex]):
    """Several indexes as one, as `JoinedRows`."""

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
        return self.vectors(ids) @ vector.astype(np.float32) if len(ids) else np.empty(0, np.float32)

    def background(self, vector: FloatArray) -> tuple[float, float]:
        """That of all parts together, each weighing as much as it holds vectors."""
        parts = [(len(index), *index.background(vector)) for _, index in self._parts if len(index) > 1]
        if not parts:
            return 0.0, 1.0
        weights, means, deviations = np.array(parts).T
        mean = np.average(means, weights=weights)
        variance = np.average(deviations**2 + means**2, weights=weights) - mean**2
        return float(mean), max(float(variance), 0.0) ** 0.5 or 1e-6


def _flat(dim: int, batches: Iterable[FloatArray]) -> Any:
    index = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    for batch in batches:
        index.add(batch)
    return index


def _codes(rows: NDArray[np.float16]) -> Any:
    """Four bits for two numbers: product quantisation (Jégou et al. 2011) in the layout of André et al. (2015)."""
    count, dim = rows.shape
    index = faiss.index_factory(dim, f"IVF1,PQ{dim // 2 if dim % 2 == 0 else dim}x4fsr", faiss.METRIC_INNER_PRODUCT)
    index.train(rows[_even(count, _TRAINING)].astype(np.float32))
    for at in range(0, count, _BLOCK):
        index.add(rows[at : at + _BLOCK].astype(np.float32))
    return index


def _written(path: Path, batches: Iterable[FloatArray], count: int, dim: int) -> NDArray[np.float16]:
    with path.open("wb") as file:
        for batch in batches:
            batch.astype(np.float16).tofile(file)
    return _mapped(path, np.float16, count, dim)


def _rows(folder: Path, count: int, dim: int) -> NDArray[np.float16]:
    return _mapped(folder / "rows.f16", np.float16, count, dim)


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
    """Best first, equals by id, at most k; what damage made no number comes last."""
    scores = np.where(np.isnan(scores), np.float32(-np.inf), scores)
    if len(ids) > k > 0:
        kept = scores >= np.partition(scores, -k)[-k]
        ids, scores = ids[kept], scores[kept]
    order = np.lexsort((ids, -scores))[:k]
    return ids[order], scores[order]


def _selector(mask: BoolArray) -> Any:
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def _even(count: int, most: int) -> IntArray:
    return np.arange(0, count, max(1, -(-count // most)))


def _mapped(path: Path, kind: type, count: int, dim: int) -> NDArray[Any]:
    if path.stat().st_size != count * dim * np.dtype(kind).itemsize:
        raise ValueError(f"{path.name} has another size")
    return np.memmap(path, kind, "r", shape=(count, dim)) if count else np.empty((0, dim), kind)


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
