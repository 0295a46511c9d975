"""Judged questions about one's own archive: a file of lines {"question": words, "passage": id or list of ids}.

An id is that of a passage as every answer of the search gives it, `doc_id@start-end`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from archive.errors import BadInput, NotFound
from archive.store import Archive
from archive.types import Span
from index.judged import Asked, Lost, Target, lines, parsed
from index.passages import passages
from index.training.splits import part_of
from index.types import Passage

FEWEST_TRAINED = 20
FEWEST_HELD = 10
MOST_QUESTIONS = 100_000
_MOST_PASSAGES = 50
_NAMED = 3
_FORM = '{"question": "…", "passage": "doc_id@start-end"}'


def _target(value: object) -> object:
    """Raises ValueError for what is no id of a passage."""
    doc_id, _, place = str(value).rpartition("@")
    start, _, end = place.partition("-")
    digits = start.isascii() and start.isdigit() and end.isascii() and end.isdigit() and len(place) < 40
    if not isinstance(value, str) or not doc_id or not digits or int(start) >= int(end):
        raise ValueError(f"{str(value)[:60]!r} is no passage; give the id that gongwen search --json prints")
    return Target(doc_id, Span(int(start), int(end)))


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


class OwnQuestion(BaseModel):
    """A line of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    passage: Annotated[
        tuple[Annotated[Target, BeforeValidator(_target)], ...],
        BeforeValidator(_listed),
        Field(min_length=1, max_length=_MOST_PASSAGES),
    ]


@dataclass(frozen=True, slots=True)
class Parts:
    """The questions to train on and those to measure by; `lost` are passages that are not in the archive."""

    trained: tuple[Asked, ...]
    held: tuple[Asked, ...]
    lost: tuple[Lost, ...]


def read_own(path: Path) -> list[OwnQuestion]:
    """The questions, in order. Raises BadInput that names the line, NotFound without a file."""
    if not path.is_file():
        raise NotFound(f"{path}: no such file; give one with a line {_FORM} for each question")
    found = []
    for number, line in lines(path):
        found.append(parsed(f"{path}, line {number}", line, OwnQuestion))
        if len(found) > MOST_QUESTIONS:
            raise BadInput(f"{path}: more than {MOST_QUESTIONS:,} questions; leave some out")
    return found


def parts(questions: Iterable[OwnQuestion], archive: Archive) -> Parts:
    """Two thirds to train on, one to measure by; questions that share a passage are in the same part.

    A question that stands several times counts once, with all its passages. Raises BadInput when most passages are
    not in the archive, or too few questions are left.
    """
    wanted: dict[str, dict[Target, None]] = defaultdict(dict)
    for each in questions:
        wanted[" ".join(each.question.split())].update(dict.fromkeys(each.passage))
    known, lost = _Known(archive), list[Lost]()
    asked = [_asked(text, list(targets), known, lost) for text, targets in wanted.items()]
    total = sum(map(len, wanted.values()))
    if 2 * len(lost) > total:
        named = "; ".join(map(str, lost[:_NAMED]))
        raise BadInput(f"{len(lost)} of {total} passages are not in this archive ({named}); give ids of this archive")
    found: dict[str, list[Asked]] = {"train": [], "report": []}
    meant: dict[Asked, frozenset[str]] = {}
    for question in asked:
        if question.targets:
            meant[question] = frozenset(p for target in question.targets for p in known.passages(target))
    for question, passage in zip(meant, _tied(list(meant.values())), strict=True):
        found[part_of(f"own:{passage}")].append(question)
    trained, held = tuple(found["train"]), tuple(found["report"])
    if len(trained) < FEWEST_TRAINED or len(held) < FEWEST_HELD:
        raise BadInput(
            f"{len(trained)} questions to train on and {len(held)} to measure by; needed are {FEWEST_TRAINED} and "
            f"{FEWEST_HELD}: give more questions, about different passages"
        )
    return Parts(trained, held, tuple(lost))


def _tied(meant: Sequence[frozenset[str]]) -> list[str]:
    """For each question the first of all passages that it is tied to, by itself or over other questions."""
    above: dict[str, str] = {}

    def top(passage: str) -> str:
        while above.setdefault(passage, passage) != passage:
            passage = above[passage]
        return passage

    for each in meant:
        first, *rest = sorted({top(passage) for passage in each})
        above.update(dict.fromkeys(rest, first))
    return [top(min(each)) for each in meant]


def _asked(text: str, targets: Sequence[Target], known: _Known, lost: list[Lost]) -> Asked:
    reasons = {target: known.lack(target) for target in targets}
    missing = [Lost(text[:40], target.doc_id, reason) for target, reason in reasons.items() if reason]
    lost += missing
    return Asked(text, text, "", tuple(target for target, reason in reasons.items() if not reason), len(missing))


class _Known:
    """The passages of the archive, cut once for each document that is asked about."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._current, self._reposts = dict(archive.current()), archive.reposts()
        self._passages: dict[str, list[Passage]] = {}

    def lack(self, target: Target) -> str:
        """Why no passage is meant; "" when one is. Any stretch that overlaps a passage will do."""
        if target.doc_id in self._reposts:
            return f"repeats {self._reposts[target.doc_id]}; give a passage of that one"
        if target.doc_id not in self._current:
            return "is not in the archive"
        return "" if self.passages(target) else f"has no passage there: {target.span}"

    def passages(self, target: Target) -> list[str]:
        """The ids of the passages that a target of a document of the archive overlaps."""
        found = self._passages.get(target.doc_id)
        if found is None:
            cut = passages(self._archive.get(target.doc_id))
            found = self._passages[target.doc_id] = [passage for _, passage in cut]
        at = target.span
        return [p.id for p in found if at is not None and p.span.start < at.end and at.start < p.span.end]
