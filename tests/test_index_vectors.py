"""One contract for every kind of vector index, each against an exact oracle."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import IndexMismatch
from index.types import BoolArray, FloatArray, VectorIndex
from index.vectors import JoinedIndex, open_vectors, write_vectors

DIM = 8
COUNT = 3000
FEW = 1200  # but enough for a shortlist


def unit_vectors(seed: int, count: int, dim: int = DIM) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def with_equals(count: int) -> FloatArray:
    """Every vector stands there four times, far apart."""
    return np.tile(unit_vectors(3, -(-count // 4)), (4, 1))[:count]


def written(folder: Path, vectors: FloatArray, flat_up_to: int = 10**6) -> VectorIndex:
    batches = (vectors[at : at + 700] for at in range(0, len(vectors), 700))
    write_vectors(folder, vectors.shape[1], batches, len(vectors), flat_up_to)
    return open_vectors(folder)


def joined(folder: Path, vectors: FloatArray, flat_up_to: int = 0) -> VectorIndex:
    """Without gaps, so that it must do what one index does."""
    cut = len(vectors) * 2 // 3
    big, small = written(folder / "big", vectors[:cut], flat_up_to), written(folder / "small", vectors[cut:])
    return JoinedIndex([(cut, small), (0, big)] if cut else [(0, small)])


KINDS: dict[str, Callable[[Path, FloatArray], VectorIndex]] = {
    "flat": written,
    "shortlist": lambda folder, vectors: written(folder, vectors, 0),
    "joined": joined,
    "joined flat": lambda folder, vectors: joined(folder, vectors, len(vectors)),
}


@pytest.fixture(scope="module", params=KINDS)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    folder = tmp_path_factory.mktemp("index")
    return KINDS[request.param](folder / "index", with_equals(COUNT))


def masked(seed: int, share: float) -> BoolArray:
    return np.random.default_rng(seed).random(COUNT) < share


@given(
    st.integers(0, 1000), st.integers(0, 60) | st.just(COUNT + 5), st.none() | st.sampled_from([0, 0.001, 0.1, 0.6, 1])
)
def test_a_search_is_the_best_of_what_the_mask_allows(
    index: VectorIndex, seed: int, k: int, share: float | None
) -> None:
    query = unit_vectors(seed, 1)[0]
    mask = None if share is None else masked(seed, share)
    exact = with_equals(COUNT) @ query
    allowed = np.arange(COUNT) if mask is None else np.flatnonzero(mask)
    best = sorted(exact[allowed].tolist(), reverse=True)[:k]
    ids, scores = index.search(query, k, mask)
    assert len(ids) == len(set(ids.tolist())) == min(k, len(allowed))
    assert set(ids.tolist()) <= set(allowed.tolist())
    assert exact[ids] == pytest.approx(best, abs=2e-3)
    assert scores == pytest.approx(exact[ids], abs=2e-3)
    assert list(zip(-scores, ids, strict=True)) == sorted(zip(-scores, ids, strict=True))


@pytest.mark.parametrize("index", ["flat", "shortlist", "joined flat"], indirect=True)  # else equals are rounded apart
@given(st.integers(0, 50), st.integers(1, 7))
def test_equals_come_by_id_where_k_cuts_them(index: VectorIndex, at: int, k: int) -> None:
    equals = [at, at + COUNT // 4, at + COUNT // 2, at + 3 * COUNT // 4]
    assert index.search(with_equals(COUNT)[at], k)[0][:4].tolist() == equals[:k]


@given(st.integers(0, 1000), st.lists(st.integers(0, COUNT - 1), max_size=30))
def test_scores_are_those_of_the_ids_in_their_order(index: VectorIndex, seed: int, ids: list[int]) -> None:
    query = unit_vectors(seed, 1)[0]
    assert index.scores(query, np.array(ids, np.int64)) == pytest.approx(with_equals(COUNT)[ids] @ query, abs=2e-3)


def test_scores_are_those_of_a_search(index: VectorIndex) -> None:
    ids, scores = index.search(unit_vectors(5, 1)[0], 20)
    assert index.scores(unit_vectors(5, 1)[0], ids) == pytest.approx(scores, abs=1e-5)


@pytest.mark.parametrize("unknown", [-1, COUNT])
def test_an_unknown_id_has_no_score(index: VectorIndex, unknown: int) -> None:
    with pytest.raises(IndexError):
        index.scores(unit_vectors(1, 1)[0], np.array([0, unknown]))


def test_a_mask_has_a_place_for_every_vector(index: VectorIndex) -> None:
    with pytest.raises(ValueError, match="mask"):
        index.search(unit_vectors(1, 1)[0], 3, np.ones(COUNT - 1, np.bool_))


def test_the_background_is_the_mean_and_deviation_of_a_sample(index: VectorIndex) -> None:
    query = unit_vectors(6, 1)[0]
    mean, deviation = index.background(query)
    exact = with_equals(COUNT) @ query
    assert mean == pytest.approx(float(exact.mean()), abs=0.05)
    assert deviation == pytest.approx(float(exact.std()), rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 41])
def test_few_vectors(tmp_path: Path, kind: str, count: int) -> None:
    vectors, query = unit_vectors(4, count), unit_vectors(5, 1)[0]
    index = KINDS[kind](tmp_path / "index", vectors)
    assert len(index) == count
    assert index.search(query, 50)[0].tolist() == np.argsort(-(vectors @ query)).tolist()
    assert index.search(query, 3, np.zeros(count, np.bool_))[0].tolist() == []
    mean, deviation = index.background(query)
    expected = (vectors @ query) if count > 1 else np.zeros(1)
    assert mean == pytest.approx(float(expected.mean()), abs=1e-3)
    assert deviation == pytest.approx(float(expected.std()) if count > 1 else 1.0, abs=1e-3)


def test_a_shortlist_holds_the_best_whatever_the_mask(tmp_path: Path) -> None:
    vectors, queries = unit_vectors(7, 20_000, 64), unit_vectors(8, 50, 64)
    index = written(tmp_path / "index", vectors, 0)
    rows = np.arange(len(vectors))
    for mask in (None, vectors[:, 0] > 0.1, vectors[:, 0] < -0.1, rows < 6000, rows % 3 == 0, rows % 10 == 0):
        found = 0
        for query in queries:
            exact = vectors @ query if mask is None else np.where(mask, vectors @ query, -2)
            found += len(set(np.argsort(-exact)[:10]) & set(index.search(query, 10, mask)[0].tolist()))
        assert found >= 0.99 * 10 * len(queries)


def test_rows_between_parts_do_not_exist(tmp_path: Path) -> None:
    vectors, query = unit_vectors(9, 30), unit_vectors(10, 1)[0]
    first, second = written(tmp_path / "a", vectors[:20]), written(tmp_path / "b", vectors[20:])
    index = JoinedIndex([(5, first), (100, second)])
    numbers = np.concatenate([np.arange(5, 25), np.arange(100, 110)])
    assert len(index) == 110
    assert index.search(query, 110)[0].tolist() == numbers[np.argsort(-(vectors @ query))].tolist()
    mask = np.ones(110, np.bool_)
    mask[5:25] = False
    assert index.search(query, 3, mask)[0].tolist() == (100 + np.argsort(-(vectors[20:] @ query))[:3]).tolist()
    assert index.scores(query, np.array([100, 5])) == pytest.approx(vectors[[20, 0]] @ query, abs=1e-3)
    with pytest.raises(IndexError):
        index.scores(query, np.array([50]))
    mean, deviation = index.background(query)
    assert mean == pytest.approx(float((vectors @ query).mean()), abs=1e-3)
    assert deviation == pytest.approx(float((vectors @ query).std()), abs=1e-3)
    with pytest.raises(ValueError, match="overlap"):
        JoinedIndex([(0, first), (19, second)])


@pytest.mark.parametrize("flat_up_to", [0, 10**6])
def test_equal_vectors_give_equal_files(tmp_path: Path, flat_up_to: int) -> None:
    for name in ("a", "b"):
        written(tmp_path / name, with_equals(COUNT), flat_up_to)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert [(tmp_path / "a" / name).read_bytes() for name in names] == [
        (tmp_path / "b" / name).read_bytes() for name in names
    ]


@pytest.mark.parametrize("given_rows", [1100, 1300])
@pytest.mark.parametrize("flat_up_to", [0, 10**6])
def test_vectors_that_are_not_as_many_as_said_are_refused(tmp_path: Path, given_rows: int, flat_up_to: int) -> None:
    with pytest.raises(ValueError, match="1200 vectors"):
        write_vectors(tmp_path / "index", DIM, [unit_vectors(1, given_rows)], FEW, flat_up_to)


@pytest.mark.parametrize("name", ["vectors.faiss", "rows.f16", "sample.f32", "vectors.json"])
def test_a_missing_cut_or_strange_file_is_refused(tmp_path: Path, name: str) -> None:
    written(tmp_path / "index", unit_vectors(1, FEW), 0)
    file = tmp_path / "index" / name
    whole = file.read_bytes()
    for damage in (whole[:-1], whole[: len(whole) // 2], b"broken", b""):
        file.write_bytes(damage)
        with pytest.raises(IndexMismatch, match="gongwen reindex --rebuild"):
            open_vectors(tmp_path / "index")
    file.unlink()
    with pytest.raises(IndexMismatch, match="gongwen reindex --rebuild"):
        open_vectors(tmp_path / "index")


def test_files_of_two_indexes_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "a", unit_vectors(1, 50))
    written(tmp_path / "b", unit_vectors(1, 60))
    (tmp_path / "a" / "sample.f32").write_bytes((tmp_path / "b" / "sample.f32").read_bytes())
    with pytest.raises(IndexMismatch):
        open_vectors(tmp_path / "a")


@pytest.fixture(scope="module", params=[0, 10**6])
def sound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "index"
    written(folder, unit_vectors(1, FEW), request.param)
    return folder


@settings(max_examples=200)
@given(seed=st.integers(0, 10**6))
def test_flipped_bytes_are_refused_or_do_no_harm(
    tmp_path_factory: pytest.TempPathFactory, sound: Path, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("flipped") / "index"
    shutil.copytree(sound, folder)
    chance = random.Random(seed)
    file = folder / chance.choice(sorted(folder.iterdir()))
    content = bytearray(file.read_bytes())
    for _ in range(chance.randint(1, 4)):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    try:
        index = open_vectors(folder)
    except IndexMismatch:
        return
    query = unit_vectors(2, 1)[0]
    for mask in (None, np.arange(FEW) % 100 < 90):
        ids = index.search(query, FEW, mask)[0]
        assert set(ids.tolist()) <= set(range(FEW))
        assert len(index.scores(query, ids)) == len(ids)


def test_threads_find_what_one_finds(index: VectorIndex) -> None:
    queries = [*unit_vectors(11, 40)] * 5
    mask = masked(1, 0.6)

    def ask(query: FloatArray) -> list[list[float]]:
        ids, scores = index.search(query, 10, mask)
        return [ids.tolist(), scores.tolist(), index.scores(query, ids).tolist(), [*index.background(query)]]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, queries)) == [ask(query) for query in queries]


def test_the_facts_name_no_time_and_no_place(tmp_path: Path) -> None:
    written(tmp_path / "index", unit_vectors(1, 50))
    facts = json.loads((tmp_path / "index" / "vectors.json").read_text(encoding="utf-8"))
    assert set(facts) == {"count", "dim", "flat", "size", "trusted", "crc"}
