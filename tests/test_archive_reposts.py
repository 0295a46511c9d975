from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.ingest import ingest
from archive.reposts import is_repost
from archive.sources import READY, Source
from archive.store import _REPOSTS, Archive
from archive.types import Document, Facts

COMMENCES = "本条例自公布之日起施行。"
LIABLE = (
    "有下列行为之一的，由主管机关责令改正：\n（一）未按规定报告的；\n（二）伪造台账的；\n（三）拒绝检查的；\n（四）擅自停用设施的；\n"
    "构成犯罪的，依法追究刑事责任。"
)


def document(title: str, text: str, number: str = "") -> Document:
    return Document(id=title, revision="r", title=title, text=text, sections=(), number=number)


@pytest.mark.parametrize(
    ("title", "other", "text", "same"),
    [
        ("河道条例第三十条", "湿地条例第三十条", COMMENCES, False),
        ("河道条例第三十条", "河道条例第三十一条", COMMENCES, False),
        ("河道条例第三十条", "河道条例第三十条", COMMENCES, True),
        ("环境保护法第三十条", "海洋环境保护法第三十条", LIABLE, False),
        ("河道条例第三十条", "河道条例第三十条之一", COMMENCES, False),
        ("中华人民共和国河道法第三十条", "河道法第三十条", COMMENCES, True),
        ("河道条例第三十条之一", "湿地条例第三十条之一", LIABLE, False),
        ("河道条例", "河道条例（转载）", COMMENCES, True),
        ("甲局启事", "乙局启事", COMMENCES, False),
        ("关于检查的通知", "检查通知（转载）", LIABLE, True),
        ("（甲局）启事", "甲局 启事", COMMENCES, True),
    ],
)
def test_a_title_tells_short_texts_and_articles_apart(title: str, other: str, text: str, same: bool) -> None:
    assert is_repost(document(title, text), document(other, text)) is same
    assert is_repost(document(other, text), document(title, text)) is same


def test_the_archive_tells_which_document_repeats_which(home: Path) -> None:
    archive = Archive(home)
    sources = [
        Source(key, f"{key}{READY}", COMMENCES.encode(), Facts(title=title))
        for key, title in (("a", "河道条例第九条"), ("b", "湿地条例第九条"), ("c", "河道条例第九条"))
    ]
    found = list(ingest(archive, sources))
    assert [o.state for o in found] == ["added", "added", "repost"]
    assert archive.reposts() == {found[2].doc_id: found[0].doc_id}
    archive.remove(found[0].doc_id)
    assert archive.reposts() == {}


def test_reposts_are_looked_up_by_an_index(home: Path) -> None:
    archive = Archive(home)
    with closing(sqlite3.connect(archive.path)) as db:
        plan = db.execute(f"explain query plan {_REPOSTS}", ("x",)).fetchall()
    assert "INDEX reposts" in str(plan)
