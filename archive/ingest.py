"""Reading documents in: sources become documents in the archive, the unchanged are skipped.

Formats are parsed in worker processes, each bounded in time and memory, so that a file which kills its parser
costs one refusal.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Literal, Protocol

from archive.article import Parsed
from archive.errors import BadInput
from archive.reposts import is_repost, sketch
from archive.sources import READY, VERSIONS, Source, parse
from archive.store import Archive
from archive.structure import STRUCTURE_VERSION
from archive.types import Document

State = Literal["added", "changed", "unchanged", "repost", "removed", "refused"]
PARSE_SECONDS = 60
PARSE_BYTES = 3 * 1024**3
_IN_FLIGHT = 4
_TEXTS = (".txt", ".md", READY)
_SMALL = 100_000
_FEW = 20
_TOGETHER = 64
_TOGETHER_BYTES = 1_000_000
_TOGETHER_SECONDS = 0.5

_Waiting = deque[tuple[Source, Future[Parsed] | None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source; `reason` says why it was refused, or which document it repeats."""

    key: str
    doc_id: str
    state: State
    reason: str = ""


class Parsing(Protocol):
    """How sources are parsed: here, or in processes of their own."""

    def __call__(self, source: Source) -> Future[Parsed]: ...


def document_id(key: str) -> str:
    """The id of the document a source key stands for: 12 hex digits of its SHA-256."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def build_document(source: Source, parsed: Parsed) -> Document:
    """Facts given from outside win over those printed in the document."""
    facts = source.facts.over(parsed.facts)
    content = repr((parsed.text, facts, STRUCTURE_VERSION))
    return Document(
        id=document_id(source.key),
        revision=hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16],
        title=facts.title,
        text=parsed.text,
        sections=parsed.sections,
        issuer=facts.issuer,
        number=facts.number,
        issued_on=facts.issued_on,
        source=source.key,
        publisher=facts.publisher,
        collection=facts.collection,
        effective_on=facts.effective_on,
        index_number=facts.index_number,
        category=facts.category,
        relations=facts.relations,
        pages=parsed.pages,
    )


def parse_here(source: Source) -> Future[Parsed]:
    """Parse in this process, at once."""
    done: Future[Parsed] = Future()
    try:
        done.set_result(parse(source))
    except (BadInput, MemoryError) as error:
        done.set_exception(error)
    return done


@contextmanager
def parsing_processes(workers: int = 0, seconds: float = PARSE_SECONDS) -> Iterator[Parsing]:
    """Parse in worker processes, by default one a core. The first few small texts are parsed here: starting a
    worker takes longer than they do."""
    from pebble import ProcessPool

    pool = ProcessPool(workers or os.cpu_count() or 1, initializer=_bound, context=get_context("spawn"))
    small = itertools.count()

    def parsing(source: Source) -> Future[Parsed]:
        if source.name.endswith(_TEXTS) and len(source.raw) <= _SMALL and next(small) < _FEW:
            return parse_here(source)
        found: Future[Parsed] = pool.schedule(parse, args=[source], timeout=seconds)
        return found

    try:
        yield parsing
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _bound() -> None:
    """A worker takes no more memory than a document may need, and leaves Ctrl-C to its parent."""
    import resource
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (PARSE_BYTES, PARSE_BYTES))


def ingest(
    archive: Archive,
    sources: Iterable[Source],
    check: Callable[[Document], None] = lambda document: None,
    parsing: Parsing = parse_here,
    dry_run: bool = False,
) -> Iterator[Outcome]:
    """Add each source to the archive; one that cannot be taken is kept as quarantined and the rest go on.

    `check` raises BadInput for a document that cannot be used, before it is stored. Outcomes come in the order
    of the sources, once they are stored; small documents are stored several at once. `dry_run` stores nothing.
    """
    waiting: _Waiting = deque()
    ahead = 1 if parsing is parse_here else _IN_FLIGHT * (os.cpu_count() or 1)
    since = time.monotonic()
    for source in sources:
        same = source.same or archive.fingerprint(document_id(source.key)) == source.fingerprint
        waiting.append((source, None if same else parsing(source)))
        if len(waiting) >= ahead and _is_enough(waiting, since):
            yield from _outcomes(archive, waiting, check, dry_run)
            since = time.monotonic()
    while waiting:
        yield from _outcomes(archive, waiting, check, dry_run)


def _is_enough(waiting: _Waiting, since: float) -> bool:
    """Whether to store now: there is much, or (pages come one a second) it has been waiting long."""
    size = sum(len(source.raw) for source, _ in waiting)
    return len(waiting) >= _TOGETHER or size >= _TOGETHER_BYTES or time.monotonic() - since >= _TOGETHER_SECONDS


def _outcomes(archive: Archive, waiting: _Waiting, check: Callable[[Document], None], dry_run: bool) -> list[Outcome]:
    """Store the first of what is waiting, and with it what comes next and is parsed by then."""
    first = waiting[0][1]
    if first is not None:
        wait([first])
    parsed = list(itertools.takewhile(lambda item: item[1] is None or item[1].done(), waiting))
    with archive.together():
        return [_outcome(archive, *waiting.popleft(), check, dry_run) for _ in parsed]


def _outcome(
    archive: Archive, source: Source, parsed: Future[Parsed] | None, check: Callable[[Document], None], dry_run: bool
) -> Outcome:
    doc_id = document_id(source.key)
    if parsed is None:
        if not dry_run:
            archive.seen(doc_id, source.key, source.origin)
            if not source.same:
                archive.fetched(source.key, source.validators, VERSIONS)
        return Outcome(source.key, doc_id, "unchanged")
    try:
        document = build_document(source, _result(parsed, source))
        check(document)
    except BadInput as error:
        if not dry_run:
            archive.quarantine(doc_id, source.key, str(error), source.origin)
        return Outcome(source.key, doc_id, "refused", str(error))
    return _stored(archive, source, document, dry_run)


def _result(parsed: Future[Parsed], source: Source) -> Parsed:
    """Raises BadInput, also for what killed its parser or took too long."""
    from pebble import ProcessExpired

    try:
        return parsed.result()
    except TimeoutError as error:
        raise BadInput(f"{source.name}: not read within {PARSE_SECONDS} seconds; split it") from error
    except (MemoryError, ProcessExpired) as error:
        raise BadInput(f"{source.name}: needs more memory than a file may take; split it") from error


def _stored(archive: Archive, source: Source, document: Document, dry_run: bool) -> Outcome:
    before = archive.fingerprint(document.id)
    same = (document.id, document.revision) in archive.current_of(document.id)
    marks = sketch(document.text)
    original = _original(archive, document, marks)
    if not dry_run:
        archive.put(document, source.fingerprint, marks, original.id if original else "", source.origin)
        archive.fetched(source.key, source.validators, VERSIONS)
        _relink(archive, document, original)
    if original and before is None:
        return Outcome(source.key, document.id, "repost", f"the same text as {original.id} {original.title}")
    return Outcome(source.key, document.id, "unchanged" if same else "added" if before is None else "changed")


def _relink(archive: Archive, document: Document, original: Document | None) -> None:
    """The reposts of a document that says something else now: the first stands for itself and for those like it."""
    heir: Document | None = None
    for doc_id in archive.reposts_of(document.id):
        linked = archive.get(doc_id)
        if original is None and is_repost(linked, document):
            continue
        archive.link(doc_id, heir.id if heir and is_repost(linked, heir) else "")
        heir = heir or linked


def _original(archive: Archive, document: Document, marks: list[int]) -> Document | None:
    """The document this one repeats, if the archive has it."""
    for doc_id in archive.alike(marks, document.id):
        other = archive.get(doc_id)
        if is_repost(document, other):
            return other
    return None


def sync(archive: Archive, origin: str, seen: set[str], dry_run: bool = False) -> Iterator[Outcome]:
    """Remove what an origin held before and holds no more. `seen` are the ids that were found there now."""
    for doc_id, key in archive.of_origin(origin):
        if doc_id not in seen:
            if not dry_run:
                archive.remove(doc_id)
            yield Outcome(key, doc_id, "removed", "it is no longer there")
    if not dry_run:
        archive.release(origin, seen)
