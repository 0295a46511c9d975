"""Which weight and depth a reader earns: every setting on judged sets, and the choice of one by cross-validation.

    python tests/quality/reranking.py READER SET_FOLDER... [--encoder NAME] [--home HOME] [--keep FOLDER]

READER and --encoder are what GONGWEN_RERANKER and GONGWEN_ENCODER take. Each question's first passages are read once, to
the greatest depth; --keep holds what was read, so another run reads nothing again. A score is added to the fused one
with a weight, or (`alone`) decides without it. For each language, in each of five folds the setting is taken that is best
on the other four (mean over the sets of hit@1, hit@3 and MRR@10, no set below fused in hit@1 if there is such a setting).
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from api.evaluate import engine_of
from api.progress import counted
from api.settings import Settings
from api.wiring import make_encoder, make_reranker
from index.evaluation import per_question
from index.judged import Asked, aim, ranks, read_documents, read_questions
from index.passages import encoded_text
from index.reader import BundledReader
from index.reranking import rerank, shown_to
from index.spans import SHORT, WHOLE
from index.types import FloatArray, Language, Passage

DEPTHS = (5, 10, 20, 30)
WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, None)
SCORES = ("relevance", "span", "both")
FIGURES = {"hit@1": 0, "hit@3": 1, "MRR@10": 5}
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Setting:
    score: str
    weight: float | None
    depth: int

    def __str__(self) -> str:
        return f"{self.score:9} {'alone' if self.weight is None else self.weight:>5} {self.depth:3}"


@dataclass(frozen=True, slots=True)
class Read:
    """A question, what was found for it, best first, with the fused scores, and the scores of the first ones."""

    asked: Asked
    found: list[Passage]
    fused: FloatArray
    scores: dict[str, FloatArray]

    def ranked(self, setting: Setting) -> list[Passage]:
        known = _Known(setting.weight, self.scores[setting.score][: setting.depth])
        unread = [""] * setting.depth
        order = rerank(self.asked.text, self.found, self.fused, known, setting.depth, lambda _: unread, "zh")
        return order[0]


@dataclass(frozen=True, slots=True)
class _Known:
    """A reranker that gives scores known before, with one weight for all languages."""

    counts: float | None
    given: FloatArray
    fingerprint: str = ""

    def takes_gloss(self, language: Language) -> bool:
        return False

    def weight(self, language: Language) -> float | None:
        return self.counts

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        return self.given


def read(folder: Path, settings: Settings, reader: BundledReader) -> Iterator[Read]:
    engine, *_ = engine_of(folder, settings)
    questions = read_questions(folder)
    quoted = {gold.document for question in questions for gold in question.gold if gold.is_quoted}
    given = {document.id: document.text for document in read_documents(folder) if document.id in quoted}
    asked, _ = aim(questions, given, engine.archive)
    searcher = engine.searcher()
    for one in counted(asked, f"{folder.name}: reading"):
        question = searcher.understand(one.text)
        hits = searcher.search(question, 100)
        found = [hit.passage for hit in hits]
        first = found[: max(DEPTHS)]
        whole = [encoded_text(searcher.document(p.doc_id, p.revision), p) for p in first]
        texts = shown_to(reader, question, whole)
        readings = reader.read(one.text, texts)
        relevance = np.array([r.relevance for r in readings], np.float32)
        span = np.array([r.score - r.null for r in readings], np.float32)
        scores = {"relevance": relevance, "span": span, "both": relevance + span / 2}
        yield Read(one, found, np.array([hit.score for hit in hits], np.float32), scores)


def sets_of(folders: Sequence[Path], settings: Settings, name: str, keep: Path | None) -> dict[str, list[Read]]:
    """What was read of each set, by its name and language."""
    reader = make_reranker(name, settings.models_folder)
    if not isinstance(reader, BundledReader):
        sys.exit(f"{name}: no reader; give the .npz file that training wrote, or bundled")
    encoder = make_encoder(settings.encoder, settings.models_folder)
    models = f"{reader.fingerprint} {encoder.fingerprint} {SHORT} {WHOLE} {max(DEPTHS)}"
    digest = hashlib.sha256(models.encode()).hexdigest()[:8]
    found: dict[str, list[Read]] = {}
    for folder in folders:
        kept = keep / f"{folder.name}-{digest}.pickle" if keep else None
        rows = pickle.loads(kept.read_bytes()) if kept and kept.is_file() else list(read(folder, settings, reader))
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(rows))
        for row in rows:
            found.setdefault(f"{folder.name} {row.asked.language}".strip(), []).append(row)
    return found


def figures(rows: Sequence[Read], setting: Setting) -> np.ndarray:
    """(questions, 3)"""
    values = per_question([ranks(row.asked, row.ranked(setting)) for row in rows])
    return values[:, list(FIGURES.values())]


def best(tables: dict[str, np.ndarray], fused: dict[str, np.ndarray], chosen: dict[str, np.ndarray]) -> int:
    """The setting that is best on the chosen questions; `tables` are (settings, questions, figures)."""
    means = np.stack([table[:, chosen[name]].mean(axis=1) for name, table in tables.items()])
    before = np.stack([fused[name][chosen[name]].mean(axis=0) for name in tables])
    harm = np.minimum(means[..., 0] - before[:, None, 0], 0).sum(axis=0)
    return int(np.lexsort((-means.mean(axis=(0, 2)), -np.round(harm, 4)))[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--encoder", default="bundled")
    parser.add_argument("--home", type=Path, default=Settings().home)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    settings = Settings(home=given.home, encoder=given.encoder, reranker="")
    sets = sets_of(given.folders, settings, given.reader, given.keep)
    tried = [Setting(s, w, d) for s in SCORES for d in DEPTHS for w in WEIGHTS]
    tables = {name: np.stack([figures(rows, setting) for setting in tried]) for name, rows in sets.items()}
    fused = {name: table[tried.index(Setting("relevance", 0.0, DEPTHS[0]))] for name, table in tables.items()}
    print(f"{'':24}" + "".join(f"{name:>22}" for name in sets))
    print(f"{'fused':24}" + "".join(f"{_shown(fused[name].mean(axis=0)):>22}" for name in sets))
    for at, setting in enumerate(tried):
        if setting.weight != 0:
            print(f"{setting!s:24}" + "".join(f"{_shown(tables[name][at].mean(axis=0)):>22}" for name in sets))
    held: dict[str, np.ndarray] = {}
    for language in ("zh", "en"):
        spoken = {name: table for name, table in tables.items() if sets[name][0].asked.language == language}
        if spoken:
            held |= cross_validated(language, spoken, fused, tried)
    print(f"{'cross-validated':24}" + "".join(f"{_shown(held[name].mean(axis=0)):>22}" for name in sets))


def cross_validated(
    language: str, tables: dict[str, np.ndarray], fused: dict[str, np.ndarray], tried: Sequence[Setting]
) -> dict[str, np.ndarray]:
    """The figures of each question by the setting that is best on the other folds; prints what was chosen."""
    held: dict[str, list[np.ndarray]] = {name: [] for name in tables}
    for fold in range(FOLDS):
        inside = {name: np.arange(table.shape[1]) % FOLDS == fold for name, table in tables.items()}
        chosen = best(tables, fused, {name: ~mask for name, mask in inside.items()})
        print(f"{language}, fold {fold}: {tried[chosen]}")
        for name, mask in inside.items():
            held[name].append(tables[name][chosen][mask])
    every = {name: np.full(table.shape[1], True) for name, table in tables.items()}
    print(f"{language}, best on all: {tried[best(tables, fused, every)]}")
    return {name: np.concatenate(values) for name, values in held.items()}


def _shown(values: np.ndarray) -> str:
    return " ".join(f"{value:.4f}" for value in values)


if __name__ == "__main__":
    main()
