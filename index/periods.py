"""The years that a sentence speaks of."""

from __future__ import annotations

from archive.figures import dates_in
from archive.types import Document, Section, Span


def years_of(document: Document, section: Section, sentence: Span) -> frozenset[int]:
    """The nearest years printed: in the sentence, its headings, the title; else the year of issue; empty for none."""
    for stretch in (sentence.of(document.text), "".join(section.path), document.title):
        if years := frozenset(d.year for d in dates_in(stretch, Span(0, len(stretch)))):
            return years
    return frozenset([document.issued_on.year]) if document.issued_on else frozenset()
