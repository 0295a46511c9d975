"""Passages: stretches of one section, cut at sentence ends, never across a heading."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from archive.figures import Figure
from archive.structure import is_article, leads_to_article
from archive.text import clauses, sentences
from archive.types import Document, Section, Span
from index.types import Passage

CHUNKER_VERSION = "8"
_ITEM = 80


@dataclass(frozen=True, slots=True)
class Lengths:
    """In characters: up to `target` sentences are joined, and nothing is longer than `longest`."""

    target: int
    longest: int


PASSAGE = Lengths(240, 300)
PIECE = Lengths(80, 120)


def passages(document: Document, lengths: Lengths = PASSAGE) -> Iterator[tuple[int, Passage]]:
    """(section number, passage) for every passage of a document, in order.

    A passage keeps to one section, except that a section with all below it is one passage when it fits in one, and
    that short items stay with their neighbours: a list is one thought. An article of a law keeps to itself: it is what
    people cite. The number and the path are those of the first
    section then. Every sentence is in exactly one passage, except a title and headings without a body of their own,
    which passages carry as title and path.
    """
    at = 0
    while at < len(document.sections):
        after = _end_of_stretch(document, at, lengths.longest)
        for span in _spans(document, at, after, lengths):
            yield at, Passage(document.id, document.revision, span, document.sections[at].path)
        at = after


def encoded_text(document: Document, passage: Passage) -> str:
    """What the encoder reads: title and headings as context, then the passage. An article of a law is read without the
    names of its chapters, which say little of it (总则, 一般规定)."""
    above = [] if leads_to_article(passage.path) else _above(document, passage)
    return "\n".join([*_title(document, passage), *above, passage.span.of(document.text)])


def lexical_text(document: Document, passage: Passage) -> str:
    """What the lexical leg reads: title, headings and passage, and the title once more, for it says what all of the
    passage is about."""
    context = [*_title(document, passage), *_above(document, passage)]
    return "\n".join([*context, passage.span.of(document.text), document.title])


def headings(document: Document, at: int, passage: Passage) -> tuple[str, ...]:
    """All headings that a passage stands under; `at` is the number that `passages` gave with it.

    A passage of a long list begins in a later section than that, and stands under none of those before it.
    """
    start, end = passage.span.start, passage.span.end
    first = max(at, bisect_right(document.sections, start, key=lambda section: section.span.start) - 1)
    covered = takewhile(lambda section: section.span.start < end, islice(document.sections, first, None))
    return tuple(dict.fromkeys(label for section in covered for label in section.path))


def pieces(document: Document, passage: Passage, lengths: Lengths = PIECE) -> list[Span]:
    """The sentences of a passage, short ones joined, which are embedded by themselves beside it (without title and
    path); none for a passage that is no longer than a piece."""
    if passage.span.end - passage.span.start <= lengths.longest:
        return []
    found = _cut(document.text, list(sentences(document.text, passage.span)), lengths)
    return found if len(found) > 1 else []


def _title(document: Document, passage: Passage) -> list[str]:
    """The title, unless the passage begins with it."""
    return [] if document.text.startswith(document.title, passage.span.start) else [document.title]


def _above(document: Document, passage: Passage) -> list[str]:
    """The headings above, less one that the passage begins with; on one line."""
    found = (label for label in passage.path if not document.text.startswith(label, passage.span.start))
    return list(filter(None, [" ".join(found)]))


def own_clause(section: Section, figure: Figure) -> Span:
    """The words of a figure's clause, less an article's number (第十二条) before them."""
    start = figure.before.start
    if section.path and section.path[-1].endswith("条"):
        start = max(start, min(section.heading.end, figure.span.start))
    return Span(start, figure.after.end)


def _end_of_stretch(document: Document, at: int, longest: int) -> int:
    """The number after that of the last section which is cut together with section `at`."""
    sections = document.sections
    below = _end_of_subtree(sections, at)
    short = sections[below - 1].span.end - sections[at].span.start <= longest
    if short and not any(map(is_article, sections[at + 1 : below])):
        return below
    after = at + 1
    if _is_title(document, sections[at]):
        return after
    while after < below and sections[after].level == sections[at].level + 1 and _is_item(sections, after):
        after += 1
    return after


def _end_of_subtree(sections: Sequence[Section], at: int) -> int:
    level = sections[at].level
    return next((n for n in range(at + 1, len(sections)) if sections[n].level <= level), len(sections))


def _is_item(sections: Sequence[Section], at: int) -> bool:
    """Whether a section is short, has none below it, and is no article."""
    span = sections[at].span
    return span.end - span.start < _ITEM and not is_article(sections[at]) and _end_of_subtree(sections, at) == at + 1


def _is_title(document: Document, section: Section) -> bool:
    """Whether a section is the document's title and nothing else."""
    text = section.span.of(document.text)
    return not section.level and text.startswith(document.title) and not text[len(document.title) :].strip()


def _spans(document: Document, at: int, after: int, lengths: Lengths) -> list[Span]:
    """Where the passages of the sections from `at` to before `after` lie."""
    text, section = document.text, document.sections[at]
    span = Span(section.span.start, document.sections[after - 1].span.end)
    if after == at + 1 < len(document.sections) and _is_title(document, section):
        return []
    if section.level and after == at + 1 < _end_of_subtree(document.sections, at) and _is_bare(text, section):
        return []
    found = list(sentences(text, span))
    if found and found[-1].end - found[0].start <= lengths.longest and after > at + 1:
        return [Span(found[0].start, found[-1].end)]
    return _cut(text, found, lengths)


def _is_bare(text: str, section: Section) -> bool:
    """Whether a section is a heading and nothing else."""
    return not section.body.of(text).strip()


def _cut(text: str, found: list[Span], lengths: Lengths) -> list[Span]:
    return pack(text, [piece for sentence in found for piece in _shorten(text, sentence, lengths)], lengths)


def _shorten(text: str, sentence: Span, lengths: Lengths) -> Iterator[Span]:
    """A sentence that is too long is cut at clause ends; a clause that is too long, by length."""
    if sentence.end - sentence.start <= lengths.longest:
        yield sentence
        return
    for packed in pack(text, list(clauses(text, sentence)), lengths):
        for start in range(packed.start, packed.end, lengths.longest):
            yield Span(start, min(start + lengths.longest, packed.end))


def pack(text: str, parts: list[Span], lengths: Lengths = PASSAGE) -> list[Span]:
    """Join neighbours up to the target length; a short rest joins what stands before it."""
    packed: list[Span] = []
    for part in parts:
        if packed and part.end - packed[-1].start <= lengths.target:
            packed[-1] = Span(packed[-1].start, part.end)
        else:
            packed.append(part)
    if len(packed) > 1 and packed[-1].end - packed[-1].start < lengths.target // 4:
        last = packed.pop()
        if last.end - packed[-1].start <= lengths.longest:
            packed[-1] = Span(packed[-1].start, last.end)
        else:
            packed.append(last)
    return packed
