"""Candidate answers with what is known of them: figures, dates, and words or sentences that may be what is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archive.figures import Figure, dates_in, days_in, figures
from archive.text import sentences
from archive.types import Document, Section, Span
from index.bodies import bodies_asked, stands_in
from index.confidence import Features, logistic
from index.demands import (
    AN_AIM,
    ASKS_AIM,
    ASKS_BY_HOW_MUCH,
    ASKS_CHANGE,
    ASKS_STOCK,
    ASKS_TARGET,
    ASKS_YEAR,
    FLOW,
    MAY_BE_TARGET,
    SEXES,
    asks,
    can_tell,
    is_change,
    is_measured,
    is_normative,
    unit_fit,
)
from index.evidence import Context, context, coverage, lacking, matched, spoken
from index.head_facts import asked_of_head, is_head_field, names_another
from index.marking import headings, marked
from index.mentions import Mention, bare
from index.names import organ
from index.passages import own_clause
from index.periods import years_of
from index.places import places_named
from index.questions import Question
from index.read_passages import ReadPassage, read_passages
from index.search import FigureHit, Searcher
from index.spans import SHORT, WHOLE, tidied
from index.surroundings import (
    SENTENCE,
    Around,
    beginning,
    comparable,
    head_and_end,
    is_placeless,
    of_figure,
    own_contexts,
    section_at,
    spoken_of_most,
    squashed,
    stands_near,
    stretches,
    stripped,
    surroundings,
    years_printed,
)
from index.titles import is_titled, titles_named
from index.trimming import (
    announced,
    asks_who_does,
    first_sentence,
    parts,
    says_nothing,
    with_what_it_adds_to,
    without_duties,
)
from index.types import Concept, Filters, Hit, Passage, Reader
from index.words import squash

_FAR_HEAD = 0.4
_SOMEWHERE = 0.6
_PERHAPS = 0.3
_FIGURES_FOUND = 60
_FIGURES_RANKED = 24
_PASSAGES_FOUND = 20
_SHORTEST = 2
_LEAST_LEFT = 0.3
_WORTH_OF_WORDS = 6.0
_DAY_OF_NO_YEAR, _MONTH_OF_NO_YEAR = 0.6, 0.3
_PASSAGES_READ = 10
_MORE_READ = 4
_TWICE_ANSWERED = 4
_APART = 6.0
_PHONE = re.compile(r"[\d（(+][\d\-－—()（）、，,转 ]{4,}")
_LABEL = 16

_AT_LENGTH = ("list", "passage", "definition", "span")
_IN_A_SENTENCE = ("list", "definition")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer: `span` in `sentence` of `document`. `rank` orders candidates of one question; `verified` is
    the verifier's logit, 0 for what it did not hear."""

    document: Document
    section: Section
    sentence: Span
    span: Span
    features: Features
    rank: float = 0.0
    figure: Figure | None = None
    subject: Span | None = None
    verified: float = 0.0

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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a passage stands in the search: one over its place, and how far its score is below the best."""

    first: float
    below: float
    hit: Hit | None


class Candidates:
    """The candidates of one question. Every passage is read once."""

    def __init__(self, searcher: Searcher, reader: Reader | None, question: Question, filters: Filters) -> None:
        self.question = question
        self._searcher, self._reader, self._filters = searcher, reader, filters
        text = question.text
        self._asked_with = {(f.value, f.upper, f.unit) for f in figures(text, Span(0, len(text)))}
        self._titles, self._bodies = titles_named(text), bodies_asked(text)
        self._asks_head = asked_of_head(question) is not None
        self._named_as: dict[str, bool] = {}
        self._read: dict[str, ReadPassage] = {}
        self._unsaid_in: dict[str, float] = {}
        self._asked: dict[str, tuple[Concept, ...]] = {}
        self._of_a_part: dict[str, bool] = {}
        self._best_scores: dict[str, float] = {}
        self._places: dict[str, _Place] | None = None
        self._aparts: dict[str, float] | None = None

    def figures(self) -> list[Candidate]:
        """Figures whose unit and period fit the question."""
        found = self._searcher.figures(self.question, _FIGURES_FOUND, self._filters)
        fitting = [self._figure(hit) for hit in found if self._figure_fits(hit)]
        if not self._reader:
            return fitting
        first = sorted(fitting, key=lambda c: -_likeness(c.features))[:_FIGURES_RANKED]
        return [self._heard(candidate, around) for candidate, around in self._beside(first)]

    def dates(self) -> list[Candidate]:
        """Dates in sentences of the best passages that are not of another year, and months and days without a year
        unless a year is asked for."""
        found = []
        for around in self._sentences(_PASSAGES_FOUND if not self._reader else _PASSAGES_READ):
            if not self._places_fit(around) or not self._years_fit(around):
                continue
            features = self._text_features(around)
            for printed in dates_in(around.document.text, around.sentence):
                features = replace(features, unit=printed.precision / 3)
                found.append(self._candidate(around, printed.span, features))
            if not asks(ASKS_YEAR, self.question):
                for is_day, span in days_in(around.document.text, around.sentence):
                    features = replace(features, unit=_DAY_OF_NO_YEAR if is_day else _MONTH_OF_NO_YEAR)
                    found.append(self._candidate(around, span, features))
        return found

    def sentences(self) -> list[Candidate]:
        """Sentences of the best passages that are not of another year."""
        return [
            self._candidate(around, around.sentence, self._text_features(around))
            for around in self._sentences(_PASSAGES_READ)
            if self._years_fit(around) and stripped(around) != around.document.title
        ]

    def words(self) -> list[Candidate]:
        """The words of each of the best passages that answer best, in the manner of the question; of the first of them
        also those of another sentence. Yes and no are said by whole sentences."""
        is_short = self.question.language == "en" or self.question.asked in ("figure", "date", "yesno")
        manner = SHORT if is_short else WHOLE
        found = []
        for at, read in enumerate(self._best_read()):
            best = read.best(self.question.text, manner)
            second = read.second(self.question.text, manner, best[0]) if best and at < _TWICE_ANSWERED else None
            for chosen in (best, second):
                span = self._own_words(read, chosen[0]) if chosen else None
                if span and self._says_something(read.document, span):
                    around = self._around(read, span)
                    if self._years_fit(around) and self._may_fit(around):
                        found.append(self._candidate(around, span, self._text_features(around)))
        if self.question.asked == "yesno":
            return [replace(candidate, span=candidate.sentence) for candidate in found]
        return found

    def _says_something(self, document: Document, span: Span) -> bool:
        """Whether words are long enough, say more than how many there are, and are no telephone of another place."""
        words = span.of(document.text)
        is_idle = self.question.asked in _AT_LENGTH and says_nothing(self.question.text, self.question.asked, words)
        label = document.text[max(0, span.start - _LABEL) : span.start]
        is_elsewhere = _PHONE.fullmatch(words) is not None and self._names_elsewhere(document, label)
        return len(squash(words)) >= _SHORTEST and not is_idle and not is_elsewhere

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
                if self._may_fit(around):
                    yield around

    def _around(self, read: ReadPassage, span: Span) -> Around:
        found = [
            s for s in sentences(read.document.text, read.passage.span) if s.end > span.start and s.start < span.end
        ]
        sentence = Span(min(found[0].start, span.start), max(found[-1].end, span.end)) if found else span
        return Around(read.document, section_at(read.document, span.start), sentence, read.passage, read)

    def _beside(self, candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, Around]]:
        """Figures with the passages they stand in: those the reader has read for the ranking, and a few more."""
        best = {read.passage.id for read in self._best_read()}
        more: set[str] = set()
        chosen: list[tuple[Candidate, Passage]] = []
        for candidate in candidates:
            passage = self._searcher.passage_at(candidate.document, candidate.span)
            if passage and (passage.id in best or passage.id in more or len(more) < _MORE_READ):
                more |= {passage.id} - best
                chosen.append((candidate, passage))
        reads = self._passages_read([(candidate.document, passage) for candidate, passage in chosen])
        for (candidate, passage), read in zip(chosen, reads, strict=True):
            yield candidate, Around(candidate.document, candidate.section, candidate.sentence, passage, read)

    def _heard(self, candidate: Candidate, around: Around) -> Candidate:
        place = self._place_of(around.passage)
        features = replace(candidate.features, first=place.first, below=place.below)
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

    def _candidate(self, around: Around, span: Span, features: Features) -> Candidate:
        features = self._with_reader(features, around, span)
        return Candidate(around.document, around.section, around.sentence, span, features)

    # what fits

    def _figure_fits(self, hit: FigureHit) -> bool:
        """A figure that the question itself names is its condition, not its answer."""
        years = self.question.years
        return (
            (hit.figure.value, hit.figure.upper, hit.figure.unit) not in self._asked_with
            and self._narrowed(hit)
            and not self._is_of_a_part(hit.document)
            and unit_fit(self.question, hit.figure) > 0
            and can_tell(self.question, hit.section)
            and is_measured(self.question, hit.figure, hit.document.text)
            and self._is_named(hit.document)
            and (not years or not years.isdisjoint(hit.years))
            and self._places_fit(of_figure(hit))
            and self._body_fits(of_figure(hit))
        )

    def _is_of_a_part(self, document: Document) -> bool:
        """Whether a document speaks of a part of the place asked about: 滨海新区's lawyers are not those of 天津."""
        if document.id not in self._of_a_part:
            catalogue, text = self._searcher.catalogue, self.question.text
            wanted, own = catalogue.places_in(text), catalogue.places_of(catalogue.ordinal(document.id))
            names = {p.county or p.city for p in own if p not in wanted and any(w.fit(p) == 1 for w in wanted)}
            is_named = any(bare(name) in text or any(m.stands_in(name) for m in self.question.places) for name in names)
            self._of_a_part[document.id] = bool(names) and not is_named and not set(own) & set(wanted)
        return self._of_a_part[document.id]

    def _narrowed(self, hit: FigureHit) -> bool:
        """Who asks by how much something has grown wants no level, and who asks for women not all."""
        text, before = hit.document.text, Span(hit.sentence.start, hit.figure.span.start).of(hit.document.text)
        if asks(ASKS_BY_HOW_MUCH, self.question) and not is_change(hit.figure, before):
            return False
        if asks(ASKS_TARGET, self.question) and not MAY_BE_TARGET.search(
            hit.sentence.of(text) + "".join(hit.section.path)
        ):
            return False
        clause = Span(hit.figure.before.start, hit.figure.span.start).of(text)
        counted = hit.subject.of(text) if hit.subject else ""
        if self.question.places and self._names_elsewhere(hit.document, clause + counted):
            return False
        own = Span(hit.figure.before.start, hit.figure.after.end).of(text) + counted
        return all(not asks(asked, self.question) or word in own for word, asked in SEXES.items())

    def _names_elsewhere(self, document: Document, words: str) -> bool:
        """Whether words name a place that neither the question nor the document's title does: 襄阳 in 湖北's report."""
        named = {place.city or place.province for _, place in places_named(words)} - {""}
        asked = self.question.text + document.title + "".join(place.name for place in self.question.places)
        return bool(named) and not any(name in asked for name in named)

    def _years_fit(self, around: Around) -> bool:
        years = self.question.years
        return not years or not years.isdisjoint(
            years_of(around.document, around.section, around.sentence) or years_printed(beginning(around.document))
        )

    def _places_fit(self, around: Around) -> bool:
        """A province must stand in the title, the issuer, the headings or around; any other place in the document."""
        return all(self._place_fits(place, around) for place in self.question.places)

    def _place_fits(self, place: Mention, around: Around) -> bool:
        is_named = not place.is_province and place.stands_whole_in(around.document.text)
        return is_named or stands_near(place, around)

    def _may_fit(self, around: Around) -> bool:
        """Whether words may be of the places asked about: their document may also speak of one more than of others, or
        name none at all (本市)."""
        return (
            self._is_named(around.document)
            and self._head_fits(around)
            and self._body_fits(around)
            and (all(self._of_place(place, around) for place in self.question.places) or is_placeless(around.document))
        )

    def _head_fits(self, around: Around) -> bool:
        """Whether a sentence may give what is asked of a document itself: that of no other law, and a field of the head
        only then."""
        if is_head_field(around.sentence.of(around.document.text), self._asks_head):
            return False
        return not (self._asks_head and names_another(self.question, around.document, around.sentence))

    def _body_fits(self, around: Around) -> bool:
        """Whether one of the national bodies that the question names stands near, or in the document's head or end."""
        if not self._bodies:
            return True
        said = organ("\n".join(stretches(around))), comparable(head_and_end(around.document))
        return any(stands_in(body, text) for body in self._bodies for text in said)

    def _of_place(self, place: Mention, around: Around) -> bool:
        is_spoken_of = not place.is_namesake and place.name in spoken_of_most(beginning(around.document))
        return self._place_fits(place, around) or is_spoken_of

    def _is_named(self, document: Document) -> bool:
        """Whether a document is one that is named as 《title》, in full or in short (民诉法), or speaks of it."""
        if document.id not in self._named_as:
            is_one = not self._titles or any(is_titled(title, document.title) for title in self._titles)
            is_one = is_one or any(title in squashed(document.text) for title in self._titles)
            self._named_as[document.id] = is_one
        return self._named_as[document.id]

    # what is known

    def _asked_of(self, document: Document) -> tuple[Concept, ...]:
        """The question's concepts; those that only say which document is meant (its title has them) weigh 0, unless
        little else is asked (针对疫情防控实施了哪些措施 of 兰州海关：…防控)."""
        if document.id not in self._asked:
            title = [context(document.title + document.issuer, 1.0)]
            concepts = self.question.concepts
            weighed = tuple(replace(c, weight=0.0) if matched(c, title) == 1 else c for c in concepts)
            left, all_ = (sum(c.weight for c in some) for some in (weighed, concepts))
            self._asked[document.id] = weighed if left > _LEAST_LEFT * all_ else concepts
        return self._asked[document.id]

    def _text_features(self, around: Around) -> Features:
        question, text = self.question, around.document.text
        concepts = self._asked_of(around.document)
        contexts = [context(around.sentence.of(text), 1.0), *surroundings(around)]
        place = self._place_of(around.passage)
        return Features(
            coverage=coverage(concepts, contexts),
            lacking=lacking(concepts, contexts),
            unsaid=self._unsaid(around.document),
            named=self._named(around),
            precision=spoken(question.concepts, around.sentence.of(text)),
            nearness=place.hit.nearness if place.hit else 0.0,
            lexical=place.hit.lexical if place.hit else 0.0,
            first=place.first,
            below=place.below,
            apart=self._apart(around.document),
            title=_named_law(question, around.document),
        )

    def _place_of(self, passage: Passage) -> _Place:
        """A passage's place in the search; what was not found comes last."""
        if self._places is None:
            is_read = self._reader is not None
            hits = self._searcher.search(self.question, _PASSAGES_FOUND, self._filters, reread=is_read)
            best = max((hit.score for hit in hits), default=0.0)
            self._places = {hit.passage.id: _Place(1 / at, best - hit.score, hit) for at, hit in enumerate(hits, 1)}
            self._last = _Place(0.0, max((p.below for p in self._places.values()), default=0.0), None)
        return self._places.get(passage.id, self._last)

    def _apart(self, document: Document) -> float:
        """How far a document stands before all others in the search, at most 6 either way; 6 without another."""
        if self._aparts is None:
            self._aparts = self._searcher.apart(self.question, self._filters)
        apart = self._aparts.get(document.id, -_APART) if self._aparts else _APART
        return max(-_APART, min(apart, _APART))

    def _figure(self, hit: FigureHit) -> Candidate:
        question, text, figure = self.question, hit.document.text, hit.figure
        concepts = self._asked_of(hit.document)
        around = of_figure(hit)
        own = own_contexts(text, figure)
        contexts = [*own, context(hit.sentence.of(text), SENTENCE), *surroundings(around)]
        beside, elsewhere = own
        counted = hit.subject.of(text) if hit.subject else ""
        before = Span(hit.sentence.start, figure.span.start).of(text)
        features = Features(
            coverage=coverage(concepts, contexts, question.focus),
            own=coverage(concepts, own),
            lacking=lacking(concepts, contexts),
            unsaid=self._unsaid(hit.document),
            named=self._named(around),
            head=_share(question, question.heads, [beside, replace(elsewhere, worth=_FAR_HEAD)]),
            focus=_share(question, question.focus, contexts),
            subject=_share(question, question.focus, [context(counted, 1.0)]),
            said=spoken(question.concepts, counted),
            precision=spoken(question.concepts, own_clause(hit.section, figure).of(text)),
            unit=unit_fit(question, figure),
            change=float(asks(ASKS_CHANGE, question) == is_change(figure, before)),
            stock=float(not (asks(ASKS_STOCK, question) and (figure.change or FLOW.search(before)))),
            verbs=_share(question, question.verbs, [*own, context(hit.sentence.of(text), SENTENCE)]),
            aim=float(asks(ASKS_AIM, question) == bool(AN_AIM.search(before))),
            nearness=hit.nearness,
            apart=self._apart(hit.document),
            normative=float(is_normative(question, hit.section, figure, before)),
            title=_named_law(question, hit.document),
        )
        return Candidate(
            hit.document, hit.section, hit.sentence, hit.span, features, figure=figure, subject=hit.subject
        )

    def _unsaid(self, document: Document) -> float:
        """The weight, against the archive's rarest, of what the question says and the document does not."""
        if document.id not in self._unsaid_in:
            whole = [context(document.title + document.issuer, 1.0), Context(squashed(document.text), 1.0)]
            self._unsaid_in[document.id] = 1 - coverage(self.question.concepts, whole)
        return self._unsaid_in[document.id]

    def _named(self, around: Around) -> float:
        found = [
            1.0 if stands_near(place, around) else _SOMEWHERE if self._place_fits(place, around) else _PERHAPS
            for place in self.question.places
        ]
        near = organ("\n".join(stretches(around))) if self._bodies else ""
        found += [
            1.0 if stands_in(body, near) else _SOMEWHERE if stands_in(body, comparable(around.document.text)) else 0.0
            for body in self._bodies
        ]
        return sum(found) / len(found) if found else 1.0


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


def _named_law(question: Question, document: Document) -> float:
    """1 for a law that the question names, if only by its matter (行政处罚 for 行政处罚法)."""
    matter = document.title.removeprefix("中华人民共和国").removesuffix("法")
    return float(bool(matter) and squash(matter) in squash(question.text))


def _share(question: Question, chosen: frozenset[int], contexts: Sequence[Context]) -> float:
    concepts = [question.concepts[at] for at in sorted(chosen)]
    return coverage(concepts, contexts) if concepts else 1.0


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """By rank; equals in the order of documents and text, so that the order never varies."""
    return sorted(candidates, key=lambda c: (-round(c.rank, 6), c.document.id, c.span.start))
