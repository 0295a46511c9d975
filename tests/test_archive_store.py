from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from archive.errors import GongwenError, NotFound
from archive.ingest import document_id, ingest
from archive.sources import READY, Source
from archive.store import Archive
from archive.types import Document


def document(key: str) -> Document:
    return Document(id=key, revision="r", title=key, text=key, sections=())


def sources(count: int) -> Iterator[Source]:
    for n in range(count):
        yield Source(str(n), f"{n}{READY}", f"启事\n第{n}号房屋出租。".encode())


def test_what_is_stored_together_is_stored_at_once_or_not_at_all(home: Path) -> None:
    archive, other = Archive(home), Archive(home)
    with archive.together():
        archive.put(document("a"), "f")
        assert archive.get("a").text == "a"
        assert other.current() == []
        found: list[object] = []
        thread = Thread(target=lambda: found.append(archive.current()))
        thread.start()
        thread.join()
        assert found == [[]]
    assert [doc_id for doc_id, _ in other.current()] == ["a"]
    with pytest.raises(NotFound), archive.together():
        _put_and_fail(archive)
    assert [doc_id for doc_id, _ in archive.current()] == ["a"]
    archive.put(document("c"), "f")  # and then one by one again
    assert other.get("c").text == "c"


def _put_and_fail(archive: Archive) -> None:
    archive.put(document("b"), "f")
    archive.remove("a")
    archive.get("a")


def opened(home: str, together: Any) -> str:
    together.wait()
    try:
        Archive(Path(home))
    except GongwenError as error:
        return str(error)
    return ""


def test_processes_that_come_at_once_to_a_new_home_all_open_it(tmp_path: Path) -> None:
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(2, context) as pool:
        for at in range(30):
            together = manager.Barrier(2)
            assert list(pool.map(opened, [str(tmp_path / str(at))] * 2, [together] * 2)) == ["", ""]


def test_an_error_within_is_the_callers_own(home: Path) -> None:
    archive = Archive(home)
    with archive.together():
        archive.put(document("a"), "f")
        with pytest.raises(NotFound):
            archive.remove("none")
    assert [doc_id for doc_id, _ in archive.current()] == ["a"]


def test_an_outcome_is_told_when_its_document_is_stored_and_small_ones_share_a_transaction(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, other = Archive(home), Archive(home)
    transactions = 0
    together = Archive.together

    def counted(self: Archive):  # type: ignore[no-untyped-def]
        nonlocal transactions
        transactions += 1
        return together(self)

    monkeypatch.setattr(Archive, "together", counted)
    for outcome in ingest(archive, sources(200)):
        assert outcome.state == "added"
        assert other.fingerprint(outcome.doc_id) is not None
    assert len(other.current()) == 200
    assert transactions < 200 / 4


def test_what_comes_slowly_is_stored_before_there_is_much_of_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.ingest._TOGETHER_SECONDS", 0.01)
    archive = Archive(home)
    seen: list[int] = []

    def slowly() -> Iterator[Source]:
        for source in sources(3):
            time.sleep(0.02)
            yield source
            seen.append(len(archive.current()))

    found = [outcome.doc_id for outcome in ingest(archive, slowly())]
    assert found == [document_id(str(n)) for n in range(3)]
    assert seen == [1, 2, 3]
