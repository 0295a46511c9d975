"""Canonical text, and where its sentences and clauses lie."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from archive.types import Span

CANONICAL_VERSION = "1"

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SENTENCE = re.compile(r"[^。！？!?\n]*(?:[。！？!?]+[”’』」）)》]*|\n|$)")
_CLAUSE = re.compile(r"(?:[^，,。；;！？!?：:\n]|(?<=\d)[,:：](?=\d))*(?:[，,。；;！？!?：:\n]+[”’』」）)》]*|$)")
_FOLD = {ord(c): c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {
    full: chr(full - 0xFEE0).lower() for full in range(0xFF01, 0xFF5F)
}


def canonical(text: str) -> str:
    """Normalise once, before any offset exists: NFC, one kind of line end and of blank, no empty
    lines, nothing invisible. Widths and brackets stay as printed. Idempotent."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    text = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    lines = (line.strip(" ") for line in text.split("\n"))
    return unicodedata.normalize("NFC", "\n".join(line for line in lines if line))


def fold(text: str) -> str:
    """Full width to half width and lower case, one character for one, so offsets stay."""
    return text.translate(_FOLD)


def _pieces(pattern: re.Pattern[str], text: str, within: Span) -> Iterator[Span]:
    at = within.start
    while at < within.end:
        match = pattern.match(text, at, within.end)
        end = max(match.end() if match else at + 1, at + 1)
        start, stop = at, end
        while start < stop and text[start].isspace():
            start += 1
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        if start < stop:
            yield Span(start, stop)
        at = end


def sentences(text: str, within: Span) -> Iterator[Span]:
    """Sentences (up to 。！？ or the line's end, closing quotes included) of a stretch of the text."""
    return _pieces(_SENTENCE, text, within)


def clauses(text: str, within: Span) -> Iterator[Span]:
    """Clauses (up to ，；： or a sentence end) of a stretch of the text."""
    return _pieces(_CLAUSE, text, within)
