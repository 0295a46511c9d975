"""Our own reader: reranks passages and finds the answer in them, in 8 bits, run by onnxruntime.

Question and passage are one text, `<s> question </s></s> passage </s>`. The first token says whether the passage
answers the question, and each token of the passage how well an answer begins or ends there (Devlin et al. 2019,
arXiv:1810.04805, 4.3); beginning and ending at the first token means no answer. Every pair runs alone, on one core.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from index.base import ENGINE, Base, OncePerModel, base_of
from index.spans import SHORT, Manner, best_span
from index.trained import OUTPUTS, ModelFile
from index.types import FloatArray, IntArray, Language, Outputs, Reading
from index.unigram import Located, Tokenizer
from index.updates import UpdatedFile
from index.weights import Weights, weights_fingerprint
from index.words import language_of

Model = ModelFile | UpdatedFile
Runner = Callable[[str, str], Outputs]

# as in training
QUESTION_LIMIT = 64
PAIR_LIMIT = 320
_REMEMBERED = 1024
# what relevance counts beside a fused score; tests/quality/reranking.py, ARCHITECTURE.md
WEIGHTS: dict[Language, float] = {"zh": 0.7, "en": 0.5}


class BundledReader:
    """Makes its files in folders of `folder` once (seconds), loads on first use; safe to use from several threads.

    It reads at most 64 tokens of a question, and of a passage what fits into 320 with it.
    """

    def __init__(self, folder: Path, model: Model, english: Model | None = None) -> None:
        """`english` reads English questions, and texts below their gloss; without it `model` reads all."""
        self._base = base_of(folder)
        self._models: dict[Language, Model] = {"zh": model, "en": english or model}
        self._is_glossed = english is not None
        self._runners = OncePerModel(self._models.values(), partial(_runner, self._base))

    @cached_property
    def fingerprint(self) -> str:
        """The weights' hashes and the engine."""
        return " ".join(dict.fromkeys(map(_fingerprint, self._models.values())))

    def takes_gloss(self, language: Language) -> bool:
        """Where a model of its own reads English."""
        return self._is_glossed and language == "en"

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        """The relevance of each text, a logit: (len(texts),)."""
        return np.array([outputs.relevance for outputs in self.outputs(question, texts)], np.float32)

    def weight(self, language: Language) -> float:
        """Half in English, which it reads less well beside Chinese texts."""
        return WEIGHTS[language]

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """One reading a text, by all cores."""
        return [
            chosen(outputs, question, text) for outputs, text in zip(self.outputs(question, texts), texts, strict=True)
        ]

    def outputs(self, question: str, texts: Sequence[str]) -> list[Outputs]:
        """What readings are made from. The last ones are remembered: to ask for the scores too costs nothing."""
        run = self._runners[self._models[language_of(question)]]
        return self._base.map(partial(run, question), texts)


def _runner(base: Base, model: Model) -> Runner:
    session = base.session("reader", _fingerprint(model), partial(_graph, model))
    return lru_cache(_REMEMBERED)(partial(_outputs, base, session))


def _fingerprint(model: Model) -> str:
    return f"{weights_fingerprint()}:trained:{model.digest()}:{ENGINE}"


def _graph(model: Model, weights: Weights) -> bytes:
    from index.onnx_model import reader_graph

    return reader_graph(model.read(weights, OUTPUTS))


def chosen(outputs: Outputs, question: str, text: str, manner: Manner = SHORT) -> Reading:
    """The words of a text that answer best, by what the model gave its pieces."""
    start, end, score = best_span(outputs, text, question, manner)
    return Reading(outputs.relevance, start, end, score, outputs.null)


def _outputs(base: Base, session: Any, question: str, text: str) -> Outputs:
    ids, passage = pair(base.tokenizer, question, text)
    relevance, span = session.run(["relevance", "span"], base.input(ids))
    logits = span[-1 - len(passage.ids) : -1]
    return Outputs(float(relevance[0]), float(span[0].sum()), logits, passage.starts, passage.ends)


def pair(tokenizer: Tokenizer, question: str, text: str) -> tuple[IntArray, Located]:
    """(ids of the whole, pieces of the text in it): they stand before the last id."""
    bos, eos = tokenizer.special["bos"], tokenizer.special["eos"]
    asked = tokenizer.located(question, QUESTION_LIMIT).ids
    passage = tokenizer.located(text, PAIR_LIMIT - 4 - len(asked))
    return np.array([bos, *asked, eos, eos, *passage.ids, eos], np.int64), passage
