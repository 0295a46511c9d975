"""Near misses, written by reading stretches of the shared documents, and the claims they make.

    python tests/quality/near_misses.py WRITTEN... --passages FILE     near_misses.jsonl from rows as they were written

A row of near_misses.jsonl is a question in Chinese and in English about a stretch of a shared document (`document`,
`start`, `end`) with the words at `at` that answer it (`answer`), or that a careless reader would give (`tempting`). Of
a question that wants yes or no it is the sentence that decides it, and `verdict` says which ("none" where it does not).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import sets
from conftest import SHARED

from archive.figures import figures
from archive.sources import Source, parse
from archive.text import sentences
from archive.types import Section, Span
from index.marking import headings, marked
from index.places import places_named
from index.training.examples import Claim
from index.training.splits import part_of
from index.words import squash

Row = dict[str, Any]
FILE = Path(__file__).with_name("near_misses.jsonl")
_LANGUAGES = ("zh", "en")
_FIGURES_BESIDE = 2
_SAMPLED = 4


@cache
def _files(data: Path) -> dict[str, Path]:
    return {path.name: path for path in (data / "documents").rglob("*") if path.suffix in (".docx", ".html", ".pdf")}


@dataclass(frozen=True)
class Text:
    """A shared document as its offsets are counted."""

    title: str
    text: str
    sections: tuple[Section, ...] = ()

    def headings(self, at: int) -> str:
        """What stands above a place."""
        path = next((s.path for s in self.sections if s.span.start <= at < s.span.end), ())
        return headings(self.title, path)

    def section_at(self, at: int) -> Span:
        """The section a place is in, the whole text where it has none."""
        whole = Span(0, len(self.text))
        return next((s.span for s in self.sections if s.span.start <= at < s.span.end), whole)


@cache
def text_of(document: str, data: Path = SHARED) -> Text:
    """A shared document by its name. Statutes lie in an archive, read once."""
    if document.startswith("policyqa/"):
        row = _policy(data)[document.removeprefix("policyqa/")]
        return Text(row["title"], row["text"])
    if document.endswith(".md"):
        return _parsed(document, _statutes(data)[document])
    return _parsed(document, _files(data)[document].read_bytes())


def _parsed(name: str, content: bytes) -> Text:
    parsed = parse(Source(name, name, content))
    return Text(parsed.facts.title or Path(name).stem, parsed.text, tuple(parsed.sections))


@cache
def _policy(data: Path) -> dict[str, Row]:
    return {row["_id"]: row for row in sets.rows(data / "policyqa" / "corpus.jsonl")}


@cache
def _statutes(data: Path) -> dict[str, bytes]:
    import tarfile

    with tarfile.open(data / "documents" / "statutes-md.tar.xz") as archive:
        found = {}
        for member in archive:
            name = Path(member.name).name
            if name.endswith(".md") and name not in found and "案例" not in member.name:
                file = archive.extractfile(member)
                found[name] = file.read() if file else b""
    return found


def written(path: Path = FILE) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def part(row: Row) -> str:
    """train, or report for about a ninth, by the stretch that a row is about."""
    key = f"near-miss:{row['document']}:{row['start']}"
    return "report" if part_of(key) == part_of(f"again:{key}") == "report" else "train"


def claims_of(row: Row, data: Path, rng: random.Random, others: Sequence[Row] = ()) -> Iterator[Claim]:
    """The words of a row, right or wrong; of one that is answered, also figures beside the answer, and words that
    answer another question about the same stretch."""
    source = text_of(row["document"], data)
    within = Span(row["start"], row["end"])
    above = source.headings(row["at"])
    own = _own(row)
    decides = "verdict" in row
    name = "decided" if decides else "written"
    if decides:
        own = _sentences(source.text, within, own)
    for language in _LANGUAGES:
        question, shown = row[language], marked(above, source.text, within, own)
        yield Claim(f"{name}-{language}", question, shown, "answer" in row)
        if "answer" in row:
            for wrong in _beside(source.text, within, own, others, rng, decides):
                yield Claim(f"beside-{language}", question, marked(above, source.text, within, wrong), False, 0.7)


def _own(row: Row) -> Span:
    return Span(row["at"], row["at"] + len(row.get("answer") or row["tempting"]))


def _sentences(text: str, within: Span, own: Span) -> Span:
    """The sentences that words stand in."""
    found = [s for s in sentences(text, within) if s.overlaps(own)]
    return Span(min(own.start, found[0].start), max(own.end, found[-1].end)) if found else own


def _beside(text: str, within: Span, own: Span, others: Sequence[Row], rng: random.Random, decides: bool) -> list[Span]:
    said = squash(own.of(text))
    found = [f.span for f in figures(text, within) if not f.span.overlaps(own)]
    found = [span for span in found if squash(span.of(text)) not in said and said not in squash(span.of(text))]
    if not decides and any(f.span.overlaps(own) for f in figures(text, own)):
        return rng.sample(found, min(_FIGURES_BESIDE, len(found)))
    spans = [_sentences(text, within, _own(o)) if decides else _own(o) for o in others]
    apart = [span for span in spans if not span.overlaps(own) and squash(span.of(text)) != said]
    return rng.sample(apart, min(1, len(apart)))


def elsewhere(rows: Sequence[Row], data: Path, rng: random.Random) -> Iterator[Claim]:
    """Questions that name a place, with the figures of another place's report that are most like the answer."""
    stretches = sorted({(r["document"], r["start"], r["end"]) for r in rows if r["document"].endswith("报告.docx")})
    for row in rows:
        place = next(iter(places_named(row["zh"])), None)
        answer = Span(row["at"], row["at"] + len(row.get("answer", "")))
        own = list(figures(text_of(row["document"], data).text, answer))
        if "answer" not in row or not place or not own or not row["document"].endswith("报告.docx"):
            continue
        asked = _pairs(row["zh"])
        best = sorted(
            (s for s in stretches if s[0] != row["document"]),
            key=lambda s: -len(asked & _pairs(text_of(s[0], data).text[s[1] : s[2]])),
        )[:_SAMPLED]
        for document, start, end in rng.sample(best, min(1, len(best))):
            other = text_of(document, data)
            fitting = [f for f in figures(other.text, Span(start, end)) if f.unit == own[0].unit]
            for figure in fitting[:1]:
                for language in _LANGUAGES:
                    shown = marked(other.headings(figure.span.start), other.text, Span(start, end), figure.span)
                    yield Claim(f"elsewhere-{language}", row[language], shown, False, 0.7)


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def of_near_misses(rows: Sequence[Row], data: Path, seed: int) -> Iterator[Claim]:
    rng = random.Random(seed)
    about = defaultdict(list)
    for row in rows:
        about[(row["document"], row["start"])].append(row)
    for row in rows:
        yield from claims_of(row, data, rng, [r for r in about[(row["document"], row["start"])] if r is not row])
    yield from elsewhere(rows, data, rng)


def keep(given: argparse.Namespace) -> None:
    """Rows as they were written (`p` names a stretch, `a` or `t` its words, `e` and `v` a sentence and its verdict) to rows by document and offsets. What does
    not stand in its stretch, or in it twice where it cannot be told which, is left out."""
    stretches = {p["id"]: p for p in json.loads(given.passages.read_text(encoding="utf-8"))}
    rows = [json.loads(line) for path in given.written for line in path.read_text(encoding="utf-8").splitlines()]
    kept = written() if FILE.is_file() else []
    seen = {(row["zh"], row["document"]) for row in kept}
    for row in rows:
        stretch = stretches[row["p"]]
        if "v" in row:
            row["t" if row["v"] == "none" else "a"] = row["e"]
        words = row.get("a") or row.get("t") or ""
        at = stretch["text"].find(words) if stretch["text"].count(words) == 1 else -1
        known = (row["zh"], stretch["document"]) in seen
        if not words or at < 0 or known or ("a" in row) == ("t" in row) or not re.search("[a-z]", row["en"]):
            continue
        seen.add((row["zh"], stretch["document"]))
        kind = "answer" if "a" in row else "tempting"
        place = {"document": stretch["document"], "start": stretch["start"]}
        place |= {"end": stretch["start"] + len(stretch["text"]), "at": stretch["start"] + at}
        verdict = {"verdict": row["v"]} if "v" in row else {}
        kept.append({"zh": row["zh"], "en": row["en"], kind: words, **verdict, **place})
    FILE.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), encoding="utf-8")
    print(f"{len(rows)} read, {len(kept)} kept")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("written", type=Path, nargs="+")
    parser.add_argument("--passages", type=Path, required=True)
    keep(parser.parse_args())


if __name__ == "__main__":
    main()
