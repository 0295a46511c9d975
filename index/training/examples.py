"""What the recipes learn from, kept as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with texts that answer it (passages, and pieces of them), and the passages that were found instead,
    best first. `set` names where it comes from."""

    set: str
    question: str
    passages: tuple[str, ...]
    pieces: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A question and texts, of which the first answers it, unless it is not `answered`, and no other does.

    `spans` holds for each text where the answer stands in it: offsets of characters, (0, 0) where there is none, and
    None where nobody marked it.
    """

    set: str
    question: str
    texts: tuple[str, ...]
    spans: tuple[tuple[int, int] | None, ...]
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """A question and a text in which words are marked (`index/marking.py`), which answer it or not. What it counts is
    `weight`."""

    set: str
    question: str
    text: str
    right: bool
    weight: float = 1.0


_Example = TypeVar("_Example", Judged, Group, Claim)


def write(path: Path, examples: Iterable[Judged | Group | Claim]) -> int:
    """One example a line; how many. The file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    count = 0
    with aside.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            count += 1
    aside.replace(path)
    return count


def read(path: Path, kind: type[_Example]) -> Iterator[_Example]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield kind(**{name: _frozen(value) for name, value in json.loads(line).items()})


def _frozen(value: object) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
