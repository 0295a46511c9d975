"""Temporary stand-in."""

from __future__ import annotations
from collections.abc import Sequence
import numpy as np
from index.types import BoolArray, Filters, IntArray, Listed


class Catalogue:
    def __init__(self, documents: Sequence[Listed]) -> None:
        self._documents = documents
        self.ids = frozenset(d.doc_id for d in documents)

    def ordinal(self, doc_id: str) -> int:
        return max(at for at, d in enumerate(self._documents) if d.doc_id == doc_id)

    def allowed(self, f: Filters) -> BoolArray:
        return np.array(
            [
                d.doc_id not in f.without and f.document in ("", d.doc_id) and f.collection in ("", d.collection)
                for d in self._documents
            ],
            bool,
        )

    def titled(self, text: str) -> list[int]:
        named = [
            (-len(s), at)
            for at, d in enumerate(self._documents)
            if (s := d.title.removeprefix("中华人民共和国")) in text
        ]
        return [at for _, at in sorted(named)]
