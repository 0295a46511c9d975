"""How well a reader reads: EM and F1 on open sets by the rules of CMRC 2018, and pairs of figures told apart.

    python tests/quality/reading.py READER [--sets cmrc2018 xquad-zh ...] [--limit N] [--split report|train|all]
                                    [--data SHARED_DATA] [--models FOLDER] [--out FILE]

READER is "bundled" or a file that training wrote. Every question gets an answer, for each has one. --split chooses the
documents and paragraphs of xquad and of the figures (index.training.splits); nothing of CMRC 2018's development part is
trained on, so all of it is read, unless --limit N takes N questions by chance.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from conftest import SHARED

from api.settings import from_environment
from api.wiring import make_reranker
from archive.ingest import build_document
from archive.sources import READY, Source, find_sources, parse
from archive.text import canonical
from archive.types import Document, Facts, Span
from index.reader import BundledReader
from index.reading import answer, exact, f1, measured
from index.training.figure_pairs import FigurePair, FigureQuestion, figure_pairs
from index.training.groups import plain
from index.training.splits import part_of
from index.types import Language, Reader

SEED = 5
PAIRS = 200

_T = TypeVar("_T")
Values = dict[str, list[float]]
Kept = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the text that answers it, and its answers in that text."""

    question: str
    text: str
    golds: tuple[str, ...]


def cmrc2018(data: Path, kept: Kept) -> Iterator[Asked]:
    for article in json.loads((data / "reading" / "cmrc2018_dev.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for row in paragraph["qas"]:
                golds = tuple(found["text"] for found in row["answers"])
                yield Asked(row["question"], paragraph["context"], golds)


def xquad(language: Language, change: Callable[[str], str] = str) -> Callable[[Path, Kept], Iterator[Asked]]:
    """Questions in a language about paragraphs in Chinese. Most of their answers stand between blanks, which translators
    left there; `change` may take them out."""

    def asked(data: Path, kept: Kept) -> Iterator[Asked]:
        texts = {row["_id"]: row["text"] for row in _rows(data / "xquad" / "corpus_zh.jsonl")}
        for row in _rows(data / "xquad" / "queries_open.jsonl"):
            if kept(f"xquad:{row['gold']}"):
                yield Asked(row[f"question_{language}"], change(texts[row["gold"]]), (change(row["answer_zh"]),))

    return asked


def pairs(language: Language) -> Callable[[Path, Kept], Iterator[FigurePair]]:
    """Pairs of figures in work reports and policy texts."""

    def found(data: Path, kept: Kept) -> Iterator[FigurePair]:
        for key, document in documents(data):
            if kept(key):
                for pair in figure_pairs(document.text, random.Random(key)):
                    if pair.questions[0].language == language:
                        yield pair

    return found


SETS = {
    "cmrc2018": cmrc2018,
    "xquad-zh": xquad("zh"),
    "xquad-en": xquad("en"),
    "xquad-zh-plain": xquad("zh", plain),
    "xquad-en-plain": xquad("en", plain),
}
FIGURES = {"figures-zh": pairs("zh"), "figures-en": pairs("en")}


def documents(data: Path) -> Iterator[tuple[str, Document]]:
    """Work reports and policy texts, each with the key of its part."""
    for source in find_sources(data / "documents" / "docx"):
        yield f"docx:{Path(source.name).stem}", build_document(source, parse(source))
    for row in _rows(data / "policyqa" / "corpus.jsonl"):
        facts = Facts(title=canonical(row["title"]).replace("\n", " "))
        source = Source(row["_id"], f"{row['_id']}{READY}", row["text"].encode(), facts)
        yield f"policyqa:{row['_id']}", build_document(source, parse(source))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def some(found: Iterable[_T], count: int) -> list[_T]:
    """All of them, or so many by chance, the same each time."""
    every = list(found)
    return random.Random(SEED).sample(every, count) if 0 < count < len(every) else every


def judge(reader: Reader, asked: Sequence[Asked]) -> Values:
    """EM and F1 of each question's answer."""
    values: Values = {"EM": [], "F1": []}
    for one in asked:
        read = answer(reader, one.question, one.text)
        given = read.span.of(one.text) if read else ""
        values["EM"].append(exact(given, one.golds))
        values["F1"].append(f1(given, one.golds))
    return values


def judge_pairs(reader: Reader, found: Sequence[FigurePair]) -> Values:
    """Whether each question is answered with its own figure and not the other, and whether both of a pair are."""
    values: Values = {"own figure": [], "both figures": []}
    for pair in found:
        one, two = pair.questions
        right = [_is_bound(reader, pair.text, one, two), _is_bound(reader, pair.text, two, one)]
        values["own figure"] += map(float, right)
        values["both figures"].append(float(all(right)))
    return values


def _is_bound(reader: Reader, text: str, own: FigureQuestion, other: FigureQuestion) -> bool:
    read = answer(reader, own.question, text)
    return read is not None and _meet(read.span, own) and not _meet(read.span, other)


def _meet(span: Span, figure: FigureQuestion) -> bool:
    return span.start < figure.end and figure.start < span.end


def report(name: str, values: Values, seconds: float) -> dict[str, Any]:
    found = {label: measured(each) for label, each in values.items()}
    count = max(map(len, values.values()))
    for label, figure in found.items():
        print(
            f"{name:12} {label:12} {figure.value:.3f}  [{figure.low:.3f}, {figure.high:.3f}]  of {len(values[label])}"
        )
    figures = {label: figure.model_dump() for label, figure in found.items()}
    return {"name": name, "questions": count, "seconds": round(seconds, 1), "figures": figures}


def kept_by(split: str) -> Kept:
    """Which keys belong to a part: train, report or all."""
    return lambda key: split in ("all", part_of(key))


def reader_of(name: str, models: Path) -> Reader:
    reader = make_reranker(name, models)
    if not isinstance(reader, BundledReader):
        sys.exit(f"{name}: no reader; give the .npz file that training wrote, or bundled")
    return reader


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("--sets", nargs="+", choices=[*SETS, *FIGURES], default=[*SETS, *FIGURES])
    parser.add_argument("--limit", type=int, default=0, help="questions (or pairs) of each set, chosen by chance")
    parser.add_argument("--split", choices=("report", "train", "all"), default="report")
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--models", type=Path, default=from_environment(os.environ).models_folder)
    parser.add_argument("--out", type=Path, help="write the figures as JSON to this file")
    given = parser.parse_args()
    reader, kept = reader_of(given.reader, given.models), kept_by(given.split)
    results = []
    for name in given.sets:
        start = time.monotonic()
        if name in SETS:
            values = judge(reader, some(SETS[name](given.data, kept), given.limit))
        else:
            values = judge_pairs(reader, some(FIGURES[name](given.data, kept), given.limit or PAIRS))
        results.append(report(name, values, time.monotonic() - start))
    if given.out:
        written = {"reader": reader.fingerprint, "split": given.split, "limit": given.limit, "sets": results}
        given.out.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
