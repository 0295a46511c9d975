"""EM and F1 of a reader for every pair of costs of length and of echo (index.spans), from one reading.

    python tests/quality/spans.py READER [--sets xquad-zh xquad-en ...] [--limit N] [--data SHARED_DATA] [--models FOLDER]

The line that is marked has the best mean of EM and F1 over all sets.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parent))

from reading import SETS, SHARED, Asked, kept_by, reader_of, some

from api.settings import from_environment
from index.reader import BundledReader, Outputs, chosen
from index.reading import best, exact, f1, windows
from index.types import Reading

LENGTH_COSTS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
ECHO_COSTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model gave the windows of a text."""

    asked: Asked
    outputs: list[Outputs]

    def answer(self, length_cost: float, echo_cost: float) -> str:
        cut = windows(self.asked.text)
        readings: list[Reading] = [
            chosen(outputs, self.asked.question, window.of(self.asked.text), length_cost, echo_cost)
            for window, outputs in zip(cut, self.outputs, strict=True)
        ]
        read = best(cut, readings)
        return read.span.of(self.asked.text) if read else ""


def heard(reader: BundledReader, asked: Asked) -> Heard:
    texts = [window.of(asked.text) for window in windows(asked.text)]
    return Heard(asked, reader.outputs(asked.question, texts))


def figures(rows: Sequence[Heard], length_cost: float, echo_cost: float) -> tuple[float, float]:
    """(EM, F1)"""
    answers = [(row.answer(length_cost, echo_cost), row.asked.golds) for row in rows]
    return mean(exact(*each) for each in answers), mean(f1(*each) for each in answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("--sets", nargs="+", choices=[*SETS], default=["xquad-zh", "xquad-en"])
    parser.add_argument("--limit", type=int, default=0, help="questions of each set, chosen by chance")
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--models", type=Path, default=from_environment(os.environ).models_folder)
    given = parser.parse_args()
    reader = reader_of(given.reader, given.models)
    rows = {
        name: [heard(reader, asked) for asked in some(SETS[name](given.data, kept_by("report")), given.limit)]
        for name in given.sets
    }
    found = {
        costs: [figure for each in rows.values() for figure in figures(each, *costs)]
        for costs in product(LENGTH_COSTS, ECHO_COSTS)
    }
    most = max(mean(each) for each in found.values())
    print("length  echo   " + "   ".join(f"{name} EM, F1" for name in rows))
    for (length_cost, echo_cost), each in found.items():
        marked = "  <-" if mean(each) == most else ""
        print(f"{length_cost:6} {echo_cost:5}   " + "  ".join(f"{figure:.3f}" for figure in each) + marked)


if __name__ == "__main__":
    main()
