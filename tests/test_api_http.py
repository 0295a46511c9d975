from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import FakeEncoder
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.http import create_app
from api.schemas import _harmless
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
    assert body["trace"]["question"]["asked"] == "figure"
    (citation,) = body["citations"]
    text = client.get(f"/v1/documents/{citation['doc_id']}").json()["text"]
    assert text[citation["span"]["start"] : citation["span"]["end"]] == citation["quote"]
    page = client.get(citation["url"])
    assert page.status_code == 200
    assert f'<mark id="quote">{citation["quote"]}</mark>' in page.text


def test_search(client: TestClient) -> None:
    hits = client.post("/v1/search", json={"query": "社区矫正", "limit": 2}).json()["hits"]
    assert hits[0]["scores"].keys() == {"dense", "lexical", "reranked"}
    assert (hits[0]["title"], hits[0]["issued_on"]) == ("关于做好2022年社区矫正工作的通知", "2022-04-01")
    assert {"issuer", "number", "collection"} <= hits[0].keys()
    nothing = client.post("/v1/search", json={"query": "社区矫正", "filters": {"collection": "none"}}).json()
    assert nothing == {"hits": [], "facets": {}, "next": None}


MATTERS = "队伍建设 矫正小组 教育帮扶 走访登记 考核奖惩 信息系统".split()
SECOND = """滨海新区民政局关于做好2023年社区矫正志愿者工作的通知
津滨民发〔2023〕7号
各街道办事处:
社区矫正志愿者60名。
{}
滨海新区民政局
2023年5月6日
""".format(
    "\n".join(
        f"{n}、{m}\n" + f"社区矫正的{m}由各街道办事处按照职责分工认真组织实施。" * 8
        for n, m in zip("一二三四五六", MATTERS, strict=True)
    )
)


@pytest.fixture
def two(engine: Engine) -> Iterator[TestClient]:
    """The notice of 2022, and one of 2023 with issuer and number."""
    path = engine.settings.home.parent / "second.txt"
    path.write_text(SECOND, encoding="utf-8")
    list(engine.add(path))
    engine.build(lambda done, total: None)
    with TestClient(create_app(engine.settings, FakeEncoder())) as client:
        yield client


FILTERS = [
    ({}, {2022, 2023}),
    ({"issuer": "滨海新区民政局"}, {2023}),
    ({"issuer": "民政局"}, {2023}),
    ({"issuer": "公安局"}, set()),
    ({"number": "津滨民发[2023]第7号"}, {2023}),
    ({"issued_from": "2022-04-01", "issued_to": "2022-04-01"}, {2022}),
    ({"issued_from": "2022-04-02"}, {2023}),
    ({"issued_to": "2022-03-31"}, set()),
    ({"section": "矫正小组"}, {2023}),
    ({"collection": "", "document": "", "issued_from": "2023-01-01"}, {2023}),
]


def test_an_article_asked_for_is_not_found_under_another_section(engine: Engine) -> None:
    path = engine.settings.home.parent / "law.txt"
    lines = ["滨海市社区矫正办法"]
    for chapter, articles in (("第一章 总则", "一二"), ("第二章 职责", "三四")):
        lines += [chapter, *(f"第{n}条 " + "矫正工作由街道办事处认真组织实施。" * 9 for n in articles)]
    path.write_text("\n".join(lines), encoding="utf-8")
    list(engine.add(path))
    engine.build(lambda done, total: None)
    with TestClient(create_app(engine.settings, FakeEncoder())) as client:
        for filters, found in (({}, "第三条"), ({"section": "第一章"}, "第一章 总则")):
            body = {"query": "滨海市社区矫正办法第三条", "filters": filters}
            hits = client.post("/v1/search", json=body).json()["hits"]
            assert found in hits[0]["path"]
            assert all(not filters or found in hit["path"] for hit in hits)


def test_a_section_of_odd_blanks_allows_any(two: TestClient) -> None:
    for section, count in (("\x1f", 2), ("\x1f矫正 小组", 1)):
        body = {"query": "社区矫正", "filters": {"section": section}, "limit": 100}
        response = two.post("/v1/search", json=body)
        assert response.status_code == 200
        assert len({hit["doc_id"] for hit in response.json()["hits"]}) == count


@pytest.mark.parametrize(("filters", "years"), FILTERS)
def test_filters_hold_at_every_door(two: TestClient, filters: dict[str, str], years: set[int]) -> None:
    found = two.post(
        "/v1/search", json={"query": "社区矫正志愿者", "filters": filters, "facets": ["year", "issuer"]}
    ).json()
    assert {int(hit["issued_on"][:4]) for hit in found["hits"]} == years
    assert {int(row["value"]): row["count"] for row in found["facets"]["year"]} == dict.fromkeys(years, 1)
    listed = two.get("/v1/documents", params=filters).json()["documents"]
    assert {int(d["issued_on"][:4]) for d in listed} == years
    answer = two.post("/v1/ask", json={"question": "社区矫正志愿者多少名", "filters": filters}).json()
    assert {int(c["issued_on"][:4]) for c in [*answer["citations"], *answer["alternatives"]]} <= years
    if len(years) == 1 and "section" not in filters:
        assert answer["text"] == ("120余名" if years == {2022} else "60名")


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"issued_from": "2023-01-02", "issued_to": "2023-01-01"}, "swap them"),
        ({"issued_from": "2023"}, "write a day like 2023-12-31"),
        ({"issued_to": "2023-02-30"}, "issued_to"),
        ({"issuer": "局" * 101}, "issuer"),
        ({"document": "../x"}, "document"),
        ({"place": "天津"}, "place"),
    ],
)  # fmt: skip
def test_a_bad_filter_is_a_problem_that_says_so(client: TestClient, filters: dict[str, object], said: str) -> None:
    for url, name in (("/v1/search", "query"), ("/v1/ask", "question")):
        response = client.post(url, json={name: "志愿者", "filters": filters})
        check_problem(response, 422, "invalid-request")
        assert said in response.json()["detail"]
    response = client.get("/v1/documents", params={name: str(value) for name, value in filters.items()})
    assert response.status_code == (400 if "place" in filters else 422)
    assert said in response.text


def test_a_day_is_no_number_of_seconds(client: TestClient) -> None:
    body = {"query": "志愿者", "filters": {"issued_from": 1_700_000_000}}
    check_problem(client.post("/v1/search", json=body), 422, "invalid-request")


@pytest.mark.parametrize("more", [{"facets": ["place"]}, {"facets": "year"}, {"cursor": "x" * 200}, {"limit": 101}])
def test_a_bad_search_is_a_problem(client: TestClient, more: dict[str, object]) -> None:
    check_problem(client.post("/v1/search", json={"query": "志愿者", **more}), 422, "invalid-request")


def test_pages_of_a_search_are_one_ranking(two: TestClient) -> None:
    whole = two.post("/v1/search", json={"query": "社区矫正", "limit": 100}).json()
    assert whole["next"] is None
    scores = [hit["score"] for hit in whole["hits"]]
    assert scores == sorted(scores, reverse=True)
    seen: list[str] = []
    page: dict[str, Any] = {"next": None}
    while not seen or page["next"]:
        cursor = page["next"]
        page = two.post("/v1/search", json={"query": "社区矫正", "limit": 2, "cursor": cursor}).json()
        seen += [hit["id"] for hit in page["hits"]]
    assert seen == [hit["id"] for hit in whole["hits"]]
    assert len(set(seen)) == len(seen) > 4


def test_a_cursor_goes_with_its_search_only(two: TestClient, engine: Engine) -> None:
    asked = {"query": "社区矫正", "limit": 2, "filters": {"issued_from": "2022-01-01"}}
    cursor = two.post("/v1/search", json=asked).json()["next"]
    assert two.post("/v1/search", json={**asked, "cursor": cursor}).status_code == 200
    for other in ({"query": "志愿者"}, {"filters": {}}):
        check_problem(two.post("/v1/search", json={**asked, **other, "cursor": cursor}), 400, "bad-cursor")
    engine.build(lambda done, total: None, rebuild=True)
    response = two.post("/v1/search", json={**asked, "cursor": cursor})
    check_problem(response, 410, "index-changed")
    assert "search again" in response.json()["title"]


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: base64.urlsafe_b64encode(b).decode()))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cursor_breaks_it(client: TestClient, cursor: str) -> None:
    response = client.post("/v1/search", json={"query": "志愿者", "cursor": cursor})
    assert response.status_code == (400 if cursor else 200)


@pytest.mark.parametrize(
    "content", ["[1]", "null", "[1,[],3]", '[true,"x",5]', '[1,"x",true]', '[1,"x",-5]', '[1,"x",1e9]', "[" * 40]
)
def test_a_forged_cursor_is_refused(client: TestClient, content: str) -> None:
    cursor = base64.urlsafe_b64encode(content.encode()).decode()
    check_problem(client.post("/v1/search", json={"query": "志愿者", "cursor": cursor}), 400, "bad-cursor")


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


@pytest.mark.parametrize(
    ("section", "titles"),
    [("矫正小组", [SECOND.split("\n")[0]]), ("一、", None), ('"', []), ("\\", []), ("[[", []), ("19", [])],
)
def test_documents_with_a_heading(two: TestClient, section: str, titles: list[str] | None) -> None:
    """Words of a heading are looked for in headings only, not in how they are stored."""
    seen, cursor = [], ""
    while cursor is not None:
        page = two.get("/v1/documents", params={"section": section, "limit": 1, "cursor": cursor}).json()
        seen += [d["title"] for d in page["documents"]]
        cursor = page["next"]
    assert len(seen) == 2 if titles is None else seen == titles


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
    for part in engine.settings.home.glob("archive.db*"):  # what is in the log is not damaged by junk in the file
        part.write_bytes(b"junk" * 1000)
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
        "/v1/figures",
        "/v1/documents",
        "/v1/documents/{doc_id}",
        "/health/live",
        "/health/ready",
    }


def test_figures(client: TestClient) -> None:
    body = client.get("/v1/figures", params={"subject": "专职工作者", "unit": "人"}).json()
    (row,) = body["rows"]
    assert (row["printed"], row["value"], row["years"], body["more"]) == ("45人", 45, [2022], False)
    assert row["subject"] in row["citation"]["quote"]
    assert client.get(row["citation"]["url"]).status_code == 200
    assert row["change"] == ""
    assert client.get("/v1/figures?subject=专职工作者&only=changes").json()["rows"] == []
    assert client.get("/v1/figures?subject=专职工作者&from=2023").json()["rows"] == []
    assert len(client.get("/v1/figures?subject=专职工作者&from=2020&to=2022").json()["rows"]) == 1


def test_figures_as_lines(client: TestClient) -> None:
    response = client.get("/v1/figures?subject=志愿者&format=csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(response.text)))
    assert [(line["printed"], line["value"], line["bound"], line["years"]) for line in lines] == [
        ("120余名", "120", "at_least", "2022")
    ]
    assert lines[0]["quote"].endswith("志愿者120余名。")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "subject=",
        "subject=x&from=2023&to=2022",
        "subject=x&limit=0",
        "subject=x&format=xml",
        "subject=x&only=some",
        "subject=x&y=1",
    ],
)
def test_figures_not_to_be_listed(client: TestClient, query: str) -> None:
    assert client.get(f"/v1/figures?{query}").status_code in (400, 422)


def test_no_cell_is_a_formula() -> None:
    cells = [_harmless(cell) for cell in ("=1+1", "@a", "-5", -5, "公职律师", "\t=1")]
    assert cells == ["'=1+1", "'@a", "'-5", -5, "公职律师", "'\t=1"]
