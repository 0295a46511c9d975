"""When a document was published: its own date, where its head prints it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.figures import dates_in
from archive.text import fold
from archive.types import Document, Span
from index.evidence import context, coverage
from index.questions import Question
from index.search import Searcher
from index.types import Filters

_ASKS = re.compile(
    r"(?:发布|印发|公布|成文|发文)的?(?:日期|时间|是?(?:什么时候|何时|哪一?天|哪一?年))"
    r"|(?:什么时候|何时|哪一?天|几月几[日号])(?:发布|印发|公布|成文)"
    r"|\bwhen (?:was|were) .*\b(?:published|issued|released)\b"
    r"|\b(?:publication|issue|release) date\b|\bdate of (?:publication|issue)\b"
)
_PUBLISHES = re.compile(r"发布|印发|公布|成文|发文|这份|publish|issu|releas|document|text")
_KINDS = {
    "report": "报告",
    "notice": "通知",
    "announcement": "公告",
    "opinions": "意见",
    "measures": "办法",
    "regulations": "条例",
    "decision": "决定",
    "plan": "方案",
}
_HEAD = 400
_MOST = 50
_LEAST = 0.95


def asks_issue_date(question: Question) -> bool:
    return _ASKS.search(fold(question.text)) is not None


def issue_date(searcher: Searcher, question: Question, filters: Filters) -> tuple[Document, Span] | None:
    """The only document that a question about a date of publication can mean, and where its head prints that date."""
    found = [document for document in _meant(searcher, question, filters) if _is_of(question, document)]
    if len(found) != 1:
        return None
    span = _printed(found[0])
    return (found[0], span) if span else None


def _meant(searcher: Searcher, question: Question, filters: Filters) -> Iterator[Document]:
    """The documents with the kind that is named in their title, when they are few."""
    kind = next((kind for word, kind in _KINDS.items() if kind in question.text or word in question.text.lower()), "")
    for listed in searcher.titled_with(kind, filters, _MOST) if kind else ():
        yield searcher.document(listed.doc_id, listed.revision)


def _is_of(question: Question, document: Document) -> bool:
    """Whether a document's title says all that the question says of it."""
    said = [c for c in question.concepts if not _PUBLISHES.search(c.surface)]
    return coverage(said, [context(document.title + document.issuer, 1.0)]) >= _LEAST if said else True


def _printed(document: Document) -> Span | None:
    issued = document.issued_on
    for printed in dates_in(document.text, Span(0, min(_HEAD, len(document.text)))):
        numbers = tuple(map(int, re.findall(r"\d+", printed.span.of(document.text))))
        if issued and numbers[:3] == (issued.year, issued.month, issued.day):
            return printed.span
    return None
