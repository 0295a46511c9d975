"""Judged sets: documents, questions, and the places that answer them.

A set is a folder laid out like those of BEIR (Thakur et al. 2021, arXiv:2104.08663):

    corpus.jsonl     {"_id", "title", "text"}, and "issuer", "number", "issued_on" where known
    queries.jsonl    {"_id", "text"}, and "language" ("zh" or "en"); and, unless there is a folder qrels, "gold":
                     [{"document": id, "quote": words of its text, "start": where they begin}]
    qrels/*.tsv      query-id, corpus-id, score, after a line of headings; test.tsv alone when there is one.
                     A score above 0 means relevant; how far above makes no difference

`quote` may be left out (the whole document is meant) or be given as "start" and "end"; offsets are code points of the
text as given. Where a quote stands more than once, "start" says which is meant; without it the first is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from archive.errors import BadInput, NotFound
from archive.ingest import document_id
from archive.store import Archive
from archive.text import canonical
from archive.types import Span
from index.types import Passage

CORPUS = "corpus.jsonl"
QUERIES = "queries.jsonl"
LONGEST_LINE = 64 * 1024 * 1024
MOST_LINES = 5_000_000
_LONGEST_ID = 200


class Gold(BaseModel):
    """Words of a document that answer a question, or, without `quote`, the whole document."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    document: str = Field(min_length=1, max_length=_LONGEST_ID)
    quote: str = ""
    start: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=0)] | None = None

    @property
    def is_quoted(self) -> bool:
        return bool(self.quote) or self.start is not None

    @model_validator(mode="after")
    def _is_whole(self) -> Gold:
        if self.quote and self.end is not None:
            raise ValueError("give a quote or an end, not both")
        if not self.quote and (self.start is None) != (self.end is None):
            raise ValueError("start without a quote needs an end, and end a start")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("start must lie before end")
        return self


class JudgedDocument(BaseModel):
    """A line of corpus.jsonl. BEIR's `metadata` is not used."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(alias="_id", min_length=1, max_length=_LONGEST_ID)
    title: str = Field("", max_length=400)
    text: str
    issuer: str = Field("", max_length=400)
    number: str = Field("", max_length=100)
    issued_on: date | None = None
    metadata: object = Field(None, exclude=True)


class JudgedQuestion(BaseModel):
    """A line of queries.jsonl, with its gold."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(alias="_id", min_length=1, max_length=_LONGEST_ID)
    text: str = Field(min_length=1, max_length=4000)
    language: Literal["", "zh", "en"] = ""
    gold: tuple[Gold, ...] = ()
    metadata: object = Field(None, exclude=True)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a gold lies in the archive: a document, or (with a span) a stretch of its canonical text."""

    doc_id: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Lost:
    """A gold that no search can find, and why. It counts as a miss."""

    question: str
    document: str
    reason: str

    def __str__(self) -> str:
        return f"question {self.question}, document {self.document}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all its golds; `lost` of them are nowhere to be found."""

    id: str
    text: str
    language: str
    targets: tuple[Target, ...]
    lost: int


_Line = TypeVar("_Line", JudgedDocument, JudgedQuestion)
_Model = TypeVar("_Model", bound=BaseModel)


def read_documents(folder: Path) -> Iterator[JudgedDocument]:
    """The documents of a set, in order. Raises BadInput that names file and line, NotFound without a corpus."""
    yield from _unique(folder / CORPUS, JudgedDocument)


def read_questions(folder: Path) -> list[JudgedQuestion]:
    """The judged questions of a set, in order; those without a gold are left out. Raises BadInput and NotFound."""
    questions = list(_unique(folder / QUERIES, JudgedQuestion))
    if (folder / "qrels").is_dir():
        golds = _read_qrels(folder / "qrels")
        if unknown := sorted(golds.keys() - {q.id for q in questions}):
            raise BadInput(f"{folder / 'qrels'}: judges question {unknown[0]}, which {QUERIES} does not have")
        questions = [q.model_copy(update={"gold": tuple(golds.get(q.id, ()))}) for q in questions]
    judged = [q for q in questions if q.gold]
    if not judged:
        raise BadInput(f"{folder / QUERIES}: no question has a gold; add qrels/*.tsv or a gold to each question")
    return judged


def _unique(path: Path, kind: type[_Line]) -> Iterator[_Line]:
    seen: set[str] = set()
    for number, line in lines(path):
        item = parsed(f"{path}, line {number}", line, kind)
        if item.id in seen:
            raise BadInput(f"{path}, line {number}: the id {item.id} was given before; give each line its own")
        seen.add(item.id)
        yield item


def _read_qrels(folder: Path) -> dict[str, list[Gold]]:
    found: dict[str, list[Gold]] = defaultdict(list)
    test = folder / "test.tsv"
    for path in [test] if test.is_file() else sorted(folder.glob("*.tsv")):
        for number, line in lines(path):
            cells = line.rstrip("\n").split("\t")
            if number == 1 and not cells[-1].lstrip("-").isdecimal():
                continue
            if len(cells) != 3 or not cells[2].strip().lstrip("-").isdecimal() or not cells[1]:
                raise BadInput(f"{path}, line {number}: not query-id, corpus-id and a whole score, separated by tabs")
            if int(cells[2]) > 0:
                found[cells[0]].append(Gold(document=cells[1]))
    return found


def parsed(where: str, line: str, kind: type[_Model]) -> _Model:
    """A line of JSON. Raises BadInput that begins with `where`."""
    try:
        return kind.model_validate(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: {_first(error)}") from error


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, line) of the lines of a UTF-8 file that are not blank; bounded in length and number."""
    if not path.is_file():
        raise NotFound(f"{path}: no such file; a judged set is a folder with {CORPUS} and {QUERIES}")
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(raw) > LONGEST_LINE or number > MOST_LINES:
                    limits = f"{LONGEST_LINE:,} bytes in a line, {MOST_LINES:,} lines"
                    raise BadInput(f"{path}, line {number}: more than is read ({limits}); split it")
                if raw.strip():
                    yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}, line {number}: not UTF-8; save it as UTF-8") from error


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}"
    return str(error) or type(error).__name__


def aim(
    questions: Iterable[JudgedQuestion], given: Mapping[str, str], archive: Archive
) -> tuple[list[Asked], list[Lost]]:
    """Where the golds of each question lie in the archive, and those that lie nowhere.

    `given` holds the text, as given, of at least every document that a gold quotes. A document that the archive has
    linked to another one as its repost stands for that one.
    """
    originals, present = archive.reposts(), {doc_id for doc_id, _ in archive.current()}
    asked, lost = [], []
    for question in questions:
        targets, missing = [], []
        for gold in question.gold:
            doc_id = document_id(gold.document)
            doc_id = originals.get(doc_id, doc_id)
            found = _aim(gold, doc_id, given, archive) if doc_id in present else "is not in the archive"
            if isinstance(found, Target):
                targets.append(found)
            else:
                missing.append(Lost(question.id, gold.document, found))
        lost += missing
        asked.append(Asked(question.id, question.text, question.language, tuple(dict.fromkeys(targets)), len(missing)))
    return asked, lost


def _aim(gold: Gold, doc_id: str, given: Mapping[str, str], archive: Archive) -> Target | str:
    """The target of a gold, or why there is none."""
    if not gold.is_quoted:
        return Target(doc_id, None)
    before = given[gold.document]
    quote = gold.quote or before[gold.start : gold.end]
    span = locate(quote, before, gold.start, archive.get(doc_id).text)
    return Target(doc_id, span) if span else f"does not hold the words {quote[:40]!r}"


def locate(quote: str, given: str, start: int | None, text: str) -> Span | None:
    """Where a quote stands in the canonical text of a document: of several places the one nearest to where its offset
    in the text as given should have come to lie."""
    words = canonical(quote)
    if not words:
        return None
    expected = 0 if start is None else len(canonical(given[:start]))
    places = list(_places(words, text))
    if not places:
        return None
    nearest = min(places, key=lambda at: (abs(at - expected), at))
    return Span(nearest, nearest + len(words))


def _places(words: str, text: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def ranks(asked: Asked, found: Sequence[Passage]) -> tuple[int, ...]:
    """The rank (from 1) of each gold of a question among the passages found, best first; 0 where it is not found.

    With a span the first passage that overlaps it counts. Without, documents are ranked, each by its best passage; one
    question with both kinds of gold is judged by passages.
    """
    if all(target.span is None for target in asked.targets):
        documents = {p.doc_id: None for p in found}
        places = {doc_id: rank for rank, doc_id in enumerate(documents, 1)}
        at = [places.get(target.doc_id, 0) for target in asked.targets]
    else:
        at = [next((r for r, p in enumerate(found, 1) if _meets(p, target)), 0) for target in asked.targets]
    return (*sorted(rank for rank in at if rank), *[0] * (at.count(0) + asked.lost))


def _meets(passage: Passage, target: Target) -> bool:
    if passage.doc_id != target.doc_id or target.span is None:
        return passage.doc_id == target.doc_id
    return passage.span.start < target.span.end and target.span.start < passage.span.end
