"""Candidate answers with their features: figures, dates and sentences that may be what a question asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archive.figures import Figure, dates_in, figures
from archive.structure import leads_to_article
from archive.text import sentences
from archive.types import Document, Section, Span
from index.evidence import Context, context, coverage, spoken
from index.passages import own_clause
from index.periods import years_of
from index.places import PROVINCES
from index.questions import Question
from index.search import FigureHit, Searcher
from index.types import Filters
from index.words import squash

# What finding a concept is worth, from the figure outwards.
_NEAR, _CLAUSE, _SENTENCE, _PATH, _AROUND, _TITLE = 1.0, 0.9, 0.7, 0.55, 0.4, 0.5
_FAR_HEAD = 0.4
_NAMED = 0.1
_REACH = 10
_AROUND_REACH = 200
_FIGURES_READ = 60
_DATE_PASSAGES = 20
_SENTENCE_PASSAGES = 10

_SIMILAR_UNITS = tuple(
    frozenset(group.split())
    for group in (
        "人 名 位 人次 户",
        "次 件次 期 场 场次 批次 回 届 轮 班次 频次 人次 趟",
        "件 起 宗 例 桩 件次",
        "家 个 所 处 户 座 栋",
        "个 项 条 款 种 类 件 大 套",
        "日 天 个工作日 工作日",
        "年 周岁 岁",
    )
)
_LAYS_DOWN = re.compile("应当|可以|必须|不得")
_NORMATIVE_HEDGES = frozenset(
    ("以上", "以下", "以内", "不少于", "不低于", "不得少于", "至少", "最多", "至多", "不得超过", "不超过")
)
_TITLE_NAMED = re.compile(r"《[^》]*》?")
_LONE_ITEM = 0.15
_ITEM = re.compile(r"[（(][一二三四五六七八九十\d]+[）)]")
_THIS_TEXT = re.compile(r"本(?:法|条例|办法|规定|细则|通知|报告|决定)")
_ASKS_NORM = re.compile(
    r"应当|应该|必须|可以|能够|(?<![智功性节产职效动技潜核])能(?![源力量耗效级])|要求|至少|最少|最多|不得|以上|以下|不超过|要有|需要|规定|[法条]"
    r"|\b(?:must|may|can|needs?|required?|requires|requirement|minimum|maximum|least|most|should|shall|allowed|limit"
    r"|law)\b"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer: `span` in `sentence` of `document`.

    `coverage` and `head` are shares in [0, 1], `nearness` counts standard deviations, `rank` orders.
    """

    document: Document
    section: Section
    sentence: Span
    span: Span
    rank: float
    coverage: float
    nearness: float
    head: float = 1.0
    focus: float = 1.0
    normative: bool = False
    figure: Figure | None = None

    @property
    def printed(self) -> str:
        return self.span.of(self.document.text)


def best_first(candidates: Iterator[Candidate]) -> list[Candidate]:
    """By rank; equals in the order of documents and text, so that the order never varies."""
    return sorted(candidates, key=lambda c: (-round(c.rank, 6), c.document.id, c.span.start))


def figure_candidates(searcher: Searcher, question: Question, filters: Filters) -> Iterator[Candidate]:
    """Figures whose unit and period fit the question."""
    for hit in searcher.figures(question, _FIGURES_READ, filters):
        sentence, figure = _read(hit)
        if _asked_with(question, hit) or not _unit_fits(question, figure):
            continue
        if not _place_fits(question, hit.document, hit.section, sentence):
            continue
        if _years_fit(question, hit.document, hit.section, sentence):
            yield _figure_candidate(question, hit, sentence, figure)


def _asked_with(question: Question, hit: FigureHit) -> bool:
    """A figure that the question itself names is its condition, not its answer."""
    return squash(hit.span.of(hit.document.text)) in squash(question.text)


def _read(hit: FigureHit) -> tuple[Span, Figure]:
    text = hit.document.text
    sentence = next(s for s in sentences(text, hit.section.span) if s.covers(hit.span))
    return sentence, next(f for f in figures(text, sentence) if f.span == hit.span)


def _figure_candidate(question: Question, hit: FigureHit, sentence: Span, figure: Figure) -> Candidate:
    text = hit.document.text
    own = _own_contexts(text, figure)
    contexts = [*own, context(sentence.of(text), _SENTENCE), *_around(hit.document, hit.section, sentence)]
    covered = coverage(question.concepts, contexts, question.focus)
    beside, elsewhere = own
    head = _share(question, question.heads, [beside, replace(elsewhere, worth=_FAR_HEAD)])
    focus = _share(question, question.focus, contexts)
    said_before = Span(sentence.start, figure.span.start).of(text)
    lays_down = leads_to_article(hit.section.path) and _LAYS_DOWN.search(said_before) is not None
    normative = figure.kind == "count" and (lays_down or figure.hedge in _NORMATIVE_HEDGES)
    normative = normative and not _ASKS_NORM.search(question.text.lower())
    precision = spoken(question.concepts, own_clause(hit.section, figure).of(text))
    rank = covered + 0.1 * hit.nearness + 0.2 * head - 0.2 * (head == 0) + 0.35 * precision - 0.3 * normative
    rank += _named(question, hit.document)
    return Candidate(
        hit.document, hit.section, sentence, hit.span, rank, covered, hit.nearness, head, focus, normative, figure
    )


def _own_contexts(text: str, figure: Figure) -> list[Context]:
    """The figure's own clause. After 、 the figure stands in a list, and the words before
    belong to another; what a 《title》 after it says is not what it counts."""
    before, after = figure.before.of(text), _TITLE_NAMED.sub("", figure.after.of(text))
    in_list = before.rstrip().endswith("、") and len(after) > 1
    near = after[:_REACH] if in_list else before[-_REACH:] + "|" + after[:_REACH]
    return [context(near, _NEAR), context(after if in_list else before + figure.unit + after, _CLAUSE)]


def date_candidates(searcher: Searcher, question: Question, filters: Filters) -> Iterator[Candidate]:
    """Dates in sentences of the best passages."""
    for document, section, sentence, nearness in _sentences(searcher, question, filters, _DATE_PASSAGES):
        covered = _covered(question, document, section, sentence)
        for printed in dates_in(document.text, sentence):
            rank = covered + 0.02 * printed.precision
            yield Candidate(document, section, sentence, printed.span, rank, covered, nearness)


def sentence_candidates(searcher: Searcher, question: Question, filters: Filters) -> Iterator[Candidate]:
    """Sentences of the best passages that are not of another year."""
    for document, section, sentence, nearness in _sentences(searcher, question, filters, _SENTENCE_PASSAGES):
        if _years_fit(question, document, section, sentence) and _place_fits(question, document, section, sentence):
            covered = _covered(question, document, section, sentence)
            precision = spoken(question.concepts, sentence.of(document.text))
            rank = covered + 0.15 * nearness + 0.1 * precision + _named(question, document)
            rank -= _LONE_ITEM * bool(_ITEM.match(sentence.of(document.text)))
            yield Candidate(document, section, sentence, sentence, rank, covered, nearness)


def _sentences(
    searcher: Searcher, question: Question, filters: Filters, count: int
) -> Iterator[tuple[Document, Section, Span, float]]:
    for hit in searcher.search(question, count, filters, reread=False):
        document = searcher.document(hit.passage.doc_id, hit.passage.revision)
        for sentence in sentences(document.text, hit.passage.span):
            section = next(s for s in document.sections if s.span.start <= sentence.start < s.span.end)
            if sentence.of(document.text).strip() != document.title:
                yield document, section, sentence, hit.nearness


def _covered(question: Question, document: Document, section: Section, sentence: Span) -> float:
    contexts = [context(sentence.of(document.text), 1.0), *_around(document, section, sentence)]
    return coverage(question.concepts, contexts)


def _around(document: Document, section: Section, sentence: Span) -> list[Context]:
    start = max(section.span.start, sentence.start - _AROUND_REACH)
    end = min(section.span.end, sentence.end + _AROUND_REACH)
    return [
        context("".join(section.path), _PATH),
        context(document.text[start:end], _AROUND),
        context(document.title, 1.0 if _THIS_TEXT.search(sentence.of(document.text)) else _TITLE),
    ]


def _named(question: Question, document: Document) -> float:
    """A little more for a law that the question names, if only by its matter (行政处罚 for 行政处罚法)."""
    matter = document.title.removeprefix("中华人民共和国").removesuffix("法")
    return _NAMED if matter and squash(matter) in squash(question.text) else 0.0


def _share(question: Question, chosen: frozenset[int], contexts: Sequence[Context]) -> float:
    concepts = [question.concepts[at] for at in sorted(chosen)]
    return coverage(concepts, contexts) if concepts else 1.0


def _unit_fits(question: Question, figure: Figure) -> bool:
    if figure.kind not in question.kinds:
        return False
    if question.unit in ("", "个", "钱") or question.unit == figure.unit:
        return True
    return any(question.unit in group and figure.unit in group for group in _SIMILAR_UNITS)


def _place_fits(question: Question, document: Document, section: Section, sentence: Span) -> bool:
    """A province that the question names must stand in the title, the issuer, the headings or the sentence."""
    named = {p for c in question.concepts for word, _ in c.words[:1] for p in PROVINCES if word.startswith(p)}
    stretches = (document.title, document.issuer, "".join(section.path), sentence.of(document.text))
    return all(any(place in stretch for stretch in stretches) for place in named)


def _years_fit(question: Question, document: Document, section: Section, sentence: Span) -> bool:
    return not question.years or bool(years_of(document, section, sentence) & question.years)
