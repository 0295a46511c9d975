"""SHA-256 of files, without reading again those that have not been written to since."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def sha256(path: Path) -> str:
    """The checksum of a file in hex; "" when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


class Checksums:
    """Remembers the checksum of each file by its number on the disk, its size and the time it was last written to.

    A file that rots on the disk looks unchanged: who wants to know reads it with `sha256`.
    """

    def __init__(self, kept: Path) -> None:
        """What was kept in this file; nothing when it is missing or damaged."""
        self._kept = kept
        self._before: dict[str, list[object]] = {}
        self._met: dict[str, list[object]] = {}
        try:
            before = json.loads(kept.read_text(encoding="ascii"))
            self._before = {str(key): [*facts] for key, facts in before.items()}
        except (OSError, ValueError, AttributeError, TypeError, RecursionError):
            pass

    def of(self, path: Path) -> str:
        """The checksum of a file in hex; "" when it cannot be read."""
        try:
            status = path.stat()
        except OSError:
            return ""
        key, facts = f"{status.st_dev}:{status.st_ino}", [status.st_size, status.st_mtime_ns]
        found = self._met.get(key) or self._before.get(key)
        if not found or found[:-1] != facts:
            found = [*facts, sha256(path)]
        self._met[key] = found
        return str(found[-1])

    def keep(self) -> None:
        """For the next time: the checksums of all files that were asked for."""
        self._kept.write_text(json.dumps(self._met), encoding="ascii")
