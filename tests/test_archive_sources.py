from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from conftest import NOTICE, shared

from archive.errors import BadInput, NotFound
from archive.ingest import Outcome, document_id, ingest, parsing_processes, sync
from archive.sources import VERSIONS, Source, find_sources, origin_of, parse
from archive.store import Archive
from archive.structure import is_article

LONG = NOTICE + "".join(f"第{n}项工作已经完成，办理事项{n}件，群众反映良好。\n" for n in range(1, 30))


def read(archive: Archive, given: str | Path, **options: object) -> list[Outcome]:
    return list(ingest(archive, find_sources(given), **options))  # type: ignore[arg-type]


def states(outcomes: list[Outcome]) -> list[str]:
    return [o.state for o in outcomes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def archive(home: Path) -> Archive:
    return Archive(home)


def packed_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:xz") as tar:
        for name, raw in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return path


def test_packed_folders(archive: Archive, folder: Path) -> None:
    members = {
        "甲/a.txt": NOTICE.encode("gb18030"),
        "甲/b.md": "# 题\n\n正文。".encode(),
        "甲/c.doc": b"x",
        ".git/d.txt": b"x",
    }
    with zipfile.ZipFile(folder / "x.zip", "w") as pack:
        for name, raw in members.items():
            pack.writestr(name, raw)
    packed_tar(folder / "y.tar.xz", members)
    for name in ("x.zip", "y.tar.xz"):
        found = read(archive, folder / name)
        assert states(found).count("refused") == 1
        assert [o.key.rsplit("!/", 1)[1] for o in found] == ["甲/a.txt", "甲/b.md", "甲/c.doc"]
    assert len(archive.current()) == 2  # the second archive repeats the first


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz", "a.tar.bz2", "a.jsonl", "a.urls"])
@pytest.mark.parametrize(
    "raw", [b"", b"junk" * 100, b"PK\x03\x04" + bytes(100), b"\xfd7zXZ\x00" + bytes(50), b"\x1f\x8b" + bytes(50)]
)
def test_damaged_containers_are_refused(archive: Archive, tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    assert set(states(read(archive, tmp_path / name))) <= {"refused"}


def test_ready_texts(archive: Archive, tmp_path: Path) -> None:
    lines = [
        {
            "source": "dms/1",
            "text": "题目甲\n一、情况\n全区有律师86人。",
            "number": "甲发〔2023〕1号",
            "collection": "dms",
        },
        {"source": "dms/2", "text": "  \n"},
        {"source": "dms/3"},
        {"source": "dms/4", "text": "x", "unknown": 1},
    ]
    path = tmp_path / "ready.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n{", encoding="utf-8")
    found = read(archive, path)
    assert states(found) == ["added", "refused", "refused", "refused", "refused"]
    assert "line 3: text" in found[2].reason
    document = archive.get(document_id("dms/1"))
    assert (document.title, document.number, document.collection) == ("题目甲", "甲发〔2023〕1号", "dms")
    assert states(read(archive, path))[0] == "unchanged"


class Site(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        page = self.pages.get(self.path)
        etag = f'"{hash(page)}"'
        same = page is not None and self.headers.get("If-None-Match") == etag
        self.asked.append((self.path, "304" if same else "200"))
        self.send_response(304 if same else 404 if page is None else 200)
        body = b"" if same or page is None else page.encode("gb18030")
        self.send_header("Content-Type", "text/html; charset=gb2312")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Site.pages, Site.asked = {}, []
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def page(text: str, extra: str = "") -> str:
    lines = "".join(f"<p>{line}</p>" for line in text.splitlines())
    return (
        f"<html><head><title>某市政府</title></head><body><div>{extra}</div><div class='c'>{lines}</div></body></html>"
    )


def fetch(archive: Archive, given: str | Path) -> list[Outcome]:
    return list(ingest(archive, find_sources(given, lambda key: archive.validators(key, VERSIONS))))


def test_addresses_changed_unchanged_gone_and_reposted(archive: Archive, site: str, tmp_path: Path) -> None:
    Site.pages = {"/a": page(LONG), "/b": page(LONG, "<a href='/'>首页</a>")}
    urls = tmp_path / "list.urls"
    urls.write_text(f"# two copies\n{site}/a\n{site}/b\n{site}/none\n", encoding="utf-8")
    found = fetch(archive, urls)
    assert states(found) == ["added", "repost", "refused"]
    assert document_id(f"{site}/a") in found[1].reason
    assert len(archive.current()) == 1
    assert states(fetch(archive, f"{site}/a")) == ["unchanged"]
    assert Site.asked[-1] == ("/a", "304")
    Site.pages["/a"] = page(LONG.replace("45人", "46人"))
    assert states(fetch(archive, f"{site}/a")) == ["changed"]
    # the repost still says 45, so it is a document of its own now
    assert [doc_id for doc_id, _ in archive.current()] == sorted(document_id(f"{site}/{x}") for x in "ab")


def test_a_repost_stands_in_for_what_was_removed(archive: Archive, folder: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text(LONG.replace("区司法局", f"{name}转载"), encoding="utf-8")
    assert states(read(archive, folder)) == ["added", "repost", "repost"]
    original = archive.current()[0][0]
    archive.remove(original)
    (heir,) = archive.current()
    assert heir[0] != original
    assert len(archive.reposts_of(heir[0])) == 1
    with pytest.raises(NotFound):
        archive.get(original)
    # what was removed comes back as a repost of its heir
    assert sorted(states(read(archive, folder))) == ["repost", "unchanged", "unchanged"]


def test_an_amended_text_is_no_repost(archive: Archive, folder: Path) -> None:
    (folder / "a.txt").write_text(LONG, encoding="utf-8")
    (folder / "b.txt").write_text(LONG.replace("办理事项7件", "办理事项8件"), encoding="utf-8")
    assert states(read(archive, folder)) == ["added", "added"]


def test_sync_takes_out_what_is_gone(archive: Archive, folder: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(NOTICE.replace("45人", f"{name}人"), encoding="utf-8")
    read(archive, folder)
    (folder / "b.txt").unlink()
    seen = {o.doc_id for o in read(archive, folder)}
    assert states(list(sync(archive, origin_of(str(folder)), seen, dry_run=True))) == ["removed"]
    assert len(archive.current()) == 2
    assert states(list(sync(archive, origin_of(str(folder)), seen))) == ["removed"]
    assert len(archive.current()) == 1


def test_a_dry_run_stores_nothing(archive: Archive, folder: Path) -> None:
    (folder / "a.txt").write_text(NOTICE, encoding="utf-8")
    (folder / "b.doc").write_bytes(b"x")
    assert states(read(archive, folder, dry_run=True)) == ["added", "refused"]
    assert archive.current() == []
    assert archive.quarantined() == []


def test_what_could_not_be_taken_is_quarantined_until_it_can(archive: Archive, folder: Path) -> None:
    path = folder / "a.txt"
    path.write_text("锟斤拷" * 50, encoding="utf-8")
    read(archive, path)
    ((key, reason),) = archive.quarantined()
    assert key == path.as_posix()
    assert "garbled" in reason
    path.write_text(NOTICE, encoding="utf-8")
    assert states(read(archive, path)) == ["added"]
    assert archive.quarantined() == []
    path.write_text("锟斤拷" * 50, encoding="utf-8")
    assert states(read(archive, path)) == ["refused"]
    assert "45人" in archive.get(document_id(path.as_posix())).text  # what was stored before stays


def test_the_reposts_of_a_changed_text_stand_together(archive: Archive, folder: Path) -> None:
    for name in "abc":
        (folder / f"{name}.txt").write_text(LONG, encoding="utf-8")
    read(archive, folder)
    original = archive.current()[0][0]
    Path(archive.get(original).source).write_text(LONG.replace("45人", "46人"), encoding="utf-8")
    assert sorted(states(read(archive, folder))) == ["changed", "unchanged", "unchanged"]
    assert len(archive.current()) == 2
    (heir,) = (doc_id for doc_id, _ in archive.current() if doc_id != original)
    assert len(archive.reposts_of(heir)) == 1


def test_quarantine_ends_when_the_file_is_good_again_or_gone(archive: Archive, folder: Path) -> None:
    path = folder / "a.txt"
    for raw in (NOTICE.encode(), b"\x00" * 9, NOTICE.encode()):
        path.write_bytes(raw)
        read(archive, folder)
    assert archive.quarantined() == []
    (folder / "b.wps").write_bytes(b"x")
    read(archive, folder)
    assert len(archive.quarantined()) == 1
    (folder / "b.wps").unlink()
    seen = {o.doc_id for o in read(archive, folder)}
    assert list(sync(archive, origin_of(str(folder)), seen)) == []
    assert archive.quarantined() == []


def test_names_in_gbk_and_line_separators_in_texts(archive: Archive, folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(str(folder)) + b"/" + "办法".encode("gbk") + b".txt")).write_text(
        NOTICE, encoding="utf-8"
    )
    (outcome,) = read(archive, folder)
    assert outcome.state == "added"
    assert outcome.key.endswith("/办法.txt")
    (folder / "x.jsonl").write_text('{"source": "s", "text": "题目\u2028正文一句。"}', encoding="utf-8")
    assert states(read(archive, folder / "x.jsonl")) == ["added"]


def test_new_parsers_alone_change_nothing(archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.txt").write_text(NOTICE, encoding="utf-8")
    read(archive, folder)
    monkeypatch.setattr("archive.sources.VERSIONS", "next")
    assert states(read(archive, folder)) == ["unchanged"]


def test_workers_keep_the_order_and_bound_the_time(archive: Archive, folder: Path) -> None:
    for n in range(12):
        (folder / f"{n:02}.txt").write_text(f"题目{n}\n正文{n}。", encoding="utf-8")
    with parsing_processes(2) as parsing:
        found = read(archive, folder, parsing=parsing)
    assert [o.key[-6:] for o in found] == [f"{n:02}.txt" for n in range(12)]
    assert set(states(found)) == {"added"}
    with parsing_processes(1, seconds=0.01) as parsing:
        slow = Source("slow", "slow.md", ("# 题\n\n" + "正文。\n\n" * 200_000).encode())
        (outcome,) = ingest(archive, [slow], parsing=parsing)
    assert outcome.state == "refused"
    assert "seconds" in outcome.reason


def test_a_crash_in_the_middle_keeps_what_was_added(folder: Path, home: Path) -> None:
    for n in range(400):
        (folder / f"{n:03}.txt").write_text(f"题目{n}\n" + f"正文{n}说明情况。\n" * 50, encoding="utf-8")
    program = [sys.executable, "-m", "api", "add", "--no-index", str(folder)]
    environment = {**os.environ, "GONGWEN_HOME": str(home)}
    process = subprocess.Popen(
        program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while process.poll() is None and not (home / "archive.db").exists():
        time.sleep(0.01)
    archive = Archive(home)
    while process.poll() is None and len(archive.current()) < 40:
        time.sleep(0.01)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    survived = archive.current()
    assert 40 <= len(survived) < 400
    assert archive.check() == "ok"
    for doc_id, revision in survived:
        assert archive.get(doc_id).revision == revision
    outcomes = read(archive, folder)
    assert states(outcomes).count("unchanged") == len(survived)
    assert len(archive.current()) == 400


def test_the_articles_of_real_statutes_are_all_found(archive: Archive) -> None:
    """Every fortieth of the 3,504 statutes; tests/bench/ingest.py reads them all."""
    article = re.compile(r"^第[一二三四五六七八九十百千零〇]+条(?:之[一二三四五六七八九十]+)?(?= )", re.M)
    found = 0
    with tarfile.open(shared("documents") / "statutes-md.tar.xz") as tar:
        members = [m for m in tar if m.isfile() and m.name.endswith(".md")]
        assert len(members) == 3504
        for member in members[::40]:
            file = tar.extractfile(member)
            assert file is not None
            raw = file.read()
            parsed = parse(Source("key", "a.md", raw))
            labels = [s.path[-1] for s in parsed.sections if is_article(s)]
            assert labels == article.findall(raw.decode()), member.name
            found += len(labels)
    assert found > 3000


def test_what_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        list(find_sources(tmp_path / "none"))
    with pytest.raises(BadInput):
        list(find_sources("a\x00b"))
