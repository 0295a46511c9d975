"""Where documents and vectors are kept: two SQLite files under the data directory.

`archive.db` is the record (write-ahead log, fully synchronous: an added document survives a crash).
`vectors.db` is a cache and may be deleted; when the machine itself crashes, its last seconds may be lost. A connection
lives for one call, so every method can be used from any thread. Processes open a file in turns (`archive.db.lock`
beside it): SQLite reports a lock at once to who turns the log on while another does.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from archive.errors import Busy, NotFound, SettingsError, StoreDamaged
from archive.fetch import Validators
from archive.types import Document, Relation, Section, Span

_LOCK_SECONDS = 60
_ARCHIVE_SCHEMA = """
create table if not exists revisions (
    doc_id text not null, revision text not null, title text not null, text text not null, sections text not null,
    issuer text not null, number text not null, issued_on text, source text not null, publisher text not null,
    collection text not null, more text not null default '{}', primary key (doc_id, revision)
);
create table if not exists documents (
    doc_id text primary key, revision text not null, fingerprint text not null, removed integer not null default 0,
    repost_of text not null default '', origin text not null default '', source text not null default ''
);
create table if not exists sketches (
    hash integer not null, doc_id text not null, primary key (hash, doc_id)
) without rowid;
create index if not exists sketches_by_document on sketches (doc_id);
create index if not exists removed_documents on documents (doc_id) where removed;
create table if not exists quarantine (
    doc_id text primary key, source text not null, reason text not null, origin text not null
);
create table if not exists fetched (
    source text primary key, etag text not null, last_modified text not null, versions text not null
);
"""
_LATER_COLUMNS = (
    ("revisions", "more", "text not null default '{}'"),
    ("documents", "repost_of", "text not null default ''"),
    ("documents", "origin", "text not null default ''"),
    ("documents", "source", "text not null default ''"),
)
_LATER_INDEXES = """
create index if not exists reposts on documents (repost_of) where repost_of != '';
create index if not exists documents_by_origin on documents (origin);
create index if not exists documents_by_source on documents (source);
"""
_VECTOR_SCHEMA = """
create table if not exists vectors (
    encoder text not null, text_sha256 blob not null, vector blob not null, primary key (encoder, text_sha256)
);
"""
_COLUMNS = ", ".join(
    f"revisions.{name}"
    for name in "doc_id revision title text sections issuer number issued_on source publisher collection more".split()
)
_CURRENT = "not removed and repost_of = ''"
_LIKELY = 0.6
_AT_ONCE = 200
_Item = TypeVar("_Item")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time makes or upgrades a file."""
    try:
        with FileLock(path, timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise Busy(f"another process is opening {path.with_suffix('')}; wait until it has") from error
    except OSError as error:
        raise SettingsError(f"cannot keep data in {path.parent}: {error.strerror}; set GONGWEN_HOME") from error


class _Database:
    durability = "pragma synchronous = full"
    mend = "restore it from a backup, or move it away and add the documents again"

    def __init__(self, path: Path, schema: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"cannot keep data in {path.parent}: {error.strerror}; set GONGWEN_HOME") from error
        self.path = path
        self._shared = threading.local()
        with _alone(path.with_name(f"{path.name}.lock")), self._connection() as db:
            db.execute("pragma journal_mode = wal")
            db.executescript(schema)
            self._upgrade(db)
        self._kept_open = self._keep_open()

    def _upgrade(self, db: sqlite3.Connection) -> None:
        """Adds what files of older versions have not."""

    def _keep_open(self) -> sqlite3.Connection:
        """A connection that stays: when the last one closes, SQLite takes its log away under whoever opens next."""
        try:
            db = sqlite3.connect(self.path, check_same_thread=False)
            db.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise StoreDamaged(f"{self.path}: {error}; {self.mend}") from error
        return db

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread stores within is stored at once, or not at all if it ends in an error: one wait for the
        disk instead of many."""
        with self._connection() as db:
            self._shared.db = db
            try:
                yield
            finally:
                self._shared.db = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        shared: sqlite3.Connection | None = getattr(self._shared, "db", None)
        if shared is not None:
            yield shared
            return
        db: sqlite3.Connection | None = None
        try:
            db = sqlite3.connect(self.path, timeout=30)
            db.executescript(self.durability)
            with db:
                yield db
        except sqlite3.Error as error:
            raise StoreDamaged(f"{self.path}: {error}; {self.mend}") from error
        finally:
            if db:
                db.close()


class Archive(_Database):
    """The documents, with every revision that an index generation may still cite.

    A document may be linked as a repost of another: it can be shown, but is not current and not indexed.
    """

    def __init__(self, home: Path) -> None:
        super().__init__(home / "archive.db", _ARCHIVE_SCHEMA)

    def _upgrade(self, db: sqlite3.Connection) -> None:
        for table, name, kind in _LATER_COLUMNS:
            if name not in {row[1] for row in db.execute(f"pragma table_info({table})")}:
                db.execute(f"alter table {table} add column {name} {kind}")
        db.executescript(_LATER_INDEXES)
        db.execute(
            "update documents set source = coalesce((select source from revisions r "
            "where r.doc_id = documents.doc_id and r.revision = documents.revision), '') where source = ''"
        )

    def put(
        self, document: Document, fingerprint: str, sketch: Sequence[int] = (), repost_of: str = "", origin: str = ""
    ) -> None:
        """Store a revision and make it the document's current one, at once or not at all.

        `fingerprint` hashes its input, `sketch` finds its reposts, `origin` is where it was found.
        """
        d = document
        row = (
            *(d.id, d.revision, d.title, d.text, _dump(d.sections), d.issuer, d.number),
            *(d.issued_on.isoformat() if d.issued_on else None, d.source, d.publisher, d.collection, _more(d)),
        )
        names = _COLUMNS.replace("revisions.", "")
        with self._connection() as db:
            db.execute(f"insert or replace into revisions ({names}) values ({', '.join('?' * len(row))})", row)
            db.execute(
                "insert or replace into documents (doc_id, revision, fingerprint, repost_of, origin, source) "
                "values (?, ?, ?, ?, ?, ?)",
                (d.id, d.revision, fingerprint, repost_of, origin, d.source),
            )
            db.execute("delete from sketches where doc_id = ?", (d.id,))
            db.executemany("insert or ignore into sketches values (?, ?)", ((mark, d.id) for mark in sketch))
            db.execute("delete from quarantine where doc_id = ?", (d.id,))

    def seen(self, doc_id: str, source: str, origin: str) -> None:
        """Note where an unchanged document was found."""
        with self._connection() as db:
            db.execute(
                "update documents set origin = ?, source = ? where doc_id = ? and (origin, source) != (?, ?)",
                (origin, source, doc_id, origin, source),
            )
            db.execute("delete from quarantine where doc_id = ?", (doc_id,))

    def remove(self, doc_id: str) -> None:
        """Take a document out; the first of its reposts takes its place. Raises NotFound."""
        with self._connection() as db:
            if not db.execute("update documents set removed = 1 where doc_id = ? and not removed", (doc_id,)).rowcount:
                raise NotFound(f"no document {doc_id}")
            db.execute("update documents set repost_of = '' where doc_id = ?", (doc_id,))
            db.execute("delete from sketches where doc_id = ?", (doc_id,))
            linked = [row[0] for row in db.execute(_REPOSTS, (doc_id,))]
            for heir in linked[:1]:
                db.execute("update documents set repost_of = ? where repost_of = ?", (heir, doc_id))
                db.execute("update documents set repost_of = '' where doc_id = ?", (heir,))

    def removed(self) -> frozenset[str]:
        """The ids of the documents that were taken out."""
        with self._connection() as db:
            return frozenset(row[0] for row in db.execute("select doc_id from documents where removed"))

    def quarantine(self, doc_id: str, source: str, reason: str, origin: str = "") -> None:
        """Note a source that could not be taken, and why. What was stored of it before stays."""
        with self._connection() as db:
            db.execute("insert or replace into quarantine values (?, ?, ?, ?)", (doc_id, source, reason, origin))

    def release(self, origin: str, but: set[str]) -> None:
        """Forget the quarantined of an origin, except those with these ids: they are no longer there."""
        with self._connection() as db:
            found = [row[0] for row in db.execute("select doc_id from quarantine where origin = ?", (origin,))]
            gone = [(doc_id,) for doc_id in found if doc_id not in but]
            db.executemany("delete from quarantine where doc_id = ?", gone)

    def quarantined(self) -> list[tuple[str, str]]:
        """(source, reason) of everything that could not be taken when it was last tried."""
        with self._connection() as db:
            return list(db.execute("select source, reason from quarantine order by source"))

    def alike(self, sketch: Sequence[int], but: str, most: int = 5) -> list[str]:
        """Current documents that share most of a sketch's hashes, best first."""
        if not sketch:
            return []
        marks = ", ".join("?" * len(sketch))
        with self._connection() as db:
            rows = db.execute(
                f"select doc_id from sketches join documents using (doc_id) where hash in ({marks}) and doc_id != ? "
                f"and {_CURRENT} group by doc_id having count(*) >= ? order by count(*) desc, doc_id limit ?",
                (*sketch, but, _LIKELY * len(sketch), most),
            )
            return [row[0] for row in rows]

    def reposts_of(self, doc_id: str) -> list[str]:
        with self._connection() as db:
            return [row[0] for row in db.execute(_REPOSTS, (doc_id,))]

    def reposts(self) -> dict[str, str]:
        """The documents that repeat another one: the id of each, and of the one it repeats."""
        with self._connection() as db:
            return dict(db.execute("select doc_id, repost_of from documents where repost_of != '' and not removed"))

    def link(self, doc_id: str, repost_of: str) -> None:
        """Say that a document repeats another one, or, with "", that it stands for itself."""
        with self._connection() as db:
            db.execute("update documents set repost_of = ? where doc_id = ?", (repost_of, doc_id))

    def of_origin(self, origin: str) -> list[tuple[str, str]]:
        """(id, source) of the documents found at an origin."""
        with self._connection() as db:
            return list(
                db.execute(
                    "select doc_id, source from documents where origin = ? and not removed order by source", (origin,)
                )
            )

    def find(self, source: str) -> str | None:
        """The id of the document read from a source key."""
        with self._connection() as db:
            row = db.execute("select doc_id from documents where source = ? and not removed", (source,)).fetchone()
        return None if row is None else str(row[0])

    def fetched(self, source: str, validators: Validators, versions: str) -> None:
        """Keep what a server said of a document, for the next conditional request; nothing said, nothing kept."""
        if not source.startswith(("http://", "https://")):
            return
        with self._connection() as db:
            db.execute("delete from fetched where source = ?", (source,))
            if validators != Validators():
                db.execute(
                    "insert or replace into fetched values (?, ?, ?, ?)",
                    (source, validators.etag, validators.last_modified, versions),
                )

    def validators(self, source: str, versions: str) -> Validators:
        """What a server said of a document that is still here and was read by these parsers."""
        with self._connection() as db:
            row = db.execute(
                "select etag, last_modified from fetched join documents using (source) "
                "where source = ? and versions = ? and not removed",
                (source, versions),
            ).fetchone()
        return Validators(*row) if row else Validators()

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

    def get_many(self, wanted: Sequence[tuple[str, str]]) -> list[Document]:
        """These (id, revision), in this order. Raises NotFound."""
        one = f"select {_COLUMNS} from revisions where doc_id = ? and revision = ?"
        with self._connection() as db:
            rows = [db.execute(one, pair).fetchone() for pair in wanted]
        for (doc_id, revision), row in zip(wanted, rows, strict=True):
            if row is None:
                raise NotFound(f"no document {doc_id} with revision {revision}")
        return [_document(row) for row in rows]

    def characters(self, wanted: Sequence[tuple[str, str]]) -> int:
        """How long the texts of these (id, revision) are together."""
        one = "select coalesce(sum(length(text)), 0) from revisions where doc_id = ? and revision = ?"
        with self._connection() as db:
            return sum(db.execute(one, pair).fetchone()[0] for pair in wanted)

    def current_of(self, doc_id: str) -> list[tuple[str, str]]:
        """(id, revision) of a document that is not removed, repost or not."""
        with self._connection() as db:
            return list(
                db.execute("select doc_id, revision from documents where doc_id = ? and not removed", (doc_id,))
            )

    def current(self) -> list[tuple[str, str]]:
        """(id, revision) of every document that is neither removed nor a repost, by id."""
        with self._connection() as db:
            return list(db.execute(f"select doc_id, revision from documents where {_CURRENT} order by doc_id"))

    def documents(self, limit: int, after: str = "", collection: str | None = None) -> list[Document]:
        """Current documents with an id greater than `after`, by id."""
        where, values = "", [after]
        if collection is not None:
            where, values = "and collection = ?", [after, collection]
        with self._connection() as db:
            rows = db.execute(
                f"select {_COLUMNS} from revisions join documents using (doc_id, revision) "
                f"where {_CURRENT} and doc_id > ? {where} order by doc_id limit ?",
                (*values, limit),
            ).fetchall()
        return [_document(row) for row in rows]

    def listed(self, section: str = "") -> list[tuple[str, str, str, str, str, str, date | None]]:
        """(id, revision, collection, title, issuer, number, issued_on) of every current document, by id.

        With `section` only of documents that have a heading with these words.
        """
        words = json.dumps(section, ensure_ascii=False)[1:-1]
        with self._connection() as db:
            rows = db.execute(
                "select doc_id, revision, collection, title, issuer, number, issued_on, "
                "case when ? = '' then '' else sections end from revisions join documents using (doc_id, revision) "
                f"where {_CURRENT} and (? = '' or instr(sections, ?)) order by doc_id",
                (words, words, words),
            ).fetchall()
        return [
            (*facts, date.fromisoformat(issued_on) if issued_on else None)
            for *facts, issued_on, sections in rows
            if not section or any(section in label for path, *_ in json.loads(sections) for label in path)
        ]

    def outdated(self) -> list[tuple[str, str]]:
        """(id, revision) of every revision that is kept and not current."""
        with self._connection() as db:
            current = "select doc_id, revision from documents where not removed"
            return list(db.execute(f"select doc_id, revision from revisions except {current}"))

    def forget(self, outdated: Iterable[tuple[str, str]]) -> None:
        """Drop revisions, except those that have become current meanwhile."""
        with self._connection() as db:
            db.executemany(
                "delete from revisions where doc_id = ? and revision = ? and not exists (select 1 from documents d "
                "where d.doc_id = revisions.doc_id and d.revision = revisions.revision and not removed)",
                outdated,
            )

    def check(self) -> str:
        """SQLite's own integrity check: "ok" or what is wrong."""
        with self._connection() as db:
            return str(db.execute("pragma quick_check").fetchone()[0])


class VectorCache(_Database):
    """Vectors as raw bytes by (encoder fingerprint, sha256 of the encoded text)."""

    durability = "pragma synchronous = normal; pragma wal_autocheckpoint = 10000"
    mend = "delete it; it is only a cache"

    def __init__(self, home: Path) -> None:
        super().__init__(home / "vectors.db", _VECTOR_SCHEMA)

    def get(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        found: Iterator[Any] = self._select("text_sha256, vector", encoder, hashes)
        return dict(found)

    def known(self, encoder: str, hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these texts have a vector."""
        return {row[0] for row in self._select("text_sha256", encoder, hashes)}

    def _select(self, columns: str, encoder: str, hashes: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
        with self._connection() as db:
            for some in _chunks(hashes):
                marks = ", ".join("?" * len(some))
                sql = f"select {columns} from vectors where encoder = ? and text_sha256 in ({marks})"
                yield from db.execute(sql, (encoder, *some))

    def put(self, encoder: str, vectors: Iterable[tuple[bytes, bytes]]) -> None:
        with self._connection() as db:
            db.executemany(
                "insert or replace into vectors values (?, ?, ?)", ((encoder, key, vector) for key, vector in vectors)
            )


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for at in range(0, len(items), _AT_ONCE):
        yield items[at : at + _AT_ONCE]


def _dump(sections: tuple[Section, ...]) -> str:
    rows = [[s.path, s.heading.start, s.heading.end, s.body.start, s.body.end] for s in sections]
    return json.dumps(rows, ensure_ascii=False)


def _load(sections: str) -> tuple[Section, ...]:
    return tuple(
        Section(tuple(path), Span(hs, he), Span(bs, be), len(path)) for path, hs, he, bs, be in json.loads(sections)
    )


_REPOSTS = "select doc_id from documents where repost_of = ? and repost_of != '' and not removed order by doc_id"


def _more(document: Document) -> str:
    more = {
        "effective_on": document.effective_on.isoformat() if document.effective_on else None,
        "index_number": document.index_number,
        "category": document.category,
        "relations": [[r.kind, r.title, r.number] for r in document.relations],
        "pages": document.pages,
    }
    return json.dumps({name: value for name, value in more.items() if value}, ensure_ascii=False)


def _document(row: tuple[str, ...]) -> Document:
    doc_id, revision, title, text, sections, issuer, number, issued_on, source, publisher, collection, more = row
    others = json.loads(more)
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
        effective_on=date.fromisoformat(others["effective_on"]) if "effective_on" in others else None,
        index_number=others.get("index_number", ""),
        category=others.get("category", ""),
        relations=tuple(Relation(*r) for r in others.get("relations", ())),
        pages=tuple((at, page) for at, page in others.get("pages", ())),
    )
