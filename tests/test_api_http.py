from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes import FakeEncoder
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.http import create_app
from api.wiring import Engine


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    settings = engine.settings.model_copy(update={"allowed_origins": ("http://portal.example",)})
    with TestClient(create_app(settings, FakeEncoder()), raise_server_exceptions=False) as client:
        yield client


def check_problem(response: Any, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["code"], body["status"], body["type"]) == (code, status, f"urn:gongwen:{code}")
    assert "Traceback" not in response.text


def test_ask(client: TestClient) -> None:
    body = client.post("/v1/ask", json={"question": "志愿者有多少名", "explain": True}).json()
    assert (body["kind"], body["text"]) == ("figure", "120余名")
    assert body["figures"][0]["value"] == 120
    assert body["figures"][0]["bound"] == "at_least"
    assert body["trace"]["asked"] == "figure"
    (citation,) = body["citations"]
    text = client.get(f"/v1/documents/{citation['doc_id']}").json()["text"]
    assert text[citation["span"]["start"] : citation["span"]["end"]] == citation["quote"]
    page = client.get(citation["url"])
    assert page.status_code == 200
    assert f'<mark id="quote">{citation["quote"]}</mark>' in page.text


def test_search(client: TestClient) -> None:
    hits = client.post("/v1/search", json={"query": "社区矫正", "limit": 2}).json()["hits"]
    assert len(hits) == 2
    assert hits[0]["score"] >= hits[1]["score"]
    assert client.post("/v1/search", json={"query": "社区矫正", "filters": {"collection": "none"}}).json() == {
        "hits": []
    }


def test_documents_come_in_pages(client: TestClient, engine: Engine) -> None:
    path = engine.settings.home.parent / "second.txt"
    path.write_text("第二份文件\n正文。", encoding="utf-8")
    list(engine.add(path))
    first = client.get("/v1/documents", params={"limit": 1}).json()
    second = client.get("/v1/documents", params={"limit": 1, "cursor": first["next"]}).json()
    assert second["next"] is None
    assert {first["documents"][0]["title"], second["documents"][0]["title"]} == {
        "第二份文件",
        "关于做好2022年社区矫正工作的通知",
    }


def test_health(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json()["generation"] == 1


def test_not_ready_before_the_first_build(engine: Engine) -> None:
    (engine.settings.home / "CURRENT").unlink()
    with TestClient(create_app(engine.settings, FakeEncoder())) as client:
        check_problem(client.get("/health/ready"), 503, "index-missing")
        check_problem(client.post("/v1/ask", json={"question": "多少人"}), 503, "index-missing")
        assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"question": ""}, {"question": "   "}, {"question": "问" * 100_000}, {"question": 5}, {"question": None}, {"question": ["a"]},
     {"question": "a", "unknown": 1}, {"question": "a", "filters": {"document": "../x"}}, [], "text"],
)  # fmt: skip
def test_a_bad_question_is_a_problem(client: TestClient, body: object) -> None:
    check_problem(client.post("/v1/ask", json=body), 422, "invalid-request")


@pytest.mark.parametrize(
    "question", ["。，！？", "🙂", "\u202e\u200b", "\x00", "a" * 1000, "多少" * 400, "((((", "率率率"]
)
def test_an_odd_question_is_a_refusal(client: TestClient, question: str) -> None:
    response = client.post("/v1/ask", json={"question": question})
    assert response.status_code == 200
    assert response.json()["kind"] == "refusal"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_no_question_breaks_it(client: TestClient, question: str) -> None:
    assert client.post("/v1/ask", json={"question": question}).status_code in (200, 422)
    assert client.get("/", params={"q": question}).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "status", "code"),
    [
        ("GET", "/v1/documents/000000000000", 404, "not-found"),
        ("GET", "/v1/documents?unknown=1", 400, "usage"),
        ("GET", "/v1/documents?limit=0", 422, "invalid-request"),
        ("GET", "/documents/000000000000", 404, "not-found"),
        ("GET", "/nothing", 404, "not-found"),
        ("DELETE", "/v1/ask", 405, "method-not-allowed"),
    ],
)
def test_what_is_refused(client: TestClient, method: str, url: str, status: int, code: str) -> None:
    check_problem(client.request(method, url), status, code)


def test_405_says_what_is_allowed(client: TestClient) -> None:
    assert client.delete("/v1/ask").headers["allow"] == "POST"


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"question": "\\ud800"}', b"[" * 5000])
def test_broken_json_is_a_problem(client: TestClient, content: bytes) -> None:
    response = client.post("/v1/ask", content=content, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_a_body_is_bounded_declared_or_not(client: TestClient) -> None:
    check_problem(client.post("/v1/ask", content=b"x" * 1_100_000), 413, "too-large")
    check_problem(client.post("/v1/ask", content=(b"x" * 200_000 for _ in range(10))), 413, "too-large")


def test_an_unforeseen_error_keeps_its_trace_inside(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Engine) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Engine, "answerer", fail)
    response = client.post("/v1/ask", json={"question": "多少人"})
    check_problem(response, 500, "internal")
    assert "secret" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_a_damaged_archive_is_a_problem(client: TestClient, engine: Engine) -> None:
    (engine.settings.home / "archive.db").write_bytes(b"junk" * 1000)
    check_problem(client.get("/v1/documents"), 503, "store-damaged")


def test_the_page_escapes_and_guards(client: TestClient) -> None:
    page = client.get("/", params={"q": '<script>alert("x")</script>'})
    assert "<script>alert" not in page.text
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert client.get("/", params={"q": "问" * 1001}).status_code == 422


def test_only_allowed_origins(client: TestClient) -> None:
    headers = {
        "origin": "http://portal.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    assert client.options("/v1/ask", headers=headers).headers["access-control-allow-origin"] == "http://portal.example"
    refused = client.options("/v1/ask", headers={**headers, "origin": "http://other.example"})
    assert "access-control-allow-origin" not in refused.headers


def test_the_openapi_names_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/v1/ask",
        "/v1/search",
        "/v1/documents",
        "/v1/documents/{doc_id}",
        "/health/live",
        "/health/ready",
    }
