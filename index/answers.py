"""The answerer: the figure whose subject fits, the date, the words or the sentence that say it; else an honest no."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from archive.figures import dates_in, figures
from archive.text import sentences
from archive.types import Document, Section, Span
from index.addresses import Address, addresses, sections_of
from index.asking import NUMBERS
from index.candidates import Candidate, Candidates, best_first
from index.checks import TextOf, faults, without_faults
from index.comparisons import are_different, are_one_series, computed, sides, things_compared, wants_every_year
from index.confidence import FAR, VERIFIED, Judge, Voices, judge
from index.enumerations import grown, items
from index.explanations import Explanation, trace
from index.head_facts import asks_nothing_else, head_fact
from index.marking import glossed
from index.periods import years_of
from index.questions import Question
from index.search import Searcher
from index.types import (
    Answer,
    AnswerFigure,
    AnswerKind,
    Citation,
    Filters,
    Hit,
    Reader,
    Verdict,
    Verifier,
    cite,
)
from index.verdicts import verdict

_log = logging.getLogger("gongwen")
# A wrong figure costs three times what a right one is worth, other words, which show by themselves what they are,
# about half of it, in English less, where more that is right is unsure (ARCHITECTURE.md has the figures).
LEAST_CONFIDENCE = {"figure": 0.8, "date": 0.75, "text": 0.36, "text en": 0.3}
_LEAST_AHEAD = 0.25
_NAMES_SPELLED = 500
_ENUMERATIONS = 3
_MOST_ALTERNATIVES = 3
_LONGEST_LIST = 800
_SHORT_ARTICLE = 220
_MOST_ARTICLES = 5
_MOST_YEARS = 10
_REASONS = {
    "no-words": ("问题中没有可以检索的内容", "the question holds no words to look for"),
    "no-subject": ("档案中没有讲到这一事项", "nothing in the archive speaks of this"),
    "no-figure": ("档案讲到了相关事项，但没有给出这个数字", "no figure in the archive fits this question"),
    "other-year": ("档案中只有其他年份的数据", "the archive has this for other years only"),
    "other-place": ("档案中没有这个地方的数据", "the archive has this for other places only"),
    "no-article": ("该法没有这一条", "that law has no such article"),
    "one-side": ("档案中只有其中一方的数据", "the archive has only one side of this comparison"),
}
_LABEL = re.compile(r"第[一二三四五六七八九十百千零\d]+[条章节款项]|[一二三四五六七八九十百]+条")
_FIRST_ITEM = re.compile(r"\s*(?:一是|[（(]一[）)]|1[.．、](?!\d)|一、|①)")
_CHANGE = re.compile(
    r"增长|增加|下降|减少|提高|上升|同比|\b(?:grow|grew|grown|growth|rose|rise|fell|fall|increase|decrease|change)d?\b"
)
_WITHIN = re.compile("(?:的?范围[以之]?)?内")
_BEFOREHAND = re.compile("[以之]?前(?![后期述款项景沿端来台往年身途列提])")
_OF_YEAR = re.compile(
    "(?:[底末初](?![步期次])|[上下]半年|[上中下]旬)?(?:[以之]?前(?![后期述款项景沿端来台往年身途列]))?"
)
_ASKS_ARTICLE = re.compile(r"第几条|哪一?条(?!件)|\b(?:which|what) article\b")
_NO_NUMBER = re.compile(
    "一[定些般律起直致旦体切步]|[统唯万同之逐]一|[（(][一二三四五六七八九十]+[）)]|《[^》]*》|[一二三四五六七八九十]是"
)
_LONGEST_NUMBER = 80
_HEAD_KINDS: dict[str, AnswerKind] = {"published": "date", "in-force": "date"}
_KINDS: dict[str, AnswerKind] = {"figure": "span", "date": "span", "span": "span", "list": "list", "yesno": "yesno"}


@dataclass(frozen=True, slots=True)
class Found:
    """The candidates of one kind, best first, and how likely the first is right."""

    kind: str
    candidates: Sequence[Candidate]
    confidence: float
    needed: float
    ahead: float = FAR

    @property
    def suffices(self) -> bool:
        """Two figures that fit as well are no answer, however likely one of them is right."""
        return self.confidence >= self.needed and (self.kind == "text" or self.ahead >= _LEAST_AHEAD)


class Answerer:
    """Answers from one generation; the same question always gets the same answer. Without a reader the words and their
    vectors decide alone."""

    def __init__(
        self,
        searcher: Searcher,
        reader: Reader | None = None,
        text_of: TextOf | None = None,
        verifier: Verifier | None = None,
    ) -> None:
        """`text_of` gives the text that quotes are compared with, by id and revision; the searcher's without it. A
        verifier is heard beside a reader only."""
        self._searcher, self._reader, self._verifier = searcher, reader, verifier
        self._text_of = text_of or (lambda doc_id, revision: searcher.document(doc_id, revision).text)

    def answer(self, text: str, filters: Filters | None = None, explain: bool = False) -> Answer:
        """The answer, or a refusal with its reason and the nearest passages. `explain` fills `trace`."""
        filters = filters or Filters()
        question = self._searcher.understand(text)
        found: list[Found] = []
        decided = self._at_once(question, filters)
        if not decided:
            found = self._found(question, filters)
            decided = self._decided(question, found, filters)
        answer = self._checked(decided)
        if not explain:
            return answer
        hits = self._hits(question, Explanation.HITS, filters) if question.concepts else []
        return replace(answer, trace=trace(question, hits, found, decided, answer))

    def _at_once(self, question: Question, filters: Filters) -> Answer | None:
        """What needs no candidates of one kind: nothing is asked, an article is named, or sides are compared."""
        if not question.concepts:
            return self._refusal(question, "no-words", [])
        return self._article(question, filters) or self._of_head(question, filters) or self._series(question, filters)

    def _of_head(self, question: Question, filters: Filters) -> Answer | None:
        """What the one document that a question can mean prints of itself: issuer, number, dates."""
        found = head_fact(self._searcher, question, filters)
        if not found and asks_nothing_else(self._searcher, question, filters):
            return self._refusal(question, "no-subject", self._hits(question, _MOST_ALTERNATIVES, filters))
        if not found:
            return None
        text, whole = found.document.text, Span(0, len(found.document.text))
        lines = [s for s in sentences(text, whole) if s.overlaps(found.span)]
        words = found.span.of(text)
        printed = tuple(line.strip("、 ") for line in re.split(r"[、，,\s]+", words)) if found.asks == "issuer" else ()
        return Answer(
            question=question.text,
            kind=_HEAD_KINDS.get(found.asks, "span") if len(printed) < 2 else "list",
            text=words,
            confidence=1.0,
            citations=(cite(found.document, Span(lines[0].start, lines[-1].end)),),
            items=printed if len(printed) > 1 else (),
        )

    def _hits(self, question: Question, count: int, filters: Filters) -> list[Hit]:
        return self._searcher.search(question, count, filters)

    # choosing

    def _found(self, question: Question, filters: Filters, is_whole: bool = True) -> list[Found]:
        """What there is of the kind asked for; where that is not sure enough, words of any kind too."""
        candidates = Candidates(self._searcher, self._reader, question, filters)
        words = candidates.words if self._reader else candidates.sentences
        found = []
        if question.asked == "figure":
            found.append(self._judged(question, "figure", candidates.figures(), is_whole))
        if question.asked == "date":
            found.append(self._judged(question, "date", candidates.dates(), is_whole))
        if found and found[0].suffices:
            return found
        return [*found, self._judged(question, "text", words(), is_whole)]

    def _judged(self, question: Question, kind: str, candidates: Sequence[Candidate], is_whole: bool) -> Found:
        """`is_whole` unless the question was changed (another year, one side of two): a verifier reads its text."""
        asked_for_number = kind == "text" and question.asked in NUMBERS
        by = judge("number" if asked_for_number else kind, question.language, self._voices(is_whole))
        heard = [c for c in candidates if by.settled or not c.is_enumeration]
        ranked = best_first([replace(c, rank=by.rank(c.features)) for c in heard])
        if not ranked:
            return Found(kind, (), 0.0, _needed(question, kind))
        judged = self._settled(question, by, _heard_of(ranked)) if by.settled else ranked
        first = judged[0]
        rival = next((c.rank for c in judged[1:] if _is_rival(c, first)), None)
        ahead = FAR if rival is None else first.rank - rival
        confidence = by.confidence(first.features, first.rank, rival, first.verified)
        known = {(c.document.id, c.span) for c in judged}
        rest = (c for c in ranked if (c.document.id, c.span) not in known)
        return Found(kind, [*judged, *rest], confidence, _needed(question, kind, first), ahead)

    def _voices(self, is_whole: bool) -> Voices:
        if not self._reader:
            return "unread"
        return "verified" if self._verifier and is_whole else "read"

    def _settled(self, question: Question, by: Judge, first: Sequence[Candidate]) -> list[Candidate]:
        """Candidates in the order that the verifier gives them."""
        assert self._verifier
        texts = [glossed(question.concepts, c.marked) for c in first]
        logits = self._verifier.verify(question.text, texts, question.asked in NUMBERS)
        heard = zip(first, map(float, logits), strict=True)
        return best_first([replace(c, rank=by.settle(c.rank, logit), verified=logit) for c, logit in heard])

    def _decided(self, question: Question, found: Sequence[Found], filters: Filters) -> Answer:
        first, *rest = found
        if first.suffices:
            return self._accepted(question, first)
        enough = (one for one in rest if one.suffices and one.confidence >= first.needed)
        other = next((one for one in enough if _gives(question, one.candidates[0])), None)
        if other:
            return self._accepted(question, other)
        hits = self._hits(question, _MOST_ALTERNATIVES, filters)
        return self._refusal(question, self._reason(question, found, filters), hits)

    def _accepted(self, question: Question, found: Found) -> Answer:
        best = found.candidates[0]
        span = _in_full(best) if found.kind != "text" else self._told(question, best)
        quoted = Span(min(best.sentence.start, span.start), max(best.sentence.end, span.end))
        text = span.of(best.document.text)
        kind = _kind(question, found)
        return Answer(
            question=question.text,
            kind=kind,
            text=text,
            confidence=round(found.confidence, 3),
            citations=(cite(best.document, quoted),),
            figures=_figures(best),
            alternatives=_rivals(found.candidates) if found.kind == "figure" else (),
            items=items(text) if question.asked == "list" else (),
            verdict=self._verdict(question, best),
        )

    def _told(self, question: Question, best: Candidate) -> Span:
        """What is quoted: the words found, all of a list, the sentence that decides, or what it announces."""
        text = best.document.text
        if _ASKS_ARTICLE.search(question.text.lower()) and (label := _article_label(best)):
            return label
        if question.asked == "yesno":
            return best.sentence
        if best.is_enumeration:
            return best.span
        if _announces(best.document, best.section, best.sentence) and question.asked in ("list", "passage"):
            return _whole_thought(best)
        if question.asked == "list":
            return grown(text, best.span, best.section.span)
        return best.span if self._reader else _whole_thought(best)

    def _verdict(self, question: Question, best: Candidate) -> Verdict:
        if question.asked != "yesno":
            return ""
        above = "\n".join([best.document.title, *best.section.path])
        return verdict(question, best.document.text, best.sentence, above)

    # comparing

    def _series(self, question: Question, filters: Filters) -> Answer | None:
        """The figures of all sides of a comparison, or of every year; None where the question compares nothing, one
        text may say it all, or what there is cannot stand side by side. Of two things compared one figure says nothing:
        without the other there is a refusal."""
        compared = sides(question) if question.asked == "figure" else ()
        found = [(side.label, self._figure_of(side.question, filters)) for side in compared]
        things = () if compared else things_compared(question.text)
        for name, asked in things:
            alone = replace(self._searcher.understand(asked), years=question.years, places=question.places)
            found.append((name, self._figure_of(alone, filters, is_whole=True)))
        if question.asked == "figure" and not found and wants_every_year(question):
            found = list(self._by_year(question, filters))
        had = [(label, one) for label, one in found if one.suffices]
        best = [one.candidates[0] for _, one in had]
        wanted = len(compared) + len(things)
        may_stand_together = are_different(best) if things else are_one_series(best)
        if len(had) > 1 and len(had) >= wanted and may_stand_together:
            return self._compared(question, had)
        if things and len(had) in (0, wanted):
            return self._refusal(question, "no-figure", self._hits(question, _MOST_ALTERNATIVES, filters))
        is_one_sided = 0 < len(had) < wanted and not _may_change(question)
        return self._one_sided(question, had) if is_one_sided or things else None

    def _figure_of(self, question: Question, filters: Filters, is_whole: bool = False) -> Found:
        found = Candidates(self._searcher, self._reader, question, filters).figures()
        return self._judged(question, "figure", found, is_whole)

    def _by_year(self, question: Question, filters: Filters) -> Iterator[tuple[str, Found]]:
        """The best figure of each year, in their order; a figure that stands among several years is of none."""
        years: dict[int, list[Candidate]] = {}
        for candidate in Candidates(self._searcher, self._reader, question, filters).figures():
            spoken_of = years_of(candidate.document, candidate.section, candidate.sentence)
            if len(spoken_of) == 1:
                years.setdefault(min(spoken_of), []).append(candidate)
        for year in sorted(years)[:_MOST_YEARS]:
            yield f"{year}年", self._judged(question, "figure", years[year], is_whole=False)

    def _compared(self, question: Question, had: Sequence[tuple[str, Found]]) -> Answer:
        best = [found.candidates[0] for _, found in had]
        years = [int(label[:-1]) for label, _ in had if label[:-1].isdecimal()]
        return Answer(
            question=question.text,
            kind="series",
            text="；".join(candidate.printed for candidate in best),
            confidence=round(min(found.confidence for _, found in had), 3),
            citations=tuple(cite(c.document, c.sentence) for c in best),
            figures=tuple(figure for c in best for figure in _figures(c)),
            items=tuple(candidate.printed for candidate in best),
            sides=tuple(label for label, _ in had),
            computed=computed(best, years),
        )

    def _one_sided(self, question: Question, had: Sequence[tuple[str, Found]]) -> Answer:
        """A refusal that shows the side the archive has."""
        shown = tuple(cite(f.candidates[0].document, f.candidates[0].sentence) for _, f in had)
        return replace(self._refusal(question, "one-side", []), alternatives=shown)

    # refusing

    def _reason(self, question: Question, found: Sequence[Found], filters: Filters) -> str:
        seen = {(c.document.id, c.span) for one in found for c in one.candidates}
        if question.years and self._would_do(replace(question, years=frozenset()), filters, seen):
            return "other-year"
        if question.places and self._would_do(replace(question, places=()), filters, seen):
            return "other-place"
        return "no-figure" if question.asked == "figure" else "no-subject"

    def _would_do(self, question: Question, filters: Filters, seen: Set[tuple[str, Span]]) -> bool:
        """Whether a changed question has an answer that is none of those seen for the whole one."""
        found = self._found(question, filters, is_whole=False)[0]
        best = found.candidates[0] if found.suffices else None
        return best is not None and (best.document.id, best.span) not in seen

    def _refusal(self, question: Question, reason: str, hits: list[Hit]) -> Answer:
        chinese, english = _REASONS[reason]
        text = f"无法回答：{chinese}。" if question.language == "zh" else f"No answer: {english}."
        nearest = tuple(
            cite(self._searcher.document(h.passage.doc_id, h.passage.revision), h.passage.span) for h in hits
        )
        return Answer(question.text, "refusal", text, 0.0, alternatives=nearest, reason=reason)

    def _checked(self, answer: Answer) -> Answer:
        """The last look before an answer leaves. What does not stand in what it cites is a bug, and a refusal."""
        found = faults(answer, self._text_of)
        for fault in found:
            _log.error("answer withheld: %s is not cited: %r", fault.kind, fault.words[:80])
        return without_faults(answer, found)

    # articles

    def _article(self, question: Question, filters: Filters) -> Answer | None:
        """《…法》第X条第X款, looked up exactly; None when the question names no article of a known document."""
        asked = [a for a in addresses(question.text) if a.kind == "article"][:_MOST_ARTICLES]
        places = [(a, self._searcher.addressed(a, question.text, filters)) for a in asked]
        found = [cite(d, _stripped(d, s)) for a, documents in places for d, s in _first_place(documents, a)]
        if found:
            citations = tuple(dict.fromkeys(found))
            return Answer(question.text, "passage", citations[0].quote, 1.0, citations)
        if any(address.title and documents for address, documents in places):
            return self._refusal(question, "no-article", [])
        return None


def _needed(question: Question, kind: str, first: Candidate | None = None) -> float:
    """How sure an answer must be: as sure as a date where a foreign name that is asked about is not printed in its
    document and not spelled in the title, the issuer, the headings or near."""
    needed = LEAST_CONFIDENCE.get(f"{kind} {question.language}", LEAST_CONFIDENCE[kind])
    if first and question.names:
        document, sentence = first.document, first.sentence
        near = document.text[max(0, sentence.start - _NAMES_SPELLED) : sentence.end + _NAMES_SPELLED]
        above = "\n".join([document.title, document.issuer, *first.section.path])
        if not all(n.is_printed_in(above + document.text) or n.is_spelled_in(above + near) for n in question.names):
            return max(needed, LEAST_CONFIDENCE["date"])
    return needed


def _is_rival(other: Candidate, first: Candidate) -> bool:
    """Whether a candidate says something else; an enumeration and words that hold it, or that it holds, say the
    same."""
    is_same = other.document.id == first.document.id and other.is_enumeration != first.is_enumeration
    is_part = other.span.covers(first.span) or first.span.covers(other.span)
    return other.said != first.said and not (is_same and is_part)


def _heard_of(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The first candidates of different answers, and a few enumerations beside them, as a verifier hears them."""
    first = _of_different([c for c in ranked if not c.is_enumeration])[:VERIFIED]
    return [*first, *_of_different([c for c in ranked if c.is_enumeration])[:_ENUMERATIONS]]


def _of_different(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The first candidate of each answer: copies of one would keep its rivals from being heard."""
    found: dict[str, Candidate] = {}
    for candidate in ranked:
        found.setdefault(candidate.said, candidate)
    return list(found.values())


def _may_change(question: Question) -> bool:
    """Whether one document may hold the answer, for it asks by how much something has changed."""
    return _CHANGE.search(question.text.lower()) is not None


def _gives(question: Question, words: Candidate) -> bool:
    """Whether words may answer where a figure or date was asked for and none is sure enough: they hold a number (20比1,
    2.0版, not 一定比例), the measure word that was asked for if any, and neither figure nor date, for what is not sure
    enough as one is no surer as words."""
    text = words.document.text
    if question.unit not in words.printed and question.unit not in ("钱", "块钱"):
        return False
    if _LABEL.search(words.printed) or len(words.printed) > _LONGEST_NUMBER:
        return False
    if not any(map(str.isnumeric, _NO_NUMBER.sub("", words.printed))):
        return False
    read = [f.span for f in figures(text, words.sentence)] + [d.span for d in dates_in(text, words.sentence)]
    return not any(s.overlaps(words.span) for s in read)


def _kind(question: Question, found: Found) -> AnswerKind:
    if found.kind == "text":
        return _KINDS.get(question.asked, "passage")
    return "figure" if found.kind == "figure" else "date"


def _first_place(documents: Sequence[Document], address: Address) -> list[tuple[Document, Section]]:
    """Where an article stands, in the first document that has it."""
    return next(([(d, s) for s in found] for d in documents if (found := sections_of(d, address))), [])


def _figures(best: Candidate) -> tuple[AnswerFigure, ...]:
    f = best.figure
    if not f:
        return ()
    subject = best.subject.of(best.document.text) if best.subject else ""
    return (AnswerFigure(f.value, f.upper, f.unit, f.bound, f.hedge, subject, f.span),)


def _rivals(candidates: Sequence[Candidate]) -> tuple[Citation, ...]:
    """The next other figures, each with the words of its own clause."""
    others: dict[str, Candidate] = {}
    for candidate in candidates:
        others.setdefault(candidate.said, candidate)
    return tuple(_own_words(c) for c in list(others.values())[1 : 1 + _MOST_ALTERNATIVES])


def _own_words(candidate: Candidate) -> Citation:
    own = candidate.figure
    return cite(candidate.document, Span(own.before.start, own.after.end) if own else candidate.sentence)


def _whole_thought(best: Candidate) -> Span:
    """A short article of a law is answered whole. A heading, or a sentence that announces a list, takes what it
    announces with it, up to a bound."""
    text, section, sentence = best.document.text, best.section, best.sentence
    if section.path and section.path[-1].endswith("条") and section.span.end - section.span.start <= _SHORT_ARTICLE:
        return _stripped(best.document, section)
    if not _announces(best.document, section, sentence):
        return sentence
    rest = Span(sentence.end, min(_end_of_part(best.document, section), sentence.end + _LONGEST_LIST))
    return Span(sentence.start, max((s.end for s in sentences(text, rest)), default=sentence.end))


def _in_full(best: Candidate) -> Span:
    """A figure or date with what follows and bounds it: 六十日内, 150米范围内, 三十日前, 2025年底."""
    figure, text = best.figure, best.document.text
    if not figure:
        follows = _OF_YEAR.match(text, best.span.end)
    elif figure.hedge == "内":
        follows = _WITHIN.match(text, best.span.end)
    else:
        follows = _BEFOREHAND.match(text, best.span.end) if figure.kind == "duration" and not figure.hedge else None
    return Span(best.span.start, follows.end()) if follows else best.span


def _announces(document: Document, section: Section, sentence: Span) -> bool:
    """Whether a sentence is a heading, ends in a colon, or is followed by a first item."""
    text = document.text
    follows = _FIRST_ITEM.match(text, sentence.end, _end_of_part(document, section))
    return text[sentence.end - 1] in "：:" or section.heading.covers(sentence) or follows is not None


def _end_of_part(document: Document, section: Section) -> int:
    """Where a section ends together with those below it; what stands before the first heading has none below it."""
    if not section.path:
        return section.span.end
    after = (s.span.start for s in document.sections if s.span.start > section.span.start and s.level <= section.level)
    return next(after, len(document.text))


def _article_label(best: Candidate) -> Span | None:
    """第十二条, where the words stand in an article."""
    label, start = (best.section.path or ("",))[-1], best.section.span.start
    is_label = label.startswith("第") and best.document.text.startswith(label, start)
    return Span(start, start + len(label)) if is_label else None


def _stripped(document: Document, section: Section) -> Span:
    quote = section.span.of(document.text)
    return Span(section.span.start, section.span.start + len(quote.rstrip()))
