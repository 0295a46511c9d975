from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, SHARED, shared
from fakes import FakeEncoder

import api.evaluate
from api.cli import cli, main
from api.evaluate import measure, set_home
from api.settings import Settings
from archive.errors import BadInput, UsageError
from index.evaluation import FIGURES, Report, leg_of, read_report

QUALITY = ROOT / "tests" / "quality"
SMALL = QUALITY / "small"
sys.path.insert(0, str(QUALITY))


@pytest.fixture
def settings(home: Path, models: Path) -> Settings:
    return Settings(home=home, models=models, reranker="")


@pytest.fixture
def small(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small set where it may be changed, with the fake encoder."""
    monkeypatch.setenv("GONGWEN_MODELS", str(models))
    monkeypatch.setattr(api.evaluate, "encoder_of", lambda settings: FakeEncoder())
    return Path(shutil.copytree(SMALL, tmp_path / "small"))


def evaluate(home: Path, *arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["eval", *map(str, arguments), "--home", str(home)], standalone_mode=False)
    code = done.exit_code
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return code, done.stdout, done.stderr


@pytest.mark.real
def test_the_real_search_on_the_small_set(settings: Settings) -> None:
    """A floor for both languages, by the real pipeline and models."""
    report, lost = measure([SMALL], settings.model_copy(update={"reranker": "bundled"}))
    assert lost == {"small": []}
    (found,) = report.sets
    assert (found.documents, found.reposts, found.refused) == (12, 0, 0)
    assert [(part.language, part.questions) for part in found.languages] == [("en", 12), ("zh", 12)]
    for part in found.languages:
        for leg in ("fused", "reranked"):
            figures = part.legs[leg].figures
            assert figures["hit@1"].value >= 9 / 12, (part.language, leg)
            assert figures["hit@3"].value >= 11 / 12, (part.language, leg)
            assert figures["recall@100"].value == 1, (part.language, leg)


def test_the_table(small: Path, home: Path) -> None:
    code, out, _ = evaluate(home, small)
    assert code == 0
    header, first, *_ = out.splitlines()
    assert header.split() == ["set", "leg", "n", *FIGURES, "p50", "p95"]
    assert first.split()[:4] == ["small", "en", "dense", "12"]
    assert "small: 12 documents, " in out
    assert "0 refused; 0 golds not to be found" in out
    assert "\nsmall zh: " in out


def test_json_save_and_baseline(small: Path, home: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    code, out, _ = evaluate(home, small, "--json", "--save", saved)
    assert code == 0
    report = read_report(saved)
    assert json.loads(out)["report"] == json.loads(saved.read_text(encoding="utf-8"))
    assert report.command == "gongwen eval small"
    assert report.encoder == "fake:1"
    code, out, _ = evaluate(home, small, "--baseline", saved)
    assert (code, out.splitlines()[-1]) == (0, "nothing fell since the baseline")
    saved.write_text(_better(report).model_dump_json(), encoding="utf-8")
    code, out, _ = evaluate(home, small, "--baseline", saved)
    assert code == 1
    assert "fell: small zh dense hit@1: " in out
    code, out, _ = evaluate(home, small, "--baseline", saved, "--json")
    assert code == 1
    assert any(line.startswith("small zh dense hit@1: ") for line in json.loads(out)["fallen"])


def _better(report: Report) -> Report:
    """The same report, had the dense leg found everything first."""
    content = report.model_dump()
    for part in content["sets"][0]["languages"]:
        part["legs"]["dense"] = leg_of([(1,)] * part["questions"]).model_dump()
    return Report.model_validate(content)


def test_strict_fails_where_fusing_or_reranking_harms(small: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.evaluate, "made_worse", lambda part: ["fused hit@1 0.500 below dense 0.600"])
    code, out, _ = evaluate(home, small)
    assert (code, "small zh: fused hit@1 0.500 below dense 0.600" in out) == (0, True)
    assert evaluate(home, small, "--strict")[0] == 1
    monkeypatch.setattr(api.evaluate, "made_worse", lambda part: [])
    assert evaluate(home, small, "--strict")[0] == 0


def test_a_second_run_embeds_nothing_and_a_change_is_followed(small: Path, settings: Settings) -> None:
    encoder = FakeEncoder()
    first, _ = measure([small], settings, encoder=encoder)
    embedded = encoder.encoded
    again, _ = measure([small], settings, encoder=encoder)
    assert encoder.encoded == embedded
    assert [part.legs for part in again.sets[0].languages] == [part.legs for part in first.sets[0].languages]
    corpus = small / "corpus.jsonl"
    lines = corpus.read_text(encoding="utf-8").splitlines()
    extra = json.dumps({"_id": "new", "title": "启事", "text": "启事\n本局搬迁到新址办公。"}, ensure_ascii=False)
    corpus.write_text("\n".join([*lines[1:], extra]), encoding="utf-8")
    report, lost = measure([small], settings, encoder=encoder)
    assert report.sets[0].documents == 12
    assert lost["small"] == [f"question {language}01, document d01: is not in the archive" for language in ("zh", "en")]
    assert encoder.encoded > embedded


def test_what_is_refused_is_counted(small: Path, settings: Settings) -> None:
    with (small / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "blank", "text": " "}\n')
    report, _ = measure([small], settings, encoder=FakeEncoder())
    assert (report.sets[0].documents, report.sets[0].refused) == (12, 1)


def test_a_large_corpus_is_read_in_parts(small: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = settings.model_copy(update={"home": settings.home / "whole"})
    whole, _ = measure([small], elsewhere, encoder=FakeEncoder())
    monkeypatch.setattr(api.evaluate, "_PART_BYTES", 2000)
    parts, _ = measure([small], settings, encoder=FakeEncoder())
    assert len(list((set_home(settings.home, small) / "texts").glob("*.jsonl"))) > 1
    assert [part.legs for part in parts.sets[0].languages] == [part.legs for part in whole.sets[0].languages]


def test_sets_that_cannot_be_measured(small: Path, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the same name"):
        measure([small, Path(shutil.copytree(small, tmp_path / "other" / "small"))], settings, encoder=FakeEncoder())
    (small / "corpus.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no document in it"):
        measure([small], settings, encoder=FakeEncoder())
    (small / "corpus.jsonl").write_text('{"_id": "a", "text": " "}', encoding="utf-8")
    with pytest.raises(BadInput, match="no document in it could be read"):
        measure([small], settings, encoder=FakeEncoder())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none"], 4, "a judged set is a folder"),
        ([], 2, "Missing argument"),
        (["small", "--depth", "9"], 2, "100<=x<=1000"),
        (["small", "--baseline", "small/corpus.jsonl"], 5, "no report of gongwen eval"),
        (["broken"], 5, "queries.jsonl, line 1: "),
    ],
)
def test_exit_codes(
    small: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(small.parent)
    shutil.copytree(small, "broken")
    (small.parent / "broken" / "queries.jsonl").write_text("{", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["gongwen", "eval", *arguments, "--home", str(home)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert message in capsys.readouterr().err


# what is kept


def test_readme_shows_the_newest_result() -> None:
    from results import CARD, README, between, newest, newest_reading, reading_table, table

    assert between(README.read_text(encoding="utf-8"), "quality") == table(newest())
    assert between(CARD.read_text(encoding="utf-8"), "reading") == reading_table(newest_reading())


def test_results_are_joined_and_shown(small: Path, settings: Settings, tmp_path: Path) -> None:
    from results import between, joined, newest, replaced, table

    report, _ = measure([small], settings, encoder=FakeEncoder())
    others = [found.model_copy(update={"name": "other"}) for found in report.sets]
    both = joined([report, report.model_copy(update={"sets": others})], "abc1234", "2026-02-01T00:00:00Z")
    for commit, date in (("abc1234", "2026-02-01T00:00:00Z"), ("0000000", "2026-01-01T00:00:00Z")):
        kept = both.model_copy(update={"commit": commit, "date": date})
        (tmp_path / f"{commit}.json").write_text(kept.model_dump_json(), encoding="utf-8")
    assert newest(tmp_path) == both
    content = table(both)
    assert f"Commit `abc1234`, 2026-02-01, encoder `{report.encoder}`" in content
    assert sum(line.startswith(("| small ", "| other ")) for line in content.splitlines()) == 2 * 2 * 3
    written = replaced("# Title\n<!-- some -->\nold\n<!-- /some -->\nrest", "some", content)
    assert (between(written, "some"), written.startswith("# Title\n"), written.endswith("\nrest")) == (
        content,
        True,
        True,
    )
    with pytest.raises(SystemExit, match="in two reports"):
        joined([report, report], "abc1234", "")
    with pytest.raises(SystemExit, match="different encoders"):
        joined([report, report.model_copy(update={"encoder": "other"})], "abc1234", "")


@pytest.mark.parametrize(
    ("name", "documents", "questions", "golds"),
    [
        ("policyqa", 599, 601, 601),
        ("xquad", 240, 1224, 1224),
        ("statutes", 58_629, 1235, None),
        ("cmrc2018", 848, 3219, 3219),
        ("drcd", 1000, 3493, 3493),
    ],
)
def test_judged_sets_are_made_from_the_shared_data(
    tmp_path: Path, name: str, documents: int, questions: int, golds: int | None
) -> None:
    from sets import SETS, write

    from index.judged import read_documents, read_questions

    shared({"cmrc2018": "reading", "drcd": "reading"}.get(name, name))
    write(tmp_path / name, SETS[name](SHARED))
    known = {document.id for document in read_documents(tmp_path / name)}
    judged = read_questions(tmp_path / name)
    assert (len(known), len(judged)) == (documents, questions)
    given = [gold for question in judged for gold in question.gold]
    assert golds is None or len(given) == golds
    assert {gold.document for gold in given} <= known
