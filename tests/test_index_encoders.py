from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.wiring import Engine, make_encoder
from archive.errors import BadInput, SettingsError
from archive.types import Document
from index.encoder import BundledEncoder, weights_file
from index.passages import encoded_text, passages
from index.unpack import read_weights, unpack


@pytest.mark.real
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_bundled_weights_agree_in_sentence_transformers(shipped: list[Document], tmp_path: Path) -> None:
    texts = [encoded_text(d, p) for d in shipped for _, p in passages(d)]
    texts = texts[:: len(texts) // 100][:100]
    unpack(weights_file(), tmp_path / "e5")
    bundled, other = BundledEncoder(), make_encoder(str(tmp_path / "e5"))
    ours, theirs = bundled.encode_passages(texts), other.encode_passages(texts)
    assert len(texts) == 100
    assert (ours * theirs).sum(axis=1).min() >= 0.999
    for query in ("how many lawyers are on staff", "全局有多少公职律师"):
        assert float(bundled.encode_query(query) @ other.encode_query(query)) >= 0.999
    assert other.dim == bundled.dim == 384
    assert other.fingerprint != bundled.fingerprint


@pytest.mark.real
def test_equal_texts_give_equal_vectors_in_any_batch(real: Engine) -> None:
    texts = ["公职律师86人", "短", "一个长一些的句子，用来看批次是否影响结果。" * 3]
    together = real.encoder.encode_passages(texts)
    assert all(np.array_equal(real.encoder.encode_passages([t])[0], v) for t, v in zip(texts, together, strict=True))
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_that_is_not_here_is_refused() -> None:
    with pytest.raises(SettingsError, match="give the folder"):
        make_encoder("no/such-model")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(BadInput, match=r"w\.bin"):
        read_weights(tmp_path / "w.bin")
