"""Web pages: the article out of the clutter.

trafilatura says which words are article; the smallest element that holds nearly all of them is taken, and
everything in it is kept, since an extractor drops tables, short lines and lists of attachments. The <meta> fields
are those of 《政府网站发展指引》 (国办发〔2017〕47号) annex 2: ArticleTitle, PubDate, ContentSource.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from archive.article import Parsed, article
from archive.blocks import Block
from archive.decoding import decode
from archive.errors import BadInput
from archive.head import day_in, labelled
from archive.text import canonical
from archive.types import Facts

MOST_ELEMENTS = 400_000
DEEPEST = 400
_MOST_CELLS = 100_000

_GONE = "title script style noscript template iframe object embed svg canvas button select input textarea option nav footer video audio map".split()
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure form h1 h2 h3 h4 h5 h6 "
    "header hr li main ol p pre section summary table tbody td tfoot th thead tr ul caption".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:share|bdshare\w*|jiathis\w*|social-share|breadcrumb\w*|crumbs?|curmb|position|pagination|pager|qr_?\w*|ewm|erweima|"
    r"print|nav\w*|menu\w*|top-?bar|font-?size|zoom-btn|xgxw\w*|related\w*|xglj|friend-?link\w*|footer|foot|copyright|sidebar|toolbar)(?:$|[\s_-])",
    re.I,
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STOP = re.compile("[。；！？]")
_ENOUGH = 0.9
_PROSE = 16
_SITE_NAME = re.compile(
    r"(?:\s*[-_|–—]\s*|__)[^-_|–—]*(?:网站?|政府网|门户|平台|公报|公开|中国政府网|人民政府)[^-_|–—]*$"
)
_METAS = {
    "title": ("articletitle",),
    "published_on": ("pubdate", "publishdate", "publication_date"),
    "publisher": ("contentsource", "source"),
}


def parse_html(raw: bytes, name: str, charset: str = "") -> Parsed:
    """A web page as a document. Raises BadInput when it holds no text."""
    text = decode(raw, name, charset)
    root = _tree(text, name)
    metas = _metas(root)
    whole = _title(root)
    extracted = _extracted(root)
    _strip(root)
    body = _container(root, extracted)
    fields = _fields(root, body)
    printed = fields.pop("title", "").partition("：")[2]
    title = metas.get("title") or (printed if printed and whole.startswith(printed) else whole)
    title = canonical(title).replace("\n", " ")
    blocks = [Block(line) for line in fields.values()] + list(_blocks(body))
    known = Facts(
        title=title,
        issued_on=day_in(metas.get("published_on", "")),
        publisher=canonical(metas.get("publisher", "")).replace("\n", " ")[:60],
    )
    return article(blocks, name, known)


def _tree(text: str, name: str) -> Any:
    from lxml import etree, html

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\x00", ""))
    try:
        root = html.document_fromstring(
            text or "<p></p>", parser=html.HTMLParser(remove_comments=True, remove_pis=True)
        )
    except (etree.LxmlError, ValueError) as error:
        raise BadInput(f"{name}: no web page that can be read ({error}); save it again from a browser") from error
    for count, _ in enumerate(root.iter()):
        if count > MOST_ELEMENTS:
            raise BadInput(f"{name}: more than {MOST_ELEMENTS:,} elements; split the page")
    _drop_controls(root)
    if _depth(root) > DEEPEST:
        raise BadInput(f"{name}: elements nested more than {DEEPEST} deep; save it again from a browser")
    return root


def _drop_controls(root: Any) -> None:
    """Characters that XML has not, which a page may name by number (&#1;), cannot be set again."""
    for element in root.iter():
        if element.text and _CONTROL.search(element.text):
            element.text = _CONTROL.sub("", element.text)
        if element.tail and _CONTROL.search(element.tail):
            element.tail = _CONTROL.sub("", element.tail)


def _depth(root: Any) -> int:
    level, deepest = [root], 0
    while level:
        level = [child for element in level for child in element]
        deepest += 1
    return deepest


def _metas(root: Any) -> dict[str, str]:
    given = {
        (m.get("name") or m.get("property") or "").lower(): (m.get("content") or "").strip() for m in root.iter("meta")
    }
    return {key: given[n] for key, names in _METAS.items() for n in names if given.get(n)}


def _title(root: Any) -> str:
    """The heading that the <title> repeats, else the <title> without the name of the site."""
    whole = " ".join((root.findtext(".//title") or "").split())
    for heading in root.iter("h1", "h2", "h3"):
        printed = " ".join(heading.text_content().split())
        if 4 <= len(printed) <= 120 and whole.startswith(printed):
            return printed
    shortened = _SITE_NAME.sub("", whole)
    while shortened != whole:
        whole, shortened = shortened, _SITE_NAME.sub("", shortened)
    return whole[:120]


def _extracted(root: Any) -> str:
    """What trafilatura takes for the article, without blanks; empty when it finds none."""
    from copy import deepcopy

    from trafilatura import bare_extraction

    copied = deepcopy(root)
    for cell in copied.iter("td", "th"):  # it would fill every spanned cell
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)
    found = bare_extraction(copied, fast=True, favor_recall=True, include_tables=True, include_comments=False)
    return _dense(str(getattr(found, "text", "") or "")) if found is not None else ""


def _dense(text: str) -> str:
    return re.sub(r"[\s|\-]+", "", text)


def _strip(root: Any) -> None:
    """Drop what is no text, and what is hidden unless it holds most of the page (scripts show it later)."""
    for element in [e for e in root.iter(*_GONE) if e.getparent() is not None]:
        element.drop_tree()
    most = len(_dense(root.text_content())) / 2
    for element in [e for e in root.iter() if _is_hidden(e)]:
        if len(_dense(element.text_content())) < most:
            element.drop_tree()


def _is_hidden(element: Any) -> bool:
    return _HIDDEN.search(element.get("style") or "") is not None or "hidden" in element.attrib


def _container(root: Any, extracted: str) -> Any:
    """The smallest element that holds nearly all of the extracted words and loses no paragraph."""
    at = root.find("body") if root.find("body") is not None else root
    votes = _votes(at, extracted, _PROSE) or _votes(at, extracted, 2)
    if not votes.get(at):
        return at
    while True:
        child = max((c for c in at if isinstance(c.tag, str)), key=lambda c: votes.get(c, 0), default=None)
        if (
            child is None
            or votes.get(child, 0) < _ENOUGH * votes[at]
            or child.tag in ("table", "tbody", "tr", "ul", "ol", "p")
        ):
            return at
        at = child


def _votes(root: Any, extracted: str, shortest: int) -> dict[Any, int]:
    """Characters of the extraction under each element, of paragraphs at least so long: menus are short."""
    votes: dict[Any, int] = {}
    for element, words in _own_lines(root):
        if len(words) >= shortest and words in extracted:
            while element is not None:
                votes[element] = votes.get(element, 0) + len(words)
                element = element.getparent() if element is not root else None
    return votes


def _own_lines(root: Any) -> Iterator[tuple[Any, str]]:
    """The innermost block elements with their words, without blanks."""
    for element in root.iter():
        if element.tag in _BLOCKS and not any(child.tag in _BLOCKS for child in element.iter() if child is not element):
            yield element, _dense(element.text_content())


def _fields(root: Any, body: Any) -> dict[str, str]:
    """The head fields printed around the article, one line each: 索引号, 文号, 发布日期, ….

    Lines with links (related news carry dates too) are left out."""
    inside = set(body.iter())
    found: dict[str, str] = {}
    for element in root.iter("tr", "p", "div", "li", "dl", "ul", "span", "h1", "h2", "h3", "h4", "h5", "td"):
        if element in inside or element is body or _holds(element, body):
            continue
        line = canonical(_cell(element)).replace("\n", " ")
        if len(line) <= 400 and (fields := labelled(line)):
            for key, value in fields.items():
                found.setdefault(key, f"{_PRINTED[key]}：{value}")
    return found


_PRINTED = {
    "number": "文号",
    "issued_on": "成文日期",
    "published_on": "发布日期",
    "issuer": "发文机关",
    "publisher": "来源",
    "index_number": "索引号",
    "category": "分类",
    "effective_on": "施行日期",
    "title": "标题",
}


def _holds(element: Any, body: Any) -> bool:
    return any(ancestor is element for ancestor in body.iterancestors())


def _blocks(body: Any) -> Iterator[Block]:
    """The paragraphs, headings and table rows of an element, in order."""
    pending: list[str] = []
    yield from _walk(body, pending)
    yield from _flush(pending)


def _walk(element: Any, pending: list[str]) -> Iterator[Block]:
    if not isinstance(element.tag, str) or _is_furniture(element):
        return
    if element.tag == "br":
        yield from _flush(pending)
    elif element.tag == "table" and _is_data(element):
        yield from _flush(pending)
        yield from _rows(element)
    elif element.tag in _BLOCKS:
        yield from _flush(pending)
        yield from _inside(element, pending)
        yield from _flush(pending, element.tag)
    else:
        yield from _inside(element, pending)


def _inside(element: Any, pending: list[str]) -> Iterator[Block]:
    pending.append(element.text or "")
    for child in element:
        yield from _walk(child, pending)
        pending.append(child.tail or "")


def _flush(pending: list[str], tag: str = "") -> Iterator[Block]:
    line = canonical("".join(pending).replace("\n", " ").replace("\r", " ")).replace("\n", " ")
    pending.clear()
    if line:
        level = int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0
        yield Block(line, "heading" if level else "text", level)


def _is_furniture(element: Any) -> bool:
    """Share buttons, bread crumbs and their like: named so, and short or made of links."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if not _FURNITURE.search(names):
        return False
    words = _dense(element.text_content())
    linked = sum(len(_dense(a.text_content())) for a in element.iter("a"))
    return linked > 0.6 * len(words) or (len(words) < 60 and not _STOP.search(words))


def _is_data(table: Any) -> bool:
    """A table of rows and columns, not one that only lays out the page."""
    rows = [len([c for c in row if c.tag in ("td", "th")]) for row in table.iter("tr")]
    widest = max((len(_dense(c.text_content())) for c in table.iter("td", "th")), default=0)
    return sum(count > 1 for count in rows) >= 2 and widest < 1500


def _rows(table: Any) -> Iterator[Block]:
    """Each row as one line; a cell that spans rows is repeated, so that every row says what it is about."""
    spanning: dict[int, tuple[int, str]] = {}
    filled = 0
    for row in (r for r in table.iter("tr") if next(r.iterancestors("table")) is table):
        cells: list[str] = []
        own: list[str] = []
        new = [c for c in row if c.tag in ("td", "th")]
        while new or (len(cells) in spanning and filled <= _MOST_CELLS):
            at = len(cells)
            if at in spanning:
                left, words = spanning.pop(at)
                if left > 1:
                    spanning[at] = (left - 1, words)
            else:
                cell = new.pop(0)
                words = canonical(_cell(cell)).replace("\n", " ")
                own.append(words)
                if (left := _span(cell, "rowspan")) > 1 and len(words) <= 60:
                    spanning[at] = (left - 1, words)
                for extra in range(1, _span(cell, "colspan")):
                    spanning.setdefault(at + extra, (1, ""))
            cells.append(words)
        filled += len(cells)
        if any(cells) and filled <= _MOST_CELLS:
            yield Block(" | ".join(cells).rstrip("| "), "row")
        elif filled > _MOST_CELLS:
            yield from (Block(words, "row") for words in own if words)


def _span(cell: Any, name: str) -> int:
    given = (cell.get(name) or "1").strip()
    return min(int(given), 200) if given.isascii() and given.isdigit() else 1


def _cell(element: Any) -> str:
    """The words of an element with blanks where blocks end."""
    pieces: list[str] = []
    for part in element.iter():
        if isinstance(part.tag, str):
            if part.tag in _BLOCKS or part.tag == "br":
                pieces.append(" ")
            pieces.append(part.text or "")
        if part is not element:
            if part.tag in _BLOCKS:
                pieces.append(" ")
            pieces.append(part.tail or "")
    return "".join(pieces)
