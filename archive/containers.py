"""ZIP files and the XML in them, read within limits: .docx, .ofd and packed documents come from anywhere.

What a ZIP header says of sizes is not believed; the bytes that really come out are counted.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from archive.errors import BadInput

MOST_MEMBERS = 10_000
LARGEST_MEMBER = 64 * 1024 * 1024
LARGEST_TOTAL = 512 * 1024 * 1024
MOST_RATIO = 200

_LARGEST_DIRECTORY = 4 * 1024 * 1024
_RATIO_COUNTS_FROM = 1024 * 1024
_CHUNK = 64 * 1024
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8_NAME = 0x800
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError, ValueError,
           RuntimeError, LookupError, OverflowError)  # fmt: skip
_AGAIN = "get the file again or pack it again"
_MARKUP = (b"<!DOCTYPE", b"<!ENTITY")


class Container:
    """A ZIP file, open for reading; `names` are the normalised paths of its files, in order.

    Of two members with one name the later counts. Every byte read counts against LARGEST_TOTAL.
    """

    def __init__(self, source: bytes | Path, name: str) -> None:
        self._name = name
        self._total = 0
        self._file: Any = None
        try:
            self._file = _bounded(source)
            self._zip = zipfile.ZipFile(self._file)
            self._members = self._listed()
        except (BadInput, *_DAMAGE) as error:
            self.close()
            if isinstance(error, BadInput):
                raise
            raise BadInput(f"{name}: no ZIP file that can be read ({_said(error)}); {_AGAIN}") from error
        self._folded = {path.casefold(): path for path in self._members}

    def __enter__(self) -> Container:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def find(self, path: str) -> str | None:
        """The member at a path, whatever the case it is written in."""
        path = posixpath.normpath(path.replace("\\", "/")).lstrip("/")
        return path if path in self._members else self._folded.get(path.casefold())

    def read(self, path: str) -> bytes:
        """The bytes of a member. Raises BadInput when it is missing, damaged, encrypted or too large."""
        found = self.find(path)
        if found is None:
            raise BadInput(f"{self._name}: {path} is missing in it; {_AGAIN}")
        info = self._members[found]
        self._check(info, found)
        try:
            return b"".join(self._chunks(info, found))
        except _DAMAGE as error:
            raise BadInput(f"{self._name}: {found} in it is damaged ({_said(error)}); {_AGAIN}") from error

    def _listed(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MOST_MEMBERS:
            raise BadInput(f"{self._name}: {len(infos):,} files in it; the most taken are {MOST_MEMBERS:,}: split it")
        named = [(_real_name(info), info) for info in infos]
        return {_normal(path, self._name): info for path, info in named if path.strip("./\\") and path[-1] not in "/\\"}

    def _check(self, info: zipfile.ZipInfo, path: str) -> None:
        if info.flag_bits & _ENCRYPTED:
            raise BadInput(f"{self._name}: {path} in it is encrypted; save it without a password")
        if info.compress_type not in _METHODS:
            raise BadInput(
                f"{self._name}: {path} in it is packed in a rare way; pack it again as ordinary ZIP (deflate)"
            )
        self._bound(info, path, info.file_size, self._total + info.file_size)

    def _chunks(self, info: zipfile.ZipInfo, path: str) -> Iterator[bytes]:
        size = 0
        with self._zip.open(info) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                self._total += len(chunk)
                self._bound(info, path, size, self._total)
                yield chunk

    def _bound(self, info: zipfile.ZipInfo, path: str, size: int, total: int) -> None:
        if size > LARGEST_MEMBER or total > LARGEST_TOTAL:
            raise BadInput(
                f"{self._name}: unpacks to more than {LARGEST_MEMBER:,} bytes in one file or {LARGEST_TOTAL:,} in all "
                f"(at {path}): split it"
            )
        if size > _RATIO_COUNTS_FROM and size > MOST_RATIO * max(info.compress_size, 1):
            raise BadInput(f"{self._name}: {path} unpacks to over {MOST_RATIO} times its size, like a bomb; {_AGAIN}")


def zip_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the files in a ZIP file on disk."""
    with Container(path, path.name) as container:
        for name in container.names:
            yield name, container.read(name)


class _Bytes(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(_bearable(size))


class _File(io.FileIO):
    def read(self, size: int | None = -1, /) -> Any:
        return super().read(_bearable(size))


def _bearable(size: int | None) -> int | None:
    # zipfile reads the whole directory at once and makes an object per entry before anybody can count
    if size is not None and size > _LARGEST_DIRECTORY:
        raise zipfile.BadZipFile(f"its directory has {size:,} bytes")
    return size


def _bounded(source: bytes | Path) -> Any:
    return _File(source) if isinstance(source, Path) else _Bytes(source)


def _said(error: BaseException) -> str:
    return str(error)[:200] or type(error).__name__


def _real_name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the UTF-8 flag zipfile takes cp437, but Chinese packers write GBK."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _normal(path: str, name: str) -> str:
    """A member's path with / and without . and ..; raises BadInput for one that leads out of the container."""
    path = posixpath.normpath(path.partition("\0")[0].replace("\\", "/").lstrip("/"))
    if path == ".." or path.startswith("../"):
        raise BadInput(f"{name}: the file name {path[:80]!r} in it leads out of it; pack it again")
    return path


def resolved(location: str, folder: str, name: str) -> str:
    """The path a part in `folder` means by `location`: from the container's root after a /, else from its folder."""
    location = location.strip().replace("\\", "/")
    return _normal(location if location.startswith("/") else posixpath.join(folder, location), name)


def parse_xml(raw: bytes, name: str) -> Any:
    """The root element of an XML part, without comments; nothing is expanded, fetched or repaired."""
    from lxml import etree

    if any(mark in raw.replace(b"\0", b"") for mark in _MARKUP):
        raise BadInput(f"{name}: declares a document type or entities, which no document needs; save it again")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise BadInput(f"{name}: damaged XML ({_said(error)}); get the file again or save it again") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadInput(f"{name}: declares a document type, which no document needs; save it again")
    return root
