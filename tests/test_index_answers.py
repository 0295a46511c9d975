from __future__ import annotations

import random
import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEncoder, FakeReader, FakeVerifier

from api.render import answer_lines
from api.settings import Settings
from api.wiring import Engine
from archive.figures import dates_in, figures
from archive.structure import sections
from archive.text import clauses, sentences
from archive.types import Document, Span
from index.answers import Answerer, _gives, _in_full, _is_rival
from index.candidates import Candidate
from index.confidence import VERIFIED, Features
from index.demands import ASKS_BY_HOW_MUCH, ASKS_NORM
from index.types import Answer, Filters

sys.path.insert(0, str(Path(__file__).parent / "quality"))
from answers import judge, questions
from facts import FACTS, rows
from facts import judge as judge_fact


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("全区有社区矫正专职工作者多少人", "45人"),
        ("志愿者有多少名", "120余名"),
        ("开展培训多少期", "12期"),
        ("覆盖率", "98.5%"),
        ("走访家庭多少户次", "1,500余户次"),
        ("2022年接收社区矫正对象多少人", "300人"),
    ],
)
def test_a_tiny_archive(engine: Engine, question: str, text: str) -> None:
    answer = engine.answerer().answer(question)
    assert (answer.kind, answer.text) == ("figure", text)
    assert len(answer.figures) == 1
    check_citations(engine, answer)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("2019年接收社区矫正对象多少人", "other-year"),
        ("全区有多少辆警车", "no-figure"),
        ("？？！", "no-words"),
        ("量子计算机的原理", "no-subject"),
        ("四川省志愿者有多少名", "no-figure"),
    ],
)
def test_a_refusal_says_why(engine: Engine, question: str, reason: str) -> None:
    answer = engine.answerer().answer(question)
    assert (answer.kind, answer.reason) == ("refusal", reason)
    assert not answer.citations
    check_citations(engine, answer)


def test_only_what_was_not_seen_lies_elsewhere(engine: Engine) -> None:
    """An answer that was there for the whole question, and not sure enough, is not of another year or place."""
    answerer = Answerer(engine.searcher(), FakeReader("45人"))
    question = engine.searcher().understand("全区有社区矫正专职工作者多少人")
    best = answerer._found(question, Filters())[0].candidates[0]
    assert answerer._would_do(question, Filters(), set())
    assert not answerer._would_do(question, Filters(), {(best.document.id, best.span)})


@pytest.mark.parametrize(
    "question", ["当事人可以委托几名代理人", "一次能申请几项", "how many agents may a party appoint"]
)
def test_who_asks_what_may_be_asks_for_a_rule(question: str) -> None:
    assert ASKS_NORM.search(question)


@pytest.mark.parametrize("question", ["有多少台智能设备", "新能源公交车有多少辆", "how many lawyers are on staff"])
def test_who_asks_what_is_asks_for_no_rule(question: str) -> None:
    assert not ASKS_NORM.search(question)


def test_the_same_question_gets_the_same_answer(engine: Engine) -> None:
    answers = [engine.answerer().answer("开展培训多少期") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.real
@pytest.mark.parametrize("row", [r for r in questions() if r["must"]], ids=lambda r: str(r["question"]))
def test_the_shipped_report(real: Engine, row: dict[str, object]) -> None:
    answer = real.answerer().answer(str(row["question"]))
    assert judge(answer.kind, answer.text, row["answer"]) in ("right answer", "right refusal")
    if row["answer"] is not None:
        assert str(row["answer"]) in answer.citations[0].quote
        assert real.archive.get(answer.citations[0].doc_id).collection == "reports"
    check_citations(real, answer)


@pytest.mark.real
def test_what_an_article_allows_answers_who_asks_for_it_and_nobody_else(real: Engine) -> None:
    assert real.answerer().answer("当事人可以委托几名诉讼代理人").text == "一至二人"
    laws = Filters(collection="laws")
    assert real.answerer().answer("how many lawyers are on staff", laws).kind == "refusal"


@pytest.mark.real
def test_most_of_the_judged_questions(real: Engine) -> None:
    """A floor, below what tests/quality/answers.py prints; never may most refusals turn into answers."""
    verdicts = []
    for row in questions():
        answer = real.answerer().answer(str(row["question"]))
        verdicts.append(judge(answer.kind, answer.text, row["answer"]))
    assert sum(v.startswith("right") for v in verdicts) >= 0.93 * len(verdicts)
    assert sum(v in ("wrong answer", "answered without a source") for v in verdicts) <= 4


@pytest.mark.real
@pytest.mark.parametrize(
    ("question", "begins", "holds"),
    [
        ("存在哪些不足", "虽然新区公安局", "二是普法措施不多"),
        ("行政处罚的种类有哪些", "行政处罚的种类：", "（六）"),
        ("what are the shortcomings of the bureau", "虽然新区公安局", "三是依法决策机制需要进一步健全"),
    ],
)
def test_what_is_announced_comes_along(real: Engine, question: str, begins: str, holds: str) -> None:
    answer = real.answerer().answer(question)
    assert answer.text.startswith(begins)
    assert holds in answer.text
    check_citations(real, answer)


@pytest.mark.real
def test_what_announces_a_whole_document_does_not_bring_it_along(real: Engine) -> None:
    answer = real.answerer().answer("滨海新区公安局在区委、区政府的坚强领导下报告了哪些情况")
    assert "全年累计1200余人参训" not in answer.text


@pytest.mark.real
def test_an_article_is_looked_up(real: Engine) -> None:
    answer = real.answerer().answer("《行政处罚法》第三十三条是什么")
    assert answer.text.startswith("第三十三条 违法行为轻微并及时改正")
    assert answer.citations[0].path[-1] == "第三十三条"
    assert real.answerer().answer("行政处罚法第九百条").reason == "no-article"


@pytest.mark.real
def test_random_questions_cite_what_is_printed(real: Engine) -> None:
    """Questions made of words of the corpus, whole and broken; every citation must stand in its document."""
    chance = random.Random(2023)
    documents = real.archive.documents(limit=100)
    answerer = real.answerer()
    kinds = set()
    for _ in range(300):
        answer = answerer.answer(random_question(chance, chance.choice(documents)))
        kinds.add(answer.kind)
        check_citations(real, answer)
    assert {"figure", "passage", "refusal", "date"} <= kinds


def random_question(chance: random.Random, document: Document) -> str:
    within = chance.choice([s for s in document.sections if s.body.of(document.text).strip()]).body
    sentence = chance.choice(list(sentences(document.text, within)))
    clause = chance.choice(list(clauses(document.text, sentence))).of(document.text)
    start = chance.randrange(len(clause))
    words = clause[start : start + chance.randint(2, 30)]
    return chance.choice(
        [
            "{}",
            "{}多少",
            "有多少{}",
            "{}是什么",
            "何时{}",
            "{}率是多少",
            "how many {}",
            "{}多少人",
            "2023年{}",
            "{title}何时施行",
        ]
    ).format(words, title=document.title)


def check_citations(engine: Engine, answer: Answer) -> None:
    for citation in (*answer.citations, *answer.alternatives):
        document = engine.archive.get(citation.doc_id, citation.revision)
        assert citation.quote == citation.span.of(document.text)
        assert citation.quote
    for figure in answer.figures:
        assert answer.citations[0].span.covers(figure.span)
    if answer.kind != "refusal":
        assert answer.text in answer.citations[0].quote


def asked_with(engine: Engine, question: str, *words: str) -> Answer:
    """The answer of a reader that finds these words."""
    return Answerer(engine.searcher(), FakeReader(*words)).answer(question)


def test_a_reader_is_one_voice_among_others(engine: Engine) -> None:
    """It reads the volunteers for the staff, and is not believed; nor are the words alone when it says otherwise."""
    assert asked_with(engine, "全区有社区矫正专职工作者多少人", "45人").text == "45人"
    assert asked_with(engine, "全区有社区矫正专职工作者多少人", "120余名").kind == "refusal"


def verified(engine: Engine, question: str, verifier: FakeVerifier) -> Answer:
    return Answerer(engine.searcher(), FakeReader("45人"), verifier=verifier).answer(question, explain=True)


def test_what_a_verifier_does_not_believe_is_less_sure(engine: Engine) -> None:
    """It hears candidates marked in their sentences, and the trace shows what it made of them."""
    question = "全区有社区矫正专职工作者多少人"
    believing = FakeVerifier("45人")
    answer = verified(engine, question, believing)
    assert answer.text == "45人"
    assert any("专职工作者【45人】" in text for text in believing.heard)
    assert answer.trace
    assert "'verified': 6.0" in str(answer.trace["candidates"])
    assert verified(engine, question, FakeVerifier()).confidence < answer.confidence


@pytest.mark.parametrize(
    ("question", "is_number"),
    [
        ("全区有社区矫正专职工作者多少人", True),
        ("全区何时有社区矫正专职工作者", True),
        ("谁是社区矫正专职工作者", False),
        ("全区有社区矫正专职工作者吗", False),
    ],
)
def test_a_verifier_is_told_whether_a_number_is_asked_for(engine: Engine, question: str, is_number: bool) -> None:
    """Words too are heard by the one for numbers where a number is asked for."""
    verifier = FakeVerifier()
    verified(engine, question, verifier)
    assert set(verifier.asked_for_number) == {is_number}
    assert len(verifier.asked_for_number) == (2 if is_number else 1)


def test_a_verifier_hears_the_first_different_answers(tmp_path: Path, models: Path) -> None:
    """Copies of one keep no other from being heard, and what is not heard comes after."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for at in range(8):
        (folder / f"copy{at}.txt").write_text(f"第{at}号工作通报\n全局现有公职律师86人。\n", encoding="utf-8")
    for at, count in enumerate((11, 12, 13, 14, 15, 16)):
        (folder / f"other{at}.txt").write_text(f"其他通报{at}\n某所现有公职律师{count}人。\n", encoding="utf-8")
    engine = Engine(
        Settings(home=tmp_path / "home", models=models, corpus=tmp_path / "none", reranker=""), FakeEncoder()
    )
    assert {outcome.state for outcome in engine.add(folder)} == {"added"}
    engine.build(lambda done, total: None)
    verifier = FakeVerifier("86人")
    found = Answerer(engine.searcher(), FakeReader("86人"), verifier=verifier)._found(
        engine.searcher().understand("公职律师有多少人"), Filters()
    )
    figures = [re.search("【(.*)】", text)[1] for text in verifier.heard[:VERIFIED]]  # type: ignore[index]
    assert len(set(figures)) == VERIFIED
    assert found[0].candidates[0].printed == "86人"
    assert found[0].candidates[1].printed != "86人"
    assert [c.verified for c in found[0].candidates[VERIFIED:]] == [0] * (len(found[0].candidates) - VERIFIED)


@pytest.mark.parametrize(
    ("question", "believed", "expected"),
    [
        ("重大决策有哪些依据", "法律、章程", ("法律", "章程")),
        ("重大决策有哪些必经程序", "不得省略", ("不得省略",)),
        # the third of the passage, and the only one of as many items
        ("重大决策有哪三道必经程序", "专家论证、公众参与、集体讨论", ("专家论证", "公众参与", "集体讨论")),
        ("重大决策有哪些必经程序", None, ("不得省略",)),
    ],
)
def test_a_verifier_finds_the_enumeration_beside_what_the_reader_took(
    tmp_path: Path, models: Path, question: str, believed: str | None, expected: tuple[str, ...]
) -> None:
    """Without one nobody can tell, and the reader's words stay."""
    (tmp_path / "rules.txt").write_text(
        "重大决策的规定\n重大决策依据法律、章程，听取干部、群众，将专家论证、公众参与、集体讨论作为必经程序，不得省略。\n",
        encoding="utf-8",
    )
    engine = Engine(
        Settings(home=tmp_path / "home", models=models, corpus=tmp_path / "none", reranker=""), FakeEncoder()
    )
    assert {outcome.state for outcome in engine.add(tmp_path / "rules.txt")} == {"added"}
    engine.build(lambda done, total: None)
    verifier = FakeVerifier(believed) if believed else None
    answer = Answerer(engine.searcher(), FakeReader("不得省略"), verifier=verifier).answer(question)
    assert (answer.kind, answer.items) == ("list", expected)


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        ("甲、乙", "依据甲、乙", False),
        ("依据甲、乙", "甲、乙", False),
        ("甲、乙", "丙、丁", True),
        ("甲、乙", "程序", True),
    ],
)
def test_words_that_hold_an_enumeration_are_none_of_its_rivals(first: str, other: str, expected: bool) -> None:
    text = "依据甲、乙，丙、丁作为程序。"
    document = Document("d", "r", "规定", text, sections(text))

    def candidate(words: str) -> Candidate:
        start = text.index(words)
        span, whole = Span(start, start + len(words)), Span(0, len(text))
        is_list = words in ("甲、乙", "丙、丁")
        return Candidate(document, document.sections[0], whole, span, Features(), is_enumeration=is_list)

    assert _is_rival(candidate(other), candidate(first)) == expected


@pytest.mark.parametrize(
    ("question", "text", "words", "expected"),
    [
        ("最长可以分几年缴纳", "价款可以一次缴纳。", "一次", False),
        ("比分是多少", "比分为20比1。", "20比1", True),
        ("系统升到了几版", "系统升到2.0版。", "2.0版", True),
        ("系统升到了几版", "系统升到2.0版。", "系统升", False),
        ("金额是多少钱", "金额是86元。", "86元", False),  # a figure that was not sure enough
        ("运费补贴是百分之几", "给予一定比例的运费补贴。", "一定比例", False),
    ],
)
def test_words_stand_for_a_figure_only_in_its_measure(
    engine: Engine, question: str, text: str, words: str, expected: bool
) -> None:
    document = Document("d", "r", "通知", text, sections(text))
    start = text.index(words)
    span = Span(start, start + len(words))
    candidate = Candidate(document, document.sections[0], Span(0, len(text)), span, Features())
    assert _gives(engine.searcher().understand(question), candidate) == expected


def test_a_question_that_was_changed_is_not_verified_by_its_text(engine: Engine) -> None:
    """What another year would have given is found without the verifier, which would read the year that was asked."""
    verifier = FakeVerifier()
    assert verified(engine, "2019年全区有社区矫正专职工作者多少人", verifier).reason == "other-year"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("周边二百米范围内不得设立网吧。", "二百米范围内"),
        ("应当在七日内答复。", "七日内"),
        ("处一万元以下罚款。", "一万元以下"),
        ("应当在7个工作日前申请。", "7个工作日前"),
        ("三年前期工作已经完成。", "三年"),
        ("全局有律师86人。", "86人"),
    ],
)
def test_a_figure_is_printed_with_what_bounds_it(text: str, printed: str) -> None:
    document, whole = Document("0" * 12, "r", "规定", text, sections(text)), Span(0, len(text))
    (figure,) = figures(text, whole)
    candidate = Candidate(document, document.sections[0], whole, figure.span, Features(), figure=figure)
    assert _in_full(candidate).of(text) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2025年底封关运作。", "2025年底"),
        ("2020年3月底前兑现。", "2020年3月底前"),
        ("2025年上半年完成。", "2025年上半年"),
        ("2025年初步核算完成。", "2025年"),
    ],
)
def test_a_date_is_printed_with_what_bounds_it(text: str, printed: str) -> None:
    document, whole = Document("0" * 12, "r", "规定", text, sections(text)), Span(0, len(text))
    (date,) = dates_in(text, whole)
    candidate = Candidate(document, document.sections[0], whole, date.span, Features())
    assert _in_full(candidate).of(text) == printed


def test_the_title_counts_for_a_verdict(engine: Engine) -> None:
    text = "公共机构不得收费。"
    document, whole = Document("0" * 12, "r", "人力资源市场管理暂行条例", text, sections(text)), Span(0, len(text))
    candidate = Candidate(document, document.sections[0], whole, whole, Features())
    asked = engine.searcher().understand("人力资源市场管理暂行条例允许公共服务机构收费吗")
    answerer = engine.answerer()
    assert answerer._verdict(asked, candidate) == "no"
    assert answerer._verdict(asked, replace(candidate, document=replace(document, title="规定"))) == ""


@pytest.mark.parametrize(
    ("question", "wants_change"),
    [("建设提升多少所村卫生室", False), ("收入提高多少", True), ("占比提高多少个百分点", True)],
)
def test_how_many_were_improved_asks_for_no_growth(question: str, wants_change: bool) -> None:
    assert (ASKS_BY_HOW_MUCH.search(question) is not None) is wants_change


def test_yes_and_no_are_said_by_whole_sentences(engine: Engine) -> None:
    """What a reader takes for the words is marked with all of its sentence."""
    verifier = FakeVerifier()
    verified(engine, "全区有社区矫正专职工作者吗", verifier)
    heard = [re.search("【(.*)】", text)[1] for text in verifier.heard if "45人" in text]  # type: ignore[index]
    assert heard
    assert all(len(sentence) > len("45人") for sentence in heard)


def test_a_verifier_sees_which_words_say_in_chinese_what_is_asked(engine: Engine) -> None:
    verifier = FakeVerifier()
    verified(engine, "How many people work in community correction?", verifier)
    assert verifier.heard
    assert any("社区" in text.partition("\n")[0] and "communit" in text.partition("\n")[0] for text in verifier.heard)


def test_without_a_reader_no_verifier_is_heard(engine: Engine) -> None:
    silent = FakeVerifier()
    Answerer(engine.searcher(), verifier=silent).answer("全区有社区矫正专职工作者多少人")
    assert not silent.heard


def test_words_that_a_reader_finds_are_cited_with_their_sentence(engine: Engine) -> None:
    answer = asked_with(engine, "社区矫正工作经费由谁落实", "区财政局会同区司法局")
    assert (answer.kind, answer.text) == ("span", "区财政局会同区司法局")
    assert answer.citations[0].quote.startswith("区财政局会同")
    check_citations(engine, answer)


def test_a_list_has_its_items(engine: Engine) -> None:
    answer = asked_with(engine, "通过哪些方式宣传社区矫正法律法规", "微信公众号")
    assert answer.kind == "list"
    assert "微信公众号" in answer.items
    check_citations(engine, answer)


def test_what_no_reader_finds_is_refused(engine: Engine) -> None:
    assert asked_with(engine, "量子计算机的原理").kind == "refusal"


def test_an_answer_that_is_not_in_the_text_is_withheld(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    answerer = Answerer(engine.searcher(), None, lambda doc_id, revision: "另一个文本")
    answer = answerer.answer("全区有社区矫正专职工作者多少人")
    assert (answer.kind, answer.reason) == ("refusal", "unchecked")
    assert "answer withheld: quote" in caplog.text


def test_an_explanation_tells_what_each_stage_saw(engine: Engine) -> None:
    trace = engine.answerer().answer("开展培训多少期", explain=True).trace
    assert list(trace) == ["question", "passages", "candidates", "checks", "decision"]
    lines = list(answer_lines(engine.answerer().answer("开展培训多少期", explain=True), colour=False))
    assert len(lines) <= 45  # one screen
    assert any(line.startswith("decision    figure") for line in lines)


@pytest.mark.real
def test_facts_of_the_report_beside_their_traps(real: Engine) -> None:
    """Every third of the facts: hardly a figure may be wrong, and most of what the report does not say stays unsaid."""
    verdicts: Counter[tuple[str, str]] = Counter()
    for row in rows(FACTS)[::3]:
        verdicts[row["kind"], judge_fact(row, real.answerer().answer(row["question"]))] += 1
    assert verdicts["figure", "wrong"] <= 1
    assert verdicts["figure", "right"] >= 15
    assert verdicts["none", "made up"] <= 3
