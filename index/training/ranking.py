"""Where the passages that answer stand among all passages of an archive, by their vectors alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from archive.store import Archive, VectorCache
from archive.types import Document
from index.generations import Progress, batched, cached_vector
from index.judged import Asked
from index.passages import encoded_text, passages
from index.training.mining import answering
from index.types import Encoder, FloatArray, Passage

DEEPEST = 100
_DOCUMENTS_AT_ONCE = 64
_PASSAGES_AT_ONCE = 256
_EQUAL = 1e-5  # sums of the same products in another order


def best_ranks(
    asked: Sequence[Asked], archive: Archive, encoder: Encoder, cache: VectorCache, progress: Progress
) -> list[tuple[int]]:
    """For each question the rank (from 1) of the best passage that answers it; 0 beyond the hundredth.

    Each question must have a target. A passage that is just as near as the best one that answers stands before it, so
    that an encoder for which all are equal finds nothing. Vectors are kept in the cache, as an index wants them.
    """
    questions = np.stack([encoder.encode_query(question.text) for question in asked])
    gold = [[found for target in question.targets for found in answering(target, archive)] for question in asked]
    best = np.array([_best(vector, found, encoder, cache) for vector, found in zip(questions, gold, strict=True)])
    answers: dict[str, list[int]] = {}
    for at, found in enumerate(gold):
        for _, passage in found:
            answers.setdefault(passage.id, []).append(at)
    before = np.zeros(len(asked), np.int64)
    for some in batched(_all(archive, progress), _PASSAGES_AT_ONCE):
        near = questions @ _vectors(some, encoder, cache).T >= best[:, None] - _EQUAL
        for column, (_, passage) in enumerate(some):
            near[answers.get(passage.id, []), column] = False
        before += near.sum(axis=1)
    return [(int(count) + 1 if count < DEEPEST else 0,) for count in before]


def _best(
    question: FloatArray, gold: Sequence[tuple[Document, Passage]], encoder: Encoder, cache: VectorCache
) -> float:
    return float((_vectors(gold, encoder, cache) @ question).max())


def _all(archive: Archive, progress: Progress) -> Iterator[tuple[Document, Passage]]:
    wanted = archive.current()
    done, total = 0, archive.characters(wanted)
    for some in batched(wanted, _DOCUMENTS_AT_ONCE):
        for document in archive.get_many(some):
            yield from ((document, passage) for _, passage in passages(document))
            done += len(document.text)
            progress(done, total)


def _vectors(found: Iterable[tuple[Document, Passage]], encoder: Encoder, cache: VectorCache) -> FloatArray:
    """(passages, dim), in half precision as an index holds them."""
    texts = [encoded_text(document, passage) for document, passage in found]
    keys = [hashlib.sha256(text.encode()).digest() for text in texts]
    known = cache.get(encoder.fingerprint, list(dict.fromkeys(keys)))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        vectors = encoder.encode_passages(list(missing.values()))
        fresh = {key: vector.astype(np.float16).tobytes() for key, vector in zip(missing, vectors, strict=True)}
        cache.put(encoder.fingerprint, fresh.items())
        known |= fresh
    return np.stack([cached_vector(known[key], encoder.dim) for key in keys])
