"""How well the shipped corpus is answered: right, wrong, refused, by language.

    python tests/quality/answers.py [--verbose]

Reads questions.jsonl beside it: `answer` is what must stand in the answer (null: must be refused),
`must` marks the questions that the test suite holds to. Needs a built index (make reindex).
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path

from api.settings import from_environment
from api.wiring import Engine

QUESTIONS = Path(__file__).with_name("questions.jsonl")


def questions() -> list[dict[str, object]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def judge(answer_kind: str, text: str, expected: object) -> str:
    if answer_kind == "refusal":
        return "right refusal" if expected is None else "wrong refusal"
    if expected is None:
        return "answered without a source"
    return "right answer" if str(expected) in text else "wrong answer"


def main() -> None:
    answerer = Engine(from_environment(os.environ)).answerer()
    counts: Counter[tuple[str, str]] = Counter()
    for row in questions():
        answer = answerer.answer(str(row["question"]))
        verdict = judge(answer.kind, answer.text, row["answer"])
        language = "en" if str(row["question"]).isascii() else "zh"
        counts[language, verdict] += 1
        if "--verbose" in sys.argv or not verdict.startswith("right"):
            print(f"{verdict:26} {row['question']} | {row['answer']} | {answer.text[:60]!r} {answer.confidence}")
    for (language, verdict), count in sorted(counts.items()):
        print(f"{language} {verdict:26} {count}")


if __name__ == "__main__":
    main()
