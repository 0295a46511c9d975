"""The encoder's recipe: contrastive, with hard negatives, held near the encoder it starts from.

Multiple negatives ranking (Henderson et al. 2017, arXiv:1705.00652) with the negatives of all questions in a batch,
both ways, at e5's temperature; beside it a cosine distance to the vectors of the untrained encoder on texts from
everywhere; at the end the weights are averaged with those at the start (Wortsman et al. 2021, arXiv:2109.01903). The
embeddings do not move, so that they need not be shipped.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.generations import Progress
from index.training.examples import Judged
from index.training.recipes import EncoderRecipe
from index.training.trainers import arguments, hush, hush_trainer, last_checkpoint, log_of, with_threads
from index.types import FloatArray

_TEMPERATURE = 0.02


@dataclass(frozen=True, slots=True)
class Replay:
    """Passages whose vectors, (len(texts), dim), should stay as they are."""

    texts: tuple[str, ...]
    vectors: FloatArray


def train_encoder(
    start: Path,
    examples: Iterable[Judged],
    replay: Replay,
    out: Path,
    recipe: EncoderRecipe,
    progress: Progress | None = None,
) -> Path:
    """A sentence-transformers folder `out`/model, from the one at `start`.

    Goes on from the last checkpoint in `out`; with a model there already it does nothing. The curve is
    written to `out`/log.jsonl. With `progress`, which is told of every step, nothing else is said.
    """
    model_folder = out / "model"
    if (model_folder / "modules.json").is_file():
        return model_folder
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer

    if progress:
        hush()
    with_threads(recipe.threads)
    model = SentenceTransformer(str(start), device="cpu", model_kwargs={"attn_implementation": "eager"})
    _prepare(model, recipe)
    datasets = _datasets(examples, recipe)
    losses: dict[str, Any] = dict.fromkeys(datasets, _contrastive(model))
    if len(replay.texts):
        datasets["replay"], losses["replay"] = _rows_of(replay), _distance(model)
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments(out, recipe),
        train_dataset=datasets,
        loss=losses,
        callbacks=[log_of(out, progress)],
    )
    if progress:
        hush_trainer(trainer)
    trainer.train(resume_from_checkpoint=last_checkpoint(out))
    if recipe.kept:
        _average(model, SentenceTransformer(str(start), device="cpu"), recipe.kept)
    model.save_pretrained(str(model_folder), create_model_card=False)
    return model_folder


def _prepare(model: Any, recipe: EncoderRecipe) -> None:
    """Embeddings stay; no dropout: the sets are small, the passes few, and it is costly here."""
    model.max_seq_length = recipe.tokens
    bert = model[0].auto_model if hasattr(model[0], "auto_model") else model[0].model
    bert.embeddings.requires_grad_(False)
    for module in bert.modules():
        if type(module).__name__ == "Dropout":
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0


def _datasets(examples: Iterable[Judged], recipe: EncoderRecipe) -> dict[str, Any]:
    """(anchor, positive, negative_1, ...) by the number of negatives, all sets that have as many together: as many rows
    of a set as it has passes; every pass takes another of the texts that answer, and other negatives.

    In batches of one set an encoder learns that articles of laws are near any question: nothing tells it that some
    questions ask for a report.
    """
    from datasets import Dataset

    rng = random.Random(recipe.seed)
    rows: dict[str, list[dict[str, str]]] = {}
    for example in examples:
        passes, negatives = recipe.sets.get(example.set, (1.0, 0))
        for turn in range(int(passes + rng.random())):
            row = _row(example, turn, negatives, rng)
            rows.setdefault(f"{len(row) - 2} negatives", []).append(row)
    return {name: Dataset.from_list(found) for name, found in rows.items() if len(found) >= 2}


def _row(example: Judged, turn: int, negatives: int, rng: random.Random) -> dict[str, str]:
    """Now and then a sentence instead of its passage: both are searched."""
    pool = example.pieces if example.pieces and turn % 3 == 2 else example.passages
    found = {"anchor": f"query: {example.question}", "positive": f"passage: {rng.choice(pool)}"}
    if len(example.negatives) >= negatives:
        for at, text in enumerate(rng.sample(example.negatives, negatives), 1):
            found[f"negative_{at}"] = f"passage: {text}"
    return found


def _contrastive(model: Any) -> Any:
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    return MultipleNegativesRankingLoss(
        model, scale=1 / _TEMPERATURE, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
    )


def _rows_of(replay: Replay) -> Any:
    from datasets import Dataset

    return Dataset.from_dict({"text": [f"passage: {text}" for text in replay.texts], "label": replay.vectors.tolist()})


def _distance(model: Any) -> Any:
    from sentence_transformers.sentence_transformer.losses import EmbedDistillLoss

    return EmbedDistillLoss(model, distance_metric="cosine")


def _average(model: Any, start: Any, kept: float) -> None:
    import torch

    before = dict(start.named_parameters())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.lerp_(before[name], kept)
