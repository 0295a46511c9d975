"""Collects what is known of the candidates of judged questions, and fits from it how sure an answer is.

    python tests/quality/confidence.py collect OUT SETS --home HOME [--limit N] [--facts FILE...]
    python tests/quality/confidence.py verify OUT
    python tests/quality/confidence.py fit OUT

SETS is a folder with the parts of policyqa, xquad and cmrc2018 that no model was trained on (`make models` writes it as
`report`). Every question is asked of its own archive, of the same without the documents that hold its answer, and of
another archive. A figure or date is right when it is the one of the gold answer, words are when they share half with it
(F1 of CMRC 2018). `collect` goes on where it was stopped. `fit` prints cross-validated figures, by question, draws the
reliability curve and writes index/shipped/confidence.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from conftest import SHARED
from facts import FACTS, fact_held, fact_right, rows
from scipy.optimize import minimize
from scipy.special import expit

from api.evaluate import engine_of
from api.settings import Settings, from_environment
from api.wiring import Engine
from index.asking import NUMBERS
from index.candidates import Candidate, Candidates
from index.confidence import FAR, NAMES, SHIPPED, VERIFIED, Features, Judge, Logistic, judge, judges_of
from index.judged import Asked, aim, read_documents, read_questions
from index.marking import glossed
from index.questions import Question
from index.reading import f1
from index.types import Filters
from index.updates import shipped_update
from index.verifier import BundledVerifier
from index.words import squash

ALL = ("policyqa", "xquad", "cmrc2018")
OTHER = {"policyqa": "xquad", "xquad": "policyqa", "cmrc2018": "policyqa"}
_SAME = 0.5

Row = dict[str, Any]


def golds() -> dict[str, str]:
    """The gold answer of every question as printed, by its id."""
    found = {row["id"]: row["answer"] for row in rows(SHARED / "policyqa" / "qa_open.jsonl")}
    for row in rows(SHARED / "xquad" / "queries_open.jsonl"):
        found |= {f"{row['_id']}-{language}": row["answer_zh"] for language in ("zh", "en")}
    cmrc = json.loads((SHARED / "reading" / "cmrc2018_dev.json").read_text(encoding="utf-8"))["data"]
    for qa in (qa for article in cmrc for paragraph in article["paragraphs"] for qa in paragraph["qas"]):
        found[qa["id"]] = qa["answers"][0]["text"]
    return found


def same(candidate: Candidate, gold: str) -> bool:
    """Whether a candidate gives the gold answer."""
    said, wanted = squash(candidate.printed), squash(gold)
    if candidate.figure:
        return bool(wanted) and (said in wanted or (wanted in said and any(map(str.isdigit, wanted))))
    return f1(candidate.printed, [gold]) >= _SAME


def collected(candidates: Candidates, is_read: bool) -> Iterator[tuple[str, Candidate]]:
    asked = candidates.question.asked
    if asked in NUMBERS:
        yield from ((asked, c) for c in (candidates.figures() if asked == "figure" else candidates.dates()))
    words = candidates.words() if is_read else candidates.sentences()
    yield from (("text", c) for c in words if not c.is_enumeration)


def asked_of(
    engine: Engine, text: str, filters: Filters, is_read: bool
) -> tuple[Question, list[tuple[str, Candidate]]]:
    searcher = engine.searcher()
    question = searcher.understand(text)
    found = collected(Candidates(searcher, engine.reader if is_read else None, question, filters), is_read)
    return question, list(found)


def row_of(
    known: Row,
    question: Question,
    is_read: bool,
    found: list[tuple[str, Candidate]],
    right: list[bool],
    held: list[bool],
) -> Row:
    head = {"language": question.language, "asked": question.asked, "text": question.text, "read": is_read}
    kept = [
        {
            "kind": kind,
            "features": [round(x, 4) for x in astuple(c.features)],
            "said": c.said,
            "printed": c.printed[:200],
            "place": [c.document.id, c.sentence.start, c.sentence.end],
            "marked": glossed(question.concepts, c.marked),
            "right": is_right,
            "held": is_held,
        }
        for (kind, c), is_right, is_held in zip(found, right, held, strict=True)
    ]
    return {**known, **head, "candidates": kept}


def judged(sets: Path, settings: Settings, limit: int) -> Iterator[tuple[str, Row]]:
    """(key, row) for the questions of the sets."""
    wanted = golds()
    for name in ALL:
        engine, _, _ = engine_of(sets / name, settings)
        other, _, _ = engine_of(sets / OTHER[name], settings)
        given = {document.id: document.text for document in read_documents(sets / name)}
        questions, _ = aim(read_questions(sets / name), given, engine.archive)
        chosen = random.Random(7).sample(list(questions), min(limit, len(questions)))
        for at, asked in enumerate(chosen):
            homes = frozenset(target.doc_id for target in asked.targets)
            variants = [("own", engine, Filters()), ("removed", engine, Filters(without=homes))]
            variants += [("foreign", other, Filters())] if at % 3 == 0 else []
            for variant, where, filters in variants:
                for is_read in (True, False) if at % 4 == 0 else (True,):
                    key = f"{name} {asked.id} {variant} {is_read}"
                    yield (
                        key,
                        (
                            lambda a=asked, v=variant, w=where, f=filters, r=is_read, n=name, h=homes: _row(
                                a, v, w, f, r, n, h, wanted[a.id]
                            )
                        ),
                    )


def _row(
    asked: Asked,
    variant: str,
    engine: Engine,
    filters: Filters,
    is_read: bool,
    name: str,
    homes: frozenset[str],
    gold: str,
) -> Row:
    question, found = asked_of(engine, asked.text, filters, is_read)
    right = [same(c, gold) and (variant != "own" or c.document.id in homes) for _, c in found]
    held = [holds(c, gold, asked, variant == "own") for _, c in found]
    known = {"set": name, "id": asked.id, "variant": variant, "gold": gold}
    return row_of(known, question, is_read, found, right, held)


def holds(candidate: Candidate, gold: str, asked: Asked, is_own: bool) -> bool:
    """Whether the sentence that a candidate stands in holds the gold answer, or a part of a long one."""
    if is_own and any(target.span for target in asked.targets):
        return any(
            target.doc_id == candidate.document.id
            and target.span is not None
            and target.span.start < candidate.sentence.end
            and candidate.sentence.start < target.span.end
            for target in asked.targets
        )
    if is_own and candidate.document.id not in {target.doc_id for target in asked.targets}:
        return False
    said = squash(candidate.sentence.of(candidate.document.text))
    return (squash(gold) in said and (is_own or len(squash(gold)) > 3)) or f1(candidate.printed, [gold]) >= _SAME


def shipped(files: list[Path], settings: Settings) -> Iterator[tuple[str, Any]]:
    engine = Engine(settings)
    for file in files:
        for at, row in enumerate(rows(file)):
            for is_read in (True, False) if at % 3 == 0 else (True,):
                yield f"{file.name} {at} {is_read}", (lambda r=row, i=is_read, f=file: _fact(engine, r, i, f.name))


def _fact(engine: Engine, row: Row, is_read: bool, name: str) -> Row:
    question, found = asked_of(engine, row["question"], Filters(), is_read)
    right = [fact_right(row, c.printed, c.figure) for _, c in found]
    held = [fact_held(row, c.sentence.of(c.document.text)) for _, c in found]
    variant = "own" if row["answer"] is not None else "unanswerable"
    known = {"set": name, "id": row["question"], "variant": variant, "gold": row["answer"]}
    return row_of(known, question, is_read, found, right, held)


def collect(given: argparse.Namespace) -> None:
    settings = from_environment(os.environ)
    seen = {json.loads(line)["key"] for line in given.out.open(encoding="utf-8")} if given.out.exists() else set()
    of_sets = settings.model_copy(update={"home": given.home})
    sources = [*shipped(given.facts, settings), *(judged(given.sets, of_sets, given.limit) if given.limit else ())]
    with given.out.open("a", encoding="utf-8") as file:
        for number, (key, make) in enumerate(sources):
            if key not in seen:
                file.write(json.dumps({"key": key, **make()}, ensure_ascii=False) + "\n")
                file.flush()
            if number % 200 == 0:
                print(number, len(sources), flush=True)


FOLDS = 10
CALIBRATION_FOLDS = 5
STRENGTH = 3.0
AGAINST = frozenset(("unsaid", "lacking", "normative", "lead", "behind", "below"))
OTHER_LANGUAGE = 0.4
BINS = 10
PICTURE = Path(__file__).with_name("results") / "reliability.svg"
_FALSE = 0.05
KINDS = ("figure", "date", "text", "number")
VOICES = ("read", "verified", "unread")
UNHEARD = -4.0


def is_of(row: Row, candidate: Row, kind: str) -> bool:
    """Whether a candidate is judged as this kind: words are of two kinds, "number" where a figure or date is asked for."""
    asks_number = row["asked"] in NUMBERS
    return bool(candidate["kind"] == ("text" if kind == "number" else kind)) and (
        kind not in ("text", "number") or asks_number == (kind == "number")
    )


def samples(given: list[Row], kind: str, language: str, is_read: bool) -> list[Row]:
    """The questions of a kind with their candidates of it; those in the other language are worth less."""
    found = []
    for row in given:
        if row["read"] == is_read:
            own = [c for c in row["candidates"] if is_of(row, c, kind)]
            if own:
                if kind in (
                    "text",
                    "number",
                ):  # a passage is wanted that holds the answer; where it ends is another matter
                    own = [{**c, "right": c["held"]} for c in own]
                worth = 1.0 if row["language"] == language else OTHER_LANGUAGE
                found.append(
                    {
                        **row,
                        "candidates": own,
                        "worth": worth,
                        "group": row["id"].removesuffix("-en").removesuffix("-zh"),
                    }
                )
    return found


def fitted_order(chosen: list[Row]) -> dict[str, float]:
    """Weights that tell right candidates from wrong ones, from the questions that have a right one."""
    chosen = [row for row in chosen if any(c["right"] for c in row["candidates"])]
    x = np.array([c["features"] for row in chosen for c in row["candidates"]])
    y = np.array([c["right"] for row in chosen for c in row["candidates"]])
    weight = np.array([row["worth"] / len(row["candidates"]) ** 0.5 for row in chosen for _ in row["candidates"]])
    return _weights(x, y, weight, NAMES)


def _weights(x: np.ndarray, y: np.ndarray, weight: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """A logistic regression in which no feature may count against its meaning: few questions would have it so by chance."""
    if not len(x):
        raise SystemExit("no question of this kind: collect more sets")
    spread = x.std(axis=0)
    used = spread > 1e-6
    mean, spread = x.mean(axis=0)[used], spread[used]
    z, named = (x[:, used] - mean) / spread, [n for n, is_used in zip(names, used, strict=True) if is_used]
    signs = np.where(y, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (w[0] + z @ w[1:])
        slope = -weight * signs * expit(-margins)
        penalty = STRENGTH * float(w[1:] @ w[1:]) / 2
        gradient = np.concatenate([[slope.sum()], z.T @ slope + STRENGTH * w[1:]])
        return float(weight @ np.logaddexp(0, -margins)) + penalty, gradient

    bounds = [(None, None), *((None, 0) if name in AGAINST else (0, None) for name in named)]
    fitted = minimize(loss, np.zeros(len(named) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = fitted[1:] / spread
    kept = {name: round(float(w), 4) for name, w in zip(named, weights, strict=True) if abs(w) > 1e-4}
    return {"bias": round(float(fitted[0] - weights @ mean), 4)} | kept


@dataclass(frozen=True)
class Top:
    """The first candidate of a question: what is known of it, its rank, how far it is before the next other answer, the
    verifier's logit, and whether it is right."""

    features: Features
    best: float
    ahead: float
    verified: float
    right: bool

    @property
    def values(self) -> list[float]:
        return [*astuple(self.features), self.best, self.ahead, self.verified]

    def confidence(self, by: Judge) -> float:
        return by.confidence(
            self.features, self.best, None if self.ahead == FAR else self.best - self.ahead, self.verified
        )


def ordered(row: Row, by: Judge) -> list[tuple[float, Row]]:
    """Candidates with their ranks, best first."""
    ranked = [(by.rank(Features(*c["features"])), c) for c in row["candidates"]]
    return sorted(ranked, key=lambda rank_and: -rank_and[0])


def top(row: Row, by: Judge) -> Top:
    ranked = ordered(row, by)
    if by.settled:
        heard = [(by.settle(rank, c["verified"]), c) for rank, c in first_heard(ranked)]
        ranked = sorted(heard, key=lambda rank_and: -rank_and[0])
    best, first = ranked[0]
    rival = next((rank for rank, c in ranked[1:] if c["said"] != first["said"]), None)
    ahead = FAR if rival is None else min(best - rival, FAR)
    return Top(Features(*first["features"]), best, ahead, first["verified"] if by.settled else 0.0, first["right"])


def first_heard(ranked: list[tuple[float, Row]], count: int = VERIFIED) -> list[tuple[float, Row]]:
    """The first candidates of different answers."""
    found: dict[str, tuple[float, Row]] = {}
    for rank, candidate in ranked:
        found.setdefault(candidate["said"], (rank, candidate))
    return list(found.values())[:count]


def logistic_of(weights: dict[str, float]) -> Logistic:
    return Logistic(weights["bias"], {name: weight for name, weight in weights.items() if name != "bias"})


def fit_one(chosen: list[Row], is_verified: bool) -> dict[str, dict[str, float]]:
    """The order, what settles it (two weights, fitted on all), and the calibration by orders that did not see the
    question."""
    fold = folds(chosen, CALIBRATION_FOLDS)
    tested: list[tuple[Row, Judge]] = []
    for at in range(CALIBRATION_FOLDS):
        by = Judge(logistic_of(fitted_order([r for r in chosen if fold[r["group"]] != at])), Logistic(0, {}))
        tested += [(row, by) for row in chosen if fold[row["group"]] == at]
    found = {}
    if is_verified:
        found["settled"] = fitted_settled(tested)
        tested = [(row, replace(by, settled=logistic_of(found["settled"]))) for row, by in tested]
    tops = [top(row, by) for row, by in tested]
    x, y = np.array([one.values for one in tops]), np.array([one.right for one in tops])
    names = (*NAMES, "best", "ahead", "verified")
    calibration = _weights(x, y, np.array([row["worth"] for row, _ in tested]), names)
    return {"order": fitted_order(chosen), **found, "calibration": calibration}


def fitted_settled(tested: list[tuple[Row, Judge]]) -> dict[str, float]:
    """What rank and verifier weigh among the first candidates, where one of them is right."""
    first = [(row["worth"], first_heard(ordered(row, by))) for row, by in tested]
    first = [(worth, heard) for worth, heard in first if any(c["right"] for _, c in heard)]
    x = np.array([[rank, c["verified"]] for _, heard in first for rank, c in heard])
    y = np.array([c["right"] for _, heard in first for _, c in heard])
    weight = np.array([worth / len(heard) ** 0.5 for worth, heard in first for _ in heard])
    return _weights(x, y, weight, ("rank", "verified"))


def folds(chosen: list[Row], count: int) -> dict[str, int]:
    """Which fold each question is in, with all that is asked alike."""
    groups = sorted({row["group"] for row in chosen})
    random.Random(3).shuffle(groups)
    return {group: at % count for at, group in enumerate(groups)}


def held_out(chosen: list[Row], is_verified: bool) -> list[tuple[Row, float, bool]]:
    """(question, confidence, whether right) of every question, by judges fitted on the other folds."""
    fold = folds(chosen, FOLDS)
    found = []
    for at in range(FOLDS):
        training, tested = ([r for r in chosen if (fold[r["group"]] == at) == is_test] for is_test in (False, True))
        by = judges_of({"one": fit_one(training, is_verified)})["one"]
        for row in (row for row in tested if row["worth"] == 1):
            first = top(row, by)
            found.append((row, first.confidence(by), first.right))
    return found


def verify(given: argparse.Namespace) -> None:
    """What the verifier says of the first candidates of every question, beside `out`; goes on where it was stopped.
    A row names the verifier and what it read: of another one, or of other candidates, it is made again."""
    settings = from_environment(os.environ)
    words, numbers = shipped_update("verifier", "reader"), shipped_update("verifier_number", "verifier", "reader")
    words = replace(words, path=given.verifier, listed="") if given.verifier else words
    numbers = replace(numbers, path=given.numbers, listed="") if given.numbers else numbers
    verifier = BundledVerifier(settings.models_folder, words, numbers)
    out = verified_file(given.out)
    seen = {(row["key"], row["of"]) for row in whole_rows(out)}
    with out.open("a", encoding="utf-8") as file:
        for row in rows(given.out):
            if not row["read"]:
                continue
            heard = sorted(first_of(row))
            texts = [row["candidates"][at]["marked"] for at in heard]
            of = hashlib.sha256(repr((verifier.fingerprint, row["text"], texts)).encode()).hexdigest()[:16]
            if (row["key"], of) not in seen:
                logits = verifier.verify(row["text"], texts, row["asked"] in NUMBERS)
                kept = {str(at): round(float(logit), 4) for at, logit in zip(heard, logits, strict=True)}
                file.write(json.dumps({"key": row["key"], "of": of, "verified": kept}) + "\n")
                file.flush()


def whole_rows(path: Path) -> list[Row]:
    """The rows of a file whose last line a kill may have cut; that line goes."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


def first_of(row: Row) -> set[int]:
    """Which candidates come first by the order that ships; more than will be heard, since orders differ."""
    chosen: set[int] = set()
    for kind in KINDS:
        by = judge(kind, row["language"], "read")
        of_kind = [{**c, "at": at} for at, c in enumerate(row["candidates"]) if is_of(row, c, kind)]
        chosen |= {c["at"] for _, c in first_heard(ordered({"candidates": of_kind}, by), 2 * VERIFIED)}
    return chosen


def verified_file(out: Path) -> Path:
    return out.with_suffix(".verified.jsonl")


def with_verifier(collected_rows: list[Row], path: Path) -> list[Row]:
    """The same rows with the verifier's logits; what it did not hear gets a low one. Exits when a row is missing."""
    heard = {row["key"]: row["verified"] for row in rows(path)}
    missing = [row["key"] for row in collected_rows if row["read"] and row["key"] not in heard]
    if missing:
        raise SystemExit(f"{len(missing)} questions were not verified, first {missing[0]!r}: run verify")
    for row in collected_rows:
        own = heard.get(row["key"], {})
        for at, candidate in enumerate(row["candidates"]):
            candidate["verified"] = own.get(str(at), UNHEARD)
    return collected_rows


def fit(given: argparse.Namespace) -> None:
    collected_rows = with_verifier(rows(given.out), verified_file(given.out))
    judges, curves = json.loads(SHIPPED.read_text(encoding="utf-8")), {}
    for kind, language, voices in product(KINDS, ("zh", "en"), VOICES):
        chosen = samples(collected_rows, kind, language, voices != "unread")
        if voices == "verified":
            chosen = [row for row in chosen if row["set"] not in given.seen]
        name = f"{kind} {language} {voices}"
        if kind in given.kinds:
            judges[name] = fit_one(chosen, voices == "verified")
        curves[name] = held_out(chosen, voices == "verified")
        print(f"{name}: {len(chosen)} questions")
        for line in told(curves[name]):
            print("  " + line)
        print("  ", judges[name])
    draw(curves)
    SHIPPED.write_text(json.dumps(judges, indent=1) + "\n", encoding="utf-8")


def draw(curves: dict[str, list[tuple[Row, float, bool]]]) -> None:
    """How often answers of a confidence are right, and what a threshold answers of what can and cannot be answered."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "gongwen"
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 5))
    left.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for name in (name for name in curves if name.endswith(" verified")):
        found = sorted((p, r) for _, p, r in curves[name])
        groups = np.array_split(np.array(found, float), BINS)
        left.plot([g[:, 0].mean() for g in groups], [g[:, 1].mean() for g in groups], marker="o", label=name)
        own = np.array([p for row, p, _ in curves[name] if row["variant"] == "own"])
        false = np.array([p for row, p, r in curves[name] if row["variant"] != "own" and not r])
        least = np.linspace(0, 1, 101)
        right.plot([np.mean(false >= t) for t in least], [np.mean(own >= t) for t in least], label=name)
    left.set(xlabel="confidence, of questions not fitted on", ylabel="share right", title="reliability")
    right.set(
        xlabel="answered of the unanswerable",
        ylabel="answered of the answerable",
        title="every threshold",
        xlim=(0, 0.3),
    )
    right.axvline(_FALSE, color="0.7", linewidth=1)
    left.legend(fontsize=8)
    right.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})


def told(found: list[tuple[Row, float, bool]]) -> Iterator[str]:
    """By set: how often the first is right, and how many are answered when 5 % of the unanswerable are."""
    for name in dict.fromkeys(row["set"] for row, *_ in found):
        own = [(p, r) for row, p, r in found if row["set"] == name and row["variant"] == "own"]
        for other in ("removed", "foreign", "unanswerable"):
            false = [p for row, p, r in found if row["set"] == name and row["variant"] == other and not r]
            if false and own:
                least = float(np.quantile(false, 1 - _FALSE))
                answered = [r for p, r in own if p > least]
                share = np.mean(answered) if answered else 0
                print_at = " ".join(
                    f"{t}: {np.mean([p >= t for p in false]):.3f}/{np.mean([p >= t for p, _ in own]):.3f}/{np.mean([r for p, r in own if p >= t] or [0]):.3f}"
                    for t in (0.5, 0.6, 0.7, 0.8, 0.9)
                )
                yield (
                    f"{name} {len(own)} first right {np.mean([r for _, r in own]):.3f}; {other} {len(false)}: at {least:.2f} "
                    f"answered {len(answered) / len(own):.3f}, of them right {share:.3f} | false/answered/right {print_at}"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("out", type=Path)
    collecting.add_argument("sets", type=Path)
    collecting.add_argument("--home", type=Path, required=True)
    collecting.add_argument("--limit", type=int, default=400)
    collecting.add_argument("--facts", type=Path, nargs="*", default=[FACTS])
    collecting.set_defaults(run=collect)
    verifying = commands.add_parser("verify")
    verifying.add_argument("out", type=Path)
    verifying.add_argument("--verifier", type=Path, help="a .npz file in place of the one that ships")
    verifying.add_argument("--numbers", type=Path, help="the same of the one for figures and dates")
    verifying.set_defaults(run=verify)
    fitting = commands.add_parser("fit")
    fitting.add_argument("out", type=Path)
    fitting.add_argument(
        "--seen", nargs="*", default=["facts_reports.jsonl"], help="sets about texts that the verifier learned from"
    )
    fitting.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="the others keep their weights")
    fitting.set_defaults(run=fit)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
