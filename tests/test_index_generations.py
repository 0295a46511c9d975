from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import CORPUS, NOTICE, ROOT
from fakes import FakeEncoder
from filelock import FileLock

from api.settings import Settings
from api.wiring import Engine
from archive.errors import Busy, IndexMismatch, IndexMissing, NotFound
from archive.store import VectorCache
from index.addresses import addresses
from index.generations import REBUILD, Growth, build, current_number, open_current, verify
from index.types import Filters, FloatArray


def quiet(done: int, total: int) -> None:
    pass


def files(home: Path) -> dict[str, bytes]:
    """All but the manifest and the lexical index: tantivy gives its files random names."""
    parts = home / "generations" / str(current_number(home)) / "parts"
    return {p.relative_to(parts).as_posix(): p.read_bytes() for p in sorted(parts.rglob("*")) if p.is_file()}


def ranked(engine: Engine, question: str) -> list[tuple[str, float]]:
    searcher = engine.searcher()
    return [(hit.passage.id, hit.score) for hit in searcher.search(searcher.understand(question), 10)]


def test_a_second_build_embeds_nothing_and_leaves_the_same(engine: Engine) -> None:
    before = files(engine.settings.home)
    report = engine.build(quiet)
    assert (report.embedded, report.changed, report.number) == (0, False, 1)
    assert files(engine.settings.home) == before


def test_the_same_archive_gives_the_same_files(engine: Engine, notice_file: Path, tmp_path: Path) -> None:
    other = Engine(engine.settings.model_copy(update={"home": tmp_path / "other"}), FakeEncoder())
    list(other.add(notice_file))
    other.build(quiet)
    assert files(tmp_path / "other") == files(engine.settings.home)
    assert ranked(other, "社区矫正志愿者") == ranked(engine, "社区矫正志愿者") != []


def test_a_changed_document_embeds_only_what_changed(engine: Engine, notice_file: Path) -> None:
    notice_file.write_text(NOTICE.replace("300人", "301人"), encoding="utf-8")
    list(engine.add(notice_file))
    encoder = engine.encoder
    assert isinstance(encoder, FakeEncoder)
    before = encoder.encoded
    report = engine.build(quiet)
    assert (report.number, report.changed) == (2, True)
    assert 0 < encoder.encoded - before == report.embedded < report.passages
    assert engine.answerer().answer("全年接收社区矫正对象多少人").text == "301人"


def test_the_previous_generation_is_kept_and_older_ones_go(engine: Engine) -> None:
    home = engine.settings.home
    for _ in range(3):
        engine.build(quiet, rebuild=True)
    assert sorted(int(p.name) for p in (home / "generations").iterdir()) == [3, 4]
    assert current_number(home) == 4


def test_nothing_indexed_yet(home: Path) -> None:
    home.mkdir()
    with pytest.raises(IndexMissing, match="gongwen reindex"):
        open_current(home, "fake:1")


def test_another_encoder_is_refused_with_the_mend(engine: Engine) -> None:
    with pytest.raises(IndexMismatch, match=REBUILD):
        open_current(engine.settings.home, "other:1")


DAMAGED = [
    "manifest.json",
    "parts/0/documents.json",
    "parts/0/passages.npy",
    "parts/0/figures.npy",
    "parts/0/readings.npy",
    "parts/0/readings.json",
    "parts/0/passages/vectors.faiss",
    "parts/0/figures/vectors.json",
    "parts/0/pieces.f16",
    "lexical/meta.json",
]


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}", "[" * 10_000, '{"format": 2}'])
@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_seen_and_mended(engine: Engine, name: str, content: str) -> None:
    home = engine.settings.home
    good, answers = files(home), ranked(engine, "志愿者")
    (home / "generations" / "1" / name).write_text(content, encoding="utf-8")
    assert verify(home, 1)
    with pytest.raises(IndexMismatch, match="gongwen reindex"):
        open_current(home, engine.encoder.fingerprint)
    report = engine.build(quiet)
    assert report.changed
    assert report.embedded == 0
    assert not verify(home, report.number)
    assert files(home) == good
    assert ranked(engine, "志愿者") == answers
    assert engine.answerer().answer("开展培训多少期").text == "12期"


def test_a_document_added_while_building_waits_for_the_next_build(engine: Engine, tmp_path: Path) -> None:
    late = [tmp_path / f"late{at}.txt" for at in range(5)]

    class AddsWhileEncoding(FakeEncoder):
        fingerprint = "fake:2"

        def encode_passages(self, texts: Sequence[str]) -> FloatArray:
            for path in late:
                path.write_text(f"渔业通知{path.name}\n一、渔船\n现有渔船{len(texts)}艘。", encoding="utf-8")
                list(engine.add(path))
            return super().encode_passages(texts)

    engine.encoder = AddsWhileEncoding()
    first = engine.build(quiet)
    assert first.documents == 1
    assert len(open_current(engine.settings.home, "fake:2").passages) == first.passages
    assert engine.build(quiet).documents == 6


def test_a_server_keeps_answering_when_current_is_lost(engine: Engine) -> None:
    before = engine.answerer().answer("开展培训多少期")
    (engine.settings.home / "CURRENT").unlink()
    assert engine.answerer().answer("开展培训多少期") == before


def test_two_builds_at_once_are_refused(engine: Engine) -> None:
    with FileLock(engine.settings.home / "build.lock"), pytest.raises(Busy, match="another process"):
        engine.build(quiet)


SMALL = Growth(least=1, later=10, dead=0.9, parts=3)
LETTERS = "甲乙丙丁戊己庚辛"


def add_letters(engine: Engine, folder: Path, letters: str, growth: Growth = SMALL) -> None:
    """One document a letter, each built by itself."""
    for letter in letters:
        (folder / f"{letter}.txt").write_text(
            f"{letter}县渔业通报\n一、渔船\n{letter}县有渔船{ord(letter)}艘。", encoding="utf-8"
        )
        list(engine.add(folder / f"{letter}.txt"))
        cache = VectorCache(engine.settings.home)
        assert build(engine.settings.home, engine.archive, cache, engine.encoder, growth=growth).changed


def parts(engine: Engine) -> list[int]:
    return [part["documents"] for part in engine.searcher().generation.manifest["parts"]]


def test_new_documents_make_parts_that_are_merged_when_they_are_many(engine: Engine, tmp_path: Path) -> None:
    add_letters(engine, tmp_path, "甲乙")
    assert parts(engine) == [1, 1, 1]
    add_letters(engine, tmp_path, "丙")
    assert parts(engine) == [1, 3]
    add_letters(engine, tmp_path, "丁")
    assert parts(engine) == [1, 3, 1]
    before = [ranked(engine, f"{letter}县渔船") for letter in LETTERS]
    assert engine.build(quiet, rebuild=True).documents == 5
    assert parts(engine) == [5]
    after = [ranked(engine, f"{letter}县渔船") for letter in LETTERS]
    assert [{hit for hit, _ in hits} for hits in after] == [{hit for hit, _ in hits} for hits in before]
    assert [hits[0][0] for hits in after[:4]] == [hits[0][0] for hits in before[:4]]


def test_a_big_later_part_is_not_written_again_for_small_ones(engine: Engine, tmp_path: Path) -> None:
    for letter in "甲乙丙丁戊":
        (tmp_path / f"{letter}.txt").write_text(
            f"{letter}县渔业通报\n{letter}县有渔船{ord(letter)}艘。", encoding="utf-8"
        )
        list(engine.add(tmp_path / f"{letter}.txt"))
    add_letters(engine, tmp_path, "己庚")
    assert parts(engine) == [1, 6, 1]
    add_letters(engine, tmp_path, "辛")
    assert parts(engine) == [1, 6, 2]
    before = ranked(engine, "辛县渔船")[0]
    (removed,) = engine.remove(str(tmp_path / "辛.txt"))
    assert ranked(engine, "辛县渔船")[0][0] != before[0]
    assert before[0].startswith(removed.doc_id)


def test_many_later_documents_are_written_with_all_others(engine: Engine, tmp_path: Path) -> None:
    add_letters(engine, tmp_path, "甲", Growth(least=1, later=1.0))
    assert parts(engine) == [1, 1]
    add_letters(engine, tmp_path, "乙", Growth(least=1, later=1.0))
    assert parts(engine) == [3]


def test_a_changed_and_a_removed_document_are_dead_in_their_part(engine: Engine, tmp_path: Path) -> None:
    add_letters(engine, tmp_path, "甲乙")
    (tmp_path / "甲.txt").write_text("甲县渔业通报\n一、渔船\n甲县有渔船77艘。", encoding="utf-8")
    list(engine.add(tmp_path / "甲.txt"))
    list(engine.remove(str(tmp_path / "乙.txt")))
    growth = Growth(least=1, later=10, dead=0.9)
    report = build(
        engine.settings.home, engine.archive, VectorCache(engine.settings.home), engine.encoder, growth=growth
    )
    assert (report.documents, report.changed) == (2, True)
    generation = engine.searcher().generation
    assert len(generation.documents) - int(generation.live.sum()) == 2 == len(generation.manifest["dead"])
    texts = [engine.archive.get(hit.split("@")[0]).text for hit, _ in ranked(engine, "渔船多少艘")]
    assert any("77艘" in text for text in texts)
    assert not any("乙县" in text for text in texts)
    assert engine.answerer().answer("甲县有渔船多少艘").text == "77艘"
    assert not verify(engine.settings.home, report.number)


def test_dead_documents_that_come_to_a_quarter_are_cleared_away(engine: Engine, tmp_path: Path) -> None:
    add_letters(engine, tmp_path, "甲乙丙丁", Growth(least=10_000))
    list(engine.remove(str(tmp_path / "乙.txt")))
    tight = Growth(least=1, dead=0.1)
    build(engine.settings.home, engine.archive, VectorCache(engine.settings.home), engine.encoder, growth=tight)
    assert engine.searcher().generation.live.all()
    assert parts(engine) == [4]


def test_readers_see_the_old_or_the_new_generation(engine: Engine, notice_file: Path) -> None:
    answers: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            answers.append(engine.answerer().answer("全年接收社区矫正对象多少人").text)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for people in range(301, 305):
        notice_file.write_text(NOTICE.replace("300人", f"{people}人"), encoding="utf-8")
        list(engine.add(notice_file))
        engine.build(quiet)
    stop.set()
    for reader in readers:
        reader.join(timeout=30)
    answers.append(engine.answerer().answer("全年接收社区矫正对象多少人").text)
    assert answers[-1] == "304人"
    assert set(answers) <= {f"{people}人" for people in range(300, 305)}


@pytest.mark.real
def test_a_killed_build_goes_on_and_ends_equal(real: Engine, tmp_path: Path) -> None:
    """SIGKILL in the middle of embedding; what was embedded by then is not embedded again."""
    home = tmp_path / "killed"
    environment = {**os.environ, "GONGWEN_HOME": str(home), "GONGWEN_CORPUS": str(CORPUS)}
    command = [sys.executable, "-m", "api", "reindex", "--json"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        embedded = wait_for_vectors(home / "vectors.db", least=128)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert current_number(home) is None
    preload(home, real.settings.home)
    finished = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=200
    )
    assert json.loads(finished.stdout)["index"]["changed"]
    assert embedded >= 128
    assert files(home) == files(real.settings.home)


def wait_for_vectors(path: Path, least: int) -> int:
    for _ in range(600):
        time.sleep(0.2)
        if path.exists():
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                try:
                    count = int(db.execute("select count(*) from vectors").fetchone()[0])
                except sqlite3.OperationalError:
                    continue
            db.close()
            if count >= least:
                return count
    raise AssertionError("the build embedded nothing")


def preload(home: Path, other: Path) -> None:
    """Add what the killed build had not reached yet from a finished build, but 256 texts, to save time."""
    db = sqlite3.connect(home / "vectors.db")
    db.execute("attach ? as other", (str(other / "vectors.db"),))
    done = {row[0] for row in db.execute("select text_sha256 from vectors")}
    missing = [row for row in db.execute("select * from other.vectors order by text_sha256") if row[1] not in done]
    db.executemany("insert into vectors values (?, ?, ?)", missing[256:])
    db.commit()
    db.close()


def test_what_was_removed_is_in_no_answer_although_the_generation_has_it(engine: Engine) -> None:
    question = "全年接收社区矫正对象多少人"
    searcher = engine.searcher()
    assert engine.answerer().answer(question).text == "300人"
    (document,) = engine.archive.documents(limit=2)
    assert [o.state for o in engine.remove(document.source)] == ["removed"]
    assert engine.searcher() is searcher
    assert engine.answerer().answer(question).kind == "refusal"
    assert engine.answerer().answer(question).alternatives == ()
    understood = searcher.understand(question)
    assert searcher.search(understood, 5) == []
    assert searcher.figures(understood, 5) == []
    question = f"《{document.title}》第一条"
    assert searcher.addressed(addresses(question)[0], question, Filters()) == []
    with pytest.raises(NotFound):
        engine.remove(document.id)


def test_a_tiny_archive_has_a_word_to_probe_with(home: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "notice.txt").write_text("渔船艘", encoding="utf-8")
    engine = Engine(Settings(home=home, models=models, reranker=""), FakeEncoder())
    list(engine.add(tmp_path / "notice.txt"))
    engine.build(quiet)
    assert engine.searcher().probe() in {"渔船", "船艘"}
