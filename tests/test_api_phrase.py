from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import fakes_llm as fakes
import pytest
import uvicorn
from click.testing import CliRunner
from fakes import FakeEncoder
from fakes_llm import FakeModel
from fastapi.testclient import TestClient

from api.cli import cli
from api.http import create_app
from api.settings import Settings
from api.wiring import Engine
from archive.errors import NoModel
from archive.store import Archive

QUESTION = {"question": "志愿者有多少名", "phrase": True}
TRUE = "志愿者120余名。[1]"


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    with fakes.fake_model() as model:
        yield model


def settings_of(engine: Engine, fake: FakeModel, seconds: float = 10) -> Settings:
    given = {"llm_url": fake.url, "llm_model": "any", "llm_key": "secret", "llm_timeout": seconds}
    return Settings.model_validate(engine.settings.model_dump() | given)


@pytest.fixture
def client(engine: Engine, fake: FakeModel) -> Iterator[TestClient]:
    with TestClient(create_app(settings_of(engine, fake), FakeEncoder())) as client:
        yield client


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_what_holds_is_kept_and_counted(client: TestClient, fake: FakeModel) -> None:
    fake.behave = fakes.says(TRUE + "志愿者130余名。[1]志愿者120名。[1]志愿者120余名。[2]")
    body = client.post("/v1/ask", json=QUESTION).json()
    assert body["text"] == "120余名"
    assert body["phrased"] == {
        "text": "志愿者120余名。",
        "sentences": [{"text": "志愿者120余名。", "citations": [1]}],
        "dropped": 3,
        "reason": "",
    }
    assert fake.keys == ["Bearer secret"]


def test_only_when_asked_for(client: TestClient, fake: FakeModel) -> None:
    assert client.post("/v1/ask", json={"question": QUESTION["question"]}).json()["phrased"] is None
    assert not fake.asked


def test_a_refusal_is_not_phrased(client: TestClient, fake: FakeModel) -> None:
    body = client.post("/v1/ask", json={"question": "2019年志愿者有多少名", "phrase": True}).json()
    assert (body["kind"], body["phrased"]["reason"], body["phrased"]["text"]) == ("refusal", "refusal", body["text"])
    assert not fake.asked


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (fakes.raw(b"", 500), "refused"),
        (fakes.raw(b"data: \xff{{{\n\n"), "garbled"),
        (fakes.not_http, "unreachable"),
        (fakes.huge_line, "too-long"),
        (fakes.says("志愿者999名。[1]"), "nothing-supported"),
    ],
)
def test_a_bad_model_leaves_the_answer_as_it_is(
    client: TestClient, fake: FakeModel, behave: fakes.Say, reason: str
) -> None:
    fake.behave = behave
    phrased = client.post("/v1/ask", json=QUESTION).json()["phrased"]
    assert (phrased["text"], phrased["sentences"], phrased["reason"]) == ("120余名", [], reason)


@pytest.mark.parametrize("behave", [fakes.silence(), fakes.deaf, fakes.drip, fakes.silence(TRUE + "又")])
def test_a_slow_model_is_cut_off(engine: Engine, fake: FakeModel, behave: fakes.Say) -> None:
    fake.behave = behave
    with TestClient(create_app(settings_of(engine, fake, 0.4), FakeEncoder())) as client:
        phrased = client.post("/v1/ask", json=QUESTION).json()["phrased"]
    assert phrased["reason"] == "timeout"
    assert phrased["text"] in ("120余名", "志愿者120余名。")
    assert fake.hung_up.wait(5) or behave is fakes.drip


def test_events_come_in_order(client: TestClient, fake: FakeModel) -> None:
    fake.behave = fakes.says(TRUE + "假的。[1]")
    response = client.post("/v1/ask", json=QUESTION, headers={"accept": "text/event-stream"})
    assert response.headers["content-type"].startswith("text/event-stream")
    (first, answer), (second, sentence), (third, done) = events(response.text)
    assert (first, second, third) == ("answer", "sentence", "done")
    assert answer["text"] == "120余名"
    assert sentence == {"text": "志愿者120余名。", "citations": [1]}
    assert done["phrased"]["dropped"] == 1


def test_events_without_a_model(client: TestClient, fake: FakeModel) -> None:
    body = {"question": QUESTION["question"]}
    response = client.post("/v1/ask", json=body, headers={"accept": "text/html, Text/Event-Stream;q=0.9"})
    assert [name for name, _ in events(response.text)] == ["answer", "done"]
    assert not fake.asked


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_off_is_a_problem_that_names_the_setting(engine: Engine, accept: str) -> None:
    with TestClient(create_app(engine.settings, FakeEncoder())) as client:
        response = client.post("/v1/ask", json=QUESTION, headers={"accept": accept})
    assert (response.status_code, response.json()["code"]) == (400, "no-model")
    assert "GONGWEN_LLM_URL" in response.json()["title"]


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    app = create_app(settings, FakeEncoder())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    assert fakes.wait_until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_goes_away_ends_the_call(engine: Engine, fake: FakeModel, accept: str) -> None:
    fake.behave = fakes.silence(TRUE)
    body = json.dumps(QUESTION).encode()
    with served(settings_of(engine, fake, 60)) as port, socket.create_connection(("127.0.0.1", port)) as client:
        head = f"POST /v1/ask HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\ncontent-type: application/json\r\n"
        client.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        assert fakes.wait_until(lambda: bool(fake.asked))
        assert not fake.hung_up.wait(0.2)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()
        assert fake.hung_up.wait(10)


def run(engine: Engine, monkeypatch: pytest.MonkeyPatch, fake: FakeModel, *more: str) -> str:
    monkeypatch.setattr("api.cli._engine", lambda: Engine(settings_of(engine, fake), FakeEncoder()))
    result = CliRunner().invoke(cli, ["ask", QUESTION["question"], "--phrase", *more], catch_exceptions=False)  # type: ignore[list-item]
    assert result.exit_code == 0
    return result.output


def test_on_the_command_line(engine: Engine, fake: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.behave = fakes.says(TRUE + "假的。[1]")
    lines = run(engine, monkeypatch, fake).splitlines()
    assert (lines[0], lines[2]) == ("120余名", "志愿者120余名。[1]")
    assert "1 dropped" in lines[3]
    assert json.loads(run(engine, monkeypatch, fake, "--json"))["phrased"]["dropped"] == 1


def test_off_is_an_error_on_the_command_line(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli._engine", lambda: engine)
    result = CliRunner().invoke(cli, ["ask", "志愿者有多少名", "--phrase"])
    assert isinstance(result.exception, NoModel)
    assert "GONGWEN_LLM_URL" in str(result.exception)


def test_an_answer_that_is_not_cited_is_withheld(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    true = engine.answerer().answer("志愿者有多少名")
    assert true.kind == "figure"
    monkeypatch.setattr("index.answers.Answerer._decided", lambda *given: replace(true, text="130余名"))
    answer = engine.answerer().answer("志愿者有多少名")
    assert (answer.kind, answer.reason) == ("refusal", "unchecked")
    assert "130" not in answer.text
    assert "answer withheld" in caplog.text


def test_an_answer_from_a_document_just_removed_is_withheld(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    true = engine.answerer().answer("志愿者有多少名")
    monkeypatch.setattr("index.answers.Answerer._decided", lambda *given: true)
    monkeypatch.setattr(engine.archive, "get", Archive(engine.settings.home.parent / "empty").get)
    assert engine.answerer().answer("志愿者有多少名").kind == "refusal"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"llm_url": "ftp://127.0.0.1"}, "write the address"),
        ({"llm_url": "http://me:secret@127.0.0.1/v1"}, "write the address"),
        ({"llm_url": "http://127.0.0.1/v1"}, "GONGWEN_LLM_MODEL"),
        ({"llm_timeout": "0"}, "greater than 0"),
        ({"llm_timeout": "inf"}, "finite"),
        ({"llm_key": "sécret"}, "printable"),
    ],
)
def test_settings_that_cannot_be(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        Settings.model_validate(given)
    assert "sécret" not in str(error.value)


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(Settings(llm_key="secret"))  # type: ignore[arg-type]
