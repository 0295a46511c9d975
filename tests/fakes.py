"""A small deterministic encoder for unit tests: hashed character pairs, no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from index.reader import chosen
from index.types import FloatArray, Language, Outputs, Reading
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


class FakeReader:
    """Reads the words it is told to find: an answer begins and ends there, elsewhere is none. Every character is a piece."""

    fingerprint = "fake-reader:1"

    def __init__(self, *words: str) -> None:
        self.words, self.asked = words, 0

    def takes_gloss(self, language: Language) -> bool:
        return language == "en"

    def weight(self, language: Language) -> float:
        return 0.5

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        return np.array([outputs.relevance for outputs in self.outputs(question, texts)], np.float32)

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        return [
            chosen(outputs, question, text) for outputs, text in zip(self.outputs(question, texts), texts, strict=True)
        ]

    def outputs(self, question: str, texts: Sequence[str]) -> list[Outputs]:
        self.asked += len(texts)
        return [self._outputs(text) for text in texts]

    def _outputs(self, text: str) -> Outputs:
        logits = np.full((len(text), 2), -6, np.float32)
        found = [(at, at + len(word) - 1) for word in self.words if (at := text.find(word)) >= 0]
        for first, last in found:
            logits[first, 0] = logits[last, 1] = 6
        places = np.arange(len(text))
        return Outputs(4.0 if found else -4.0, 0.0, logits, places, places + 1)


class FakeVerifier:
    """Believes marked words that it is told to, and no others."""

    fingerprint = "fake-verifier:1"

    def __init__(self, *words: str) -> None:
        self.words = words
        self.heard: list[str] = []
        self.asked_for_number: list[bool] = []

    def verify(self, question: str, marked: Sequence[str], is_number: bool) -> FloatArray:
        self.heard += marked
        self.asked_for_number.append(is_number)
        return np.array(
            [6.0 if any(f"【{word}】" in text for word in self.words) else -6.0 for text in marked], np.float32
        )
