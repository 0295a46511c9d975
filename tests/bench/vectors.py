"""The table by which kinds of vector index and their constants were chosen.

    python tests/bench/vectors.py --vectors FILE.npy --questions FILE.npy --counts 10000 100000 1000000
    python tests/bench/vectors.py --home .gongwen --kinds flat lists     from the vectors that an index was built from
    python tests/bench/vectors.py                                       a few thousand, made of the shipped corpus

Rows past the real vectors repeat them with gaussian noise of length `--noise`, normalised again. Questions are real
ones when given, else some of the real vectors with noise. Every kind is built and searched in a process of its own,
on one thread a search. Recall is against exact search; the filters keep 1 % of the rows: every hundredth, and those
nearest to one row, as a collection on one topic would.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from index import vectors
from index.encoder import BundledEncoder
from index.generations import cached_vector
from index.types import BoolArray, FloatArray, IntArray
from index.vectors import FLAT_UP_TO, open_vectors, write_vectors

BLOCK = 10_000
TOP = 10
MET = 32_000
Search = Callable[[FloatArray, int, BoolArray | None], IntArray]


@dataclass(frozen=True, slots=True)
class Grown:
    """`count` rows of real vectors, from the first repetition on with noise; never all in memory."""

    real: FloatArray
    count: int
    noise: float

    def batches(self) -> Iterator[FloatArray]:
        for at in range(0, self.count, BLOCK):
            rows = np.arange(at, min(at + BLOCK, self.count))
            batch = self.real[rows % len(self.real)]
            repeated = rows >= len(self.real)
            batch[repeated] = noisy(batch[repeated], self.noise, seed=at)
            yield batch


@dataclass(frozen=True, slots=True)
class Task:
    """Questions, masks and what exact search finds for each, mask by mask: (masks, questions, TOP)."""

    questions: FloatArray
    masks: tuple[tuple[str, BoolArray | None], ...]
    exact: IntArray


@dataclass(frozen=True, slots=True)
class Figures:
    kind: str
    count: int
    build_s: float
    built_mb: int
    file_mb: int
    open_ms: float
    resident_mb: int
    masks: dict[str, tuple[float, float, float]]  # recall, p50 ms, p95 ms


def noisy(rows: FloatArray, length: float, seed: int) -> FloatArray:
    noise = np.random.default_rng(seed).standard_normal(rows.shape, dtype=np.float32)
    moved = rows + noise * np.float32(length / rows.shape[1] ** 0.5)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def exact_search(grown: Grown, questions: FloatArray, masks: tuple[tuple[str, BoolArray | None], ...]) -> IntArray:
    best = [(np.full((len(questions), TOP), -2, np.float32), np.zeros((len(questions), TOP), np.int64)) for _ in masks]
    at = 0
    for batch in grown.batches():
        products = questions @ batch.T
        for number, (_, mask) in enumerate(masks):
            here = np.arange(len(batch)) if mask is None else np.flatnonzero(mask[at : at + len(batch)])
            scores = np.hstack([best[number][0], products[:, here]])
            ids = np.hstack([best[number][1], np.broadcast_to(here + at, (len(questions), len(here)))])
            top = np.argpartition(-scores, TOP - 1, axis=1)[:, :TOP]
            best[number] = (np.take_along_axis(scores, top, 1), np.take_along_axis(ids, top, 1))
        at += len(batch)
    return np.stack([ids for _, ids in best])


def topic_mask(grown: Grown) -> BoolArray:
    """The hundredth of the rows nearest to the middle one of the real ones."""
    middle = grown.real[len(grown.real) // 2]
    products = np.concatenate([batch @ middle for batch in grown.batches()])
    return products > np.partition(products, -grown.count // 100)[-grown.count // 100]


def prepared(grown: Grown, questions: FloatArray) -> Task:
    masks = (
        ("all", None),
        ("1 % spread", np.arange(grown.count) % 100 == 0),
        ("1 % topic", topic_mask(grown)),
        ("20 % spread", np.arange(grown.count) % 5 == 0),
    )
    return Task(questions, masks, exact_search(grown, questions, masks))


def ours(flat_up_to: int, shortlist: int, grown: Grown, folder: Path) -> Callable[[], Search]:
    vectors._SHORTLIST = shortlist
    write_vectors(folder / "index", grown.real.shape[1], grown.batches(), grown.count, flat_up_to)

    def opened() -> Search:
        index = open_vectors(folder / "index")
        return lambda question, k, mask: index.search(question, k, mask)[0]

    return opened


def by_factory(factory: str, grown: Grown, folder: Path) -> Callable[[], Search]:
    """A kind by its name in FAISS; {lists} in it is four times the root of the count."""
    dim = grown.real.shape[1]
    lists = round(4 * grown.count**0.5)
    index = faiss.index_factory(dim, factory.format(lists=lists), faiss.METRIC_INNER_PRODUCT)
    if isinstance(index, faiss.IndexIVF):
        index.cp.min_points_per_centroid = 1
    step = -(-grown.count // 100_000)
    index.train(np.concatenate([batch[::step].copy() for batch in grown.batches()]))
    for batch in grown.batches():
        index.add(batch)
    faiss.write_index(index, str(folder / "index.faiss"))

    def opened() -> Search:
        stored = faiss.read_index(str(folder / "index.faiss"), faiss.IO_FLAG_MMAP_IFC)
        return partial(search_stored, stored, max(1, round(lists * MET / grown.count)))

    return opened


def search_stored(index: Any, nprobe: int, question: FloatArray, k: int, mask: BoolArray | None) -> IntArray:
    """As FAISS does by itself: with a mask as many times more lists as the mask leaves out."""
    selector = None if mask is None else faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
    share = 1.0 if mask is None else float(mask.mean())
    if isinstance(index, faiss.IndexIVF):
        chosen = faiss.SearchParametersIVF(sel=selector, nprobe=min(index.nlist, int(nprobe / share)))
    elif isinstance(index, faiss.IndexHNSW):
        chosen = faiss.SearchParametersHNSW(sel=selector, efSearch=128)
    else:
        chosen = faiss.SearchParameters(sel=selector)
    return index.search(question.reshape(1, -1), k, params=chosen)[1][0]


KINDS: dict[str, Callable[[Grown, Path], Callable[[], Search]]] = {
    "ours": partial(ours, FLAT_UP_TO, vectors._SHORTLIST),
    "short-300": partial(ours, 0, 300),
    "short-1000": partial(ours, 0, 1000),
    "short-3000": partial(ours, 0, 3000),
    "flat": partial(by_factory, "Flat"),
    "flat-fp16": partial(by_factory, "SQfp16"),
    "flat-sq8": partial(by_factory, "SQ8"),
    "ivf-fp16": partial(by_factory, "IVF{lists},SQfp16"),
    "ivf-sq8": partial(by_factory, "IVF{lists},SQ8"),
    "hnsw": partial(by_factory, "HNSW32,SQfp16"),
}


def memory(name: str) -> int:
    """Resident MB now (VmRSS) or at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) >> 10


def measured(kind: str, grown: Grown, task: Task) -> Figures:
    faiss.omp_set_num_threads(multiprocessing.cpu_count())
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        opened = KINDS[kind](grown, Path(folder))
        build_s, built_mb = time.perf_counter() - began, memory("VmHWM")
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        faiss.omp_set_num_threads(1)
        before, began = memory("VmRSS"), time.perf_counter()
        search = opened()
        open_ms = (time.perf_counter() - began) * 1000
        masks = {name: searched(search, task, number) for number, (name, _) in enumerate(task.masks)}
        return Figures(kind, grown.count, build_s, built_mb, size >> 20, open_ms, memory("VmRSS") - before, masks)


def searched(search: Search, task: Task, number: int) -> tuple[float, float, float]:
    mask = task.masks[number][1]
    for question in task.questions[:20]:
        search(question, TOP, mask)
    hits, times = 0, []
    for question, exact in zip(task.questions, task.exact[number], strict=True):
        began = time.perf_counter()
        ids = search(question, TOP, mask)
        times.append((time.perf_counter() - began) * 1000)
        hits += len(set(exact.tolist()) & set(ids.tolist()))
    p50, p95 = np.percentile(times, [50, 95])
    return hits / task.exact[number].size, float(p50), float(p95)


def in_its_own_process(kind: str, grown: Grown, task: Task) -> Figures:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (kind, grown, task))


def real_vectors(arguments: argparse.Namespace) -> FloatArray:
    if arguments.vectors:
        return np.concatenate([np.load(path) for path in arguments.vectors]).astype(np.float32)
    if arguments.home:
        with sqlite3.connect(arguments.home / "vectors.db") as database:
            rows = [row for (row,) in database.execute("select vector from vectors order by text_sha256")]
        return np.stack([cached_vector(row, BundledEncoder.dim) for row in rows])
    files = sorted((Path(__file__).parents[2] / "corpus").rglob("*.txt"))
    texts = [
        text[at : at + 200] for text in (file.read_text("utf-8") for file in files) for at in range(0, len(text), 200)
    ]
    return BundledEncoder().encode_passages(texts[:3000])


def line(figures: Figures) -> str:
    masks = " ".join(f"| {recall:6.3f} {p50:7.2f} {p95:7.2f} " for recall, p50, p95 in figures.masks.values())
    return (
        f"{figures.kind:10}{figures.count:9}{figures.build_s:8.1f}{figures.built_mb:7}{figures.file_mb:7}"
        f"{figures.open_ms:7.1f}{figures.resident_mb:7} {masks}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=Path, nargs="*")
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--counts", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--noise", type=float, default=0.3)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    arguments = parser.parse_args()
    real = real_vectors(arguments)
    questions = np.load(arguments.questions) if arguments.questions else noisy(real[:: len(real) // 200], 0.3, 1)
    print(f"{len(real)} real vectors of {real.shape[1]}, {len(questions)} questions, noise {arguments.noise}")
    found = []
    for count in arguments.counts:
        grown = Grown(real, count, arguments.noise)
        task = prepared(grown, questions)
        names = " ".join(f"| {name:>12}  p50     p95" for name, _ in task.masks)
        print(f"\n{'kind':10}{'rows':>9}{'build s':>8}{'MB':>7}{'file':>7}{'open':>7}{'MB':>7} {names}")
        for kind in arguments.kinds:
            found.append(in_its_own_process(kind, grown, task))
            print(line(found[-1]), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figures) for figures in found], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
