"""What stands around a sentence: its headings, the words beside it, its document's title, head and end, with what
finding a concept there is worth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from archive.figures import Figure, dates_in
from archive.types import Document, Section, Span
from index.evidence import Context, context
from index.mentions import Mention, names_a_place
from index.names import organ
from index.places import mostly_spoken_of
from index.read_passages import ReadPassage
from index.search import FigureHit
from index.types import Passage
from index.words import squash

# What finding a concept is worth, from the figure outwards.
_NEAR, _CLAUSE, SENTENCE, _PATH, _AROUND, _TITLE = 1.0, 0.9, 0.7, 0.55, 0.4, 0.5
_REACH = 10
_AROUND_REACH = 200
_BEGINNING = 5000
_HEAD = 1000
_SIGNED = 200
_TITLE_NAMED = re.compile(r"《[^》]*》?")
_CORPS = "新疆生产建设兵团"
_THIS_TEXT = re.compile(r"本(?:法|条例|办法|规定|细则|通知|报告|决定)")


@dataclass(frozen=True, slots=True)
class Around:
    """A sentence of a document with the passage it was found by and, where there is a reader, what that was read as."""

    document: Document
    section: Section
    sentence: Span
    passage: Passage
    read: ReadPassage | None


def of_figure(hit: FigureHit) -> Around:
    """What a figure stands in, before its passage is known."""
    whole = Passage(hit.document.id, hit.document.revision, hit.section.span, hit.section.path)
    return Around(hit.document, hit.section, hit.sentence, whole, None)


def section_at(document: Document, at: int) -> Section:
    """The section of a document that an offset lies in."""
    return next(s for s in document.sections if s.span.start <= at < s.span.end)


def stripped(around: Around) -> str:
    """The sentence without blanks at its ends."""
    return around.sentence.of(around.document.text).strip()


def own_contexts(text: str, figure: Figure) -> list[Context]:
    """The figure's own clause. After 、 the figure stands in a list, and the words before
    belong to another; what a 《title》 after it says is not what it counts."""
    before, after = figure.before.of(text), _TITLE_NAMED.sub("", figure.after.of(text))
    in_list = before.rstrip().endswith("、") and len(after) > 1
    near = after[:_REACH] if in_list else before[-_REACH:] + "|" + after[:_REACH]
    return [context(near, _NEAR), context(after if in_list else before + figure.unit + after, _CLAUSE)]


def stretches(around: Around) -> tuple[str, ...]:
    """Title, issuer, headings, and up to 200 characters on both sides of the sentence within its section."""
    section, document = around.section, around.document
    start = max(section.span.start, around.sentence.start - _AROUND_REACH)
    stretch = Span(start, min(section.span.end, around.sentence.end + _AROUND_REACH))
    return document.title, document.issuer, "".join(around.section.path), stretch.of(document.text)


def stands_near(place: Mention, around: Around) -> bool:
    """Whether a place stands in one of the stretches."""
    return any(place.stands_in(stretch) for stretch in stretches(around))


@lru_cache(maxsize=64)
def comparable(text: str) -> str:
    """A text in which bodies can be looked for; a document's is asked for with each of its sentences."""
    return organ(text)


@lru_cache(maxsize=64)
def squashed(text: str) -> str:
    """`squash`, of whole documents and remembered."""
    return squash(text)


def beginning(document: Document) -> str:
    """Title, issuer and the first 5,000 characters."""
    return f"{document.title}\n{document.issuer}\n{document.text[:_BEGINNING]}"


def head_and_end(document: Document) -> str:
    """The first 1,000 characters and the last 200, where it says whose it is."""
    return f"{document.text[:_HEAD]}\n{document.text[-_SIGNED:]}"


@lru_cache(maxsize=64)
def spoken_of_most(text: str) -> frozenset[str]:
    """`mostly_spoken_of`; asked of the same beginnings again and again."""
    return mostly_spoken_of(text)


def is_placeless(document: Document) -> bool:
    """Whether a document names no place where it would say whose it is: in its head, and where it is signed. One that
    is addressed to all provinces names 新疆 only for its corps."""
    text = document.text
    said = "\n".join([document.title, document.issuer, text[:_HEAD], text[-_SIGNED:]])
    return not names_a_place(said.replace(_CORPS, ""))


@lru_cache(maxsize=64)
def years_printed(text: str) -> frozenset[int]:
    """What years a document may be of that is not dated and names none near by."""
    return frozenset(date.year for date in dates_in(text, Span(0, len(text))))


def surroundings(around: Around) -> list[Context]:
    """What stands around a sentence, each with what finding a concept there is worth."""
    document, sentence = around.document, around.sentence
    title, _, path, stretch = stretches(around)
    of_this = _THIS_TEXT.search(sentence.of(document.text))
    return [context(path, _PATH), context(stretch, _AROUND), context(title, 1.0 if of_this else _TITLE)]
