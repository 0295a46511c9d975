from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wiring import Engine
from index.answers import LEAST_CONFIDENCE, _needed
from index.foreign_names import ForeignName, is_spelled_as, names_asked
from index.glossary import Glossary
from index.types import Filters


@pytest.mark.parametrize(
    ("name", "characters"),
    [
        ("Kearney", "科尔尼"),
        ("Huguenot", "胡格诺"),
        ("Fresno", "弗雷斯诺"),
        ("Mendota", "门多塔"),
        ("Lindisfarne", "林迪斯法恩"),
        ("Siemens", "西门子"),
        ("Martin", "马丁"),
        ("Volkswagen", "福尔克斯瓦根"),
        ("Škoda", "斯柯达"),
        ("Newcastle", "纽卡斯尔"),
        ("Jacksonville", "杰克逊维尔"),
    ],
)
def test_characters_spell_a_name(name: str, characters: str) -> None:
    assert is_spelled_as(name, characters)


@pytest.mark.parametrize(
    ("name", "characters"),
    [
        ("Kearney", "弗雷斯诺"),
        ("Fresno", "科尔尼"),
        ("Mendota", "林迪斯法恩"),
        ("Ghandi", "免疫力"),
        ("Siemens", "福特"),
        ("Aia", "阿以"),
        ("Kearney", ""),
    ],
)
def test_characters_of_another_name(name: str, characters: str) -> None:
    assert not is_spelled_as(name, characters)


@pytest.fixture(scope="module")
def glossary(models: Path) -> Glossary:
    return Glossary(models, lambda word: True)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who is Kearney Boulevard named after?", [("Kearney",)]),
        ("What does Graham Twigg propose about the spread of disease?", [("Graham", "Twigg")]),
        ("How are ergänzungsschulen funded in Newcastle?", [("ergänzungsschulen",), ("Newcastle",)]),
        ("Fines in an internet café of Nankai District", []),
        ("Which Police Bureau in Tianjin reports to the IPCC and the SMEs?", []),
        ("Kearney", []),
        ("How many lawyers does the bureau have?", []),
        ("", []),
    ],
)
def test_the_foreign_names_of_a_question(glossary: Glossary, question: str, names: list[tuple[str, ...]]) -> None:
    assert [name.words for name in names_asked(question, glossary.translations)] == names


def test_a_name_stands_where_it_is_printed_spelled_or_translated() -> None:
    kearney = ForeignName(("Kearney",))
    assert kearney.stands_in("以M·西奥·科尔尼的名字命名")
    assert kearney.stands_in("ＫＥＡＲＮＥＹ大道".replace("ＫＥＡＲＮＥＹ", "KEARNEY"))
    assert kearney.stands_in("叫科尔尼大道")
    assert not kearney.stands_in("全区有公职律师86人")
    assert ForeignName(("Graham", "Twigg")).stands_in("特威格认为")
    assert ForeignName(("Oxbridge",), ("牛桥",)).stands_in("牛桥大学")
    assert ForeignName(("Café",)).stands_in("在Cafe内")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_and_text_can_be_compared(name: str, text: str) -> None:
    assert is_spelled_as(name, text) in (True, False)
    assert ForeignName((name,)).stands_in(text + name)


def test_words_about_a_name_that_is_not_there_must_be_as_sure_as_a_date(engine: Engine) -> None:
    searcher = engine.searcher()
    question = searcher.understand("What does the notice say of volunteers?")
    (hit,) = searcher.search(question, 1, Filters())
    document = searcher.document(hit.passage.doc_id, hit.passage.revision)
    first = engine.answerer()._found(question, Filters())[0].candidates[0]
    assert first.document == document
    absent, there = ForeignName(("Kearney",)), ForeignName(("Xyzzy",), (document.title[:4],))
    assert _needed(question, "text", first) == LEAST_CONFIDENCE["text en"]
    assert _needed(replace(question, names=(there,)), "text", first) == LEAST_CONFIDENCE["text en"]
    assert _needed(replace(question, names=(there, absent)), "text", first) == LEAST_CONFIDENCE["date"]
    assert _needed(replace(question, names=(absent,)), "figure", first) == LEAST_CONFIDENCE["figure"]
    assert _needed(replace(question, names=(absent,)), "text") == LEAST_CONFIDENCE["text en"]
