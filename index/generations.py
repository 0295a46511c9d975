"""Index generations: immutable folders, built aside, swapped in by one rename.

    generations/<n>/manifest.json   what it was built by, its parts, the SHA-256 of every file
                    lexical/        one tantivy index over all parts
                    parts/0/        the bulk of the documents
                    parts/1/ ...    documents that came later
                        documents.json   [id, revision, collection, title, issuer, number, issued_on] of each document
                        passages.npy     int32 rows (document, section, start, end)
                        figures.npy      int32 rows (document, section, start, end)
                        readings.npy  readings.json      what each figure says, fully read (index/readings.py)
                        pieces.npy       int32 rows (passage, section, start, end): the sentences of longer passages
                        passages/  figures/  pieces.f16   their vectors
    checksums.json                  what Checksums keeps of all files
    CURRENT                         the number of the generation in use

A few new documents make a small part of their own: the next generation shares all other files with the one before by
hard links, and names the documents that are dead in them. When the later parts grow, or many documents are dead,
everything is written anew. The generation before the current one is kept for rollback.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, field
from datetime import date
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from filelock import FileLock, Timeout

from archive.errors import BadInput, Busy, IndexMismatch, IndexMissing
from archive.store import Archive, VectorCache
from archive.types import Document, Span
from index.checksums import Checksums, sha256
from index.lexical import LexicalWriter, TantivyIndex, link
from index.made import fsync
from index.passages import CHUNKER_VERSION, encoded_text, headings, lexical_text, own_clause, passages, pieces
from index.readings import READING_VERSION, Readings, ReadingWriter, open_readings, read_figures
from index.types import BoolArray, Encoder, FloatArray, IntArray, Listed, VectorIndex, Vectors
from index.vectors import JoinedIndex, JoinedRows, Rows, open_vectors, write_rows, write_vectors
from index.words import TOKENIZER_VERSION, terms

FORMAT = 3
REBUILD = "run: gongwen reindex"
_BATCH = 128
_DOCUMENTS_AT_ONCE = 64
_VECTORS_AT_ONCE = 1024
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_MANIFEST_KEYS = frozenset("format number encoder dim versions documents passages figures parts dead files".split())
_INDEXED = ("passages", "figures")
_ENCODED = (*_INDEXED, "pieces")
_PIECES = "pieces.f16"
_CURRENT = "CURRENT"
_LEXICAL = "lexical"
_CHECKSUMS = "checksums.json"

_Item = TypeVar("_Item")
Progress = Callable[[int, int], None]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Growth:
    """When a later part is enough: the first part has `least` passages, the later ones together are at most the share
    `later` of it, the dead at most the share `dead` of all documents, and there are at most `parts` parts."""

    least: int = 2_000
    later: float = 0.2
    dead: float = 0.25
    parts: int = 8


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
    """An opened generation. Documents, passages, figures and pieces are numbered through all parts; `live` says which
    documents count. A passage or figure row names its document by number, a piece row its passage."""

    number: int
    manifest: dict[str, Any]
    documents: list[Listed]
    live: BoolArray
    passage_rows: IntArray
    figure_rows: IntArray
    readings: Readings
    piece_rows: IntArray
    passages: VectorIndex
    figures: VectorIndex
    pieces: Vectors
    lexical: TantivyIndex


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where each encoded text stands (document, section, start, end), and its SHA-256; 48 bytes each."""

    rows: array[int] = field(default_factory=lambda: array("i"))
    hashes: bytearray = field(default_factory=bytearray)

    def add(self, document: int, section: int, span: Span, text: str) -> bytes:
        key = hashlib.sha256(text.encode()).digest()
        self.rows.extend((document, section, span.start, span.end))
        self.hashes.extend(key)
        return key

    def __len__(self) -> int:
        return len(self.hashes) // 32

    def keys(self) -> Iterator[bytes]:
        return (bytes(self.hashes[at : at + 32]) for at in range(0, len(self.hashes), 32))


@dataclass(frozen=True, slots=True)
class _Base:
    """What of an earlier generation is kept: its first parts, the documents that are dead in them, and the ids of
    those that must leave its lexical index."""

    folder: Path
    parts: list[dict[str, int]]
    dead: list[int]
    leaving: list[str]

    def count(self, name: str) -> int:
        return sum(part[name] for part in self.parts)


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
    folder = _folder(home, number)
    manifest = _manifest(folder)
    if manifest["encoder"] != encoder or manifest["versions"] != _versions():
        raise IndexMismatch(f"the index was built by another encoder or version of Gongwen; {REBUILD}")
    try:
        generation = _opened(folder, number, manifest)
    except _DAMAGE as error:
        raise IndexMismatch(f"generation {number} is damaged; {REBUILD}") from error
    if not _holds_together(generation):
        raise IndexMismatch(f"generation {number} does not hold together; {REBUILD}")
    return generation


def _holds_together(g: Generation) -> bool:
    """Whether every file holds as much as the manifest says."""
    stated = [sum(part[name] for part in g.manifest["parts"]) for name in _ENCODED]
    vectors = [len(g.passages), len(g.figures), len(g.pieces)]
    rows = [len(g.passage_rows), len(g.figure_rows), len(g.piece_rows)]
    whole = len(g.readings) == len(g.figure_rows)
    whole &= (int(g.live.sum()), len(g.lexical)) == (g.manifest["documents"], g.manifest["passages"])
    return whole and vectors == rows == stated


def _opened(folder: Path, number: int, manifest: dict[str, Any]) -> Generation:
    counts = manifest["parts"]
    parts = [folder / "parts" / str(at) for at in range(len(counts))]
    listed = [_documents_of(part) for part in parts]
    documents = [document for some in listed for document in some]
    live = np.ones(len(documents), bool)
    live[manifest["dead"]] = False
    by_document, by_passage, by_piece = (_firsts(counts, name) for name in ("documents", "passages", "pieces"))
    pieces = [Rows(part / _PIECES, count["pieces"], manifest["dim"]) for part, count in zip(parts, counts, strict=True)]
    return Generation(
        number=number,
        manifest=manifest,
        documents=documents,
        live=live,
        passage_rows=_all_rows(parts, by_document, "passages"),
        figure_rows=_all_rows(parts, by_document, "figures"),
        readings=open_readings(parts),
        piece_rows=_all_rows(parts, by_passage, "pieces"),
        passages=_all_vectors(parts, by_passage, "passages"),
        figures=_all_vectors(parts, _firsts(counts, "figures"), "figures"),
        pieces=JoinedRows(list(zip(by_piece, pieces, strict=True))),
        lexical=TantivyIndex(folder / _LEXICAL),
    )


def _firsts(counts: list[dict[str, int]], name: str) -> list[int]:
    """The number of the first document, passage ... of each part."""
    return list(accumulate((count[name] for count in counts[:-1]), initial=0))


def _all_rows(parts: list[Path], firsts: list[int], name: str) -> IntArray:
    loaded: list[IntArray] = [np.load(part / f"{name}.npy", mmap_mode="r") for part in parts]
    if len(loaded) == 1:
        return loaded[0]
    moved = [rows + np.array([first, 0, 0, 0], rows.dtype) for first, rows in zip(firsts, loaded, strict=True)]
    return np.concatenate(moved)


def _all_vectors(parts: list[Path], firsts: list[int], name: str) -> VectorIndex:
    opened = [open_vectors(part / name) for part in parts]
    return opened[0] if len(opened) == 1 else JoinedIndex(list(zip(firsts, opened, strict=True)))


def verify(home: Path, number: int) -> list[str]:
    """What is wrong with a generation's files; empty when every checksum holds."""
    folder = _folder(home, number)
    try:
        files = _manifest(folder)["files"]
    except IndexMismatch as error:
        return [str(error)]
    return [f"{name} is damaged or missing" for name, digest in files.items() if sha256(folder / name) != digest]


def check_usable(document: Document) -> None:
    """Raises BadInput for a document that cannot be cut into passages and figures."""
    try:
        for _ in passages(document):
            pass
        for _ in read_figures(document):
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
    growth: Growth | None = None,
) -> BuildReport:
    """Bring the index in line with the archive. Vectors are cached as they are made, so a build that
    was killed goes on where it stopped. Raises Busy while another process builds."""
    try:
        with FileLock(home / "build.lock", timeout=0):
            return _build(home, archive, cache, encoder, progress, rebuild, growth or Growth())
    except Timeout as error:
        raise Busy("another process is building this index; wait until it has ended") from error


def _build(
    home: Path,
    archive: Archive,
    cache: VectorCache,
    encoder: Encoder,
    progress: Progress,
    rebuild: bool,
    growth: Growth,
) -> BuildReport:
    wanted = archive.current()
    previous = current_number(home)
    base: _Base | None = None
    checksums = Checksums(home / _CHECKSUMS)
    if previous is not None and not rebuild and _is_usable(home, previous, encoder, checksums):
        manifest = _manifest(_folder(home, previous))
        held = _held(_folder(home, previous), manifest)
        if {pair for pair, _ in held} == set(wanted):
            checksums.keep()
            return BuildReport(previous, len(wanted), manifest["passages"], embedded=0, changed=False)
        base, wanted = _kept(_folder(home, previous), manifest, held, wanted, growth)
    number = max([previous or 0, *_numbers(home)]) + 1
    aside = home / "generations" / f".building-{number}"
    for leftover in aside.parent.glob(".building-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    aside.mkdir(parents=True)
    writer = _Writer(aside, cache, encoder, base)
    done, total = 0, archive.characters(wanted)
    for document in _each(archive, wanted):
        writer.add(document)
        done += len(document.text)
        progress(done, total)
    report = writer.finish(number, checksums)
    _activate(home, aside, number)
    checksums.keep()
    _drop_old(home, archive, kept=[number] if previous is None else [number, previous])
    return report


def _versions() -> dict[str, str]:
    """What an index must have been built by, beside its encoder."""
    return {"chunker": CHUNKER_VERSION, "tokenizer": TOKENIZER_VERSION, "reading": READING_VERSION}


def _is_usable(home: Path, number: int, encoder: Encoder, checksums: Checksums) -> bool:
    """Whether a generation is what this encoder and this version would have built, and nobody wrote to its files."""
    folder = _folder(home, number)
    try:
        manifest = _manifest(folder)
    except IndexMismatch:
        return False
    if manifest["encoder"] != encoder.fingerprint or manifest["versions"] != _versions():
        return False
    return all(checksums.of(folder / name) == digest for name, digest in manifest["files"].items())


def _held(folder: Path, manifest: dict[str, Any]) -> list[tuple[Pair, int]]:
    """The documents of a generation that are not dead, each with its number."""
    dead = set(manifest["dead"])
    rows = (row for at in range(len(manifest["parts"])) for row in _listed_in(folder / "parts" / str(at)))
    return [((doc_id, revision), at) for at, (doc_id, revision, *_) in enumerate(rows) if at not in dead]


def _kept(
    folder: Path, manifest: dict[str, Any], held: list[tuple[Pair, int]], wanted: list[Pair], growth: Growth
) -> tuple[_Base | None, list[Pair]]:
    """The parts to keep of a generation, and the documents to write; no parts when it is better to write all."""
    parts = manifest["parts"]
    if not parts or parts[0]["passages"] < growth.least:
        return None, wanted
    parts = _less_the_small(parts, len(set(wanted) - {pair for pair, _ in held}), growth.parts)
    kept = sum(part["documents"] for part in parts)
    there, still = {pair: at for pair, at in held if at < kept}, set(wanted)
    fresh = [pair for pair in wanted if pair not in there]
    dead = sorted({at for at in manifest["dead"] if at < kept} | {at for p, at in there.items() if p not in still})
    leaving = [pair[0] for pair, at in held if at >= kept or pair not in still]
    base = _Base(folder, parts, dead, leaving)
    later = len(fresh) + sum(part["documents"] for part in parts[1:])
    if later > growth.later * parts[0]["documents"] or len(dead) > growth.dead * kept:
        return None, wanted
    return base, fresh


def _less_the_small(parts: list[dict[str, int]], fresh: int, most: int) -> list[dict[str, int]]:
    """When there are too many parts, all but the last ones, which are written again as one with the fresh documents:
    as long as a part is no more than twice what is written anyway. So a document is seldom written again."""
    if len(parts) < most:
        return parts
    kept, written = parts[:-1], fresh + parts[-1]["documents"]
    while len(kept) > 1 and kept[-1]["documents"] <= 2 * written:
        written += kept[-1]["documents"]
        kept = kept[:-1]
    return kept


def _each(archive: Archive, wanted: list[Pair]) -> Iterator[Document]:
    for some in batched(wanted, _DOCUMENTS_AT_ONCE):
        yield from archive.get_many(some)


class _Writer:
    """Writes one generation, document by document: words as they come, vectors at the end, from the cache."""

    def __init__(self, folder: Path, cache: VectorCache, encoder: Encoder, base: _Base | None) -> None:
        self._folder, self._cache, self._encoder = folder, cache, encoder
        self._base = base or _Base(folder, [], [], [])
        self._lexical = LexicalWriter(folder / _LEXICAL, base.folder / _LEXICAL if base else None)
        for doc_id in self._base.leaving:
            self._lexical.remove(doc_id)
        self._first = self._base.count("passages")
        self._documents: list[Listed] = []
        self._rows = {name: _Rows() for name in _ENCODED}
        self._readings = ReadingWriter()
        self._pending: dict[bytes, str] = {}
        self._embedded = 0

    def add(self, document: Document) -> None:
        listed, number = _listed(document), len(self._documents)
        self._documents.append(listed)
        for section, passage in passages(document):
            text = encoded_text(document, passage)
            at = len(self._rows["passages"])
            self._want(self._rows["passages"].add(number, section, passage.span, text), text)
            for piece in pieces(document, passage):
                self._want(
                    self._rows["pieces"].add(at, section, piece, piece.of(document.text)), piece.of(document.text)
                )
            self._lexical.add(
                self._first + at, listed, headings(document, section, passage), terms(lexical_text(document, passage))
            )
        for section, reading in read_figures(document):
            clause = own_clause(document.sections[section], reading.figure).of(document.text).strip()
            self._want(self._rows["figures"].add(number, section, reading.figure.span, clause), clause)
            self._readings.add(reading)

    def finish(self, number: int, checksums: Checksums) -> BuildReport:
        """Embed the rest, write what is left, and the manifest last."""
        self._embed()
        self._lexical.commit()
        for at in range(len(self._base.parts)):
            _link_all(self._base.folder / "parts" / str(at), self._folder / "parts" / str(at))
        parts = list(self._base.parts)
        if self._documents or not parts:
            parts.append(self._write_part(self._folder / "parts" / str(len(parts))))
        counts = {
            "documents": sum(part["documents"] for part in parts) - len(self._base.dead),
            "passages": len(TantivyIndex(self._folder / _LEXICAL)),
            "figures": sum(part["figures"] for part in parts),
        }
        self._write_manifest(number, parts, counts, checksums)
        return BuildReport(number, counts["documents"], counts["passages"], self._embedded, changed=True)

    def _want(self, key: bytes, text: str) -> None:
        self._pending[key] = text
        if len(self._pending) >= _BATCH:
            self._embed()

    def _embed(self) -> None:
        known = self._cache.known(self._encoder.fingerprint, list(self._pending))
        missing = [(key, text) for key, text in self._pending.items() if key not in known]
        if missing:
            vectors = self._encoder.encode_passages([text for _, text in missing])
            halves = (vector.astype(np.float16).tobytes() for vector in vectors)
            self._cache.put(self._encoder.fingerprint, zip((key for key, _ in missing), halves, strict=True))
        self._embedded += len(missing)
        self._pending.clear()

    def _write_part(self, part: Path) -> dict[str, int]:
        part.mkdir(parents=True)
        rows = [[*astuple(d)[:-1], d.issued_on.isoformat() if d.issued_on else None] for d in self._documents]
        (part / "documents.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        for name, encoded in self._rows.items():
            np.save(part / f"{name}.npy", np.frombuffer(encoded.rows, np.int32).reshape(-1, 4))
            if name in _INDEXED:
                write_vectors(part / name, self._encoder.dim, self._vectors(encoded), len(encoded))
        self._readings.save(part)
        found = self._rows["pieces"]
        write_rows(part / _PIECES, self._encoder.dim, self._vectors(found), len(found))
        return {"documents": len(rows), **{name: len(encoded) for name, encoded in self._rows.items()}}

    def _vectors(self, encoded: _Rows) -> Iterator[FloatArray]:
        for keys in batched(encoded.keys(), _VECTORS_AT_ONCE):
            found = self._cache.get(self._encoder.fingerprint, keys)
            yield np.stack([cached_vector(found[key], self._encoder.dim) for key in keys])

    def _write_manifest(
        self, number: int, parts: list[dict[str, int]], counts: dict[str, int], checksums: Checksums
    ) -> None:
        names = sorted(p.relative_to(self._folder).as_posix() for p in self._folder.rglob("*") if p.is_file())
        manifest = {
            "format": FORMAT,
            "number": number,
            "encoder": self._encoder.fingerprint,
            "dim": self._encoder.dim,
            "versions": _versions(),
            **counts,
            "parts": parts,
            "dead": self._base.dead,
            "files": {name: checksums.of(self._folder / name) for name in names},
        }
        (self._folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def cached_vector(cached: bytes, dim: int) -> FloatArray:
    """A vector as it was cached: in half precision, as indexes hold it, or, by earlier versions, in single."""
    kind: type[np.floating[Any]] = np.float16 if len(cached) == 2 * dim else np.float32
    return np.frombuffer(cached, kind).astype(np.float32)


def _listed(d: Document) -> Listed:
    return Listed(d.id, d.revision, d.collection, d.title, d.issuer, d.number, d.issued_on)


def _listed_in(part: Path) -> list[tuple[str, str, str, str, str, str, str | None]]:
    rows: list[tuple[str, str, str, str, str, str, str | None]]
    rows = json.loads((part / "documents.json").read_text(encoding="utf-8"))
    return rows


def _documents_of(part: Path) -> list[Listed]:
    return [
        Listed(
            doc_id, revision, collection, title, issuer, number, date.fromisoformat(issued_on) if issued_on else None
        )
        for doc_id, revision, collection, title, issuer, number, issued_on in _listed_in(part)
    ]


def _link_all(folder: Path, beside: Path) -> None:
    """The same files in another folder, by hard links where the file system has them."""
    for file in folder.rglob("*"):
        copy = beside / file.relative_to(folder)
        if file.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            link(file, copy)


def _activate(home: Path, aside: Path, number: int) -> None:
    for path in [*aside.rglob("*"), aside]:
        fsync(path)
    folder = aside.with_name(str(number))
    aside.rename(folder)
    fsync(folder.parent)
    beside = home / f"{_CURRENT}.new"
    beside.write_text(f"{number}\n", encoding="ascii")
    fsync(beside)
    beside.replace(home / _CURRENT)
    fsync(home)


def _drop_old(home: Path, archive: Archive, kept: list[int]) -> None:
    """Keep the new generation and the one it replaced; forget revisions that neither of them cites."""
    for old in set(_numbers(home)) - set(kept):
        shutil.rmtree(_folder(home, old), ignore_errors=True)
    outdated = archive.outdated()
    if outdated:
        cited = {pair for recent in kept for pair in _cited(_folder(home, recent))}
        archive.forget(pair for pair in outdated if pair not in cited)


def _cited(folder: Path) -> list[Pair]:
    """The documents of a generation; none when it is damaged."""
    try:
        return [pair for pair, _ in _held(folder, _manifest(folder))]
    except (*_DAMAGE, IndexMismatch):
        return []


def batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _folder(home: Path, number: int) -> Path:
    return home / "generations" / str(number)


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
