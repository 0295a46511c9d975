"""The nouns of the archive. Offsets are Unicode code points of the canonical text, half-open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Span:
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}-{self.end}")

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text up to the next heading; the sections of a document partition its text.

    `path` holds the labels from the top down to this heading, `level` counts them.
    """

    path: tuple[str, ...]
    heading: Span
    body: Span
    level: int

    @property
    def span(self) -> Span:
        return Span(self.heading.start, self.body.end)


@dataclass(frozen=True, slots=True)
class Document:
    """One revision of one document.

    `id` is stable for a source, `revision` is a hash of the canonical text and the facts, `source` is the key the
    document was read from (a path, a URL, `package/name`), `publisher` is the printed 来源.
    """

    id: str
    revision: str
    title: str
    text: str
    sections: tuple[Section, ...]
    issuer: str = ""
    number: str = ""
    issued_on: date | None = None
    source: str = ""
    publisher: str = ""
    collection: str = ""
