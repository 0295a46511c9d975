"""Paragraphs of the shared data with marked answers, and pairs of figures: what reader and verifier learn from."""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import reading
import sets

from archive.types import Span
from index.training.figure_pairs import FigurePair
from index.training.groups import Marked, Paragraphs
from index.training.splits import part_of
from index.types import Language

SEED = 7
PAIRS = 800


def some_figure_pairs(data: Path, language: Language) -> list[FigurePair]:
    found = list(reading.pairs(language)(data, lambda key: part_of(key) == "train"))
    return random.Random(SEED).sample(found, min(PAIRS, len(found)))


def xquad_marked(data: Path) -> Paragraphs:
    texts = {row["_id"]: row["text"] for row in sets.rows(data / "xquad" / "corpus_zh.jsonl")}
    places = {doc_id: at for at, doc_id in enumerate(texts)}
    marked = [
        Marked(row["_id"], row[f"question_{language}"], places[row["gold"]], Span(at, at + len(row["answer_zh"])))
        for row in sets.rows(data / "xquad" / "queries_open.jsonl")
        if part_of(f"xquad:{row['gold']}") == "train"
        and (at := marked_place(texts[row["gold"]], row["answer_zh"])) >= 0
        for language in ("en", "zh")
    ]
    return Paragraphs("xquad", ("",) * len(texts), tuple(texts.values()), tuple(marked))


def marked_place(text: str, answer: str) -> int:
    """Where an answer stands: its only place, or the only one between blanks, by which the translators marked it. -1
    when that is not certain."""
    found = [match.start() for match in re.finditer(re.escape(answer), text)]
    if len(found) > 1:
        found = [at for at in found if text[at - 1 : at] in ("", " ") and text[at + len(answer) :][:1] in ("", " ")]
    return found[0] if len(found) == 1 else -1


def policyqa_marked(data: Path, name: str) -> Paragraphs:
    """The answers of policyqa to train on, as they are marked."""
    documents = list(sets.rows(data / "policyqa" / "corpus.jsonl"))
    places = {row["_id"]: at for at, row in enumerate(documents)}
    marked = [
        Marked(row["id"], row["question"], places[row["docid"]], Span(row["start"], row["start"] + len(row["answer"])))
        for row in sets.rows(data / "policyqa" / "qa_open.jsonl")
        if part_of(f"policyqa:{row['docid']}") == "train"
    ]
    texts, titles = tuple(row["text"] for row in documents), tuple(row["title"] for row in documents)
    return Paragraphs(name, titles, texts, tuple(marked))
