"""What is to be read in: files, folders, and a `sources.toml` that names files and laws with their facts."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.errors import BadInput, NotFound
from archive.laws import PACKAGE, Law, read_laws
from archive.parsers import LARGEST_FILE, PARSER_VERSION, Parsed, parser_for
from archive.structure import STRUCTURE_VERSION
from archive.text import CANONICAL_VERSION

CATALOGUE = "sources.toml"
_VERSIONS = f"{PARSER_VERSION}.{STRUCTURE_VERSION}.{CANONICAL_VERSION}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document from outside its text; empty where it is not."""

    title: str = ""
    issuer: str = ""
    number: str = ""
    issued_on: date | None = None
    publisher: str = ""
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One document to be: its stable key, a hash of all it is made from, and how to parse it."""

    key: str
    fingerprint: str
    facts: Facts
    parse: Callable[[], Parsed]


class _FileEntry(BaseModel):
    """`source` is the document's stable key; without it the file's whole path is."""

    model_config = ConfigDict(extra="forbid")
    path: str = Field(max_length=1000)
    source: str = ""
    title: str = ""
    issuer: str = ""
    number: str = ""
    issued_on: date | None = None
    publisher: str = ""
    collection: str = ""


class _LawsEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    package: str
    names: list[str]
    collection: str = "laws"


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: list[_FileEntry] = []
    laws: _LawsEntry | None = None


def find_sources(path: Path) -> Iterator[Source]:
    """The sources under a path: one file, a catalogue, or a folder (its catalogue when it has one,
    else every readable file below it). Raises NotFound and BadInput."""
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(path)[:80]}: no path that can be read") from error
    if not found:
        raise NotFound(f"{path}: no such file or folder")
    if path.is_dir() and (path / CATALOGUE).is_file():
        path = path / CATALOGUE
    if path.name == CATALOGUE:
        yield from _from_catalogue(path)
    elif path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path)))
        if not files:
            raise BadInput(f"{path}: no file in it")
        for file in files:
            yield from_file(file, file.resolve().as_posix(), Facts())
    else:
        yield from_file(path, path.resolve().as_posix(), Facts())


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def from_file(path: Path, key: str, facts: Facts) -> Source:
    """A file as a source; what is wrong with the file is raised by its `parse`, as BadInput."""
    try:
        parser = parser_for(path.name)
        if not path.is_file():
            raise BadInput(f"{path}: not a regular file")
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise BadInput(f"{path}: larger than {LARGEST_FILE:,} bytes: split it")
    except BadInput as error:
        return _unreadable(key, facts, error)
    except OSError as error:
        return _unreadable(key, facts, BadInput(f"{path}: {error.strerror}"))
    return Source(key, _hash(raw, facts), facts, lambda: parser(raw, path.name))


def _unreadable(key: str, facts: Facts, error: BadInput) -> Source:
    def refuse() -> Parsed:
        raise error

    return Source(key, "", facts, refuse)


def _from_catalogue(path: Path) -> Iterator[Source]:
    catalogue = _read_catalogue(path)
    folder = path.resolve().parent
    files = [(entry, _beside(path, folder, entry.path)) for entry in catalogue.file]
    keys = [entry.source or file.as_posix() for entry, file in files]
    if len(set(keys)) < len(keys):
        raise BadInput(f"{path}: names a file or a source twice")
    if catalogue.laws and catalogue.laws.package != PACKAGE:
        raise BadInput(f"{path}: laws come from {PACKAGE}, not from {catalogue.laws.package}")
    for key, (entry, file) in zip(keys, files, strict=True):
        yield from_file(file, key, Facts(**entry.model_dump(exclude={"path", "source"})))
    if catalogue.laws:
        for law in read_laws(catalogue.laws.names):
            yield _from_law(law, catalogue.laws.collection)


def _read_catalogue(path: Path) -> _Catalogue:
    try:
        return _Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path}: {error}") from error


def _beside(path: Path, folder: Path, name: str) -> Path:
    try:
        file = (folder / name).resolve()
        if file.is_relative_to(folder) and file.is_file():
            return file
    except (OSError, ValueError):
        pass
    raise BadInput(f"{path}: names {name!r}, which is not a file beside it")


def _from_law(law: Law, collection: str) -> Source:
    facts = Facts(law.name, law.issuer, "", law.version_on, PACKAGE, collection)
    parsed = Parsed(title=law.name, text=law.text, issued_on=law.version_on)
    return Source(f"{PACKAGE}/{law.name}", _hash(law.text.encode(), facts), facts, lambda: parsed)


def _hash(raw: bytes, facts: Facts) -> str:
    digest = hashlib.sha256(raw)
    digest.update(repr((_VERSIONS, facts)).encode())
    return digest.hexdigest()


def merge(parsed: Parsed, facts: Facts) -> Facts:
    """Facts given from outside win over those printed in the document."""
    return replace(
        facts,
        title=facts.title or parsed.title,
        number=facts.number or parsed.number,
        issued_on=facts.issued_on or parsed.issued_on,
        publisher=facts.publisher or parsed.publisher,
    )
