from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.types import Document
from index.unigram import Located, Tokenizer, Trie
from index.unpack import hf_tokenizer
from index.weights import Weights, read_weights, weights_file

PIECES = st.lists(st.text("▁ab法", min_size=1, max_size=4), min_size=1, max_size=12, unique=True)
UNKNOWN = -20.0


# what normalisation joins, splits, reorders, drops and widens
ODD = "ab法 　  ▁\t,，㎡①ﬁ…ｶﾞ゙がe\u0301\u0323\u0334\u0344é각각\u0f73\u09c7\u09be\u200b\x00\ud800\U0001d15e"
ANY = st.one_of(st.text(ODD, max_size=12), st.text(st.characters(exclude_categories=()), max_size=12))


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


def checked(own: Tokenizer, text: str, most: int) -> Located:
    """The located pieces, after what must hold for any text."""
    found = own.located(text, most)
    assert found.ids.tolist() == own.encode(text)[1:-1][:most].tolist()
    places = list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(places))
    assert places[0][0] == 0
    assert all(b[0] <= a[1] for a, b in itertools.pairwise(places)), "a gap between two pieces"
    return found


@given(text=ANY)
@example("")
@example("a" + "\u0301\u0323" * 20)
def test_pieces_cover_any_text(text: str) -> None:
    own = tokenizer(list("▁abefim12法,がé"), [-1.0] * 14)
    found = checked(own, text, 98)
    assert found.ends[-1] == len(text)
    for at in range(len(found.ids)):
        checked(own, text, at + 1)


@given(text=ANY)
def test_a_text_is_normalised_the_same_with_places_and_without(text: str) -> None:
    own = Tokenizer(Trie.build(["a"]), np.zeros(1, np.float32), UNKNOWN, {0x200B: " ", 0x2026: "...", 0: ""}, {}, 100)
    normal = own._aligned(text, 1000)
    assert "".join(c for c, _, _ in normal) == own._normalised(text)
    for most in range(4):
        assert own._aligned(text, most) == normal[:most]


@given(text=st.text("ab法ｆ，　①x", min_size=1, max_size=12))
def test_a_piece_stands_where_its_text_is(text: str) -> None:
    pieces = ["▁", "a", "ab", "法", "法,", "f", "1", "b法"]
    own = tokenizer(pieces, [-3.0, -2.0, -2.5, -2.0, -2.5, -2.0, -2.0, -2.0])
    found = own.located(text, 98)
    for piece, start, end in zip(found.ids.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True):
        if piece > 2:
            assert own._normalised(text[start:end]).lstrip("▁") == pieces[piece - 3].lstrip("▁")


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights(weights_file())


@pytest.fixture(scope="module")
def ours(weights: Weights) -> Tokenizer:
    return Tokenizer(
        Trie.build(weights.pieces()),
        weights.scores,
        float(weights.scores.min()) - 10,
        weights.normalisation,
        weights.special,
        weights.sizes.positions,
    )


TEXTS = [" ", "  Ａ　Ｂ\t１２ ", "e\u0301 ﬁ ㎡ ①", "<s>a</s>", "🙂🙂 ok", "قانون 법률 ё", "x" * 3000]


@pytest.mark.real
def test_ids_are_those_of_the_tokenizers_library(weights: Weights, ours: Tokenizer, shipped: list[Document]) -> None:
    other = hf_tokenizer(weights)
    other.enable_truncation(weights.sizes.positions)
    texts = [d.text[at : at + 900] for d in shipped for at in range(0, len(d.text), 900)] + TEXTS
    assert len(texts) > 50
    assert [ours.encode(t).tolist() for t in texts] == [other.encode(t).ids for t in texts]
    assert max(map(len, weights.pieces())) == ours.longest


@pytest.mark.real
def test_places_are_those_of_the_tokenizers_library(weights: Weights, ours: Tokenizer, shipped: list[Document]) -> None:
    """But for the blank that is put before a text, and one that a run of blanks became."""
    other = hf_tokenizer(weights)
    compared = 0
    for text in [d.text[at : at + 900] for d in shipped for at in range(0, len(d.text), 900)][::5]:
        found = checked(ours, text, 300)
        theirs = other.encode(text).offsets[1:-1][: len(found.ids)]
        mine = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
        pairs = [(a, b) for a, b in zip(mine, theirs, strict=True) if a[0] and text[a[0] : a[1]].strip()]
        assert [a for a, _ in pairs] == [b for _, b in pairs]
        compared += len(pairs)
    assert compared > 2000
