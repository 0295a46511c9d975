"""The lexical leg: BM25 by bm25s, over tokens made in `index.words`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import bm25s
import numpy as np
from bm25s.tokenization import Tokenized

from archive.errors import IndexMismatch
from index.types import Concept, FloatArray, IntArray

FOLDER = "lexical"
_EMPTY = "empty"


class Bm25Index:
    """Lucene's BM25 (k1 1.2, b 0.75). A query is a list of concepts; each counts as its best word."""

    def __init__(self, engine: bm25s.BM25, count: int, vocabulary: dict[str, int]) -> None:
        self._engine = engine
        self._count = count
        self._vocabulary = vocabulary

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> Bm25Index:
        """Index one token list a passage. The vocabulary is sorted, so equal input gives equal files."""
        documents = [list(tokens) for tokens in texts]
        vocabulary = {word: at for at, word in enumerate(sorted({w for tokens in documents for w in tokens}))}
        engine = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
        if vocabulary:
            ids = [[vocabulary[word] for word in tokens] for tokens in documents]
            engine.index(Tokenized(ids=ids, vocab=vocabulary), create_empty_token=False, show_progress=False)
        return cls(engine, len(documents), vocabulary)

    def save(self, folder: Path) -> None:
        (folder / FOLDER).mkdir()
        if not self._vocabulary:
            (folder / FOLDER / _EMPTY).touch()
        else:
            self._engine.save(folder / FOLDER, show_progress=False)

    @classmethod
    def load(cls, folder: Path, count: int) -> Bm25Index:
        """Raises IndexMismatch when the files are missing or damaged."""
        if (folder / FOLDER / _EMPTY).is_file():
            return cls(bm25s.BM25(), count, {})
        try:
            engine = bm25s.BM25.load(folder / FOLDER, mmap=True, show_progress=False)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexMismatch("the lexical index cannot be read; run: gongwen reindex") from error
        if engine.scores.get("num_docs") != count or len(engine.vocab_dict) + 1 != len(engine.scores["indptr"]):
            raise IndexMismatch("the lexical index is not that of these passages; run: gongwen reindex")
        return cls(engine, count, engine.vocab_dict)

    @property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self._vocabulary)

    def frequency(self, word: str) -> int:
        """In how many passages a word stands."""
        return len(self._postings(word)[0])

    def _postings(self, word: str) -> tuple[IntArray, FloatArray]:
        """The passages that hold a word and what it gives each, as bm25s scored them when indexing."""
        at = self._vocabulary.get(word)
        if at is None:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        matrix = self._engine.scores
        start, end = matrix["indptr"][at : at + 2]
        return matrix["indices"][start:end], matrix["data"][start:end]

    def search(
        self, concepts: Sequence[Concept], k: int, within: IntArray | None = None
    ) -> tuple[IntArray, FloatArray]:
        """Best k ids and summed BM25; passages that hold none of the words are left out."""
        total = np.zeros(self._count, np.float32)
        for concept in concepts:
            best = np.zeros(self._count, np.float32)
            for word, trust in concept.words:
                ids, scores = self._postings(word)
                best[ids] = np.maximum(best[ids], scores * np.float32(trust))
            total += best
        ids = np.flatnonzero(total > 0) if within is None else within[total[within] > 0]
        order = np.lexsort((ids, -total[ids]))[:k]
        return ids[order].astype(np.int64), total[ids[order]]
