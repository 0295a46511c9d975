"""How long a whole search takes over an index, warm, with one client and with eight, and where the time goes.

    python tests/bench/search.py HOME QUESTIONS [--number N] [--seconds S] [--clients 1 8] [--json FILE]

HOME is a data directory with a built index. QUESTIONS is a .jsonl file with `question` in each line, or a text file
with a question a line. No question is put twice, so that no cache answers. Each run ends after N questions or S
seconds, whichever comes first. The stages are what a client waits for; with several clients that holds the waiting
for each other. `rest` is fusion and the lookup of passages.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from api.settings import from_environment
from api.wiring import Engine, make_encoder
from index.types import Filters

STAGES = ("understand", "embed", "dense", "lexical", "rest")
WARMING = 5
LIMIT = 10


class Clock:
    """Seconds by stage, for each thread its own. A stage inside another counts for itself only."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            inside = self._of_thread.__dict__.setdefault("inside", [0.0])
            inside.append(0.0)
            start = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                took = time.perf_counter() - start
                self._seconds()[stage] += took - inside.pop()
                inside[-1] += took

        return wrapped

    def take(self) -> Counter[str]:
        """The seconds of this thread since the last call."""
        taken = self._seconds()
        self._of_thread.seconds = Counter()
        return taken

    def _seconds(self) -> Counter[str]:
        found: Counter[str] = self._of_thread.__dict__.setdefault("seconds", Counter())
        return found


class Clocked:
    """Whatever it stands for, with the time of its methods taken as one stage."""

    def __init__(self, inner: Any, stage: str, clock: Clock) -> None:
        self._inner, self._stage, self._clock = inner, stage, clock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._clock.timed(self._stage, found) if callable(found) else found

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self._inner)


@dataclass(frozen=True, slots=True)
class Size:
    """How many questions a run has at most, and how many seconds."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """One run: milliseconds of each question, the whole and by stage, and the seconds all of it took."""

    clients: int
    whole: list[float]
    stages: dict[str, list[float]]
    seconds: float

    def figures(self) -> dict[str, float]:
        counts = {"clients": self.clients, "questions": len(self.whole), "a_second": len(self.whole) / self.seconds}
        parts = {"": self.whole, **{f"{stage}_": times for stage, times in self.stages.items()}}
        shares = {f"{part}p{p}_ms": float(np.percentile(times, p)) for part, times in parts.items() for p in (50, 95)}
        return {**counts, **shares}


def clocked(engine: Engine, clock: Clock) -> Callable[[str, Filters | None], object]:
    """A whole search as the product does it, over the open generation, with its parts under the clock.

    The engine's encoder must be under the clock already.
    """
    searcher = engine.searcher()
    parts = {"passages": "dense", "lexical": "lexical"}
    timed: dict[str, Any] = {
        name: Clocked(getattr(searcher.generation, name), stage, clock) for name, stage in parts.items()
    }
    searcher.generation = replace(searcher.generation, **timed)
    understand = clock.timed("understand", searcher.understand)
    return clock.timed("rest", lambda text, filters=None: searcher.search(understand(text), LIMIT, filters))


def run(search: Callable[[str], object], clock: Clock, questions: Iterator[str], size: Size, clients: int) -> Run:
    """Each client first asks some questions that do not count, all of them at once."""
    whole: list[float] = []
    stages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    ready, lock = threading.Barrier(clients), threading.Lock()

    def warm(mine: Sequence[str]) -> None:
        ready.wait()
        for question in mine:
            search(question)

    def ask(question: str) -> None:
        if whole and time.perf_counter() - started > size.seconds:
            return
        clock.take()
        search(question)
        taken = clock.take()
        with lock:
            whole.append(taken.total() * 1000)
            for stage in STAGES:
                stages[stage].append(taken[stage] * 1000)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(warm, [list(islice(questions, WARMING)) for _ in range(clients)]))
        started = time.perf_counter()
        list(pool.map(ask, islice(questions, size.number)))
        return Run(clients, whole, stages, time.perf_counter() - started)


def read_questions(path: Path) -> Iterator[str]:
    """The questions of a file, each once."""
    seen = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)["question"] if path.suffix == ".jsonl" else line.strip()
        if question and question not in seen:
            seen.add(question)
            yield question


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--number", type=int, default=300, help="questions a run (default 300)")
    parser.add_argument("--seconds", type=float, default=60, help="a run takes no longer (default 60)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    given = parser.parse_args()

    asked = list(read_questions(given.questions))
    number = min(given.number, (len(asked) - WARMING * sum(given.clients)) // len(given.clients))
    if number < 1:
        parser.error(f"{given.questions}: {len(asked)} questions are too few, since none is put twice")
    clock = Clock()
    settings = from_environment({**os.environ, "GONGWEN_HOME": str(given.home), "GONGWEN_RERANKER": ""})
    engine = Engine(settings, Clocked(make_encoder(settings.encoder, settings.models_folder), "embed", clock))
    search = clocked(engine, clock)
    questions = iter(asked)
    found = []
    for clients in given.clients:
        found.append(run(search, clock, questions, Size(number, given.seconds), clients).figures())
        print("  ".join(f"{name} {value:.4g}" for name, value in found[-1].items()), flush=True)
    manifest = engine.searcher().generation.manifest
    print(f"{manifest['documents']:,} documents, {manifest['passages']:,} passages")
    if given.json:
        given.json.write_text(json.dumps({"passages": manifest["passages"], "runs": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
