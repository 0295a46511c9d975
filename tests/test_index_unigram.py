from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.types import Document
from index.unigram import Tokenizer, Trie
from index.unpack import hf_tokenizer
from index.weights import Weights, read_weights, weights_file

PIECES = st.lists(st.text("▁ab法", min_size=1, max_size=4), min_size=1, max_size=12, unique=True)
UNKNOWN = -20.0


def tokenizer(pieces: list[str], scores: list[float], limit: int = 100) -> Tokenizer:
    """Ids 0, 1 and 2 are bos, eos and unk; the pieces begin at 3."""
    known = ["<s>", "</s>", "<unk>", *pieces]
    special = {"bos": 0, "eos": 1, "unk": 2}
    return Tokenizer(Trie.build(known), np.array([0.0, 0.0, 0.0, *scores], np.float32), UNKNOWN, {}, special, limit)


def best_score(text: str, scores: dict[str, float]) -> float:
    """The best sum over every way to cut the text."""
    cuts = itertools.product([False, True], repeat=len(text) - 1)
    return max(sum(_score(p, scores) for p in _parts(text, cut)) for cut in cuts)


def _parts(text: str, cut: tuple[bool, ...]) -> list[str]:
    ends = [at + 1 for at, here in enumerate(cut) if here]
    return [text[start:end] for start, end in itertools.pairwise([0, *ends, len(text)])]


def _score(piece: str, scores: dict[str, float]) -> float:
    return scores.get(piece, UNKNOWN if len(piece) == 1 else -np.inf)


@given(pieces=PIECES, text=st.text("ab法x", min_size=1, max_size=8))
def test_the_trie_finds_every_piece(pieces: list[str], text: str) -> None:
    codes = np.array([ord(c) for c in text])
    starts, lengths, ids = Trie.build(pieces).found(codes)
    expected = [
        (at, length, pieces.index(text[at : at + length]))
        for at in range(len(text))
        for length in range(1, len(text) - at + 1)
        if text[at : at + length] in pieces
    ]
    assert list(zip(starts.tolist(), lengths.tolist(), ids.tolist(), strict=True)) == expected


@given(data=st.data(), pieces=PIECES, text=st.text("ab法x", min_size=1, max_size=7))
def test_pieces_are_the_best_of_all_ways_to_cut(data: st.DataObject, pieces: list[str], text: str) -> None:
    scores = data.draw(st.lists(st.integers(-15, -1).map(float), min_size=len(pieces), max_size=len(pieces)))
    ids = tokenizer(pieces, scores).encode(text).tolist()
    assert (ids[0], ids[-1]) == (0, 1)
    written = "▁" + text
    chosen = [i - 3 for i in ids[1:-1] if i != 2]
    unknown = len(written) - sum(len(pieces[i]) for i in chosen)
    assert (unknown > 0) == (2 in ids)
    total = sum(scores[i] for i in chosen) + unknown * UNKNOWN
    assert total == best_score(written, dict(zip(pieces, scores, strict=True)))
    assert not any(a == b == 2 for a, b in itertools.pairwise(ids))


def test_a_long_text_is_cut() -> None:
    found = tokenizer(["a", "▁"], [-1.0, -1.0], limit=8).encode("a" * 1_000_000)
    assert found.tolist() == [0, 4, 3, 3, 3, 3, 3, 1]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights(weights_file())


@pytest.mark.real
def test_ids_are_those_of_the_tokenizers_library(weights: Weights, shipped: list[Document]) -> None:
    other = hf_tokenizer(weights)
    other.enable_truncation(weights.sizes.positions)
    ours = Tokenizer(
        Trie.build(weights.pieces()),
        weights.scores,
        float(weights.scores.min()) - 10,
        weights.normalisation,
        weights.special,
        weights.sizes.positions,
    )
    texts = [d.text[at : at + 900] for d in shipped for at in range(0, len(d.text), 900)]
    texts += [" ", "  Ａ　Ｂ\t１２ ", "e\u0301 ﬁ ㎡ ①", "<s>a</s>", "🙂🙂 ok", "قانون 법률 ё", "x" * 3000]
    assert len(texts) > 50
    assert [ours.encode(t).tolist() for t in texts] == [other.encode(t).ids for t in texts]
    assert max(map(len, weights.pieces())) == ours.longest
