"""Documents that a question names as 《title》."""

from __future__ import annotations

import pytest

from index.titles import is_titled, titles_named


@pytest.mark.parametrize(
    ("question", "title", "is_it"),
    [
        ("《湖北省2025年政府工作报告》", "2025年湖北省政府工作报告", True),
        ("《行政处罚法（2021年修订）》", "中华人民共和国行政处罚法", True),
        ("《新公司法》", "中华人民共和国公司法", True),
        ("《中华人民共和国反家庭暴力法》", "反家庭暴力法(2015-12-27)", True),
        ("《民诉法》", "中华人民共和国民事诉讼法", True),
        ("《劳动法》", "中华人民共和国行政处罚法", False),
        ("《湖南省政府工作报告》", "湖北省政府工作报告", False),
    ],
)
def test_a_title_is_known_in_full_and_in_short(question: str, title: str, is_it: bool) -> None:
    assert [is_titled(named, title) for named in titles_named(question)] == [is_it]


def test_what_cannot_be_compared_is_no_title_and_they_are_few() -> None:
    assert titles_named("《Labour Law》《》《2024》") == []
    assert titles_named("《劳动法》和《劳动法》") == ["劳动法"]
    assert len(titles_named("".join(f"《{chr(0x4E00 + at)}法》" for at in range(300)))) == 5
