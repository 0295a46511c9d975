"""What a reader of a file format hands on: the paragraphs of a document in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_RAISED = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")

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


def joined(lines: Iterable[str]) -> str:
    """Lines that were only broken for their length; a blank between them where letters or digits would touch."""
    text = ""
    for line in (line.strip() for line in lines):
        touch = text[-1:].isascii() and text[-1:].isalnum() and line[:1].isascii() and line[:1].isalnum()
        text += f" {line}" if touch else line
    return text


def raised(text: str) -> str:
    """Superscript digits as characters, so that 86人¹ and 10⁸ do not become 86人1 and 108."""
    return text.translate(_RAISED) if re.fullmatch(r"[0-9+\-−()n]+", text) else text


def is_red(red: float, green: float, blue: float) -> bool:
    """Whether a colour (0 to 255) is the red of a letterhead (GB/T 9704-2012 §7.2.4)."""
    return red > 150 and green < 90 and blue < 90
