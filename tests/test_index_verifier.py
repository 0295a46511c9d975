from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.settings import from_environment
from api.wiring import Engine, shipped_verifier
from archive.errors import SettingsError
from index.reader import BundledReader
from index.trained import export, local
from index.types import FloatArray
from index.unpack import hf_name
from index.updates import shipped_update
from index.verifier import BundledVerifier
from index.weights import read_weights, weights_file

pytestmark = pytest.mark.real

QUESTION = "全局有多少公职律师"
MARKED = ["\n目前，已发展公职律师【86人】。", "年报\n专（兼）职法制员【280人】，已配备。", "\n【】", ""]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One state as a reader and as a verifier, whole."""
    weights, random = read_weights(weights_file()), np.random.default_rng(7)
    state: dict[str, FloatArray] = {
        f"bert.{hf_name(name)}": weights.tensor(name) for name in weights.directory if name != "emb.word"
    }
    folder = tmp_path_factory.mktemp("trained")
    for name, outputs in (("relevance", 1), ("span", 2)):
        state[f"{name}.weight"] = random.normal(0, 0.2, (outputs, 384)).astype(np.float32)
        state[f"{name}.bias"] = random.normal(0, 0.2, outputs).astype(np.float32)
    export(state, folder / "reader.npz")
    export({name: t for name, t in state.items() if not name.startswith("span")}, folder / "verifier.npz")
    return folder / "reader.npz", folder / "verifier.npz"


def test_it_gives_the_logit_of_the_first_token(files: tuple[Path, Path], tmp_path: Path) -> None:
    """As a reader of the same weights does, which is compared with torch's elsewhere."""
    reader, verifier = BundledReader(tmp_path, local(files[0])), BundledVerifier(tmp_path, local(files[1]))
    found = verifier.verify(QUESTION, MARKED, is_number=False)
    assert found.dtype == np.float32
    assert found.tolist() == reader.scores(QUESTION, MARKED).tolist()
    assert verifier.verify(QUESTION, MARKED[::-1], is_number=False).tolist() == found[::-1].tolist()
    assert verifier.verify(QUESTION, [], is_number=False).shape == (0,)
    assert len(set(found.tolist())) == len(MARKED)


def test_numbers_are_heard_by_one_of_their_own(files: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = shipped_update("verifier", "reader"), local(files[1])
    words, numbers, both = (BundledVerifier(tmp_path, *each) for each in ((one,), (other,), (one, other)))
    heard = {
        (name, is_number): verifier.verify(QUESTION, MARKED, is_number).tolist()
        for name, verifier in (("words", words), ("numbers", numbers), ("both", both))
        for is_number in (False, True)
    }
    assert heard["both", False] == heard["words", False] == heard["words", True]
    assert heard["both", True] == heard["numbers", False] == heard["numbers", True] != heard["words", False]
    assert set(both.fingerprint.split()) == {words.fingerprint, numbers.fingerprint}


def test_another_kind_of_model_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="set GONGWEN_RERANKER to it"):
        BundledVerifier(tmp_path, local(files[0])).verify(QUESTION, MARKED, is_number=False)
    with pytest.raises(SettingsError, match="it is a verifier"):
        BundledReader(tmp_path, local(files[1])).read(QUESTION, MARKED)


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("全局有多少名公职律师？", 0),
        ("有多少法制员？", 1),
        ("多少人报名参加考试？", 2),
        ("How many people signed up for the exam?", 2),
    ],
)
def test_the_one_that_ships_binds_a_figure_to_what_it_counts(models: Path, question: str, right: int) -> None:
    text = "年报\n目前全局已发展公职律师{}，专（兼）职法制员{}，报名参加考试{}。"
    marked = [text.format("【86人】", "280人", "208人"), text.format("86人", "【280人】", "208人")]
    marked.append(text.format("86人", "280人", "【208人】"))
    verifier = shipped_verifier(models)
    for is_number in (False, True):
        logits = verifier.verify(question, marked, is_number)
        assert int(logits.argmax()) == right
        assert sorted(logits)[-1] > sorted(logits)[-2] + 0.5
    assert (
        verifier.verify(question, marked, is_number=True).tolist()
        != verifier.verify(question, marked, is_number=False).tolist()
    )


def test_it_is_heard_where_our_reader_reads(tmp_path: Path) -> None:
    engine = Engine(from_environment({"GONGWEN_HOME": str(tmp_path)}))
    assert isinstance(engine.verifier, BundledVerifier)
    assert Engine(from_environment({"GONGWEN_HOME": str(tmp_path), "GONGWEN_RERANKER": ""})).verifier is None
