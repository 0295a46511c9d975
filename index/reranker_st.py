"""Any cross-encoder, by name or folder, through sentence-transformers (slow to import: only when used)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from safetensors import SafetensorError
from sentence_transformers import CrossEncoder
from torch.nn import Identity

from archive.errors import SettingsError
from index.models import fingerprint_of
from index.types import FloatArray, Language

# Few texts share a batch, since a short one costs as much as the longest beside it.
_BATCH = 8
_LONGEST = 512


class CrossEncoderReranker:
    """A model that gives one score for question and passage; nothing is downloaded. Of long pairs it reads the first
    512 tokens, cutting the longer of the two. Safe to use from several threads."""

    def __init__(self, name: str) -> None:
        try:
            self._model = CrossEncoder(name, device="cpu", local_files_only=True)
        except SafetensorError as error:
            raise SettingsError(f"reranker {name}: its weights are damaged; copy the folder again") from error
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"reranker {name}: not a model on this machine; give the folder that holds it"
            ) from error
        _check(name, self._model)
        self._model.max_seq_length = min(self._model.max_seq_length or _LONGEST, _LONGEST)
        self._name = name
        self.fingerprint = f"cross-encoder:{fingerprint_of(name)}"

    def takes_gloss(self, language: Language) -> bool:
        """It has never seen one."""
        return False

    def weight(self, language: Language) -> None:
        """Nobody knows."""

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        """One logit a text, in their order. Raises SettingsError when the model gives no numbers."""
        pairs = [(question, text) for text in texts]
        if not pairs:
            return np.zeros(0, np.float32)
        # Not the model's own sigmoid: near 1 it makes good passages equal.
        found = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False, activation_fn=Identity())
        scores = np.asarray(found, dtype=np.float32)
        if not np.isfinite(scores).all():
            raise SettingsError(f"reranker {self._name}: gives scores that are no numbers; choose another model")
        return scores


def _check(name: str, model: CrossEncoder) -> None:
    """Raises SettingsError for a model that does not score pairs.

    Any encoder can be loaded as a cross-encoder: a head is then made up at random, another one each time.
    """
    if model.num_labels != 1:
        raise SettingsError(f"reranker {name}: gives {model.num_labels} scores for a pair; choose one that gives one")
    inner = model.model
    if inner is not None and type(inner).__name__ not in (inner.config.architectures or ()):
        raise SettingsError(f"reranker {name}: an encoder that was not trained to score pairs; choose a cross-encoder")
