"""Where documents and vectors are kept: two SQLite files under the data directory.

`archive.db` is the record (write-ahead log, fully synchronous: an added document survives a crash).
`vectors.db` is a cache and may be deleted. A connection lives for one call, so every method can be
used from any thread.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from archive.errors import NotFound, SettingsError, StoreDamaged
from archive.types import Document, Section, Span

_ARCHIVE_SCHEMA = """
create table if not exists revisions (
    doc_id text not null, revision text not null, title text not null, text text not null, sections text not null,
    issuer text not null, number text not null, issued_on text, source text not null, publisher text not null,
    collection text not null, primary key (doc_id, revision)
);
create table if not exists documents (
    doc_id text primary key, revision text not null, fingerprint text not null, removed integer not null default 0
);
"""
_VECTOR_SCHEMA = """
create table if not exists vectors (
    encoder text not null, text_sha256 blob not null, vector blob not null, primary key (encoder, text_sha256)
) without rowid;
"""
_COLUMNS = "doc_id, revision, title, text, sections, issuer, number, issued_on, source, publisher, collection"


class _Database:
    mend = "restore it from a backup, or move it away and add the documents again"

    def __init__(self, path: Path, schema: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"cannot keep data in {path.parent}: {error.strerror}; set GONGWEN_HOME") from error
        self.path = path
        with self._connection() as db:
            db.execute("pragma journal_mode = wal")
            db.executescript(schema)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        db: sqlite3.Connection | None = None
        try:
            db = sqlite3.connect(self.path, timeout=30)
            db.execute("pragma synchronous = full")
            with db:
                yield db
        except sqlite3.Error as error:
            raise StoreDamaged(f"{self.path}: {error}; {self.mend}") from error
        finally:
            if db:
                db.close()


class Archive(_Database):
    """The documents, with every revision that an index generation may still cite."""

    def __init__(self, home: Path) -> None:
        super().__init__(home / "archive.db", _ARCHIVE_SCHEMA)

    def put(self, document: Document, fingerprint: str) -> None:
        """Store a revision and make it the document's current one. `fingerprint` hashes its input."""
        d = document
        row = (
            *(d.id, d.revision, d.title, d.text, _dump(d.sections), d.issuer, d.number),
            *(d.issued_on.isoformat() if d.issued_on else None, d.source, d.publisher, d.collection),
        )
        with self._connection() as db:
            db.execute(f"insert or replace into revisions ({_COLUMNS}) values ({', '.join('?' * len(row))})", row)
            db.execute(
                "insert or replace into documents (doc_id, revision, fingerprint) values (?, ?, ?)",
                (d.id, d.revision, fingerprint),
            )

    def fingerprint(self, doc_id: str) -> str | None:
        """What `put` was given for the current revision; None when the document is unknown or removed."""
        with self._connection() as db:
            row = db.execute("select fingerprint from documents where doc_id = ? and not removed", (doc_id,)).fetchone()
        return None if row is None else str(row[0])

    def get(self, doc_id: str, revision: str | None = None) -> Document:
        """A revision, by default the current one. Raises NotFound."""
        with self._connection() as db:
            if revision is None:
                row = db.execute(
                    f"select {_COLUMNS} from revisions join documents using (doc_id, revision) "
                    "where doc_id = ? and not removed",
                    (doc_id,),
                ).fetchone()
            else:
                row = db.execute(
                    f"select {_COLUMNS} from revisions where doc_id = ? and revision = ?", (doc_id, revision)
                ).fetchone()
        if row is None:
            raise NotFound(f"no document {doc_id}" + (f" with revision {revision}" if revision else ""))
        return _document(row)

    def current(self) -> list[tuple[str, str]]:
        """(id, revision) of every document that is not removed, by id."""
        with self._connection() as db:
            return list(db.execute("select doc_id, revision from documents where not removed order by doc_id"))

    def documents(self, limit: int, after: str = "", collection: str | None = None) -> list[Document]:
        """Current documents with an id greater than `after`, by id."""
        where, values = "", [after]
        if collection is not None:
            where, values = "and collection = ?", [after, collection]
        with self._connection() as db:
            rows = db.execute(
                f"select {_COLUMNS} from revisions join documents using (doc_id, revision) "
                f"where not removed and doc_id > ? {where} order by doc_id limit ?",
                (*values, limit),
            ).fetchall()
        return [_document(row) for row in rows]

    def prune(self, keep: Iterable[tuple[str, str]]) -> None:
        """Forget revisions that are neither current nor in `keep`."""
        with self._connection() as db:
            db.execute("create temp table kept (doc_id text, revision text, primary key (doc_id, revision))")
            db.executemany("insert or ignore into kept values (?, ?)", keep)
            db.execute("insert or ignore into kept select doc_id, revision from documents where not removed")
            db.execute("delete from revisions where (doc_id, revision) not in (select doc_id, revision from kept)")

    def check(self) -> str:
        """SQLite's own integrity check: "ok" or what is wrong."""
        with self._connection() as db:
            return str(db.execute("pragma quick_check").fetchone()[0])


class VectorCache(_Database):
    """Vectors as raw bytes by (encoder fingerprint, sha256 of the encoded text)."""

    mend = "delete it; it is only a cache"

    def __init__(self, home: Path) -> None:
        super().__init__(home / "vectors.db", _VECTOR_SCHEMA)

    def get(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        with self._connection() as db:
            for at in range(0, len(hashes), 500):
                some = hashes[at : at + 500]
                marks = ", ".join("?" * len(some))
                found.update(
                    db.execute(
                        f"select text_sha256, vector from vectors where encoder = ? and text_sha256 in ({marks})",
                        (encoder, *some),
                    )
                )
        return found

    def put(self, encoder: str, vectors: Iterable[tuple[bytes, bytes]]) -> None:
        with self._connection() as db:
            db.executemany(
                "insert or replace into vectors values (?, ?, ?)", ((encoder, key, vector) for key, vector in vectors)
            )


def _dump(sections: tuple[Section, ...]) -> str:
    rows = [[s.path, s.heading.start, s.heading.end, s.body.start, s.body.end] for s in sections]
    return json.dumps(rows, ensure_ascii=False)


def _load(sections: str) -> tuple[Section, ...]:
    return tuple(
        Section(tuple(path), Span(hs, he), Span(bs, be), len(path)) for path, hs, he, bs, be in json.loads(sections)
    )


def _document(row: tuple[str, ...]) -> Document:
    doc_id, revision, title, text, sections, issuer, number, issued_on, source, publisher, collection = row
    return Document(
        id=doc_id,
        revision=revision,
        title=title,
        text=text,
        sections=_load(sections),
        issuer=issuer,
        number=number,
        issued_on=date.fromisoformat(issued_on) if issued_on else None,
        source=source,
        publisher=publisher,
        collection=collection,
    )
