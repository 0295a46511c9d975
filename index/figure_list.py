"""The figures of an archive that count one thing, over documents and years."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.errors import BadInput
from archive.figures import Figure
from archive.text import canonical, sentences
from archive.types import Document, Section, Span
from index.periods import years_of
from index.search import Searcher
from index.subjects import subjects
from index.types import Citation, Filters, cite
from index.words import is_han, squash

_LEAST_TRUST = 0.5
_SCOPE = re.compile("^(?:[全我本][国省市区县局州校镇乡旗盟厅院疆系统]+|各类?|现有)")
_BETWEEN_WORDS = re.compile(r"[\s,，、;；]+")

Ideas = list[list[str]]


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
) -> FigureList:
    """The figures whose subject holds one of the words `about` at least, and whose sentence, headings or title hold the
    others; Chinese words are separated by blanks, English ones are looked for by their Chinese words.

    Raises BadInput when no word is left to look for.
    """
    ideas = _ideas(searcher, about)
    if not ideas:
        raise BadInput(f"{about[:40]!r} holds no word to look for; say what is counted, as 公职律师 or lawyers")
    places, more = searcher.figures_beside(ideas, filters)
    rows = [
        row
        for row in _rows(places)
        if _is_meant(row, ideas)
        and unit in ("", row.figure.unit)
        and (years is None or any(year in years for year in row.years))
    ]
    rows.sort(key=lambda row: (_distance(row, ideas), row.years, row.document.id, row.figure.span.start))
    return FigureList(tuple(rows[:limit]), more or len(rows) > limit)


def _ideas(searcher: Searcher, about: str) -> Ideas:
    """What to look for: the words that may stand for each idea."""
    if is_han(about):
        return [[word] for part in _BETWEEN_WORDS.split(canonical(about)) if (word := squash(part))]
    found = searcher.understand(about).concepts
    return [words for c in found if (words := [squash(word) for word, trust in c.words if trust >= _LEAST_TRUST])]


def _rows(places: Sequence[tuple[Document, Section, Span]]) -> Iterator[FigureRow]:
    """Each sentence is read once, for all of its figures that were found."""
    wanted: dict[tuple[str, Span], tuple[Document, Section, set[Span]]] = {}
    for document, section, span in places:
        sentence = next(s for s in sentences(document.text, section.span) if s.covers(span))
        wanted.setdefault((document.id, sentence), (document, section, set()))[2].add(span)
    for (_, sentence), (document, section, spans) in wanted.items():
        years = tuple(sorted(years_of(document, section, sentence)))
        for figure, subject in subjects(document.text, sentence):
            if subject and figure.span in spans:
                yield FigureRow(document, section, figure, subject, years, cite(document, sentence))


def _is_meant(row: FigureRow, ideas: Ideas) -> bool:
    subject = squash(row.counted)
    around = squash("".join((row.citation.quote, *row.section.path, row.document.title, row.document.issuer)))
    in_subject = [any(word in subject for word in words) for words in ideas]
    return any(in_subject) and all(
        inside or any(word in around for word in words) for inside, words in zip(in_subject, ideas, strict=True)
    )


def _distance(row: FigureRow, ideas: Ideas) -> int:
    """0 when the subject is what was asked for, 1 when it is a kind of it (the last word says what it is), else 2."""
    subject = _SCOPE.sub("", squash(row.counted))
    said = [word for words in ideas for word in words if word in subject]
    return 0 if subject in said else 1 if subject.endswith(tuple(said)) else 2
