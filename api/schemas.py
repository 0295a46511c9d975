"""What goes in and out over HTTP and as --json. Unknown fields are refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StrictBool, StrictInt, StringConstraints

from archive.types import Document
from index.types import Answer, Hit

LONGEST_QUESTION = 1000

QuestionText = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION)
]
DocumentId = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{12}$")]
Number = Annotated[
    Decimal, PlainSerializer(lambda d: int(d) if d == d.to_integral_value() else float(d), return_type=float | int)
]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FiltersIn(_In):
    collection: Annotated[str, StringConstraints(strict=True, max_length=100)] = ""
    document: DocumentId | None = None


class AskIn(_In):
    question: QuestionText
    filters: FiltersIn = FiltersIn()
    explain: StrictBool = False


class SearchIn(_In):
    query: QuestionText
    filters: FiltersIn = FiltersIn()
    limit: Annotated[StrictInt, Field(ge=1, le=100)] = 10


class SpanOut(_Out):
    start: int
    end: int


class CitationOut(_Out):
    doc_id: str
    revision: str
    title: str
    number: str
    issued_on: date | None
    path: list[str]
    address: str
    page: int
    span: SpanOut
    quote: str
    quote_sha256: str
    url: str


class FigureOut(_Out):
    value: Number
    upper: Number | None
    unit: str
    bound: str
    hedge: str
    subject: str
    span: SpanOut


class AnswerOut(_Out):
    question: str
    kind: str
    text: str
    confidence: float
    reason: str
    citations: list[CitationOut]
    figures: list[FigureOut]
    alternatives: list[CitationOut]
    trace: dict[str, Any]


class HitOut(_Out):
    id: str
    doc_id: str
    revision: str
    title: str
    path: list[str]
    span: SpanOut
    text: str
    score: float
    by: list[str]


class SearchOut(_Out):
    hits: list[HitOut]


class RelationOut(_Out):
    kind: str
    title: str
    number: str


class DocumentOut(_Out):
    id: str
    revision: str
    title: str
    issuer: str
    number: str
    issued_on: date | None
    source: str
    publisher: str
    collection: str
    effective_on: date | None
    index_number: str
    category: str
    relations: list[RelationOut]
    characters: int


class SectionOut(_Out):
    path: list[str]
    heading: SpanOut
    body: SpanOut
    level: int


class DocumentTextOut(DocumentOut):
    text: str
    sections: list[SectionOut]


class DocumentsOut(_Out):
    documents: list[DocumentOut]
    next: str | None


def answer_out(answer: Answer) -> AnswerOut:
    return AnswerOut.model_validate(answer)


def hit_out(hit: Hit, document: Document) -> HitOut:
    p = hit.passage
    return HitOut(
        id=p.id,
        doc_id=p.doc_id,
        revision=p.revision,
        title=document.title,
        path=list(p.path),
        span=SpanOut.model_validate(p.span),
        text=p.span.of(document.text),
        score=round(hit.score, 6),
        by=list(hit.by),
    )


def document_out(document: Document) -> DocumentOut:
    return DocumentOut(**_facts(document))


def document_text_out(document: Document) -> DocumentTextOut:
    sections = [SectionOut.model_validate(s) for s in document.sections]
    return DocumentTextOut(**_facts(document), text=document.text, sections=sections)


def _facts(document: Document) -> dict[str, Any]:
    names = set(DocumentOut.model_fields) - {"characters", "relations"}
    relations = [RelationOut.model_validate(r) for r in document.relations]
    return {name: getattr(document, name) for name in names} | {
        "relations": relations,
        "characters": len(document.text),
    }
