"""What is known of a figure or a sentence that may answer: the features that say how likely it is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.types import Document, Span
from index.bodies import bodies_asked, stands_in
from index.confidence import Features
from index.demands import AN_AIM, ASKS_AIM, ASKS_CHANGE, ASKS_STOCK, FLOW, asks, is_change, is_normative, unit_fit
from index.evidence import Context, context, coverage, lacking, matched, spoken
from index.fitting import place_fits
from index.names import organ
from index.passages import own_clause
from index.questions import Question
from index.search import FigureHit, Searcher
from index.surroundings import (
    SENTENCE,
    Around,
    comparable,
    of_figure,
    own_contexts,
    squashed,
    stands_near,
    stretches,
    surroundings,
)
from index.types import Concept, Filters, Hit, Passage
from index.words import squash

PASSAGES_FOUND = 20
_FAR_HEAD = 0.4
_SOMEWHERE = 0.6
_PERHAPS = 0.3
_LEAST_LEFT = 0.3
_APART = 6.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a passage stands in the search: one over its place, and how far its score is below the best."""

    first: float
    below: float
    hit: Hit | None


class Known:
    """Computes the features of the candidates of one question, less what a reader says of them."""

    def __init__(self, searcher: Searcher, question: Question, filters: Filters, is_read: bool) -> None:
        """`is_read` where a reader orders what the search finds."""
        self._searcher, self._question, self._filters, self._is_read = searcher, question, filters, is_read
        self._bodies = bodies_asked(question.text)
        self._unsaid_in: dict[str, float] = {}
        self._asked: dict[str, tuple[Concept, ...]] = {}
        self._places: dict[str, _Place] | None = None
        self._aparts: dict[str, float] | None = None

    def figure_features(self, hit: FigureHit) -> Features:
        """What is known of a figure before its passage is found."""
        question, text, figure = self._question, hit.document.text, hit.figure
        concepts = self._asked_of(hit.document)
        around = of_figure(hit)
        own = own_contexts(text, figure)
        contexts = [*own, context(hit.sentence.of(text), SENTENCE), *surroundings(around)]
        beside, elsewhere = own
        counted = hit.subject.of(text) if hit.subject else ""
        before = Span(hit.sentence.start, figure.span.start).of(text)
        return Features(
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

    def text_features(self, around: Around) -> Features:
        """What is known of a sentence, or of words in it."""
        question, text = self._question, around.document.text
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

    def with_place(self, features: Features, passage: Passage) -> Features:
        """The features with how a passage stands in the search."""
        place = self._place_of(passage)
        return replace(features, first=place.first, below=place.below)

    def _asked_of(self, document: Document) -> tuple[Concept, ...]:
        """The question's concepts; those that only say which document is meant (its title has them) weigh 0, unless
        little else is asked (针对疫情防控实施了哪些措施 of 兰州海关：…防控)."""
        if document.id not in self._asked:
            title = [context(document.title + document.issuer, 1.0)]
            concepts = self._question.concepts
            weighed = tuple(replace(c, weight=0.0) if matched(c, title) == 1 else c for c in concepts)
            left, all_ = (sum(c.weight for c in some) for some in (weighed, concepts))
            self._asked[document.id] = weighed if left > _LEAST_LEFT * all_ else concepts
        return self._asked[document.id]

    def _place_of(self, passage: Passage) -> _Place:
        """A passage's place in the search; what was not found comes last."""
        if self._places is None:
            hits = self._searcher.search(self._question, PASSAGES_FOUND, self._filters, reread=self._is_read)
            best = max((hit.score for hit in hits), default=0.0)
            self._places = {hit.passage.id: _Place(1 / at, best - hit.score, hit) for at, hit in enumerate(hits, 1)}
            self._last = _Place(0.0, max((p.below for p in self._places.values()), default=0.0), None)
        return self._places.get(passage.id, self._last)

    def _apart(self, document: Document) -> float:
        """How far a document stands before all others in the search, at most 6 either way; 6 without another."""
        if self._aparts is None:
            self._aparts = self._searcher.apart(self._question, self._filters)
        apart = self._aparts.get(document.id, -_APART) if self._aparts else _APART
        return max(-_APART, min(apart, _APART))

    def _unsaid(self, document: Document) -> float:
        """The weight, against the archive's rarest, of what the question says and the document does not."""
        if document.id not in self._unsaid_in:
            whole = [context(document.title + document.issuer, 1.0), Context(squashed(document.text), 1.0)]
            self._unsaid_in[document.id] = 1 - coverage(self._question.concepts, whole)
        return self._unsaid_in[document.id]

    def _named(self, around: Around) -> float:
        found = [
            1.0 if stands_near(place, around) else _SOMEWHERE if place_fits(place, around) else _PERHAPS
            for place in self._question.places
        ]
        near = organ("\n".join(stretches(around))) if self._bodies else ""
        found += [
            1.0 if stands_in(body, near) else _SOMEWHERE if stands_in(body, comparable(around.document.text)) else 0.0
            for body in self._bodies
        ]
        return sum(found) / len(found) if found else 1.0


def _named_law(question: Question, document: Document) -> float:
    """1 for a law that the question names, if only by its matter (行政处罚 for 行政处罚法)."""
    matter = document.title.removeprefix("中华人民共和国").removesuffix("法")
    return float(bool(matter) and squash(matter) in squash(question.text))


def _share(question: Question, chosen: frozenset[int], contexts: Sequence[Context]) -> float:
    concepts = [question.concepts[at] for at in sorted(chosen)]
    return coverage(concepts, contexts) if concepts else 1.0
