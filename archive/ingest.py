"""Reading documents in: sources become documents in the archive, the unchanged are skipped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from archive.errors import BadInput
from archive.sources import Source, merge
from archive.store import Archive
from archive.structure import STRUCTURE_VERSION, sections
from archive.types import Document


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source; `reason` says why it was refused."""

    key: str
    doc_id: str
    state: Literal["added", "changed", "unchanged", "refused"]
    reason: str = ""


def document_id(key: str) -> str:
    """The id of the document a source key stands for: 12 hex digits of its SHA-256."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def build_document(source: Source) -> Document:
    """Parse a source into a document. Raises BadInput."""
    parsed = source.parse()
    facts = merge(parsed, source.facts)
    return Document(
        id=document_id(source.key),
        revision=hashlib.sha256(repr((parsed.text, facts, STRUCTURE_VERSION)).encode()).hexdigest()[:16],
        title=facts.title,
        text=parsed.text,
        sections=sections(parsed.text),
        issuer=facts.issuer,
        number=facts.number,
        issued_on=facts.issued_on,
        source=source.key,
        publisher=facts.publisher,
        collection=facts.collection,
    )


def ingest(
    archive: Archive, sources: Iterable[Source], check: Callable[[Document], None] = lambda document: None
) -> Iterator[Outcome]:
    """Add each source to the archive; one that cannot be taken is reported and the rest go on.

    `check` raises BadInput for a document that cannot be used, before it is stored."""
    for source in sources:
        doc_id = document_id(source.key)
        known = archive.fingerprint(doc_id)
        if known == source.fingerprint:
            yield Outcome(source.key, doc_id, "unchanged")
            continue
        try:
            document = build_document(source)
            check(document)
            archive.put(document, source.fingerprint)
        except BadInput as error:
            yield Outcome(source.key, doc_id, "refused", str(error))
            continue
        yield Outcome(source.key, doc_id, "added" if known is None else "changed")
