"""A small deterministic encoder for unit tests: hashed character pairs, no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from index.types import FloatArray
from index.words import squash


class FakeEncoder:
    dim = 64
    fingerprint = "fake:1"

    def __init__(self) -> None:
        self.encoded = 0

    def encode_query(self, text: str) -> FloatArray:
        return self._vector(text)

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        self.encoded += len(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> FloatArray:
        flat = squash(text)
        vector = np.full(self.dim, 1e-3, np.float32)
        for at in range(len(flat)):
            digest = hashlib.blake2b(flat[at : at + 2].encode(), digest_size=2).digest()
            vector[int.from_bytes(digest, "big") % self.dim] += 1
        return vector / np.float32(np.linalg.norm(vector))
