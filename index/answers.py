"""The answerer: the figure whose subject fits, the date, or the sentence that says it; else an honest no."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archive.text import sentences
from archive.types import Document, Section, Span
from index.addresses import Address, addresses, sections_of
from index.candidates import (
    Candidate,
    best_first,
    date_candidates,
    figure_candidates,
    sentence_candidates,
)
from index.questions import Question
from index.search import Searcher
from index.subjects import subjects
from index.types import Answer, AnswerFigure, Citation, Filters, Hit, cite

_LEAST_CONFIDENCE = 0.75
_LEAST_COVERAGE = 0.36
_LEAST_HEAD = 0.3
_USUAL_HEAD = 0.9
_LEAST_NEARNESS = 1.8  # below the lowest right passage of the judged questions: 2.89, by the untuned encoder 1.83
_COVERED_PERSONS = 0.7
_COVERED_WITHOUT_HEAD = 0.85
_MOST_ALTERNATIVES = 3
_PERSON_UNITS = frozenset("人 名 位".split())
_PERSON_ENDINGS = ("人", "员", "警", "警察", "师", "官", "者", "干部", "学生", "老师", "专家", "群众")
_LONGEST_LIST = 800
_SHORT_ARTICLE = 220
_MOST_ARTICLES = 5
_REASONS = {
    "no-words": ("问题中没有可以检索的内容", "the question holds no words to look for"),
    "no-subject": ("档案中没有讲到这一事项", "nothing in the archive speaks of this"),
    "no-figure": ("档案讲到了相关事项，但没有给出这个数字", "no figure in the archive fits this question"),
    "other-year": ("档案中只有其他年份的数据", "the archive has this for other years only"),
    "no-article": ("该法没有这一条", "that law has no such article"),
}


@dataclass(frozen=True, slots=True)
class _Confidence:
    """A logistic over a candidate's features; read off tests/quality/answers.py."""

    coverage: float
    least_coverage: float
    nearness: float
    usual_nearness: float
    head: float = 0.0
    normative: float = 0.0

    def of(self, c: Candidate) -> float:
        logit = self.coverage * (c.coverage - self.least_coverage) + self.nearness * (c.nearness - self.usual_nearness)
        logit += self.head * (c.head - _USUAL_HEAD) - self.normative * c.normative
        return 1 / (1 + math.exp(-logit))


_CONFIDENCE = {
    ("figure", "zh"): _Confidence(8, 0.5, 0.3, 3.0, head=4),
    ("figure", "en"): _Confidence(5, 0.45, 0.7, 2.5, head=1, normative=2),
    ("date", "zh"): _Confidence(8, 0.5, 0, 0),
    ("date", "en"): _Confidence(8, 0.45, 0, 0),
    ("passage", "zh"): _Confidence(8, 0.45, 0.4, 2.5),
    ("passage", "en"): _Confidence(8, 0.45, 0.4, 2.5),
}


class Answerer:
    """Answers from one generation; the same question always gets the same answer."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def answer(self, text: str, filters: Filters | None = None, explain: bool = False) -> Answer:
        """The answer, or a refusal with its reason and the nearest passages. `explain` fills `trace`."""
        filters = filters or Filters()
        question = self._searcher.understand(text)
        if not question.concepts:
            return self._refusal(question, "no-words", [])
        article = self._article(question, filters)
        if article:
            return article
        candidates = self._candidates(question, filters)
        answer = self._decide(question, candidates, filters)
        return replace(answer, trace=_trace(question, candidates)) if explain else answer

    def _candidates(self, question: Question, filters: Filters) -> list[Candidate]:
        find = {"figure": figure_candidates, "date": date_candidates, "passage": sentence_candidates}
        return best_first(find[question.asked](self._searcher, question, filters))

    def _decide(self, question: Question, candidates: list[Candidate], filters: Filters) -> Answer:
        fitting = [c for c in candidates if _speaks_of_it(question, c)]
        if fitting:
            confidence = _CONFIDENCE[question.asked, question.language].of(fitting[0])
            if confidence >= _LEAST_CONFIDENCE:
                return _checked(self._accept(question, fitting, confidence))
        hits = self._searcher.search(question, _MOST_ALTERNATIVES, filters)
        return self._refusal(question, self._reason(question, filters), hits)

    def _accept(self, question: Question, candidates: list[Candidate], confidence: float) -> Answer:
        best = candidates[0]
        span = _whole_thought(best) if question.asked == "passage" else best.span
        quoted = Span(min(best.sentence.start, span.start), max(best.sentence.end, span.end))
        return Answer(
            question=question.text,
            kind=question.asked,
            text=span.of(best.document.text),
            confidence=round(confidence, 3),
            citations=(cite(best.document, quoted),),
            figures=tuple(_figure(best)),
            alternatives=tuple(_alternatives(candidates)) if question.asked == "figure" else (),
        )

    def _reason(self, question: Question, filters: Filters) -> str:
        if question.years:
            undated = replace(question, years=frozenset())
            others = [c for c in self._candidates(undated, filters) if _speaks_of_it(question, c)]
            if others and _CONFIDENCE[question.asked, question.language].of(others[0]) >= _LEAST_CONFIDENCE:
                return "other-year"
        return "no-figure" if question.asked == "figure" else "no-subject"

    def _refusal(self, question: Question, reason: str, hits: list[Hit]) -> Answer:
        chinese, english = _REASONS[reason]
        text = f"无法回答：{chinese}。" if question.language == "zh" else f"No answer: {english}."
        nearest = tuple(
            cite(self._searcher.document(h.passage.doc_id, h.passage.revision), h.passage.span) for h in hits
        )
        return Answer(question.text, "refusal", text, 0.0, alternatives=nearest, reason=reason)

    def _article(self, question: Question, filters: Filters) -> Answer | None:
        """《…法》第X条第X款, looked up exactly; None when the question names no article of a known document."""
        asked = [a for a in addresses(question.text) if a.kind == "article"][:_MOST_ARTICLES]
        places = [(a, self._searcher.addressed(a, question.text, filters)) for a in asked]
        found = [cite(d, _stripped(d, s)) for a, documents in places for d, s in _first_place(documents, a)]
        if found:
            citations = tuple(dict.fromkeys(found))
            return _checked(Answer(question.text, "passage", citations[0].quote, 1.0, citations))
        if any(address.title and documents for address, documents in places):
            return self._refusal(question, "no-article", [])
        return None


def _first_place(documents: Sequence[Document], address: Address) -> list[tuple[Document, Section]]:
    """Where an article stands, in the first document that has it."""
    return next(([(d, s) for s in found] for d in documents if (found := sections_of(d, address))), [])


def _speaks_of_it(question: Question, c: Candidate) -> bool:
    """The counted noun stands in the figure's own clause; without it the rest must fit well, less so
    where the measure word says that persons are counted (警察 101人)."""
    if question.asked == "passage" and c.nearness < _LEAST_NEARNESS:
        return False
    if c.head >= _LEAST_HEAD:
        return c.coverage >= _LEAST_COVERAGE
    if c.figure and c.figure.unit in _PERSON_UNITS and _counts_persons(question):
        return c.coverage >= _COVERED_PERSONS
    same_unit = c.figure is not None and question.unit == c.figure.unit
    return c.coverage >= _COVERED_WITHOUT_HEAD and (same_unit or c.focus >= _COVERED_WITHOUT_HEAD)


def _counts_persons(question: Question) -> bool:
    heads = (question.concepts[at].words for at in question.heads)
    return any(word.endswith(_PERSON_ENDINGS) for words in heads for word, _ in words[:3])


def _figure(best: Candidate) -> Iterator[AnswerFigure]:
    if best.figure:
        f, text = best.figure, best.document.text
        counted = next((span for figure, span in subjects(text, best.sentence) if figure.span == f.span), None)
        yield AnswerFigure(f.value, f.upper, f.unit, f.bound, f.hedge, counted.of(text) if counted else "", f.span)


def _alternatives(candidates: list[Candidate]) -> Iterator[Citation]:
    seen = {candidates[0].printed}
    for candidate in candidates[1:]:
        if candidate.printed not in seen and len(seen) <= _MOST_ALTERNATIVES:
            seen.add(candidate.printed)
            own = candidate.figure
            span = Span(own.before.start, own.after.end) if own else candidate.sentence
            yield cite(candidate.document, span)


def _whole_thought(best: Candidate) -> Span:
    """A short article of a law is answered whole. A heading, or a sentence that ends in a colon, takes
    what it announces with it, up to a bound."""
    text, section, sentence = best.document.text, best.section, best.sentence
    if section.path and section.path[-1].endswith("条") and section.span.end - section.span.start <= _SHORT_ARTICLE:
        return _stripped(best.document, section)
    if text[sentence.end - 1] not in "：:" and not section.heading.covers(sentence):
        return sentence
    rest = Span(sentence.end, min(_end_of_part(best.document, section), sentence.end + _LONGEST_LIST))
    return Span(sentence.start, max((s.end for s in sentences(text, rest)), default=sentence.end))


def _end_of_part(document: Document, section: Section) -> int:
    """Where a section ends together with those below it."""
    after = (s.span.start for s in document.sections if s.span.start > section.span.start and s.level <= section.level)
    return next(after, len(document.text))


def _stripped(document: Document, section: Section) -> Span:
    quote = section.span.of(document.text)
    return Span(section.span.start, section.span.start + len(quote.rstrip()))


def _checked(answer: Answer) -> Answer:
    """The last look before an answer leaves: it stands, word for word, in what it cites."""
    if not any(answer.text in citation.quote for citation in answer.citations):
        raise AssertionError(f"an answer that is not in its citation: {answer.text!r}")
    return answer


def _trace(question: Question, candidates: list[Candidate]) -> dict[str, object]:
    return {
        "language": question.language,
        "asked": question.asked,
        "unit": question.unit,
        "kinds": sorted(question.kinds),
        "years": sorted(question.years),
        "concepts": [
            {"surface": c.surface, "words": [w for w, _ in c.words[:5]], "weight": round(c.weight, 2)}
            for c in question.concepts
        ],
        "candidates": [
            {
                "printed": c.printed[:80],
                "sentence": c.sentence.of(c.document.text)[:80],
                "rank": round(c.rank, 3),
                "coverage": round(c.coverage, 3),
                "nearness": round(c.nearness, 2),
                "head": round(c.head, 2),
            }
            for c in candidates[:5]
        ],
    }
