"""Word documents (.docx, ISO/IEC 29500): the paragraphs as Word shows them.

The parts are read as XML, within the limits of `archive.containers`. Automatic numbers (一、 （一） 第一条) stand
in no paragraph's text; they are counted from numbering.xml, since they are part of a document's structure.
Headers, footers, comments, deleted and hidden text and tables of contents are left out.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from archive.blocks import Block, Role, is_red, joined, raised
from archive.containers import Container, parse_xml, resolved
from archive.errors import BadInput

MOST_CHARACTERS = 20_000_000
MOST_PARAGRAPHS = 500_000

_OLE = b"\xd0\xcf\x11\xe0"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_MAIN = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_MAIN.decode()}}}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_WRAPPERS = frozenset(
    _W + tag for tag in "hyperlink ins moveTo smartTag sdt sdtContent customXml fldSimple bdo dir rubyBase".split()
)
_PICTURES = frozenset(("drawing", "pict", "object"))
_LONGEST_HEADING = 120
_DEEPEST_STYLE = 20
_DEEPEST_FIELD = 50
_LEVELS = range(9)
_LONGEST_LABEL = 255
_PLAIN_SIZE = 20
_TITLE_WITHIN = 20
_LONGEST_TITLE = 100
_BULLET = "•"

_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_TITLE_STYLE = re.compile(r"title|标题|公文标题|文件标题|大标题", re.I)
_HEADING_STYLE = re.compile(r"(?:heading|标题) ?([1-9])", re.I)
_CONTENTS_STYLE = re.compile(r"(?:toc|目录) ?(?:[1-9]|heading)", re.I)
_NO_TITLE = re.compile(
    r"第[一二三四五六七八九十百零〇\d]+[编章节条]|[（(]?[一二三四五六七八九十\d]+[)）、.．]|附件|.*文件$|.*号$|[—–\-]|[（(].*[)）]$"
)


def read_docx(raw: bytes, name: str) -> list[Block]:
    """The paragraphs, headings, table rows and notes of a Word document, in order. Raises BadInput."""
    if raw.startswith(_OLE):
        raise BadInput(f"{name}: encrypted, or an old .doc; open it and save it as .docx without a password")
    try:
        with Container(raw, name) as container:
            return _Reader(_parts(container, name), name).blocks()
    except RecursionError as error:
        raise BadInput(f"{name}: nested too deep; open it in Word and save it again") from error


# the parts of the package


@dataclass(frozen=True, slots=True)
class _Parts:
    document: Any
    styles: Any = None
    numbering: Any = None
    footnotes: Any = None
    endnotes: Any = None


def _parts(container: Container, name: str) -> _Parts:
    path = _related(container, "", name).get("officeDocument", "word/document.xml")
    if container.find(path) is None:
        raise BadInput(f"{name}: no Word document in it; open it in Word or WPS and save it as .docx")
    folder = posixpath.dirname(path)
    related = _related(container, path, name)
    others = {
        kind: _part(container, related.get(kind, posixpath.join(folder, f"{kind}.xml")), name)
        for kind in ("styles", "numbering", "footnotes", "endnotes")
    }
    document = _part(container, path, name)
    if document.tag != _W + "document":
        raise BadInput(f"{name}: no Word document but another Office file; save its text as .docx")
    return _Parts(document, **others)


def _related(container: Container, path: str, name: str) -> dict[str, str]:
    """Where the parts that a part names are, by the last word of their kind."""
    folder, file = posixpath.split(path)
    root = _part(container, posixpath.join(folder, "_rels", f"{file}.rels"), name)
    found: dict[str, str] = {}
    for relation in root if root is not None else ():
        if relation.get("TargetMode") != "External" and (target := relation.get("Target")):
            kind = relation.get("Type", "").rpartition("/")[2]
            if kind in ("officeDocument", "styles", "numbering", "footnotes", "endnotes"):
                found.setdefault(kind, resolved(target, folder, name))
    return found


def _part(container: Container, path: str, name: str) -> Any:
    found = container.find(path)
    if found is None:
        return None
    return parse_xml(container.read(found).replace(_STRICT, _MAIN), f"{name} ({found})")


# reading attributes


def _value(element: Any, tag: str, attribute: str = "val") -> str | None:
    """An attribute of a direct child; "" when the child stands without it, None without the child."""
    child = element.find(_W + tag) if element is not None else None
    return None if child is None else child.get(_W + attribute, "")


def _number(text: str | None, default: int = 0) -> int:
    try:
        return max(-(10**9), min(10**9, int((text or "")[:12])))
    except ValueError:
        return default


def _maybe(text: str | None) -> int | None:
    return None if text is None else _number(text)


def _is_on(element: Any, tag: str) -> bool | None:
    value = _value(element, tag)
    return None if value is None else value.lower() not in ("0", "false", "off", "none")


# styles


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style says, with all it inherits; None where nothing is said."""

    name: str = ""
    heading: int | None = None
    num_id: str | None = None
    level: int | None = None
    centred: bool | None = None
    size: int | None = None
    red: bool | None = None
    hidden: bool | None = None

    def over(self, base: _Style) -> _Style:
        mine = {key: value for key in _INHERITED if (value := getattr(self, key)) is not None}
        return replace(base, name=self.name, **mine)


_INHERITED = ("heading", "num_id", "level", "centred", "size", "red", "hidden")


def _style(element: Any) -> _Style:
    """What an element with w:pPr and w:rPr says itself."""
    name = _value(element, "name") or ""
    properties, run = element.find(_W + "pPr"), element.find(_W + "rPr")
    outline = _maybe(_value(properties, "outlineLvl"))
    if outline is None and (match := _HEADING_STYLE.fullmatch(name)):
        outline = int(match[1]) - 1
    numbering = properties.find(_W + "numPr") if properties is not None else None
    return replace(
        _run_style(run),
        name=name,
        heading=None if outline is None else outline + 1 if 0 <= outline < 9 else 0,
        num_id=_value(numbering, "numId"),
        level=_maybe(_value(numbering, "ilvl")),
        centred=_centred(properties),
    )


def _run_style(properties: Any) -> _Style:
    if properties is None:
        return _Style()
    colour = _value(properties, "color")
    return _Style(
        size=_maybe(_value(properties, "sz")),
        red=None if colour is None else _is_red(colour),
        hidden=_is_on(properties, "vanish"),
    )


def _centred(properties: Any) -> bool | None:
    value = _value(properties, "jc")
    return None if value is None else value == "center"


def _is_red(colour: str) -> bool:
    match = re.fullmatch(r"([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", colour)
    return match is not None and is_red(*(int(part, 16) for part in match.groups()))


class _Styles:
    """The styles by id, resolved along w:basedOn."""

    def __init__(self, root: Any) -> None:
        self._elements: dict[str, Any] = {}
        self._resolved: dict[str, _Style] = {}
        self._defaults = _Style(size=_PLAIN_SIZE)
        self._default = ""
        for element in root.iterfind(_W + "style") if root is not None else ():
            identity = element.get(_W + "styleId", "")
            self._elements.setdefault(identity, element)
            if element.get(_W + "type") == "paragraph" and element.get(_W + "default") in ("1", "true", "on"):
                self._default = identity
        found = root.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr") if root is not None else None
        self._defaults = _run_style(found).over(self._defaults)

    def paragraph(self, identity: str | None) -> _Style:
        return self.get(identity if identity in self._elements else self._default).over(self._defaults)

    def get(self, identity: str | None, depth: int = 0) -> _Style:
        element = self._elements.get(identity or "")
        if element is None or depth > _DEEPEST_STYLE:
            return _Style()
        if identity not in self._resolved:
            base = self.get(_value(element, "basedOn"), depth + 1)
            self._resolved[identity or ""] = _style(element).over(base)
        return self._resolved[identity or ""]


# automatic numbers

_HAN = "〇一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_WIDE = "０１２３４５６７８９"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def numeral(number: int, kind: str) -> str:
    """A number as a list shows it (ST_NumberFormat, ISO/IEC 29500-1 §17.18.59); decimal for kinds not known."""
    written = _NUMERALS[kind](number) if kind in _NUMERALS else ""
    return written or ("" if kind == "none" else str(number))


def _letter(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 1 <= number <= 780 else ""


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN if 0 < number < 4000 else ():
        count, number = divmod(number, value)
        text += letters * count
    return text


def _digits(number: int, digits: str) -> str:
    return "".join(digits[int(c)] if c.isdecimal() else c for c in str(number))


def _counted(number: int, digits: str = _HAN, units: str = "十百千") -> str:
    """十二, 一百零五; nothing from ten thousand on."""
    if not 0 < number < 10_000:
        return digits[0] if number == 0 else ""
    text = ""
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            text += digits[digit] + ("", *units)[power]
        elif text and number % 10**power and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if text.startswith("一十") else text


def _one_of(signs: str, number: int, first: int = 1) -> str:
    return signs[number - first] if first <= number < first + len(signs) else ""


def _signs(first: int, count: int) -> str:
    return "".join(map(chr, range(first, first + count)))


_RINGED = _signs(0x24EA, 1) + _signs(0x2460, 20) + _signs(0x3251, 15) + _signs(0x32B1, 15)
_NUMERALS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("chineseCounting", "chineseCountingThousand", "japaneseCounting"), _counted),
    **dict.fromkeys(("taiwaneseCounting", "taiwaneseCountingThousand", "koreanCounting"), _counted),
    **dict.fromkeys(("chineseLegalSimplified", "ideographLegalTraditional"), lambda n: _counted(n, _FORMAL, "拾佰仟")),
    **dict.fromkeys(("ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand"), lambda n: _digits(n, _HAN)),
    **dict.fromkeys(("decimalFullWidth", "decimalFullWidth2"), lambda n: _digits(n, _WIDE)),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), lambda n: _one_of(_RINGED, n, first=0)),
    "decimalEnclosedParen": lambda n: _one_of(_signs(0x2474, 20), n),
    "decimalEnclosedFullstop": lambda n: _one_of(_signs(0x2488, 20), n),
    "ideographEnclosedCircle": lambda n: _one_of(_signs(0x3280, 10), n),
    "ideographTraditional": lambda n: _one_of("甲乙丙丁戊己庚辛壬癸", n),
    "ideographZodiac": lambda n: _one_of("子丑寅卯辰巳午未申酉戌亥", n),
    "decimalZero": lambda n: str(n).zfill(2),
    "lowerLetter": _letter,
    "upperLetter": lambda n: _letter(n).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda n: _roman(n).upper(),
}


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    kind: str
    text: str
    follow: str
    decimal: bool
    restart: int | None


@dataclass(slots=True)
class _List:
    """One w:num: which w:abstractNum it counts in, and what it sets itself."""

    abstract: str
    levels: dict[int, _Level]
    starts: dict[int, int]
    begun: bool = False


class _Numbering:
    """Counts the numbered paragraphs. Lists of one w:abstractNum count on, unless a list starts anew."""

    def __init__(self, root: Any, styles: _Styles) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._links: dict[str, str] = {}
        self._by_style: dict[str, int] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is not None:
            for element in root.iterfind(_W + "abstractNum"):
                self._add_abstract(element)
            for element in root.iterfind(_W + "num"):
                self._lists.setdefault(element.get(_W + "numId", ""), _list(element))
            self._follow_links(styles)

    def label(self, num_id: str | None, level: int) -> str:
        """The number of the next paragraph at a level of a list, and what follows it; "" without a list."""
        found = self._lists.get(num_id or "")
        levels = self._levels(found) if found else {}
        if found is None or level not in levels:
            return ""
        counts = self._counts.setdefault(found.abstract, {})
        self._begin(found, counts)
        counts[level] = counts[level] + 1 if level in counts else _start(found, levels, level)
        for deeper in [d for d in counts if d > level and _restarts(levels.get(d), level)]:
            del counts[deeper]
        return _written(found, levels, level, counts)

    def _begin(self, found: _List, counts: dict[int, int]) -> None:
        if not found.begun:
            found.begun = True
            for level in found.starts:
                counts.pop(level, None)

    def _levels(self, found: _List) -> dict[int, _Level]:
        return {**self._abstract.get(found.abstract, {}), **found.levels}

    def _add_abstract(self, element: Any) -> None:
        identity = element.get(_W + "abstractNumId", "")
        self._abstract[identity] = dict(_read_levels(element))
        if link := _value(element, "numStyleLink"):
            self._links[identity] = link
        for level in element.iterfind(_W + "lvl"):
            if style := _value(level, "pStyle"):
                self._by_style.setdefault(style, _number(level.get(_W + "ilvl")))

    def level_of(self, style: str | None) -> int | None:
        """The level that a paragraph style counts at when the style says only which list."""
        return self._by_style.get(style or "")

    def _follow_links(self, styles: _Styles) -> None:
        """A numbering style: its w:num holds the levels that w:numStyleLink borrows."""
        for identity, style in self._links.items():
            lender = self._lists.get(styles.get(style).num_id or "")
            if lender and not self._abstract[identity]:
                self._abstract[identity] = self._abstract.get(lender.abstract, {})


def _list(element: Any) -> _List:
    found = _List(_value(element, "abstractNumId") or "", {}, {})
    for override in element.iterfind(_W + "lvlOverride"):
        level = _number(override.get(_W + "ilvl"))
        found.levels.update(_read_levels(override))
        if level in _LEVELS and (start := _value(override, "startOverride")) is not None:
            found.starts[level] = _number(start)
    return found


def _read_levels(element: Any) -> Iterator[tuple[int, _Level]]:
    for level in (e for e in element.iterfind(_W + "lvl") if _number(e.get(_W + "ilvl"), -1) in _LEVELS):
        custom = level.find(f"{_MC}AlternateContent")
        kind = _value(level, "numFmt") or (_value(custom[-1], "numFmt") if custom is not None and len(custom) else None)
        yield (
            _number(level.get(_W + "ilvl")),
            _Level(
                start=_number(_value(level, "start")),
                kind=kind or "decimal",
                text=(_value(level, "lvlText") or "")[:_LONGEST_LABEL],
                follow=_value(level, "suff") or "tab",
                decimal=bool(_is_on(level, "isLgl")),
                restart=_maybe(_value(level, "lvlRestart")),
            ),
        )


def _start(found: _List, levels: dict[int, _Level], level: int) -> int:
    if level in found.starts:
        return found.starts[level]
    return levels[level].start if level in levels else 1


def _restarts(level: _Level | None, used: int) -> bool:
    return level is None or level.restart is None or used < level.restart


def _written(found: _List, levels: dict[int, _Level], level: int, counts: dict[int, int]) -> str:
    mine = levels[level]

    def value(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        kind = levels[at].kind if at in levels else "decimal"
        return numeral(counts.get(at, _start(found, levels, at)), "decimal" if mine.decimal else kind)

    label = _bullet(mine.text) if mine.kind == "bullet" else re.sub(r"%([1-9])", value, mine.text)
    blank = mine.follow != "nothing" and label and not re.search(r"[、，。．：）〕】\s]$", label)
    return f"{label} " if blank else label


def _bullet(text: str) -> str:
    """A bullet's character; those of symbol fonts stand in the private use area."""
    return re.sub("[\ue000-\uf8ff]", _BULLET, text) or _BULLET


# symbols and formulas

_SYMBOL = str.maketrans(
    "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW\xa3\xa5\xb0\xb1\xb2\xb3\xb4\xb7\xb8\xb9\xbb\xd6\xe5\xa2",
    "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ≤∞°±″≥×•÷≠≈√∑′",
)
_WINGDINGS = str.maketrans("lnoqu\xa1\xa8\xd8\xdf\xe0\xfb\xfc\xfd\xfe", "●■□□◆○□➢←→✗✓☒☑")
_WINGDINGS_2 = str.maketrans("RSTPO\xa3*\x97", "☑☒☒✓✗□□●")
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}


def _symbol(element: Any) -> str:
    """The character of a w:sym; symbol fonts have theirs at U+F000, and what is not known there is left out."""
    try:
        code = int(element.get(_W + "char", "")[:8], 16)
    except ValueError:
        return ""
    font = _FONTS.get(element.get(_W + "font", "").lower(), {})
    bare = code - 0xF000 if 0xF000 <= code <= 0xF0FF else code
    if bare in font:
        return chr(font[bare])
    return "" if 0xD800 <= code <= 0xF8FF or not 0x20 <= code < 0x110000 else chr(code)


def _formula(element: Any) -> str:
    """The text of an m:oMath, so that a fraction or power does not run together into another figure."""

    def inner(tag: str) -> str:
        return "".join(_formula(child) for child in element if child.tag == _M + tag)

    match element.tag.removeprefix(_M):
        case "t":
            return element.text or ""
        case "f":
            return f"{_grouped(inner('num'))}/{_grouped(inner('den'))}"
        case "sSup" | "sSubSup":
            return inner("e") + inner("sub") + _power(inner("sup"))
        case "rad":
            return f"{inner('deg')}√{_grouped(inner('e'))}"
        case "d":
            return f"({'，'.join(_formula(child) for child in element if child.tag == _M + 'e')})"
        case "nary":
            return f"∑{inner('e')}"
    return "".join(_formula(child) for child in element if child.tag.startswith(_M))


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"[\w.]*", text) else f"({text})"


def _power(text: str) -> str:
    small = raised(text)
    return small if small != text or not text else f"^{_grouped(text)}"


# paragraphs


@dataclass(slots=True)
class _Line:
    """A line of a paragraph while it is read, and how most of it looks."""

    text: list[str] = field(default_factory=list)
    sizes: Counter[int] = field(default_factory=Counter)
    red: int = 0


@dataclass(slots=True)
class _Paragraph:
    style: _Style
    lines: list[_Line] = field(default_factory=lambda: [_Line()])
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    boxes: list[_Piece] = field(default_factory=list)
    added: int = 0

    def add(self, text: str, look: _Style) -> None:
        line = self.lines[-1]
        self.added += len(text)
        line.text.append(text)
        line.sizes[look.size or _PLAIN_SIZE] += len(text)
        line.red += len(text) if look.red else 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block and how it looks, which tells the title."""

    block: Block
    size: int = 0
    centred: bool = False
    red: bool = False


class _Reader:
    """Walks the body of a document once."""

    def __init__(self, parts: _Parts, name: str) -> None:
        self._name = name
        self._document = parts.document
        self._styles = _Styles(parts.styles)
        self._numbering = _Numbering(parts.numbering, self._styles)
        self._notes = {"footnote": _notes(parts.footnotes), "endnote": _notes(parts.endnotes)}
        self._marks: Counter[str] = Counter()
        self._fields: list[bool] = []
        self._carried: list[_Line] = []
        self._characters = 0
        self._paragraphs = 0

    def blocks(self) -> list[Block]:
        body = self._document.find(_W + "body")
        pieces = self._whole(body if body is not None else ())
        found = [replace(b, text=_LINE_END.sub(" ", b.text)) for b in _titled(pieces)]
        if not found:
            raise BadInput(f"{self._name}: {self._nothing()}")
        return found

    def _nothing(self) -> str:
        if any(True for tag in _PICTURES for _ in self._document.iter(_W + tag)):
            return "holds only pictures and no text; run OCR and save the text"
        return "no text in it; check the file"

    def _whole(self, parent: Iterable[Any]) -> list[_Piece]:
        """All that a body, cell, text box or note holds; fields and paragraphs do not run across its borders."""
        outer = self._fields, self._carried
        self._fields, self._carried = [], []
        found = [p for p in self._content(parent) if p.block.text.strip()]
        if self._carried:
            found += [p for p in self._pieces(_Paragraph(_Style(), self._carried), "") if p.block.text.strip()]
        self._fields, self._carried = outer
        return found

    def _content(self, parent: Iterable[Any]) -> Iterator[_Piece]:
        """What the block-level children of an element hold."""
        for element in parent:
            tag = element.tag.removeprefix(_W)
            if tag == "p":
                yield from self._paragraph(element)
            elif tag == "tbl":
                yield from self._table(element)
            elif tag in ("altChunk", "subDoc"):
                raise BadInput(f"{self._name}: parts of it are other files inside; open it in Word and save it again")
            elif tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
                yield from self._content(element)
            elif element.tag == _MC + "AlternateContent":
                yield from self._alternative(element)

    def _alternative(self, element: Any) -> list[_Piece]:
        """The first of the alternatives that holds text; they repeat each other."""
        for choice in element:
            if found := [p for p in self._content(choice) if p.block.text.strip()]:
                return found
        return []

    def _paragraph(self, element: Any) -> Iterator[_Piece]:
        properties = element.find(_W + "pPr")
        identity = _value(properties, "pStyle")
        style = self._styles.paragraph(identity)
        own = _style(element)
        paragraph = _Paragraph(replace(own, name=style.name).over(style), self._carried or [_Line()])
        self._carried = []
        self._run_children(element, paragraph, style)
        self._fields = [False] * len(self._fields)
        if _mark_is_gone(properties):
            self._carried = paragraph.lines
            yield from [*paragraph.boxes, *self._noted(paragraph)]
            return
        label = self._label(paragraph.style, identity)
        if not _CONTENTS_STYLE.fullmatch(style.name):
            yield from self._pieces(paragraph, label)

    def _label(self, style: _Style, identity: str | None) -> str:
        level = style.level if style.level is not None else self._numbering.level_of(identity)
        return self._numbering.label(style.num_id, level or 0)

    def _pieces(self, paragraph: _Paragraph, label: str) -> Iterator[_Piece]:
        texts = ["".join(line.text) for line in paragraph.lines]
        self._count(len(label) + sum(map(len, texts)))
        role, level = _role(paragraph.style, "".join(texts))
        lines = list(zip(texts, paragraph.lines, strict=True))
        if role != "text":
            lines = [(joined(texts), max(lines, key=lambda pair: len(pair[0]))[1])]
        for text, line in lines:
            if text.strip():
                block, label = Block(label + text.lstrip() if label else text, role, level), ""
                yield _piece(block, line, paragraph.style)
        yield from paragraph.boxes
        yield from self._noted(paragraph)

    def _count(self, characters: int) -> None:
        self._characters += characters
        self._paragraphs += 1
        if self._characters > MOST_CHARACTERS or self._paragraphs > MOST_PARAGRAPHS:
            raise BadInput(
                f"{self._name}: more than {MOST_CHARACTERS:,} characters or {MOST_PARAGRAPHS:,} paragraphs: split it"
            )

    # runs

    def _run_children(self, parent: Any, paragraph: _Paragraph, look: _Style) -> None:
        for element in parent:
            tag = element.tag
            if tag == _W + "r":
                self._run(element, paragraph, look)
            elif tag in _WRAPPERS:
                self._run_children(element, paragraph, look)
            elif tag in (_M + "oMath", _M + "oMathPara"):
                paragraph.add(_formula(element), look)
            elif tag == _MC + "AlternateContent":
                self._inline_alternative(element, paragraph, look)

    def _run(self, run: Any, paragraph: _Paragraph, look: _Style) -> None:
        properties = run.find(_W + "rPr")
        character = self._styles.get(_value(properties, "rStyle")) if properties is not None else _Style()
        look = _run_style(properties).over(character).over(look)
        is_raised = _value(properties, "vertAlign") == "superscript"
        custom = ""
        for element in run:
            if element.tag == _W + "fldChar":
                self._field(element.get(_W + "fldCharType"))
            elif not look.hidden and not any(self._fields):
                if element.tag in (_W + "footnoteReference", _W + "endnoteReference"):
                    custom = self._reference(run, element, paragraph)
                elif not (custom and element.tag in (_W + "t", _W + "sym")):
                    self._run_part(element, paragraph, look, is_raised)

    def _run_part(self, element: Any, paragraph: _Paragraph, look: _Style, is_raised: bool) -> None:
        tag = element.tag.removeprefix(_W)
        if tag == "t":
            paragraph.add(raised(element.text or "") if is_raised else element.text or "", look)
        elif tag in ("tab", "ptab"):
            paragraph.add("\t", look)
        elif tag in ("br", "cr"):
            paragraph.lines.append(_Line())
        elif tag == "noBreakHyphen":
            paragraph.add("-", look)
        elif tag == "sym":
            paragraph.add(_symbol(element), look)
        elif tag == "ruby":
            self._run_children(element, paragraph, look)
        elif tag in _PICTURES:
            self._boxes(element, paragraph)
        elif element.tag == _MC + "AlternateContent":
            self._inline_alternative(element, paragraph, look)

    def _inline_alternative(self, element: Any, paragraph: _Paragraph, look: _Style) -> None:
        for choice in element:
            before = len(paragraph.boxes), paragraph.added
            for child in choice:
                if child.tag.startswith(_W) and child.tag not in _WRAPPERS:
                    self._run_part(child, paragraph, look, False)
                else:
                    self._run_children([child], paragraph, look)
            if before != (len(paragraph.boxes), paragraph.added):
                return

    def _field(self, kind: str | None) -> None:
        """A field's instruction is not shown, its result is: True on the stack while in an instruction."""
        if kind == "begin" and len(self._fields) < _DEEPEST_FIELD:
            self._fields.append(True)
        elif kind == "separate" and self._fields:
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _boxes(self, element: Any, paragraph: _Paragraph) -> None:
        """Text boxes in a drawing."""
        for child in element:
            if child.tag == _W + "txbxContent":
                paragraph.boxes += self._whole(child)
            elif child.tag == _MC + "AlternateContent":
                self._box_alternative(child, paragraph)
            else:
                self._boxes(child, paragraph)

    def _box_alternative(self, element: Any, paragraph: _Paragraph) -> None:
        for choice in element:
            before = len(paragraph.boxes)
            self._boxes(choice, paragraph)
            if len(paragraph.boxes) > before:
                return

    # notes

    def _reference(self, run: Any, element: Any, paragraph: _Paragraph) -> str:
        """Note the note; its mark does not stand in the text. Returns a mark of its own, if it has one."""
        kind = element.tag.removeprefix(_W).removesuffix("Reference")
        custom = ""
        if element.get(_W + "customMarkFollows", "") not in ("", "0", "false"):
            custom = "".join(t.text or "" for t in run.iterfind(_W + "t")) or "*"
        paragraph.notes.append((kind, element.get(_W + "id", ""), custom))
        return custom

    def _noted(self, paragraph: _Paragraph) -> Iterator[_Piece]:
        for kind, identity, custom in paragraph.notes:
            note = self._notes[kind].pop(identity, None)
            if note is not None:
                mark = self._mark(kind, custom)
                for at, piece in enumerate(self._whole(note)):
                    text = piece.block.text.strip()
                    yield _Piece(Block(text if at else mark + text, "note"))

    def _mark(self, kind: str, custom: str) -> str:
        self._marks[kind] += not custom
        return f"{'注' if kind == 'footnote' else '尾注'}{custom or self._marks[kind]}："

    # tables

    def _table(self, table: Any) -> Iterator[_Piece]:
        rows = [cells for row in _inside(table, "tr") if (cells := self._cells(row)) is not None]
        if all(len(cells) <= 1 for cells in rows):
            for cells in rows:
                for cell in cells:
                    yield from self._whole(cell)
            return
        for cells in rows:
            yield from self._row(cells)

    def _cells(self, row: Any) -> list[Any] | None:
        """The cells of a row, None when the row was deleted; a cell merged into the one above holds nothing."""
        properties = row.find(_W + "trPr")
        if properties is not None and (properties.find(_W + "del") is not None or _is_on(properties, "hidden")):
            return None
        return [cell for cell in _inside(row, "tc") if not _continues(cell)]

    def _row(self, cells: list[Any]) -> Iterator[_Piece]:
        texts: list[str] = []
        notes: list[_Piece] = []
        for cell in cells:
            pieces = self._whole(cell)
            notes += [p for p in pieces if p.block.role == "note"]
            words = (p.block.text.replace(" | ", " ").strip() for p in pieces if p.block.role != "note")
            texts.append(" ".join(filter(None, words)))
        if line := " | ".join(filter(None, texts)):
            yield _Piece(Block(line, "row"))
        yield from notes


def _inside(element: Any, tag: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, also those in content controls."""
    for child in element:
        if child.tag == _W + tag:
            yield child
        elif child.tag.removeprefix(_W) in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _inside(child, tag)


def _continues(cell: Any) -> bool:
    properties = cell.find(_W + "tcPr")
    return any(_value(properties, tag) in ("", "continue") for tag in ("vMerge", "hMerge"))


def _mark_is_gone(properties: Any) -> bool:
    """Whether the paragraph's end was deleted or is hidden, so that it runs on into the next."""
    run = properties.find(_W + "rPr") if properties is not None else None
    return run is not None and (run.find(_W + "del") is not None or bool(_is_on(run, "vanish")))


def _notes(root: Any) -> dict[str, Any]:
    if root is None:
        return {}
    return {
        note.get(_W + "id", ""): note
        for note in root
        if note.get(_W + "type", "normal") == "normal" and isinstance(note.tag, str)
    }


def _role(style: _Style, text: str) -> tuple[Role, int]:
    if _TITLE_STYLE.fullmatch(style.name):
        return "title", 0
    if style.heading and len(text) <= _LONGEST_HEADING:
        return "heading", style.heading
    return "text", 0


def _piece(block: Block, line: _Line, style: _Style) -> _Piece:
    size = line.sizes.most_common(1)[0][0] if line.sizes else _PLAIN_SIZE
    return _Piece(block, size, bool(style.centred), line.red * 2 > len(block.text))


# the title


def _titled(pieces: list[_Piece]) -> list[Block]:
    """The blocks, with the lines of the title put together: those in a title style, else centred and large."""
    styled = [at for at, p in enumerate(pieces) if p.block.role == "title"]
    large = None if styled and styled[0] < _TITLE_WITHIN else _first_large(pieces)
    if large is None and not styled:
        return [p.block for p in pieces]
    first = styled[0] if large is None else large
    last = first + 1
    while last < len(pieces) and _goes_on(pieces[first], pieces[last]):
        last += 1
    title = Block(joined(p.block.text for p in pieces[first:last]), "title")
    rest = [replace(p.block, role="text") if p.block.role == "title" else p.block for p in pieces[last:]]
    return [*(p.block for p in pieces[:first]), title, *rest]


def _first_large(pieces: list[_Piece]) -> int | None:
    sizes: Counter[int] = Counter()
    for piece in pieces:
        sizes[piece.size] += len(piece.block.text) if piece.size else 0
    usual = sizes.most_common(1)[0][0] if sizes else _PLAIN_SIZE
    for at, piece in enumerate(pieces[:_TITLE_WITHIN]):
        if piece.centred and piece.size > usual and not piece.red and _could_be_title(piece.block):
            return at
    return None


def _could_be_title(block: Block) -> bool:
    text = block.text.strip()
    return block.role in ("text", "heading") and 2 <= len(text) <= _LONGEST_TITLE and not _NO_TITLE.match(text)


def _goes_on(title: _Piece, piece: _Piece) -> bool:
    if title.block.role == "title":
        return piece.block.role == "title"
    return piece.centred and piece.size == title.size and piece.red == title.red and _could_be_title(piece.block)
