"""How sure an answer is: logistic regressions over what is known of a candidate.

One tells right candidates from wrong ones and so orders them; where there is a verifier, a second one orders the first
of them again by what it says; the last says from the first two how likely the first is right, so that the threshold is
a rate of error. All are fitted by `tests/quality/confidence.py` on questions
that neither encoder nor reader was trained on, and kept in `shipped/confidence.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal

from index.types import Language

SHIPPED = Path(__file__).with_name("shipped") / "confidence.json"
# nobody, the reader, or reader and verifier
Voices = Literal["unread", "read", "verified"]
VERIFIED = 4  # how many of the first candidates a verifier hears
FAR = 3.0  # the lead of a candidate without a rival, and the most that counts


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a candidate. Shares lie in [0, 1], `nearness` counts standard deviations, what the reader gives
    are logits and 0 without one; what a kind of candidate does not have is 0.

    Of the question's ideas, weighted by rarity: `coverage` found around it, `own` in its own clause, `unsaid` nowhere
    in its document; `lacking` is the share of the one that its sentence and headings lack most, `named` that of the
    places and national bodies. Of what is counted: `head` beside the figure, `focus` around it, `subject` in its
    subject. `said` is the share of the subject, `precision` that of the clause, that the question says. `unit` is 1 for
    the measure word asked for and 0.5 for a like one; `change` and `aim` are 1 where question and figure are both of a
    growth or of none, of an aim or of what is, `stock` unless all there are is asked for and new ones are counted,
    `verbs` is the share of what is done that its sentence says. `normative` is 1 for what a rule demands, `title` for a
    law that is named.

    Of its passage in the search: `first` is one over its place, `below` how far its fused score is below the best;
    `apart` is how far its document's best score is before that of any other: an archive that holds the answer mostly
    has one document about the question, one that does not has several that touch it.
    Of the reader: `relevance` is that of the passage, `behind` how far it is below the most relevant one read, `margin`
    how far these words are above no answer, `lead` how far below the passage's best words, `agreed` how far the reader
    and the words agree.
    """

    coverage: float = 0.0
    own: float = 0.0
    unsaid: float = 0.0
    lacking: float = 0.0
    named: float = 0.0
    head: float = 0.0
    focus: float = 0.0
    subject: float = 0.0
    said: float = 0.0
    precision: float = 0.0
    unit: float = 0.0
    change: float = 0.0
    aim: float = 0.0
    stock: float = 0.0
    verbs: float = 0.0
    nearness: float = 0.0
    lexical: float = 0.0
    first: float = 0.0
    below: float = 0.0
    apart: float = 0.0
    normative: float = 0.0
    title: float = 0.0
    relevance: float = 0.0
    behind: float = 0.0
    margin: float = 0.0
    lead: float = 0.0
    agreed: float = 0.0

    def named_values(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(field.name for field in fields(Features))


@dataclass(frozen=True, slots=True)
class Logistic:
    """A bias and weights by feature; those not named weigh nothing."""

    bias: float
    weights: Mapping[str, float]

    def logit(self, values: Mapping[str, float]) -> float:
        return self.bias + sum(weight * values[name] for name, weight in self.weights.items())


@dataclass(frozen=True, slots=True)
class Judge:
    """Orders candidates of one kind, and says how likely the first is right. `settled` weighs a rank and what the
    verifier says; None without one."""

    order: Logistic
    calibration: Logistic
    settled: Logistic | None = None

    def rank(self, features: Features) -> float:
        """A logit; higher is more likely right."""
        return self.order.logit(features.named_values())

    def settle(self, rank: float, verified: float) -> float:
        """The rank, a logit, of a candidate that the verifier gave a logit."""
        assert self.settled
        return self.settled.logit({"rank": rank, "verified": verified})

    def confidence(self, first: Features, best: float, rival: float | None, verified: float = 0.0) -> float:
        """The chance, in (0, 1), that the first candidate is right, by what is known of it, its rank, how far that is
        before the next other answer's, and the verifier's logit."""
        ahead = FAR if rival is None else min(best - rival, FAR)
        known = {"best": best, "ahead": ahead, "verified": verified}
        return logistic(self.calibration.logit(first.named_values() | known))


def logistic(logit: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-max(min(logit, 500.0), -500.0)))


def judge(kind: str, language: Language, voices: Voices) -> Judge:
    """The judge of a kind of candidate ("figure", "date", "text"; "number": words where one of these is asked for)
    for a language, by who was heard beside the words."""
    return _shipped()[f"{kind} {language} {voices}"]


@cache
def _shipped() -> dict[str, Judge]:
    return judges_of(json.loads(SHIPPED.read_text(encoding="utf-8")))


def judges_of(rows: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, Judge]:
    """Judges from a file's content: by name, two or three sets of weights, each with its `bias`."""
    return {
        name: Judge(
            _logistic(row["order"]),
            _logistic(row["calibration"]),
            _logistic(row["settled"]) if "settled" in row else None,
        )
        for name, row in rows.items()
    }


def _logistic(row: Mapping[str, float]) -> Logistic:
    return Logistic(row["bias"], {name: weight for name, weight in row.items() if name != "bias"})
