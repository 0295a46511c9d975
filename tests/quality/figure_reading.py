"""How well figures are read: value, unit and bound of every quantity in 200 sentences, against labels made by hand.

    python tests/quality/figure_reading.py [LABELS] [--data SHARED_DATA]

The sentences were drawn by chance (Random(2025).sample) from those of the 25 work reports that print a digit or a figure,
and are the first 200 with a quantity; those of figures_fresh.jsonl (53 of Random(2026), none of them among the 200) were labelled
later, by a reader who had seen neither code nor answers. figures.jsonl holds facts, no texts: of each sentence its report, offsets and
hash; of each quantity where it is printed (`at`, from the sentence's start), its value, unit and bound, the least of its
subject that must be named and the most that may be (`subject`, `phrase`). No quantities are ordinals (第三, 二十届, 二期), dates,
anniversaries and names (5A级, “7+28+N”). `optional` are those that people may count or not: 三年行动, 一年来, 八项规定.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from conftest import SHARED

from archive.figures import Figure, figures
from archive.ingest import build_document
from archive.sources import find_sources, parse
from archive.types import Span
from index.subjects import subjects

LABELS = Path(__file__).parent / "figures.jsonl"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence and its quantities."""

    report: str
    text: str
    span: Span
    quantities: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """What was read rightly, what was read and is not so, what was not read; as lines for the reader."""

    right: int
    wrong: list[str]
    missed: list[str]

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missed))


def labelled(data: Path, labels: Path = LABELS) -> Iterator[Labelled]:
    """Raises ValueError when a report reads otherwise than it did when it was labelled."""
    texts = {
        Path(source.name).stem: build_document(source, parse(source)).text
        for source in find_sources(data / "documents" / "docx")
    }
    for line in labels.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, span = texts[row["report"]], Span(row["start"], row["end"])
        if hashlib.sha256(span.of(text).encode()).hexdigest()[:12] != row["sha256"]:
            raise ValueError(f"{row['report']} {span}: not the sentence that was labelled")
        yield Labelled(row["report"], text, span, row["figures"])


def judge(rows: list[Labelled]) -> Result:
    right, wrong, missed = 0, list[str](), list[str]()
    for row in rows:
        found = list(figures(row.text, row.span))
        met: list[int] = []
        for figure in found:
            near = [at for at, label in enumerate(row.quantities) if _meets(figure, label, row.span.start)]
            same = [at for at in near if at not in met and _is_same(figure, row.quantities[at])]
            met += same[:1]
            if any(row.quantities[at].get("optional") for at in near):
                continue
            right += bool(same)
            if not same:
                wrong.append(f"{row.report} {figure.span.of(row.text)}: {figure.value} {figure.unit} {figure.bound}")
        for at, label in enumerate(row.quantities):
            if at not in met and not label.get("optional"):
                printed = Span(*(row.span.start + end for end in label["at"])).of(row.text)
                missed.append(f"{row.report} {printed}: {label['value']} {label['unit']} {label['bound']}")
    return Result(right, wrong, missed)


def judge_subjects(rows: list[Labelled]) -> Result:
    """A subject is right when it holds the least that must be named and no more than may be."""
    right, wrong, missed = 0, list[str](), list[str]()
    for row in rows:
        for figure, subject in subjects(row.text, row.span):
            labels = [q for q in row.quantities if _meets(figure, q, row.span.start) and not q.get("optional")]
            for label in labels[:1]:
                if "subject" not in label:
                    continue
                least, most = (Span(*(row.span.start + end for end in label[key])) for key in ("subject", "phrase"))
                said = f"{row.report} {figure.span.of(row.text)}: {least.of(row.text)} in {most.of(row.text)}"
                if subject and subject.covers(least) and most.covers(subject):
                    right += 1
                elif subject:
                    wrong.append(f"{said}, not {subject.of(row.text)}")
                else:
                    missed.append(said)
    return Result(right, wrong, missed)


def _meets(figure: Figure, label: dict[str, Any], start: int) -> bool:
    return figure.span.start < start + label["at"][1] and start + label["at"][0] < figure.span.end


def _is_same(figure: Figure, label: dict[str, Any]) -> bool:
    upper = label.get("upper")
    value, wanted = Fraction(figure.value), Fraction(label["value"])  # a third is no decimal
    return (
        abs(value - wanted) <= abs(wanted) / 10**12
        and (figure.unit, figure.bound) == (label["unit"], label["bound"])
        and (figure.upper is None) == (upper is None)
        and (upper is None or figure.upper == Fraction(upper))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("labels", nargs="?", type=Path, default=LABELS)
    given = parser.parse_args()
    rows = list(labelled(given.data, given.labels))
    result = judge(rows)
    for kind, lines in (("wrong", result.wrong), ("missed", result.missed)):
        for line in lines:
            print(f"{kind}: {line}")
    print(f"{len(rows)} sentences: precision {result.precision:.3f}, recall {result.recall:.3f}")
    named = judge_subjects(rows)
    for kind, lines in (("wrong", named.wrong), ("missed", named.missed)):
        for line in lines:
            print(f"{kind} subject: {line}")
    print(
        f"subjects: precision {named.precision:.3f}, recall {named.right / (named.right + len(named.wrong) + len(named.missed)):.3f}"
    )


if __name__ == "__main__":
    main()
