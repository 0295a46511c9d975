from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import cedict
from index.cedict import simplified
from index.words import grams, squash, tag, terms, tokens, words


def test_words() -> None:
    assert squash("专(兼)职，法制员！") == "专兼职法制员"
    assert "4.6" in tokens("４.６万余件")
    assert "1500" in tokens("1,500余件")
    assert "的" not in words("公安局的工作")
    assert ("律师", "n") in tag("公职律師")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("公职律师", ["公职", "职律", "律师", "公", "职", "律", "师"]),
        ("国发〔2023〕12号", ["国发", "国", "发", "2023", "12", "号"]),
        ("专(兼)职", ["专兼", "兼职", "专", "兼", "职"]),
        ("１,５００件，Police", ["1500", "件", "police"]),
        ("國務院", ["国务", "务院", "国", "务", "院"]),
        ("，。", []),
    ],
)
def test_grams(text: str, expected: list[str]) -> None:
    assert grams(text) == expected


def test_terms_are_grams_and_longer_words() -> None:
    assert {"派出", "出所", "派出所"} <= set(terms("派出所"))
    assert terms("律师").count("律师") == 1


@given(st.text(st.characters(categories=["L", "N", "P"], max_codepoint=0x2FFFF), max_size=40))
def test_what_a_text_is_found_by_does_not_depend_on_width_or_script(text: str) -> None:
    assert len(simplified(text)) == len(text)
    assert simplified(simplified(text)) == simplified(text)
    assert grams(simplified(text)) == grams(text)


def test_traditional_characters_are_found_as_simplified() -> None:
    assert simplified("機關事務管理，後來臺灣") == "机关事务管理，后来台湾"
    assert simplified("著作权，乾坤") == "著作权，乾坤"


def test_the_dictionary_is_read_for_characters_only(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {text: simplified(text) for text in ("二〇二三年，25℃ • é", "東", "𨧀")}
    monkeypatch.setattr(cedict, "_table", lambda: {})
    assert simplified("二〇二三年，25℃ • é") == expected["二〇二三年，25℃ • é"]
    assert all(simplified(text) == text != expected[text] for text in ("東", "𨧀"))
