from __future__ import annotations

import pytest

from api.wiring import Engine
from archive.errors import NotFound
from index.search import _Documents


def test_a_document_that_was_read_is_not_read_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    (document, *_) = engine.archive.documents(limit=1)
    pair = (document.id, document.revision)
    opened: list[int] = []
    read = engine.archive.get_many
    monkeypatch.setattr(engine.archive, "get_many", lambda wanted: opened.append(len(wanted)) or read(wanted))
    documents = _Documents(engine.archive)
    assert documents.get([pair, pair]) == [document, document]
    assert documents.get([pair]) == [*documents.get([]), document]
    with pytest.raises(NotFound):
        documents.get([pair, ("nowhere", "")])
    assert documents.get([pair]) == [document]
    assert opened == [1, 1]
