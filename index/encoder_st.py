"""Any other encoder, by name or folder, through sentence-transformers (slow to import: only when used)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from archive.errors import SettingsError
from index.types import FloatArray


class SentenceTransformerEncoder:
    """Uses the model's own prompts for queries and documents; nothing is downloaded."""

    def __init__(self, name: str) -> None:
        try:
            self._model = SentenceTransformer(name, device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"encoder {name}: not a model on this machine; give the folder that holds it"
            ) from error
        dim = self._model.get_embedding_dimension()
        if dim is None:
            raise SettingsError(f"encoder {name}: gives no vectors of a fixed size")
        self.dim: int = dim
        self.fingerprint = f"sentence-transformers:{_fingerprint(name)}"

    def encode_query(self, text: str) -> FloatArray:
        found = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        found = self._model.encode_document(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)


def _fingerprint(name: str) -> str:
    """The SHA-256 of a folder's files, or the name itself for a model of the local cache."""
    folder = Path(name)
    if not folder.is_dir():
        return name
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
