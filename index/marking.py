"""A candidate answer, marked in the text it stands in: what the verifier reads."""

from __future__ import annotations

from collections.abc import Sequence

from archive.structure import leads_to_article
from archive.text import clauses
from archive.types import Span

BEGIN, END = "【", "】"
_BEFORE, _AFTER = 140, 80
_LONGEST = 200
_ABOVE = 120
_OWN_MARKS = str.maketrans(BEGIN + END, "[]")


def headings(title: str, path: Sequence[str]) -> str:
    """What stands above a section, the first 120 characters: its title and headings, of a law the title alone."""
    return "\n".join([title, *(() if leads_to_article(path) else path)])[:_ABOVE]


def marked(above: str, text: str, within: Span, answer: Span) -> str:
    """What stands `above`, and below them the clauses of `within` around an answer, which stands between 【 and 】.

    Up to 140 characters before it and 80 behind, cut at the ends of clauses where it can be; of an answer the first
    200, and nothing behind one that goes on outside of `within`.
    """
    end = min(answer.end, answer.start + _LONGEST)
    first = max(within.start, answer.start - _BEFORE)
    last = max(end, min(within.end, end + _AFTER))
    starts = [c.start for c in clauses(text, Span(first, answer.start))] if first > within.start else []
    if len(starts) > 1:  # the first clause may be cut
        first = starts[1]
    ends = [c.end for c in clauses(text, Span(end, last))] if last < within.end else []
    if len(ends) > 1:
        last = ends[-2]
    before, own, after = (Span(*pair).of(text) for pair in ((first, answer.start), (answer.start, end), (end, last)))
    plain = [part.translate(_OWN_MARKS) for part in (above, before, own, after)]
    return f"{plain[0]}\n{plain[1].lstrip()}{BEGIN}{plain[2]}{END}{plain[3].rstrip()}"
