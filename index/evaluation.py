"""How well passages are found: judged questions through every leg of a search, figures with intervals, comparison.

The figures are those of ir_measures (MacAvaney et al. 2022), computed from the ranks of each question's golds: hit@k is
1 when any gold is among the first k, recall@k the share of the golds there; nDCG takes every gold as equally
relevant. Intervals are bootstrapped: 95 % of the means of 1,000 samples of the questions, drawn with replacement
(Efron's percentile interval; Sakai, SIGIR 2006, for its use in retrieval). The seed is fixed: equal ranks give equal
figures.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from archive.errors import BadInput
from index.judged import Asked, ranks
from index.questions import Question
from index.types import Hit, Passage

FIGURES = ("hit@1", "hit@3", "hit@10", "recall@10", "recall@100", "MRR@10", "nDCG@10")
DEPTH = 100
RESAMPLES = 1000
SEED = 0
FORMAT = 1
LARGEST_REPORT = 64 * 1024 * 1024
_LEVEL = 0.95
_MADE_FROM = {"fused": ("dense", "lexical"), "reranked": ("fused",)}
_WARM_UP = "公文 document"
_SHOWN = 10
_MEASURES = dict(
    zip(FIGURES, ("Success@1", "Success@3", "Success@10", "R@10", "R@100", "RR@10", "nDCG@10"), strict=True)
)

Ranks = tuple[int, ...]
"""The ranks of a question's golds, found ones first and rising; 0 for each that was not found."""
DoubleArray = NDArray[np.float64]


class Searching(Protocol):
    """What is measured. `legs` gives the best k passages of each leg by its name."""

    def understand(self, text: str) -> Question: ...
    def search(self, question: Question, k: int) -> list[Hit]: ...
    def legs(self, question: Question, k: int) -> Mapping[str, Sequence[Passage]]: ...


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measured(_Frozen):
    """A mean over questions, and the interval it lies in."""

    value: float
    low: float
    high: float


class Leg(_Frozen):
    """What one leg found; `ranks` holds one word a question, the ranks of its golds joined by commas."""

    figures: dict[str, Measured]
    ranks: str


class Language(_Frozen):
    """The questions of one language; `asked` is a hash of their ids, `p50` and `p95` are milliseconds a search."""

    language: str
    questions: int
    asked: str
    p50: float
    p95: float
    legs: dict[str, Leg]


class SetReport(_Frozen):
    """One judged set. `reposts` and `refused` are documents that are not indexed by themselves, `lost` golds that
    cannot be found in the archive."""

    name: str
    documents: int
    passages: int
    reposts: int
    refused: int
    lost: int
    languages: list[Language]


class Report(_Frozen):
    """What `gongwen eval` found, and by what it was found. `commit` and `date` are added when a report is kept."""

    format: int = FORMAT
    commit: str = ""
    date: str = ""
    command: str
    encoder: str
    reranker: str = ""
    versions: dict[str, str]
    sets: list[SetReport]


def ask(
    questions: Sequence[Asked], searcher: Searching, depth: int, progress: Callable[[int, int], None]
) -> list[Language]:
    """Put every question to every leg, by language. `depth` is how many passages a leg may give."""
    found: dict[str, list[tuple[Asked, float, dict[str, Ranks]]]] = defaultdict(list)
    searcher.search(searcher.understand(_WARM_UP), _SHOWN)
    for done, asked in enumerate(questions, 1):
        started = time.perf_counter()
        question = searcher.understand(asked.text)
        searcher.search(question, _SHOWN)
        seconds = time.perf_counter() - started
        legs = {name: ranks(asked, passages) for name, passages in searcher.legs(question, depth).items()}
        found[asked.language or question.language].append((asked, seconds, legs))
        progress(done, len(questions))
    return [_language(language, rows) for language, rows in sorted(found.items())]


def _language(language: str, rows: list[tuple[Asked, float, dict[str, Ranks]]]) -> Language:
    milliseconds = np.array([seconds for _, seconds, _ in rows]) * 1000
    legs = {name: leg_of([legs[name] for _, _, legs in rows]) for name in rows[0][2]}
    ids = "\n".join(asked.id for asked, _, _ in rows)
    p50, p95 = (round(float(np.percentile(milliseconds, p)), 1) for p in (50, 95))
    asked = hashlib.sha256(ids.encode()).hexdigest()[:16]
    return Language(language=language, questions=len(rows), asked=asked, p50=p50, p95=p95, legs=legs)


def leg_of(all_ranks: Sequence[Ranks]) -> Leg:
    """The figures of a leg from the ranks it gave each question's golds."""
    figures = dict(zip(FIGURES, intervals(per_question(all_ranks)), strict=True))
    return Leg(figures=figures, ranks=" ".join(",".join(map(str, row)) for row in all_ranks))


def per_question(all_ranks: Sequence[Ranks]) -> DoubleArray:
    """Every figure of every question: (questions, figures).

    Two golds in one passage count as two results, one after the other.
    """
    import ir_measures

    measures = {ir_measures.parse_measure(name): at for at, name in enumerate(_MEASURES.values())}
    qrels = {str(q): {f"g{n}": 1 for n in range(len(row))} for q, row in enumerate(all_ranks)}
    runs = {str(q): _run(row) for q, row in enumerate(all_ranks)}
    values = np.zeros((len(all_ranks), len(FIGURES)))
    for metric in ir_measures.iter_calc(list(measures), qrels, runs):
        values[int(metric.query_id), measures[metric.measure]] = metric.value
    return values


def _run(row: Ranks) -> dict[str, float]:
    """A ranking in which the golds have these ranks, filled up with others; every score differs."""
    places: dict[int, str] = {}
    last = 0
    for gold, rank in enumerate(rank for rank in row if rank):
        last = max(rank, last + 1)
        places[last] = f"g{gold}"
    return {places.get(rank, f"other{rank}"): float(-rank) for rank in range(1, last + 1)} or {"other1": -1.0}


def intervals(values: DoubleArray) -> list[Measured]:
    """The mean of every column, (questions, columns), and the interval it lies in."""
    low, high = _bounds(_resampled(values))
    return [
        Measured(value=_rounded(value), low=_rounded(at_least), high=_rounded(at_most))
        for value, at_least, at_most in zip(values.mean(axis=0), low, high, strict=True)
    ]


def _resampled(values: DoubleArray) -> DoubleArray:
    """Means of every column over samples of the rows: (resamples, columns)."""
    count = len(values)
    chosen = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return np.asarray(chosen @ values / count)


def _bounds(means: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    return low, high


def _rounded(value: float) -> float:
    return round(float(value), 4)


# comparison


def made_worse(language: Language) -> list[str]:
    """The figures in which a leg is worse than the better one of those it is made from, each as a line that says by how
    much: the fused search than dense or lexical, the reranked one than the fused."""
    return [
        f"{leg} {name} {value:.3f} below {best} {most:.3f}"
        for leg, parts in _MADE_FROM.items()
        if {leg, *parts} <= language.legs.keys()
        for name in FIGURES
        for value in [language.legs[leg].figures[name].value]
        for most, best in [max((language.legs[part].figures[name].value, part) for part in parts)]
        if value < most
    ]


def fallen(new: Report, old: Report) -> list[str]:
    """What moved down beyond chance since a baseline: one line a figure.

    With the same questions, differences are resampled question by question, and the whole interval must lie below 0.
    With other questions, a figure must lie below the baseline's interval. What the baseline has and the new report has
    not (a leg, a language) is named too, but only within sets that both have. Raises BadInput without a common set.
    """
    before = {s.name: s for s in old.sets}
    common = [s for s in new.sets if s.name in before]
    if not common:
        raise BadInput(f"the baseline has no set in common with this run; it has {', '.join(before) or 'none'}")
    return [line for s in common for line in _fallen_in(s, before[s.name])]


def _fallen_in(new: SetReport, old: SetReport) -> Iterator[str]:
    now = {part.language: part for part in new.languages}
    for part in old.languages:
        for name, leg in part.legs.items():
            where = f"{new.name} {part.language} {name}"
            if part.language not in now or name not in now[part.language].legs:
                yield f"{where}: in the baseline, but not in this run"
                continue
            after = now[part.language].legs[name]
            same = now[part.language].asked == part.asked
            for figure in _fell_paired(after, leg) if same else _fell(after, leg):
                was, value = leg.figures[figure], after.figures[figure].value
                yield f"{where} {figure}: {value:.3f}, was {was.value:.3f} [{was.low:.3f} {was.high:.3f}]"


def _fell(new: Leg, old: Leg) -> list[str]:
    return [name for name in FIGURES if new.figures[name].value < old.figures[name].low]


def _fell_paired(new: Leg, old: Leg) -> list[str]:
    differences = per_question(parse_ranks(new.ranks)) - per_question(parse_ranks(old.ranks))
    _, high = _bounds(_resampled(differences))
    return [name for name, at_most in zip(FIGURES, high, strict=True) if at_most < 0]


def parse_ranks(text: str) -> list[Ranks]:
    """The ranks of a saved leg, a tuple for each question. Raises BadInput."""
    try:
        return [tuple(int(rank) for rank in word.split(",")) for word in text.split(" ")]
    except ValueError as error:
        raise BadInput(f"no ranks: {text[:40]!r}; save the report again") from error


def read_report(path: Path) -> Report:
    """A report that was saved. Raises BadInput."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_REPORT + 1)
        if len(raw) > LARGEST_REPORT:
            raise BadInput(f"{path}: larger than {LARGEST_REPORT:,} bytes; this is no report of gongwen eval")
        report = Report.model_validate_json(raw)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise BadInput(f"{path}: no report of gongwen eval ({where}: {first['msg']}); save one with --save") from error
    if report.format != FORMAT:
        raise BadInput(f"{path}: a report of another version of gongwen eval; save it again with --save")
    _check(report, path)
    return report


def _check(report: Report, path: Path) -> None:
    """Raises BadInput unless every leg has all figures and one word of ranks a question."""
    for found in report.sets:
        for part in found.languages:
            for name, leg in part.legs.items():
                counts = len(parse_ranks(leg.ranks)), set(leg.figures)
                if counts != (part.questions, set(FIGURES)):
                    raise BadInput(f"{path}: {found.name} {part.language} {name} does not hold together; save it again")
