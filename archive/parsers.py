"""One door to every format: `parser_for(name)(raw, name, charset)` makes a `Parsed` of a file's bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from archive.article import Parsed, article
from archive.blocks import Block
from archive.decoding import decode
from archive.errors import BadInput

PARSER_VERSION = "3"

Parser = Callable[[bytes, str, str], Parsed]
"""(bytes, file name, charset of an HTTP header or "") to a document. Raises BadInput."""


def parser_for(name: str) -> Parser:
    """The parser for a file name. Raises BadInput for a format nobody reads, naming what to do."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in PARSERS:
        raise BadInput(f"{name}: cannot read {suffix or 'files without a suffix'}; {_mend(suffix)}")
    return PARSERS[suffix]


def _mend(suffix: str) -> str:
    return next(
        (mend for suffixes, mend in _MENDS if suffix in suffixes), "save it as .docx, .pdf, .html or .txt first"
    )


def parse_text(raw: bytes, name: str, charset: str = "") -> Parsed:
    """Plain text, also as saved from a web page."""
    return article((Block(line) for line in decode(raw, name, charset).splitlines()), name)


def _parse_markdown(raw: bytes, name: str, charset: str = "") -> Parsed:
    from archive.markdown import read_markdown

    return article(read_markdown(decode(raw, name, charset)), name)


def _parse_html(raw: bytes, name: str, charset: str = "") -> Parsed:
    from archive.html import parse_html

    return parse_html(raw, name, charset)


def _parse_pdf(raw: bytes, name: str, charset: str = "") -> Parsed:
    from archive.pdf import read_pdf

    return article(read_pdf(raw, name), name)


def _parse_docx(raw: bytes, name: str, charset: str = "") -> Parsed:
    from archive.docx import read_docx

    return article(read_docx(raw, name), name)


def _parse_ofd(raw: bytes, name: str, charset: str = "") -> Parsed:
    from archive.ofd import read_ofd

    return article(read_ofd(raw, name), name)


PARSERS: dict[str, Parser] = {
    ".txt": parse_text,
    ".text": parse_text,
    ".md": _parse_markdown,
    ".markdown": _parse_markdown,
    ".html": _parse_html,
    ".htm": _parse_html,
    ".shtml": _parse_html,
    ".xhtml": _parse_html,
    ".pdf": _parse_pdf,
    ".docx": _parse_docx,
    ".ofd": _parse_ofd,
}
_MENDS = (
    ((".doc", ".wps", ".rtf", ".odt", ".wpt", ".dot"), "open it in Word, WPS or LibreOffice and save it as .docx"),
    ((".xls", ".xlsx", ".et", ".ods", ".csv"), "save the sheet as .html or copy it into a .docx"),
    ((".ppt", ".pptx", ".dps"), "export it as .pdf"),
    (
        (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".webp"),
        "a picture has no text: run OCR and save the text",
    ),
    ((".ceb", ".gd", ".sep", ".caj"), "print it to .pdf in its own reader"),
    ((".rar", ".7z"), "unpack it, or pack it again as .zip or .tar.gz"),
)
