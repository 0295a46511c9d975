from __future__ import annotations

import os
from pathlib import Path

import pytest

from index import checksums
from index.checksums import Checksums, sha256


def test_a_file_is_read_again_only_when_it_was_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, linked = tmp_path / "a", tmp_path / "b"
    file.write_bytes(b"one")
    before = Checksums(tmp_path / "kept")
    assert before.of(file) == sha256(file) != ""
    before.keep()

    os.link(file, linked)
    read: list[Path] = []
    monkeypatch.setattr(checksums, "sha256", lambda path: read.append(path) or sha256(path))
    after = Checksums(tmp_path / "kept")
    assert after.of(linked) == after.of(file) == sha256(file)
    assert read == []
    file.write_bytes(b"two")
    assert after.of(file) == sha256(file)
    assert read == [file]


def test_what_is_missing_has_none(tmp_path: Path) -> None:
    assert sha256(tmp_path / "none") == Checksums(tmp_path / "kept").of(tmp_path / "none") == ""


@pytest.mark.parametrize("content", ["", "[]", "{", '{"1:2": 3}', "\xff", "[" * 10_000])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, content: str) -> None:
    (tmp_path / "kept").write_bytes(content.encode("latin-1"))
    (tmp_path / "a").write_bytes(b"one")
    assert Checksums(tmp_path / "kept").of(tmp_path / "a") == sha256(tmp_path / "a")
