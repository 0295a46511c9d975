"""What is left of a training when each matrix's update is cut to a low rank (the nearest one, by its singular values).

    python tests/quality/lowrank.py START MODEL RANK OUT.npz

START and MODEL are the weights before and after (model.safetensors); OUT is a model for GONGWEN_ENCODER. Prints the share
of the update's squares that is kept and what the factors would take in 8 bits.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from index.trained import export
from index.unpack import load_state


def main() -> None:
    before, after = (load_state(Path(path)) for path in sys.argv[1:3])
    rank, out = int(sys.argv[3]), Path(sys.argv[4])
    state, kept, whole, size = {}, 0.0, 0.0, 0
    for name in after.keys() & before.keys():
        update = after[name].astype(np.float64) - before[name]
        if update.ndim == 2 and ".layer." in name:
            left, values, right = np.linalg.svd(update, full_matrices=False)
            kept, whole = kept + float((values[:rank] ** 2).sum()), whole + float((values**2).sum())
            size += rank * sum(update.shape)
            update = left[:, :rank] * values[:rank] @ right[:rank]
        state[name] = (before[name] + update).astype(np.float32)
    export(state, out)
    print(f"rank {rank}: {kept / whole:.3f} of the update, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
