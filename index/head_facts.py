"""What a question asks of a document itself, and where it prints that: who issued it, its number (文号), when it was
published, and from when it is in force."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.figures import dates_in
from archive.head import effective, numbers_in
from archive.structure import SIGNATURE
from archive.text import fold
from archive.types import Document, Span
from index.evidence import context, coverage
from index.questions import Question
from index.search import Searcher
from index.titles import is_titled, titles_named
from index.types import Filters, Language
from index.words import squash

Asks = Literal["published", "in-force", "issuer", "number"]

_BODY = r"(?:政府)?(?:部门|机关|单位|机构|部委)"
_WHO = rf"(?:谁|(?:哪[一几]?[个家些]|什么|何)(?:政府)?{_BODY})"
_ISSUES = r"(?:联合|共同)?(?:发布|印发|公布|发出|下发|颁布|出台|制定|[发定](?=的|[?？]|$))"
_WHEN = r"(?:什么时候|何时|哪一?天|哪一?年|几月几[日号])"
_ISSUED = r"(?:issued|published|released|promulgated|enacted|adopted)\b"
_AGENCY = r"(?:departments?|agency|agencies|body|bodies|authority|authorities|ministry|ministries|bureaus?|offices?)"
_ASKS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    (
        "in-force",
        re.compile(
            rf"(?:施行|实施|生效|执行)的?(?:日期|时间)|[从自]?{_WHEN}(?:起开始|起|开始|正式)?(?:施行|实施|生效|执行)"
            r"|\bwhen (?:did|does|do|will|was|were|is|are) .*\b(?:t[ao]ke effect|(?:come|enter|put|brought) into"
            r" (?:force|effect)|in force|become effective|effective)\b|\b(?:effective|commencement) date\b"
        ),
    ),
    (
        "published",
        re.compile(
            rf"(?:发布|印发|公布|成文|发文|颁布)的?(?:日期|时间|是?{_WHEN})|{_WHEN}(?:发布|印发|公布|成文|颁布)"
            rf"|\bwhen (?:was|were) .*\b{_ISSUED}"
            r"|\b(?:publication|issue|release|promulgation) date\b|\bdate of (?:publication|issue|promulgation)\b"
        ),
    ),
    (
        "issuer",
        re.compile(
            rf"{_WHO}{_ISSUES}(?!.*(?:什么|哪|多少))"
            r"|(?:发布|发文|印发|制定|颁布|公布)(?:机关|单位|机构|部门)(?:是?(?:谁|什么|哪[个家些一]?)|[有是]哪[个家些]?|[?？。]|$)"
            rf"|\bwho (?:jointly )?{_ISSUED}|\b(?:which|what) (?:[a-z]+ )?{_AGENCY} (?:jointly )?{_ISSUED}"
            r"|\bissuing (?:body|authority|agency|department)\b"
        ),
    ),
    (
        "number",
        re.compile(r"文号|发文字号|文件编号|\b(?:document|official|reference) (?:number|no\.)"),
    ),
)
# what asks, and not what the document is about
_ASKING = re.compile(
    rf"发布|印发|公布|成文|发文|颁布|出台|制定|下发|施行|实施|生效|执行|文号|字号|编号|联合|共同|正式|开始|日期|时间|^{_BODY}$|^这[份个部]$|^哪$"
    r"|\b(?:publish|publication|issu|releas|promulg|enact|adopt|document|text|effect|forc|commenc|joint|depart|agenc|bod[iy]"
    r"|author|ministr|bureau|offic|refer|date)"
)
# what may stand between a title and what is asked of it
_LIGHT = re.compile(
    r"中华人民共和国|请问|我国|现行|新修订|修订后|修正后|这[部份个]?|[的是在从自于了由被该那起又和与《》“”\"'\s,，。.?？:：!！]"
)
# kinds of documents, and how an English question says each; a longer name before those it ends in
_KINDS = {
    "报告": "report",
    "通知": "notice|notification|circular",
    "公告": "announcement",
    "通告": "announcement",
    "意见": "opinions?",
    "办法": "measures",
    "措施": "measures",
    "条例": "regulations?",
    "规定": "provisions|regulations?",
    "细则": "rules",
    "决定": "decision",
    "方案": "plan",
    "法": "law",
}
_KIND_STEMS = frozenset(
    "report notic notif circular announc opinion measur regul provis rule decis plan law china current".split()
)
_HEAD = 600
_MOST = 50
_HITS = 20
_LEAST = 0.95
_LEAST_ENGLISH, _AHEAD_ENGLISH = 0.7, 0.3
_LEAST_LIKE = 0.5
_A_LAW = re.compile(
    rf"(?:法|条例|规定|细则)》?(?:的|是|自|从|于)*(?:{_WHEN}|施行|实施|生效|公布|发布)|\b(?:laws?|regulations?|measures|rules|provisions)\b"
)
_LINES_BETWEEN = 40


@dataclass(frozen=True, slots=True)
class HeadFact:
    """What a document prints of itself, and where."""

    asks: Asks
    document: Document
    span: Span


def asked_of_head(question: Question) -> Asks | None:
    """What a question asks of a document itself; None for any other question."""
    text = re.sub("《[^》]*》", "《》", fold(question.text).lower())
    return next((name for name, pattern in _ASKS if pattern.search(text)), None)


def head_fact(searcher: Searcher, question: Question, filters: Filters) -> HeadFact | None:
    """What the one document that the question can mean prints of itself; None for questions about anything else, where
    several documents may be meant, and where it is not printed."""
    asks = asked_of_head(question)
    document = _meant(searcher, question, filters) if asks else None
    span = _printed(asks, document) if asks and document else None
    return HeadFact(asks, document, span) if asks and document and span else None


def names_another(question: Question, document: Document) -> bool:
    """Whether a question that asks when a law was published or is in force names another one than this: each law prints
    that it is in force from some day."""
    if asked_of_head(question) not in ("published", "in-force") or not _A_LAW.search(question.text.lower()):
        return False
    is_numbered = next(numbers_in(question.text), None) is not None
    return not is_numbered and _share(question, document) < _LEAST_LIKE


def _meant(searcher: Searcher, question: Question, filters: Filters) -> Document | None:
    """The only document whose title says all that the question says of it."""
    for document in searcher.titled(question.text, filters):
        if _says_no_more(question, _squashed(document.title)) or _share(question, document) >= _LEAST:
            return document
    named = titles_named(question.text)
    is_whole = any(_says_no_more(question, title) for title in named)
    shares: dict[str, tuple[float, Document]] = {}
    for document in _perhaps(searcher, question, filters):
        if not named or any(is_titled(title, document.title) for title in named):
            shares.setdefault(document.title, (1.0 if is_whole else _share(question, document), document))
    return _clear(sorted(shares.values(), key=lambda pair: -pair[0]), question.language)


def _clear(ranked: Sequence[tuple[float, Document]], language: Language) -> Document | None:
    """The first document where no other is as likely meant. English words find only some of a title's."""
    if not ranked:
        return None
    (first, document), second = ranked[0], ranked[1][0] if len(ranked) > 1 else 0.0
    if language == "en":
        return document if first >= _LEAST_ENGLISH and first - second >= _AHEAD_ENGLISH else None
    return document if first >= _LEAST > second else None


def _perhaps(searcher: Searcher, question: Question, filters: Filters) -> Iterator[Document]:
    """The documents of the kinds that are named, where they are few, and those of the passages found first."""
    for kind in _kinds_in(question):
        for listed in searcher.titled_with(kind, filters, _MOST):
            yield searcher.document(listed.doc_id, listed.revision)
    for hit in searcher.search(question, _HITS, filters, reread=False):
        yield searcher.document(hit.passage.doc_id, hit.passage.revision)


def _says_no_more(question: Question, title: str) -> bool:
    """Whether a question holds a squashed title, what is asked of it, and nothing else."""
    said = squash(question.text)
    rest = said.replace(title, "", 1)
    return title in said and any(not _LIGHT.sub("", pattern.sub("", rest)) for _, pattern in _ASKS)


def _squashed(title: str) -> str:
    return squash(title).removeprefix("中华人民共和国")


def _kinds_in(question: Question) -> list[str]:
    """The kinds of document that a question may name, as titles print them: in Chinese the last one (…条例实施细则);
    办法 is no 法."""
    said = question.text.lower()
    if question.language == "en":
        return [kind for kind, english in _KINDS.items() if re.search(rf"\b(?:{english})\b", said)]
    ends = [(said.rfind(kind) + len(kind), len(kind), kind) for kind in _KINDS if kind in said]
    return [max(ends)[2]] if ends else []


def _share(question: Question, document: Document) -> float:
    """The share of what a question says of a document, in [0, 1], that its title has; 0 for another kind or year."""
    kinds = _kinds_in(question)
    if kinds and not any(kind in document.title for kind in kinds):
        return 0.0
    if question.years and not any(str(year) in document.title + str(document.issued_on) for year in question.years):
        return 0.0
    said = [c for c in question.concepts if not _ASKING.search(c.surface) and c.surface not in _KIND_STEMS]
    return coverage(said, [context(document.title + document.issuer, 1.0)]) if said else 1.0


def _printed(asks: Asks, document: Document) -> Span | None:
    if asks == "published":
        return _day(document)
    if asks == "in-force":
        return effective(document.text)
    return _number(document) if asks == "number" else _issuer(document)


def _day(document: Document) -> Span | None:
    """Where head or signature print the day it was published."""
    for stretch in _ends(document):
        for printed in dates_in(document.text, stretch):
            numbers = tuple(map(int, re.findall(r"\d+", printed.span.of(document.text))))
            issued = document.issued_on
            if issued and numbers[:3] == (issued.year, issued.month, issued.day):
                return printed.span
    return None


def _number(document: Document) -> Span | None:
    head = document.text[:_HEAD]
    return next(
        (
            _signed(span, document.number, head)
            for span, found in numbers_in(head)
            if _ends_with(found, document.number)
        ),
        None,
    )


def _ends_with(found: str, number: str) -> bool:
    return bool(number) and found.endswith(number)


def _signed(span: Span, number: str, text: str) -> Span:
    """Where a number itself begins: what stands before the issuer's sign is not its own."""
    begin = span.of(text).find(number[:1])
    return Span(span.start + max(begin, 0), span.end)


def _issuer(document: Document) -> Span | None:
    """Where title, head or signature print who issued it: all of them, with nothing but marks between."""
    organs = [organ for organ in (document.issuer or document.publisher).split("、") if organ]
    for stretch in _ends(document):
        at = [document.text.find(organ, stretch.start, stretch.end) for organ in organs]
        if organs and min(at) >= 0 and at == sorted(at) and at[-1] - at[0] <= len(organs) * _LINES_BETWEEN:
            return Span(at[0], at[-1] + len(organs[-1]))
    return None


def _ends(document: Document) -> Iterator[Span]:
    """The head and the signature."""
    yield Span(0, min(_HEAD, len(document.text)))
    yield from (section.span for section in document.sections if section.path == (SIGNATURE,))
