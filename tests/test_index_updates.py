from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from archive.errors import BadInput, StoreDamaged
from index.trained import SHIPPED, export, local, shipped
from index.types import FloatArray
from index.unpack import hf_name
from index.updates import UpdatedFile, export_update, shipped_update
from index.weights import read_weights, weights_file

pytestmark = pytest.mark.real

State = dict[str, FloatArray]
MATRIX, VECTOR = "bert.encoder.layer.4.output.dense.weight", "bert.encoder.layer.4.output.dense.bias"


@pytest.fixture(scope="module")
def state() -> State:
    weights, random = read_weights(weights_file()), np.random.default_rng(7)
    found = {f"bert.{hf_name(name)}": weights.tensor(name) for name in weights.directory if name != "emb.word"}
    for name, outputs in (("relevance", 1), ("span", 2)):
        found[f"{name}.weight"] = random.normal(0, 0.2, (outputs, 384)).astype(np.float32)
        found[f"{name}.bias"] = random.normal(0, 0.2, outputs).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def reader(state: State, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reader") / "reader.npz"
    export(state, path)
    return path


@pytest.fixture(scope="module")
def changed(state: State) -> State:
    """One matrix, one vector and the outputs are others; there is one output."""
    random = np.random.default_rng(8)
    own = {name: tensor for name, tensor in state.items() if not name.startswith("span.")}
    own[MATRIX] = state[MATRIX] + random.normal(0, 0.01, state[MATRIX].shape).astype(np.float32)
    own[VECTOR] = state[VECTOR] + 1
    own["relevance.bias"] = state["relevance.bias"] + 2
    return own


@pytest.fixture(scope="module")
def update(changed: State, reader: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("update") / "update.npz"
    export_update(changed, local(reader), path)
    return path


def test_what_is_read_is_what_was_trained(changed: State, reader: Path, update: Path) -> None:
    assert update.stat().st_size < 400_000
    base = read_weights(weights_file())
    before = local(reader).read(base, ("relevance", "span"))
    found = UpdatedFile(update, local(reader), "", "").read(base, ("relevance",))
    _, scales = before.in_8_bits("l4.fo.w")
    error = np.abs(found.tensor("l4.fo.w") - changed[MATRIX])
    within = np.abs(changed[MATRIX]) <= 63 * scales[:, None]  # beyond the range of the row it is cut
    assert (error <= 0.5001 * scales[:, None])[within].all()
    assert np.allclose(found.tensor("l4.fo.b"), changed[VECTOR], atol=1e-6)
    assert np.array_equal(found.tensor("relevance.b"), changed["relevance.bias"])
    assert np.array_equal(found.tensor("l5.fo.w"), before.tensor("l5.fo.w"))
    assert "span.w" not in found.arrays


def test_the_same_state_gives_the_same_bytes(changed: State, reader: Path, update: Path, tmp_path: Path) -> None:
    export_update(changed, local(reader), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == update.read_bytes()


def test_a_change_of_other_weights_is_refused(state: State, update: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    export(state | {"relevance.bias": state["relevance.bias"] + 1}, other)
    with pytest.raises(StoreDamaged, match=r"not a whole change of other\.npz .*made for other weights.*; mend it"):
        UpdatedFile(update, local(other), "", "mend it").read(read_weights(weights_file()), ("relevance",))


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_file_that_is_not_whole_is_refused(
    changed: State, reader: Path, tmp_path: Path, damage: bytes | None
) -> None:
    out = tmp_path / "update.npz"
    export_update(changed, local(reader), out)
    out.write_bytes(out.read_bytes()[:-1000] if damage is None else damage)
    with pytest.raises(StoreDamaged, match="not a whole change of"):
        UpdatedFile(out, local(reader), "", "").read(read_weights(weights_file()), ("relevance",))
    with pytest.raises(StoreDamaged, match="its checksum is another one"):
        UpdatedFile(out, local(reader), "0" * 64, "").digest()


def test_a_state_without_a_tensor_is_refused(changed: State, reader: Path, tmp_path: Path) -> None:
    without = {name: tensor for name, tensor in changed.items() if name != MATRIX}
    with pytest.raises(BadInput, match=r"has no l4\.fo\.w"):
        export_update(without, local(reader), tmp_path / "update.npz")


def test_a_change_may_be_of_a_change(changed: State, reader: Path, update: Path, tmp_path: Path) -> None:
    """What is trained on from weights as they ship moves few of them, so its file is smaller yet."""
    base, over = read_weights(weights_file()), UpdatedFile(update, local(reader), "", "")
    before = over.read(base, ("relevance",))
    step = before.in_8_bits("l4.fo.w")[1]
    state = changed | {MATRIX: before.tensor("l4.fo.w"), "relevance.bias": changed["relevance.bias"] - 1}
    state[MATRIX][3] += step[3]
    export_update(state, over, tmp_path / "next.npz")
    assert (tmp_path / "next.npz").stat().st_size < update.stat().st_size / 2
    found = UpdatedFile(tmp_path / "next.npz", over, "", "").read(base, ("relevance",))
    moved = found.in_8_bits("l4.fo.w")[0].astype(int) - before.in_8_bits("l4.fo.w")[0]
    assert set(moved[3].tolist()) <= {0, 1}  # 0 where a weight was at the end of its range
    assert moved[3].mean() > 0.9
    assert not moved[:3].any()
    assert np.array_equal(found.tensor("relevance.b"), state["relevance.bias"])
    layers = UpdatedFile(tmp_path / "next.npz", over, "", "").read(base, ())
    assert np.array_equal(layers.tensor("l4.fo.w"), found.tensor("l4.fo.w"))
    with pytest.raises(StoreDamaged, match="made for other weights"):
        UpdatedFile(tmp_path / "next.npz", local(reader), "", "").read(base, ("relevance",))


def test_the_digest_is_of_both_files(update: Path, reader: Path) -> None:
    one = UpdatedFile(update, local(reader), "", "").digest()
    assert one != local(update).digest()
    assert one != UpdatedFile(update, shipped("reader"), "", "").digest()


@pytest.mark.parametrize("names", [("verifier", "reader"), ("verifier_number", "verifier", "reader")])
def test_what_ships_is_small_and_fits_what_it_changes(names: tuple[str, ...]) -> None:
    update = shipped_update(*names)
    assert len(update.digest()) == 64
    assert update.read(read_weights(weights_file()), ("relevance",)).tensor("relevance.w").shape == (1, 384)
    assert sum(path.stat().st_size for path in SHIPPED.glob("*.npz")) < 40_000_000
