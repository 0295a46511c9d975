from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wiring import Engine
from index.answers import LEAST_CONFIDENCE, _needed
from index.candidates import Candidate
from index.foreign_names import ForeignName, is_spelled_as, names_asked
from index.glossary import _TERMS, Glossary
from index.mentions import is_pinyin, places_asked
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
        ("“Kearney” is where?", []),
        ("Vaccinations matter. Kearney pays what?", []),
        ("What does the Cybersecurity Law say of the Phytosanitary Regulations?", []),
        ("What does the Xinjiang Uygur Autonomous Region require of Homeowners and a Decarbonization Plan?", []),
        ("Who are the Procuratorial organs? Is Antimonopoly work done?", []),
        ("How many lawyers does the bureau have?", []),
        ("", []),
    ],
)
def test_the_foreign_names_of_a_question(glossary: Glossary, question: str, names: list[tuple[str, ...]]) -> None:
    assert [name.words for name in names_asked(question, glossary.translations)] == names


def test_no_official_term_is_a_name(glossary: Glossary) -> None:
    for line in _TERMS.read_text(encoding="utf-8").splitlines():
        english = line.split("\t")[0]
        asked = f"What does the {english.title()} say?"
        assert all(name.translations for name in names_asked(asked, glossary.translations)), english


@pytest.mark.timeout(10)
def test_no_word_takes_long() -> None:
    hostile = ("xiao" * 220).capitalize() + "v"
    assert not is_pinyin(hostile.lower())
    assert is_pinyin("xiao" * 200)
    assert places_asked(f"Where is {hostile} District now, {hostile}?") == ()
    assert names_asked(f"Where is {hostile} now?", lambda _: []) == ()
    many = names_asked("of " + "Qwertz " * 130, lambda _: [])
    assert len(many) == 1
    assert not many[0].is_spelled_in("斯尔拉克亚特德利里尼" * 120)


def test_a_name_stands_where_it_is_printed_spelled_or_translated() -> None:
    kearney = ForeignName(("Kearney",))
    assert kearney.is_spelled_in("以M·西奥·科尔尼的名字命名")
    assert kearney.is_spelled_in("叫科尔尼大道")
    assert kearney.is_printed_in("KEARNEY大道")
    for text in ("全区有公职律师86人", "弗雷斯诺", ""):
        assert not kearney.is_printed_in(text)
        assert not kearney.is_spelled_in(text)
    assert ForeignName(("Graham", "Twigg")).is_spelled_in("特威格认为")
    assert ForeignName(("Oxbridge",), ("牛桥",)).is_printed_in("牛桥大学")
    assert ForeignName(("Café",)).is_printed_in("在Cafe内")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_is_printed_where_it_stands(name: str, text: str) -> None:
    assert ForeignName((name,)).is_printed_in(text + name)
    assert is_spelled_as(name, text) <= (len(text) > 0)


def test_words_about_a_name_that_is_not_there_must_be_as_sure_as_a_date(engine: Engine) -> None:
    searcher = engine.searcher()
    question = searcher.understand("What does the notice say of volunteers?")
    first = engine.answerer()._found(question, Filters())[0].candidates[0]
    document = first.document
    absent, there = ForeignName(("Kearney",)), ForeignName(("Xyzzy",), (document.text.strip()[-4:],))

    def needed(kind: str, *names: ForeignName, of: Candidate | None = first) -> float:
        return _needed(replace(question, names=names), kind, of)

    assert needed("text") == needed("text", there) == needed("text", absent, of=None) == LEAST_CONFIDENCE["text en"]
    assert needed("text", there, absent) == LEAST_CONFIDENCE["date"]
    assert needed("figure", absent) == LEAST_CONFIDENCE["figure"]
    signed = replace(first, document=replace(document, issuer="科尔尼市政府"))
    assert needed("text", absent, of=signed) == LEAST_CONFIDENCE["text en"]
    far = replace(document, text=document.text + "。" * 500 + "科尔尼")
    assert needed("text", absent, of=replace(first, document=far)) == LEAST_CONFIDENCE["date"]
