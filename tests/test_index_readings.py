from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wiring import Engine
from archive.errors import IndexMismatch
from archive.structure import sections
from archive.text import canonical
from archive.types import Document, Span
from index import generations
from index.readings import ReadingWriter, open_readings, read_figures

REPORT = """2023年工作报告
一、2022年工作
全局公职律师86人，同比增长16.2%。三分之二以上的村有律师，办理案件十至十五件。
二、其他
接待来访4.6万余件次。
"""


def document(text: str) -> Document:
    text = canonical(text)
    return Document("0" * 12, "r", text.split("\n")[0], text, sections(text))


def kept(folder: Path, *documents: Document) -> list[object]:
    """What comes back of the readings of some documents, each written as a part of its own."""
    parts = [folder / str(at) for at in range(len(documents))]
    for part, doc in zip(parts, documents, strict=True):
        part.mkdir(exist_ok=True)
        writer = ReadingWriter()
        for _, reading in read_figures(doc):
            writer.add(reading)
        writer.save(part)
    found = open_readings(parts)
    return [found.get(at) for at in range(len(found))]


def test_a_figure_is_kept_as_it_was_read(tmp_path: Path) -> None:
    one, other = document(REPORT), document("另一份报告\n专职法制员280人。")
    read = [reading for doc in (one, other) for _, reading in read_figures(doc)]
    assert kept(tmp_path, one, other) == read
    assert [r.years for r in read] == [(2022,)] * 4 + [(2023,), ()]
    assert read[2].figure.value == Decimal(2) / 3
    assert read[-1].subject


@given(
    st.text(
        alphabet="公职律师企业增长达到分别和、，。\n2023年一二半百千万亿分之至以上内约超过0123456789.%人家个元日",
        max_size=60,
    )
)
def test_any_figure_is_kept_as_it_was_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    doc = document(f"标题\n{text}")
    assert kept(tmp_path_factory.mktemp("part"), doc) == [reading for _, reading in read_figures(doc)]


def test_a_reading_is_of_its_section_and_sentence(report: Document) -> None:
    for at, reading in read_figures(report):
        assert report.sections[at].span.covers(reading.sentence)
        assert reading.sentence.covers(reading.figure.span)
        assert not reading.subject or reading.sentence.covers(reading.subject)


def test_questions_read_nothing_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str, within: Span) -> None:
        raise AssertionError("read at question time")

    monkeypatch.setattr("index.readings.subjects", refuse)
    monkeypatch.setattr("index.subjects.figures", refuse)
    answer = engine.answerer().answer("全年接收社区矫正对象多少人")
    assert (answer.text, answer.figures[0].subject) == ("300人", "社区矫正对象")


def test_another_way_of_reading_is_refused_and_built_anew(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "READING_VERSION", "other")
    with pytest.raises(IndexMismatch, match="gongwen reindex"):
        generations.open_current(engine.settings.home, engine.encoder.fingerprint)
    report = engine.build(lambda done, total: None)
    assert (report.changed, report.embedded) == (True, 0)
