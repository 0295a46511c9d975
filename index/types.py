"""The nouns of retrieval and answering, and the protocols its members meet. Higher scores are better."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from archive.structure import address, place
from archive.types import Document, Span

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Language = Literal["zh", "en"]
AnswerKind = Literal["figure", "date", "span", "list", "yesno", "series", "passage", "refusal"]
Verdict = Literal["", "yes", "no"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one section of one revision of a document; `path` is that of its section."""

    doc_id: str
    revision: str
    span: Span
    path: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.doc_id}@{self.span.start}-{self.span.end}"


@dataclass(frozen=True, slots=True)
class Listed:
    """What an index generation keeps of a document; the fields are those of `Document`."""

    doc_id: str
    revision: str
    collection: str
    title: str
    issuer: str
    number: str
    issued_on: date | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be found; an empty field allows any.

    `issuer` is one of a document's issuers, `number` its 文号, `issued_from` and `issued_to` are both inclusive,
    `section` stands in a heading on the passage's path. Documents in `without` are never found.
    """

    collection: str = ""
    document: str = ""
    issuer: str = ""
    number: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    section: str = ""
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found: `score` is the fused one, `dense` a cosine, `lexical` a share of what BM25 could
    give, `nearness` how many standard deviations the cosine lies above that of any passage, `reranked` what the
    reranker gave, None where it did not read the passage."""

    passage: Passage
    score: float
    dense: float
    lexical: float
    nearness: float
    by: tuple[str, ...]
    reranked: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of a document, and where they stand: `quote == document.text[span.start:span.end]`.

    `address` is how one refers to the place (《行政处罚法》第三十三条第一款), `page` is 0 without pages.
    """

    doc_id: str
    revision: str
    title: str
    number: str
    issued_on: date | None
    path: tuple[str, ...]
    address: str
    page: int
    span: Span
    quote: str
    quote_sha256: str
    url: str


def cite(document: Document, span: Span) -> Citation:
    """The only place a quote is made: it is sliced, never composed."""
    quote = span.of(document.text)
    path = place(document.text, document.sections, span)
    return Citation(
        doc_id=document.id,
        revision=document.revision,
        title=document.title,
        number=document.number,
        issued_on=document.issued_on,
        path=path,
        address=address(document.title, path),
        page=document.page_of(span.start),
        span=span,
        quote=quote,
        quote_sha256=hashlib.sha256(quote.encode()).hexdigest(),
        url=f"/documents/{document.id}?revision={document.revision}&start={span.start}&end={span.end}#quote",
    )


@dataclass(frozen=True, slots=True)
class AnswerFigure:
    """The figure an answer gives; `upper` is the end of a range, `span` lies in the cited document."""

    value: Decimal
    upper: Decimal | None
    unit: str
    bound: str
    hedge: str
    subject: str
    span: Span


@dataclass(frozen=True, slots=True)
class Computed:
    """What follows from the two figures of an answer and stands in no document: `name` is "difference" (the second less
    the first) or "change" (in per cent). `bound` is "exact" or "about"; `printed` is the change as the text of
    the second gives it, and `agrees` whether that is what is computed, up to rounding."""

    name: str
    value: Decimal
    unit: str
    bound: str
    printed: str = ""
    agrees: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` stands in the first citation's quote, or, for a refusal, says why there is no answer.

    `alternatives` are the next best figures or, for a refusal, the nearest passages. `items` are those of a list as
    printed, `verdict` says what the sentence means for a question that wants yes or no, empty where that is not plain.
    A series has an item, a citation and a figure for each of its `sides`, `text` joins the items with ；, and what is
    `computed` from them stands in no document.
    """

    question: str
    kind: AnswerKind
    text: str
    confidence: float
    citations: tuple[Citation, ...] = ()
    figures: tuple[AnswerFigure, ...] = ()
    alternatives: tuple[Citation, ...] = ()
    reason: str = ""
    items: tuple[str, ...] = ()
    verdict: Verdict = ""
    sides: tuple[str, ...] = ()
    computed: tuple[Computed, ...] = ()
    trace: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Concept:
    """One idea of a question and the words the archive may use for it, each with a trust in (0, 1].

    `weight` is the idea's inverse document frequency; a word the archive does not know weighs most.
    """

    surface: str
    words: tuple[tuple[str, float], ...]
    weight: float


class Encoder(Protocol):
    """Texts to L2-normalised float32 vectors; equal texts give equal vectors, in any batch."""

    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    def encode_query(self, text: str) -> FloatArray: ...
    def encode_passages(self, texts: Sequence[str]) -> FloatArray: ...


class Vectors(Protocol):
    """Vectors numbered from 0."""

    def __len__(self) -> int: ...
    def vectors(self, ids: IntArray) -> FloatArray:
        """These vectors, shape (len(ids), dim), as they were stored: in half precision."""
        ...


class VectorIndex(Vectors, Protocol):
    """Inner products over vectors."""

    def search(self, vector: FloatArray, k: int, mask: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """(ids, scores), best first, ties by lower id, at most k; only ids that are true in `mask`."""
        ...

    def scores(self, vector: FloatArray, ids: IntArray) -> FloatArray:
        """The inner product with each of these ids, in their order."""
        ...

    def background(self, vector: FloatArray) -> tuple[float, float]:
        """Mean and standard deviation of a query's inner products over a fixed sample."""
        ...


class LexicalIndex(Protocol):
    """BM25 over passages; a concept counts as its best word."""

    def search(
        self, concepts: Sequence[Concept], k: int, filters: Filters | None = None
    ) -> tuple[IntArray, FloatArray]:
        """(ids, scores), best first, ties by lower id, at most k; zero scores are left out."""
        ...

    def scores(self, concepts: Sequence[Concept], ids: IntArray) -> FloatArray:
        """The score of each of these ids, in their order; 0 where no word is found."""
        ...

    def frequency(self, word: str) -> int:
        """In how many passages a word stands."""
        ...


class Reranker(Protocol):
    """Reads question and passage together. Higher is better; scores are comparable within one call only.

    `weight` says what a score counts beside a fused one, for a question in Chinese ("zh") or English ("en"); None where
    nobody knows, and it decides alone. One that `takes_gloss` for a language has learned from texts below a line of
    their words that say in Chinese what the question does (`index.marking.glossed`).
    """

    @property
    def fingerprint(self) -> str: ...
    def takes_gloss(self, language: Language) -> bool: ...
    def weight(self, language: Language) -> float | None: ...
    def scores(self, question: str, texts: Sequence[str]) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a reader's model gives a question with a text: logits of relevance and of no answer, and for each piece of
    the text, `text[starts[i]:ends[i]]`, those of beginning and of ending an answer there, (pieces, 2)."""

    relevance: float
    null: float
    logits: FloatArray
    starts: IntArray
    ends: IntArray


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of a text: how well it answers, and the words in it that do, `text[start:end]`.

    `score` is the logit of these words, `null` that of no answer; `score` is -inf and the words none where there are
    no words to read.
    """

    relevance: float
    start: int
    end: int
    score: float
    null: float


class Reader(Reranker, Protocol):
    """A reranker that also says where the answer stands; asked for both, it reads once."""

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in their order."""
        ...

    def outputs(self, question: str, texts: Sequence[str]) -> list[Outputs]:
        """What readings are made from, one a text."""
        ...


class Verifier(Protocol):
    """Says whether words that are marked in a text answer a question."""

    @property
    def fingerprint(self) -> str: ...

    def verify(self, question: str, marked: Sequence[str], is_number: bool) -> FloatArray:
        """How likely the marked words of each text answer, a logit: (len(marked),). `is_number` where a figure or date
        is asked for. A text's logit depends on these and it alone."""
        ...
