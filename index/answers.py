"""The answerer: the figure whose subject fits, the date, or the sentence that says it; else an honest no."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from archive.figures import KIND_OF_UNIT, Figure, dates_in, figures
from archive.text import clauses, sentences
from archive.types import Document, Section, Span
from index.evidence import Context, context, coverage
from index.questions import Question
from index.search import Filters, Searcher
from index.types import Answer, AnswerFigure, Citation, Hit, cite

# Worth of a concept by where it is found, from the figure outwards.
_NEAR, _CLAUSE, _NEIGHBOUR, _SENTENCE, _PATH, _PASSAGE, _TITLE = 1.0, 0.9, 0.75, 0.7, 0.55, 0.4, 0.5
_REACH = 14
_LEAST_HEAD = 0.45
_LEAST_FOCUS = 0.4
_LEAST_FIGURE = 0.5
_LEAST_PASSAGE = 0.5
_FIGURES_READ = 60
_AROUND = 200
_LONGEST_QUOTE = 220
_MOST_ALTERNATIVES = 3

_PERSON = frozenset("人 名 位 人次 户".split())
_EVENT = frozenset("次 件次 期 场 场次 批次 回 届 轮 班次 频次 人次 趟".split())
_CASE = frozenset("件 起 宗 例 桩 件次".split())
_PLACE = frozenset("家 个 所 处 户 座 栋".split())
_THING = frozenset("个 项 条 款 种 类 件 大 套".split())
_SIMILAR = (_PERSON, _EVENT, _CASE, _PLACE, _THING)


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    span: Span
    sentence: Span
    document: Document
    hit: object
    figure: Figure | None = None
    feats: dict | None = None


class Answerer:
    """Answers from one generation; the same question always gets the same answer."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def answer(self, text: str, filters: Filters | None = None) -> Answer:
        question = self._searcher.understand(text)
        if question.asked == "figure":
            candidates = sorted(self._figures(question, filters), key=lambda c: -c.score)
        elif question.asked == "date":
            candidates = sorted(self._dates(question, filters), key=lambda c: -c.score)
        else:
            candidates = sorted(self._sentences(question, filters), key=lambda c: -c.score)
        return candidates  # type: ignore

    def _figures(self, question: Question, filters: Filters | None) -> Iterator[_Candidate]:
        for hit in self._searcher.figures(question, _FIGURES_READ, filters):
            text = hit.document.text
            sentence = next(s for s in sentences(text, hit.section.span) if s.covers(hit.span))
            figure = next(f for f in figures(text, sentence) if f.span == hit.span)
            if not _unit_fits(question, figure) or not _years_fit(question, hit.document, hit.section, sentence):
                continue
            contexts = [*_figure_contexts(text, figure, sentence), *_around(hit.document, hit.section, sentence)]
            cov = coverage(question.concepts, contexts, question.focus)
            head = _share(question, question.heads, [c for c in contexts if c.worth >= _CLAUSE])
            foc = _share(question, question.focus, contexts)
            norm = figure.bound in ("at_least", "at_most", "range") and figure.hedge not in ("余", "多", "超", "超过", "逾") 
            feats = dict(cov=cov, z=hit.nearness, head=head, focus=foc, norm=norm)
            yield _Candidate(cov + 0.1 * hit.nearness + 0.2*head - 0.15*norm, figure.span, sentence, hit.document, hit, figure, feats)

    def _dates(self, question: Question, filters: Filters | None) -> Iterator[_Candidate]:
        for hit, document, sentence in self._read(self._searcher.search(question, 20, filters)):
            section = next(s for s in document.sections if s.span.covers(sentence))
            around = _around(document, section, sentence)
            text = document.text
            for printed in dates_in(text, sentence):
                cov = coverage(question.concepts, [context(sentence.of(text), 1.0), *around])
                yield _Candidate(cov + 0.02 * printed.precision, printed.span, sentence, document, hit, None, dict(cov=cov))

    def _sentences(self, question: Question, filters: Filters | None) -> Iterator[_Candidate]:
        hits = self._searcher.search(question, 10, filters)
        vec = self._searcher._encoder.encode_query(question.text)
        m, d = self._searcher.generation.passages.background(vec)
        for hit, document, sentence in self._read(hits):
            section = next(s for s in document.sections if s.span.covers(sentence))
            cov = coverage(question.concepts, [context(sentence.of(document.text), 1.0), *_around(document, section, sentence)])
            z = (hit.dense - m) / d
            yield _Candidate(cov + 0.15 * z, sentence, sentence, document, hit, None, dict(cov=cov, z=z, lex=hit.lexical, dense=hit.dense))

    def _read(self, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Document, Span]]:
        for hit in hits:
            document = self._searcher.document(hit.passage.doc_id, hit.passage.revision)
            for sentence in sentences(document.text, hit.passage.span):
                yield hit, document, sentence


def _around(document: Document, section: Section, sentence: Span) -> list[Context]:
    near = Span(max(section.span.start, sentence.start - _AROUND), min(section.span.end, sentence.end + _AROUND))
    return [
        context("".join(section.path), _PATH),
        context(near.of(document.text), _PASSAGE),
        context(document.title, _TITLE),
    ]


def _figure_contexts(text: str, figure: Figure, sentence: Span) -> list[Context]:
    near = text[max(figure.before.start, figure.before.end - _REACH) : figure.before.end]
    near += "|" + text[figure.after.start : min(figure.after.end, figure.after.start + _REACH)]
    own = Span(figure.before.start, figure.after.end)
    return [context(near, _NEAR), context(own.of(text), _CLAUSE), context(sentence.of(text), _SENTENCE)]


def _unit_fits(question: Question, figure: Figure) -> bool:
    if question.unit_kind and figure.kind != question.unit_kind:
        return False
    if question.unit in ("", "个"):
        return question.unit_kind is not None or figure.kind == "count"
    if question.unit == figure.unit:
        return True
    return any(question.unit in group and figure.unit in group for group in _SIMILAR)


def _share(question: Question, chosen: frozenset[int], contexts: Sequence[Context]) -> float:
    concepts = [question.concepts[at] for at in chosen]
    return coverage(concepts, contexts) if concepts else 1.0


def _years_fit(question: Question, document: Document, section: Section, sentence: Span) -> bool:
    if not question.years:
        return True
    text = document.text
    for stretch in (sentence.of(text), "".join(section.path), document.title):
        years = {d.year for d in dates_in(stretch, Span(0, len(stretch)))}
        if years:
            return bool(years & question.years)
    return document.issued_on is not None and document.issued_on.year in question.years
