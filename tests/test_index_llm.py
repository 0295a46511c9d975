from __future__ import annotations

import asyncio
import builtins
import gzip
import json
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import fakes_llm as fakes
import pytest
from fakes_llm import FakeModel

from archive.errors import ModelFailed, SettingsError
from archive.types import Document, Span
from index.llm import ChatModel
from index.types import Answer, cite


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    with fakes.fake_model() as model:
        yield model


@pytest.fixture
def answer(shipped: list[Document]) -> Answer:
    document = next(d for d in shipped if d.collection == "reports")
    at = document.text.index("86人")
    return Answer("全局有多少公职律师", "figure", "86人", 0.9, (cite(document, Span(at - 10, at + 3)),))


async def _all(model: ChatModel, answer: Answer) -> str:
    async with aclosing(model.stream(answer)) as pieces:  # type: ignore[type-var]
        return "".join([piece async for piece in pieces])


def ask(fake: FakeModel, answer: Answer, seconds: float = 5, url: str = "", key: str = "") -> str:
    return asyncio.run(_all(ChatModel(url or fake.url, "any", key, seconds), answer))


def test_what_it_says_comes_through(fake: FakeModel, answer: Answer) -> None:
    fake.behave = fakes.says("公职律师86人。[1]")
    assert ask(fake, answer, key="secret") == "公职律师86人。[1]"
    (asked,) = fake.asked
    assert (asked["model"], asked["temperature"], asked["seed"], asked["stream"]) == ("any", 0, 0, True)
    assert answer.citations[0].quote in asked["messages"][1]["content"]
    assert fake.keys == ["Bearer secret"]


def test_no_key_is_sent_when_none_is_set_nor_shown(fake: FakeModel, answer: Answer) -> None:
    ask(fake, answer)
    assert fake.keys == [None]
    assert "secret" not in repr(ChatModel(fake.url, "any", "secret", 1))


FAILURES: list[tuple[fakes.Say, str]] = [
    (fakes.silence(), "timeout"),
    (fakes.deaf, "timeout"),
    (fakes.raw(b"oops", 500), "refused"),
    (fakes.raw(b"", 302, location="http://127.0.0.1:9/"), "refused"),
    (fakes.raw(b"\xff\xfe\x00garbage" * 99, kind="application/octet-stream"), "garbled"),
    (fakes.raw(b"data: \xff\xfe\x00garbage\n\n"), "garbled"),
    (fakes.raw(b'data: {"choices": [{"delta": {"con\n\n'), "garbled"),
    (fakes.raw(b"data: [[[]]]\n\n"), "garbled"),
    (fakes.raw(b"data: " + b"[" * 60_000 + b"\n\n"), "garbled"),
    (fakes.raw(b'data: {"error": {"message": "no"}}\n\n'), "garbled"),
    (fakes.raw(b'data: {"choices": [{"delta": {"content": 86}}]}\n\n'), "garbled"),
    (fakes.raw(b'data: {"choices": [{"delta": "86"}]}\n\n'), "garbled"),
    (fakes.raw(b'{"choices": [{"message": {"content": "86"}}]}', kind="application/json"), "garbled"),
    (fakes.raw(gzip.compress(b"data: x\n\n"), content_encoding="gzip"), "garbled"),
    (fakes.not_http, "unreachable"),
    (fakes.endless("公职律师86人。" * 20), "too-long"),
    (fakes.endless(""), "too-long"),
    (fakes.huge_line, "too-long"),
]


@pytest.mark.parametrize(("behave", "reason"), FAILURES)
def test_every_failure_has_its_reason(fake: FakeModel, answer: Answer, behave: fakes.Say, reason: str) -> None:
    fake.behave = behave
    with pytest.raises(ModelFailed) as failed:
        ask(fake, answer, seconds=0.4 if reason == "timeout" else 20)
    assert failed.value.reason == reason
    assert fake.url not in str(failed.value)


def test_nobody_there(fake: FakeModel, answer: Answer) -> None:
    with pytest.raises(ModelFailed) as failed:
        ask(fake, answer, url="http://127.0.0.1:9/v1")
    assert failed.value.reason == "unreachable"


def test_a_stream_cut_off_gives_what_it_gave(fake: FakeModel, answer: Answer) -> None:
    event = {"choices": [{"delta": {"content": "公职律师"}}]}
    fake.behave = fakes.raw(b"data: " + json.dumps(event).encode() + b"\n\ndata: {")
    assert ask(fake, answer) == "公职律师"


def test_no_proxy_is_used(fake: FakeModel, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    fake.behave = fakes.says("是")
    assert ask(fake, answer) == "是"


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "httpx_sse":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(SettingsError, match=r"pip install 'gongwen\[llm\]'"):
        ChatModel("http://127.0.0.1:9", "any", "", 1)
