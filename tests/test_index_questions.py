from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.evidence import context, coverage, presence, spoken
from index.glossary import _TERMS, Glossary, english_words, glossary_version, stem
from index.questions import understand
from index.types import Concept

VOCABULARY = frozenset("律师 人员 派出所 考试 出庭 负责人 支部 执法 高级 模型 公安局 无人机 停车位 停车场".split())


@pytest.fixture(scope="module")
def glossary(models: Path) -> Glossary:
    return Glossary(models, VOCABULARY.__contains__)


def weight(words: Sequence[str]) -> float:
    return 1.0


def test_english_finds_chinese_words(glossary: Glossary) -> None:
    assert glossary.words((stem("lawyers"),))[0] == ("律师", 1.0)
    assert "派出所" in dict(glossary.words(tuple(english_words("police station"))))
    assert "出庭" in dict(glossary.words(tuple(english_words("appear in court"))))
    assert {word for word, _ in glossary.words((stem("lawyers"),))} <= VOCABULARY
    assert glossary.longest(english_words("appear in court today"), 0) == 2
    assert glossary.words(("franc",)) == glossary.words(("",)) == ()


def test_every_official_term_is_found_before_others(models: Path) -> None:
    """One line a term by its stems. A word that is passed over must not turn a term into its contrary (without licence)."""
    every = Glossary(models, lambda word: True)
    rows = [line.split("\t") for line in _TERMS.read_text(encoding="utf-8").splitlines()]
    keys = [tuple(english_words(english)) for english, _ in rows]
    assert len(set(keys)) == len(keys) > 4000
    assert not [english for english, _ in rows if re.search(r"\b(?:without|no|not)\b", english)]
    for key, (_, chinese) in zip(keys, rows, strict=True):
        words = chinese.split()
        assert {word for word, _ in every.words(key)[: len(words)]} == set(words)


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("labour", "labor"),
        ("unauthorised organisations", "unauthorized organizations"),
        ("digitalisation", "digitalization"),
        ("modernised centre", "modernized center"),
        ("licence offences", "license offenses"),
        ("grey metres", "gray meters"),
        ("internet cafés", "internet cafes"),
    ],
)
def test_english_is_read_however_it_is_spelled(british: str, american: str) -> None:
    assert english_words(british) == english_words(american)


def test_no_word_becomes_another_by_its_spelling(glossary: Glossary) -> None:
    """What ends in -ise by itself keeps its noun (revise, revision)."""
    for one, other in (
        ("revise", "revision"),
        ("supervise", "supervision"),
        ("advertise", "advertisement"),
        ("buses", "bus"),
        ("gases", "gas"),
        ("analyses", "analysis"),
        ("unlicenced", "unlicensed"),
    ):
        assert stem(one) == stem(other)
    assert stem("improvisation") != stem("improve")
    assert glossary.words((stem("labours"),)) == glossary.words((stem("labor"),))


def test_a_stay_in_hospital_is_no_hospital(models: Path) -> None:
    every = Glossary(models, lambda word: True)
    assert "住院" in every.translations("hospitalisation")
    assert every.translations("hospital")[0] == "医院"


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("接处警件次", "件次"),
        ("立案件数", "件"),
        ("全年接待游客万人次", "人次"),
        ("耕地面积万亩", "亩"),
        ("安全许可由新区承接审批？", ""),
        ("多大规模的活动要先报批？", ""),
        ("惠及商户？", ""),
    ],
)
def test_a_word_is_no_measure_word_by_its_end(glossary: Glossary, question: str, unit: str) -> None:
    assert understand(question, glossary, weight).unit == unit


def test_lay_words_find_what_officials_print(models: Path) -> None:
    every = Glossary(models, lambda word: True)
    for english, chinese in (("contribution rate", "缴存比例"), ("get fired", "解除劳动合同"), ("leashes", "牵引带")):
        assert (chinese, 1.0) in every.words(tuple(english_words(english)))


def test_other_terms_are_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = glossary_version()
    (tmp_path / "terms.tsv").write_text("lawyer\t律师\n", encoding="utf-8")
    monkeypatch.setattr("index.glossary._TERMS", tmp_path / "terms.tsv")
    glossary_version.cache_clear()
    assert glossary_version() != before
    monkeypatch.undo()
    glossary_version.cache_clear()
    assert glossary_version() == before


def test_every_line_of_the_glossary_is_found(glossary: Glossary, models: Path) -> None:
    lines = (models / f"glossary-{glossary_version()}.tsv").read_text(encoding="utf-8").splitlines()
    every = Glossary(models, lambda word: True)
    for line in [*lines[:: len(lines) // 500], lines[0], lines[-1]]:
        key, _, words = line.partition("\t")
        first, _, trust = words.split()[0].rpartition("=")
        assert every.words(tuple(key.split()))[0] == (first.removesuffix("*"), float(trust))
        assert glossary.words((key + "x",)) == ()


@pytest.mark.parametrize(
    ("text", "language", "asked", "unit", "kind"),
    [
        ("全局有多少公职律师", "zh", "figure", "", None),
        ("工作服浸泡 含氯消毒液 浓度", "zh", "figure", "", None),
        ("Concentration of chlorine for soaking work clothes", "en", "figure", "", None),
        ("多少人通过法律职业资格考试", "zh", "figure", "人", "count"),
        ("有多少户籍派出所推行一窗通办", "zh", "figure", "", None),
        ("多少类重点行政案件入驻", "zh", "figure", "类", "count"),
        ("应诉率", "zh", "figure", "", "share"),
        ("拘留期限是多久", "zh", "figure", "", "duration"),
        ("线下培训累计多少人参训", "zh", "figure", "人", "count"),
        ("何时被评为示范城市", "zh", "date", "", None),
        ("行政处罚的种类有哪些", "zh", "list", "", None),
        ("How many lawyers are on staff?", "en", "figure", "", None),
        ("how many times did leaders appear in court", "en", "figure", "次", None),
        ("what percentage of disputes were resolved", "en", "figure", "", "share"),
        ("what was the 2023 budget", "en", "figure", "", "money"),
        ("when was Binhai named a demonstration city", "en", "date", "", None),
        ("who may apply", "en", "span", "", None),
    ],
)
def test_what_is_asked(glossary: Glossary, text: str, language: str, asked: str, unit: str, kind: str | None) -> None:
    question = understand(text, glossary, weight)
    assert (question.language, question.asked, question.unit) == (language, asked, unit)
    assert (kind is None) or question.kinds == {kind}


@pytest.mark.parametrize(
    ("text", "focus", "heads"),
    [
        ("全局有多少公职律师", {"公职", "律师"}, {"律师"}),
        ("有多少户籍派出所推行一窗通办", {"户籍", "派出所"}, {"派出所"}),
        ("警务协同任务启动多少件", {"警务", "协同", "任务"}, {"任务"}),
        ("how many lawyers are on staff", {"lawyer"}, {"lawyer"}),
        ("How many lawyers took part in the exam", {"lawyer"}, {"lawyer"}),
        ("How many lawyers registered for the exam", {"lawyer"}, {"lawyer"}),
        ("How many parking spaces do the large car parks have?", {"park space"}, {"park space"}),
    ],
)
def test_what_is_counted(glossary: Glossary, text: str, focus: set[str], heads: set[str]) -> None:
    question = understand(text, glossary, weight)
    assert {question.concepts[at].surface for at in question.focus} == focus
    assert {question.concepts[at].surface for at in question.heads} == heads


def test_years_are_no_concepts(glossary: Glossary) -> None:
    question = understand("2022年有多少公职律师", glossary, weight)
    assert question.years == {2022}
    assert all("2022" not in c.surface for c in question.concepts)


@pytest.mark.parametrize(
    ("text", "unit", "kinds", "others"),
    [
        ("能领多少育儿补贴", "", {"money"}, set()),
        ("有多少税务人员", "", {"count", "money"}, {"size"}),
        ("What was Hubei's GDP in 2024?", "", {"count", "money", "size"}, set()),
        ("Number of industrial robots made in 2024", "", {"count"}, {"size", "money"}),
        ("how much is the first-class prize in yuan?", "", {"money"}, {"size"}),
        ("How much freight was carried?", "", {"money", "share", "size"}, set()),
        ("收了多少粮食", "", {"count"}, {"size", "money"}),
        ("营造林多少万亩", "亩", {"size"}, set()),
        ("发了多少亿元贷款", "元", {"money"}, set()),
        ("检查频次压减了几成", "", {"share"}, set()),
        ("没有号牌罚几块钱", "块钱", {"money"}, set()),
        ("骗取失业保险金 罚款倍数", "", {"share"}, set()),
        ("社会消费品零售总额增长多少", "", {"money", "share"}, {"count", "size"}),
        ("保护令有效期最长", "", {"duration"}, set()),
        ("有多少名律师", "名", {"count"}, set()),
        ("Within how many working days must it decide?", "个工作日", {"duration"}, set()),
        ("How long is the metro network?", "", {"duration"}, {"size"}),
        ("How many projects worth over 100 million yuan were built?", "", {"count"}, {"size", "money"}),
        ("What is the fine for smoking?", "", {"money"}, {"count", "size", "share"}),
        ("How soon must a court rule?", "", {"duration"}, set()),
        ("撤职的影响期有多长", "", {"duration"}, set()),
        ("隧道有多长", "", {"size", "duration"}, {"count", "money"}),
        ("好几个处分合起来处分期最长多久", "", {"duration"}, set()),
        ("离学校多近不能开网吧", "", {"size"}, {"count", "money"}),
        ("How many times the damages may be awarded?", "", {"share", "count"}, {"money", "size"}),
        ("How many metres on each side?", "米", {"size"}, set()),
        ("How often must the plan be reviewed?", "", {"duration", "count"}, {"size", "money"}),
        ("How close to a school may a bar open?", "", {"size"}, {"count", "money"}),
        ("top secret, maximum years of secrecy", "", {"count", "share", "money", "size", "duration"}, set()),
    ],
)
def test_the_kinds_of_figure_that_answer_and_those_that_may(
    glossary: Glossary, text: str, unit: str, kinds: set[str], others: set[str]
) -> None:
    question = understand(text, glossary, weight)
    assert (question.unit, question.kinds, question.other_kinds) == (unit, kinds, others)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Which networks led in the 1970s?", set()),
        ("the play of the 1980's", set()),
        ("Which networks led in 1970?", {1970}),
        ("How did the 1990s and 2023 differ?", {2023}),
    ],
)
def test_a_decade_is_no_year(glossary: Glossary, text: str, years: set[int]) -> None:
    assert understand(text, glossary, weight).years == years


def test_coverage_grows_with_what_is_found() -> None:
    concepts = [Concept("律师", (("律师", 1.0),), 2.0), Concept("员工", (("职工", 0.5),), 1.0)]
    near, far = context("公职律师", 1.0), context("在编职工", 0.5)
    assert coverage(concepts, []) == 0
    assert coverage(concepts, [near]) == pytest.approx(2 / 3)
    assert coverage(concepts, [near, far]) == pytest.approx((2 + 0.25) / 3)
    assert presence("高级执法资格", "执法资格考试") == pytest.approx(0.8 * 3 / 5)
    assert presence("律师", "法官") == 0
    assert spoken(concepts, "公职律师") == 0.5


@pytest.mark.parametrize("kept", [0, 1000])
def test_a_dictionary_that_was_cut_off_is_made_again(
    kept: int, models: Path, glossary: Glossary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glossary.prepare()
    name = f"glossary-{glossary_version()}.tsv"
    whole = (models / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:kept])
    monkeypatch.setattr("index.glossary._make", lambda path: path.write_bytes(whole))
    assert Glossary(tmp_path, VOCABULARY.__contains__).words((stem("lawyers"),)) == glossary.words((stem("lawyers"),))
