"""Passages: stretches of one section, cut at sentence ends, never across a heading."""

from __future__ import annotations

from collections.abc import Iterator

from archive.figures import Figure, figures
from archive.text import clauses, sentences
from archive.types import Document, Section, Span
from index.types import Passage

CHUNKER_VERSION = "1"
TARGET = 240
LONGEST = 300
_SHORTEST = 60


def passages(document: Document) -> Iterator[tuple[int, Passage]]:
    """(section number, passage) for every passage of a document, in order.

    Every sentence is in exactly one passage, except the title's line and headings without a body of
    their own, which passages carry as title and path.
    """
    following = [*document.sections[1:], None]
    for at, (section, after) in enumerate(zip(document.sections, following, strict=True)):
        for span in _spans(document, section, has_children=after is not None and after.level > section.level):
            yield at, Passage(document.id, document.revision, span, section.path)


def encoded_text(document: Document, passage: Passage) -> str:
    """What the encoder reads: title and path as context, then the passage."""
    heading = passage.span.of(document.text)
    path = [label for label in passage.path if not heading.startswith(label)]
    return "\n".join(filter(None, [document.title, " ".join(path), heading]))


def figure_clauses(document: Document) -> Iterator[tuple[int, Span, str]]:
    """(section number, span, words of its own clause) for every figure of a document, in order."""
    for at, section in enumerate(document.sections):
        for sentence in sentences(document.text, section.span):
            for figure in figures(document.text, sentence):
                yield at, figure.span, own_clause(section, figure).of(document.text).strip()


def own_clause(section: Section, figure: Figure) -> Span:
    """The words of a figure's clause, less an article's number (第十二条) before them."""
    start = figure.before.start
    if section.path and section.path[-1].endswith("条"):
        start = max(start, min(section.heading.end, figure.span.start))
    return Span(start, figure.after.end)


def _spans(document: Document, section: Section, has_children: bool) -> list[Span]:
    text = document.text
    span = section.span
    if section.level == 0 and text.startswith(document.title):
        span = Span(min(len(document.title), span.end), span.end)
    elif has_children and not section.body.of(text).strip():
        return []
    return pack(text, [piece for sentence in sentences(text, span) for piece in _shorten(text, sentence)])


def _shorten(text: str, sentence: Span) -> Iterator[Span]:
    """A sentence that is too long is cut at clause ends; a clause that is too long, by length."""
    if sentence.end - sentence.start <= LONGEST:
        yield sentence
        return
    for packed in pack(text, list(clauses(text, sentence))):
        for start in range(packed.start, packed.end, LONGEST):
            yield Span(start, min(start + LONGEST, packed.end))


def pack(text: str, pieces: list[Span]) -> list[Span]:
    """Join neighbours up to the target length; a short rest joins the passage before it."""
    packed: list[Span] = []
    for piece in pieces:
        if packed and piece.end - packed[-1].start <= TARGET:
            packed[-1] = Span(packed[-1].start, piece.end)
        else:
            packed.append(piece)
    if len(packed) > 1 and packed[-1].end - packed[-1].start < _SHORTEST:
        last = packed.pop()
        if last.end - packed[-1].start <= LONGEST:
            packed[-1] = Span(packed[-1].start, last.end)
        else:
            packed.append(last)
    return packed
