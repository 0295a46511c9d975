"""Answers that our own search gives to the questions of near misses, each read and judged: what the verifier learns from
beside the near misses themselves.

    python tests/quality/judged_answers.py ask OUT FOLDER [--count N]     the first answers to N questions, to be judged
    python tests/quality/judged_answers.py keep ASKED LABELS...           judged_answers.jsonl from lines of `KEY 0` or `KEY 1`

FOLDER is where the archive of all documents that near misses are about is kept. A row of judged_answers.jsonl is a
question, the words from `start` to `end` of a shared document, and whether they answer it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import sets
from confidence import asked_of, first_heard
from conftest import SHARED
from near_misses import Row, part, text_of, written

from api.evaluate import engine_of
from api.settings import Settings, from_environment
from api.wiring import Engine
from archive.types import Span
from index.asking import NUMBERS
from index.candidates import Candidate
from index.confidence import judge
from index.marking import glossed, marked
from index.questions import Question
from index.training.examples import Claim
from index.types import Filters

FILE = Path(__file__).with_name("judged_answers.jsonl")
_JUDGED = 2


def archive_of(folder: Path, settings: Settings, data: Path = SHARED) -> Engine:
    """An archive of the documents that near misses are about, made once."""
    names = sorted({row["document"] for row in written()})
    place = folder / f"near-{hashlib.sha256(repr(names).encode()).hexdigest()[:8]}"
    if not (place / "queries.jsonl").is_file():
        texts = {name: text_of(name, data) for name in names}
        documents = [{"_id": name, "title": text.title, "text": text.text} for name, text in texts.items()]
        first = next(iter(texts))
        sets.write(place, (documents, [{"_id": "0", "text": "什么", "gold": [{"document": first}]}]))
    return engine_of(place, settings.model_copy(update={"home": folder / "home"}))[0]


def glosser(engine: Engine) -> Callable[[Claim], Claim]:
    """Puts above a claim's text what of it says in other words what the question does."""
    searcher = engine.searcher()
    concepts = lru_cache(None)(lambda question: searcher.understand(question).concepts)
    return lambda claim: replace(claim, text=glossed(concepts(claim.question), claim.text))


def claims_of_judged(rows: Sequence[Row], data: Path) -> Iterator[Claim]:
    for row in rows:
        source, answer = text_of(row["document"], data), Span(row["start"], row["end"])
        within = source.section_at(answer.start)
        shown = marked(source.headings(answer.start), source.text, within, answer)
        yield Claim(f"judged-{row['language']}", row["question"], shown, row["right"])


def judged() -> list[Row]:
    return written(FILE)


def ask(given: argparse.Namespace) -> None:
    engine = archive_of(given.folder, from_environment(os.environ), given.data)
    rng = random.Random(given.seed)
    rows = [row for row in written() if part(row) == "train"]
    with given.out.open("w", encoding="utf-8") as file:
        for number, row in enumerate(rng.sample(rows, min(given.count, len(rows)))):
            language = rng.choice(("zh", "en", "en"))
            question, first = first_answers(engine, row[language], is_read=True, count=_JUDGED)
            for at, candidate in enumerate(first):
                asked = {"key": f"{number}{'ab'[at]}", "question": row[language], "language": language}
                place = {
                    "document": candidate.document.source,
                    "start": candidate.span.start,
                    "end": candidate.span.end,
                }
                shown = glossed(question.concepts, candidate.marked)
                meant = {"meant": row.get("answer"), "tempting": row.get("tempting"), "text": shown}
                file.write(json.dumps({**asked, **place, **meant}, ensure_ascii=False) + "\n")


def first_answers(engine: Engine, text: str, is_read: bool, count: int) -> tuple[Question, list[Candidate]]:
    """The first candidates of different answers of the kind asked for."""
    question, found = asked_of(engine, text, Filters(), is_read)
    kind = question.asked if question.asked in NUMBERS else "text"
    by = judge(kind, question.language, "read" if is_read else "unread")
    ranked = [(by.rank(c.features), {"said": c.said, "candidate": c}) for name, c in found if name == kind]
    ranked.sort(key=lambda rank_and: -rank_and[0])
    return question, [row["candidate"] for _, row in first_heard(ranked, count)]


def keep(given: argparse.Namespace) -> None:
    lines = [line.split() for path in given.labels for line in path.read_text(encoding="utf-8").splitlines()]
    labels = {line[0]: line[1] for line in lines if len(line) == 2 and line[1] in "01"}
    known = judged() if FILE.is_file() else []
    seen = {(row["question"], row["document"], row["start"]) for row in known}
    for row in written(given.asked):
        place = (row["question"], row["document"], row["start"])
        if row["key"] in labels and place not in seen:
            seen.add(place)
            kept = {name: row[name] for name in ("question", "language", "document", "start", "end")}
            known.append({**kept, "right": labels[row["key"]] == "1"})
    FILE.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in known), encoding="utf-8")
    print(f"{len(known)} kept, {sum(row['right'] for row in known)} right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--seed", type=int, default=7)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("ask")
    one.add_argument("out", type=Path)
    one.add_argument("folder", type=Path)
    one.add_argument("--count", type=int, default=2400)
    one.set_defaults(run=ask)
    one = commands.add_parser("keep")
    one.add_argument("asked", type=Path)
    one.add_argument("labels", type=Path, nargs="+")
    one.set_defaults(run=keep)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
