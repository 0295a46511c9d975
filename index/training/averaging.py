"""The mean of models that began as the same one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from index.types import FloatArray


def mean(states: Sequence[Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    """The mean of each tensor, in single precision.

    Models that were trained on from one start in different ways lie in one basin: their mean reads better than each
    of them and costs no more (Wortsman et al. 2022, arXiv:2203.05482). Raises ValueError for none, and for models whose
    tensors differ in name or shape.
    """
    if not states:
        raise ValueError("no model to take the mean of")
    shapes = [{name: tensor.shape for name, tensor in state.items()} for state in states]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError("the models have other tensors: they did not begin as the same one")
    return {name: np.mean([state[name] for state in states], axis=0, dtype=np.float32) for name in states[0]}
