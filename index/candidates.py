"""Candidate answers with what is known of them: figures, dates, and words or sentences that may be what is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from archive.figures import Figure, PrintedDate, dates_in, days_in
from archive.text import fold, sentences
from archive.types import Document, Section, Span
from index.confidence import Features, logistic
from index.contradictions import is_of_another_revision
from index.demands import ASKS_YEAR, asks
from index.enumerations import items
from index.evidence import context, coverage
from index.fitting import Fitting
from index.forms import lacks_form
from index.known import PASSAGES_FOUND, Known
from index.listings import enumerations, is_told_in_clauses, items_asked
from index.marking import headings, marked
from index.questions import Question
from index.read_passages import ReadPassage, read_passages
from index.search import FigureHit, Searcher
from index.spans import SHORT, WHOLE, tidied
from index.surroundings import Around, section_at, stripped
from index.trimming import (
    announced,
    asks_who_does,
    first_sentence,
    parts,
    says_nothing,
    with_what_it_adds_to,
    without_duties,
)
from index.types import Filters, Hit, Passage, Reader
from index.words import squash

_FIGURES_FOUND = 60
_FIGURES_RANKED = 24
_SHORTEST = 2
_WORTH_OF_WORDS = 6.0
_DAY_OF_NO_YEAR, _MONTH_OF_NO_YEAR = 0.6, 0.3
_PASSAGES_READ = 10
_MORE_READ = 2
_TWICE_ANSWERED = 4
_ENUMERATIONS = 2
_PHONE = re.compile(r"[\d（(+][\d\-－—()（）、，,转 ]{4,}")
_LABEL = 16

_AT_LENGTH = ("list", "passage", "definition", "span")
_IN_A_SENTENCE = ("list", "definition")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer: `span` in `sentence` of `document`. `rank` orders candidates of one question; `verified` is
    the verifier's logit, 0 for what it did not hear; `is_enumeration` for items that were found by their form."""

    document: Document
    section: Section
    sentence: Span
    span: Span
    features: Features
    rank: float = 0.0
    figure: Figure | None = None
    subject: Span | None = None
    verified: float = 0.0
    is_enumeration: bool = False

    @property
    def printed(self) -> str:
        return self.span.of(self.document.text)

    @property
    def marked(self) -> str:
        """The words in what stands around them, as a verifier reads them."""
        above = headings(self.document.title, self.section.path)
        return marked(above, self.document.text, self.section.span, self.span)

    @property
    def said(self) -> str:
        """What is the same in candidates that give the same answer."""
        if self.figure:
            return f"{self.figure.value} {self.figure.upper} {self.figure.unit} {self.figure.bound}"
        return squash(self.printed)


class Candidates:
    """The candidates of one question. Every passage is read once."""

    def __init__(self, searcher: Searcher, reader: Reader | None, question: Question, filters: Filters) -> None:
        self.question = question
        self._searcher, self._reader, self._filters = searcher, reader, filters
        self._fitting = Fitting(searcher, question)
        self._known = Known(searcher, question, filters, is_read=reader is not None)
        self._read: dict[str, ReadPassage] = {}
        self._best_scores: dict[str, float] = {}

    def figures(self) -> list[Candidate]:
        """Figures whose unit and period fit the question."""
        found = self._searcher.figures(self.question, _FIGURES_FOUND, self._filters)
        fitting = [self._figure(hit) for hit in found if self._fitting.figure_fits(hit)]
        if not self._reader:
            return fitting
        first = sorted(fitting, key=lambda c: -_likeness(c.features))[:_FIGURES_RANKED]
        return [self._heard(candidate, around) for candidate, around in self._beside(first)]

    def dates(self) -> list[Candidate]:
        """Dates in sentences of the best passages that are not of another year, and months and days without a year
        unless a year is asked for."""
        found = []
        for around in self._sentences(PASSAGES_FOUND if not self._reader else _PASSAGES_READ):
            if not self._fitting.places_fit(around) or not self._fitting.years_fit(around):
                continue
            features = self._known.text_features(around)
            for printed in self._dates_meant(around):
                features = replace(features, unit=printed.precision / 3)
                found.append(self._candidate(around, printed.span, features))
            if not asks(ASKS_YEAR, self.question):
                for is_day, span in days_in(around.document.text, around.sentence):
                    features = replace(features, unit=_DAY_OF_NO_YEAR if is_day else _MONTH_OF_NO_YEAR)
                    found.append(self._candidate(around, span, features))
        return found

    def _dates_meant(self, around: Around) -> Iterator[PrintedDate]:
        """The dates of a sentence that are not of another revision than the one asked for."""
        text, asked = around.document.text, fold(self.question.text)
        found = list(dates_in(text, around.sentence))
        ends = [*(printed.span.start for printed in found[1:]), around.sentence.end]
        for printed, end in zip(found, ends, strict=False):
            if not is_of_another_revision(asked, text[printed.span.end : end]):
                yield printed

    def sentences(self) -> list[Candidate]:
        """Sentences of the best passages that are not of another year."""
        return [
            self._candidate(around, around.sentence, self._known.text_features(around))
            for around in self._sentences(_PASSAGES_READ)
            if self._fitting.years_fit(around) and stripped(around) != around.document.title
        ]

    def words(self) -> list[Candidate]:
        """The words of each of the best passages that answer best, in the manner of the question; of the first of them
        also those of another sentence. Yes and no are said by whole sentences."""
        is_short = self.question.language == "en" or self.question.asked in ("figure", "date", "yesno")
        manner = SHORT if is_short else WHOLE
        found, reads = [], self._best_read()
        for at, read in enumerate(reads):
            best = read.best(self.question.text, manner)
            second = read.second(self.question.text, manner, best[0]) if best and at < _TWICE_ANSWERED else None
            for chosen in (best, second):
                span = self._own_words(read, chosen[0]) if chosen else None
                if span and self._says_something(read.document, span):
                    around = self._around(read, span)
                    if self._fitting.years_fit(around) and self._fitting.may_fit(around):
                        found.append(self._candidate(around, span, self._known.text_features(around)))
        if self.question.asked == "yesno":
            return [replace(candidate, span=candidate.sentence) for candidate in found]
        wants_items = self.question.asked == "list" and not is_told_in_clauses(self.question.text)
        return [*found, *self._enumerated(reads[:_TWICE_ANSWERED], found)] if wants_items else found

    def _enumerated(self, reads: Sequence[ReadPassage], found: Sequence[Candidate]) -> Iterator[Candidate]:
        """Enumerations of passages. What is known of other words of its sentence holds for an enumeration
        too, which a reader mostly takes with more."""
        known = {(candidate.document.id, candidate.span) for candidate in found}
        for read in reads:
            for span in self._listed(read)[:_ENUMERATIONS]:
                around = self._around(read, span)
                is_new = (read.document.id, span) not in known and self._says_something(read.document, span)
                if is_new and self._fitting.years_fit(around) and self._fitting.may_fit(around):
                    own = self._candidate(around, span, self._known.text_features(around))
                    beside = [
                        c.features for c in found if c.document.id == own.document.id and c.sentence == own.sentence
                    ]
                    best = max(beside, key=lambda features: features.margin, default=own.features)
                    yield replace(own, features=best, is_enumeration=True)

    def _listed(self, read: ReadPassage) -> list[Span]:
        """The enumerations of a passage, best first: those of as many items as are asked for, where there are any."""
        text, count = read.document.text, items_asked(self.question.text)
        found = [one for e in enumerations(text, read.passage.span) if (one := read.enumerated(e))]
        found.sort(key=lambda span_and_score: -span_and_score[1])
        spans = [span for span, _ in found]
        return [span for span in spans if len(items(span.of(text))) == count] or spans

    def _says_something(self, document: Document, span: Span) -> bool:
        """Whether words are long enough and of the form asked for, say more than how many there are, and are no
        telephone of another place."""
        words = span.of(document.text)
        is_idle = self.question.asked in _AT_LENGTH and says_nothing(self.question.text, self.question.asked, words)
        label = document.text[max(0, span.start - _LABEL) : span.start]
        is_elsewhere = _PHONE.fullmatch(words) is not None and self._fitting.names_elsewhere(document, label)
        is_fit = len(squash(words)) >= _SHORTEST and not lacks_form(fold(self.question.text), words)
        return is_fit and not is_idle and not is_elsewhere

    def _own_words(self, read: ReadPassage, span: Span) -> Span | None:
        """What the reader chose, less what belongs to another item or only says what follows."""
        text, end = read.document.text, read.passage.span.end
        if self.question.asked in _AT_LENGTH:
            span = max(parts(text, span), key=lambda part: self._answers(read, *part))[0]
            span = span if asks_who_does(self.question.text) else without_duties(text, span)
            sentence = self._around(read, span).sentence
            section = section_at(read.document, sentence.start)
            span = announced(read.document, section, sentence, max(end, section.span.end)) or span
            if self.question.asked == "passage":
                span = with_what_it_adds_to(text, span, sentence)
        if self.question.asked == "span" or (self.question.language == "en" and self.question.asked in _IN_A_SENTENCE):
            span = first_sentence(text, span)
        return tidied(text, span, Span(min(read.passage.span.start, span.start), max(end, span.end)))

    def _answers(self, read: ReadPassage, part: Span, led: Span) -> float:
        """How well a part of what the reader chose answers, and what leads to it says what is asked."""
        said = context(led.of(read.document.text), 1.0)
        return read.score(part) + _WORTH_OF_WORDS * coverage(self.question.concepts, [said])

    def _best_read(self) -> list[ReadPassage]:
        hits = self._searcher.search(self.question, _PASSAGES_READ, self._filters)
        return self._passages_read([(self._document(hit), hit.passage) for hit in hits])

    def _passages_read(self, places: Sequence[tuple[Document, Passage]]) -> list[ReadPassage]:
        assert self._reader
        missing = [place for place in places if place[1].id not in self._read]
        for read in read_passages(self._reader, self.question, missing):
            self._read[read.passage.id] = read
        return [self._read[passage.id] for _, passage in places]

    def _document(self, hit: Hit) -> Document:
        return self._searcher.document(hit.passage.doc_id, hit.passage.revision)

    def _sentences(self, count: int) -> Iterator[Around]:
        """The sentences of the best passages; with a reader they are those it put first, and read."""
        hits = self._searcher.search(self.question, count, self._filters, reread=self._reader is not None)
        places = [(self._document(hit), hit.passage) for hit in hits]
        reads = self._passages_read(places) if self._reader else [None] * len(places)
        for (document, passage), read in zip(places, reads, strict=True):
            for sentence in sentences(document.text, passage.span):
                around = Around(document, section_at(document, sentence.start), sentence, passage, read)
                if self._fitting.may_fit(around):
                    yield around

    def _around(self, read: ReadPassage, span: Span) -> Around:
        found = [
            s for s in sentences(read.document.text, read.passage.span) if s.end > span.start and s.start < span.end
        ]
        sentence = Span(min(found[0].start, span.start), max(found[-1].end, span.end)) if found else span
        return Around(read.document, section_at(read.document, span.start), sentence, read.passage, read)

    def _beside(self, candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, Around]]:
        """Figures with the passages they stand in: those the reader has read for the ranking, and a few more."""
        placed = [(c, passage) for c in candidates if (passage := self._searcher.passage_at(c.document, c.span))]
        self._read_ahead(placed)
        chosen = _in_some(placed, {read.passage.id for read in self._best_read()})
        reads = self._passages_read([(candidate.document, passage) for candidate, passage in chosen])
        for (candidate, passage), read in zip(chosen, reads, strict=True):
            yield candidate, Around(candidate.document, candidate.section, candidate.sentence, passage, read)

    def _read_ahead(self, placed: Sequence[tuple[Candidate, Passage]]) -> None:
        """Has the reader read in one go what ranking and figures will ask it for one after the other, when a core
        would wait for the last of each. It remembers. What is pinned, or ranked deeper, is not foreseen."""
        assert self._reader
        hits = self._searcher.search(self.question, _PASSAGES_READ, self._filters, reread=False)
        places = {hit.passage.id: (self._document(hit), hit.passage) for hit in hits}
        chosen = _in_some(placed, set(places))
        places |= {passage.id: (candidate.document, passage) for candidate, passage in chosen}
        read_passages(self._reader, self.question, list(places.values()))

    def _heard(self, candidate: Candidate, around: Around) -> Candidate:
        features = self._known.with_place(candidate.features, around.passage)
        return replace(candidate, features=self._with_reader(features, around, candidate.span))

    def _with_reader(self, features: Features, around: Around, span: Span) -> Features:
        read = around.read
        if not read:
            return features
        margin = read.score(span)
        lead = self._best_score(read) - margin
        agreed = logistic(margin) * max(features.own, features.said, features.precision)
        behind = max(other.relevance for other in self._read.values()) - read.relevance
        return replace(features, relevance=read.relevance, behind=behind, margin=margin, lead=lead, agreed=agreed)

    def _best_score(self, read: ReadPassage) -> float:
        """The score of the best words of a passage, by what begins and ends there alone."""
        if read.passage.id not in self._best_scores:
            best = read.best(self.question.text, SHORT)
            self._best_scores[read.passage.id] = read.score(best[0] if best else read.passage.span)
        return self._best_scores[read.passage.id]

    def _figure(self, hit: FigureHit) -> Candidate:
        features = self._known.figure_features(hit)
        return Candidate(
            hit.document, hit.section, hit.sentence, hit.span, features, figure=hit.figure, subject=hit.subject
        )

    def _candidate(self, around: Around, span: Span, features: Features) -> Candidate:
        features = self._with_reader(features, around, span)
        return Candidate(around.document, around.section, around.sentence, span, features)


def _in_some(placed: Sequence[tuple[Candidate, Passage]], best: Set[str]) -> list[tuple[Candidate, Passage]]:
    """Candidates of the best passages, and of the few others that come first."""
    more: set[str] = set()
    chosen = []
    for candidate, passage in placed:
        if passage.id in best or passage.id in more or len(more) < _MORE_READ:
            more |= {passage.id} - best
            chosen.append((candidate, passage))
    return chosen


def _likeness(f: Features) -> float:
    """An order to choose by before anything is read."""
    return (
        f.coverage
        + 0.1 * f.nearness
        + 0.2 * f.head
        - 0.2 * (f.head == 0)
        + 0.35 * f.precision
        - 0.3 * f.normative
        + 0.2 * f.subject
    )


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """By rank; equals in the order of documents and text, so that the order never varies."""
    return sorted(candidates, key=lambda c: (-round(c.rank, 6), c.document.id, c.span.start))
