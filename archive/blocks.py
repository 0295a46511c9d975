"""What a reader of a file format hands on: the paragraphs of a document in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["text", "title", "heading", "row", "note"]


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, table row or footnote; its text may still hold blanks, but no line end.

    `page` counts from 1 and is 0 where the format has no pages. `level` is a heading's depth from 1,
    else 0. A row's cells are joined by ` | `.
    """

    text: str
    role: Role = "text"
    level: int = 0
    page: int = 0
