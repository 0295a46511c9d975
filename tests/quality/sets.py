"""Judged sets from the shared data, in the layout that `gongwen eval` reads.

    python tests/quality/sets.py FOLDER [--data SHARED_DATA]

Writes policyqa, xquad, statutes, cmrc2018 and drcd below FOLDER. Nothing of them belongs into this repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from conftest import SHARED

Row = dict[str, Any]
JudgedSet = tuple[Iterable[Row], Iterable[Row]]


def policyqa(data: Path) -> JudgedSet:
    """Chinese questions about policy texts; the gold is the answer's span."""
    folder = data / "policyqa"
    questions = (
        {
            "_id": row["id"],
            "text": row["question"],
            "language": "zh",
            "gold": [{"document": row["docid"], "quote": row["answer"], "start": row["start"]}],
        }
        for row in rows(folder / "qa_open.jsonl")
    )
    return rows(folder / "corpus.jsonl"), questions


def xquad(data: Path) -> JudgedSet:
    """Questions in English and Chinese about Chinese paragraphs; the gold is the paragraph."""
    folder = data / "xquad"
    questions = (
        {
            "_id": f"{row['_id']}-{language}",
            "text": row[f"question_{language}"],
            "language": language,
            "gold": [{"document": row["gold"]}],
        }
        for language in ("en", "zh")
        for row in rows(folder / "queries_open.jsonl")
    )
    return rows(folder / "corpus_zh.jsonl"), questions


def statutes(data: Path) -> JudgedSet:
    """Questions in lay words; the gold are articles of laws."""
    folder = data / "statutes"
    questions = (
        {
            "_id": row["_id"],
            "text": row["question"],
            "language": "zh",
            "gold": [{"document": article} for article in row["gold"]],
        }
        for row in rows(folder / "queries_open.jsonl")
    )
    return rows(folder / "corpus.jsonl"), questions


def cmrc2018(data: Path) -> JudgedSet:
    """CMRC 2018, development part: each question's own paragraph, among all of them."""
    return squad(data / "reading" / "cmrc2018_dev.json")


def drcd(data: Path) -> JudgedSet:
    """DRCD, test part, in traditional Chinese: each question's own paragraph, among all of them."""
    return squad(data / "reading" / "DRCD_test.json")


SETS: dict[str, Callable[[Path], JudgedSet]] = {
    "policyqa": policyqa,
    "xquad": xquad,
    "statutes": statutes,
    "cmrc2018": cmrc2018,
    "drcd": drcd,
}


def squad(path: Path, quoted: bool = False) -> JudgedSet:
    """A file in SQuAD's form; the gold is the question's own paragraph or, `quoted`, the answer in it."""
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    found = [(article.get("title", ""), paragraph) for article in articles for paragraph in article["paragraphs"]]
    documents = [{"_id": p["id"], "title": title, "text": p["context"]} for title, p in found]
    questions = [
        {"_id": qa["id"], "text": qa["question"], "language": "zh", "gold": [_gold(p["id"], qa, quoted)]}
        for _, p in found
        for qa in p["qas"]
        if qa["question"]
    ]
    return documents, questions


def _gold(paragraph: str, question: Row, quoted: bool) -> Row:
    answer = question["answers"][0]
    return {"document": paragraph, **({"quote": answer["text"], "start": answer["answer_start"]} if quoted else {})}


def rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def write(folder: Path, judged: JudgedSet) -> None:
    """A judged set as a folder, the questions last; a file is whole or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("corpus.jsonl", "queries.jsonl"), judged, strict=True):
        aside = folder / f"{name}.part"
        with aside.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        aside.replace(folder / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=SHARED)
    given = parser.parse_args()
    for name, make in SETS.items():
        write(given.folder / name, make(given.data))
        print(given.folder / name)


if __name__ == "__main__":
    main()
