"""The product's own index at 10,000, 100,000 and 1,000,000 passages: building, size, recall, speed, filters, adding.

    python tests/bench/scale.py FOLDER QUESTIONS HOME ... [--sizes N ...] [--json FILE] [--plot FILE]

FOLDER holds what is built; a step that has ended is not done again, so a run goes on where it was stopped. QUESTIONS
is a .jsonl file with `question` in each line. Each HOME is a data directory with real documents and their vectors by
the bundled encoder: texts and vectors are grown from them (see grown.py). Each step runs in a process of its own.
Recall is that of the vector index alone, against the inner products with all vectors in float32. The filter keeps one
document of a hundred. Memory is the most that a process held, files that are mapped into memory included; `own` leaves them out.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from grown import PASSAGES, RARE, GrownEncoder, Texts, fill, read, take
from search import Clock, Clocked, Size, clocked, read_questions, run

from api.settings import Settings
from api.wiring import Engine, make_encoder
from archive.store import Archive, VectorCache
from archive.types import Span
from index import generations
from index.generations import build
from index.passages import encoded_text
from index.search import Searcher
from index.types import Filters, FloatArray, IntArray, Passage

SIZES = (10_000, 100_000, 1_000_000)
CLIENTS = (1, 8)
QUESTIONS, SECONDS = 200, 60.0
RECALL, TOP = 200, 10
BLOCK = 10_000
FILTERS = {"": None, "filtered_": Filters(collection=RARE)}
TITLE = "关于玄凤鹦鹉驯养登记的通知"
NEW = f"{TITLE}\n\n玄凤鹦鹉的驯养人应当在三十日内到所在地的林草主管部门登记，登记费每只二百元。\n"
ASKED = "玄凤鹦鹉的驯养人要到哪里登记？"

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One size: where it is built, from what, and how many passages are wanted."""

    folder: Path
    base: Path
    questions: Path
    passages: int

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def engine(self, added: bool = False, clock: Clock | None = None) -> Engine:
        settings = Settings(home=self.home, models=self.base.parent / "models", reranker="")
        encoder: Any = GrownEncoder(read(self.base), make_encoder("bundled", settings.models_folder), added)
        return Engine(settings, Clocked(encoder, "embed", clock) if clock else encoder)


def fill_step(place: Place) -> Facts:
    started = time.perf_counter()
    archive = Archive(place.home)
    fill(archive, Texts(read(place.base)), place.passages // PASSAGES)
    return {"seconds": time.perf_counter() - started, "documents": len(archive.current())}


def build_step(place: Place) -> Facts:
    """What building the index took, by part; reading and writing of the vectors' cache counts for itself."""
    clock, memory, engine = Clock(), Memory(), place.engine()
    timed: Any = partial(Clocked, clock=clock)
    with (
        patch.object(generations, "LexicalWriter", lambda *given: timed(generations_writer(*given), "lexical")),
        patch.object(generations, "terms", clock.timed("words", generations.terms)),
        patch.object(generations, "write_vectors", clock.timed("vectors", generations.write_vectors)),
    ):
        whole = clock.timed("rest", build)
        started = time.perf_counter()
        report = whole(
            place.home,
            timed(engine.archive, "archive"),
            timed(VectorCache(place.home), "cache"),
            timed(engine.encoder, "repeating"),
        )
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "parts": dict(clock.take()),
        "memory": memory.peak(),
        "passages": report.passages,
        "figures": engine.searcher().generation.manifest["figures"],
        "bytes": sizes(place.home),
    }


generations_writer = generations.LexicalWriter


class Memory:
    """The most that this process holds, in bytes: all of it, and what is its own and not a mapped file."""

    def __init__(self) -> None:
        self._own = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._look()
            time.sleep(0.2)

    def _look(self) -> None:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        found = re.search(r"RssAnon:\s+(\d+) kB", status)
        self._own = max(self._own, int(found[1]) * 1024 if found else 0)

    def peak(self) -> Facts:
        self._look()
        return {"all": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "own": self._own}


def sizes(home: Path) -> dict[str, int]:
    """Bytes on disk of the archive, the vectors' cache and the parts of the newest generation."""
    number = (home / "CURRENT").read_text(encoding="ascii").strip()
    found: Counter[str] = Counter()
    for file in home.rglob("*"):
        where = file.relative_to(home).parts
        if file.is_file() and where[0] == "generations" and where[1] == number:
            found["lexical" if where[2] == "lexical" else "vectors" if len(where) == 6 else "lists"] += _held(file)
        elif file.is_file() and file.name.startswith(("archive.db", "vectors.db")):
            found[file.name.split(".")[0] + ".db"] += _held(file)
    return dict(found)


def _held(file: Path) -> int:
    return file.stat().st_size


def search_step(place: Place) -> Facts:
    """Opening, a first search, then whole searches by so many clients, without and with the filter. All runs have the
    same questions, each an engine of its own, so that no cache answers."""
    clock = Clock()
    engine = place.engine(clock=clock)
    first, *asked = read_questions(place.questions)
    engine.encoder.encode_query(first)
    found: Facts = {}
    for name, filters in FILTERS.items():
        for clients in CLIENTS:
            engine = Engine(engine.settings, engine.encoder)
            started = time.perf_counter()
            searcher = engine.searcher()
            opened = time.perf_counter()
            searcher.search(searcher.understand(first), TOP, filters)
            once = {"open_seconds": opened - started, "first_seconds": time.perf_counter() - opened}
            search = partial(clocked(engine, clock), filters=filters)
            figures = run(search, clock, iter(asked), Size(QUESTIONS, SECONDS), clients).figures()
            found[f"{name}clients_{clients}"] = {**once, **figures}
    return {**found, "memory": Memory().peak()}


def recall_step(place: Place) -> Facts:
    """Recall of the vector index among the first ten, against all vectors."""
    engine = place.engine()
    searcher = engine.searcher()
    asked = np.stack([engine.encoder.encode_query(text) for text in islice(read_questions(place.questions), RECALL)])
    masks = {name: _mask(searcher, filters) for name, filters in FILTERS.items()}
    exact = _exact(vectors_of(engine, searcher), asked, masks)
    return {f"{name}recall": _recall(searcher, asked, masks[name], exact[name]) for name in FILTERS}


def _mask(searcher: Searcher, filters: Filters | None) -> np.ndarray[Any, Any] | None:
    if filters is None:
        return None
    mask: np.ndarray[Any, Any] = searcher.catalogue.allowed(filters)[searcher.generation.passage_rows[:, 0]]
    return mask


def vectors_of(engine: Engine, searcher: Searcher) -> Iterator[FloatArray]:
    """The float32 vectors of all passages, made anew from the archive."""
    rows = searcher.generation.passage_rows
    listed = searcher.generation.documents
    ends = np.searchsorted(rows[:, 0], np.arange(len(listed) + 1))
    for at, each in enumerate(listed):
        document = engine.archive.get(each.doc_id, each.revision)
        some = rows[ends[at] : ends[at + 1]].tolist()
        passages = (Passage(each.doc_id, each.revision, Span(s, e), document.sections[n].path) for _, n, s, e in some)
        yield engine.encoder.encode_passages([encoded_text(document, passage) for passage in passages])


def _exact(
    batches: Iterator[FloatArray], asked: FloatArray, masks: dict[str, np.ndarray[Any, Any] | None]
) -> dict[str, IntArray]:
    """The ids of the nearest `TOP` of each question under each mask."""
    best = {name: (np.zeros((len(asked), TOP), np.int64), np.full((len(asked), TOP), -np.inf)) for name in masks}
    for first, vectors in _blocks(batches):
        products = asked @ vectors.T
        for name, mask in masks.items():
            allowed = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask[first : first + len(vectors)])
            ids = np.concatenate([best[name][0], np.tile(allowed + first, (len(asked), 1))], axis=1)
            scores = np.concatenate([best[name][1], products[:, allowed]], axis=1)
            kept = np.argsort(-scores, axis=1)[:, :TOP]
            best[name] = np.take_along_axis(ids, kept, 1), np.take_along_axis(scores, kept, 1)
    return {name: ids for name, (ids, _) in best.items()}


def _blocks(batches: Iterator[FloatArray]) -> Iterator[tuple[int, FloatArray]]:
    first = 0
    while some := list(islice(batches, BLOCK // PASSAGES)):
        vectors = np.concatenate(some)
        yield first, vectors
        first += len(vectors)


def _recall(searcher: Searcher, asked: FloatArray, mask: np.ndarray[Any, Any] | None, exact: IntArray) -> float:
    found = [searcher.generation.passages.search(vector, TOP, mask)[0] for vector in asked]
    shares = [len(set(some.tolist()) & set(right.tolist())) / TOP for some, right in zip(found, exact, strict=True)]
    return float(np.mean(shares))


def add_step(place: Place) -> Facts:
    """One document more, until an open engine finds it."""
    engine = place.engine(added=True)
    new = place.folder / "new.txt"
    new.write_text(NEW, encoding="utf-8")
    found_in(engine)
    engine.encoder.encode_passages([NEW])
    spent, found = added(engine, new)
    return {"seconds": sum(spent.values()), "parts": spent, "found": found}


def added(engine: Engine, new: Path) -> tuple[dict[str, float], bool]:
    """The seconds by stage until an open engine finds a new document, and whether it did."""
    steps: dict[str, Callable[[], Any]] = {
        "reading": lambda: list(engine.add(new)),
        "indexing": lambda: engine.build(lambda done, total: None),
        "searching": lambda: found_in(engine),
    }
    spent, last = {}, False
    for name, step in steps.items():
        started = time.perf_counter()
        last = step()
        spent[name] = time.perf_counter() - started
    return spent, last


def again_step(place: Place) -> Facts:
    """The same question in a process of its own, its start included."""
    started = time.perf_counter()
    found = found_in(place.engine(added=True))
    return {"seconds": time.perf_counter() - started, "found": found}


def found_in(engine: Engine) -> bool:
    """Whether the first passage found is the new document's."""
    searcher = engine.searcher()
    hits = searcher.search(searcher.understand(ASKED), TOP)
    first = searcher.document(hits[0].passage.doc_id, hits[0].passage.revision)
    return first.title == TITLE


STEPS: dict[str, Callable[[Place], Facts]] = {
    "fill": fill_step,
    "build": build_step,
    "recall": recall_step,
    "search": search_step,
    "add": add_step,
    "again": again_step,
}


def done(place: Place, step: str) -> Facts:
    """What a step found, now or in an earlier run; it runs in a process of its own."""
    kept = place.folder / f"{step}.json"
    if not kept.is_file():
        given = {name: str(value) for name, value in asdict(place).items()}
        started = time.perf_counter()
        subprocess.run([sys.executable, __file__, "--step", step, json.dumps(given)], check=True)
        beside = kept.with_suffix(".new")
        facts = json.loads(beside.read_text(encoding="utf-8"))
        beside.write_text(json.dumps({**facts, "process_seconds": time.perf_counter() - started}), encoding="utf-8")
        beside.replace(kept)
    return dict(json.loads(kept.read_text(encoding="utf-8")))


def take_step(step: str, given: str) -> None:
    read_in = json.loads(given)
    place = Place(Path(read_in["folder"]), Path(read_in["base"]), Path(read_in["questions"]), int(read_in["passages"]))
    (place.folder / f"{step}.new").write_text(json.dumps(STEPS[step](place)), encoding="utf-8")


def of_size(place: Place) -> Facts:
    place.folder.mkdir(exist_ok=True)
    found: Facts = {"passages": place.passages}
    for step in STEPS:
        found[step] = done(place, step)
        print(f"{place.passages:,}: {step} {found[step]['process_seconds']:.1f} s", flush=True)
    return found


ROWS: dict[str, Callable[[Facts], str]] = {
    "passages": lambda f: f"{f['build']['passages']:,}",
    "figures' clauses": lambda f: f"{f['build']['figures']:,}",
    "building, s": lambda f: f"{f['build']['seconds']:.0f}",
    "memory of building, MB": lambda f: f"{f['build']['memory']['all'] / 1e6:.0f}",
    "of that its own, MB": lambda f: f"{f['build']['memory']['own'] / 1e6:.0f}",
    "on disk, MB": lambda f: f"{sum(f['build']['bytes'].values()) / 1e6:.0f}",
    "generation, MB": lambda f: f"{generation_bytes(f) / 1e6:.0f}",
    "opening, s": lambda f: f"{f['search']['clients_1']['open_seconds']:.2f}",
    "first search, s": lambda f: f"{f['search']['clients_1']['first_seconds']:.2f}",
    "recall@10": lambda f: f"{f['recall']['recall']:.4f}",
    "recall@10, filtered": lambda f: f"{f['recall']['filtered_recall']:.4f}",
    **{
        f"p50, p95 of a search, ms, {clients} at once{', filtered' if name else ''}": partial(
            lambda run, f: f"{f['search'][run]['p50_ms']:.1f}, {f['search'][run]['p95_ms']:.1f}",
            f"{name}clients_{clients}",
        )
        for clients in CLIENTS
        for name in FILTERS
    },
    "one more document, s": lambda f: f"{f['add']['seconds']:.2f}",
    "found after a restart, s": lambda f: f"{f['again']['process_seconds']:.2f}",
}


def generation_bytes(facts: Facts) -> int:
    return sum(count for name, count in facts["build"]["bytes"].items() if not name.endswith(".db"))


def table(found: list[Facts]) -> str:
    rows = [[name, *(show(facts) for facts in found)] for name, show in ROWS.items()]
    widths = [max(len(row[at]) for row in rows) for at in range(len(found) + 1)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )


def plot(found: list[Facts], path: Path) -> None:
    """The growth of each figure over the number of passages, both in powers of ten."""
    import matplotlib

    matplotlib.use("svg" if path.suffix == ".svg" else "agg")
    matplotlib.rcParams["svg.hashsalt"] = "scale"
    from matplotlib import pyplot

    numbers = [facts["build"]["passages"] for facts in found]
    lines = {
        "building, seconds": {"": lambda f: f["build"]["seconds"]},
        "memory of building, MB": {
            "all": lambda f: f["build"]["memory"]["all"] / 1e6,
            "without mapped files": lambda f: f["build"]["memory"]["own"] / 1e6,
        },
        "on disk, MB": {
            "generation": lambda f: generation_bytes(f) / 1e6,
            "archive": lambda f: f["build"]["bytes"]["archive.db"] / 1e6,
            "cache of vectors": lambda f: f["build"]["bytes"]["vectors.db"] / 1e6,
        },
        "whole search, ms": {
            f"{p}, {clients} at once": partial(lambda c, p, f: f["search"][f"clients_{c}"][f"{p}_ms"], clients, p)
            for clients in CLIENTS
            for p in ("p50", "p95")
        },
        "filtered to 1 %, ms": {
            f"{p}, {clients} at once": partial(
                lambda c, p, f: f["search"][f"filtered_clients_{c}"][f"{p}_ms"], clients, p
            )
            for clients in CLIENTS
            for p in ("p50", "p95")
        },
        "recall@10 of the vectors": {
            "all": lambda f: f["recall"]["recall"],
            "filtered to 1 %": lambda f: f["recall"]["filtered_recall"],
        },
    }
    figure, axes = pyplot.subplots(2, 3, figsize=(12, 6.5), layout="constrained")
    for axis, (title, of) in zip(axes.flat, lines.items(), strict=True):
        for name, value in of.items():
            axis.plot(numbers, [value(facts) for facts in found], marker="o", label=name)
        axis.set(title=title, xscale="log", xlabel="passages", yscale="linear" if "recall" in title else "log")
        if "recall" in title:
            axis.set_ylim(0.9, 1.002)
        axis.grid(alpha=0.3)
        if len(of) > 1:
            axis.legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    if sys.argv[1:2] == ["--step"]:
        return take_step(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("homes", type=Path, nargs="+", metavar="HOME")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("--plot", type=Path, help="draw the growth as .svg or .png (needs matplotlib)")
    given = parser.parse_args()

    given.folder.mkdir(exist_ok=True)
    base = given.folder / "base"
    if not base.is_dir():
        take(given.homes, make_encoder("bundled", given.folder / "models"), base)
    print(f"grown from {len(read(base)):,} real passages", flush=True)
    places = [Place(given.folder / str(size), base, given.questions, size) for size in given.sizes]
    found = [of_size(place) for place in places]
    print(table(found))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if given.plot:
        plot(found, given.plot)
    return None


if __name__ == "__main__":
    main()
