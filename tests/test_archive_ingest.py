from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from conftest import CORPUS, NOTICE

from archive.errors import BadInput, NotFound, SettingsError, StoreDamaged
from archive.ingest import ingest
from archive.laws import laws_file, read_laws
from archive.sources import find_sources
from archive.store import Archive, VectorCache
from archive.types import Document


def states(archive: Archive, path: Path) -> list[str]:
    return [o.state for o in ingest(archive, find_sources(path))]


def test_the_unchanged_is_skipped_and_the_changed_keeps_its_id(home: Path, notice_file: Path) -> None:
    archive = Archive(home)
    assert states(archive, notice_file) == ["added"]
    before = archive.documents(limit=2)[0]
    assert states(archive, notice_file) == ["unchanged"]
    notice_file.write_text(NOTICE.replace("45人", "46人"), encoding="utf-8")
    assert states(archive, notice_file) == ["changed"]
    after = archive.documents(limit=2)[0]
    assert (before.id, before.revision) != (after.id, after.revision)
    assert before.id == after.id
    assert archive.get(before.id, before.revision) == before
    archive.forget(archive.outdated())
    with pytest.raises(NotFound):
        archive.get(before.id, before.revision)
    assert archive.get(after.id) == after


def test_one_bad_file_does_not_stop_the_rest(home: Path, notice_file: Path) -> None:
    folder = notice_file.parent / "in"
    (folder / ".hidden").mkdir(parents=True)
    notice_file.rename(folder / "c.txt")
    (folder / "a.doc").write_bytes(b"\xd0\xcf")
    (folder / "b.txt").write_bytes(b"")
    (folder / ".hidden" / "d.txt").write_text("题\n正文。", encoding="utf-8")
    found = list(ingest(Archive(home), find_sources(folder)))
    assert sorted(o.state for o in found) == ["added", "refused", "refused"]
    assert all(o.reason for o in found if o.state == "refused")


def test_the_shipped_corpus(shipped: list[Document]) -> None:
    names = {d.title.removeprefix("中华人民共和国") for d in shipped}
    asked = "人民警察法 治安管理处罚法 行政处罚法 行政诉讼法 行政复议法 行政许可法 国家赔偿法 律师法 道路交通安全法 禁毒法 反电信网络诈骗法 居民身份证法"
    assert set(asked.split()) <= names
    report = next(d for d in shipped if d.collection == "reports")
    assert (report.issuer, report.issued_on) == ("天津市滨海新区公安局", date(2024, 3, 5))


def test_the_report_is_as_given() -> None:
    text = (CORPUS / "report-2023.txt").read_text(encoding="utf-8")
    assert "• 扫一扫在手机打开当前页" in text
    assert "重点链接" in text


def test_only_laws_in_force_are_read() -> None:
    assert laws_file().is_file()
    (law,) = read_laws(["中华人民共和国律师法"])
    assert law.version_on == date(2017, 9, 1)
    assert law.text.startswith("中华人民共和国律师法\n版本日期：2017-09-01\n第一章 总则\n第一条 ")
    with pytest.raises(BadInput, match="no law of this full name"):
        list(read_laws(["中华人民共和国没有这部法"]))


def test_facts_alone_make_a_new_revision(home: Path, notice_file: Path) -> None:
    archive = Archive(home)
    catalogue = notice_file.parent / "sources.toml"
    for number in ("甲〔2022〕1号", "甲〔2022〕2号"):
        catalogue.write_text(f'[[file]]\npath = "notice.txt"\nsource = "notice"\nnumber = "{number}"', encoding="utf-8")
        states(archive, catalogue)
    assert archive.documents(limit=2)[0].number == "甲〔2022〕2号"
    with archive._connection() as db:
        assert db.execute("select count(*) from revisions").fetchone() == (2,)


def test_a_damaged_database_is_said_to_be_one(home: Path) -> None:
    archive = Archive(home)
    (home / "archive.db").write_bytes(b"junk" * 1000)
    with pytest.raises(StoreDamaged, match=r"archive\.db"):
        archive.current()
    (home / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="GONGWEN_HOME"):
        Archive(home / "file")


def test_a_document_that_cannot_be_used_is_not_stored(home: Path, notice_file: Path) -> None:
    def refuse(document: Document) -> None:
        raise BadInput("cannot be indexed")

    archive = Archive(home)
    assert [o.state for o in ingest(archive, find_sources(notice_file), refuse)] == ["refused"]
    assert archive.current() == []


@pytest.mark.parametrize(
    "content",
    [
        '[[file]]\npath = "a.txt"\n[[file]]\npath = "./a.txt"',
        '[[file]]\npath = "a\\u0000.txt"',
        '[[file]]\npath = "../x.txt"',
        '[[file]]\npath = "a.txt"\nunknown = 1',
        "not toml",
        '[laws]\npackage = "x"\nnames = []',
    ],
)
def test_a_bad_catalogue_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text("题\n正文。", encoding="utf-8")
    (tmp_path / "sources.toml").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=r"sources\.toml"):
        list(find_sources(tmp_path))


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        list(find_sources(tmp_path / "none"))


def test_vectors_are_kept_by_encoder_and_text(home: Path) -> None:
    cache = VectorCache(home)
    cache.put("a", [(b"1", b"x"), (b"2", b"y")])
    assert cache.get("a", [b"1", b"3"]) == {b"1": b"x"}
    assert cache.get("b", [b"1"]) == {}


def test_an_archive_of_the_first_version_is_migrated(home: Path) -> None:
    home.mkdir()
    with closing(sqlite3.connect(home / "archive.db")) as db, db:
        db.execute(
            "create table revisions (doc_id text, revision text, title text, text text, sections text, issuer text, number text, "
            "issued_on text, source text, publisher text, collection text, primary key (doc_id, revision))"
        )
        db.execute(
            "create table documents (doc_id text primary key, revision text, fingerprint text, removed integer not null default 0)"
        )
        db.execute(
            "insert into revisions values ('d', 'r', '题', '题\n文', '[[[], 0, 0, 0, 3]]', '', '', null, '/a.txt', '', '')"
        )
        db.execute("insert into documents values ('d', 'r', 'f', 0)")
    archive = Archive(home)
    assert archive.get("d").text == "题\n文"
    assert archive.find("/a.txt") == "d"
