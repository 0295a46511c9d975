"""Which figures may answer at all: those of the place, the year, the sex, the growth or the aim that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEncoder, FakeReader

from api.settings import Settings
from api.wiring import Engine
from index.candidates import Candidates
from index.types import Filters, Outputs

REPORT = """2025年湖北省政府工作报告
一、2024年工作回顾
全省地区生产总值60013亿元，增长5.8%。襄阳、宜昌经济总量突破6000亿元。
全省高新技术企业3万家。女性职工120人，职工共300人。南京路街道有养老床位350张。
值班室24小时值守，违规的处五十元罚款，记3分。须经三分之二以上同意。每年九月为宣传月，12月2日为交通安全日。
二、2025年目标任务
地区生产总值增长6%左右。高新技术企业力争达到4万家。
"""
COUNTY = """天津市滨海新区公安局2024年工作情况报告
一、工作情况
公职律师86人。
"""

# names its province, but nowhere near, and its year only at the end
FARMS = f"""关于支持农业生产的通知
{"各地要抓好春耕，做好种子、化肥的准备。" * 20}
对重点农业企业建立包保服务制度，由专人联系。
{"各级主管部门要下沉一线，解决困难。" * 20}
浙江省农业农村厅、浙江省财政厅，并报北京
2020年2月11日
"""
PLACELESS = """关于调整医疗保险费率的通知
本市职工基本医疗保险单位缴费比例降低，由税务部门征收。
违法经营额不足1万元的，并处1万元以上5万元以下罚款。
"""
ALL_PROVINCES = """关于做好关爱服务的通知
各省、自治区、直辖市及新疆生产建设兵团：
公安部要求医务人员的老年亲属由专人联系。
"""
# speaks of 公安部, but neither near nor where it says whose it is
FAR_BODY = f"""关于牲畜检疫工作的通知
{"各地要加强牲畜检疫，落实责任。" * 80}
通过增设通道提高检疫效率。
{"各地要加强牲畜检疫，落实责任。" * 80}
必要时联系公安部。
{"各地要加强牲畜检疫，落实责任。" * 30}
"""
PHONES = """慈善捐赠物资接收公告
通关手续可以咨询海关。武汉海关热线电话：86-27-82210181。
本会捐赠电话：010-65500000。
"""
REVISED = """噪声管理条例
2009年10月13日公布
2020年11月29日第一次修订
2022年3月29日第二次修订
第一条 为了管理噪声，制定本条例。
"""
TOLLS = """收费公路通行规则
自本月起，所有车辆免收通行费，包括允许上路的摩托车。
通行事故分为特别重大、重大、较大和一般四个等级。
"""
GUIDE = """节日出行指南
三、注意用电安全。 四、设立温馨服务点。（责任单位：市商务局）
五、应急部门采取了多种措施。备足应急车辆。
六、应急车辆由李四队长调度。队员都有经验。
"""
LAW = """警务赔偿办法
第一条 警务赔偿的金额最高为职工年平均工资的五倍。
第二条 本办法自公布之日起施行。
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Engine:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "hubei.txt").write_text(REPORT, encoding="utf-8")
    (folder / "binhai.txt").write_text(COUNTY, encoding="utf-8")
    (folder / "farms.txt").write_text(FARMS, encoding="utf-8")
    (folder / "placeless.txt").write_text(PLACELESS, encoding="utf-8")
    (folder / "provinces.txt").write_text(ALL_PROVINCES, encoding="utf-8")
    (folder / "guide.txt").write_text(GUIDE, encoding="utf-8")
    (folder / "law.txt").write_text(LAW, encoding="utf-8")
    (folder / "tolls.txt").write_text(TOLLS, encoding="utf-8")
    (folder / "phones.txt").write_text(PHONES, encoding="utf-8")
    (folder / "revised.txt").write_text(REVISED, encoding="utf-8")
    (folder / "far.txt").write_text(FAR_BODY, encoding="utf-8")
    (folder / "county.txt").write_text("住房保障办法\n住房保障资金由义乌市财政局负责筹集。\n", encoding="utf-8")
    (folder / "jilin.txt").write_text(
        f"律师工作情况\n吉林省有公职律师9860人。{'工作开展。' * 90}\n全省有仲裁员777人。吉林省司法厅。\n",
        encoding="utf-8",
    )
    settings = Settings(home=tmp_path_factory.mktemp("home"), models=models, corpus=folder / "none", reranker="")
    engine = Engine(settings, FakeEncoder())
    assert {outcome.state for outcome in engine.add(folder)} == {"added"}
    engine.build(lambda done, total: None)
    return engine


@pytest.mark.parametrize(
    ("question", "among", "not_among"),
    [
        ("湖北2024年经济总量是多少", "60013亿元", "突破6000亿元"),
        ("襄阳经济总量是多少", "突破6000亿元", "86人"),
        ("湖北地区生产总值增长了多少", "5.8%", "60013亿元"),
        ("湖北2025年高新技术企业目标数", "4万家", "3万家"),
        ("湖北有多少女职工", "120人", "300人"),
        ("湖北有多少职工", "300人", "86人"),
        ("滨海新区公安局有多少公职律师", "86人", "300人"),
        ("How many lawyers does the Binhai New Area police have?", "86人", "300人"),
        ("2024年增长率是多少", "5.8%", "6%左右"),
        ("湖北值班室值守几个小时", "24小时", "300人"),
        ("湖北违规的记几分", "", "五十元"),  # no measure word that is read, and no other one
        ("湖北违规的罚几元", "五十元", "300人"),
        ("湖北违规的罚几块", "五十元", "300人"),
        ("湖北须经几分之几同意", "三分之二以上", "86人"),
        ("违法经营罚多少钱", "1万元以上5万元以下", "不足1万元"),  # what a fine depends on
        ("湖北去年地区生产总值增长多少", "5.8%", "6%左右"),
        ("违法经营额不足1万元罚多少钱", "1万元以上5万元以下", "不足1万元"),  # a range is not the amount it begins with
    ],
)
def test_what_fits_and_what_does_not(archive: Engine, question: str, among: str, not_among: str) -> None:
    found = printed(archive, question)
    assert among in found or not among
    assert not_among not in found


@pytest.mark.parametrize(
    ("question", "among", "not_among"),
    [
        ("湖北的宣传月是什么时候", {"每年九月", "12月2日"}, {"2月11日"}),
        ("湖北的宣传月是哪一年", set(), {"每年九月", "12月2日"}),
    ],
)
def test_months_are_dates_unless_a_year_is_asked_for(
    archive: Engine, question: str, among: set[str], not_among: set[str]
) -> None:
    found = {candidate.printed for candidate in candidates(archive, question).dates()}
    assert among <= found
    assert not not_among & found


def test_a_date_of_another_revision_does_not_fit(archive: Engine) -> None:
    found = {c.printed for c in candidates(archive, "噪声管理条例第二次修订是什么时候").dates()}
    assert "2022年3月29日" in found
    assert not {"2009年10月13日", "2020年11月29日"} & found


def test_a_date_of_another_year_does_not_fit(archive: Engine) -> None:
    assert {c.printed for c in candidates(archive, "2019年湖北的宣传月是什么时候").dates()} == set()


def test_how_far_a_document_stands_apart_is_known(archive: Engine) -> None:
    searcher, question = archive.searcher(), "吉林省有多少仲裁员"
    asked = searcher.understand(question)
    apart = searcher.apart(asked)
    best: dict[str, float] = {}
    for hit in searcher.search(asked, 100, reread=False):
        best[hit.passage.doc_id] = max(best.get(hit.passage.doc_id, hit.score), hit.score)
    for doc_id, score in best.items():
        rival = max(other for other_id, other in best.items() if other_id != doc_id)
        assert apart[doc_id] == pytest.approx(score - rival, abs=1e-5)
    found = candidates(archive, question).figures()
    assert {c.document.id: c.features.apart for c in found} == {
        c.document.id: max(-6.0, min(apart[c.document.id], 6.0)) for c in found
    }


def test_a_document_alone_stands_apart_the_most(archive: Engine) -> None:
    question = "吉林省有多少仲裁员"
    asked = archive.searcher().understand(question)
    only = Filters(document=candidates(archive, question).figures()[0].document.id)
    assert archive.searcher().apart(asked, only) == {}
    assert {c.features.apart for c in Candidates(archive.searcher(), None, asked, only).figures()} == {6.0}


@pytest.mark.parametrize(
    "question",
    [
        "天津市公安局有多少公职律师",  # a district's are not the city's
        "南京有多少张养老床位",  # a road is no city
        "2019年湖北地区生产总值是多少",
        "湖北2024年60013亿元是多少",  # its own condition is no answer
        "How many lawyers does the Nankai District police have?",
        "吉林市有多少公职律师",
        "海南州有多少仲裁员",
    ],
)
def test_nothing_fits(archive: Engine, question: str) -> None:
    assert "86人" not in printed(archive, question)
    assert "60013亿元" not in printed(archive, question)
    assert not {"350张", "9860人", "777人"} & printed(archive, question)


@pytest.mark.parametrize(
    ("question", "fits"),
    [
        ("警务赔偿最高是多少", True),
        ("警务赔偿一共支付了多少", False),
        ("警务赔偿最高可以支付多少", True),
        ("How much may police compensation be at most?", True),
        ("How much police compensation was paid?", False),
        ("How much police compensation has to be paid?", True),
        ("警务赔偿为上年度工资的多少倍", True),
        ("警务赔偿超过多少倍要批准", True),
        ("How much is police compensation if a person was hurt?", True),
    ],
)
def test_a_law_says_nothing_of_what_has_come_about(archive: Engine, question: str, fits: bool) -> None:
    assert ("五倍" in " ".join(printed(archive, question))) == fits


@pytest.mark.parametrize(
    ("named", "fits"),
    [
        ("《关于调整医疗保险费率的通知》", True),
        ("《医保费率通知》", True),  # in short
        ("《关于暂时调整医疗保险费率的通知》", True),  # in full
        ("《新关于调整医疗保险费率的通知（试行）》", True),
        ("《关于支持农业生产的通知》", False),
        ("《关于支持农业生产的通知》和《医保费率通知》", True),
        ("《Notice on Insurance》", True),  # whether that is it cannot be told
    ],
)
def test_a_document_that_is_named_is_that_or_speaks_of_it(archive: Engine, named: str, fits: bool) -> None:
    question = f"{named}违法经营额不足1万元罚多少钱"
    assert ("1万元以上5万元以下" in printed(archive, question)) == fits
    said = {c.document.title for c in candidates(archive, f"{named}由哪个部门征收").sentences()}
    assert ("关于调整医疗保险费率的通知" in said) == fits


def test_the_words_that_name_the_document_say_nothing_of_the_figure(archive: Engine) -> None:
    """湖北省政府工作报告 stands in the title: whether it stands beside the figure too is no matter."""
    for question in ("地区生产总值是多少", "湖北省政府工作报告中地区生产总值是多少"):
        best = max(candidates(archive, question).figures(), key=lambda c: c.features.coverage)
        assert (best.printed, best.features.lacking) == ("60013亿元", 0)


@pytest.mark.parametrize(
    ("question", "sentence", "named"),
    [
        ("浙江2020年对重点农业企业建立什么制度", "对重点农业企业建立包保服务制度", 0.3),
        ("北京对重点农业企业建立什么制度", "", 0.0),  # named once, the other twice
        ("浙江2019年对重点农业企业建立什么制度", "", 0.0),
        ("上海住房资金由谁负责筹集", "", 0.0),  # 义乌's
        ("上海职工医疗保险由谁征收", "本市职工基本医疗保险单位缴费比例降低", 0.3),  # it may be Shanghai's
        ("医疗保险由谁征收", "本市职工基本医疗保险单位缴费比例降低", 1.0),
        ("内蒙古的老年亲属由谁联系", "公安部要求医务人员的老年亲属由专人联系。", 0.3),  # sent to every province
        ("公安部对老年亲属有什么要求", "公安部要求医务人员的老年亲属由专人联系。", 1.0),
        ("教育部对老年亲属有什么要求", "", 0.0),
        ("公安部和教育部对老年亲属有什么要求", "公安部要求医务人员的老年亲属由专人联系。", 0.5),
        ("通过什么提高检疫效率", "通过增设通道提高检疫效率。", 1.0),
        ("公安部要求通过什么提高检疫效率", "", 0.0),
    ],
)
def test_words_are_of_the_place_and_year_that_their_document_is_of(
    archive: Engine, question: str, sentence: str, named: float
) -> None:
    about = next(words for words in ("农业企业", "住房", "医疗保险", "老年亲属", "检疫效率") if words in question)
    found = {c.printed.split("，")[0]: c.features.named for c in candidates(archive, question).sentences()}
    assert {words: share for words, share in found.items() if about in words} == ({sentence: named} if sentence else {})


@pytest.mark.parametrize(
    ("question", "read", "given"),
    [
        ("用电安全有什么要求", "注意用电安全。 四、设立温馨服务点。", "注意用电安全。"),
        ("温馨服务点如何设立", "注意用电安全。 四、设立温馨服务点。", "设立温馨服务点。"),
        ("温馨服务点如何设立", "设立温馨服务点。（责任单位：市商务局）", "设立温馨服务点。"),
        ("温馨服务点由哪个部门负责", "设立温馨服务点。（责任单位：市商务局）", "设立温馨服务点"),
        ("应急部门如何应对", "采取了多种措施。", "备足应急车辆。"),
        ("收费公路如何通行", "允许上路的摩托车。", "所有车辆免收通行费，包括允许上路的摩托车。"),
        ("应急车辆由谁调度", "李四队长调度。队员都有经验。", "李四队长调度"),
        ("应急车辆有多少", "李四队长调度。队员都有经验。", "李四队长调度。队员都有经验。"),  # a figure is no words
    ],
)
def test_the_words_of_a_reader_are_of_one_item_and_say_something(
    archive: Engine, question: str, read: str, given: str
) -> None:
    searcher = archive.searcher()
    found = Candidates(searcher, FakeReader(read), searcher.understand(question), Filters()).words()
    assert given in {candidate.printed for candidate in found}


def test_how_many_there_are_is_no_answer_to_which(archive: Engine) -> None:
    searcher = archive.searcher()
    asked = searcher.understand("通行事故分为哪四个等级")
    given = {c.printed for c in Candidates(searcher, FakeReader("四个等级"), asked, Filters()).words()}
    assert "四个等级" not in given


@pytest.mark.parametrize(
    ("question", "number", "is_given"),
    [
        ("海关热线电话是多少", "86-27-82210181", False),  # 武汉's
        ("武汉海关热线电话是多少", "86-27-82210181", True),
        ("捐赠电话是多少", "010-65500000", True),
        ("捐赠电话是多少", "本会捐赠", False),  # no number
    ],
)
def test_a_telephone_is_of_the_place_that_is_asked_about(
    archive: Engine, question: str, number: str, is_given: bool
) -> None:
    searcher = archive.searcher()
    found = Candidates(searcher, FakeReader(number), searcher.understand(question), Filters()).words()
    assert (number in {candidate.printed for candidate in found}) == is_given


def test_a_question_that_is_hardly_more_than_a_title_is_asked_with_all_its_words(archive: Engine) -> None:
    """Else 措施 alone would be looked for, and a sentence with all the rest would say nothing of it."""
    found = {c.printed: c.features.coverage for c in candidates(archive, "调整医疗保险费率的措施").sentences()}
    assert found["本市职工基本医疗保险单位缴费比例降低，由税务部门征收。"] > 0.3


class _Listening(FakeReader):
    """Keeps the texts of each call."""

    def __init__(self, *words: str) -> None:
        super().__init__(*words)
        self.calls: list[list[str]] = []

    def outputs(self, question: str, texts: Sequence[str]) -> list[Outputs]:
        self.calls.append(list(texts))
        return super().outputs(question, texts)


def test_all_that_figures_need_is_read_in_one_go(tmp_path: Path, models: Path) -> None:
    """The ten best passages and those of two figures that stand elsewhere: no core waits between them."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for at in range(30):
        told = (
            f"公职律师人数统计第{at}号，公职律师人数{'共9人' if at < 2 else '情况'}。"
            if at < 10
            else f"事务所有律师{at}人。"
        )
        (folder / f"{at}.txt").write_text(f"情况通报{at}\n{told}\n", encoding="utf-8")
    reader = _Listening("律师")
    settings = Settings(home=tmp_path / "home", models=models, corpus=tmp_path / "none")
    engine = Engine(settings, FakeEncoder(), reader)
    assert {outcome.state for outcome in engine.add(folder)} == {"added"}
    engine.build(lambda done, total: None)
    searcher = engine.searcher()
    found = Candidates(searcher, reader, searcher.understand("公职律师人数是多少人"), Filters()).figures()
    first, *others = reader.calls
    assert len(first) == len(set(first)) == 12
    assert {text for call in others for text in call} <= set(first)
    assert len({candidate.document.id for candidate in found}) == 4


def printed(archive: Engine, question: str) -> set[str]:
    return {candidate.printed for candidate in candidates(archive, question).figures()}


def candidates(archive: Engine, question: str) -> Candidates:
    searcher = archive.searcher()
    return Candidates(searcher, None, searcher.understand(question), Filters())
