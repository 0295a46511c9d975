"""Folders of files that are made from something else on first use: written aside, checked when opened, made again
when damaged."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from archive.errors import Busy, StoreDamaged

_SUMS = "checksums.json"
_LOCK_SECONDS = 120


def made(folder: Path, version: str, make: Callable[[Path], None]) -> Path:
    """`folder`, made by `make` unless it holds this version whole. Raises StoreDamaged when it cannot be written.

    Several processes may ask at once; one makes it.
    """
    if _is_whole(folder, version):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock"), timeout=_LOCK_SECONDS):
            if not _is_whole(folder, version):
                _replace(folder, version, make)
    except Timeout as error:
        raise Busy(f"another process is making {folder}; wait until it has ended") from error
    except OSError as error:
        raise StoreDamaged(f"{folder}: cannot be written ({error}); free some space or allow writing there") from error
    return folder


def _is_whole(folder: Path, version: str) -> bool:
    try:
        kept = json.loads((folder / _SUMS).read_text(encoding="utf-8"))
        sums: dict[str, str] = kept["files"]
        return kept["version"] == version and all(_sha256(folder / name) == digest for name, digest in sums.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _replace(folder: Path, version: str, make: Callable[[Path], None]) -> None:
    aside, old = (folder.with_name(f"{folder.name}.{state}") for state in ("new", "old"))
    for path in (aside, old):
        shutil.rmtree(path, ignore_errors=True)
    aside.mkdir()
    make(aside)
    sums = {path.name: _sha256(path) for path in sorted(aside.iterdir())}
    (aside / _SUMS).write_text(json.dumps({"version": version, "files": sums}, indent=1), encoding="utf-8")
    for path in [*aside.iterdir(), aside]:
        fsync(path)
    if folder.exists():
        folder.rename(old)
    aside.rename(folder)
    fsync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fsync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
