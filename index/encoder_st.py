"""Any other encoder, by name or folder, through sentence-transformers (slow to import: only when used)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sentence_transformers import SentenceTransformer

from archive.errors import SettingsError
from index.models import fingerprint_of
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
        self.fingerprint = f"sentence-transformers:{fingerprint_of(name)}"

    def encode_query(self, text: str) -> FloatArray:
        found = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        found = self._model.encode_document(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)
