"""A language model on the loopback address, speaking the streaming protocol of OpenAI's chat completions, and lying."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Say = Callable[["FakeModel", "_Handler"], None]


class FakeModel:
    """What the server says next, what it was asked, and whether a client hung up on it."""

    def __init__(self) -> None:
        self.behave: Say = says("")
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.hung_up = threading.Event()
        self.ending = threading.Event()
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: FakeModel

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.model.asked.append(json.loads(body))
        self.model.keys.append(self.headers.get("authorization"))
        self.close_connection = True
        try:
            self.model.behave(self.model, self)
        except (BrokenPipeError, ConnectionResetError):
            self.model.hung_up.set()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("connection", "close")
        self.end_headers()

    def send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()


def _chunk(text: str) -> bytes:
    event = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def says(text: str, size: int = 7) -> Say:
    """All of it, in pieces that end anywhere."""

    def behave(model: FakeModel, handler: _Handler) -> None:
        handler.begin()
        for at in range(0, len(text), size):
            handler.send(_chunk(text[at : at + size]))
        handler.send(b'data: {"choices": []}\n\ndata: [DONE]\n\n')

    return behave


def silence(after: str = "") -> Say:
    """Says this, then nothing, until the client hangs up or the test ends."""

    def behave(model: FakeModel, handler: _Handler) -> None:
        handler.begin()
        if after:
            handler.send(_chunk(after))
        _wait_for_the_end(model, handler)

    return behave


def deaf(model: FakeModel, handler: _Handler) -> None:
    """Takes the question and does not even begin to answer."""
    _wait_for_the_end(model, handler)


def drip(model: FakeModel, handler: _Handler) -> None:
    """Never silent, never done: a comment now and then."""
    handler.begin()
    while not model.ending.wait(0.05):
        handler.send(b": still here\n\n")


def endless(text: str) -> Say:
    def behave(model: FakeModel, handler: _Handler) -> None:
        handler.begin()
        while not model.ending.is_set():
            handler.send(_chunk(text))

    return behave


def huge_line(model: FakeModel, handler: _Handler) -> None:
    handler.begin()
    handler.send(b"data: ")
    while not model.ending.is_set():
        handler.send(b"x" * 65536)


def raw(data: bytes, status: int = 200, kind: str = "text/event-stream", **headers: str) -> Say:
    def behave(model: FakeModel, handler: _Handler) -> None:
        handler.begin(status, kind, **headers)
        handler.send(data)

    return behave


def not_http(model: FakeModel, handler: _Handler) -> None:
    handler.send(b"\x00\xff\xfe not http at all\r\n\r\n" * 20)


def _wait_for_the_end(model: FakeModel, handler: _Handler) -> None:
    handler.connection.settimeout(0.05)
    while not model.ending.is_set():
        with suppress(TimeoutError):
            if not handler.connection.recv(1):
                model.hung_up.set()
                return


@contextmanager
def fake_model() -> Iterator[FakeModel]:
    model = FakeModel()
    handler = type("Handler", (_Handler,), {"model": model})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield model
    finally:
        model.ending.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()
