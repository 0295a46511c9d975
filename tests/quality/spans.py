"""EM and F1 of a reader for every pair of costs of length and of echo (index.spans), from one reading, and the choice of
one by cross-validation.

    python tests/quality/spans.py READER [--sets cmrc2018 ...] [--limit N] [--data SHARED_DATA] [--models FOLDER]

In each of five folds the pair is taken whose mean of EM and F1, over all sets, is best on the other four.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from reading import SETS, SHARED, Asked, kept_by, reader_of, some

from api.settings import from_environment
from index.reader import BundledReader, chosen
from index.reading import best, exact, f1, windows
from index.spans import Manner
from index.types import Outputs

LENGTH_COSTS = (0.0, 0.15, 0.3, 0.5, 0.8)
ECHO_COSTS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
FOLDS = 5

Table = dict[str, np.ndarray]
"""Of each set EM and F1 of every question: (questions, 2)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model gave the windows of a text."""

    asked: Asked
    outputs: list[Outputs]

    def answer(self, length_cost: float, echo_cost: float) -> str:
        cut = windows(self.asked.text)
        readings = [
            chosen(outputs, self.asked.question, window.of(self.asked.text), Manner(length_cost, echo_cost, 60))
            for window, outputs in zip(cut, self.outputs, strict=True)
        ]
        read = best(cut, readings)
        return read.span.of(self.asked.text) if read else ""


def heard(reader: BundledReader, asked: Asked) -> Heard:
    texts = [window.of(asked.text) for window in windows(asked.text)]
    return Heard(asked, reader.outputs(asked.question, texts))


def figures(rows: Sequence[Heard], length_cost: float, echo_cost: float) -> np.ndarray:
    answers = [(row.answer(length_cost, echo_cost), row.asked.golds) for row in rows]
    return np.array([(exact(*each), f1(*each)) for each in answers])


def cross_validated(tables: dict[tuple[float, float], Table]) -> Table:
    """The figures of every question by the costs that are best on the other folds."""
    held: dict[str, list[np.ndarray]] = {name: [] for name in next(iter(tables.values()))}
    for fold in range(FOLDS):
        costs = max(tables, key=lambda each: sum(_part(rows, fold, False).mean() for rows in tables[each].values()))
        print(f"fold {fold}: {costs}")
        for name, rows in tables[costs].items():
            held[name].append(_part(rows, fold, True))
    return {name: np.concatenate(parts) for name, parts in held.items()}


def _part(rows: np.ndarray, fold: int, inside: bool) -> np.ndarray:
    return rows[(np.arange(len(rows)) % FOLDS == fold) == inside]


def _shown(table: Table) -> str:
    return "  ".join(f"{rows.mean(axis=0)[0]:.3f} {rows.mean(axis=0)[1]:.3f}" for rows in table.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("--sets", nargs="+", choices=[*SETS], default=[*SETS])
    parser.add_argument("--limit", type=int, default=0, help="questions of each set, chosen by chance")
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--models", type=Path, default=from_environment(os.environ).models_folder)
    given = parser.parse_args()
    reader = reader_of(given.reader, given.models)
    rows = {
        name: [heard(reader, asked) for asked in some(SETS[name](given.data, kept_by("report")), given.limit)]
        for name in given.sets
    }
    tables = {
        costs: {name: figures(each, *costs) for name, each in rows.items()}
        for costs in product(LENGTH_COSTS, ECHO_COSTS)
    }
    print("length, echo: EM and F1 of " + ", ".join(rows))
    for (length_cost, echo_cost), table in tables.items():
        print(f"{length_cost:4} {echo_cost:4}   {_shown(table)}")
    print("cross-validated", _shown(cross_validated(tables)))


if __name__ == "__main__":
    main()
