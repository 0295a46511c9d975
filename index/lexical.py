"""The lexical leg: BM25 by tantivy, over tokens made in `index.words`.

A generation's lexical index is a tantivy folder. The next one begins as hard links to its files, which tantivy never
writes again, so that a few new documents cost a few new files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from archive.errors import IndexMismatch
from index.names import ISSUERS, organ
from index.types import Concept, Filters, FloatArray, IntArray, Listed

REBUILD = "run: gongwen reindex --rebuild"
_REWRITTEN = ("meta.json", ".managed.json")
_LOCKS = (".tantivy-writer.lock", ".tantivy-meta.lock")
_HEAP = 128 * 1024**2
_TIES = 32
_BETWEEN_HEADINGS = "\N{SYMBOL FOR UNIT SEPARATOR}"
_SOME = 100
_K1 = 1.2


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("at", indexed=True, fast=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("path", tokenizer_name="whitespace", index_option="position")
    for name in ("document", "collection", "issuer", "number"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("issued", indexed=True, fast=True)
    return builder.build()


_SCHEMA = _schema()
_QUERY = tantivy.Query
_MUST, _SHOULD, _MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


class LexicalWriter:
    """Writes the index of a generation into an empty folder, from nothing or from the index of another one."""

    def __init__(self, folder: Path, previous: Path | None = None) -> None:
        folder.mkdir()
        for file in previous.iterdir() if previous else ():
            if file.name in _REWRITTEN:
                shutil.copyfile(file, folder / file.name)
            elif file.name not in _LOCKS:
                link(file, folder / file.name)
        self._folder = folder
        self._writer = tantivy.Index(_SCHEMA, path=str(folder)).writer(_HEAP, 1)

    def add(self, at: int, document: Listed, path: Sequence[str], tokens: Iterable[str]) -> None:
        """Passage number `at` of a document, the headings above it, and its tokens."""
        row = tantivy.Document()
        row.add_integer("at", at)
        row.add_text("words", " ".join(tokens))
        row.add_text("path", _spaced(_BETWEEN_HEADINGS.join(path)))
        row.add_text("document", document.doc_id)
        row.add_text("collection", document.collection)
        row.add_text("number", document.number)
        for issuer in filter(None, document.issuer.split(ISSUERS)):
            row.add_text("issuer", organ(issuer))
        if document.issued_on:
            row.add_integer("issued", document.issued_on.toordinal())
        self._writer.add_document(row)

    def remove(self, doc_id: str) -> None:
        """Take out what was added of a document before."""
        self._writer.delete_documents_by_term("document", doc_id)

    def commit(self) -> None:
        """Make all of it durable; the writer is of no use afterwards."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        del self._writer
        for name in _LOCKS:
            (self._folder / name).unlink(missing_ok=True)


class TantivyIndex:
    """BM25 (k1 1.2, b 0.75, lengths in a byte as Lucene has them). A concept counts as its best word."""

    def __init__(self, folder: Path) -> None:
        """Raises IndexMismatch when the files are missing or damaged."""
        with _reading():
            self._searcher = tantivy.Index.open(str(folder)).searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def frequency(self, word: str) -> int:
        """In how many passages a word stands."""
        with _reading():
            return int(self._searcher.doc_freq("words", word))

    def some_words(self, prefix: str) -> list[str]:
        """Words that begin with a prefix, the most frequent first."""
        with _reading():
            return [word for word, _ in self._searcher.terms_with_prefix("words", prefix, limit=_SOME)]

    def search(
        self, concepts: Sequence[Concept], k: int, filters: Filters | None = None
    ) -> tuple[IntArray, FloatArray]:
        """Best k passages and their summed BM25; those that hold none of the words are left out."""
        wanted = [(_SHOULD, _concept(concept)) for concept in concepts if concept.words]
        if not wanted or k <= 0:
            return _nothing()
        return self._found([(_MUST, _QUERY.boolean_query(wanted)), *_restrictions(filters)], k)

    def scores(self, concepts: Sequence[Concept], ids: IntArray) -> FloatArray:
        """The summed BM25 of each of these passages; 0 where no word is found."""
        among = _QUERY.term_set_query(_SCHEMA, "at", ids.tolist())
        wanted = [(_SHOULD, _concept(concept)) for concept in concepts if concept.words]
        if not wanted or not len(ids):
            return np.zeros(len(ids), np.float32)
        found = self._found(
            [(_MUST, _QUERY.boolean_query(wanted)), (_MUST, _QUERY.const_score_query(among, 0.0))], len(ids)
        )
        known = dict(zip(*(array.tolist() for array in found), strict=True))
        return np.array([known.get(at, 0.0) for at in ids.tolist()], np.float32)

    def holding(self, ideas: Sequence[Sequence[Sequence[str]]], k: int, filters: Filters | None = None) -> IntArray:
        """At most k passages that hold an idea, all tokens of one of its wordings; those that hold more come first."""
        wanted = [(_SHOULD, _QUERY.disjunction_max_query([_all_of(tokens) for tokens in idea])) for idea in ideas]
        if not wanted or k <= 0:
            return np.empty(0, np.int64)
        clauses = [(_MUST, _QUERY.boolean_query(wanted)), *_restrictions(filters)]
        return self._numbers(self._hits(_QUERY.boolean_query(clauses), min(k, len(self))))

    def under(self, section: str) -> IntArray:
        """The passages below a heading that holds these words."""
        characters = _spaced(section).split()
        if not characters:
            return np.empty(0, np.int64)
        found = self._hits(_path(characters), len(self))
        return np.sort(self._numbers(found))

    def _found(self, clauses: list[tuple[Any, Any]], k: int) -> tuple[IntArray, FloatArray]:
        hits = self._hits(_QUERY.boolean_query(clauses), min(k + _TIES, len(self)))
        ids = self._numbers(hits)
        scores = np.array([score for score, _ in hits], np.float32) / np.float32(1 + _K1)
        order = np.lexsort((ids, -scores))[:k]
        return ids[order], scores[order]

    def _hits(self, query: Any, limit: int) -> list[tuple[float, Any]]:
        with _reading():
            hits: list[tuple[float, Any]] = self._searcher.search(query, limit=max(1, limit), count=False).hits
            return hits

    def _numbers(self, hits: Sequence[tuple[float, Any]]) -> IntArray:
        with _reading():
            return np.array(self._searcher.fast_field_values("at", [address for _, address in hits]), np.int64)


@contextmanager
def _reading() -> Iterator[None]:
    """Damage is an IndexMismatch. tantivy reads most of its files only when it searches, and where they are damaged it
    panics, which pyo3 raises as a BaseException."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, (ValueError, OSError, TypeError)) or type(error).__name__ == "PanicException":
            raise IndexMismatch(f"the lexical index cannot be read; {REBUILD}") from error
        raise


def _nothing() -> tuple[IntArray, FloatArray]:
    return np.empty(0, np.int64), np.empty(0, np.float32)


def _concept(concept: Concept) -> Any:
    words = [_word(word, trust) for word, trust in concept.words]
    return words[0] if len(words) == 1 else _QUERY.disjunction_max_query(words)


def _word(word: str, trust: float) -> Any:
    query = _QUERY.term_query(_SCHEMA, "words", word, "freq")
    return query if trust == 1 else _QUERY.boost_query(query, trust)


def _all_of(tokens: Sequence[str]) -> Any:
    terms = [_QUERY.term_query(_SCHEMA, "words", token, "basic") for token in tokens]
    return _QUERY.const_score_query(_QUERY.boolean_query([(_MUST, term) for term in terms]), 1.0)


def _restrictions(filters: Filters | None) -> list[tuple[Any, Any]]:
    """Clauses that choose and give no score."""
    if filters is None:
        return []
    exact = {name: getattr(filters, name) for name in ("document", "collection", "number")}
    chosen = [_QUERY.term_query(_SCHEMA, name, value, "basic") for name, value in exact.items() if value]
    if filters.issuer:
        named = [organ(issuer) for issuer in filters.issuer.split(ISSUERS)]
        chosen.append(_QUERY.term_set_query(_SCHEMA, "issuer", named))
    if filters.issued_from or filters.issued_to:
        chosen.append(_issued(filters.issued_from, filters.issued_to))
    if filters.section:
        chosen.append(_path(_spaced(filters.section).split()))
    clauses = [(_MUST, _QUERY.const_score_query(query, 0.0)) for query in chosen]
    if filters.without:
        gone = _QUERY.term_set_query(_SCHEMA, "document", sorted(filters.without))
        clauses.append((_MUST_NOT, gone))
    return clauses


def _issued(since: date | None, until: date | None) -> Any:
    first, last = (since or date.min).toordinal(), (until or date.max).toordinal()
    return _QUERY.range_query(_SCHEMA, "issued", tantivy.FieldType.Integer, first, last)


def _path(characters: list[str]) -> Any:
    if len(characters) == 1:
        return _QUERY.term_query(_SCHEMA, "path", characters[0], "position")
    return _QUERY.phrase_query(_SCHEMA, "path", [*characters])


def _spaced(text: str) -> str:
    """Each character a word, so that any part of a heading is a phrase."""
    return " ".join("".join(text.split()))


def link(file: Path, beside: Path) -> None:
    """The same file under another name; a copy where the file system has no hard links."""
    try:
        os.link(file, beside)
    except OSError:
        shutil.copyfile(file, beside)
