"""What holds for every request: a largest body, the headers that keep a page from harm, no trace outside."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

LARGEST_BODY = 1024 * 1024
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        b"img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Bounds:
    """ASGI middleware: 413 for a body over the limit, declared or not; security headers on all answers."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self._app, self._largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
            await send(message)

        body = await self._read(scope, receive)
        if body is None:
            refusal = problem(413, "too-large", f"the body is larger than {self._largest:,} bytes")
            await refusal(scope, receive, send_guarded)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        started = False

        async def send_once(message: Message) -> None:
            nonlocal started
            started = True
            await send_guarded(message)

        try:
            await self._app(scope, replay, send_once)
        except Exception as error:
            if started:
                raise
            logging.getLogger("gongwen").error("unforeseen error", exc_info=error)
            await problem(500, "internal", "an error in Gongwen; its log says more")(scope, receive, send_guarded)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._largest:
            return None
        body: bytes = b""
        while True:
            message = await receive()
            body += bytes(message.get("body", b""))
            if len(body) > self._largest:
                return None
            if message["type"] != "http.request" or not message.get("more_body"):
                return body
