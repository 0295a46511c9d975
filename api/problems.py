"""Errors over HTTP: RFC 9457 problem+json with a stable `code`, never a stack trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from archive.errors import (
    BadInput,
    Busy,
    GongwenError,
    IndexChanged,
    IndexMismatch,
    IndexMissing,
    NotFound,
    StoreDamaged,
    UsageError,
)

_STATUS: tuple[tuple[type[GongwenError], int], ...] = (
    (NotFound, 404),
    (BadInput, 422),
    (IndexChanged, 410),
    (UsageError, 400),
    (Busy, 409),
    (IndexMissing, 503),
    (IndexMismatch, 503),
    (StoreDamaged, 503),
)
_CODES = {404: "not-found", 400: "invalid-request", 405: "method-not-allowed", 413: "too-large"}


def problem(status: int, code: str, title: str, detail: str = "", **more: Any) -> JSONResponse:
    """A problem+json response; `type` is a URN, since there is no page outside to link to."""
    body = {"type": f"urn:gongwen:{code}", "title": title, "status": status, "code": code}
    return JSONResponse(
        body | ({"detail": detail} if detail else {}) | more, status, media_type="application/problem+json"
    )


def install(app: FastAPI) -> None:
    """Turn every error the app can raise into a problem."""

    @app.exception_handler(GongwenError)
    def ours(request: Request, error: GongwenError) -> JSONResponse:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return problem(status, error.code, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, "invalid-request", "the request is not as it must be", _first(error.errors()))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        response = problem(error.status_code, _CODES.get(error.status_code, "http-error"), str(error.detail))
        response.headers.update(error.headers or {})
        return response


def _first(errors: Sequence[Mapping[str, Any]]) -> str:
    error = errors[0]
    where = ".".join(str(part) for part in error["loc"] if part != "body")
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
