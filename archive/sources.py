"""What is to be read in: files, folders, packed folders, addresses, ready texts, and a `sources.toml` with facts.

A `Source` is plain data, so that it can be parsed in another process. What is wrong with one source is its
`problem`, not an exception: the rest go on.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.article import Parsed
from archive.containers import zip_members
from archive.decoding import LARGEST_FILE, decode
from archive.errors import BadInput, GongwenError, NotFound
from archive.fetch import Fetcher, Validators, read_urls
from archive.laws import PACKAGE, Law, read_laws
from archive.parsers import PARSER_VERSION, parser_for
from archive.structure import STRUCTURE_VERSION, sections
from archive.text import CANONICAL_VERSION, canonical
from archive.types import Facts

CATALOGUE = "sources.toml"
URL_LIST = ".urls"
READY = ".ready"
LARGEST_PACKED = 2 * 1024**3
MOST_MEMBERS = 100_000
VERSIONS = f"{PARSER_VERSION}.{STRUCTURE_VERSION}.{CANONICAL_VERSION}"
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")

NO_FACTS = Facts()
NO_VALIDATORS = Validators()

Known = Callable[[str], Validators]
"""What a server said of an address when it was last read, by source key."""


@dataclass(frozen=True, slots=True)
class Source:
    """One document to be: its stable key, its bytes, what they are called, and a hash of all it is made from.

    `origin` is what was asked for (a folder, a file, a list), `problem` says why it cannot be taken, `same` that
    its server answered "not modified".
    """

    key: str
    name: str
    raw: bytes = b""
    facts: Facts = NO_FACTS
    charset: str = ""
    origin: str = ""
    problem: str = ""
    same: bool = False
    validators: Validators = NO_VALIDATORS

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(self.raw)
        digest.update(repr((VERSIONS, self.name, self.charset, self.facts, self.problem)).encode("utf-8", "replace"))
        return digest.hexdigest()


def parse(source: Source) -> Parsed:
    """Read a source's bytes. Raises BadInput."""
    if source.problem:
        raise BadInput(source.problem)
    if source.name.endswith(READY):
        return _ready(source)
    return parser_for(source.name)(source.raw, source.name, source.charset)


def _ready(source: Source) -> Parsed:
    text = canonical(source.raw.decode("utf-8"))
    if not text:
        raise BadInput(f"{source.key}: no text in it")
    return Parsed(text, Facts(title=text.split("\n", 1)[0][:100]), sections(text))


class _FactsEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str = Field("", max_length=400)
    issuer: str = Field("", max_length=400)
    number: str = Field("", max_length=100)
    issued_on: date | None = None
    effective_on: date | None = None
    publisher: str = Field("", max_length=400)
    collection: str = Field("", max_length=100)

    def facts(self) -> Facts:
        return Facts(**{name: getattr(self, name) for name in _FactsEntry.model_fields})


class _FileEntry(_FactsEntry):
    """`source` is the document's stable key; without it the file's whole path is."""

    path: str = Field(max_length=1000)
    source: str = ""


class _LawsEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    package: str
    names: list[str]
    collection: str = "laws"


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: list[_FileEntry] = []
    laws: _LawsEntry | None = None


class _ReadyEntry(_FactsEntry):
    """A line of a JSONL file of ready texts."""

    source: str = Field(min_length=1, max_length=1000)
    text: str


def is_url(given: str) -> bool:
    return given.lower().startswith(("http://", "https://"))


def origin_of(given: str) -> str:
    """The key under which the sources of a path or address belong together."""
    if is_url(given):
        return given
    path = Path(given)
    try:
        path = path / CATALOGUE if (path / CATALOGUE).is_file() else path
        return _key(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"{given[:80]}: no path that can be read") from error


def find_sources(given: str | Path, known: Known = lambda key: Validators()) -> Iterator[Source]:
    """The sources a path or an address stands for. Raises NotFound and BadInput.

    A file, a folder (its sources.toml when it has one, else every file below it), a packed folder (.zip, .tar.*),
    a .jsonl of ready texts, a .urls list, or an http(s) address.
    """
    if is_url(str(given)):
        yield from _from_urls([str(given)], str(given), known)
        return
    path, origin = Path(given), origin_of(str(given))
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(path)[:80]}: no path that can be read") from error
    if not found:
        raise NotFound(f"{path}: no such file or folder")
    if path.is_dir() and not (path / CATALOGUE).is_file():
        yield from _from_folder(path, origin, known)
    elif path.is_dir() or path.name == CATALOGUE:
        yield from _from_catalogue(path / CATALOGUE if path.is_dir() else path, origin)
    else:
        yield from _from_path(path, _key(path), origin, known)


def _from_folder(folder: Path, origin: str, known: Known) -> Iterator[Source]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(folder)))
    if not files:
        raise BadInput(f"{folder}: no file in it")
    for file in files:
        yield from _from_path(file, _key(file), origin, known)


def _key(path: Path) -> str:
    """A file's whole path as text; names that old systems wrote in GBK are read as such."""
    return _readable(path.resolve().as_posix())


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) for part in path.parts)


def _from_path(path: Path, key: str, origin: str, known: Known) -> Iterator[Source]:
    name = path.name.lower()
    try:
        if name.endswith(".zip"):
            yield from _packed(key, origin, zip_members(path))
        elif name.endswith(_TARS):
            yield from _packed(key, origin, _tar_members(path))
        elif name.endswith(".jsonl"):
            yield from _from_jsonl(path, key, origin)
        elif name.endswith(URL_LIST):
            yield from _from_urls(read_urls(decode(_bytes(path), path.name), path.name), origin, known)
        else:
            yield from_file(path, key, Facts(), origin)
    except GongwenError as error:
        yield Source(key, _readable(path.name), origin=origin, problem=str(error))


def from_file(path: Path, key: str, facts: Facts, origin: str = "") -> Source:
    """A file as a source."""
    try:
        parser_for(path.name)
        return Source(key, _readable(path.name), _bytes(path), facts, origin=origin)
    except BadInput as error:
        return Source(key, _readable(path.name), facts=facts, origin=origin, problem=str(error))


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise BadInput(f"{path}: not a regular file")
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    if len(raw) > LARGEST_FILE:
        raise BadInput(f"{path}: larger than {LARGEST_FILE:,} bytes: split it")
    return raw


# packed folders


def _packed(key: str, origin: str, members: Iterator[tuple[str, bytes]]) -> Iterator[Source]:
    for name, raw in members:
        path = Path(name)
        if _is_hidden(path):
            continue
        try:
            parser_for(path.name)
            yield Source(f"{key}!/{name}", path.name, raw, origin=origin)
        except BadInput as error:
            yield Source(f"{key}!/{name}", path.name, origin=origin, problem=str(error))


def _tar_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the files in a tar, read as a stream; bounded in members and unpacked bytes."""
    total = 0
    try:
        with tarfile.open(path, "r|*", encoding="utf-8", errors="surrogateescape") as tar:
            for count, member in enumerate(tar):
                total += member.size
                if count >= MOST_MEMBERS or total > LARGEST_PACKED:
                    limits = f"{MOST_MEMBERS:,} files or {LARGEST_PACKED:,} bytes"
                    raise BadInput(f"{path.name}: unpacks to more than {limits}: split it")
                if member.isfile() and member.size > LARGEST_FILE:
                    raise BadInput(f"{path.name}: {member.name} has more than {LARGEST_FILE:,} bytes: split it")
                if member.isfile() and (file := tar.extractfile(member)):
                    yield _readable(member.name), file.read()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BadInput(f"{path.name}: cannot be unpacked ({error}); pack it again") from error
    except Exception as error:
        if type(error).__name__ in ("LZMAError", "error"):  # zlib and lzma have errors of their own
            raise BadInput(f"{path.name}: cannot be unpacked ({error}); pack it again") from error
        raise


def _readable(name: str) -> str:
    """A name as text; old systems wrote them in GBK."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


# ready texts, addresses, catalogues


def _from_jsonl(path: Path, key: str, origin: str) -> Iterator[Source]:
    for count, line in enumerate(decode(_bytes(path), path.name).split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = _ReadyEntry.model_validate(json.loads(line))
        except (ValueError, RecursionError) as error:
            yield Source(
                f"{key}:{count}", path.name, origin=origin, problem=f"{path.name}, line {count}: {_first(error)}"
            )
            continue
        raw = entry.text.encode("utf-8", "replace")
        yield Source(entry.source, f"{entry.source[-80:]}{READY}", raw, entry.facts(), origin=origin)


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _from_urls(urls: list[str], origin: str, known: Known) -> Iterator[Source]:
    with Fetcher() as fetcher:
        for url in urls:
            try:
                found = fetcher.get(url, known(url))
            except GongwenError as error:
                yield Source(url, url, origin=origin, problem=str(error))
                continue
            if found.raw is None:
                yield Source(url, found.name, origin=origin, same=True)
            else:
                yield Source(
                    url, found.name, found.raw, charset=found.charset, origin=origin, validators=found.validators
                )


def _from_catalogue(path: Path, origin: str) -> Iterator[Source]:
    catalogue = _read_catalogue(path)
    folder = path.resolve().parent
    files = [(entry, _beside(path, folder, entry.path)) for entry in catalogue.file]
    keys = [entry.source or _key(file) for entry, file in files]
    if len(set(keys)) < len(keys):
        raise BadInput(f"{path}: names a file or a source twice")
    if catalogue.laws and catalogue.laws.package != PACKAGE:
        raise BadInput(f"{path}: laws come from {PACKAGE}, not from {catalogue.laws.package}")
    for key, (entry, file) in zip(keys, files, strict=True):
        yield from_file(file, key, entry.facts(), origin)
    if catalogue.laws:
        for law in read_laws(catalogue.laws.names):
            yield _from_law(law, catalogue.laws.collection, origin)


def _read_catalogue(path: Path) -> _Catalogue:
    try:
        return _Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise BadInput(f"{path}: {_first(error)}") from error
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


def _from_law(law: Law, collection: str, origin: str) -> Source:
    facts = Facts(law.name, law.issuer, "", law.version_on, PACKAGE, collection)
    return Source(f"{PACKAGE}/{law.name}", f"{law.name}{READY}", law.text.encode(), facts, origin=origin)


assert {f.name for f in fields(Facts)} >= set(_FactsEntry.model_fields)
