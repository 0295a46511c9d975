"""Judged questions with the texts that answer them and hard negatives: what our own search finds instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from archive.store import Archive
from archive.types import Document, Span
from index.judged import Asked, Target
from index.passages import encoded_text, passages, pieces
from index.search import Searcher
from index.training.examples import Judged
from index.types import Passage

_DEPTH = 60
_LEGS = ("dense", "lexical", "fused")
_MOST_NEGATIVES = 30
_SHINGLE = 4
_ALIKE = 0.5


def judged(asked: Iterable[Asked], searcher: Searcher, archive: Archive, name: str) -> Iterator[Judged]:
    """One example a question, in order. A question whose golds all got lost gives none.

    Negatives come from both legs and their fusion in turn, best first, without what stands in a gold document or reads
    nearly like a gold passage: another version of an article is no wrong answer.
    """
    for question in asked:
        gold = [found for target in question.targets for found in answering(target, archive)]
        if not gold:
            continue
        texts = tuple(dict.fromkeys(encoded_text(document, passage) for document, passage in gold))
        parts = tuple(dict.fromkeys(part for target in question.targets for part in _pieces(target, gold)))
        legs = searcher.legs(searcher.understand(question.text), _DEPTH)
        found = _alternated([legs[name] for name in _LEGS])
        yield Judged(name, question.text, texts, parts, tuple(_negatives(question, found, gold, searcher)))


def answering(target: Target, archive: Archive) -> list[tuple[Document, Passage]]:
    """The passages of a target's document that answer: those that overlap its span, or all."""
    document = archive.get(target.doc_id)
    found = [passage for _, passage in passages(document)]
    return [(document, p) for p in found if target.span is None or _overlap(p.span, target.span)]


def _pieces(target: Target, gold: Sequence[tuple[Document, Passage]]) -> Iterator[str]:
    if target.span is None:
        return
    for document, passage in gold:
        if document.id == target.doc_id:
            yield from (s.of(document.text) for s in pieces(document, passage) if _overlap(s, target.span))


def _negatives(
    asked: Asked, found: Iterable[Passage], gold: Sequence[tuple[Document, Passage]], searcher: Searcher
) -> list[str]:
    whole = {target.doc_id for target in asked.targets if target.span is None}
    right = {passage.id for _, passage in gold}
    known = [shingles(passage.span.of(document.text)) for document, passage in gold]
    texts: list[str] = []
    for passage in found:
        document = searcher.document(passage.doc_id, passage.revision)
        text = passage.span.of(document.text)
        if passage.id in right or passage.doc_id in whole or _is_alike(text, known):
            continue
        texts.append(encoded_text(document, passage))
        if len(texts) == _MOST_NEGATIVES:
            break
    return texts


def shingles(text: str) -> frozenset[str]:
    """All stretches of four characters, blanks left out."""
    packed = "".join(text.split())
    return frozenset(packed[at : at + _SHINGLE] for at in range(max(1, len(packed) - _SHINGLE + 1)))


def _is_alike(text: str, known: Iterable[frozenset[str]]) -> bool:
    """Whether half of the shorter one's shingles stand in the other."""
    own = shingles(text)
    return any(len(own & other) >= _ALIKE * min(len(own), len(other)) for other in known)


def _alternated(legs: Sequence[Sequence[Passage]]) -> list[Passage]:
    found = (passage for rank in zip_longest(*legs) for passage in rank if passage is not None)
    return list({passage.id: passage for passage in found}.values())


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
