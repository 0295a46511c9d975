from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from datasets import Dataset
from fakes import FakeEncoder

import api.train
import api.wiring
import index.training.local
from api.cli import cli
from api.settings import DEFAULT_ENCODER, Settings
from api.train import is_no_worse
from api.wiring import Engine, encoder_of, make_encoder, model_file
from archive.errors import BadInput, Busy, IndexMismatch, NotFound, SettingsError, StoreDamaged, UsageError
from archive.store import Archive, VectorCache
from index.evaluation import Measured
from index.judged import Asked, Target
from index.own import own_encoder, use_bundled, use_own
from index.passages import passages
from index.trained import ModelFile, local
from index.training.examples import Judged
from index.training.local import Task, batch_of
from index.training.questions import parts, read_own
from index.training.ranking import best_ranks
from index.types import FloatArray

COUNT = 45


class OwnEncoder(FakeEncoder):
    """What a trained file makes: "good" knows a text by its number, for "bad" all texts are equal."""

    def __init__(self, model: ModelFile) -> None:
        super().__init__()
        self.fingerprint = f"own:{model.digest()}"
        self._good = model.path.read_text(encoding="utf-8").startswith("good")

    def _vector(self, text: str) -> FloatArray:
        number = re.search("[0-9]+", text)
        vector = np.full(self.dim, 1e-3, np.float32)
        vector[int(number[0]) % self.dim if number and self._good else 0] += 1
        return vector / np.float32(np.linalg.norm(vector))


class Learner:
    """In place of training: writes a file that says what the encoder will be, and keeps what it was given."""

    def __init__(self) -> None:
        self.makes = "good"
        self.tasks: list[Task] = []

    def __call__(self, task: Task, folder: Path, out: Path, progress: Callable[[int, int], None]) -> None:
        self.tasks.append(task)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(self.makes, encoding="utf-8")


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch, home: Path, models: Path) -> Learner:
    """An archive of notices, each with its number, indexed; and commands that use fake encoders."""

    def make(name: str, models: Path) -> FakeEncoder:
        return OwnEncoder(local(Path(name))) if name.endswith(".npz") else FakeEncoder()

    learner = Learner()
    monkeypatch.setenv("GONGWEN_HOME", str(home))
    monkeypatch.setenv("GONGWEN_MODELS", str(models))
    monkeypatch.setattr(api.train, "make_encoder", make)
    monkeypatch.setattr(api.wiring, "make_encoder", make)
    monkeypatch.setattr(api.wiring, "BundledEncoder", lambda models, model: OwnEncoder(model))
    monkeypatch.setattr(api.train, "learn", learner)
    return learner


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A home with notices, each with its number."""
    folder = tmp_path_factory.mktemp("notices")
    rows = [
        {"source": f"s{at}", "title": f"通知 {at}", "text": f"通知 {at}\n各单位要认真办理，{at}日前报送。\n"}
        for at in range(COUNT)
    ]
    settings = Settings(home=folder / "home", models=models, corpus=folder / "none", reranker="")
    engine = Engine(settings, FakeEncoder())
    assert {o.state for o in engine.add(written(folder / "texts.jsonl", rows))} == {"added"}
    engine.build(lambda done, total: None)
    return settings.home


@pytest.fixture
def archive(indexed: Path, home: Path) -> Archive:
    shutil.copytree(indexed, home)
    return Archive(home)


@pytest.fixture
def ids(archive: Archive) -> list[str]:
    """The passage of each notice, by its number."""
    found = {d.title: next(passages(d))[1].id for d in archive.documents(limit=COUNT)}
    return [found[f"通知 {at}"] for at in range(COUNT)]


def written(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path, ids: list[str]) -> Path:
    rows = [{"question": f"when is note {at} due?", "passage": ids[at]} for at in range(COUNT)]
    return written(tmp_path / "own.jsonl", rows)


def command(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["train", *map(str, arguments)], standalone_mode=False)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


# the file


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 2: "),
        ('{"question": "", "passage": "a@0-1"}', "line 2: question: "),
        ('{"question": " \u3000", "passage": "a@0-1"}', "line 2: question: "),
        ('{"question": "q"}', "line 2: passage: "),
        ('{"question": "q", "passage": []}', "line 2: passage: "),
        ('{"question": "q", "passage": "a"}', "line 2: passage.0: .*'a' is no passage; give the id"),
        ('{"question": "q", "passage": "a@5-5"}', "is no passage"),
        ('{"question": "q", "passage": "@0-5"}', "is no passage"),
        ('{"question": "q", "passage": ["a@0-5", 7]}', "line 2: passage.1: .*is no passage"),
        ('{"question": "q", "passage": "a@0-' + "9" * 5000 + '"}', "is no passage"),
        ('{"question": "q", "passage": "a@0-5", "more": 1}', "line 2: more: "),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"question": "q", "passage": "a@0-5"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=reason):
        read_own(path)


def test_ids_are_read_from_the_right(tmp_path: Path) -> None:
    path = written(tmp_path / "own.jsonl", [{"question": "q", "passage": ["a@b@3-12", "c@0-1"]}])
    (found,) = read_own(path)
    assert [(t.doc_id, t.span and (t.span.start, t.span.end)) for t in found.passage] == [
        ("a@b", (3, 12)),
        ("c", (0, 1)),
    ]


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="give one with a line"):
        read_own(tmp_path / "none.jsonl")


def test_questions_about_a_passage_are_in_one_part_and_equal_ones_are_one(
    tmp_path: Path, archive: Archive, ids: list[str]
) -> None:
    rows = [{"question": f"{word} {at}", "passage": ids[at]} for at in range(COUNT) for word in ("when", "how")]
    rows.append({"question": " when  0 ", "passage": ids[1]})
    found = parts(read_own(written(tmp_path / "own.jsonl", rows)), archive)
    assert len(found.trained) + len(found.held) == 2 * COUNT
    assert 10 <= len(found.held) / 2 < 25
    sides = [{target.doc_id for q in part for target in q.targets} for part in (found.trained, found.held)]
    assert not sides[0] & sides[1]
    (both,) = [q for q in (*found.trained, *found.held) if q.text == "when 0"]
    assert [target.doc_id for target in both.targets] == [ids[0].split("@")[0], ids[1].split("@")[0]]


def test_a_stretch_of_a_passage_is_that_passage(tmp_path: Path, archive: Archive, ids: list[str]) -> None:
    """And questions with a passage in common stay together, over others too."""
    rows: list[dict[str, Any]] = []
    for at in range(COUNT):
        doc_id, place = ids[at].rsplit("@", 1)
        start = int(place.split("-")[0])
        rows += [{"question": f"when {at}", "passage": f"{doc_id}@{start + shift}-{start + 9}"} for shift in range(3)]
        rows += [
            {"question": f"how {at} {shift}", "passage": f"{doc_id}@{start + shift}-{start + 9}"} for shift in (1, 2)
        ]
    rows += [{"question": f"both {at}", "passage": [ids[at], ids[at - 1]]} for at in range(20, 30)]
    found = parts(read_own(written(tmp_path / "own.jsonl", rows)), archive)
    sides = [{target.doc_id for q in part for target in q.targets} for part in (found.trained, found.held)]
    assert not sides[0] & sides[1]
    assert {ids[at].split("@")[0] for at in range(19, 30)} <= sides[0] or {
        ids[at].split("@")[0] for at in range(19, 30)
    } <= sides[1]


def test_passages_that_are_not_there_are_named_and_most_may_not_be(
    tmp_path: Path, archive: Archive, ids: list[str]
) -> None:
    rows = [{"question": f"q {at}", "passage": [ids[at]]} for at in range(COUNT)]
    rows[3]["passage"] += ["nowhere@0-5", f"{ids[3].split('@')[0]}@900-905"]
    found = parts(read_own(written(tmp_path / "own.jsonl", rows)), archive)
    assert [str(each).split(": ")[1:] for each in found.lost] == [
        ["is not in the archive"],
        ["has no passage there", "Span(start=900, end=905)"],
    ]
    assert next(q.lost for q in (*found.trained, *found.held) if q.text == "q 3") == 2
    rows = [{"question": f"q {at}", "passage": "nowhere@0-5" if at < 23 else ids[at]} for at in range(COUNT)]
    with pytest.raises(BadInput, match="23 of 45 passages are not in this archive"):
        parts(read_own(written(tmp_path / "own.jsonl", rows)), archive)


def test_too_few_questions_are_refused(tmp_path: Path, archive: Archive, ids: list[str]) -> None:
    rows = [{"question": f"q {at}", "passage": ids[at]} for at in range(12)]
    with pytest.raises(BadInput, match="needed are 20 and 10: give more questions"):
        parts(read_own(written(tmp_path / "own.jsonl", rows)), archive)


def test_two_processes_do_not_train_by_the_same_questions_at_once(
    learner: Learner, file: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learns_while_another_begins(*given: Any) -> None:
        with pytest.raises(Busy, match="another process is training"):
            command(file)
        learner(*given)

    monkeypatch.setattr(api.train, "learn", learns_while_another_begins)
    assert command(file)[0] == 0
    assert len(learner.tasks) == 1


@pytest.mark.parametrize(("passages", "answering"), [(30, 30), (60, 60), (100, 100), (2000, 15), (2000, 2000)])
def test_most_questions_are_trained_on_in_archives_of_any_size(passages: int, answering: int) -> None:
    """By the rules of the library: a text stands in a batch once, and there are rows / batch batches."""
    from sentence_transformers.base.sampler import NoDuplicatesBatchSampler

    rng = random.Random(1)
    texts = [f"p{at}" for at in range(passages)]
    rows = [(f"q{at}", rng.choice(texts[:answering]), *rng.sample(texts, 2)) for at in range(200)] * 3
    examples = [Judged("own", q, (answer,), negatives=tuple(wrong)) for q, answer, *wrong in rows]
    batch = batch_of(examples, 2, 32)
    dataset = Dataset.from_list([dict(zip("abcd", row, strict=True)) for row in rows])
    sampler = NoDuplicatesBatchSampler(dataset, batch, drop_last=False, generator=torch.Generator().manual_seed(1))
    seen = {at for some in islice(sampler, -(-len(rows) // batch)) for at in some}
    assert len(seen) > 0.9 * len(rows)
    assert batch == 32 or passages < 200 or answering < 64


# ranks


def test_ranks_are_those_of_an_exact_oracle_and_vectors_are_cached(archive: Archive, home: Path) -> None:
    encoder, cache = FakeEncoder(), VectorCache(home)
    documents = archive.documents(limit=COUNT)
    asked = [Asked(d.id, f"通知 {at} 日前", "", (Target(d.id, None),), 0) for at, d in enumerate(documents[:20])]
    found = best_ranks(asked, archive, encoder, cache, lambda done, total: None)
    assert encoder.encoded == 0, "the index has embedded them all"
    texts = {d.id: [p.span.of(d.text) for _, p in passages(d)] for d in documents}
    for question, (rank,) in zip(asked, found, strict=True):
        vector = encoder.encode_query(question.text)
        scores = {
            doc_id: max(
                float(v.astype(np.float16).astype(np.float32) @ vector) for v in FakeEncoder().encode_passages(some)
            )
            for doc_id, some in texts.items()
        }
        own = scores.pop(question.targets[0].doc_id)
        assert rank == 1 + sum(score >= own - 1e-5 for score in scores.values())


def test_an_encoder_for_which_all_are_equal_finds_nothing(archive: Archive, home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_text("bad", encoding="utf-8")
    encoder = OwnEncoder(local(tmp_path / "bad.npz"))
    targets = [Target(d.id, None) for d in archive.documents(limit=COUNT)]
    asked = [Asked("a", "one", "", (targets[0],), 0), Asked("b", "two", "", tuple(targets[:11]), 0)]
    found = best_ranks(asked, archive, encoder, VectorCache(home), lambda done, total: None)
    assert found == [(COUNT,), (COUNT - 10,)]
    assert encoder.encoded == COUNT
    best_ranks(asked, archive, encoder, VectorCache(home), lambda done, total: None)
    assert encoder.encoded == COUNT, "once"


# the encoder in use


def test_the_file_in_use_is_named_in_the_home(home: Path, models: Path) -> None:
    model = home / "models" / "own-1.npz"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"model")
    assert own_encoder(home) is None
    use_own(home, model)
    found = own_encoder(home)
    assert found is not None
    assert (found.path, len(found.digest())) == (model, 64)
    usual = make_encoder(DEFAULT_ENCODER, models).fingerprint
    own = encoder_of(Settings(home=home, models=models)).fingerprint
    assert (found.digest() in own, own == usual) == (True, False)
    assert encoder_of(Settings(home=home / "eval", models=models)).fingerprint == usual
    model.write_bytes(b"other")
    with pytest.raises(StoreDamaged, match="gongwen train --undo"):
        found.digest()
    assert use_bundled(home)
    assert not use_bundled(home)
    assert own_encoder(home) is None
    assert model.is_file()


@pytest.mark.parametrize("content", [b"", b"{}", b'{"path": "x", "sha256": "zz"}', b"\xff", b"[1]"])
def test_a_damaged_choice_says_how_to_mend_it(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / "encoder.json").write_bytes(content)
    with pytest.raises(StoreDamaged, match="gongwen train --undo"):
        own_encoder(home)


# the command


def test_a_better_encoder_is_taken_into_use_and_back(
    learner: Learner, file: Path, home: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGWEN_CORPUS", str(tmp_path / "none"))
    code, out, _ = command(file)
    assert code == 0
    assert re.search(r"hit@1 +0\.\d+ \[.*\] +1\.000 \[1\.000 1\.000\]", out)
    assert "taken into use" in out
    assert "run: gongwen reindex" in out
    (task,) = learner.tasks
    assert task.start == model_file(DEFAULT_ENCODER, "encoder")
    assert {len(example.passages) for example in task.examples} == {1}
    assert len(set(task.replay)) == COUNT
    assert all(text.startswith("通知 ") for text in task.replay)
    settings = Settings(home=home, models=models, reranker="")
    with pytest.raises(IndexMismatch, match="gongwen reindex"):
        Engine(settings).searcher()
    Engine(settings).build(lambda done, total: None)
    hit = Engine(settings).searcher()
    assert "通知 7" in hit.document(*_first(hit, "note 7")).title

    assert "in use already" in command(file)[1]
    assert len(learner.tasks) == 1
    assert "run: gongwen reindex" in command("--undo")[1]
    assert Engine(settings).encoder.fingerprint == FakeEncoder.fingerprint
    assert "used already" in command("--undo")[1]
    assert "taken into use" in command(file)[1], "without training again"
    assert len(learner.tasks) == 1


def _first(searcher: Any, text: str) -> tuple[str, str]:
    passage = searcher.legs(searcher.understand(text), 5)["dense"][0]
    return passage.doc_id, passage.revision


def test_a_worse_encoder_is_kept_aside(learner: Learner, file: Path, home: Path, models: Path) -> None:
    learner.makes = "bad"
    code, out, _ = command(file)
    assert code == 1
    assert "not taken into use, for its hit@1 and MRR@10 is lower than before" in out
    assert own_encoder(home) is None
    assert len(list((home / "models").glob("own-*.npz"))) == 1
    assert Engine(Settings(home=home, models=models, reranker="")).searcher()


def test_json_holds_the_figures(learner: Learner, file: Path, home: Path) -> None:
    code, out, _ = command(file, "--json", "--passes", "5", "--threads", "1")
    found = json.loads(out)
    assert (code, found["used"], found["lost"]) == (0, True, [])
    assert found["trained"] + found["held"] == COUNT
    assert set(found["after"]["MRR@10"]) == {"value", "low", "high"}
    assert (found["after"]["hit@10"]["value"], Path(found["model"]).is_file()) == (1.0, True)
    assert (learner.tasks[0].recipe.sets, learner.tasks[0].recipe.threads) == ({"own": (5, 2)}, 1)


def test_another_file_is_another_training(learner: Learner, file: Path, tmp_path: Path, ids: list[str]) -> None:
    learner.makes = "bad"  # so that the index remains that of the encoder in use
    command(file)
    command(file, "--threads", "1")
    assert len(learner.tasks) == 1
    command(file, "--passes", "4")
    rows = [{"question": f"and {at}?", "passage": ids[at]} for at in range(COUNT)]
    command(written(tmp_path / "other.jsonl", rows))
    assert len(learner.tasks) == 3


def test_a_dry_run_only_counts(learner: Learner, file: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.training.local, "_NEEDED", ("no_such_package",))
    code, out, _ = command(file, "--dry-run")
    assert code == 0
    assert re.match(r"\d+ questions to train on, \d+ to measure by\ndry run: nothing was trained\n$", out)
    assert not learner.tasks
    assert not (home / "training").exists()
    with pytest.raises(SettingsError, match=r"no_such_package; run: pip install 'gongwen\[train\]'"):
        command(file)


def test_only_the_default_encoder_is_trained(learner: Learner, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGWEN_ENCODER", "some/model")
    with pytest.raises(SettingsError, match="GONGWEN_ENCODER is some/model"):
        command(file)
    for arguments in ([], ["--undo", file]):
        with pytest.raises(UsageError, match="--undo"):
            command(*arguments)


def figures(hit: float, mrr: float) -> dict[str, Measured]:
    return {
        name: Measured(value=value, low=0, high=1) for name, value in (("hit@1", hit), ("hit@10", 0.0), ("MRR@10", mrr))
    }


@pytest.mark.parametrize(
    ("hit", "mrr", "good"), [(0.5, 0.6, True), (0.6, 0.7, True), (0.4, 0.9, False), (0.9, 0.5, False)]
)
def test_neither_figure_may_fall(hit: float, mrr: float, good: bool) -> None:
    assert is_no_worse(figures(hit, mrr), figures(0.5, 0.6)) is good
