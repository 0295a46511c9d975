"""The national bodies a question names, and whether a text speaks of them."""

from __future__ import annotations

import pytest

from index.bodies import bodies_asked, stands_in
from index.names import organ


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("公安部要求通过哪些方式提高效率？", ["公安部"]),
        ("财政部，海关总署和税务总局免征哪几项税费？", ["财政部", "海关总署", "税务总局"]),
        ("省发展和改革委员会有什么规定？", ["发展改革委"]),
        ("交通部门如何减负？", []),
        ("派出所有多少民警？", []),
        ("公安部队有多少人？", []),
        ("中央行政单位差旅费多少", []),
        ("国家医保局有什么规定？", ["国家医保局"]),
        ("How many officers did the ministry send?", []),
    ],
)
def test_national_bodies_are_found(question: str, expected: list[str]) -> None:
    assert list(bodies_asked(question)) == expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("央行提供哪些措施？", "中国人民银行决定", True),
        ("人民银行提供哪些措施？", "央行决定", True),
        ("国家发改委如何降低成本？", "国家发展和改革委员会办公厅", True),
        ("公安部要求什么？", "交通运输部门要积极协调公安部门", False),
        ("公安部要求什么？", "交通运输部通知", False),
        ("国资委做了什么？", "国务院国有资产监督管理委员会", True),
        ("交通部给予什么政策？", "交通运输部通知", True),
        ("国家药监局做了什么？", "国家药品监督管理局公告", True),
        ("农发行做了什么？", "中国农业发展银行", True),
    ],
)
def test_a_body_stands_in_a_text_by_any_of_its_names(question: str, text: str, expected: bool) -> None:
    (body,) = bodies_asked(question)
    assert stands_in(body, organ(text)) == expected
