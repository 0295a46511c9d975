"""Answers and hits as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import click

from api.schemas import FacetOut, FiguresOut, HitOut
from index.types import Answer, Citation

_WIDE = 160


def answer_lines(answer: Answer, colour: bool) -> Iterator[str]:
    """The answer, then each citation: quote, path, title and date, where it stands."""
    yield _style(answer.text, colour, bold=True)
    for citation in answer.citations:
        yield ""
        yield from _citation_lines(citation, colour)
    if answer.alternatives:
        yield ""
        yield "最接近的段落 · nearest passages" if answer.kind == "refusal" else "相近的数字 · other figures near it"
        for citation in answer.alternatives:
            yield f"  {_one_line(citation.quote)}  {_style(_place(citation), colour, dim=True)}"
    if answer.trace:
        yield ""
        yield from _trace_lines(answer.trace)


def hit_lines(hit: HitOut, colour: bool) -> Iterator[str]:
    """One passage: its fused score and the reranker's, place, text, and the facts of its document."""
    place = " › ".join([hit.title, *hit.path])
    reread = "" if hit.scores.reranked is None else f" {hit.scores.reranked:+.2f}"
    yield _style(f"{hit.score:.3f}{reread} {'+'.join(hit.by)}  {place}  {hit.id}", colour, bold=True)
    yield f"  {_one_line(hit.text, 400)}"
    facts = [hit.issuer, hit.number, hit.issued_on.isoformat() if hit.issued_on else "", hit.collection]
    if any(facts):
        yield _style("  " + " · ".join(filter(None, facts)), colour, dim=True)


def figure_lines(found: FiguresOut, colour: bool) -> Iterator[str]:
    """A table: the years, the figure as printed, what it counts, and where it stands."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("年份 years", "数字 figure", "对象 subject", "出处 place", box=box.SIMPLE, pad_edge=False)
    for row in found.rows:
        c = row.citation
        place = f"{c.title}  [{c.doc_id} {row.span.start}-{row.span.end}]"
        table.add_row(*map(escape, (" ".join(map(str, row.years)), row.printed, row.subject, place)))
    console = Console(no_color=not colour, highlight=False, width=None if colour else _WIDE)
    with console.capture() as captured:
        console.print(table)
    yield from (line.rstrip() for line in captured.get().strip("\n").split("\n")) if found.rows else ("没有 · none",)
    if found.more:
        yield "还有更多 · there may be more: name it more exactly, or give -n or a filter"


def facet_lines(facets: dict[str, list[FacetOut]], colour: bool) -> Iterator[str]:
    """Each facet's name, then its values with their counts."""
    for name, rows in facets.items():
        yield ""
        yield _style(name, colour, bold=True)
        yield from (f"  {row.count:6,}  {row.value}" for row in rows)


def _citation_lines(citation: Citation, colour: bool) -> Iterator[str]:
    for line in citation.quote.split("\n"):
        yield f"  {line}"
    if citation.path:
        yield _style("  " + " › ".join(citation.path), colour, dim=True)
    page = f"第{citation.page}页" if citation.page else ""
    facts = [citation.title, citation.number, citation.issued_on.isoformat() if citation.issued_on else "", page]
    yield "  " + " · ".join(filter(None, facts))
    yield _style(f"  {_place(citation)}", colour, dim=True)


def _place(citation: Citation) -> str:
    return f"[{citation.doc_id} {citation.span.start}-{citation.span.end}]"


def _trace_lines(trace: dict[str, object]) -> Iterator[str]:
    for name, value in trace.items():
        if isinstance(value, list):
            yield f"{name}:"
            yield from (f"  {item}" for item in value)
        else:
            yield f"{name}: {value}"


def _one_line(text: str, longest: int = 90) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _style(text: str, colour: bool, bold: bool | None = None, dim: bool | None = None) -> str:
    return click.style(text, bold=bold, dim=dim) if colour else text
