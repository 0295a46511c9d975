"""What goes in and out over HTTP and as --json. Unknown fields are refused."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from api.cursors import LONGEST_CURSOR
from archive.types import Document
from index.checks import Sentence
from index.figure_list import FigureList, FigureRow, Only
from index.phrasing import Phrased
from index.types import Answer, Filters, Hit

LONGEST_QUESTION = 1000

QuestionText = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION)
]
DocumentId = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{12}$")]
Number = Annotated[
    Decimal, PlainSerializer(lambda d: int(d) if d == d.to_integral_value() else float(d), return_type=float | int)
]


Score = Annotated[float, PlainSerializer(lambda score: round(score, 6), return_type=float)]
FilterText = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, max_length=100)]
_COLUMNS = (
    *("subject", "printed", "value", "upper", "unit", "bound", "change", "years"),
    *("title", "number", "issued_on", "doc_id", "revision", "start", "end", "quote", "url"),
)
Facet = Literal["collection", "issuer", "year"]


def _printed_day(given: object) -> object:
    if given is None or isinstance(given, date) or (isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given)):
        return given
    raise ValueError("write a day like 2023-12-31")


Day = Annotated[date, BeforeValidator(_printed_day)]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FiltersIn(_In):
    """Which documents may be found; what is left out or empty allows any. Both days are inclusive."""

    collection: FilterText = ""
    document: DocumentId | Literal[""] = ""
    issuer: Annotated[FilterText, Field(description="one of the issuers, in full or its end (公安部)")] = ""
    number: Annotated[FilterText, Field(description="文号, in any bracket and width")] = ""
    issued_from: Day | None = None
    issued_to: Day | None = None
    section: Annotated[FilterText, Field(description="words of a heading above the passage")] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.issued_from and self.issued_to and self.issued_from > self.issued_to:
            raise ValueError(f"issued_from ({self.issued_from}) is later than issued_to ({self.issued_to}); swap them")
        return self

    def filters(self) -> Filters:
        return Filters(**{name: getattr(self, name) for name in FiltersIn.model_fields})


class AskIn(_In):
    question: QuestionText
    filters: FiltersIn = FiltersIn()
    explain: StrictBool = False
    phrase: Annotated[StrictBool, Field(description="also in the words of the language model that is set")] = False


class SearchIn(_In):
    query: QuestionText
    filters: FiltersIn = FiltersIn()
    facets: Annotated[list[Facet], Field(max_length=3)] = []
    limit: Annotated[StrictInt, Field(ge=1, le=100)] = 10
    cursor: Annotated[str, StringConstraints(strict=True, max_length=LONGEST_CURSOR)] | None = None


class DocumentsIn(FiltersIn):
    """The filters, as parameters of an address."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, StringConstraints(max_length=12)] = ""


class FiguresIn(FiltersIn):
    """What figures are listed, as parameters of an address. `from` and `to` are the years that the figures are about,
    `issued_from` and `issued_to` the days of their documents."""

    subject: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    unit: Annotated[FilterText, Field(description="only with this measure word")] = ""
    only: Annotated[Only, Field(description="levels: how much there is; changes: by how much it rose or fell")] = ""
    year_from: Annotated[int, Field(alias="from", ge=1900, le=2099)] = 1900
    year_to: Annotated[int, Field(alias="to", ge=1900, le=2099)] = 2099
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    format: Literal["json", "csv"] = "json"

    @model_validator(mode="after")
    def _years_in_order(self) -> Self:
        if self.year_from > self.year_to:
            raise ValueError(f"from ({self.year_from}) is later than to ({self.year_to}); swap them")
        return self

    @property
    def years(self) -> range | None:
        """None when any year will do, also none."""
        asked = self.model_fields_set & {"year_from", "year_to"}
        return range(self.year_from, self.year_to + 1) if asked else None


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


class FigureRowOut(_Out):
    """A figure of a list. `subject` and `printed` are its document's words; `span` is the figure's place. `change` is
    rise or fall where the figure says by how much, else empty."""

    subject: str
    printed: str
    value: Number
    upper: Number | None
    unit: str
    bound: str
    hedge: str
    change: str
    years: list[int]
    span: SpanOut
    citation: CitationOut


class FiguresOut(_Out):
    """`more` says that there may be others: ask more exactly, or with a filter."""

    rows: list[FigureRowOut]
    more: bool


class ComputedOut(_Out):
    """What follows from the two figures of a comparison and stands in no document; `printed` is the change as the text
    of the second gives it."""

    name: str
    value: Number
    unit: str
    bound: str
    printed: str
    agrees: bool


class SentenceOut(_Out):
    """A sentence of the language model that passed its checks; `citations` counts those of the answer from 1."""

    text: str
    citations: list[int]


class PhrasedOut(_Out):
    """`text` is the answer's own when no sentence passed; `dropped` counts the sentences that did not, and `reason`
    says what went wrong: refusal, timeout, unreachable, refused, garbled, too-long, nothing-supported, or nothing."""

    text: str
    sentences: list[SentenceOut]
    dropped: int
    reason: str


class DoneOut(_Out):
    """The last event of a stream; null when nothing was phrased."""

    phrased: PhrasedOut | None


class AnswerOut(_Out):
    """`kind` is figure, date, span, list, yesno, series, passage or refusal. A series has an item, a citation and a
    figure for each of its `sides`; `verdict` is "yes", "no" or, where the sentence does not decide it, empty."""

    question: str
    kind: str
    text: str
    confidence: float
    reason: str
    citations: list[CitationOut]
    figures: list[FigureOut]
    alternatives: list[CitationOut]
    items: list[str]
    verdict: str
    sides: list[str]
    computed: list[ComputedOut]
    trace: dict[str, Any]
    phrased: PhrasedOut | None = None


class ScoresOut(_Out):
    """What the legs of the search and the reranker gave; their scales differ, so compare one's with each other only.
    The reranker's are null for passages that it did not read, and compare within one question only."""

    dense: Score
    lexical: Score
    reranked: Score | None = None


class HitOut(_Out):
    """A passage found. Hits come best first; `score` is what both legs give together, before the reranker."""

    id: str
    doc_id: str
    revision: str
    title: str
    issuer: str
    number: str
    issued_on: date | None
    collection: str
    path: list[str]
    span: SpanOut
    text: str
    score: float
    scores: ScoresOut
    by: list[str]


class FacetOut(_Out):
    """A value and how many of the documents found have it."""

    value: str
    count: int


class SearchOut(_Out):
    hits: list[HitOut]
    facets: dict[str, list[FacetOut]]
    next: str | None


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


def answer_out(answer: Answer, phrased: Phrased | None = None) -> AnswerOut:
    found = AnswerOut.model_validate(answer)
    return found.model_copy(update={"phrased": phrased_out(phrased)}) if phrased else found


def phrased_out(phrased: Phrased) -> PhrasedOut:
    return PhrasedOut.model_validate(phrased)


def sentence_out(sentence: Sentence) -> SentenceOut:
    return SentenceOut.model_validate(sentence)


def done_out(phrased: PhrasedOut | None) -> DoneOut:
    return DoneOut(phrased=phrased)


def figures_out(found: FigureList) -> FiguresOut:
    return FiguresOut(rows=[_figure_row(row) for row in found.rows], more=found.more)


def _figure_row(row: FigureRow) -> FigureRowOut:
    f = row.figure
    return FigureRowOut(
        subject=row.counted,
        printed=row.printed,
        value=f.value,
        upper=f.upper,
        unit=f.unit,
        bound=f.bound,
        hedge=f.hedge,
        change=f.change,
        years=list(row.years),
        span=SpanOut.model_validate(f.span),
        citation=CitationOut.model_validate(row.citation),
    )


def figures_csv(found: FiguresOut) -> str:
    """One figure a line, for a spreadsheet. What a spreadsheet would take for a formula begins with an apostrophe."""
    out = StringIO()
    lines = csv.writer(out)
    lines.writerow(_COLUMNS)
    for row in found.rows:
        c = row.citation
        cells = (row.subject, row.printed, row.value, row.upper, row.unit, row.bound, row.change)
        years = " ".join(map(str, row.years))
        place = (c.title, c.number, c.issued_on, c.doc_id, c.revision, row.span.start, row.span.end, c.quote, c.url)
        lines.writerow(["" if cell is None else _harmless(cell) for cell in (*cells, years, *place)])
    return out.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def hit_out(hit: Hit, document: Document) -> HitOut:
    p = hit.passage
    return HitOut(
        id=p.id,
        doc_id=p.doc_id,
        revision=p.revision,
        title=document.title,
        issuer=document.issuer,
        number=document.number,
        issued_on=document.issued_on,
        collection=document.collection,
        path=list(p.path),
        span=SpanOut.model_validate(p.span),
        text=p.span.of(document.text),
        score=round(hit.score, 6),
        scores=ScoresOut.model_validate(hit),
        by=list(hit.by),
    )


def facets_out(facets: dict[str, list[tuple[str, int]]]) -> dict[str, list[FacetOut]]:
    return {name: [FacetOut(value=value, count=count) for value, count in rows] for name, rows in facets.items()}


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
