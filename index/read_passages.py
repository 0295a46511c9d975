"""What the reader makes of passages: how well each answers, its words that do, and how well any stretch of it would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive.text import sentences
from archive.types import Document, Span
from index.listings import Enumeration
from index.passages import encoded_text
from index.questions import Question
from index.reranking import shown_to
from index.spans import Manner, best_ends, best_span, score_of
from index.types import Outputs, Passage, Reader

_UNREAD = -30.0  # below any score, for stretches behind the last piece a reader takes


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage with what the reader gave it. `text` is what was read: gloss, title, headings, then the passage, which
    begins at `offset` of it."""

    document: Document
    passage: Passage
    text: str
    outputs: Outputs

    @property
    def offset(self) -> int:
        return len(self.text) - (self.passage.span.end - self.passage.span.start)

    @property
    def relevance(self) -> float:
        return self.outputs.relevance

    def best(self, question: str, manner: Manner, within: Span | None = None) -> tuple[Span, float] | None:
        """The words that answer best, as a span of the document, and their score above no answer; None without any.
        `within` is the stretch of the document that they begin in, all of the passage without it."""
        moved = self.passage.span.start - self.offset
        stretch = within or self.passage.span
        inside = Span(stretch.start - moved, stretch.end - moved)
        start, end, score = best_span(self.outputs, self.text, question, manner, inside)
        if not np.isfinite(score):
            return None
        return Span(start + moved, end + moved), score - self.outputs.null

    def second(self, question: str, manner: Manner, first: Span) -> tuple[Span, float] | None:
        """The best words of the other sentences than those of `first`."""
        others = [s for s in sentences(self.document.text, self.passage.span) if not s.overlaps(first)]
        found = [best for s in others if (best := self.best(question, manner, s))]
        return max(found, key=lambda span_and_score: span_and_score[1], default=None)

    def enumerated(self, enumeration: Enumeration) -> tuple[Span, float] | None:
        """An enumeration, where its items best begin and end, and its score above no answer."""
        moved = self.offset - self.passage.span.start
        starts, ends = ({at + moved: cost for at, cost in c.items()} for c in (enumeration.starts, enumeration.ends))
        start, end, score = best_ends(self.outputs, starts, ends)
        return (Span(start - moved, end - moved), score - self.outputs.null) if np.isfinite(score) else None

    def score(self, stretch: Span) -> float:
        """How well an answer begins and ends inside of a stretch of the document, above no answer."""
        moved = self.offset - self.passage.span.start
        found = score_of(self.outputs, Span(stretch.start + moved, stretch.end + moved))
        return max(found - self.outputs.null, _UNREAD)


def read_passages(reader: Reader, question: Question, places: Sequence[tuple[Document, Passage]]) -> list[ReadPassage]:
    """Each passage read, in the order given, as the reranker reads it: what it has read costs nothing again."""
    texts = shown_to(reader, question, [encoded_text(document, passage) for document, passage in places])
    given = reader.outputs(question.text, texts)
    return [ReadPassage(*place, text, outputs) for place, text, outputs in zip(places, texts, given, strict=True)]
