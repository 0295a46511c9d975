"""End to end: questions of judged sets, asked of a whole archive, answered or refused.

    python tests/quality/answering.py SETS --home HOME [--limit N] [--unread] [--verbose]

SETS is a folder with the parts of policyqa and xquad that no model was trained on. For each set and language: how many
questions are answered, F1 of the answer (0 when refused) and of those answered, how often the first citation overlaps
the gold (policyqa: its words; xquad: its paragraph) and how often it stands in the gold's passage, and the same
questions with the gold's documents removed, and xquad's asked of policyqa: how many are answered, and how many of these
answers are not the gold all the same. Many of the latter are true, since other documents say it too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from confidence import golds

from api.evaluate import engine_of
from api.settings import from_environment
from api.wiring import Engine
from archive.types import Span
from index.answers import Answerer
from index.judged import Asked, aim, read_documents, read_questions
from index.reading import f1, measured
from index.search import Searcher
from index.types import Answer, Filters

_TRUE = 0.5


@dataclass(frozen=True, slots=True)
class Result:
    """A question, its answer, the F1 of it and whether the first citation is the gold's."""

    asked: Asked
    answer: Answer
    f1: float
    is_cited: bool
    is_in_passage: bool


def result(searcher: Searcher, answerer: Answerer, asked: Asked, gold: str, filters: Filters) -> Result:
    answer = answerer.answer(asked.text, filters)
    if answer.kind == "refusal":
        return Result(asked, answer, 0.0, False, False)
    first = answer.citations[0]
    passage = searcher.passage_at(searcher.document(first.doc_id, first.revision), first.span)
    found = _overlaps(asked, first.doc_id, first.span)
    in_passage = found or (passage is not None and _overlaps(asked, first.doc_id, passage.span))
    return Result(asked, answer, f1(answer.text, [gold]), found, in_passage)


def _overlaps(asked: Asked, doc_id: str, span: Span) -> bool:
    return any(t.doc_id == doc_id and (not t.span or t.span.overlaps(span)) for t in asked.targets)


def told(name: str, results: Sequence[Result]) -> str:
    answered = [r for r in results if r.answer.kind != "refusal"]
    mean = measured([r.f1 for r in results])
    of_answered = sum(r.f1 for r in answered) / max(len(answered), 1)
    cited = sum(r.is_cited for r in results) / len(results)
    in_passage = sum(r.is_in_passage for r in results) / len(results)
    return (
        f"{name}: {len(results)} questions, answered {len(answered) / len(results):.3f}, F1 {mean.value:.3f} "
        f"[{mean.low:.3f} {mean.high:.3f}], of those answered {of_answered:.3f}, gold cited {cited:.3f}, "
        f"its passage {in_passage:.3f}"
    )


def told_false(name: str, results: Sequence[Result]) -> str:
    answered = [r for r in results if r.answer.kind != "refusal"]
    false = [r for r in answered if r.f1 < _TRUE]
    return (
        f"{name}: {len(results)} questions, answered {len(answered) / len(results):.3f}, "
        f"not the gold {len(false) / len(results):.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--unread", action="store_true", help="without the reader's voice")
    parser.add_argument("--verbose", type=Path, help="write every answer to this file")
    given = parser.parse_args()
    settings = from_environment(os.environ).model_copy(update={"home": given.home})
    wanted = golds()
    engines = {name: engine_of(given.sets / name, settings)[0] for name in ("policyqa", "xquad")}
    kept: list[tuple[str, Result]] = []

    def run(name: str, engine: Engine, questions: Sequence[Asked], removed: bool) -> list[Result]:
        searcher = engine.searcher()
        voices = (None, None) if given.unread else (engine.reader, engine.verifier)
        answerer = Answerer(searcher, voices[0], verifier=voices[1])
        found = []
        for asked in questions:
            homes = frozenset(target.doc_id for target in asked.targets) if removed else frozenset[str]()
            found.append(result(searcher, answerer, asked, wanted[asked.id], Filters(without=homes)))
        kept.extend((name, one) for one in found)
        return found

    for name, engine in engines.items():
        texts = {document.id: document.text for document in read_documents(given.sets / name)}
        questions = list(aim(read_questions(given.sets / name), texts, engine.archive)[0])
        chosen = random.Random(5).sample(questions, min(given.limit, len(questions)))
        for language in ("zh", "en"):
            some = [asked for asked in chosen if asked.language == language]
            if not some:
                continue
            print(told(f"{name} {language}", run(f"{name} {language}", engine, some, removed=False)), flush=True)
            print(
                told_false(f"{name} {language}, gold removed", run("removed", engine, some, removed=True)), flush=True
            )
            if name == "xquad":
                foreign = run("foreign", engines["policyqa"], some, removed=False)
                print(told_false(f"{name} {language} asked of policyqa", foreign), flush=True)
    if given.verbose:
        with given.verbose.open("w", encoding="utf-8") as file:
            for name, one in kept:
                row = {
                    "set": name,
                    "id": one.asked.id,
                    "question": one.asked.text,
                    "gold": wanted[one.asked.id],
                    "f1": one.f1,
                }
                said = {"answer": one.answer.text, "kind": one.answer.kind, "confidence": one.answer.confidence}
                file.write(json.dumps(row | said, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
