"""A phrased answer as a whole or as server-sent events; when the reader goes away, the model's call ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from fastapi import Request
from fastapi.sse import format_sse_event
from pydantic import BaseModel

from api.schemas import answer_out, done_out, phrased_out, sentence_out
from api.wiring import Engine
from index.checks import Sentence
from index.phrasing import Phrased
from index.types import Answer

EVENTS = "text/event-stream"


def wants_events(request: Request) -> bool:
    accepted = (part.split(";")[0].strip().lower() for part in request.headers.get("accept", "").split(","))
    return EVENTS in accepted


async def whole(engine: Engine, answer: Answer) -> Phrased:
    """The answer phrased, when all of it has come."""
    async with aclosing(engine.phrased(answer)) as found:
        async for item in found:
            if isinstance(item, Phrased):
                return item
    raise AssertionError("phrasing ends with what became of it")


async def while_there(request: Request, engine: Engine, answer: Answer) -> Phrased | None:
    """As `whole`; None when the client has gone."""
    working, gone = asyncio.create_task(whole(engine, answer)), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def events(engine: Engine, answer: Answer, phrase: bool) -> AsyncIterator[bytes]:
    """`answer`, then each checked `sentence`, then `done`."""
    yield _event("answer", answer_out(answer))
    last: Phrased | None = None
    if phrase:
        async with aclosing(engine.phrased(answer)) as found:
            async for item in found:
                if isinstance(item, Sentence):
                    yield _event("sentence", sentence_out(item))
                else:
                    last = item
    yield _event("done", done_out(phrased_out(last) if last else None))


def _event(name: str, data: BaseModel) -> bytes:
    return format_sse_event(event=name, data_str=data.model_dump_json())
