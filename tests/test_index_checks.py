from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.numerals import value_of
from archive.types import Document, Section, Span
from index.checks import doubt, faults, names, numerals, read_sentence, without_faults
from index.types import Answer, AnswerFigure, cite

TEXT = (
    "关于队伍建设的报告\n目前,已发展公职律师86人,专(兼)职法制员280人。"
    "培训民警5万余人次,启动协同任务4.6万余件。应诉率达到100%。"
    "2023年11月,滨海新区被评为“示范城市”。未发生重大案件。\n"
    "第四十七条 强制隔离戒毒的期限为二年。违法的,处以罚款;情节轻微的,不予处罚。\n"
)
DOCUMENT = Document(
    id="0123456789ab",
    revision="r1",
    title="关于队伍建设的报告",
    text=TEXT,
    sections=(Section(("关于队伍建设的报告",), Span(0, 10), Span(10, len(TEXT)), 1),),
)


def _span(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start, start + len(words))


def _answer(printed: str, cited: str, value: str = "86", unit: str = "人") -> Answer:
    figure = AnswerFigure(Decimal(value), None, unit, "exact", "", "", _span(printed))
    return Answer("有多少", "figure", printed, 0.9, (cite(DOCUMENT, _span(cited)),), (figure,))


LAWYERS = _answer("86人", "目前,已发展公职律师86人,专(兼)职法制员280人。")
ALL = Answer(
    "有哪些", "passage", TEXT, 0.9, (cite(DOCUMENT, Span(0, len(TEXT))), cite(DOCUMENT, _span("应诉率达到100%。")))
)


def text_of(doc_id: str, revision: str) -> str:
    return TEXT


def _words(stems: tuple[str, ...]) -> list[tuple[str, float]]:
    known = {
        ("lawyer",): "律师",
        ("public", "lawyer"): "公职律师",
        ("legal", "offic"): "法制员",
        ("offic",): "公职",
        ("bureau",): "报告",
    }
    return [(known[stems], 1.0)] if stems in known else []


def test_an_answer_that_stands_has_no_faults() -> None:
    assert faults(LAWYERS, text_of) == []
    assert faults(ALL, text_of) == []
    assert without_faults(LAWYERS, []) is LAWYERS


FAULTY: list[tuple[Callable[[Answer], Answer], str]] = [
    (lambda a: replace(a, citations=(replace(a.citations[0], quote="公职律师87人"),)), "quote"),
    (lambda a: replace(a, citations=(replace(a.citations[0], quote_sha256="0" * 64),)), "hash"),
    (lambda a: replace(a, text="87人"), "numeral"),
    (lambda a: replace(a, text="6人"), "numeral"),
    (lambda a: replace(a, text="八十七人"), "numeral"),
    (lambda a: replace(a, text="北京市86人"), "name"),
    (lambda a: replace(a, figures=(replace(a.figures[0], value=Decimal(87)),)), "figure"),
    (lambda a: replace(a, figures=(replace(a.figures[0], span=_span("100%")),)), "figure"),
    (lambda a: replace(a, citations=()), "text"),
    (lambda a: replace(a, alternatives=(replace(a.citations[0], quote="没有"),)), "quote"),
]


@pytest.mark.parametrize(("spoil", "kind"), FAULTY)
def test_a_spoiled_answer_is_found_and_becomes_a_refusal(spoil: Callable[[Answer], Answer], kind: str) -> None:
    spoiled = spoil(LAWYERS)
    found = faults(spoiled, text_of)
    assert kind in {fault.kind for fault in found}
    refusal = without_faults(spoiled, found)
    assert (refusal.kind, refusal.reason, refusal.citations, refusal.figures) == ("refusal", "unchecked", (), ())


def test_a_refusal_only_has_its_nearest_passages_looked_at() -> None:
    assert faults(Answer("?", "refusal", "无法回答：没有9个。", 0.0), text_of) == []


NUMERALS = [
    ("公职律师86人", {86}),
    ("186人", {186}),
    ("８６人", {86}),
    ("4.6万余件", {46000}),
    ("1,500余件", {1500}),
    ("三百二十人", {320}),
    ("第三十三条", {33}),
    ("百分之三十", {30}),
    ("没有数字", set()),
]


@pytest.mark.parametrize(("text", "values"), NUMERALS)
def test_numerals_are_whole(text: str, values: set[int]) -> None:
    assert numerals(text) == values


def test_names() -> None:
    assert "北京市" in "".join(names("北京市有公职律师"))


SENTENCES = [
    ("已发展公职律师86人。[1]", ""),
    ("公职律师86人[1]。", ""),
    ("专(兼)职法制员28十人[1]。", "unsupported"),
    ("目前，已发展公职律师86人，专(兼)职法制员280人。[1]", ""),
    ("专(兼)职法制员共有280人。[1]", ""),
    ("专(兼)职法制员２８０人。[1]", ""),
    ("根据《关于队伍建设的报告》，应诉率达到100%。[2]", ""),
    ("应诉率达到100%。[1][2]", ""),
    ("启动协同任务46000余件。[1]", ""),
    ("启动协同任务超过4.6万件。[1]", ""),
    ("强制隔离戒毒的期限为2年。[1]", ""),
    ("2023年11月，滨海新区被评为“示范城市”。[1]", ""),
    ("未发生重大案件。[1]", ""),
    ("情节轻微的，不予处罚。[1]", ""),
    ("已发展公职律师86人。", "uncited"),
    ("已发展公职律师86人。[0]", "no-such-citation"),
    ("已发展公职律师86人。[3]", "no-such-citation"),
    ("已发展公职律师86人。[1,9]", "no-such-citation"),
    ("已发展公职律师86人。[2]", "numeral"),
    ("应诉率达到100%，已发展公职律师86人。[1]", "unsupported"),
    ("已发展公职律师87人。[1]", "numeral"),
    ("已发展公职律师186人。[1]", "numeral"),
    ("已发展公职律师8\u200b6人。[1]", "odd-character"),
    ("已发展公职律师⑧⑥人。[1]", "odd-character"),
    ("已发展公职律师𝟖𝟔人。[1]", "odd-character"),
    ("已发展公职律师٨٦人。[1]", "odd-character"),
    ("已发展公职律师8б人。[1]", "odd-character"),
    ("已发展公职律师8 6人。[1]", "numeral"),
    ("已发展公职律师B6人。[1]", "numeral"),
    ("已发展公职律师捌拾陆人。[1]", "unsupported"),
    ("已发展公职律师280人。[1]", "unsupported"),
    ("专(兼)职法制员86人。[1]", "unsupported"),
    ("已发展公职律师86%。[1]", "unsupported"),
    ("已发展公职律师86名。[1]", "unsupported"),
    ("已发展公职律师86万人。[1]", "numeral"),
    ("已发展公职律师超过86人。[1]", "unsupported"),
    ("启动协同任务4.6万件。[1]", "unsupported"),
    ("启动协同任务不到4.6万余件。[1]", "unsupported"),
    ("启动协同任务超过4.6万余件。[1]", "unsupported"),
    ("启动协同任务4.6亿余件。[1]", "numeral"),
    ("没有发展公职律师86人。[1]", "unsupported"),
    ("发生重大案件。[1]", "unsupported"),
    ("违法的，不予处罚。[1]", "unsupported"),
    ("不予处罚。[1]", "unsupported"),
    ("张建国发展公职律师86人。[1]", "unsupported"),
    ("2022年11月，滨海新区被评为“示范城市”。[1]", "numeral"),
    ("2023年12月，滨海新区被评为“示范城市”。[1]", "numeral"),
    ("滨海新区被评为“模范城市”。[1]", "false-quote"),
    ("报告指出“公职律师86人,应诉率达到100%”。[1]", "false-quote"),
    ("报告指出“6人”。[1]", "false-quote"),
    ("根据《另一份报告》，应诉率达到100%。[2]", "false-quote"),
    ("应诉率“达到100%。[2]", "false-quote"),
    ("There are 86 public lawyers [1].", ""),
    ("There are 86 lawyers.[1]", ""),
    ("There are 87 lawyers.[1]", "numeral"),
    ("There are 280 lawyers.[1]", "unsupported"),
    ("There are 86 officers.[1]", "unsupported"),
    ("There are 86 legal officers.[1]", "unsupported"),
    ("There are 86 million lawyers.[1]", "unsupported"),
    ("There are 86% lawyers.[1]", "unsupported"),
    ("There are more than 86 lawyers.[1]", "unsupported"),
    ("There are not 86 lawyers.[1]", "unsupported"),
    ("There are eighty-six lawyers.[1]", "unsupported"),
    ("There are two thirds of 86 lawyers.[1]", "unsupported"),
    ("In 2023 there were 86 lawyers.[1]", "numeral"),
    ("John Smith says there are 86 lawyers.[1]", "unsupported"),
    ("There are LXXXVI lawyers.[1]", "unsupported"),
]


@pytest.mark.parametrize(("sentence", "why"), SENTENCES)
def test_a_sentence_leaves_only_when_its_passages_say_as_much(sentence: str, why: str) -> None:
    answer = replace(ALL, citations=(LAWYERS.citations[0],), figures=LAWYERS.figures) if sentence.isascii() else ALL
    assert doubt(read_sentence(sentence), answer, _words) == why


def test_marks_are_read_and_taken_out() -> None:
    sentence = read_sentence(" - 公职律师86人 [1]【2】[1, 3]。")
    assert (sentence.text, sentence.citations) == ("公职律师86人。", (1, 2, 3))


TRUE = [sentence for sentence, why in SENTENCES if not why and re.search(r"\d", re.sub(r"\[\d\]", "", sentence))]


@given(st.data())
def test_no_other_digit_gets_through(data: st.DataObject) -> None:
    sentence = data.draw(st.sampled_from(TRUE))
    text = read_sentence(sentence)
    at = data.draw(st.sampled_from([m.start() for m in re.finditer(r"\d", text.text)]))
    others = [d for d in "0123456789〇一二三四五六七八九十百千万两半" if value_of(d) != value_of(text.text[at])]
    put = data.draw(st.sampled_from(others))
    spoiled = replace(text, text=text.text[:at] + put + text.text[at + 1 :])
    assert _doubt(spoiled.text, text.citations)


@given(st.data())
def test_nothing_put_beside_a_digit_gets_through(data: st.DataObject) -> None:
    text = read_sentence(data.draw(st.sampled_from(TRUE)))
    beside = [m.start() for m in re.finditer(r"\d", text.text)] + [m.end() for m in re.finditer(r"\d", text.text)]
    at = data.draw(st.sampled_from(beside))
    put = data.draw(
        st.sampled_from([*"123456789.,-/%‰万亿千百十半几多第前近约", "\u200b", "①", "余", "million ", "not "])
    )
    assert _doubt(text.text[:at] + put + text.text[at:], text.citations) or numerals(put) == numerals("")


@given(st.text(max_size=60), st.integers(0, 60))
def test_no_other_words_get_through_with_a_number_of_their_own(words: str, at: int) -> None:
    text = f"{words[:at]}97人{words[at:]}"
    assert _doubt(text, (1,))


def _doubt(text: str, citations: tuple[int, ...]) -> str:
    answer = replace(ALL, citations=(LAWYERS.citations[0],), figures=LAWYERS.figures) if text.isascii() else ALL
    return doubt(replace(read_sentence(""), text=text, citations=citations), answer, _words)
