"""How each model is trained."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """`sets` gives for each set how often it is passed through (0.5: half of it) and how many hard negatives a question
    has; one pass and none for a set not named. `tokens` is where texts are cut; `kept` is the share of the starting
    weights in the end."""

    sets: dict[str, tuple[float, int]] = field(default_factory=dict)
    batch: int = 32
    rate: float = 3e-5
    tokens: int = 160
    kept: float = 0.0
    seed: int = 7
    threads: int = 0


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """`batch` counts groups; the lowest `frozen` layers do not move."""

    batch: int = 12
    rate: float = 1e-4
    frozen: int = 3
    seed: int = 7
    threads: int = 0


@dataclass(frozen=True, slots=True)
class VerifierRecipe:
    """`batch` counts claims; the lowest `frozen` layers do not move."""

    batch: int = 32
    rate: float = 8e-5
    frozen: int = 3
    seed: int = 7
    threads: int = 0
