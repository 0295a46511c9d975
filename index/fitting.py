"""Whether what an archive says can be of what a question asks about: its place, year, body, document and measure."""

from __future__ import annotations

from archive.figures import figures
from archive.text import fold
from archive.types import Document, Span
from index.bodies import bodies_asked, stands_in
from index.contradictions import contradicts
from index.demands import (
    ASKS_BY_HOW_MUCH,
    ASKS_TARGET,
    MAY_BE_TARGET,
    SEXES,
    asks,
    can_tell,
    is_change,
    is_measured,
    unit_fit,
)
from index.head_facts import asked_of_head, is_head_field, names_another
from index.mentions import Mention, bare
from index.names import organ
from index.periods import year_meant, years_of
from index.places import places_named
from index.questions import Question
from index.search import FigureHit, Searcher
from index.surroundings import (
    Around,
    beginning,
    comparable,
    head_and_end,
    is_placeless,
    of_figure,
    spoken_of_most,
    squashed,
    stands_near,
    stretches,
    years_printed,
)
from index.titles import is_titled, titles_named


class Fitting:
    """Tells of figures and sentences whether they fit one question."""

    def __init__(self, searcher: Searcher, question: Question) -> None:
        self._searcher, self._question = searcher, question
        text = question.text
        self._asked_with = {(f.value, f.upper, f.unit) for f in figures(text, Span(0, len(text)))}
        self._titles, self._bodies = titles_named(text), bodies_asked(text)
        self._asks_head = asked_of_head(question) is not None
        self._named_as: dict[str, bool] = {}
        self._of_a_part: dict[str, bool] = {}

    def figure_fits(self, hit: FigureHit) -> bool:
        """Whether a figure may be what is asked. One that the question names is its condition, not its answer."""
        years = self._question.years or self._years_meant(hit.document)
        return (
            (hit.figure.value, hit.figure.upper, hit.figure.unit) not in self._asked_with
            and self._narrowed(hit)
            and not self._is_of_a_part(hit.document)
            and unit_fit(self._question, hit.figure) > 0
            and can_tell(self._question, hit.section)
            and is_measured(self._question, hit.figure, hit.document.text)
            and self._is_named(hit.document)
            and (not years or not years.isdisjoint(hit.years))
            and self.places_fit(of_figure(hit))
            and self._body_fits(of_figure(hit))
            and not contradicts(self._question, hit.figure, hit.document.text, hit.sentence, _counted(hit))
        )

    def may_fit(self, around: Around) -> bool:
        """Whether words may be of the places asked about: their document may also speak of one more than of others, or
        name none at all (本市)."""
        return (
            self._is_named(around.document)
            and self._head_fits(around)
            and self._body_fits(around)
            and (all(self._of_place(place, around) for place in self._question.places) or is_placeless(around.document))
        )

    def years_fit(self, around: Around) -> bool:
        """Whether words may be of a year asked about: of an undated document, of any that its beginning prints."""
        years = self._question.years
        return not years or not years.isdisjoint(
            years_of(around.document, around.section, around.sentence) or years_printed(beginning(around.document))
        )

    def places_fit(self, around: Around) -> bool:
        """A province must stand in the title, the issuer, the headings or around; any other place in the document."""
        return all(place_fits(place, around) for place in self._question.places)

    def names_elsewhere(self, document: Document, words: str) -> bool:
        """Whether words name a place that neither the question nor the document's title does: 襄阳 in 湖北's report."""
        named = {place.city or place.province for _, place in places_named(words)} - {""}
        asked = self._question.text + document.title + "".join(place.name for place in self._question.places)
        return bool(named) and not any(name in asked for name in named)

    def _years_meant(self, document: Document) -> frozenset[int]:
        year = year_meant(fold(self._question.text), document)
        return frozenset() if year is None else frozenset((year,))

    def _is_of_a_part(self, document: Document) -> bool:
        """Whether a document speaks of a part of the place asked about: 滨海新区's lawyers are not those of 天津."""
        if document.id not in self._of_a_part:
            catalogue, text = self._searcher.catalogue, self._question.text
            wanted, own = catalogue.places_in(text), catalogue.places_of(catalogue.ordinal(document.id))
            names = {p.county or p.city for p in own if p not in wanted and any(w.fit(p) == 1 for w in wanted)}
            is_named = any(
                bare(name) in text or any(m.stands_in(name) for m in self._question.places) for name in names
            )
            self._of_a_part[document.id] = bool(names) and not is_named and not set(own) & set(wanted)
        return self._of_a_part[document.id]

    def _narrowed(self, hit: FigureHit) -> bool:
        """Who asks by how much something has grown wants no level, and who asks for women not all."""
        text, before = hit.document.text, Span(hit.sentence.start, hit.figure.span.start).of(hit.document.text)
        if asks(ASKS_BY_HOW_MUCH, self._question) and not is_change(hit.figure, before):
            return False
        if asks(ASKS_TARGET, self._question) and not MAY_BE_TARGET.search(
            hit.sentence.of(text) + "".join(hit.section.path)
        ):
            return False
        clause = Span(hit.figure.before.start, hit.figure.span.start).of(text)
        counted = _counted(hit)
        if self._question.places and self.names_elsewhere(hit.document, clause + counted):
            return False
        own = Span(hit.figure.before.start, hit.figure.after.end).of(text) + counted
        return all(not asks(asked, self._question) or word in own for word, asked in SEXES.items())

    def _head_fits(self, around: Around) -> bool:
        """Whether a sentence may give what is asked of a document itself: that of no other law, and a field of the head
        only then."""
        if is_head_field(around.sentence.of(around.document.text), self._asks_head):
            return False
        return not (self._asks_head and names_another(self._question, around.document, around.sentence))

    def _body_fits(self, around: Around) -> bool:
        """Whether one of the national bodies that the question names stands near, or in the document's head or end."""
        if not self._bodies:
            return True
        said = organ("\n".join(stretches(around))), comparable(head_and_end(around.document))
        return any(stands_in(body, text) for body in self._bodies for text in said)

    def _of_place(self, place: Mention, around: Around) -> bool:
        is_spoken_of = not place.is_namesake and place.name in spoken_of_most(beginning(around.document))
        return place_fits(place, around) or is_spoken_of

    def _is_named(self, document: Document) -> bool:
        """Whether a document is one that is named as 《title》, in full or in short (民诉法), or speaks of it."""
        if document.id not in self._named_as:
            is_one = not self._titles or any(is_titled(title, document.title) for title in self._titles)
            is_one = is_one or any(title in squashed(document.text) for title in self._titles)
            self._named_as[document.id] = is_one
        return self._named_as[document.id]


def _counted(hit: FigureHit) -> str:
    return hit.subject.of(hit.document.text) if hit.subject else ""


def place_fits(place: Mention, around: Around) -> bool:
    """Whether a place stands near, or, where it is no province, anywhere in the document."""
    is_named = not place.is_province and place.stands_whole_in(around.document.text)
    return is_named or stands_near(place, around)
