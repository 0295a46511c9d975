"""How exactly facts are answered: judged questions in files of JSON lines, by language and kind.

    python tests/quality/facts.py [FILE...] [--home HOME] [--verbose]

A row has `question`, `language`, `kind` and `answer` as printed (null: must be refused); a figure has `value`, `unit`
and `bound` too, which must all be those of the answer's figure, and `traps`, figures that stand beside it. A list must
give every item, a span or date must hold the answer, a yes/no question must be decided rightly. Without a file the
facts of the shipped report are asked of the shipped corpus; it needs a built index (make reindex).
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.settings import from_environment
from api.wiring import Engine
from archive.figures import Figure
from archive.numerals import value_of
from index.types import Answer, AnswerFigure
from index.words import squash

FACTS = Path(__file__).with_name("facts.jsonl")
_MOST_ROOM = 6  # an answer this many times as long as the fact is a passage that holds it, no answer
_SHORT = 40
_SCALE = re.compile("^(?:百|千(?![瓦克米伏]))?[万亿]*")
_ITEMS = re.compile("[、,，;；]|和(?!谐)|(?<=[”》])(?=[“《])")


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file; those of questions.jsonl say only what must stand in the answer."""
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row if "kind" in row or "question" not in row else _completed(row) for row in found]


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "kind": "none" if row["answer"] is None else "part",
        "language": "en" if row["question"].isascii() else "zh",
    }


def judge(row: dict[str, Any], answer: Answer) -> str:
    """right, wrong or refused; for what the archive does not say, kept silent or made up."""
    if row["answer"] is None:
        return "silent" if answer.kind == "refusal" else "made up"
    if answer.kind == "refusal":
        return "refused"
    return "right" if _right(row, answer) else "wrong"


def _right(row: dict[str, Any], answer: Answer) -> bool:
    if row["kind"] == "yesno":
        return answer.verdict == {"是": "yes", "否": "no"}[row["answer"]]
    return fact_right(row, answer.text, answer.figures[0] if answer.figures else None)


def fact_right(row: dict[str, Any], said: str, figure: Figure | AnswerFigure | None) -> bool:
    """Whether words as printed, or a figure, are what a row asks for; for yes or no, whether they decide it."""
    if row["answer"] is None:
        return False
    if row["kind"] == "part":
        return re.search(rf"(?<![\d.]){re.escape(row['answer'])}(?![\d.])", said) is not None
    if row["kind"] == "figure" and squash(said) == squash(row["answer"]):
        return True  # the bound of the row may be that of the question
    if row["kind"] == "figure":
        if not figure:
            return False
        ends = {figure.value, figure.upper or figure.value}
        return _numbers(row) == ends and _bare(figure.unit) == _bare(row["unit"]) and _bound_fits(row, figure)
    wanted = row.get("evidence") or row["answer"]
    return _holds(squash(said), wanted, is_list=row["kind"] == "list")


def fact_held(row: dict[str, Any], sentence: str) -> bool:
    """Whether a sentence says what a row asks for."""
    wanted = row.get("evidence") or row["answer"]
    if wanted is None:
        return False
    said = squash(sentence)
    return squash(wanted) in said or all(squash(item) in said for item in _ITEMS.split(wanted) if squash(item))


def _holds(said: str, wanted: str, is_list: bool) -> bool:
    items = [squash(item) for item in _ITEMS.split(wanted) if squash(item)]
    holds = squash(wanted) in said or (is_list and all(item in said for item in items))
    return holds and len(said) <= max(_SHORT, _MOST_ROOM * len(squash(wanted)))


def _bound_fits(row: dict[str, Any], figure: Figure | AnswerFigure) -> bool:
    return row["bound"] == figure.bound or (not row["bound"] and figure.bound in ("exact", "range"))


def _bare(unit: str) -> str:
    return _SCALE.sub("", unit).replace("％", "%").replace("百分之", "%")


def _numbers(row: dict[str, Any]) -> set[Decimal]:
    """The value or both ends of a range, with the scale that the unit begins with."""
    scale = _SCALE.match(row["unit"])[0]  # type: ignore[index]  # it matches nothing at least
    ends = re.split("[-~至到—]", row["value"].replace(",", ""))
    found = [value_of(end if end[-1] in "万亿" else end + scale) for end in ends if end]
    return {value for value in found if value is not None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[FACTS])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    settings = from_environment(os.environ)
    settings = settings.model_copy(update={"home": given.home}) if given.home else settings
    answerer = Engine(settings).answerer()
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in [row for file in given.files for row in rows(file)]:
        answer = answerer.answer(row["question"])
        verdict = judge(row, answer)
        counts[row["language"], row["kind"], verdict] += 1
        if given.verbose or verdict not in ("right", "silent"):
            print(f"{verdict:8} {row['kind']:7} {row['question']} | {row['answer']} | {_shown(answer)}")
    for (language, kind, verdict), count in sorted(counts.items()):
        print(f"{language} {kind:7} {verdict:8} {count}")


def _shown(answer: Answer) -> str:
    figure = answer.figures[0] if answer.figures else None
    said = f" [{figure.value} {figure.unit} {figure.bound} of {figure.subject}]" if figure else ""
    return f"{answer.text[:60]!r}{said} {answer.verdict} {answer.confidence} {answer.reason}"


if __name__ == "__main__":
    main()
