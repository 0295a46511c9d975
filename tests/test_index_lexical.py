"""The lexical index against an exact oracle: Lucene's BM25, concepts as their best word, filters as plain loops."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import IndexMismatch
from index.lexical import LexicalWriter, TantivyIndex
from index.types import Concept, Filters, Listed

WORDS = st.sampled_from("律师 公职 警察 派出所 考试 法院".split())
DOCUMENTS = st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=12)
LAW = Listed("a" * 12, "1", "laws", "某法", "全国人民代表大会", "", date(2021, 1, 22))
NOTICE = Listed("b" * 12, "1", "notices", "某通知", "公安部、司法部", "公通字〔2023〕1号", date(2023, 5, 4))
UNDATED = Listed("c" * 12, "1", "notices", "某表", "", "", None)


@pytest.fixture(scope="module")
def folders() -> Iterator[Iterator[Path]]:
    """New paths, one for each index of a hypothesis run."""
    with tempfile.TemporaryDirectory() as folder:
        yield (Path(folder) / str(at) for at in range(100_000))


def written(folder: Path, documents: list[list[str]], previous: Path | None = None, first: int = 0) -> TantivyIndex:
    writer = LexicalWriter(folder, previous)
    for at, tokens in enumerate(documents):
        writer.add(first + at, LAW, (), tokens)
    writer.commit()
    return TantivyIndex(folder)


def bm25(documents: list[list[str]], word: str, at: int) -> float:
    """Lucene's BM25 (Kamphuis et al. 2020): idf * tf / (tf + k1 (1 - b + b |d| / mean |d|))."""
    holding = sum(word in d for d in documents)
    idf = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
    tf = Counter(documents[at])[word]
    mean = sum(map(len, documents)) / len(documents)
    return idf * tf / (tf + 1.2 * (0.25 + 0.75 * len(documents[at]) / mean)) if tf else 0.0


@given(DOCUMENTS, st.lists(st.tuples(WORDS, st.sampled_from([0.5, 1.0])), min_size=1, max_size=4), st.booleans())
def test_it_agrees_with_the_formula(
    folders: Iterator[Path], documents: list[list[str]], alternatives: list[tuple[str, float]], grown: bool
) -> None:
    half = len(documents) // 2 if grown else len(documents)
    index = written(folder := next(folders), documents[:half])
    if grown:
        index = written(next(folders), documents[half:], folder, half)
    concepts = [Concept("a", tuple(alternatives), 1.0), Concept("b", (("律师", 1.0),), 1.0)]
    expected = {
        at: sum(max(trust * bm25(documents, word, at) for word, trust in c.words) for c in concepts)
        for at in range(len(documents))
    }
    ids, scores = index.search(concepts, len(documents))
    assert dict(zip(ids.tolist(), scores.tolist(), strict=True)) == pytest.approx(
        {at: score for at, score in expected.items() if score}, rel=1e-4
    )
    order = sorted(zip(-scores, ids, strict=True))
    assert [at for _, at in order] == ids.tolist()
    some = np.arange(0, len(documents), 2)
    assert index.scores(concepts, some).tolist() == pytest.approx([expected[at] for at in some.tolist()], rel=1e-4)
    assert len(index) == len(documents)


@given(DOCUMENTS, WORDS)
def test_frequency_counts_passages(folders: Iterator[Path], documents: list[list[str]], word: str) -> None:
    assert written(next(folders), documents).frequency(word) == sum(word in d for d in documents)


def filtered(tmp_path: Path) -> TantivyIndex:
    writer = LexicalWriter(tmp_path / "lexical")
    writer.add(0, LAW, ("第一章 总则", "第一条"), ["律师"])
    writer.add(1, NOTICE, ("一、总体要求",), ["律师", "考试"])
    writer.add(2, UNDATED, (), ["律师"])
    writer.commit()
    return TantivyIndex(tmp_path / "lexical")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {0, 1, 2}),
        (Filters(collection="notices"), {1, 2}),
        (Filters(document="a" * 12), {0}),
        (Filters(issuer="司法部"), {1}),
        (Filters(number="公通字〔2023〕1号"), {1}),
        (Filters(issued_from=date(2021, 1, 22)), {0, 1}),
        (Filters(issued_from=date(2021, 1, 23)), {1}),
        (Filters(issued_to=date(2023, 5, 4)), {0, 1}),
        (Filters(issued_to=date(2023, 5, 3)), {0}),
        (Filters(section="总"), {0, 1}),
        (Filters(section="章 总则"), {0}),
        (Filters(section="总体则"), set()),
        (Filters(without=frozenset({"a" * 12, "c" * 12})), {1}),
        (Filters(collection="notices", issued_to=date(2022, 1, 1)), set()),
    ],
)
def test_filters_choose_and_give_no_score(tmp_path: Path, filters: Filters, expected: set[int]) -> None:
    index, concepts = filtered(tmp_path), [Concept("律师", (("律师", 1.0),), 1.0)]
    ids, scores = index.search(concepts, 5, filters)
    assert set(ids.tolist()) == expected
    assert scores.tolist() == index.scores(concepts, ids).tolist()


def test_the_passages_below_a_heading(tmp_path: Path) -> None:
    index = filtered(tmp_path)
    assert index.under("总").tolist() == [0, 1]
    assert index.under("第一条").tolist() == [0]
    assert index.under(" ").tolist() == index.under("二、").tolist() == []


def test_what_leaves_is_gone_and_the_index_before_is_untouched(tmp_path: Path) -> None:
    before = filtered(tmp_path)
    writer = LexicalWriter(tmp_path / "next", tmp_path / "lexical")
    writer.remove(NOTICE.doc_id)
    writer.add(3, replace(NOTICE, revision="2"), (), ["律师", "律师"])
    writer.commit()
    concepts = [Concept("律师", (("律师", 1.0),), 1.0)]
    assert sorted(TantivyIndex(tmp_path / "next").search(concepts, 5)[0].tolist()) == [0, 2, 3]
    assert sorted(before.search(concepts, 5)[0].tolist()) == [0, 1, 2]
    assert sorted(TantivyIndex(tmp_path / "lexical").search(concepts, 5)[0].tolist()) == [0, 1, 2]
    assert not list(tmp_path.glob("*/*.lock"))[2:]


def test_nothing_asked_and_nothing_there(tmp_path: Path) -> None:
    empty = written(tmp_path / "empty", [])
    concept = Concept("律师", (("律师", 1.0),), 1.0)
    assert empty.search([concept], 5)[0].tolist() == []
    assert empty.scores([concept], np.array([0])).tolist() == [0.0]
    index = written(tmp_path / "one", [["律师"]])
    assert index.search([], 5)[0].tolist() == index.search([Concept("x", (), 1.0)], 5)[0].tolist() == []
    assert index.scores([concept], np.empty(0, np.int64)).tolist() == []
    assert index.some_words("律") == ["律师"]


@pytest.mark.parametrize("name", ["meta.json", "*.term", "*.idx"])
def test_damage_is_a_mismatch(tmp_path: Path, name: str) -> None:
    written(tmp_path / "lexical", [["律师"]])
    for file in (tmp_path / "lexical").glob(name):
        file.unlink()
    with pytest.raises(IndexMismatch, match="reindex"):
        TantivyIndex(tmp_path / "lexical")


def test_damage_found_only_while_searching_is_a_mismatch(tmp_path: Path) -> None:
    written(tmp_path / "whole", [["律师", f"w{at}"] for at in range(200)])
    concept, seen = Concept("律师", (("律师", 1.0),), 1.0), set()
    for at in range(12):
        folder = tmp_path / str(at)
        shutil.copytree(tmp_path / "whole", folder)
        damaged = next(folder.glob("*.fast"))
        raw = bytearray(damaged.read_bytes())
        raw[at] ^= 0xFF
        damaged.write_bytes(raw)
        try:
            opened = TantivyIndex(folder)
        except IndexMismatch:
            continue
        try:
            opened.search([concept], 10)
            opened.scores([concept], np.arange(10))
        except IndexMismatch as error:
            seen.add(type(error.__cause__).__name__)
    assert "PanicException" in seen


IDEAS = st.lists(st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=3), max_size=3)


@given(DOCUMENTS, IDEAS, st.integers(0, 12))
def test_passages_that_hold_ideas(
    folders: Iterator[Path], documents: list[list[str]], ideas: list[list[list[str]]], k: int
) -> None:
    """One idea is held where all words of one of its wordings stand."""
    index = written(next(folders), documents)
    held = [sum(any(set(tokens) <= set(d) for tokens in idea) for idea in ideas) for d in documents]
    found = index.holding(ideas, k).tolist()
    assert len(found) == len(set(found)) == min(k, sum(count > 0 for count in held))
    assert [held[at] for at in found] == sorted(held, reverse=True)[: len(found)]
    assert index.holding(ideas, k, Filters(collection="none")).tolist() == []
