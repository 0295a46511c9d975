"""FAISS, and nothing else of the project knows it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np

from archive.errors import IndexMismatch
from index.types import FloatArray, IntArray

_BACKGROUND = 1000


class FlatIndex:
    """Exact inner product over all vectors."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        step = max(1, len(self) // _BACKGROUND)
        some = [index.reconstruct(at) for at in range(0, len(self), step)]
        self._sample = np.array(some, np.float32).reshape(-1, index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @classmethod
    def build(cls, dim: int, batches: Iterable[FloatArray]) -> FlatIndex:
        index = faiss.IndexFlatIP(dim)
        for batch in batches:
            index.add(np.ascontiguousarray(batch, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> FlatIndex:
        """Raises IndexMismatch when the file is missing or damaged."""
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP))
        except RuntimeError as error:
            raise IndexMismatch(f"{path.name} cannot be read; run: gongwen reindex --rebuild") from error

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    def background(self, vector: FloatArray) -> tuple[float, float]:
        """Mean and standard deviation of a query's inner products over a fixed sample: how similar
        anything is to it. What lies far above is similar for a reason."""
        if len(self._sample) < 2:
            return 0.0, 1.0
        products = self._sample @ vector
        return float(products.mean()), max(float(products.std()), 1e-6)

    def search(self, vector: FloatArray, k: int, within: IntArray | None = None) -> tuple[IntArray, FloatArray]:
        """Best k ids and inner products; only ids in `within` when it is given."""
        k = min(k, len(self) if within is None else len(within))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        chosen = None
        if within is not None:
            selector = faiss.IDSelectorBatch(np.ascontiguousarray(within, dtype=np.int64))
            chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        scores, ids = self._index.search(query, k, params=chosen)
        found = ids[0] >= 0
        order = np.lexsort((ids[0][found], -scores[0][found]))
        return ids[0][found][order], scores[0][found][order]
