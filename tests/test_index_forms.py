from __future__ import annotations

import pytest

from archive.text import fold
from index.forms import lacks_form


@pytest.mark.parametrize(
    ("question", "words", "lacks"),
    [
        ("授课的高级讲师叫什么名字?", "业务骨干", True),
        ("授课的高级讲师叫什么名字?", "经理梁龙俊", False),
        ("What is the name of the lecturer who taught?", "高级讲师和业务骨干", True),
        ("What is the name of the lecturer who taught?", "高级讲师王晓明", False),
        ("单位指定来管定密的人叫什么?", "定密责任人", False),
        ("授课的高级讲师叫什么名字?", "习近平新时代中国特色社会主义思想课程", True),
        ("这个项目叫什么名字?", "警务协同系统", False),
        ("What was the name of the Doctor Who play from the 1980s?", "《神秘博士》", False),
        ("What is the name of the system?", "警务协同系统", False),
        ("谁负责解释?", "区发展改革委", False),
        ("投诉举报电话是多少?", "吸烟违法行为投诉举报电话", True),
        ("投诉举报电话是多少?", "12345", False),
        ("What is the complaint hotline number?", "投诉举报电话", True),
        ("扣几分?", "处五十元罚款", True),
        ("penalty points for running a red light", "记3分", False),
        ("投诉举报电话由谁公布?", "市卫生健康部门", False),
    ],
)
def test_who_asks_for_a_name_or_a_number_gets_one(question: str, words: str, lacks: bool) -> None:
    assert lacks_form(fold(question), words) == lacks
