"""Markdown (CommonMark with tables): its headings, paragraphs, numbered lists and rows. Comments are no text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from archive.blocks import Block


def read_markdown(text: str) -> list[Block]:
    """The blocks of a Markdown text; the first heading of level 1 is the title. Never fails."""
    from markdown_it import MarkdownIt

    tokens = (
        MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable("code").parse(_without_front_matter(text))
    )
    return list(_blocks(tokens))


def _without_front_matter(text: str) -> str:
    return re.sub(r"\A\ufeff?---\n(?:.*\n)*?---\n", "", text)


def _blocks(tokens: Sequence[Any]) -> Iterator[Block]:
    mark, level, titled = "", 0, False
    cells: list[str] | None = None
    for token in tokens:
        if token.type == "list_item_open":
            mark = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            yield Block(" | ".join(cells or []).rstrip("| "), "row")
            cells = None
        elif token.type == "inline" and cells is not None:
            cells.append(" ".join(_lines(token)))
        elif token.type == "inline":
            lines = [line for line in _lines(token) if line.strip()]
            if level == 1 and not titled:
                titled = True
                yield Block(" ".join(lines), "title")
            else:
                for at, line in enumerate(lines):
                    yield Block(("" if at else mark) + line, "heading" if level else "text", level)
            mark, level = "", 0
        elif token.type in ("fence", "code_block"):
            yield from (Block(line) for line in token.content.splitlines())
        elif token.type == "html_block" and not token.content.lstrip().startswith("<!--"):
            yield from (Block(line) for line in re.sub(r"<[^<>]{1,200}>", " ", token.content).splitlines())


def _lines(inline: Any) -> list[str]:
    lines = [""]
    for child in inline.children or []:
        if child.type in ("softbreak", "hardbreak"):
            lines.append("")
        elif child.type == "image" or child.type in ("text", "code_inline", "text_special"):
            lines[-1] += child.content
    return lines
