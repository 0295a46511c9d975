from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import containers
from archive.containers import Container, parse_xml, resolved, zip_members
from archive.errors import BadInput


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return file.getvalue()


def renamed(raw: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    return raw.replace(old, new)


def flagged(raw: bytes, flag: int) -> bytes:
    """Set a general purpose flag in all local headers and directory entries."""
    changed = bytearray(raw)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(signature)
        while start >= 0:
            flags = struct.unpack_from("<H", changed, start + at)[0]
            struct.pack_into("<H", changed, start + at, flags | flag)
            start = changed.find(signature, start + 4)
    return bytes(changed)


def test_members_are_read_from_bytes_and_from_a_path(tmp_path: Path) -> None:
    raw = packed({"a.txt": b"one", "folder/": b"", "folder/b.txt": b"two"})
    path = tmp_path / "a.zip"
    path.write_bytes(raw)
    for source in (raw, path):
        with Container(source, "a.zip") as container:
            assert container.names == ["a.txt", "folder/b.txt"]
            assert container.read("folder/b.txt") == b"two"
    assert list(zip_members(path)) == [("a.txt", b"one"), ("folder/b.txt", b"two")]


def test_names_stored_as_gbk_or_utf8_without_the_flag_are_read_right() -> None:
    for encoding in ("gb18030", "utf-8"):
        name = "通知/关于印发.docx".encode(encoding)
        raw = renamed(packed({"x" * len(name): b"ok"}), b"x" * len(name), name)
        assert not raw.count(b"x" * 8)
        with Container(raw, "a.zip") as container:
            assert container.names == ["通知/关于印发.docx"]
            assert container.read("通知/关于印发.docx") == b"ok"


def test_names_with_the_flag_are_utf8() -> None:
    with Container(packed({"通知.txt": b"ok"}), "a.zip") as container:
        assert container.names == ["通知.txt"]


def test_paths_are_normalised_and_found_in_any_case() -> None:
    raw = packed({"./Doc_0//Pages/../Document.xml": b"1", "/absolute.xml": b"2", "back\\slash.xml": b"3"})
    with Container(raw, "a.ofd") as container:
        assert container.names == ["Doc_0/Document.xml", "absolute.xml", "back/slash.xml"]
        assert container.find("/doc_0/DOCUMENT.xml") == "Doc_0/Document.xml"
        assert container.read("BACK/slash.xml") == b"3"
        assert container.find("nothing.xml") is None
        with pytest.raises(BadInput, match="missing"):
            container.read("nothing.xml")


@pytest.mark.parametrize("path", ["../evil.txt", "a/../../evil.txt", "..\\evil.txt"])
def test_names_that_lead_out_are_refused(path: str) -> None:
    with pytest.raises(BadInput, match="leads out"):
        Container(packed({path: b""}), "a.zip")


def test_locations_are_resolved_within_the_container() -> None:
    assert resolved("Pages/Page_0/Content.xml", "Doc_0", "a") == "Doc_0/Pages/Page_0/Content.xml"
    assert resolved("/Doc_1/Document.xml", "Doc_0", "a") == "Doc_1/Document.xml"
    assert resolved("../word/styles.xml", "word", "a") == "word/styles.xml"
    with pytest.raises(BadInput, match="leads out"):
        resolved("../../etc/passwd", "Doc_0", "a")


def test_encrypted_members_are_refused() -> None:
    raw = flagged(packed({"a.txt": b"secret"}), 1)
    with Container(raw, "a.zip") as container, pytest.raises(BadInput, match="encrypted; save it without a password"):
        container.read("a.txt")


def test_rare_compression_is_refused() -> None:
    raw = packed({"a.txt": b"x" * 100}, zipfile.ZIP_LZMA)
    with Container(raw, "a.zip") as container, pytest.raises(BadInput, match="rare way"):
        container.read("a.txt")


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MOST_MEMBERS", 3)
    Container(packed({str(n): b"" for n in range(3)}), "a.zip").close()
    with pytest.raises(BadInput, match="4 files"):
        Container(packed({str(n): b"" for n in range(4)}), "a.zip")


def test_a_huge_directory_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_LARGEST_DIRECTORY", 1000)
    with pytest.raises(BadInput, match="directory"):
        Container(packed({f"{n:050}": b"" for n in range(30)}), "a.zip")


def test_members_and_totals_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LARGEST_MEMBER", 100)
    monkeypatch.setattr(containers, "LARGEST_TOTAL", 150)
    with Container(packed({"a": b"x" * 100, "b": b"x" * 51, "c": b"x" * 101}), "a.zip") as container:
        assert len(container.read("a")) == 100
        for path in ("b", "c"):
            with pytest.raises(BadInput, match="unpacks to more"):
                container.read(path)


def test_a_bomb_is_refused() -> None:
    with Container(packed({"a": b"\0" * 20_000_000}), "a.zip") as container, pytest.raises(BadInput, match="bomb"):
        container.read("a")


def test_a_header_that_lies_about_the_size_does_not_help_a_bomb() -> None:
    raw = bytearray(packed({"a": b"\0" * 3_000_000}))
    entry = raw.find(b"PK\x01\x02")
    struct.pack_into("<I", raw, entry + 24, 10)
    with Container(bytes(raw), "a.zip") as container, pytest.raises(BadInput):
        container.read("a")


def test_what_is_no_zip_or_damaged_is_refused(tmp_path: Path) -> None:
    raw = packed({"a.txt": b"text " * 1000})
    for bad in (b"", b"PK", b"plain text", raw[: len(raw) // 2]):
        with pytest.raises(BadInput, match="no ZIP"):
            Container(bad, "a.zip")
    with pytest.raises(BadInput, match="no ZIP"):
        Container(tmp_path / "missing.zip", "missing.zip")
    changed = bytearray(raw)
    changed[40] ^= 0xFF
    with Container(bytes(changed), "a.zip") as container, pytest.raises(BadInput, match="damaged"):
        container.read("a.txt")


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6), st.integers(0, 400))
@settings(max_examples=300)
def test_nothing_else_is_raised_for_mutated_files(changes: list[tuple[int, int]], cut: int) -> None:
    raw = bytearray(packed({"通知.txt": b"one two three" * 20, "folder/b.txt": b"two"}))
    for at, value in changes:
        raw[at % len(raw)] = value
    with suppress(BadInput), Container(bytes(raw[: len(raw) - cut if cut < 30 else None]), "a.zip") as container:
        for name in container.names:
            assert isinstance(container.read(name), bytes)


def test_xml_is_parsed_without_comments() -> None:
    root = parse_xml("<?xml version='1.0' encoding='gb18030'?><a><!-- no -->文<?pi no?></a>".encode("gb18030"), "a.xml")
    assert root.tag == "a"
    assert len(root) == 0
    assert "".join(root.itertext()) == "文"


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<a><![CDATA[<!ENTITY]]></a>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declarations_are_refused(text: str, encoding: str) -> None:
    with pytest.raises(BadInput, match=r"a\.xml: declares"):
        parse_xml(text.encode(encoding), "a.xml")


@pytest.mark.parametrize(
    "raw",
    [b"", b"<a>", b"<a>\xff</a>", b"<a>&unknown;</a>", b"<a b='1' b='2'/>", b"<?xml version='1.0' encoding='x-no'?><a/>",
     b"<a>" * 5000 + b"</a>" * 5000, b"<a>\0</a>"],
)  # fmt: skip
def test_damaged_xml_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput, match=r"a\.xml: damaged XML"):
        parse_xml(raw, "a.xml")
