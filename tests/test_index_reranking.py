from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from api.settings import Settings, from_environment
from api.wiring import Engine
from archive.errors import SettingsError
from index.models import fingerprint_of
from index.reranking import by_score, rerank
from index.types import FloatArray, Language, Reranker

TEXTS = ["人民警察法", "公职律师有多少", "全局的公职律师", "律师", "警察"]


FUSED = np.array([9.0, 8.0, 6.5, 3.0, 2.0], np.float32)


def read(passages: Sequence[int]) -> list[str]:
    return [TEXTS[at] for at in passages]


class SharedCharacters:
    """A reranker that counts the characters a text has of the question."""

    fingerprint = "fake:1"

    def __init__(self, weight: float | None = None) -> None:
        self.read: list[str] = []
        self.counts: dict[Language, float | None] = {"zh": weight, "en": weight}

    def takes_gloss(self, language: Language) -> bool:
        return False

    def weight(self, language: Language) -> float | None:
        return self.counts[language]

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        self.read += texts
        return np.array([sum(c in text for c in question) for text in texts], np.float32)


@pytest.mark.parametrize(
    ("depth", "expected"),
    [(1, [0, 1, 2, 3, 4]), (2, [1, 0, 2, 3, 4]), (4, [1, 2, 3, 0, 4]), (5, [1, 2, 3, 0, 4]), (200, [1, 2, 3, 0, 4])],
)
def test_the_first_are_put_in_the_rerankers_order_and_the_rest_follow(depth: int, expected: list[int]) -> None:
    assert rerank("公职律师", range(5), FUSED, SharedCharacters(), depth, read, "zh")[0] == expected


def test_no_more_than_depth_passages_are_read() -> None:
    reranker = SharedCharacters()
    rerank("公职律师", range(5), FUSED, reranker, 3, read, "zh")
    assert reranker.read == TEXTS[:3]


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (0.0, [0, 1, 2, 3, 4]),
        (0.2, [0, 1, 2, 3, 4]),
        (0.5, [1, 0, 2, 3, 4]),
        (0.9, [1, 2, 0, 3, 4]),
        (9.0, [1, 2, 3, 0, 4]),
    ],
)
def test_a_weight_adds_the_scores_to_the_fused_ones(weight: float, expected: list[int]) -> None:
    reranker = SharedCharacters(weight)
    order, scores = rerank("公职律师", range(5), FUSED, reranker, 5, read, "zh")
    assert order == expected
    assert scores.tolist() == [[0, 4, 4, 2, 0][at] for at in order]


def test_the_weight_is_that_of_the_questions_language() -> None:
    reranker = SharedCharacters(9.0)
    reranker.counts["en"] = 0.0
    assert rerank("公职律师", range(5), FUSED, reranker, 5, read, "en")[0] == [0, 1, 2, 3, 4]
    assert rerank("公职律师", range(5), FUSED, reranker, 5, read, "zh")[0] == [1, 2, 3, 0, 4]


def test_where_fused_scores_are_not_in_order_the_place_counts() -> None:
    reranker = SharedCharacters(0.0)
    assert rerank("公职律师", range(5), FUSED[[2, 0, 4, 1, 3]], reranker, 5, read, "zh")[0] == [0, 1, 2, 3, 4]


def test_nothing_is_read_where_there_is_nothing_to_order() -> None:
    reranker = SharedCharacters()
    for found in ([], [2]):
        order, scores = rerank("公职律师", found, FUSED[: len(found)], reranker, 30, read, "zh")
        assert (order, scores.tolist()) == (found, [])
    assert reranker.read == []


@given(st.lists(st.sampled_from([-2.0, 0.0, 0.5, 3.0]), max_size=12))
def test_scores_are_sorted_stably(scores: list[float]) -> None:
    found = by_score(np.array(scores, np.float32))
    assert found == [at for _, at in sorted((-score, at) for at, score in enumerate(scores))]


class Backwards:
    """A reranker to which the last is the best."""

    fingerprint = "fake:2"

    def __init__(self) -> None:
        self.read: list[list[str]] = []

    def takes_gloss(self, language: Language) -> bool:
        return False

    def weight(self, language: Language) -> None:
        return None

    def scores(self, question: str, texts: Sequence[str]) -> FloatArray:
        self.read.append(list(texts))
        return np.arange(len(texts), dtype=np.float32)


def test_a_search_is_reranked_once_and_its_first_passages_only(home: Path, notice_file: Path) -> None:
    reranker = Backwards()
    engine = Engine(Settings(home=home, rerank_depth=3), FakeEncoder(), reranker)
    assert [o.state for o in engine.add(notice_file)] == ["added"]
    engine.build(lambda done, total: None)
    searcher = engine.searcher()
    question = searcher.understand("社区矫正工作者")
    legs = searcher.legs(question, 10)
    assert len(legs["fused"]) > 3
    assert legs["reranked"] == [*legs["fused"][:3][::-1], *legs["fused"][3:]]
    hits = searcher.search(question, 10)
    assert [hit.passage for hit in hits] == legs["reranked"]
    assert [hit.reranked for hit in hits] == [2, 1, 0, *[None] * (len(hits) - 3)]
    assert [len(texts) for texts in reranker.read] == [3]
    assert all(text.startswith("关于做好2022年社区矫正工作的通知\n") for text in reranker.read[0])


def test_an_answer_reads_nothing_and_a_refusal_points_to_what_was_reread(home: Path, notice_file: Path) -> None:
    reranker = Backwards()
    engine = Engine(Settings(home=home, rerank_depth=3), FakeEncoder(), reranker)
    list(engine.add(notice_file))
    engine.build(lambda done, total: None)
    assert engine.answerer().answer("社区矫正工作者有多少名").kind == "figure"
    assert reranker.read == []
    refusal = engine.answerer().answer("社区矫正工作者有多少辆警车")
    assert refusal.kind == "refusal"
    assert [len(texts) for texts in reranker.read] == [3]
    searcher = engine.searcher()
    first = searcher.search(searcher.understand("社区矫正工作者有多少辆警车"), len(refusal.alternatives))
    assert [c.span for c in refusal.alternatives] == [hit.passage.span for hit in first]


def test_a_search_adds_weighted_scores_to_the_fused_ones(home: Path, notice_file: Path) -> None:
    reranker = SharedCharacters(0.0)
    engine = Engine(Settings(home=home, rerank_depth=4), FakeEncoder(), reranker)
    list(engine.add(notice_file))
    engine.build(lambda done, total: None)
    for weight in (0.0, 0.5, 50.0):
        reranker.counts["zh"], reranker.read = weight, []
        searcher = Engine(engine.settings, FakeEncoder(), reranker).searcher()
        question = searcher.understand("社区矫正工作者")
        hits = {hit.passage: hit.score for hit in searcher.search(question, 10)}
        legs = searcher.legs(question, 10)
        head = legs["fused"][:4]
        shared = dict(zip(head, (sum(c in t for c in question.text) for t in reranker.read), strict=True))
        expected = sorted(head, key=lambda p: -(hits[p] + weight * shared[p]))
        assert legs["reranked"] == [*expected, *legs["fused"][4:]]
        legs = searcher.legs(searcher.understand("how many community workers"), 10)
        assert legs["reranked"] == legs["fused"]


def test_our_own_reader_reranks_unless_another_or_none_is_set() -> None:
    assert (from_environment({}).reranker, from_environment({}).rerank_depth) == ("bundled", 10)
    assert from_environment({"GONGWEN_RERANKER": ""}).reranker == ""
    chosen = from_environment({"GONGWEN_RERANKER": "folder", "GONGWEN_RERANK_DEPTH": "50"})
    assert (chosen.reranker, chosen.rerank_depth) == ("folder", 50)


@pytest.mark.parametrize("depth", ["0", "201", "many"])
def test_a_depth_out_of_bounds_is_refused(depth: str) -> None:
    with pytest.raises(SettingsError, match="GONGWEN_RERANK_DEPTH"):
        from_environment({"GONGWEN_RERANK_DEPTH": depth})


def test_a_fingerprint_follows_names_and_bytes_of_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a").write_bytes(b"1")
    first = fingerprint_of(str(folder))
    (folder / "a").rename(folder / "b")
    renamed = fingerprint_of(str(folder))
    (folder / "b").write_bytes(b"2")
    assert len({first, renamed, fingerprint_of(str(folder))}) == 3
    (folder / "b").rename(folder / "a")
    (folder / "a").write_bytes(b"1")
    assert fingerprint_of(str(folder)) == first
    assert fingerprint_of("some/name") == "some/name"


# the real library, with tiny models made here


def made(folder: Path, labels: int = 1, kind: str = "BertForSequenceClassification") -> str:
    """A tiny untrained model with a vocabulary of the characters of TEXTS."""
    import torch
    import transformers

    torch.manual_seed(0)
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys("".join(TEXTS))]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        num_labels=labels,
    )
    getattr(transformers, kind)(config).save_pretrained(folder)
    return str(folder)


def loaded(name: str) -> Reranker:
    """sentence-transformers takes seconds to import: only for these tests."""
    from index.reranker_st import CrossEncoderReranker

    return CrossEncoderReranker(name)


@pytest.mark.real
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
class TestCrossEncoder:
    def test_it_scores_as_the_model_does_whatever_the_batch(self, tmp_path: Path) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        folder = made(tmp_path / "model")
        reranker = loaded(folder)
        texts = [text * (1 + at % 3) for at, text in enumerate(TEXTS * 5)]
        found = reranker.scores("公职律师", texts)
        model, tokenizer = (k.from_pretrained(folder) for k in (AutoModelForSequenceClassification, AutoTokenizer))
        with torch.inference_mode():
            expected = [float(model.eval()(**tokenizer("公职律师", t, return_tensors="pt")).logits) for t in texts]
        assert found.dtype == np.float32
        assert np.allclose(found, expected, atol=1e-6)
        assert np.array_equal(found, reranker.scores("公职律师", texts))
        assert len(set(expected)) > 1
        assert reranker.scores("公职律师", []).shape == (0,)

    def test_a_long_text_is_cut_not_refused(self, tmp_path: Path) -> None:
        reranker = loaded(made(tmp_path / "model"))
        long, longer = reranker.scores("律师", ["公职" * 500, "公职" * 1000])
        assert long == pytest.approx(longer, abs=1e-6)

    def test_threads_may_share_it(self, tmp_path: Path) -> None:
        reranker = loaded(made(tmp_path / "model"))
        expected = reranker.scores("律师", TEXTS)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: reranker.scores("律师", TEXTS), range(40)))
        assert all(np.array_equal(expected, scores) for scores in found)

    def test_its_fingerprint_is_that_of_its_files(self, tmp_path: Path) -> None:
        folder = made(tmp_path / "model")
        assert loaded(folder).fingerprint == f"cross-encoder:{fingerprint_of(folder)}"

    @pytest.mark.parametrize("name", ["no/such-model", "no-such-model"])
    def test_a_model_that_is_not_here_is_refused(self, name: str) -> None:
        with pytest.raises(SettingsError, match="give the folder"):
            loaded(name)

    def test_a_folder_without_a_model_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="give the folder"):
            loaded(str(tmp_path))

    def test_damaged_weights_are_named(self, tmp_path: Path) -> None:
        weights = Path(made(tmp_path / "model")) / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
        with pytest.raises(SettingsError, match="copy the folder again"):
            loaded(str(weights.parent))

    def test_scores_that_are_no_numbers_are_refused(self, tmp_path: Path) -> None:
        from safetensors.numpy import load_file, save_file

        weights = Path(made(tmp_path / "model")) / "model.safetensors"
        broken = {name: np.full_like(values, np.nan) for name, values in load_file(weights).items()}
        save_file(broken, weights, {"format": "pt"})
        with pytest.raises(SettingsError, match="no numbers"):
            loaded(str(weights.parent)).scores("律师", TEXTS)

    def test_a_model_of_several_classes_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="gives 3 scores for a pair"):
            loaded(made(tmp_path / "model", labels=3))

    def test_an_encoder_without_a_trained_head_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="not trained to score pairs"):
            loaded(made(tmp_path / "model", kind="BertModel"))
