"""The text layer of a PDF, in reading order: glyphs become pieces, pieces lines, lines paragraphs.

Coordinates are points as the page is shown (its rotation undone), y upwards. A piece is a stretch of one
line without a wide gap or a ruling in it; an em is the size of its letters.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median
from threading import Lock
from typing import Any, Literal

from archive.blocks import Block, Role
from archive.errors import BadInput

MOST_PAGES = 2_000
MOST_CHARACTERS = 5_000_000
MOST_CHARACTERS_ON_A_PAGE = 200_000
MOST_DRAWINGS_ON_A_PAGE = 20_000

_EDGE = 0.11  # running heads and feet lie in this share of the page's height
_CELL_GAP = 1.5  # ems; wider gaps part cells
_INDENT = 1.2
_MOST_GARBLED = 0.05
_LONGEST_TITLE = 120
_LONGEST_REPEATED = 60
_MOST_RULES = 3_000
_MOST_CELLS = 2_000
_MOST_WORK = 5_000_000  # pieces times rulings of one page

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff\u2018-\u201d\u2014\u2026\u3000-\u303f"
_IS_WIDE = re.compile(f"[{_WIDE}]")
_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff，。、；：]) (?=[\u4e00-\u9fff，。、；：])")
_FIRST_WORD = re.compile(r"[^\W\u2e80-\uffef]+[^\w\s\u2e80-\uffef]*|.[，。、；：！？”’）》〉】〕」』]*")
_ENDED = re.compile(r"[。；：！？!?;:.…][”’）)》」』]*$")
_OPENING = re.compile(
    r"第[一二三四五六七八九十百千零〇\d]+[编章节条](?:[\s　]|$)|[一二三四五六七八九十百]+、"
    r"|[（(][一二三四五六七八九十\d]+[)）]"
    r"|\d{1,3}[.．、](?!\d)|[①-⑳]|[•·●■◆▪]|附件|附表"
)
_LEADER = re.compile(r"[.…·．]{4,}\s*\d+$")
_PAGE_NUMBER = re.compile(
    r"[—–\-－―·~]+\s*\d{1,4}\s*[—–\-－―·~]+|第\s*\d{1,4}\s*页(?:[\s,，/|]*共\s*\d{1,4}\s*页)?|Page\s*\d+(?:\s*of\s*\d+)?",
    re.I,
)
_NUMBER = re.compile(r"\d{1,9}")
_PAGE_OF = re.compile(r"(\d{1,4})\s*/\s*(\d{1,4})")
_STAMP = re.compile(r"(?:\d{4}[/-]\d{1,2}[/-]\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}),? +\d{1,2}:\d{2}")
_ADDRESS = re.compile(r"(?:https?|file)://\S+")
_RED_HEAD = re.compile(r"(?!.*关于).{2,40}(?:文件|公报|明电|简报|令|公告)")
_PARENTHESIS = re.compile(r"[（(].*|.*〔\d{4}〕.*")
_RADICALS = {c: unicodedata.normalize("NFKC", chr(c)) for c in range(0x2F00, 0x2FD6)} | dict(
    zip(
        map(ord, "⺠⻓⻔⻋⻅⻉⻛⻜⻢⻥⻦⻄⻩⻬⻰⻘⻝⻚⻣⻁⻆⻤⻨⻙⺟⻮⻳⻧"),
        "民长门车见贝风飞马鱼鸟西黄齐龙青食页骨虎角鬼麦韦母齿龟卤",
        strict=True,
    )
)

_PDFIUM = Lock()  # pdfium may be used by one thread at a time

Point = tuple[float, float]
Turn = Callable[[float, float], Point]
Place = Literal["body", "centre", "aside", "row"]


@dataclass(frozen=True, slots=True)
class Glyph:
    char: str
    left: float
    right: float
    base: float
    size: float


@dataclass(frozen=True, slots=True)
class Piece:
    """`order` is where it stands in the file's own order."""

    text: str
    left: float
    right: float
    base: float
    size: float
    order: int


Band = list[list[Piece]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A printed line, upright or level: it lies at `at` and reaches from `low` to `high`."""

    at: float
    low: float
    high: float
    upright: bool

    def covers(self, along: float) -> bool:
        return self.low - 2 <= along <= self.high + 2


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    height: float
    pieces: tuple[Piece, ...]
    rules: tuple[Rule, ...] = ()
    pictured: bool = False
    characters: int = 0
    garbled: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    left: float
    right: float
    base: float
    size: float
    page: int
    place: Place = "body"


@dataclass(frozen=True, slots=True)
class Column:
    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class Cell:
    left: float
    right: float
    bottom: float
    top: float


def read_pdf(raw: bytes, name: str) -> list[Block]:
    """The paragraphs of a PDF with a text layer. Raises BadInput for a scan, a locked, damaged or oversized
    file, and for one whose fonts do not say which characters they draw."""
    with _PDFIUM, _opened(raw, name) as document:
        pages = _pages(document, name)
    _refuse_garbled(pages, name)
    pages = _without_furniture(pages)
    _refuse_scan(pages, name)
    return _unspread(_blocks([line for page in pages for line in _lines(page)]))


# --- from the file to pieces ---


@contextmanager
def _opened(raw: bytes, name: str) -> Iterator[Any]:
    import pypdfium2

    document = None
    try:
        document = pypdfium2.PdfDocument(raw)
        yield document
    except pypdfium2.PdfiumError as error:
        raise BadInput(f"{name}: {_trouble(error)}") from error
    finally:
        if document is not None:
            document.close()


def _trouble(error: Exception) -> str:
    password = 4
    if getattr(error, "err_code", None) == password:
        return "locked by a password; save a copy without one (`qpdf --password=… --decrypt in.pdf out.pdf`)"
    return "not a PDF, or a damaged one; print or export it to PDF anew"


def _pages(document: Any, name: str) -> list[Page]:
    count = len(document)
    if count > MOST_PAGES:
        raise BadInput(f"{name}: {count:,} pages; at most {MOST_PAGES:,} are taken: split it")
    pages: list[Page] = []
    characters = 0
    for number in range(1, count + 1):
        page = document[number - 1]
        _widen(page)
        text = page.get_textpage()
        characters += _bounded(text.count_chars(), number, name)
        if characters > MOST_CHARACTERS:
            raise BadInput(f"{name}: more than {MOST_CHARACTERS:,} characters; split it")
        pages.append(_page(page, text, number))
        text.close()
        page.close()
    return pages


def _widen(page: Any) -> None:
    """pdfium passes over text without extent, such as one glyph of a font that is neither embedded nor
    installed: an outline gives it one."""
    from pypdfium2 import PdfMatrix, raw

    for drawing in _drawings(page, raw.FPDF_PAGEOBJ_TEXT, depth=15):
        if min(_extent(drawing)) < 0.1:
            raw.FPDFTextObj_SetTextRenderMode(drawing.raw, raw.FPDF_TEXTRENDERMODE_STROKE)
            raw.FPDFPageObj_SetStrokeWidth(drawing.raw, 1.0)
            drawing.transform(PdfMatrix())


def _bounded(count: int, number: int, name: str) -> int:
    if count > MOST_CHARACTERS_ON_A_PAGE:
        raise BadInput(
            f"{name}: {count:,} characters on page {number}; at most {MOST_CHARACTERS_ON_A_PAGE:,} are taken: split it"
        )
    return count


def _page(page: Any, text: Any, number: int) -> Page:
    from pypdfium2 import raw

    left, bottom, right, top = page.get_bbox()
    degrees = page.get_rotation()
    turn = _turn(degrees, (left, bottom, right, top))
    height = top - bottom if degrees % 180 == 0 else right - left
    width = right - left if degrees % 180 == 0 else top - bottom
    glyphs, turned, garbled = _glyphs(text, turn, degrees, width, height)
    characters = sum(not g.char.isspace() for g in glyphs) + sum(map(len, turned))
    drawings = _drawings(page, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE)
    rules = _rules(drawings, turn)
    pieces = _pieces(glyphs, sorted((r for r in rules if r.upright), key=lambda r: r.at))
    # Turned text is a watermark more often than not: it goes where running lines are looked for.
    pieces += [Piece(t, 0.0, width, -1.0, 1.0, len(glyphs) + at) for at, t in enumerate(turned) if not t.isspace()]
    pictured = (not characters and not pieces) or _pictured(drawings, width * height)
    return Page(number, height, tuple(pieces), rules, pictured, characters, garbled)


def _turn(degrees: int, box: tuple[float, float, float, float]) -> Turn:
    left, bottom, right, top = box
    turns: dict[int, Turn] = {
        0: lambda x, y: (x - left, y - bottom),
        90: lambda x, y: (y - bottom, right - x),
        180: lambda x, y: (right - x, top - y),
        270: lambda x, y: (top - y, x - left),
    }
    return turns[degrees % 360]


def _glyphs(text: Any, turn: Turn, degrees: int, width: float, height: float) -> tuple[list[Glyph], list[str], int]:
    """The upright glyphs on the page, the others as text by their angle, and how many had no known character."""
    from pypdfium2 import raw

    x, y, box, matrix = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF(), raw.FS_MATRIX()
    glyphs: list[Glyph] = []
    turned: list[tuple[float, str]] = []
    garbled = 0
    handle = text.raw
    for at, char in enumerate(_characters(handle, text.count_chars())):
        if not char or (char.isspace() and raw.FPDFText_IsGenerated(handle, at)):
            continue
        if not char.isspace():
            garbled += _is_garbled(char) or raw.FPDFText_HasUnicodeMapError(handle, at) == 1
        raw.FPDFText_GetCharOrigin(handle, at, x, y)
        raw.FPDFText_GetLooseCharBox(handle, at, box)
        raw.FPDFText_GetMatrix(handle, at, matrix)
        angle = math.atan2(matrix.b, matrix.a) - math.radians(degrees)
        if math.cos(angle) < 0.99:
            turned.append((round(angle, 2), char))
            continue
        left, base = turn(x.value, y.value)
        (_, low), (right, high) = sorted((turn(box.left, box.bottom), turn(box.right, box.top)))
        if math.isfinite(left + right + base + low + high) and 0 <= base <= height and -1 <= left <= width:
            printed = raw.FPDFText_GetFontSize(handle, at) * math.hypot(matrix.c, matrix.d)
            glyphs.append(Glyph(char, left, right, base, _size(printed, abs(high - low))))
    return glyphs, ["".join(c for _, c in run) for _, run in groupby(turned, key=lambda item: item[0])], garbled


def _size(printed: float, box_height: float) -> float:
    return max(1.0, printed if 0 < printed < 4 * box_height + 1 else box_height * 0.8)


def _characters(handle: Any, count: int) -> Iterator[str]:
    """One character a position; the second half of a surrogate pair gives an empty one."""
    from pypdfium2 import raw

    codes = [raw.FPDFText_GetUnicode(handle, at) for at in range(count)] + [0]
    for code, after in pairwise(codes):
        if 0xD800 <= code < 0xDC00 and 0xDC00 <= after < 0xE000:
            yield chr(0x10000 + ((code - 0xD800) << 10) + after - 0xDC00)
        elif 0xDC00 <= code < 0xE000:
            yield ""
        elif code == 2:  # pdfium's mark for a hyphen at a line's end
            yield "\u00ad"
        else:
            yield _character(code)


def _character(code: int) -> str:
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return "\ufffd"
    return _RADICALS.get(code) or chr(code)


def _is_garbled(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in {"Cc", "Co", "Cn"}


def _drawings(page: Any, *kinds: int, depth: int = 1) -> list[Any]:
    from pypdfium2 import raw

    if raw.FPDFPage_CountObjects(page.raw) > MOST_DRAWINGS_ON_A_PAGE:
        return []
    return list(page.get_objects(filter=kinds, max_depth=depth))


def _extent(drawing: Any) -> Point:
    """Its width and height; one without bounds has none worth a look."""
    from pypdfium2 import raw

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(drawing.raw, left, bottom, right, top):
        return (1.0, 1.0)
    return (right.value - left.value, top.value - bottom.value)


def _pictured(drawings: Iterable[Any], area: float) -> bool:
    from pypdfium2 import raw

    return any(math.prod(_extent(d)) > area / 2 for d in drawings if d.type == raw.FPDF_PAGEOBJ_IMAGE)


def _rules(drawings: Iterable[Any], turn: Turn) -> tuple[Rule, ...]:
    from pypdfium2 import raw

    found: set[Rule] = set()
    for drawing in drawings:
        if drawing.type == raw.FPDF_PAGEOBJ_PATH:
            points = [turn(*point) for point in _corners(raw, drawing)]
            found.update(_thin(points) if not _is_stroked(raw, drawing) else _straight(points))
    return tuple(found) if len(found) <= _MOST_RULES else ()


def _is_stroked(raw: Any, drawing: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(drawing.raw, fill, stroke)
    return bool(stroke.value)


def _corners(raw: Any, drawing: Any) -> list[Point]:
    count = raw.FPDFPath_CountSegments(drawing.raw)
    if not 2 <= count <= 200:
        return []
    matrix = drawing.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[Point] = []
    for at in range(count):
        raw.FPDFPathSegment_GetPoint(raw.FPDFPath_GetPathSegment(drawing.raw, at), x, y)
        points.append(matrix.on_point(x.value, y.value))
    return [p for p in points if math.isfinite(p[0] + p[1])]


def _thin(points: Sequence[Point]) -> Iterator[Rule]:
    """A filled box so thin that it is a ruling."""
    if points:
        (left, right), (low, high) = ((min(c), max(c)) for c in zip(*points, strict=True))
        yield from _straight([(left, low), (right, high)])


def _straight(points: Sequence[Point]) -> Iterator[Rule]:
    for (x, y), (to_x, to_y) in pairwise([*points, points[0]] if len(points) > 2 else points):
        if abs(x - to_x) < 3 and abs(y - to_y) > 8:
            yield Rule((x + to_x) / 2, min(y, to_y), max(y, to_y), True)
        elif abs(y - to_y) < 3 and abs(x - to_x) > 8:
            yield Rule((y + to_y) / 2, min(x, to_x), max(x, to_x), False)


def _pieces(glyphs: Sequence[Glyph], uprights: Sequence[Rule]) -> list[Piece]:
    """Stretches of glyphs in the file's order, which keeps the lines of a table's cell together."""
    pieces: list[Piece] = []
    run: list[Glyph] = []
    for at, glyph in enumerate(glyphs):
        if run and not _follows(run[-1], glyph, uprights):
            pieces.extend(_piece(run, at - len(run)))
            run = []
        run.append(glyph)
    pieces.extend(_piece(run, len(glyphs) - len(run)))
    return pieces


def _follows(before: Glyph, glyph: Glyph, uprights: Sequence[Rule]) -> bool:
    em = max(before.size, glyph.size)
    return (
        abs(before.base - glyph.base) < 0.5 * em
        and -0.6 * em < glyph.left - before.right < _CELL_GAP * em
        and not _parted(before.right, glyph.left, glyph.base, uprights)
    )


def _parted(left: float, right: float, base: float, uprights: Sequence[Rule]) -> bool:
    """Whether a ruling stands between; the rulings are sorted from left to right."""
    at = bisect_left(uprights, left - 2, key=lambda rule: rule.at)
    while at < len(uprights) and uprights[at].at <= right + 2:
        if uprights[at].covers(base + 2):
            return True
        at += 1
    return False


def _piece(run: Sequence[Glyph], order: int) -> Iterator[Piece]:
    inked = [g for g in run if not g.char.isspace()]
    if inked:
        size = Counter(round(g.size, 1) for g in inked).most_common(1)[0][0]
        base = median(g.base for g in inked)
        yield Piece(_spelt(run), inked[0].left, inked[-1].right, base, size, order)


def _spelt(run: Sequence[Glyph]) -> str:
    """The text of a run; gaps wider than the run's own spacing become blanks."""
    gaps = [_gap(before, after) for before, after in pairwise(run)]
    usual = max(0.0, median(gaps)) if len(gaps) > 3 else 0.0
    parts = [run[0].char]
    for (before, after), gap in zip(pairwise(run), gaps, strict=True):
        if after.char == before.char and abs(after.left - before.left) < 0.15 * after.size and not after.char.isspace():
            continue  # printed twice to look bold
        parts.append(" " if gap - usual > _blank(before.char, after.char) * after.size else "")
        parts.append(after.char)
    return re.sub(r"[ \t\u00a0\u3000\u2000-\u200a]+", lambda m: m[0][0], "".join(parts)).strip()


def _gap(before: Glyph, after: Glyph) -> float:
    """Some fonts give only the ink's box: a wide character fills its em all the same."""
    if _IS_WIDE.match(before.char):
        return min(after.left - before.right, max(0.0, after.left - before.left - before.size))
    return after.left - before.right


def _blank(before: str, after: str) -> float:
    return 0.45 if _IS_WIDE.match(before) or _IS_WIDE.match(after) else 0.2


def _by_line(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """The pieces from top to bottom, each line's from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: -p.base):
        if rows and rows[-1][0].base - piece.base < 0.35 * max(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.left) for row in rows]


# --- refusals ---


def _refuse_garbled(pages: Sequence[Page], name: str) -> None:
    garbled, characters = sum(p.garbled for p in pages), sum(p.characters for p in pages)
    if garbled > _MOST_GARBLED * characters:
        raise BadInput(
            f"{name}: its fonts carry no Unicode ({garbled:,} of {characters:,} characters are unknown);"
            " run OCR over it first (`ocrmypdf --force-ocr -l chi_sim in.pdf out.pdf`)"
        )


def _refuse_scan(pages: Sequence[Page], name: str) -> None:
    scanned = sum(page.pictured and not page.pieces for page in pages)
    if 2 * scanned > len(pages) or not any(page.pieces for page in pages):
        raise BadInput(
            f"{name}: a scan without a text layer; run OCR over it first (`ocrmypdf -l chi_sim in.pdf out.pdf`)"
        )


# --- running heads and feet ---


def _without_furniture(pages: Sequence[Page]) -> list[Page]:
    running = _running(pages)
    return [replace(page, pieces=tuple(_kept(page, len(pages), running))) for page in pages]


def _kept(page: Page, count: int, running: set[tuple[int, int]]) -> Iterator[Piece]:
    stamped = [p.base for p in page.pieces if _at_edge(p, page) and p.base > page.height / 2 and _STAMP.match(p.text)]
    lowest = min((p.base for p in page.pieces), default=0.0)
    for piece in page.pieces:
        if (page.number, piece.order) in running:
            continue
        if not _at_edge(piece, page) or not (
            any(abs(base - piece.base) < 0.5 * piece.size for base in stamped)
            or (piece.base - lowest < 0.5 * piece.size and _ADDRESS.fullmatch(piece.text))
            or _is_page_number(piece.text, page.number, count)
        ):
            yield piece


def _is_page_number(text: str, number: int, count: int) -> bool:
    match = _PAGE_OF.fullmatch(text)
    return bool(_PAGE_NUMBER.fullmatch(text)) or (
        match is not None and (int(match[1]), int(match[2])) == (number, count)
    )


def _at_edge(piece: Piece, page: Page) -> bool:
    return not _EDGE * page.height < piece.base < (1 - _EDGE) * page.height


def _running(pages: Sequence[Page]) -> set[tuple[int, int]]:
    """Pieces (page number, order) that come back in one place at the edge of at least a third of the pages."""
    groups: defaultdict[tuple[str, int], list[tuple[int, Piece]]] = defaultdict(list)
    for page in pages:
        for piece in page.pieces:
            if _at_edge(piece, page):
                from_top = piece.base > page.height / 2
                place = round((page.height - piece.base if from_top else -piece.base) / 4)
                groups[_NUMBER.sub("0", piece.text), place].append((page.number, piece))
    least = max(2, math.ceil(len(pages) / 3))
    return {
        (number, piece.order)
        for (shape, _), found in groups.items()
        if len({number for number, _ in found}) >= least and _runs(shape, found)
        for number, piece in found
    }


def _runs(shape: str, found: Sequence[tuple[int, Piece]]) -> bool:
    """Whether the numbers in a recurring piece stay the same or count the pages."""
    if _OPENING.match(shape):
        return False
    numbers = [(page, [int(n) for n in _NUMBER.findall(piece.text)]) for page, piece in found]
    slots = range(len(numbers[0][1]))
    counts = [len({values[slot] - page for page, values in numbers}) == 1 for slot in slots]
    still = [len({values[slot] for _, values in numbers}) == 1 for slot in slots]
    return all(c or s for c, s in zip(counts, still, strict=True)) and (shape != "0" or counts[0])


# --- from pieces to lines ---


def _lines(page: Page) -> list[Line]:
    """The lines and table rows of a page, in reading order."""
    cells = _ruled(page)
    ruled = {piece.order for held in cells.values() for piece in held}
    loose = [piece for piece in page.pieces if piece.order not in ruled]
    lines = [*_rows(cells, page.number)]
    for column in _columns(loose):
        lines.extend(_loose(column, page.number))
    return lines if not cells else sorted(lines, key=lambda line: -line.base)


def _ruled(page: Page) -> dict[Cell, list[Piece]]:
    """Pieces by the ruled cell that holds them; a frame around a text is no cell."""
    if len(page.pieces) * len(page.rules) > _MOST_WORK:
        return {}
    uprights, levels = [r for r in page.rules if r.upright], [r for r in page.rules if not r.upright]
    found: defaultdict[Cell, list[Piece]] = defaultdict(list)
    for piece in page.pieces:
        if cell := _cell(piece, uprights, levels):
            found[cell].append(piece)
    if len(found) > _MOST_CELLS:
        return {}
    return {cell: held for cell, held in found.items() if any(_beside(cell, other) for other in found)}


def _cell(piece: Piece, uprights: Iterable[Rule], levels: Iterable[Rule]) -> Cell | None:
    x, y = (piece.left + piece.right) / 2, piece.base + 0.3 * piece.size
    beside = [rule for rule in uprights if rule.covers(y)]
    left = max((r for r in beside if r.at <= x), key=lambda r: r.at, default=None)
    right = min((r for r in beside if r.at > x), key=lambda r: r.at, default=None)
    if left is None or right is None:
        return None
    across = [rule.at for rule in levels if rule.covers(x)]
    top = min((at for at in across if at > y), default=max(left.high, right.high))
    bottom = max((at for at in across if at <= y), default=min(left.low, right.low))
    return Cell(*(round(at) for at in (left.at, right.at, bottom, top)))


def _beside(cell: Cell, other: Cell) -> bool:
    touching = min(abs(cell.right - other.left), abs(cell.left - other.right)) <= 3
    return touching and min(cell.top, other.top) > max(cell.bottom, other.bottom)


def _rows(cells: dict[Cell, list[Piece]], page: int) -> Iterator[Line]:
    """A short cell that reaches over several rows is repeated in each."""
    texts = {cell: _cell_text(held, page) for cell, held in cells.items()}
    rows: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda c: -c.top):
        if rows and rows[-1][0].top - cell.top <= 4:
            rows[-1].append(cell)
        else:
            above = rows[-1] if rows else []
            rows.append([c for c in above if c.bottom < cell.top - 4 and len(texts[c]) <= _LONGEST_REPEATED])
            rows[-1].insert(0, cell)
    for row in rows:
        top, size = row[0].top, cells[row[0]][0].size
        row.sort(key=lambda c: c.left)
        yield Line(" | ".join(texts[cell] for cell in row), row[0].left, row[-1].right, top - size, size, page, "row")


def _cell_text(pieces: Sequence[Piece], page: int) -> str:
    return _wrapped(_line(row, page).text for row in _by_line(pieces)).replace(" | ", " ")


def _columns(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces as one column, or as two where most lines are prose on both sides of a gutter."""
    rows = [_segments(row) for row in _by_line(pieces)]
    pairs = [row for row in rows if len(row) == 2 and min(sum(len(p.text) for p in part) for part in row) >= 8]
    if len(pairs) < 10 or len(pairs) < 0.6 * len(rows):
        return [list(pieces)]
    gutter = median((left[-1].right + right[0].left) / 2 for left, right in pairs)
    if any(p.left < gutter - p.size and p.right > gutter + p.size for p in pieces):
        return [list(pieces)]
    return [[p for p in pieces if p.left < gutter], [p for p in pieces if p.left >= gutter]]


def _segments(row: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces of one line, parted where a wide gap lies between."""
    segments = [[row[0]]]
    for piece in row[1:]:
        before = segments[-1][-1]
        if piece.left - before.right < _CELL_GAP * max(before.size, piece.size):
            segments[-1].append(piece)
        else:
            segments.append([piece])
    return segments


def _loose(pieces: Sequence[Piece], page: int) -> list[Line]:
    """Lines of text, and the rows of tables without rulings."""
    lines: list[Line] = []
    for is_table, bands in _stretches(_bands(_by_line(pieces))):
        if is_table:
            lines.extend(_aligned(bands, page))
        else:
            lines.extend(_line(row, page) for band in bands for row in band)
    return lines


def _bands(rows: Iterable[list[Piece]]) -> list[Band]:
    """Lines that stand closer than lines of prose can are the cells of one table row, centred in height."""
    bands: list[Band] = []
    for row in rows:
        if bands and bands[-1][-1][0].base - row[0].base < 1.02 * min(p.size for p in (*bands[-1][-1], *row)):
            bands[-1].append(row)
        else:
            bands.append([row])
    return bands


def _stretches(bands: Sequence[Band]) -> Iterator[tuple[bool, list[Band]]]:
    """Two or more neighbouring bands that fall apart into cells are a table, with a whole one between them."""
    parted = [_is_parted(band) for band in bands]
    inside = [
        parted[at] or (0 < at < len(bands) - 1 and parted[at - 1] and parted[at + 1] and _is_close(bands, at))
        for at in range(len(bands))
    ]
    for is_table, group in groupby(zip(inside, bands, strict=True), key=lambda item: item[0]):
        stretch = [band for _, band in group]
        yield is_table and len(stretch) > 1, stretch


def _is_parted(band: Band) -> bool:
    if any(len(_segments(row)) > 1 for row in band):
        return True
    ordered = sorted((p for row in band for p in row), key=lambda p: p.left)
    return len(band) > 1 and any(before.right <= after.left + 1 for before, after in pairwise(ordered))


def _is_close(bands: Sequence[Band], at: int) -> bool:
    above, row, below = bands[at - 1][-1][0], bands[at][0][0], bands[at + 1][0][0]
    return above.base - below.base < 4 * row.size


def _line(row: Sequence[Piece], page: int) -> Line:
    text = row[0].text
    for before, piece in pairwise(row):
        gap = piece.left - before.right
        text += (" " if gap > _blank(before.text[-1], piece.text[0]) * piece.size else "") + piece.text
    size = max(row, key=lambda p: len(p.text)).size
    return Line(text, row[0].left, max(p.right for p in row), row[0].base, size, page)


def _aligned(bands: Sequence[Band], page: int) -> Iterator[Line]:
    """The rows of a table without rulings, cell by cell in the file's own order."""
    lines = [(number, line) for number, band in enumerate(bands) for line in band]
    places = {piece.order: (number, len(_segments(line))) for number, line in lines for piece in line}
    rows: list[list[list[Piece]]] = []
    for piece in sorted((piece for _, line in lines for piece in line), key=lambda p: p.order):
        before = rows[-1][-1][-1] if rows else None
        if before and _is_below(before, piece) and _is_wrapped(places[before.order], places[piece.order]):
            rows[-1][-1].append(piece)
        elif before and piece.left > before.left and abs(piece.base - before.base) < 3 * piece.size:
            rows[-1].append([piece])
        else:
            rows.append([[piece]])
    for row in rows:
        flat = [piece for cell in row for piece in cell]
        text = _cells(_wrapped(p.text for p in cell) for cell in row)
        yield Line(text, flat[0].left, flat[-1].right, flat[0].base, flat[0].size, page, "row")


def _is_below(before: Piece, piece: Piece) -> bool:
    return abs(before.left - piece.left) < piece.size and 0 < before.base - piece.base < 1.8 * piece.size


def _is_wrapped(before: tuple[int, int], place: tuple[int, int]) -> bool:
    """Whether a piece below another can be of the same cell, by their bands and how many cells their lines have."""
    return place[0] == before[0] or place[1] <= before[1]


def _cells(texts: Iterable[str]) -> str:
    """A label, also one of two letters spread over its cell, stays with what it labels."""
    text = re.sub(r"(?<![^|\s])(\w) \| (\w：)", r"\1 \2", " | ".join(texts))
    return text.replace("： | ", "： ")


# --- from lines to paragraphs ---


def _blocks(lines: Sequence[Line]) -> list[Block]:
    if not lines:
        return []
    body = _body_size(lines)
    columns = _measured(lines, body)
    placed = [replace(line, place=_place(line, columns[line.page])) for line in lines]
    title = _title(placed, body)
    blocks: list[Block] = []
    for group in _paragraphs(placed, title, columns, body):
        role: Role = "title" if group[0] in title else "row" if group[0].place == "row" else "text"
        blocks.append(Block(_wrapped(line.text for line in group), role, 0, group[0].page))
    return blocks


def _body_size(lines: Iterable[Line]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0]


def _measured(lines: Sequence[Line], body: float) -> dict[int, Column]:
    """The text column of each page; one with few full lines has the column of the whole."""
    text = [line for line in lines if line.place == "body" and abs(line.size - body) < 0.1 * body] or list(lines)
    whole = _column(text)
    columns = {line.page: whole for line in lines}
    for page, group in groupby(text, key=lambda line: line.page):
        full = [line for line in group if line.right - line.left > 0.8 * whole.width]
        if len(full) >= 5:
            columns[page] = _column(full)
    return columns


def _column(lines: Sequence[Line]) -> Column:
    """Where most lines begin, and the furthest end that several reach."""
    lefts = Counter(round(line.left / 3) for line in lines)
    first = min(at for at, count in lefts.items() if 4 * count >= max(lefts.values()))
    rights = sorted(line.right for line in lines)
    return Column(min(line.left for line in lines if round(line.left / 3) == first), rights[-1 - len(rights) // 10])


def _place(line: Line, column: Column) -> Place:
    if line.place != "body":
        return line.place
    before, after = line.left - column.left, column.right - line.right
    if before > 2.6 * line.size and abs(before - after) < 1.5 * line.size:
        return "centre"
    return "aside" if before > 0.4 * column.width else "body"


def _title(lines: Sequence[Line], body: float) -> list[Line]:
    """The largest lines of the first page that are larger than its text; a red head is passed over."""
    first = [line for line in lines if line.page == lines[0].page and line.place != "row"]
    groups = [list(g) for _, g in groupby(first, key=lambda line: round(line.size))]
    fitting = [g for g in groups if g[0].size > 1.12 * body and 4 <= sum(len(x.text) for x in g) <= _LONGEST_TITLE]
    named = [g for g in fitting if not _RED_HEAD.fullmatch("".join(line.text for line in g))] or fitting
    if named:
        largest = max(line.size for g in named for line in g)
        return _near(next(g for g in named if g[0].size > 0.94 * largest))
    centred = (line for line in first[:6] if line.place == "centre" and len(line.text) >= 4)
    plain = next((line for line in centred if not _PARENTHESIS.fullmatch(line.text)), None)
    return [plain] if plain else []


def _near(group: Sequence[Line]) -> list[Line]:
    near = [group[0]]
    for line in group[1:]:
        if near[-1].base - line.base > 2.2 * line.size:
            break
        near.append(line)
    return near


def _paragraphs(
    lines: Sequence[Line], title: Sequence[Line], columns: dict[int, Column], body: float
) -> Iterator[list[Line]]:
    pitch = _pitch(lines)
    held = [lines[0]]
    for line in lines[1:]:
        same = (held[0] in title) == (line in title)
        if same and (line in title or _goes_on(held, line, columns, pitch, body)):
            held.append(line)
        else:
            yield held
            held = [line]
    yield held


def _pitch(lines: Sequence[Line]) -> float:
    steps = [a.base - b.base for a, b in pairwise(lines) if a.page == b.page and a.base > b.base]
    return median(steps) if steps else math.inf


def _goes_on(held: Sequence[Line], line: Line, columns: dict[int, Column], pitch: float, body: float) -> bool:
    """Whether a line goes on the paragraph of the lines held."""
    before = held[-1]
    if before.place != line.place or abs(before.size - line.size) > 0.15 * line.size:
        return False
    if line.place == "centre":
        return _same_heading(before, line, body)
    if line.place != "body" or _LEADER.search(before.text) or _is_apart(before, line, pitch):
        return False
    if _has_room(before, line, columns[before.page]):
        return False
    if line.left - columns[line.page].left > _INDENT * line.size:
        return _hangs(held, line)
    return not (_OPENING.match(line.text) and _ENDED.search(before.text))


def _same_heading(before: Line, line: Line, body: float) -> bool:
    return (
        line.size > 1.1 * body
        and before.page == line.page
        and before.base - line.base < 2.2 * line.size
        and not any(_PARENTHESIS.fullmatch(x.text) or _OPENING.match(x.text) for x in (before, line))
    )


def _is_apart(before: Line, line: Line, pitch: float) -> bool:
    return before.page == line.page and before.base - line.base > 1.45 * max(pitch, line.size)


def _has_room(before: Line, line: Line, column: Column) -> bool:
    """Whether the line's first word would have fitted behind the line before."""
    word = _FIRST_WORD.match(line.text)
    ems = sum(1.0 if _IS_WIDE.match(c) else 0.55 for c in word[0]) if word else 1.0
    return column.right - before.right > (ems + 1.0) * line.size


def _hangs(held: Sequence[Line], line: Line) -> bool:
    """Whether an indented line goes on an item whose mark stands further left."""
    if _OPENING.match(line.text) or not _OPENING.match(held[0].text) or line.left < held[0].left + line.size:
        return False
    return not _ENDED.search(held[-1].text) if len(held) == 1 else abs(held[-1].left - line.left) < 0.5 * line.size


def _wrapped(texts: Iterable[str]) -> str:
    """Lines as one text: a blank between words of letters, none where a Chinese character touches."""
    whole = ""
    for text in texts:
        if whole.endswith("\u00ad"):
            whole = whole[:-1] + text
        elif whole and not _IS_WIDE.match(whole[-1]) and text and not _IS_WIDE.match(text[0]) and _is_word(whole, text):
            whole += " " + text
        else:
            whole += text
    return whole


def _is_word(whole: str, text: str) -> bool:
    """Whether two line ends are words of letters: figures and addresses break anywhere in Chinese text."""
    return (whole[-1].isalpha() or text[0].isalpha()) or whole[-1] in ",.;:)" or text[0] == "("


def _unspread(blocks: list[Block]) -> list[Block]:
    """OCR puts a blank between any two Chinese characters; where most have one, all go."""
    letters = sum(len(re.findall(r"[\u4e00-\u9fff]", b.text)) for b in blocks)
    if 5 * sum(len(_SPREAD.findall(b.text)) for b in blocks) < letters:
        return blocks
    return [replace(b, text=_SPREAD.sub("", b.text)) for b in blocks]
