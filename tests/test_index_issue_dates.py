from __future__ import annotations

import pytest

from api.wiring import Engine


@pytest.mark.parametrize(
    "question",
    ["这份通知是什么时候发布的", "通知的发布日期", "when was this notice published", "社区矫正工作的通知何时印发"],
)
def test_a_document_says_when_it_was_published(engine: Engine, question: str) -> None:
    answer = engine.answerer().answer(question)
    assert (answer.kind, answer.text) == ("date", "2022-04-01")
    assert answer.citations[0].quote.startswith("发布日期")


@pytest.mark.parametrize(
    "question", ["何时完成自查", "禁毒工作的通知何时印发", "报告是什么时候发布的", "办法的发布日期"]
)
def test_another_date_or_document_is_not_meant(engine: Engine, question: str) -> None:
    assert engine.answerer().answer(question).text != "2022-04-01"
