"""Reading in and indexing a judged set from nothing, and one document more: seconds, memory, size.

    python tests/bench/reindex.py SET HOME [--adding] [--json FILE]

SET is a folder with corpus.jsonl, as tests/quality/sets.py writes them; HOME a data directory. All goes through the
commands `gongwen add`, `gongwen reindex` and `gongwen search`, as a user would have it. Memory is the most that a
command and the processes it starts held at once; pages they share count once. With `--adding` HOME is an index that
was built before, and only one document is added; so is what follows a HOME that has one already.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scale import ASKED, NEW, added, found_in, sizes

from api.settings import Settings
from api.wiring import Engine
from index.judged import read_documents

LINES = 20_000
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed, how many seconds it took, and the bytes held at most."""

    printed: str
    seconds: float
    memory: int


def command(home: Path, *words: str) -> Done:
    """Run `gongwen` in processes of its own. Raises CalledProcessError."""
    started, most = time.perf_counter(), 0
    variables = {"GONGWEN_HOME": home, "GONGWEN_CORPUS": home / "none", "PYTHONPATH": Path(__file__).parents[2]}
    process = subprocess.Popen(
        [sys.executable, "-m", "api", *words],
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    while process.poll() is None:
        most = max(most, sum(map(_held, _family(process.pid))))
        time.sleep(0.02 if time.perf_counter() - started < 5 else 0.5)
    seconds = time.perf_counter() - started
    printed, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, ["gongwen", *words], printed)
    return Done(printed, seconds, most)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _text(task).split():
            yield from _family(int(child))


def _held(pid: int) -> int:
    """Bytes in memory, a page shared by n processes as an nth."""
    lines = _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""  # the process has ended


def from_nothing(folder: Path, home: Path) -> Facts:
    """Reads the set in and indexes it."""
    texts = home / "texts"
    write_texts(folder, texts)
    reading = command(home, "add", "--no-index", str(texts))
    indexing = command(home, "reindex")
    archive = Engine(Settings(home=home)).archive
    characters = archive.characters(archive.current())
    return {
        "documents": len(archive.current()),
        "characters": characters,
        "reading_seconds": reading.seconds,
        "reading_memory": reading.memory,
        "indexing_seconds": indexing.seconds,
        "indexing_memory": indexing.memory,
        "characters_a_second": characters / indexing.seconds,
        "bytes": sizes(home),
    }


def write_texts(folder: Path, texts: Path) -> None:
    """The documents of a set as ready texts that `gongwen add` reads, so many to a file."""
    texts.mkdir(parents=True, exist_ok=True)
    for at, document in enumerate(read_documents(folder)):
        facts = document.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
        line = json.dumps({"source": document.id, **facts}, ensure_ascii=False)
        with (texts / f"{at // LINES:04}.jsonl").open("w" if at % LINES == 0 else "a", encoding="utf-8") as file:
            file.write(line + "\n")


def adding(home: Path) -> Facts:
    """One document more: until an open engine finds it, until a process started after that does; then the same once
    more by commands alone."""
    new = home / "new.txt"
    engine = Engine(Settings(home=home, reranker=""))
    new.write_text(NEW, encoding="utf-8")
    found_in(engine)
    spent, found = added(engine, new)
    again = command(home, "search", ASKED, "--json")
    start = command(home, "--help")
    new.write_text(NEW.replace("二百", "三百"), encoding="utf-8")
    commands = [command(home, *words) for words in (("add", str(new)), ("reindex",), ("search", ASKED, "--json"))]
    return {
        "documents": len(engine.archive.current()),
        "found": found and "二百元" in again.printed and "三百元" in commands[-1].printed,
        "seconds": sum(spent.values()),
        "stages": spent,
        "after_a_restart_seconds": again.seconds,
        "of_that_starting_seconds": start.seconds,
        "commands_seconds": [done.seconds for done in commands],
        "search_memory": again.memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("--adding", action="store_true", help="HOME is built already: only add one document")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    given = parser.parse_args()
    found = {} if given.adding else from_nothing(given.set, given.home)
    found["adding"] = adding(given.home)
    print(json.dumps(found, indent=1))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
