"""Index generations: immutable folders, built aside, swapped in by one rename.

    generations/<n>/manifest.json    what it was built by and from, and the SHA-256 of every file
                    documents.json   [id, revision, collection, title] of each document
                    passages.npy     int32 rows (document, section, start, end)
                    figures.npy      int32 rows (document, section, start, end)
                    passages.faiss  figures.faiss  lexical/  glossary.json
    CURRENT                          the number of the generation in use

A manifest holds no clock time, so that the same archive gives the same files. The generation before
the current one is kept for rollback.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from filelock import FileLock, Timeout

from archive.errors import BadInput, Busy, IndexMismatch, IndexMissing
from archive.store import Archive, VectorCache
from archive.types import Document, Span
from index.glossary import Glossary, glossary_version
from index.lexical import Bm25Index
from index.passages import CHUNKER_VERSION, encoded_text, figure_clauses, passages
from index.types import Encoder, FloatArray, IntArray
from index.vectors import FlatIndex
from index.words import TOKENIZER_VERSION, tokens

FORMAT = 1
REBUILD = "run: gongwen reindex"
_BATCH = 32
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_MANIFEST_KEYS = frozenset("format number encoder dim versions documents passages figures content files".split())
_CURRENT = "CURRENT"

_Item = TypeVar("_Item")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; `changed` is False when the current generation was already right."""

    number: int
    documents: int
    passages: int
    embedded: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Generation:
    """An opened generation."""

    number: int
    manifest: dict[str, Any]
    documents: list[tuple[str, str, str, str]]
    passage_rows: IntArray
    figure_rows: IntArray
    passages: FlatIndex
    figures: FlatIndex
    lexical: Bm25Index
    glossary: Glossary


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where each encoded text stands (document, section, start, end), and its SHA-256."""

    rows: list[tuple[int, int, int, int]]
    hashes: list[bytes]


@dataclass(frozen=True, slots=True)
class _Plan:
    documents: list[tuple[str, str, str, str]]
    passages: _Rows
    figures: _Rows
    content: str

    @property
    def hashes(self) -> list[bytes]:
        return [*self.passages.hashes, *self.figures.hashes]


def current_number(home: Path) -> int | None:
    """The number of the generation in use; None before the first build."""
    try:
        return int((home / _CURRENT).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def open_current(home: Path, encoder: str) -> Generation:
    """Open the generation in use, made by the encoder of this fingerprint.

    Raises IndexMissing before the first build, IndexMismatch when it was built otherwise or is damaged.
    """
    number = current_number(home)
    if number is None:
        raise IndexMissing(f"nothing is indexed yet; {REBUILD}")
    try:
        return _open(home, number, encoder)
    except IndexMismatch:
        if current_number(home) in (None, number):
            raise
        return open_current(home, encoder)  # two builds ended between reading CURRENT and opening


def _open(home: Path, number: int, encoder: str) -> Generation:
    folder = home / "generations" / str(number)
    manifest = _manifest(folder)
    if manifest["encoder"] != encoder or manifest["versions"] != _versions():
        raise IndexMismatch(f"the index was built by another encoder or version of Gongwen; {REBUILD}")
    try:
        documents = _documents_of(folder)
        passage_rows = np.load(folder / "passages.npy", mmap_mode="r")
        figure_rows = np.load(folder / "figures.npy", mmap_mode="r")
        glossary = Glossary.load(folder)
        by_passage, by_figure = (FlatIndex.load(folder / f"{name}.faiss") for name in ("passages", "figures"))
        lexical = Bm25Index.load(folder, len(passage_rows))
    except _DAMAGE as error:
        raise IndexMismatch(f"generation {number} is damaged; {REBUILD}") from error
    counts = (
        manifest["documents"],
        manifest["passages"],
        manifest["passages"],
        manifest["figures"],
        manifest["figures"],
    )
    if counts != (len(documents), len(passage_rows), len(by_passage), len(figure_rows), len(by_figure)):
        raise IndexMismatch(f"generation {number} does not hold together; {REBUILD}")
    return Generation(number, manifest, documents, passage_rows, figure_rows, by_passage, by_figure, lexical, glossary)


def verify(home: Path, number: int) -> list[str]:
    """What is wrong with a generation's files; empty when every checksum holds."""
    folder = home / "generations" / str(number)
    try:
        files = _manifest(folder)["files"]
    except IndexMismatch as error:
        return [str(error)]
    return [f"{name} is damaged or missing" for name, digest in files.items() if _sha256(folder / name) != digest]


def check_usable(document: Document) -> None:
    """Raises BadInput for a document that cannot be cut into passages and figures."""
    try:
        for _ in _texts(document):
            pass
    except (ValueError, LookupError, ArithmeticError) as error:
        raise BadInput(f"{document.source}: cannot be indexed ({error!r}); please report this text") from error


def build(
    home: Path,
    archive: Archive,
    cache: VectorCache,
    encoder: Encoder,
    progress: Progress = lambda done, total: None,
    rebuild: bool = False,
) -> BuildReport:
    """Bring the index in line with the archive. Vectors are cached as they are made, so a build that
    was killed goes on where it stopped. Raises Busy while another process builds."""
    try:
        with FileLock(home / "build.lock", timeout=0):
            return _build(home, archive, cache, encoder, progress, rebuild)
    except Timeout as error:
        raise Busy("another process is building this index; wait until it has ended") from error


def _build(
    home: Path, archive: Archive, cache: VectorCache, encoder: Encoder, progress: Progress, rebuild: bool
) -> BuildReport:
    plan = _plan(archive, encoder)
    counts = (len(plan.documents), len(plan.passages.rows))
    previous = current_number(home)
    if previous is not None and not rebuild and _is_current(home, previous, plan.content):
        return BuildReport(previous, *counts, embedded=0, changed=False)
    embedded = _embed(archive, cache, encoder, plan, progress)
    number = max([previous or 0, *_numbers(home)]) + 1
    aside = home / "generations" / f".building-{number}"
    for leftover in aside.parent.glob(".building-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    aside.mkdir(parents=True)
    _write(aside, number, archive, cache, encoder, plan)
    _activate(home, aside, number)
    _drop_old(home, archive, kept=[number] if previous is None else [number, previous])
    return BuildReport(number, *counts, embedded=embedded, changed=True)


def _versions() -> dict[str, str]:
    """What an index must have been built by, beside its encoder."""
    return {"chunker": CHUNKER_VERSION, "tokenizer": TOKENIZER_VERSION, "glossary": glossary_version()}


def _plan(archive: Archive, encoder: Encoder) -> _Plan:
    plan = _Plan([], _Rows([], []), _Rows([], []), "")
    digest = hashlib.sha256(json.dumps([FORMAT, encoder.fingerprint, _versions()]).encode())
    for at, (doc_id, revision) in enumerate(archive.current()):
        document = archive.get(doc_id, revision)
        plan.documents.append((document.id, document.revision, document.collection, document.title))
        digest.update(repr(plan.documents[-1]).encode())
        for kind, section, span, text in _texts(document):
            rows = plan.passages if kind == "passage" else plan.figures
            rows.rows.append((at, section, span.start, span.end))
            rows.hashes.append(hashlib.sha256(text.encode()).digest())
            digest.update(f"{kind} {rows.rows[-1]} ".encode() + rows.hashes[-1])
    return replace(plan, content=digest.hexdigest())


def _texts(document: Document) -> Iterator[tuple[str, int, Span, str]]:
    """Everything of a document that is encoded: (kind, section number, span, text)."""
    for section, passage in passages(document):
        yield "passage", section, passage.span, encoded_text(document, passage)
    for section, span, clause in figure_clauses(document):
        yield "figure", section, span, clause


def _planned(archive: Archive, plan: _Plan) -> Iterator[Document]:
    """The documents of the plan, whatever has been added since."""
    for doc_id, revision, *_ in plan.documents:
        yield archive.get(doc_id, revision)


def _is_current(home: Path, number: int, content: str) -> bool:
    try:
        same = _manifest(home / "generations" / str(number))["content"] == content
    except IndexMismatch:
        return False
    return same and not verify(home, number)


def _embed(archive: Archive, cache: VectorCache, encoder: Encoder, plan: _Plan, progress: Progress) -> int:
    known = set(cache.get(encoder.fingerprint, plan.hashes))
    missing = set(plan.hashes) - known
    done = 0
    for batch in _batched(_missing_texts(archive, plan, missing), _BATCH):
        vectors = encoder.encode_passages([text for _, text in batch])
        cache.put(encoder.fingerprint, ((key, v.tobytes()) for (key, _), v in zip(batch, vectors, strict=True)))
        done += len(batch)
        progress(done, len(missing))
    return done


def _missing_texts(archive: Archive, plan: _Plan, missing: set[bytes]) -> Iterator[tuple[bytes, str]]:
    left = set(missing)
    for document in _planned(archive, plan):
        for _, _, _, text in _texts(document):
            key = hashlib.sha256(text.encode()).digest()
            if key in left:
                left.discard(key)
                yield key, text


def _write(folder: Path, number: int, archive: Archive, cache: VectorCache, encoder: Encoder, plan: _Plan) -> None:
    (folder / "documents.json").write_text(json.dumps(plan.documents, ensure_ascii=False), encoding="utf-8")
    for name, rows in (("passages", plan.passages), ("figures", plan.figures)):
        np.save(folder / f"{name}.npy", np.array(rows.rows, dtype=np.int32).reshape(-1, 4))
        FlatIndex.build(encoder.dim, _vectors(cache, encoder, rows.hashes)).save(folder / f"{name}.faiss")
    lexical = Bm25Index.build(_tokens(archive, plan))
    lexical.save(folder)
    Glossary.build(lexical.vocabulary).save(folder)
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    manifest = {
        "format": FORMAT,
        "number": number,
        "encoder": encoder.fingerprint,
        "dim": encoder.dim,
        "versions": _versions(),
        "documents": len(plan.documents),
        "passages": len(plan.passages.rows),
        "figures": len(plan.figures.rows),
        "content": plan.content,
        "files": {name: _sha256(folder / name) for name in names},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _vectors(cache: VectorCache, encoder: Encoder, hashes: list[bytes]) -> Iterator[FloatArray]:
    for batch in _batched(hashes, 1024):
        found = cache.get(encoder.fingerprint, batch)
        yield np.frombuffer(b"".join(found[key] for key in batch), np.float32).reshape(len(batch), encoder.dim)


def _tokens(archive: Archive, plan: _Plan) -> Iterator[list[str]]:
    for document in _planned(archive, plan):
        for _, passage in passages(document):
            yield tokens(encoded_text(document, passage))


def _activate(home: Path, aside: Path, number: int) -> None:
    for path in [*aside.rglob("*"), aside]:
        _fsync(path)
    folder = aside.with_name(str(number))
    aside.rename(folder)
    _fsync(folder.parent)
    beside = home / f"{_CURRENT}.new"
    beside.write_text(f"{number}\n", encoding="ascii")
    _fsync(beside)
    beside.replace(home / _CURRENT)
    _fsync(home)


def _drop_old(home: Path, archive: Archive, kept: list[int]) -> None:
    """Keep the new generation and the one it replaced; forget revisions that neither of them cites."""
    for old in set(_numbers(home)) - set(kept):
        shutil.rmtree(home / "generations" / str(old), ignore_errors=True)
    cited: list[tuple[str, str]] = []
    for recent in kept:
        try:
            rows = _documents_of(home / "generations" / str(recent))
        except _DAMAGE:
            continue
        cited.extend((row[0], row[1]) for row in rows)
    archive.prune(cited)


def _batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _documents_of(folder: Path) -> list[tuple[str, str, str, str]]:
    rows = json.loads((folder / "documents.json").read_text(encoding="utf-8"))
    return [(doc_id, revision, collection, title) for doc_id, revision, collection, title in rows]


def _numbers(home: Path) -> list[int]:
    return [int(p.name) for p in (home / "generations").glob("*") if p.name.isdecimal() and p.is_dir()]


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except _DAMAGE as error:
        raise IndexMismatch(f"generation {folder.name} has no readable manifest; {REBUILD}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or set(manifest) != _MANIFEST_KEYS:
        raise IndexMismatch(f"generation {folder.name} has another format than this version of Gongwen; {REBUILD}")
    return manifest


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
