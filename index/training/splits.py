"""Which part of a judged set is for training and which for reporting."""

from __future__ import annotations

import hashlib
from typing import Literal

Part = Literal["train", "report"]
_REPORTED = 3


def part_of(key: str) -> Part:
    """One third of all keys is kept for reporting, by the SHA-256 of the key, so that it never moves.

    The key names what may not stand in both parts: a paragraph, a document or a question (`xquad:p0`).
    """
    digest = hashlib.sha256(key.encode("utf-8")).digest()
    return "report" if int.from_bytes(digest[:8]) % _REPORTED == 0 else "train"
