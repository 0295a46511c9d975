"""The figures of an archive that count one thing, over documents and years."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from archive.errors import BadInput
from archive.figures import Figure
from archive.text import canonical
from archive.types import Document, Section, Span
from index.search import FigureHit, Searcher
from index.types import Citation, Filters, cite
from index.words import is_han, squash

_LEAST_TRUST = 0.5
_SCOPE = re.compile("^(?:[全我本][国省市区县局州校镇乡旗盟厅院疆系统]+|各类?|现有)")
_BETWEEN_WORDS = re.compile(r"[\s,，、;；]+")

Ideas = list[list[str]]
Only = Literal["", "levels", "changes"]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure, the stretch that says what it counts, the years it is about, and the sentence it stands in."""

    document: Document
    section: Section
    figure: Figure
    subject: Span
    years: tuple[int, ...]
    citation: Citation

    @property
    def printed(self) -> str:
        return self.figure.span.of(self.document.text)

    @property
    def counted(self) -> str:
        return self.subject.of(self.document.text)


@dataclass(frozen=True, slots=True)
class FigureList:
    """Rows by how exactly they count what was asked for, then by year; `more` says that there may be others, because
    the words stand in more passages than were read or there are more rows than were wanted."""

    rows: tuple[FigureRow, ...]
    more: bool


def figure_list(
    searcher: Searcher,
    about: str,
    filters: Filters | None = None,
    unit: str = "",
    years: range | None = None,
    limit: int = 100,
    only: Only = "",
) -> FigureList:
    """The figures whose subject holds one of the words `about` at least, and whose sentence, headings or title hold the
    others; Chinese words are separated by blanks, English ones are looked for by their Chinese words. `only` leaves out
    what rose or fell, or all else.

    Raises BadInput when no word is left to look for.
    """
    ideas = _ideas(searcher, about)
    if not ideas:
        raise BadInput(f"{about[:40]!r} holds no word to look for; say what is counted, as 公职律师 or lawyers")
    found, more = searcher.figures_beside(ideas, filters)
    rows = [
        _row(hit, hit.subject)
        for hit in found
        if hit.subject
        and unit in ("", hit.figure.unit)
        and only in ("", _says(hit.figure))
        and (years is None or any(year in years for year in hit.years))
        and _is_meant(hit, hit.subject, ideas)
    ]
    rows.sort(key=lambda row: (_distance(row, ideas), row.years, row.document.id, row.figure.span.start))
    return FigureList(tuple(rows[:limit]), more or len(rows) > limit)


def _ideas(searcher: Searcher, about: str) -> Ideas:
    """What to look for: the words that may stand for each idea."""
    if is_han(about):
        return [[word] for part in _BETWEEN_WORDS.split(canonical(about)) if (word := squash(part))]
    found = searcher.understand(about).concepts
    return [words for c in found if (words := [squash(word) for word, trust in c.words if trust >= _LEAST_TRUST])]


def _row(hit: FigureHit, subject: Span) -> FigureRow:
    return FigureRow(hit.document, hit.section, hit.figure, subject, hit.years, cite(hit.document, hit.sentence))


def _says(figure: Figure) -> Only:
    """Points of a percent are neither: they say how far two figures are apart (高于全国3个百分点)."""
    return "changes" if figure.change else "" if figure.unit.endswith("百分点") else "levels"


def _is_meant(hit: FigureHit, subject: Span, ideas: Ideas) -> bool:
    document, counted = hit.document, squash(subject.of(hit.document.text))
    in_subject = [any(word in counted for word in words) for words in ideas]
    if not any(in_subject):
        return False
    sentence = hit.sentence.of(document.text)
    around = squash("".join((sentence, *hit.section.path, document.title, document.issuer)))
    return all(inside or any(word in around for word in words) for inside, words in zip(in_subject, ideas, strict=True))


def _distance(row: FigureRow, ideas: Ideas) -> int:
    """0 when the subject is what was asked for, 1 when it is a kind of it (the last word says what it is), else 2."""
    subject = _SCOPE.sub("", squash(row.counted))
    said = [word for words in ideas for word in words if word in subject]
    return 0 if subject in said else 1 if subject.endswith(tuple(said)) else 2
