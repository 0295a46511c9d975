"""English questions about Chinese paragraphs, written by reading them, and what the reader of English learns from after the
first passes: these, the questions of near misses, and some of what it learned from before.

    python tests/quality/english_questions.py WRITTEN...      english_questions.jsonl from rows as they were written

A row of english_questions.jsonl is a question about a paragraph of a reading set (`set`, and `paragraph` by its number)
with the words at `at` that answer it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from conftest import SHARED
from near_misses import Row, part, text_of, written
from paragraphs import policyqa_marked, xquad_marked

from archive.types import Span
from index.cedict import simplified
from index.training.examples import Group
from index.training.groups import (
    Gloss,
    Marked,
    Paragraphs,
    glossed_groups,
    reading_groups,
    squad,
    window_around,
    without_blanks,
)

FILE = Path(__file__).with_name("english_questions.jsonl")
SETS = {"DRCD_dev": "drcd-dev", "DRCD_test": "drcd", "cmrc2018_trial": "cmrc2018-trial"}
Glossers = Callable[[str], Gloss]

_LONGEST = 40
_GLOSSED = 0.8
_OTHERS = 0.25
_NEAR = {"zh": 0.25, "en": 0.7}
_TEMPTING = {"zh": 0.08, "en": 0.13}
_REPLAYED = 0.09


@cache
def paragraphs_of(name: str, data: Path = SHARED) -> Paragraphs:
    return squad(data / "reading" / f"{name}.json", f"english-{SETS[name]}", simplified)


def marked_in(name: str, data: Path) -> Paragraphs:
    """The paragraphs of a reading set with the English questions about them."""
    rows = [row for row in written(FILE) if row["set"] == name]
    marked = (
        Marked(f"{name}-{number}", row["en"], row["paragraph"], Span(row["at"], row["at"] + len(row["answer"])))
        for number, row in enumerate(rows)
    )
    return replace(paragraphs_of(name, data), marked=tuple(marked))


def further_groups(data: Path, gloss_of: Glossers, seed: int) -> Iterator[Group]:
    """`gloss_of` gives for a set (`near` for the documents of near misses) what puts the gloss above a text. Some texts
    stay without it, since a search reads them so."""
    rng = random.Random(seed)
    for name, of_set in SETS.items():
        yield from glossed_groups(reading_groups(marked_in(name, data), rng, _OTHERS), gloss_of(of_set), rng, _GLOSSED)
    yield from glossed_groups(_near_groups(data, rng), gloss_of("near"), rng, _GLOSSED)
    xquad = xquad_marked(data)
    for source in (xquad, without_blanks(xquad)):
        yield from glossed_groups(reading_groups(source, rng, _OTHERS, titled=0), gloss_of("xquad"), rng, _GLOSSED)
    policyqa = reading_groups(policyqa_marked(data, "policyqa-read"), rng, 0.7, echoing=0.2)
    yield from glossed_groups(policyqa, gloss_of("policyqa"), rng, _GLOSSED)
    for name, echoing in (("DRCD_dev", 1.0), ("cmrc2018_trial", 0.2)):
        source = squad(data / "reading" / f"{name}.json", SETS[name], simplified)
        some = tuple(m for m in source.marked if rng.random() < _REPLAYED)
        yield from reading_groups(replace(source, marked=some), rng, _OTHERS, echoing=echoing)


def _near_groups(data: Path, rng: random.Random) -> Iterator[Group]:
    """Questions of near misses: of those that their stretch answers a window around the answer, for some with a window
    that does not answer; of the others, for some, a window around what a careless reader would take. Yes and no are not
    read."""
    rows = [row for row in written() if part(row) == "train" and "verdict" not in row]
    about = defaultdict(list)
    for row in rows:
        about[row["document"]].append(row)
    for row in rows:
        for language in ("zh", "en"):
            if "answer" not in row:
                if rng.random() < _TEMPTING[language]:
                    text = _window(row, data, rng)[0]
                    yield Group(f"near-{language}", row[language], (text,), ((0, 0),), answered=False)
            elif rng.random() < _NEAR[language]:
                yield _near_group(row, language, about[row["document"]], data, rng)


def _near_group(row: Row, language: str, beside: Sequence[Row], data: Path, rng: random.Random) -> Group:
    text, start = _window(row, data, rng)
    texts = [text]
    spans: list[tuple[int, int] | None] = [(start, start + len(row["answer"]))]
    elsewhere = [r for r in beside if r["start"] != row["start"]]
    if elsewhere and rng.random() < _OTHERS:
        other = _window(rng.choice(elsewhere), data, rng)[0]
        if row["answer"] not in other:
            texts.append(other)
            spans.append((0, 0))
    return Group(f"near-{language}", row[language], tuple(texts), tuple(spans))


def _window(row: Row, data: Path, rng: random.Random) -> tuple[str, int]:
    """A window around the words of a row, mostly under its headings, and where the words begin in it."""
    source = text_of(row["document"], data)
    words = Span(row["at"] - row["start"], row["at"] - row["start"] + len(row.get("answer") or row["tempting"]))
    stretch = source.text[row["start"] : row["end"]]
    window = window_around(stretch, words, rng)
    above = f"{source.headings(row['at'])}\n" if rng.random() < 0.8 else ""
    return above + window.of(stretch), len(above) + words.start - window.start


def keep(given: argparse.Namespace) -> None:
    """Rows as they were written to rows with the answer's place. What does not stand in its paragraph, or twice where it is not said
    which, is left out."""
    kept = written(FILE) if FILE.is_file() else []
    seen = {(row["set"], row["paragraph"], row["en"]) for row in kept}
    rows = [json.loads(line) for path in given.written for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        text = paragraphs_of(row["set"], given.data).texts[row["paragraph"]]
        answer = row["answer"].strip()
        at = row.get("at", -1)
        if not text.startswith(answer, max(at, 0)) or at < 0:
            at = text.find(answer) if text.count(answer) == 1 else -1
        key = (row["set"], row["paragraph"], row["en"])
        if not answer or len(answer) > _LONGEST or at < 0 or key in seen or re.search("[\u4e00-\u9fff]", row["en"]):
            continue
        seen.add(key)
        place = {"set": row["set"], "paragraph": row["paragraph"], "at": at}
        kept.append({"en": row["en"], "answer": answer, **place})
    FILE.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), encoding="utf-8")
    print(f"{len(rows)} read, {len(kept)} kept")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("written", nargs="+", type=Path)
    parser.add_argument("--data", type=Path, default=SHARED)
    keep(parser.parse_args())


if __name__ == "__main__":
    main()
