"""The nouns of the archive. Offsets are Unicode code points of the canonical text, half-open."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal


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

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


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
class Relation:
    """What a document does to another one: `repeals` or `amends` it, or is `amended_by` it."""

    kind: Literal["repeals", "amends", "amended_by"]
    title: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document beside its text; empty where it is not.

    `issuer` joins those of a joint notice by 、, `number` is the 文号 with 〔〕 and half-width figures,
    `issued_on` the 成文日期 (else the day it was published), `effective_on` the 施行日期, `publisher` the printed
    来源, `index_number` the 索引号, `category` the 主题分类.
    """

    title: str = ""
    issuer: str = ""
    number: str = ""
    issued_on: date | None = None
    publisher: str = ""
    collection: str = ""
    effective_on: date | None = None
    index_number: str = ""
    category: str = ""
    relations: tuple[Relation, ...] = ()

    def over(self, others: Facts) -> Facts:
        """These facts, and where they are empty, the others."""
        return Facts(*(getattr(self, f.name) or getattr(others, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Document:
    """One revision of one document.

    `id` is stable for a source, `revision` is a hash of the canonical text and the facts, `source` is the key the
    document was read from (a path, a URL, `package/name`). The facts are those of `Facts`. `pages` says where the
    pages of a paged format begin: (offset, page number from 1).
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
    effective_on: date | None = None
    index_number: str = ""
    category: str = ""
    relations: tuple[Relation, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()

    def page_of(self, offset: int) -> int:
        """The page a character stands on, from 1; 0 for formats without pages."""
        at = bisect_right(self.pages, (offset, 1 << 30))
        return self.pages[at - 1][1] if at else 0
