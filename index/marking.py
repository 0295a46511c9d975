"""A candidate answer, marked in the text it stands in: what the verifier reads."""

from __future__ import annotations

from collections.abc import Sequence

from archive.structure import leads_to_article
from archive.text import clauses
from archive.types import Span
from index.types import Concept
from index.words import is_han, squash

BEGIN, END = "【", "】"
_BEFORE, _AFTER = 140, 80
_LONGEST = 200
_ABOVE = 120
_GLOSSES = 120
_MOST_WORDS = 2
_LEAST_TRUST = 0.4
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


def glossed(concepts: Sequence[Concept], text: str) -> str:
    """A marked text below a line of its words that say in other words what the question does (lawyer 公职律师, 工资
    劳动报酬), by the glossary: for each concept the two longest that are trusted, 120 characters in all."""
    inside = squash(text)
    lines = [f"{c.surface} {' '.join(found)}" for c in concepts if (found := _other_words(c, inside))]
    return "；".join(lines)[:_GLOSSES].translate(_OWN_MARKS) + "\n" + text if lines else text


def _other_words(concept: Concept, inside: str) -> list[str]:
    if squash(concept.surface) in inside:
        return []
    there = [w for w, trust in concept.words if trust >= _LEAST_TRUST and is_han(w) and squash(w) in inside]
    there.sort(key=lambda word: -len(word))
    found: list[str] = []
    for word in there:
        if not any(word in longer for longer in found):
            found.append(word)
    return found[:_MOST_WORDS]
