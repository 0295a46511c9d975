"""Figures fully read, once, when they are indexed, and the files of a part of a generation that keep them.

readings.npy    int32 rows, one for each row of figures.npy: the starts and ends of the figure, its clause, its
                sentence and its subject (-1, -1 for none), then the numbers of eight words
readings.json   the words (values, units, hedges, years ...), each once, in the order in which they are met
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import cast

import numpy as np

from archive.changes import Change
from archive.figures import Bound, Figure, Kind
from archive.text import sentences
from archive.types import Document, Span
from index.periods import years_of
from index.subjects import subjects
from index.types import IntArray

# another one when figures, changes or subjects are read otherwise: what is kept is then read anew
READING_VERSION = "9"
_ROWS = "readings.npy"
_WORDS = "readings.json"
_SPANS = 8
_WIDTH = _SPANS + 8


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure, the sentence it stands in, what it counts (None where nothing says it), and the years it is of."""

    figure: Figure
    sentence: Span
    subject: Span | None
    years: tuple[int, ...]


def read_figures(document: Document) -> Iterator[tuple[int, Reading]]:
    """(section number, reading) for every figure of a document, in order."""
    for at, section in enumerate(document.sections):
        for sentence in sentences(document.text, section.span):
            found = list(subjects(document.text, sentence))
            years = tuple(sorted(years_of(document, section, sentence))) if found else ()
            for figure, subject in found:
                yield at, Reading(figure, sentence, subject, years)


@dataclass(frozen=True, slots=True)
class ReadingWriter:
    """Readings of one part, as they come; 64 bytes each, and each word once."""

    rows: array[int] = field(default_factory=lambda: array("i"))
    words: dict[str, int] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        f, none = reading.figure, (-1, -1)
        clause = f.before.start, f.after.end
        subject = (reading.subject.start, reading.subject.end) if reading.subject else none
        self.rows.extend((f.span.start, f.span.end, *clause, reading.sentence.start, reading.sentence.end, *subject))
        upper = "" if f.upper is None else str(f.upper)
        years = " ".join(map(str, reading.years))
        for word in (str(f.value), upper, f.unit, f.kind, f.bound, f.hedge, f.change, years):
            self.rows.append(self.words.setdefault(word, len(self.words)))

    def save(self, part: Path) -> None:
        np.save(part / _ROWS, np.frombuffer(self.rows, np.int32).reshape(-1, _WIDTH))
        (part / _WORDS).write_text(json.dumps(list(self.words), ensure_ascii=False), encoding="utf-8")


class Readings:
    """The readings of all figures of a generation, by number. Mapped into memory; a reading is made when asked for."""

    def __init__(self, parts: Sequence[tuple[IntArray, list[str]]]) -> None:
        self._parts = parts
        self._firsts = list(accumulate((len(rows) for rows, _ in parts), initial=0))

    def __len__(self) -> int:
        return self._firsts[-1]

    def get(self, at: int) -> Reading:
        part = bisect_right(self._firsts, at) - 1
        rows, words = self._parts[part]
        row = rows[at - self._firsts[part]].tolist()
        start, end, first, last, begins, ends, *subject = row[:_SPANS]
        value, upper, unit, kind, bound, hedge, change, years = (words[n] for n in row[_SPANS:])
        figure = Figure(
            value=Decimal(value),
            upper=Decimal(upper) if upper else None,
            unit=unit,
            kind=cast(Kind, kind),
            bound=cast(Bound, bound),
            hedge=hedge,
            span=Span(start, end),
            before=Span(first, start),
            after=Span(end, last),
            change=cast(Change, change),
        )
        counted = None if subject[0] < 0 else Span(*subject)
        return Reading(figure, Span(begins, ends), counted, tuple(map(int, years.split())))


def open_readings(parts: Sequence[Path]) -> Readings:
    """The readings of these parts, numbered through. Raises ValueError for a file that holds something else."""
    return Readings([(_rows_of(part / _ROWS), _words_of(part / _WORDS)) for part in parts])


def _rows_of(path: Path) -> IntArray:
    rows: IntArray = np.load(path, mmap_mode="r")
    if rows.dtype != np.int32 or rows.shape[1:] != (_WIDTH,):
        raise ValueError(f"{path.name} holds no readings")
    return rows


def _words_of(path: Path) -> list[str]:
    words = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{path.name} holds no words")
    return words
