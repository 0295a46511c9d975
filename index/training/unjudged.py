"""What a document teaches by itself, without anybody's judgement: its headings ask for what stands below them, and a
few words of its title with a few of a sentence ask for the passage of that sentence."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from archive.structure import unnumbered
from archive.text import clauses
from archive.types import Document, Span
from index.passages import encoded_text, passages
from index.training.examples import Judged
from index.types import Passage
from index.words import words

_STRAY = " \n　。，,；;：:"
_SHORTEST = 6
_TITLED = 0.3
_LONGEST = 40
_FEWEST_WORDS = 3
_KEPT_WORDS = 0.7
_NEGATIVES = 4


def headed(document: Document, rng: random.Random) -> Iterator[Judged]:
    """A heading, without its number and now and then with the title, and the bare text of the first passage below it;
    the texts below other headings are wrong, but for those below it and those it stands below."""
    first: dict[tuple[str, ...], str] = {}
    for _, passage in passages(document):
        label = passage.path[-1] if passage.path else ""
        heading, text = unnumbered(label), _below(document, passage, label)
        if _SHORTEST <= len(heading) <= _LONGEST and len(text) > _LONGEST and heading not in text:
            first.setdefault(passage.path, text)
    for path, text in first.items():
        others = [other for place, other in first.items() if not _is_below(place, path) and not _is_below(path, place)]
        heading = unnumbered(path[-1])
        asked = f"{document.title} {heading}" if rng.random() < _TITLED else heading
        yield Judged("headings", asked, (text,), negatives=_some([other for other in others if other != text], rng))


def _is_below(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return path[: len(other)] == other


def _below(document: Document, passage: Passage, label: str) -> str:
    return passage.span.of(document.text).removeprefix(label).strip(_STRAY)


def cropped(document: Document, rng: random.Random, most: int) -> Iterator[Judged]:
    """For at most `most` passages: some words of the title and most of those of one clause, and the passage as it is
    encoded; other passages of the document are wrong."""
    found = [passage for _, passage in passages(document)]
    texts = [encoded_text(document, passage) for passage in found]
    for at in rng.sample(range(len(found)), min(most, len(found))):
        clause = _clause(document, found[at].span, rng)
        kept = [word for word in words(clause) if rng.random() < _KEPT_WORDS]
        if len(kept) >= _FEWEST_WORDS:
            asked = f"{_crop(document.title, rng)} {''.join(kept)}".strip()
            others = [text for text in texts if clause not in text]
            yield Judged("crops", asked, (texts[at],), negatives=_some(others, rng))


def _clause(document: Document, span: Span, rng: random.Random) -> str:
    """A clause of six to forty characters, or blank when there is none."""
    found = [clause.of(document.text).strip() for clause in clauses(document.text, span)]
    return rng.choice([clause for clause in found if _SHORTEST <= len(clause) <= _LONGEST] or [""])


def _crop(title: str, rng: random.Random) -> str:
    """The words of a title from the first or a later one on, half of them or fewer; blank for one of four."""
    every = words(title)
    if not every or rng.random() < 0.25:
        return ""
    start = rng.choice((0, 0, rng.randrange(len(every))))
    return "".join(every[start : start + rng.randint(1, max(1, len(every) // 2))])


def _some(texts: Sequence[str], rng: random.Random) -> tuple[str, ...]:
    every = list(dict.fromkeys(texts))
    return tuple(rng.sample(every, min(_NEGATIVES, len(every))))
