from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive.errors import StoreDamaged
from index.made import made


class Maker:
    """Writes one file and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "a.bin").write_bytes(b"whole")


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    make = Maker()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: made(tmp_path / "x" / "m", "1", make), range(16)))
    assert found == {tmp_path / "x" / "m"}
    assert make.times == 1


@pytest.mark.parametrize("name", ["a.bin", "checksums.json"])
@pytest.mark.parametrize("content", [b"whol", b"Whole", b"", b"[]", b"{}", None])
def test_a_damaged_folder_is_made_again(tmp_path: Path, name: str, content: bytes | None) -> None:
    make = Maker()
    path = made(tmp_path / "m", "1", make) / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    made(tmp_path / "m", "1", make)
    assert make.times == 2
    assert (tmp_path / "m" / "a.bin").read_bytes() == b"whole"


def test_another_version_is_made_again(tmp_path: Path) -> None:
    make = Maker()
    for version in ("1", "2", "2"):
        made(tmp_path / "m", version, make)
    assert make.times == 2


def test_a_folder_that_was_half_made_is_never_used(tmp_path: Path) -> None:
    def killed(folder: Path) -> None:
        (folder / "a.bin").write_bytes(b"ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "m", "1", killed)
    assert not (tmp_path / "m").exists()
    made(tmp_path / "m", "1", Maker())
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["a.bin", "checksums.json"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreDamaged, match="cannot be written"):
        made(tmp_path / "file" / "m", "1", Maker())
