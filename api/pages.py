"""The plain pages: ask, and a document with the cited sentence marked. They work without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from api.render import computed_line
from api.schemas import LONGEST_QUESTION
from archive.structure import place
from archive.types import Document, Span
from index.types import Answer

__all__ = ["LONGEST_QUESTION", "ask_page", "document_page"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a document's text as the page shows it."""

    text: str
    marked: bool


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def ask_page(question: str = "", answer: Answer | None = None, too_long: bool = False) -> str:
    template = _templates().get_template("ask.html")
    computed = list(map(computed_line, answer.computed)) if answer else []
    return template.render(
        question=question, answer=answer, computed=computed, too_long=too_long, longest=LONGEST_QUESTION
    )


def document_page(document: Document, marked: Span | None) -> str:
    sections = [
        (section.level, _pieces(document.text, section.heading, marked), _pieces(document.text, section.body, marked))
        for section in document.sections
    ]
    return (
        _templates()
        .get_template("document.html")
        .render(document=document, sections=sections, path=_path(document, marked))
    )


def _pieces(text: str, span: Span, marked: Span | None) -> list[_Piece]:
    """A span cut where the mark begins and ends."""
    start = min(max(marked.start, span.start), span.end) if marked else span.end
    end = min(max(marked.end, span.start), span.end) if marked else span.end
    cuts = ((span.start, start, False), (start, end, True), (end, span.end, False))
    return [_Piece(text[a:b], mark) for a, b, mark in cuts if a < b]


def _path(document: Document, marked: Span | None) -> tuple[str, ...]:
    return place(document.text, document.sections, marked) if marked else ()
