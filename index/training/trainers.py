"""What all recipes ask of transformers' trainers: checkpoints, seeds, 16 bits, a curve."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Protocol

from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from index.generations import Progress

_STEPS_BETWEEN_CHECKPOINTS = 100


class Recipe(Protocol):
    @property
    def batch(self) -> int: ...
    @property
    def rate(self) -> float: ...
    @property
    def seed(self) -> int: ...


def arguments(out: Path, recipe: Recipe) -> Any:
    """Arguments for sentence-transformers' trainer; a batch comes from one dataset, each as often as it is long."""
    from sentence_transformers import SentenceTransformerTrainingArguments
    from sentence_transformers.base.sampler import BatchSamplers, MultiDatasetBatchSamplers

    return SentenceTransformerTrainingArguments(
        **common(out, recipe),
        batch_sampler=BatchSamplers.NO_DUPLICATES,
        multi_dataset_batch_sampler=MultiDatasetBatchSamplers.PROPORTIONAL,
    )


def common(out: Path, recipe: Recipe) -> dict[str, Any]:
    """One pass: a later one would begin in another order after a kill, since the libraries draw it anew."""
    return {
        "output_dir": str(out / "checkpoints"),
        "num_train_epochs": 1,
        "per_device_train_batch_size": recipe.batch,
        "learning_rate": recipe.rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": 0.06,
        "weight_decay": 0.01,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "bf16": True,
        "use_cpu": True,
        "save_steps": _STEPS_BETWEEN_CHECKPOINTS,
        "save_total_limit": 1,
        "logging_steps": 10,
        "disable_tqdm": True,
        "report_to": "none",
        "dataloader_pin_memory": False,
    }


def one_pass(model: Any, rows: list[dict[str, Any]], collator: Any, out: Path, recipe: Recipe) -> None:
    """Trains a model on rows, once, those of like `length` together; goes on from the last checkpoint in `out`."""
    from datasets import Dataset

    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            **common(out, recipe),
            remove_unused_columns=False,
            train_sampling_strategy="group_by_length",
            length_column_name="length",
        ),
        train_dataset=Dataset.from_list(rows),
        data_collator=collator,
        callbacks=[log_of(out)],
    )
    trainer.train(resume_from_checkpoint=last_checkpoint(out))


def saved(model: Any, file: Path) -> Path:
    """The weights in a file that is whole or not there."""
    from safetensors.torch import save_model

    aside = file.with_suffix(".part")
    save_model(model, str(aside))
    aside.replace(file)
    return file


def last_checkpoint(out: Path) -> str | None:
    """The last one that is whole: the trainer's state is written last. Those after it are removed."""
    folder = out / "checkpoints"
    while folder.is_dir() and (found := get_last_checkpoint(str(folder))):  # type: ignore[no-untyped-call]
        try:
            json.loads((Path(found) / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(found)
        else:
            return str(found)
    return None


def with_threads(count: int) -> None:
    """As many threads as asked for; 0 for as many as there are cores."""
    import torch

    torch.set_num_threads(count or len(os.sched_getaffinity(0)))


def hush() -> None:
    """Let transformers say nothing but errors."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def hush_trainer(trainer: Any) -> None:
    """Let a trainer print nothing: it would do so on stdout, where data goes."""
    trainer.remove_callback(PrinterCallback)


def log_of(out: Path, progress: Progress | None = None) -> TrainerCallback:
    """Writes what the trainer logs to `out`/log.jsonl as it comes, and tells `progress` of every step."""
    return _Curve(out / "log.jsonl", progress)


class _Curve(TrainerCallback):
    def __init__(self, path: Path, progress: Progress | None) -> None:
        self._path = path
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._progress:
            self._progress(state.global_step, state.max_steps)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": state.global_step, "of": state.max_steps, **(logs or {})}) + "\n")
