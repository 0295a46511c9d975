from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.types import Span
from index.enumerations import grown, items


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("对地铁B1、Z2、Z4施工，提供保障。", "Z2", "地铁B1、Z2、Z4施工"),
        ("第五条 政府应当建立相关部门、专家、学者共同参与的机制。", "专家", "相关部门、专家、学者共同参与的机制"),
        ("包括警告、罚款。", "警告", "警告、罚款"),
        ("包括警告、罚款；其他。", "警告、罚款", "警告、罚款；其他"),
        ("给予警告、罚款。", "罚款", "警告、罚款"),
        ("处警告，并处罚款。", "警告", "警告"),
        ("经开、保税、高新、生态城、东疆五个", "经开、保税", "经开、保税、高新、生态城、东疆五个"),
    ],
)
def test_a_part_of_a_list_grows_to_all_of_it(text: str, found: str, expected: str) -> None:
    start = text.index(found)
    assert grown(text, Span(start, start + len(found)), Span(0, len(text))).of(text) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("警告、罚款和没收违法所得", ("警告", "罚款", "没收违法所得")),
        ("（一）警告；\n（二）罚款；\n（三）没收。", ("（一）警告", "（二）罚款", "（三）没收")),
        ("一是严格报到。二是加强走访。", ("一是严格报到", "二是加强走访")),
        ("“昆仑”“清风”“打击涉水资源犯罪”", ("“昆仑”", "“清风”", "“打击涉水资源犯罪”")),
        ("86人", ("86人",)),
        ("公安部、民政部、人力资源和社会保障部", ("公安部", "民政部", "人力资源和社会保障部")),
        ("警告、罚款或者吊销许可证件", ("警告", "罚款", "吊销许可证件")),
        ("《关于反诈、禁毒的意见》、《条例》", ("《关于反诈、禁毒的意见》", "《条例》")),
        ("在区委、区政府领导下，认真履职、主动作为，完成任务", ("在区委、区政府领导下，认真履职、主动作为，完成任务",)),
        ("警告（含口头警告，书面警告）、罚款", ("警告（含口头警告，书面警告）", "罚款")),
        ("对甲，给予警告；对乙，给予罚款。", ("对甲，给予警告", "对乙，给予罚款")),
        ("", ()),
    ],
)
def test_items_are_as_printed(words: str, expected: tuple[str, ...]) -> None:
    assert items(words) == expected


@given(st.text("甲乙、；和（一二）1.，。\n“”", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_a_list_holds_what_it_grew_from_and_its_items_are_slices(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    span = grown(text, Span(start, end), Span(0, len(text)))
    assert span.covers(Span(start, end))
    assert 0 <= span.start <= span.end <= len(text)
    assert all(item in text for item in items(span.of(text)))
