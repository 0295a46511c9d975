from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import BadInput, NotFound
from archive.ingest import document_id, ingest
from archive.sources import READY, Source
from archive.store import Archive
from archive.text import canonical
from archive.types import Facts, Span
from index import judged
from index.judged import Asked, Gold, JudgedQuestion, Target, aim, locate, ranks, read_documents, read_questions
from index.types import Passage

CORPUS = [{"_id": "a", "title": "甲", "text": "甲\n收费一元。"}, {"_id": "b", "text": "乙方办理。", "metadata": {}}]


def folder_of(folder: Path, corpus: Sequence[object], queries: Sequence[object], **qrels: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    for name, text in qrels.items():
        (folder / "qrels").mkdir(exist_ok=True)
        (folder / "qrels" / f"{name}.tsv").write_text(text, encoding="utf-8")
    return folder


def passage(doc_id: str, start: int = 0, end: int = 10) -> Passage:
    return Passage(doc_id, "r", Span(start, end), ())


# reading


def test_gold_in_the_questions(tmp_path: Path) -> None:
    queries = [
        {"_id": "1", "text": "多少钱？", "gold": [{"document": "a", "quote": "一元", "start": 4}]},
        {"_id": "2", "text": "Who?", "language": "en", "gold": [{"document": "b"}]},
        {"_id": "3", "text": "没有判过"},
    ]
    folder = folder_of(tmp_path / "set", CORPUS, queries)
    assert [(d.id, d.title, d.text) for d in read_documents(folder)] == [
        ("a", "甲", "甲\n收费一元。"),
        ("b", "", "乙方办理。"),
    ]
    first, second = read_questions(folder)
    assert first.gold == (Gold(document="a", quote="一元", start=4),)
    assert (second.language, second.gold[0].is_quoted) == ("en", False)


def test_gold_in_qrels(tmp_path: Path) -> None:
    queries = [{"_id": str(n), "text": "?"} for n in range(3)]
    dev = "query-id\tcorpus-id\tscore\n0\ta\t1\n0\tb\t0\n1\tb\t2\n"
    folder = folder_of(tmp_path / "set", CORPUS, queries, dev=dev)
    assert [(q.id, [g.document for g in q.gold]) for q in read_questions(folder)] == [("0", ["a"]), ("1", ["b"])]
    folder_of(folder, CORPUS, queries, test="2\ta\t1\n2\tb\t1")
    assert [(q.id, [g.document for g in q.gold]) for q in read_questions(folder)] == [("2", ["a", "b"])]


@pytest.mark.parametrize(
    ("corpus", "queries", "qrels", "message"),
    [
        (["{}"], [], None, r"corpus\.jsonl, line 1: _id"),
        ([*CORPUS, "", "{"], [], None, r"corpus\.jsonl, line 4: "),
        ([*CORPUS, CORPUS[0]], [], None, r"corpus\.jsonl, line 3: the id a was given before"),
        ([{"_id": "a", "text": "x", "titel": "y"}], [], None, r"line 1: titel: Extra"),
        (["[" * 100_000], [], None, r"corpus\.jsonl, line 1: "),
        ([], ['{"_id": "1", "text": ""}'], None, r"queries\.jsonl, line 1: text"),
        ([], [{"_id": "1", "text": "x", "language": "de"}], None, r"queries\.jsonl, line 1: language"),
        ([], [{"_id": "1", "text": "x", "gold": [{"document": "a", "start": 3}]}], None, r"line 1: gold\.0: .*needs an end"),
        ([], [{"_id": "1", "text": "x", "gold": [{"document": "a", "start": 3, "end": 3}]}], None, "before end"),
        ([], [{"_id": "1", "text": "x", "gold": [{"document": "a", "quote": "x", "end": 3}]}], None, "not both"),
        ([], [{"_id": "1", "text": "x"}], None, "no question has a gold"),
        ([], [{"_id": "1", "text": "x"}], "a\tb\tc\n1\ta\n", r"test\.tsv, line 2: not query-id"),
        ([], [{"_id": "1", "text": "x"}], "1\ta\t1\n1\ta\tmuch\n", r"test\.tsv, line 2: not query-id"),
        ([], [{"_id": "1", "text": "x"}], "7\ta\t1\n", "judges question 7"),
    ],
)  # fmt: skip
def test_a_broken_line_is_named(
    tmp_path: Path, corpus: list[object], queries: list[object], qrels: str | None, message: str
) -> None:
    folder = folder_of(tmp_path / "set", corpus, queries, **({"test": qrels} if qrels else {}))
    with pytest.raises(BadInput, match=message):
        _ = list(read_documents(folder)), read_questions(folder)


def test_bytes_that_are_no_utf_8_and_lines_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "set", CORPUS, [])
    (folder / "corpus.jsonl").write_bytes('{"_id": "a", "text": "甲"}\n'.encode() + "甲".encode("gb18030"))
    with pytest.raises(BadInput, match="line 2: not UTF-8"):
        list(read_documents(folder))
    monkeypatch.setattr(judged, "LONGEST_LINE", 1000)
    (folder / "corpus.jsonl").write_bytes(b"\n" + b"x" * 1001)
    with pytest.raises(BadInput, match="line 2: more than is read"):
        list(read_documents(folder))
    with pytest.raises(NotFound, match=r"a judged set is a folder with corpus\.jsonl"):
        list(read_documents(tmp_path / "none"))


# gold to places


def read_in(home: Path, texts: Mapping[str, tuple[str, str]]) -> Archive:
    """An archive of (title, text) by key."""
    archive = Archive(home)
    sources = [Source(key, f"{key}{READY}", text.encode(), Facts(title=title)) for key, (title, text) in texts.items()]
    for _ in ingest(archive, sources):
        pass
    return archive


def question(*golds: dict[str, Any]) -> JudgedQuestion:
    return JudgedQuestion.model_validate({"_id": "q", "text": "?", "gold": golds})


def test_offsets_are_carried_over_to_the_canonical_text(home: Path) -> None:
    text = "\ufeff收费  标准\r\n\r\n甲类　收费一元。\r\n乙类　收费一元。\r\n"
    archive = read_in(home, {"a": ("标准", text)})
    stored = archive.get(document_id("a")).text
    second = {"document": "a", "quote": "收费一元", "start": text.rindex("收费一元")}
    for gold, line in (
        (second, "乙类 收费一元。"),
        ({**second, "start": text.index("收费一元")}, "甲类 收费一元。"),
        ({"document": "a", "quote": "收费一元"}, "甲类 收费一元。"),
        ({"document": "a", "start": second["start"], "end": second["start"] + 4}, "乙类 收费一元。"),
        ({"document": "a", "quote": "乙类　收费", "start": 0}, "乙类 收费一元。"),
    ):
        (asked,), lost = aim([question(gold)], {"a": text}, archive)
        (target,) = asked.targets
        assert target.span is not None
        assert not lost
        start = stored.index(line)
        assert start <= target.span.start < start + len(line)
        assert target.span.of(stored) in line


def test_a_gold_that_cannot_be_found_is_named_and_counts(home: Path) -> None:
    archive = read_in(home, {"a": ("甲", "甲\n收费一元。")})
    golds = [
        {"document": "a", "quote": "两元"},
        {"document": "none"},
        {"document": "a", "quote": "\u200b"},
        {"document": "a"},
    ]
    (asked,), lost = aim([question(*golds)], {"a": "甲\n收费一元。"}, archive)
    assert asked == Asked("q", "?", "", (Target(document_id("a"), None),), 3)
    assert [str(each) for each in lost] == [
        "question q, document a: does not hold the words '两元'",
        "question q, document none: is not in the archive",
        "question q, document a: does not hold the words '\\u200b'",
    ]
    assert ranks(asked, [passage("x"), passage(document_id("a"))]) == (2, 0, 0, 0)


def test_a_repost_stands_for_what_it_repeats(home: Path) -> None:
    text = "通知\n" + "".join(f"{word}类事项由{word}科办理。\n" for word in "甲乙丙丁戊己")
    archive = read_in(home, {"a": ("通知", text), "b": ("通知（转载）", text)})
    ((repost, original),) = archive.reposts().items()
    golds = [{"document": key, "quote": "丙科"} for key in "ab"]
    (asked,), lost = aim([question(*golds)], {"a": text, "b": text}, archive)
    assert not lost
    assert [target.doc_id for target in asked.targets] == [original]
    assert repost != original


@given(
    st.text(st.sampled_from("甲乙丙 \u3000\n\r，"), max_size=40),
    st.text(st.sampled_from("甲乙丙，"), min_size=1, max_size=6),
    st.text(st.sampled_from("甲乙丙 \u3000\n\r，"), max_size=40),
)
def test_a_quote_is_found_where_it_was(before: str, quote: str, after: str) -> None:
    given_text = before + quote + after
    text = canonical(given_text)
    span = locate(quote, given_text, len(before), text)
    assert span is not None
    assert span.of(text) == quote
    # blanks at line ends go, so the place is as near as the text up to it is long
    assert abs(span.start - len(canonical(before))) <= 1


# ranks


@pytest.mark.parametrize(
    ("targets", "lost", "found", "expected"),
    [
        ([Target("a", None)], 0, [("b", 0), ("b", 20), ("a", 0)], (2,)),  # documents are ranked, not passages
        ([Target("a", None), Target("b", None)], 1, [("b", 0), ("a", 0)], (1, 2, 0)),
        ([Target("a", Span(5, 7))], 0, [("a", 10), ("a", 0)], (2,)),
        ([Target("a", Span(8, 12))], 0, [("b", 0), ("a", 10), ("a", 0)], (2,)),  # the first that overlaps
        ([Target("a", Span(10, 12))], 0, [("a", 0), ("a", 20)], (0,)),  # touching is not overlapping
        ([Target("a", Span(1, 2)), Target("b", None)], 0, [("a", 20), ("b", 0), ("a", 0)], (2, 3)),
        ([], 1, [("a", 0)], (0,)),
    ],
)
def test_ranks(targets: list[Target], lost: int, found: list[tuple[str, int]], expected: tuple[int, ...]) -> None:
    asked = Asked("q", "?", "zh", tuple(targets), lost)
    assert ranks(asked, [passage(doc_id, start, start + 10) for doc_id, start in found]) == expected
