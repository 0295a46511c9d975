"""Models in folders: which one is it."""

from __future__ import annotations

import hashlib
from pathlib import Path


def fingerprint_of(name: str) -> str:
    """The SHA-256 of a folder's files, or the name itself for a model of the local cache."""
    folder = Path(name)
    if not folder.is_dir():
        return name
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
