"""What is left of a training when each matrix's update is cut to a low rank (the nearest one, by its singular values).

    python tests/quality/lowrank.py START MODEL OUT [--ranks 16 64 ...]

START and MODEL are the weights before and after (model.safetensors), of an encoder or a reader. For each rank OUT, a
folder, gets a model `rankN.npz` for GONGWEN_ENCODER or GONGWEN_RERANKER. Prints the share of the update's squares that is
kept and what the factors would take in 8 bits.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from index.trained import SUFFIX, export
from index.types import FloatArray
from index.unpack import load_state

State = Mapping[str, FloatArray]


def cut(before: State, after: State, rank: int) -> tuple[State, float, int]:
    """The model with updates of that rank, the share of their squares that is kept, and the bytes of the factors."""
    state, kept, whole, size = dict(after), 0.0, 0.0, 0
    for name, matrix in after.items():
        if matrix.ndim == 2 and ".layer." in name:
            left, values, right = np.linalg.svd(matrix.astype(np.float64) - before[name], full_matrices=False)
            kept, whole = kept + float((values[:rank] ** 2).sum()), whole + float((values**2).sum())
            size += rank * sum(matrix.shape) * bool(values[0])
            state[name] = (before[name] + left[:, :rank] * values[:rank] @ right[:rank]).astype(np.float32)
    return state, kept / whole, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("start", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--ranks", type=int, nargs="+", default=[16, 64])
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    before = load_state(given.start)
    after = {name.removeprefix("bert."): tensor for name, tensor in load_state(given.model).items()}
    for rank in given.ranks:
        state, kept, size = cut(before, after, rank)
        export(state, given.out / f"rank{rank}{SUFFIX}")
        print(f"rank {rank}: {kept:.3f} of the update, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
