"""Which figures may answer at all: those of the place, the year, the sex, the growth or the aim that is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder

from api.settings import Settings
from api.wiring import Engine
from index.candidates import Candidates
from index.types import Filters

REPORT = """2025年湖北省政府工作报告
一、2024年工作回顾
全省地区生产总值60013亿元，增长5.8%。襄阳、宜昌经济总量突破6000亿元。
全省高新技术企业3万家。女性职工120人，职工共300人。南京路街道有养老床位350张。
二、2025年目标任务
地区生产总值增长6%左右。高新技术企业力争达到4万家。
"""
COUNTY = """天津市滨海新区公安局2024年工作情况报告
一、工作情况
公职律师86人。
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Engine:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "hubei.txt").write_text(REPORT, encoding="utf-8")
    (folder / "binhai.txt").write_text(COUNTY, encoding="utf-8")
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
    ],
)
def test_what_fits_and_what_does_not(archive: Engine, question: str, among: str, not_among: str) -> None:
    found = printed(archive, question)
    assert among in found
    assert not_among not in found


@pytest.mark.parametrize(
    "question",
    [
        "天津市公安局有多少公职律师",  # a district's are not the city's
        "南京有多少张养老床位",  # a road is no city
        "2019年湖北地区生产总值是多少",
        "湖北2024年60013亿元是多少",  # its own condition is no answer
        "How many lawyers does the Nankai District police have?",
    ],
)
def test_nothing_fits(archive: Engine, question: str) -> None:
    assert "86人" not in printed(archive, question)
    assert "60013亿元" not in printed(archive, question)
    assert "350张" not in printed(archive, question)


def test_the_words_that_name_the_document_say_nothing_of_the_figure(archive: Engine) -> None:
    """湖北省政府工作报告 stands in the title: whether it stands beside the figure too is no matter."""
    for question in ("地区生产总值是多少", "湖北省政府工作报告中地区生产总值是多少"):
        best = max(candidates(archive, question).figures(), key=lambda c: c.features.coverage)
        assert (best.printed, best.features.lacking) == ("60013亿元", 0)


def printed(archive: Engine, question: str) -> set[str]:
    return {candidate.printed for candidate in candidates(archive, question).figures()}


def candidates(archive: Engine, question: str) -> Candidates:
    searcher = archive.searcher()
    return Candidates(searcher, None, searcher.understand(question), Filters())
