"""Answers and hits as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from api.schemas import FacetOut, FiguresOut, HitOut
from index.phrasing import Phrased
from index.types import Answer, Citation, Computed

_WIDE = 160
_SIGNS = {"": "", "rise": "+", "fall": "-"}


def answer_lines(answer: Answer, colour: bool, phrased: Phrased | None = None) -> Iterator[str]:
    """The answer, a language model's words for it, then each citation: quote, path, title and date, its place."""
    yield from (_style(line, colour, bold=True) for line in said_lines(answer))
    if phrased:
        yield ""
        yield from _phrased_lines(phrased, colour)
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


def said_lines(answer: Answer) -> Iterator[str]:
    """What the answer says: yes or no before the sentence, each side of a series and what is computed from them, each
    item of a list."""
    if answer.verdict:
        yield {"yes": "是 · yes", "no": "否 · no"}[answer.verdict]
    if answer.kind == "series":
        yield from (f"{side}：{part}" for side, part in zip(answer.sides, answer.items, strict=True))
        yield from map(computed_line, answer.computed)
    elif len(answer.items) > 1:
        yield from (f"• {item}" for item in answer.items)
    else:
        yield answer.text


def computed_line(computed: Computed) -> str:
    """What is computed, marked so, and whether the text says the same."""
    name = {"difference": "差 · difference", "change": "变化 · change"}[computed.name]
    about = "≈ " if computed.bound == "about" else ""
    line = f"{name}：{about}{computed.value:+,f}{computed.unit}（计算得出 · computed"
    if computed.printed:
        agreement = "与原文一致 · as printed" if computed.agrees else "与原文不符 · the text differs"
        line += f"；{agreement}：{computed.printed}"
    return line + "）"


def _phrased_lines(phrased: Phrased, colour: bool) -> Iterator[str]:
    for sentence in phrased.sentences:
        yield sentence.text + "".join(f"[{number}]" for number in sentence.citations)
    said = [f"{phrased.dropped} dropped"] if phrased.dropped else []
    if said or phrased.reason:
        yield _style(f"语言模型 · language model: {', '.join([*said, phrased.reason]).strip(', ')}", colour, dim=True)


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
    """A table: the years, the figure as printed, + or - for what rose or fell by it, what it counts, and where it
    stands."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("年份 years", "数字 figure", "增减 +/-", "对象 subject", "出处 place", box=box.SIMPLE, pad_edge=False)
    for row in found.rows:
        c = row.citation
        place = f"{c.title}  [{c.doc_id} {row.span.start}-{row.span.end}]"
        years = " ".join(map(str, row.years))
        table.add_row(*map(escape, (years, row.printed, _SIGNS[row.change], row.subject, place)))
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


def _trace_lines(trace: dict[str, Any]) -> Iterator[str]:
    """What each stage saw and decided, one line each, so that all of it stands on one screen."""
    q = trace["question"]
    asked = [q["language"], q["asked"], q["unit"], "/".join(q["kinds"]), *map(str, q["years"]), *q["places"]]
    yield "question    " + " · ".join(filter(None, asked))
    yield "concepts    " + "  ".join(f"{c['surface']}({'/'.join(c['words'][:2])} {c['weight']})" for c in q["concepts"])
    for hit in trace["passages"]:
        reread = "" if hit["reranked"] is None else f" reread {hit['reranked']:+.2f}"
        legs = f"fused {hit['fused']:.2f} dense {hit['dense']:.3f} lexical {hit['lexical']:.2f}{reread}"
        yield f"passage     {legs} {'+'.join(hit['by'])} {hit['passage']}"
    for found in trace["candidates"]:
        yield f"{found['kind']:11} confidence {found['confidence']:.2f}, needed {found['needed']:.2f}"
        for candidate in found["first"]:
            known = " ".join(f"{name} {value:g}" for name, value in candidate["features"].items())
            heard = f" verified {candidate['verified']:+g}" if candidate["verified"] else ""
            yield f"  {candidate['rank']:+7.2f}{heard}  {_one_line(candidate['printed'], 30)}  {known}"
    yield "checks      " + "; ".join(trace["checks"])
    decision = trace["decision"]
    yield f"decision    {decision['kind']} {decision['confidence']:g} {decision['reason']}".rstrip()


def _one_line(text: str, longest: int = 90) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _style(text: str, colour: bool, bold: bool | None = None, dim: bool | None = None) -> str:
    return click.style(text, bold=bold, dim=dim) if colour else text
