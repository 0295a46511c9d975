"""Cursors: how a caller goes on through one ranking. Opaque to callers, bound to generation, query and filters."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from archive.errors import BadCursor, IndexChanged
from index.search import DEEPEST
from index.types import Filters

LONGEST_CURSOR = 120
_MARK = 16


def cursor(generation: int, query: str, filters: Filters, start: int) -> str:
    """The cursor of the page that begins with the hit `start`, counted from 0."""
    content = json.dumps([generation, _mark(query, filters), start], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def start_of(given: str | None, generation: int, query: str, filters: Filters) -> int:
    """Where the page of a cursor begins; 0 for none.

    Raises BadCursor when it is none or was given for another query or other filters, IndexChanged when the
    index has changed since.
    """
    if not given:
        return 0
    found, mark, start = _read(given)
    if mark != _mark(query, filters):
        raise BadCursor("this cursor belongs to another query or other filters; send it with those it was given for")
    if found != generation:
        raise IndexChanged("the index has changed since this cursor was given; search again without a cursor")
    return start


def _read(given: str) -> tuple[int, str, int]:
    try:
        content = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursor(_NONE) from error
    match content:
        case [int(generation), str(mark), int(start)] if 0 < start < DEEPEST and not isinstance(start, bool):
            return generation, mark, start
    raise BadCursor(_NONE)


_NONE = "this is no cursor; take the `next` of a search, or search again without one"


def _mark(query: str, filters: Filters) -> str:
    """What a cursor is bound to. Documents that were removed since do not change it."""
    asked = [query, filters.collection, filters.document, filters.issuer, filters.number, filters.section]
    asked += [str(filters.issued_from), str(filters.issued_to)]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:_MARK]
