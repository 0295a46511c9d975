from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import assume, given
from hypothesis import strategies as st

import index.unpack
from api.settings import Settings
from api.wiring import Engine, make_encoder
from archive.types import Span
from index.judged import Asked, Target
from index.passages import encoded_text, passages
from index.training.averaging import mean
from index.training.examples import Claim, Group, Judged, read, write
from index.training.groups import (
    Marked,
    Paragraphs,
    glossed_groups,
    plain,
    reading_groups,
    retrieval_groups,
    squad,
    window_around,
    without_blanks,
)
from index.training.mining import judged, shingles
from index.training.recipes import EncoderRecipe, ReaderRecipe, VerifierRecipe
from index.training.splits import part_of
from index.weights import Sizes

# splits


def test_a_third_is_kept_for_reporting_and_never_moves() -> None:
    parts = [part_of(f"xquad:p{at}") for at in range(3000)]
    assert abs(parts.count("report") - 1000) < 80  # three standard deviations
    assert [part_of(key) for key in ("xquad:p0", "xquad:p1", "policyqa:d7", "")] == [
        "train",
        "train",
        "report",
        "train",
    ]


# examples

LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TEXTS = st.lists(LINES, max_size=3).map(tuple)
JUDGED = st.builds(Judged, LINES, LINES, TEXTS, TEXTS, TEXTS)
GROUPS = st.builds(Group, LINES, LINES, TEXTS, st.lists(st.none() | st.tuples(st.integers(), st.integers())).map(tuple))


@given(examples=st.lists(JUDGED, max_size=4) | st.lists(GROUPS, max_size=4))
def test_examples_come_back_as_they_were_written(
    examples: list[Judged] | list[Group], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "examples" / "some.jsonl"
    kind: Any = type(examples[0]) if examples else Group
    assert write(path, examples) == len(examples)
    assert list(read(path, kind)) == examples


def test_a_file_of_examples_is_whole_or_not_there(tmp_path: Path) -> None:
    def broken() -> Iterator[Judged]:
        yield Judged("s", "q", ("a",))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x.jsonl", broken())
    assert not (tmp_path / "x.jsonl").exists()
    write(tmp_path / "x.jsonl", [Judged("s", "old", ("a",))])
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x.jsonl", broken())
    assert [example.question for example in read(tmp_path / "x.jsonl", Judged)] == ["old"]


# groups

SENTENCES = st.builds(str.__add__, st.text("甲乙丙a1", min_size=1, max_size=60), st.sampled_from("。！？\n"))
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=12).map("".join)
LONGEST = 300


@given(text=PARAGRAPHS | st.text("甲乙", min_size=1, max_size=2000), data=st.data())
def test_a_window_holds_the_answer_and_is_bounded(text: str, data: st.DataObject) -> None:
    answer = spans_of(text, data)
    window = window_around(text, answer, random.Random(data.draw(st.integers(0, 99))))
    assert 0 <= window.start <= answer.start < answer.end <= window.end <= len(text)
    assert window.end - window.start <= max(2 * LONGEST, answer.end - answer.start + LONGEST)


@given(text=PARAGRAPHS, data=st.data(), longest=st.integers(120, LONGEST))
def test_a_window_grows_by_whole_sentences_as_far_as_it_may(text: str, data: st.DataObject, longest: int) -> None:
    answer = spans_of(text, data)
    assume(answer.of(text).strip())
    window = window_around(text, answer, random.Random(1), longest)
    ends = {0, len(text), *(at + 1 for at, character in enumerate(text) if character in "。！？\n")}
    around = Span(max(e for e in ends if e <= answer.start), min(e for e in ends if e >= answer.end))
    assert window.end - window.start <= max(longest, around.end - around.start)


def spans_of(text: str, data: st.DataObject) -> Span:
    start = data.draw(st.integers(0, len(text) - 1))
    return Span(start, data.draw(st.integers(start + 1, min(len(text), start + 40))))


@given(texts=st.lists(PARAGRAPHS, min_size=1, max_size=4), data=st.data(), seed=st.integers(0, 99))
def test_reading_groups_answer_in_their_first_text_alone(texts: list[str], data: st.DataObject, seed: int) -> None:
    titles = data.draw(st.lists(st.text("甲乙题", max_size=4), min_size=len(texts), max_size=len(texts)))
    marked = [Marked(str(at), "问", at, spans_of(text, data)) for at, text in enumerate(texts)]
    source = Paragraphs("s", tuple(titles), tuple(texts), tuple(marked))
    groups = list(reading_groups(source, random.Random(seed), others=0.8))
    assert [group.question for group in groups] == ["问"] * len(texts)
    for asked, group in zip(marked, groups, strict=True):
        answer, (start, end) = asked.span.of(texts[asked.paragraph]), group.spans[0] or (0, 0)
        assert group.texts[0][start:end] == answer
        assert len(group.texts) == len(group.spans) <= 2
        assert all(len(text) <= 2 * LONGEST + 5 for text in group.texts)
        for text, span in zip(group.texts[1:], group.spans[1:], strict=True):
            assert span == (0, 0)
            assert answer not in text


def test_a_title_that_prints_the_answer_stands_over_no_text_that_does_not_answer() -> None:
    source = Paragraphs("s", ("甲乙办法", "甲乙办法"), ("由甲乙负责。", "丙丁。"), (Marked("1", "问", 0, Span(1, 3)),))
    (group,) = reading_groups(source, random.Random(0), others=1, titled=1)
    assert group.texts == ("甲乙办法\n由甲乙负责。",)
    (group,) = reading_groups(source, random.Random(0), others=1, titled=0)
    assert group.texts == ("由甲乙负责。", "丙丁。")


def test_where_an_answer_that_says_the_question_again_begins_is_not_known() -> None:
    marked = (Marked("1", "谁负责甲事", 0, Span(0, 6)), Marked("2", "谁负责甲事", 0, Span(0, 2)))
    source = Paragraphs("s", ("题",), ("张三负责甲事。",), marked)
    groups = reading_groups(source, random.Random(0), others=0, titled=0, echoing=0.5)
    assert [(g.texts, g.spans) for g in groups] == [(("张三负责甲事。",), (None,)), (("张三负责甲事。",), ((0, 2),))]


def test_reading_groups_are_the_same_every_time() -> None:
    source = Paragraphs("s", ("题",), ("甲乙。丙丁。" * 30,), (Marked("1", "问", 0, Span(7, 8)),))
    assert list(reading_groups(source, random.Random(3))) == list(reading_groups(source, random.Random(3)))


def test_squad_finds_an_answer_that_moved_and_leaves_out_one_that_is_nowhere(tmp_path: Path) -> None:
    answers = {"right": ("乙", 1), "moved": ("丙", 0), "gone": ("丁", 0), "blank": ("", 0)}
    qas = [
        {"id": name, "question": "問", "answers": [{"text": text, "answer_start": start}]}
        for name, (text, start) in answers.items()
    ]
    content = {"data": [{"title": "題", "paragraphs": [{"context": "甲乙丙", "qas": qas}]}]}
    (tmp_path / "some.json").write_text(json.dumps(content), encoding="utf-8")
    found = squad(tmp_path / "some.json", "s", lambda text: text.replace("問", "问").replace("題", "题"))
    assert (found.titles, found.texts) == (("题",), ("甲乙丙",))
    assert found.marked == (Marked("right", "问", 0, Span(1, 2)), Marked("moved", "问", 0, Span(2, 3)))


@given(example=st.lists(JUDGED, max_size=3), negatives=st.integers(0, 5), seed=st.integers(0, 99))
def test_the_first_text_of_a_retrieval_group_answers(example: list[Judged], negatives: int, seed: int) -> None:
    groups = list(retrieval_groups(example, random.Random(seed), negatives))
    assert len(groups) == sum(min(3, len(e.passages)) for e in example)
    for group in groups:
        source = next(e for e in example if e.question == group.question and group.texts[0] in e.passages)
        assert len(group.texts) == 1 + min(negatives, len(source.negatives))
        assert all(group.texts[1:].count(text) <= source.negatives.count(text) for text in group.texts[1:])
        assert set(group.spans) == {None}


def test_a_marked_retrieval_group_knows_where_the_answer_stands() -> None:
    example = Judged("s", "q", ("前答后", "没有"), negatives=("也有答", "无一", "无二"))
    (group,) = retrieval_groups([example], random.Random(0), 3, answers={"q": "答"})
    assert group.texts[0] == "前答后"
    assert set(group.texts[1:]) == {"无一", "无二"}
    assert group.spans == ((1, 2), (0, 0), (0, 0))


def test_an_answer_that_is_printed_twice_stands_nobody_knows_where() -> None:
    example = Judged("s", "q", ("答前答后",), negatives=("无一",))
    (group,) = retrieval_groups([example], random.Random(0), 1, answers={"q": "答"})
    assert group.spans == (None, (0, 0))


@pytest.mark.parametrize("count", [5, 30])
def test_better_negatives_are_taken_more_often(count: int) -> None:
    example = Judged("s", "q", ("答",), negatives=tuple(str(at) for at in range(count)))
    rng = random.Random(0)
    taken = [int(g.texts[1]) for _ in range(600) for g in retrieval_groups([example], rng, 1)]
    assert taken.count(0) > 1.5 * taken.count(count - 1)
    assert sum(at < count / 3 for at in taken) > sum(at >= 2 * count / 3 for at in taken) * 1.3


@given(text=st.text("他是 ，A1", max_size=30), data=st.data())
def test_answers_stay_when_blanks_go(text: str, data: st.DataObject) -> None:
    assume(text.strip())
    start = data.draw(st.sampled_from([at for at, c in enumerate(text) if c != " "]))
    end = data.draw(st.sampled_from([at for at, c in enumerate(text) if c != " " and at >= start])) + 1
    source = Paragraphs("s", ("",), (text,), (Marked("1", "问", 0, Span(start, end)),))
    found = without_blanks(source)
    assert found.texts == (plain(text),)
    assert found.marked[0].span.of(found.texts[0]) == plain(text[start:end])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("迁居 弗吉尼亚 殖民地", "迁居弗吉尼亚殖民地"),
        ("国家橄榄球联盟 (NFL)，同时", "国家橄榄球联盟(NFL)，同时"),
        ("his own name 是", "his own name是"),
        ("1 2", "1 2"),
    ],
)
def test_plain_text_has_no_blanks_beside_chinese(text: str, expected: str) -> None:
    assert plain(text) == expected


# mining

BIKES = "第一条 公共自行车每次租车一小时以内免费，超过一小时的部分每小时收费一元，每天最高收费十元。"
DOCUMENTS = {
    "gold": f"公共自行车管理办法\n{BIKES}\n第二条 公共自行车由区城市管理局统一投放，任何单位和个人不得擅自移动公共自行车。\n",
    "version": f"公共自行车管理办法（旧）\n{BIKES.replace('十元', '八元')}\n第二条 公共自行车损坏的，由运营单位在三日内修复，逾期不修的由主管部门责令改正。\n",
    "cars": "停车收费通知\n第一条 路边停车一小时以内免费，超过的每小时五元。\n第二条 停车场按照面积缴纳费用，具体标准另行公布。\n",
    "lifts": "电梯安装意见\n第一条 老旧小区加装电梯的，每部补助十万元。\n第二条 电梯的养护由业主负责，费用从维修资金中列支。\n",
}


@pytest.fixture
def small(home: Path, models: Path, tmp_path: Path) -> Engine:
    for name, text in DOCUMENTS.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    engine = Engine(Settings(home=home, models=models, corpus=tmp_path / "none", reranker=""), FakeEncoder())
    assert {o.state for name in DOCUMENTS for o in engine.add(tmp_path / f"{name}.txt")} == {"added"}
    engine.build(lambda done, total: None)
    return engine


def titled(engine: Engine, title: str) -> Any:
    return next(d for d in engine.archive.documents(limit=9) if d.title == title)


def mined(engine: Engine, *targets: Target) -> list[Judged]:
    asked = Asked("1", "公共自行车租车多久免费？", "zh", targets, lost=0)
    return list(judged([asked], engine.searcher(), engine.archive, "s"))


def test_what_answers_and_what_reads_like_it_is_no_negative(small: Engine) -> None:
    document = titled(small, "公共自行车管理办法")
    at = document.text.index("一小时以内免费")
    (found,) = mined(small, Target(document.id, Span(at, at + 7)))
    gold = [p for _, p in passages(document) if p.span.start <= at < p.span.end]
    assert found.passages == tuple(encoded_text(document, p) for p in gold)
    assert (found.set, found.question) == ("s", "公共自行车租车多久免费？")
    assert not [
        text for text in found.negatives if "租车一小时以内免费" in text
    ]  # neither the gold nor the old version of it
    assert [text for text in found.negatives if "停车一小时以内免费" in text]
    assert [text for text in found.negatives if "不得擅自移动" in text], "another article of the gold document"
    assert len(set(found.negatives)) == len(found.negatives)


def test_no_passage_of_a_gold_document_is_a_negative(small: Engine) -> None:
    document = titled(small, "公共自行车管理办法")
    (found,) = mined(small, Target(document.id, None))
    assert found.passages == tuple(encoded_text(document, p) for _, p in passages(document))
    assert found.pieces == ()
    assert not [text for text in found.negatives if "不得擅自移动" in text]
    assert [text for text in found.negatives if "加装电梯" in text]


def test_a_question_without_a_gold_gives_no_example(small: Engine) -> None:
    assert mined(small) == []


def test_shingles_are_of_four_characters_without_blanks() -> None:
    assert shingles("甲乙 丙丁\n戊") == {"甲乙丙丁", "乙丙丁戊"}
    assert shingles("甲") == {"甲"}


# the models

WORDS = "▁ 公 共 自 行 车 电 梯 法 律 师 免 费 收 一 二 三 元 问 答 ： : 。 公共 自行车 电梯 ▁query ▁passage 律师 e s".split()
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


class TinyWeights:
    """Looks like index.weights.Weights: two layers of 32, and the words above."""

    sizes = Sizes(
        hidden=32,
        layers=2,
        heads=4,
        intermediate=64,
        vocabulary=len(SPECIAL) + len(WORDS),
        positions=512,
        types=2,
        epsilon=1e-12,
    )
    scores = np.array([0.0] * len(SPECIAL) + [-2.0 / len(word) for word in WORDS], np.float32)

    def __init__(self) -> None:
        self.special = dict(zip(("bos", "pad", "eos", "unk"), range(4), strict=True))
        self.normalisation: dict[int, str] = {}
        self._random = np.random.default_rng(5)
        wide, inner = self.sizes.hidden, self.sizes.intermediate
        parts = {**dict.fromkeys(("q", "k", "v", "ao"), (wide, wide)), "fi": (inner, wide), "fo": (wide, inner)}
        self.directory: dict[str, tuple[int, ...]] = {
            "emb.word": (self.sizes.vocabulary, wide),
            "emb.pos": (self.sizes.positions, wide),
            "emb.type": (self.sizes.types, wide),
        }
        norms = ["emb.ln"]
        for layer in range(self.sizes.layers):
            for part, shape in parts.items():
                self.directory |= {f"l{layer}.{part}.w": shape, f"l{layer}.{part}.b": shape[:1]}
            norms += [f"l{layer}.aln", f"l{layer}.oln"]
        self.directory |= {f"{norm}.{kind}": (wide,) for norm in norms for kind in "wb"}

    def pieces(self) -> list[str]:
        return [*SPECIAL, *WORDS]

    def tensor(self, name: str) -> np.ndarray:
        if "ln." in name:
            return np.full(self.directory[name], float(name.endswith("w")), np.float32)
        return self._random.normal(0, 0.2, self.directory[name]).astype(np.float32)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder as index.unpack writes it, of a tiny model."""
    folder = tmp_path_factory.mktemp("start")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index.unpack, "read_weights", lambda path: TinyWeights())
        index.unpack.unpack(Path("none"), folder)
    return folder


@pytest.fixture(scope="module")
def tokenizer(start: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(start))


@given(text=st.text("公共自行车电梯元? ", min_size=1, max_size=30), data=st.data())
def test_tokens_cover_the_characters_of_an_answer(tokenizer: Any, text: str, data: st.DataObject) -> None:
    from index.training.reader import encoded

    answer = spans_of(text, data)
    assume(answer.of(text) == answer.of(text).strip())
    row = encoded(tokenizer, "公共问", text)
    first, last = row.tokens_of((answer.start, answer.end))
    assert row.first <= first <= last < row.first + len(row.offsets)
    offsets = row.offsets[first - row.first : last - row.first + 1]
    assert offsets[0][0] <= answer.start < offsets[0][1], "it begins in the first token"
    assert offsets[-1][0] < answer.end <= offsets[-1][1], "it ends in the last token"


def test_a_sequence_has_question_and_text_in_their_places(tokenizer: Any) -> None:
    from index.reader import PAIR_LIMIT, QUESTION_LIMIT
    from index.training.reader import encoded

    row = encoded(tokenizer, "公共问", "电梯一元")
    words = tokenizer.convert_ids_to_tokens(row.ids)
    assert words == ["<s>", "▁", "公共", "问", "</s>", "</s>", "▁", "电梯", "一", "元", "</s>"]
    assert words[row.first : row.first + len(row.offsets)] == ["▁", "电梯", "一", "元"]
    assert row.tokens_of((2, 3)) == (8, 8)
    assert row.tokens_of((0, 0)) == (0, 0)
    assert row.tokens_of(None) == (-100, -100)
    long = encoded(tokenizer, "问" * 200, "元" * 1000)
    assert (len(long.ids), long.first) == (PAIR_LIMIT, QUESTION_LIMIT + 3)
    assert long.tokens_of((0, 3))[1] > 0
    assert long.tokens_of((900, 905)) == (0, 0), "it was cut off"
    assert long.tokens_of((3, 999)) == (0, 0), "its end was cut off"


def test_the_collator_pads_and_numbers_the_groups(tokenizer: Any) -> None:
    from index.training.reader import Collator

    groups = [
        {"question": "问", "texts": ("电梯", "公共自行车一二三元"), "spans": ((0, 2), (0, 0)), "answered": True},
        {"question": "公共问", "texts": ("一元",), "spans": (None,), "answered": False},
    ]
    made = {name: tensor.tolist() for name, tensor in Collator(tokenizer)(groups).items()}
    assert made["group"] == [0, 0, 1]
    assert made["right"] == [True, False, False]
    assert made["starts"] == [5, 0, -100], "the blank before a text stands where its first character does"
    assert made["ends"] == [6, 0, -100]
    assert {len(row) for row in made["input_ids"]} == {max(sum(row) for row in made["attention_mask"])}
    for ids, mask, readable in zip(made["input_ids"], made["attention_mask"], made["readable"], strict=True):
        assert [i == SPECIAL.index("<pad>") for i in ids] == [not m for m in mask]
        second = [at for at, i in enumerate(ids) if i == SPECIAL.index("</s>")][1]
        inside = [bool(m) and (at == 0 or second < at < sum(mask) - 1) for at, m in enumerate(mask)]
        assert readable == inside


def test_texts_read_a_few_at_a_time_are_read_as_all_at_once(start: Path, tokenizer: Any) -> None:
    import torch
    from transformers import BertModel

    from index.training.reader import Collator, CrossEncoder

    model = CrossEncoder(BertModel.from_pretrained(str(start), add_pooling_layer=False)).eval()
    texts = tuple("公共自行车电梯" * (at % 5) + "元" for at in range(19))
    made = Collator(tokenizer)([{"question": "问", "texts": texts, "spans": ((0, 1),) * 19, "answered": True}])
    ids, mask = made["input_ids"], made["attention_mask"]
    with torch.inference_mode():
        whole = model.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        found = model.states(ids, mask)
    assert torch.allclose(found[mask.bool()], whole[mask.bool()], atol=1e-5)


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x))


def test_the_relevance_loss_by_hand() -> None:
    import torch

    from index.training.reader import _relevance_loss

    scores, group = torch.tensor([2.0, 1.0, -1.0, 0.5, 3.0, -2.0, 1.5, 0.0]), torch.tensor([0, 0, 0, 1, 2, 2, 3, 3])
    right = torch.tensor([True, False, False, True, True, False, False, False])  # nothing answers the last question
    among = [-math.log(math.exp(2) / (math.exp(2) + math.exp(1) + math.exp(-1))), -log_sigmoid(5.0)]
    alone = [log_sigmoid(s) for s in (2.0, -1.0, 1.0, 0.5, 3.0, 2.0, -1.5, 0.0)]
    expected = sum(among) / 2 - 0.2 * sum(alone) / 8
    assert _relevance_loss(scores, group, right).item() == pytest.approx(expected, rel=1e-5)
    single = _relevance_loss(torch.tensor([0.5]), torch.tensor([3]), torch.tensor([True])).item()
    assert single == pytest.approx(-0.2 * log_sigmoid(0.5), rel=1e-5)


class Killed(Exception):
    """What a test stops a training with."""


@dataclass
class Watch:
    """The steps that were begun, and the one at which a training is stopped."""

    begun: list[int] = field(default_factory=list)
    dies_at: int = -1

    def step(self, number: int) -> None:
        if number == self.dies_at:
            raise Killed
        self.begun.append(number)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Trainings are watched, and keep a checkpoint every four steps."""
    from index.training import encoder, trainers

    watch = Watch()

    class Watched(trainers._Curve):
        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            watch.step(state.global_step)

    monkeypatch.setattr(trainers, "_STEPS_BETWEEN_CHECKPOINTS", 4)
    for module in (encoder, trainers):
        monkeypatch.setattr(module, "log_of", lambda out, progress=None: Watched(out / "log.jsonl", progress))
    return watch


TOPICS = ("公共自行车", "电梯", "律师", "法律", "收费")
QUESTIONS = tuple(f"{topic}{one}元{two}" for topic in TOPICS for one in "一二三" for two in "问答")


def judged_examples() -> list[Judged]:
    return [
        Judged(
            "tiny",
            f"问{topic}{at}",
            (f"{text}。", f"{text}免费。"),
            pieces=(text,),
            negatives=tuple(f"{other}答。" for other in QUESTIONS if other[:2] != text[:2])[:3],
        )
        for topic in ("公共", "法")
        for at, text in zip("一二三元" * 8, QUESTIONS, strict=False)
    ]


ENCODER = EncoderRecipe(sets={"tiny": (4, 2)}, batch=8, rate=3e-3, tokens=32, kept=0.1, threads=1)


def encoder_of(start: Path, out: Path, recipe: EncoderRecipe = ENCODER) -> dict[str, np.ndarray]:
    from sentence_transformers import SentenceTransformer

    from index.training.encoder import Replay, train_encoder

    vectors = SentenceTransformer(str(start), device="cpu").encode([f"passage: {text}" for text in QUESTIONS[:8]])
    model = train_encoder(start, judged_examples(), Replay(QUESTIONS[:8], vectors), out, recipe)
    return index.unpack.load_state(model / "model.safetensors")


def curve(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray], names: Sequence[str]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in names)


def of_embeddings(state: dict[str, np.ndarray]) -> list[str]:
    return [name for name in state if name.removeprefix("bert.").startswith("embeddings.")]


def test_an_encoder_learns_goes_on_after_a_kill_and_is_done_once(start: Path, tmp_path: Path, watched: Watch) -> None:
    before = index.unpack.load_state(start / "model.safetensors")
    whole = encoder_of(start, tmp_path / "whole")
    steps = len(watched.begun)
    losses = [line["loss"] for line in curve(tmp_path / "whole") if "loss" in line]
    assert losses[-1] < losses[0] * 0.9
    assert same(before, whole, of_embeddings(before))
    assert len(of_embeddings(before)) == 5
    assert not same(before, whole, ["encoder.layer.0.attention.self.query.weight"])

    watched.dies_at, watched.begun[:] = 7, []
    with pytest.raises(Killed):
        encoder_of(start, tmp_path / "killed")
    assert not (tmp_path / "killed" / "model").exists()
    watched.dies_at, watched.begun[:] = -1, []
    resumed = encoder_of(start, tmp_path / "killed")
    assert watched.begun == list(range(4, steps)), "it goes on from the checkpoint"
    assert curve(tmp_path / "killed")[-1]["step"] == steps
    assert same(whole, resumed, list(before)), "as if nothing had happened"

    watched.begun[:] = []
    assert same(whole, encoder_of(start, tmp_path / "killed"), list(before))
    assert watched.begun == []


def test_weights_are_averaged(start: Path, tmp_path: Path, watched: Watch) -> None:
    before = index.unpack.load_state(start / "model.safetensors")
    recipe = replace(ENCODER, sets={"tiny": (1, 2)}, kept=0.25)
    kept = encoder_of(start, tmp_path / "kept", recipe)
    full = encoder_of(start, tmp_path / "full", replace(recipe, kept=0.0))
    name = "encoder.layer.1.output.dense.weight"
    assert not np.array_equal(before[name], full[name])
    assert np.allclose(kept[name], 0.25 * before[name] + 0.75 * full[name], atol=1e-6)


READER = ReaderRecipe(batch=4, rate=3e-3, frozen=0, threads=1)


def tiny_groups() -> list[Group]:
    return [
        Group("tiny", f"{text[:2]}问", (f"{text}。", f"{other}。"), ((0, len(text)), (0, 0)))
        for text, other in zip(QUESTIONS, reversed(QUESTIONS), strict=True)
        if text[:2] != other[:2]
    ]


def reader_of(start: Path, out: Path) -> dict[str, np.ndarray]:
    from index.training.reader import train_reader

    return index.unpack.load_state(train_reader(start, tiny_groups() * 4, out, READER))


@pytest.mark.parametrize("dies_at", [6, 21])
def test_a_reader_learns_goes_on_after_a_kill_and_is_done_once(
    start: Path, tmp_path: Path, watched: Watch, dies_at: int
) -> None:
    embeddings = index.unpack.load_state(start / "model.safetensors")
    whole = reader_of(start, tmp_path / "whole")
    steps = len(watched.begun)
    losses = [line["loss"] for line in curve(tmp_path / "whole") if "loss" in line]
    assert losses[-1] < losses[0] * 0.8
    for name in of_embeddings(whole):
        assert np.array_equal(whole[name], embeddings[name.removeprefix("bert.")])
    assert {"relevance.weight", "relevance.bias", "span.weight", "span.bias"} < set(whole)

    watched.dies_at, watched.begun[:] = dies_at, []
    with pytest.raises(Killed):
        reader_of(start, tmp_path / "killed")
    assert not (tmp_path / "killed" / "model.safetensors").exists()
    watched.dies_at, watched.begun[:] = -1, []
    resumed = reader_of(start, tmp_path / "killed")
    assert watched.begun == list(range(dies_at // 4 * 4, steps))
    assert curve(tmp_path / "killed")[-1]["step"] == steps
    assert same(whole, resumed, list(whole))

    watched.begun[:] = []
    reader_of(start, tmp_path / "killed")
    assert watched.begun == []


def verifier_of(start: Path, reader: Path, out: Path) -> dict[str, np.ndarray]:
    from index.training.verifier import train_verifier

    claims = [
        Claim("tiny", f"{text[:2]}问", f"【{words}】。", words == text, 1.0)
        for text, other in zip(QUESTIONS, reversed(QUESTIONS), strict=True)
        if text[:2] != other[:2]
        for words in (text, other)
    ]
    recipe = VerifierRecipe(batch=4, rate=3e-3, frozen=0, threads=1)
    return index.unpack.load_state(train_verifier(start, reader, claims * 4, out, recipe))


def test_a_verifier_goes_on_from_a_reader_and_after_a_kill(start: Path, tmp_path: Path, watched: Watch) -> None:
    reader_of(start, tmp_path / "reader")
    reader = tmp_path / "reader" / "model.safetensors"
    before = index.unpack.load_state(reader)
    watched.begun[:] = []
    whole = verifier_of(start, reader, tmp_path / "whole")
    steps = len(watched.begun)
    losses = [line["loss"] for line in curve(tmp_path / "whole") if "loss" in line]
    assert losses[-1] < losses[0] * 0.9
    assert set(whole) == set(before)
    for name in [*of_embeddings(whole), "span.weight", "span.bias"]:
        assert np.array_equal(whole[name], before[name])

    watched.dies_at, watched.begun[:] = 6, []
    with pytest.raises(Killed):
        verifier_of(start, reader, tmp_path / "killed")
    watched.dies_at, watched.begun[:] = -1, []
    resumed = verifier_of(start, reader, tmp_path / "killed")
    assert watched.begun == list(range(4, steps))
    assert same(whole, resumed, list(whole))


def test_a_claim_counts_what_it_weighs() -> None:
    import torch

    from index.training.verifier import Verifier

    class Still(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relevance = torch.nn.Linear(1, 1)
            torch.nn.init.constant_(self.relevance.weight, 1.0)
            torch.nn.init.constant_(self.relevance.bias, 0.0)

        def states(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return ids.unsqueeze(-1).float()

    verifier = Verifier(Still())  # type: ignore[arg-type]
    right, weight = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0])
    found = verifier(torch.tensor([[3, 0], [0, 9]]), torch.ones(2, 2), right, weight)
    assert found["logits"].tolist() == [3, 0]
    assert found["loss"].item() == pytest.approx(math.log(2))


def test_a_checkpoint_that_a_kill_cut_off_is_passed_over(tmp_path: Path) -> None:
    from index.training.trainers import last_checkpoint

    assert last_checkpoint(tmp_path) is None
    for number, state in ((8, "{}"), (12, '{"global'), (16, None)):
        folder = tmp_path / "checkpoints" / f"checkpoint-{number}"
        folder.mkdir(parents=True)
        if state is not None:
            (folder / "trainer_state.json").write_text(state, encoding="utf-8")
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoints" / "checkpoint-8")
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["checkpoint-8"]


@pytest.mark.real
def test_the_real_encoder_is_trained_on_and_exported(tmp_path: Path, models: Path) -> None:
    """Two steps: near to what it was, but another one; and what was in the way is gone."""
    from index.training.local import Task, learn

    texts = ("公职律师", "社区矫正", "行政复议", "法律援助")
    examples = [Judged("own", f"何为{text}", (f"{text}的规定。",), negatives=texts) for text in texts]
    untuned = make_encoder("untuned", models)
    task = Task(None, untuned, examples, texts, replace(ENCODER, sets={"own": (1, 2)}, batch=4))
    steps: list[tuple[int, int]] = []
    learn(task, tmp_path / "work", tmp_path / "own.npz", lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]
    assert {path.name for path in (tmp_path / "work").iterdir()} <= {"log.jsonl", "lock"}
    trained = make_encoder(str(tmp_path / "own.npz"), models)
    for text in texts:
        assert 0.7 < trained.encode_query(text) @ untuned.encode_query(text) < 0.99999


# averaging


def test_the_mean_of_models() -> None:
    one = {"a": np.array([[1.0, 2.0]], np.float32), "b": np.array([4.0], np.float32)}
    two = {"a": np.array([[3.0, 2.0]], np.float32), "b": np.array([0.0], np.float32)}
    both = mean([one, two])
    assert {name: tensor.tolist() for name, tensor in both.items()} == {"a": [[2.0, 2.0]], "b": [2.0]}
    assert {tensor.dtype for tensor in both.values()} == {np.dtype(np.float32)}
    assert mean([one])["a"].tolist() == one["a"].tolist()


@pytest.mark.parametrize("others", [{"a": np.zeros(2)}, {"a": np.zeros(3), "b": np.zeros(1)}])
def test_no_mean_of_different_models(others: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="other tensors"):
        mean([{"a": np.zeros(3)}, others])
    with pytest.raises(ValueError, match="no model"):
        mean([])


def test_a_gloss_stands_above_every_text_and_the_spans_move_with_them() -> None:
    groups = [
        Group("s", "how many", ("公职律师86人", "法制员280人"), ((4, 7), (0, 0))),
        Group("s", "which", ("律师事务所",), (None,)),
        Group("s", "who", ("局长",), ((0, 0),), answered=False),
    ]
    gloss = {"公职律师86人": "lawyer 公职律师\n", "律师事务所": "firm 事务所\n"}
    made = list(glossed_groups(groups, lambda _, text: gloss.get(text, "") + text, random.Random(1), 1.0))
    start, end = made[0].spans[0] or (0, 0)
    assert made[0].texts == ("lawyer 公职律师\n公职律师86人", "法制员280人")
    assert made[0].texts[0][start:end] == "86人"
    assert made[0].spans[1] == (0, 0), "no answer stays none"
    assert made[1].spans == (None,)
    assert (made[2].spans, made[2].answered) == (((0, 0),), False)
    assert list(glossed_groups(groups, lambda _, text: "题\n" + text, random.Random(1), 0.0)) == groups
