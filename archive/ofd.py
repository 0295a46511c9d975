"""OFD, the fixed layout of Chinese official documents (GB/T 33190-2016): its text in reading order.

A page holds placed pieces of text and nothing of paragraphs. Pieces are put together to lines by their place, and
lines to paragraphs as GB/T 9704-2012 sets them: two characters of indent, a short last line, a centred title, a
signature and date to the right. Annotations and seals are not taken. Names are those of the standard; its old
namespace differs only in the address, so elements are told by their local names.
"""

from __future__ import annotations

import itertools
import math
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archive.blocks import Block, is_red, joined, raised
from archive.containers import Container, parse_xml, resolved
from archive.errors import BadInput

MOST_PAGES = 2_000
MOST_OBJECTS = 1_000_000
MOST_CHARACTERS = 20_000_000
MOST_ON_PAGE = 200_000

_A4 = (210.0, 297.0)
_DEEPEST = 8
_NARROWEST = 0.6
_FARTHEST = 1e5
_LONGEST_PAGE_NUMBER = 40
_PAGE_NUMBER = re.compile(
    r"[—–－―_\-·.\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／，,]?\s*(?:共\s*)?\d{1,4}\s*页?)?[—–－―_\-·.\s]*"
)
_STARTS = re.compile(
    r"[一二三四五六七八九十百]{1,4}、|[（(][一二三四五六七八九十百]{1,4}[)）]|第[一二三四五六七八九十百千零〇\d]{1,6}[编章节条]"
    r"|\d{1,2}[.．、](?!\d)|[（(]\d{1,2}[)）]|[①-⑳]|附件?[：:]|附件\d*$"
)
_ANNEX = re.compile(r"附件?[：:]|\d{1,2}[.．、]")
_NUMBER = re.compile(r"[〔\[［（(【]\d{4}[〕\]］）)】]\s*第?\d{1,5}\s*号")
_LINE_END = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08]")


def read_ofd(raw: bytes, name: str) -> list[Block]:
    """The paragraphs of an OFD file, all its documents in order. Raises BadInput when it holds no text."""
    try:
        with Container(raw, name) as container:
            blocks = _Reader(container, name).blocks()
    except RecursionError as error:
        raise BadInput(f"{name}: nested too deep; save it again") from error
    if not blocks:
        raise BadInput(f"{name}: holds no text, only pictures or outlines; run OCR first and save the text")
    text = "".join(b.text for b in blocks)
    if len(_UNREADABLE.findall(text)) * 3 > len(text):
        raise BadInput(f"{name}: holds numbers of glyphs instead of characters; run OCR first and save the text")
    return blocks


# what is placed on a page


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Object space to page: x' = ax + cy + e, y' = bx + dy + f."""

    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 1
    e: float = 0
    f: float = 0

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def within(self, outer: _Matrix) -> _Matrix:
        e, f = outer.at(self.e, self.f)
        return _Matrix(
            outer.a * self.a + outer.c * self.b,
            outer.b * self.a + outer.d * self.b,
            outer.a * self.c + outer.c * self.d,
            outer.b * self.c + outer.d * self.d,
            e,
            f,
        )

    @property
    def is_oblique(self) -> bool:
        return abs(math.sin(2 * math.atan2(self.b, self.a))) > 0.17


@dataclass(frozen=True, slots=True)
class _Run:
    """Text on one base line; `y` is the base line, from the top of the page. `shown` is False when invisible."""

    text: str
    left: float
    right: float
    y: float
    size: float
    red: bool = False
    shown: bool = True

    @property
    def top(self) -> float:
        return self.y - self.size * 0.88

    @property
    def bottom(self) -> float:
        return self.y + self.size * 0.12

    @property
    def middle(self) -> float:
        return self.y - self.size * 0.38


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    left: float
    right: float
    y: float
    size: float
    red: bool
    page: int
    width: float
    height: float


# reading


class _Reader:
    def __init__(self, container: Container, name: str) -> None:
        self._container = container
        self._name = name
        self._objects = 0
        self._characters = 0
        self._pages = 0

    def blocks(self) -> list[Block]:
        if self._container.find("Encryptions.xml"):
            raise BadInput(f"{self._name}: encrypted (GM/T 0099); save it without encryption")
        root = self._xml("OFD.xml")
        found: list[Block] = []
        for body in _children(root, "DocBody"):
            if location := _text(body, "DocRoot"):
                found += self._document(self._resolved(location, ""))
        return found

    def _document(self, path: str) -> list[Block]:
        document = self._xml(path)
        common = next(_children(document, "CommonData"), None)
        folder = posixpath.dirname(path)
        shared = _Shared(folder, _size(common, _A4), {}, dict(self._composites(common, folder)))
        shared.templates.update(self._templates(common, shared))
        first = self._pages
        pages = [
            self._page(page, shared) for parent in _children(document, "Pages") for page in _children(parent, "Page")
        ]
        return _paragraphs(_lines_of(pages, shared.templates, first))

    def _page(self, page: Any, shared: _Shared) -> _Page:
        self._pages += 1
        if self._pages > MOST_PAGES:
            raise BadInput(f"{self._name}: more than {MOST_PAGES:,} pages: split it")
        content = self._xml(self._resolved(page.get("BaseLoc", ""), shared.folder))
        used = {t.get("TemplateID", "") for t in _children(content, "Template")} & shared.templates.keys()
        return _Page(self._placed(content, shared), _size(content, shared.size), frozenset(used))

    def _templates(self, common: Any, shared: _Shared) -> Iterator[tuple[str, list[_Run]]]:
        for template in _children(common, "TemplatePage"):
            path = self._found(template.get("BaseLoc", ""), shared.folder)
            identity = template.get("ID", "")
            if path and identity:
                yield identity, self._placed(self._xml(path), shared)

    def _composites(self, common: Any, folder: str) -> Iterator[tuple[str, Any]]:
        for kind in ("PublicRes", "DocumentRes"):
            for resource in _children(common, kind):
                path = self._found(resource.text or "", folder)
                for unit in self._xml(path).iter() if path else ():
                    if _local(unit) in ("CompositeGraphicUnit", "CompositeGraphicsUnit"):
                        yield unit.get("ID", ""), unit

    def _xml(self, path: str) -> Any:
        return parse_xml(self._container.read(path), f"{self._name} ({path})")

    def _found(self, location: str, folder: str) -> str | None:
        """The member an ST_Loc names; some writers give it from the root without saying so."""
        if not location.strip():
            return None
        for base in (folder, ""):
            if found := self._container.find(resolved(location, base, self._name)):
                return found
        return None

    def _resolved(self, location: str, folder: str) -> str:
        found = self._found(location, folder)
        if found is None:
            raise BadInput(f"{self._name}: {location.strip()[:80] or 'a page'} is missing in it; get the file again")
        return found

    # objects

    def _placed(self, page: Any, shared: _Shared) -> list[_Run]:
        """All text of a page or template."""
        found: list[_Run] = []
        before = self._characters
        layers = [layer for content in _children(page, "Content") for layer in _children(content, "Layer")]
        waiting = [(layer, _Matrix(), True, 0) for layer in reversed(layers)]
        while waiting:
            element, outer, shown, depth = waiting.pop()
            kind = _local(element)
            shown = shown and element.get("Visible", "true").lower() not in ("false", "0")
            if kind == "TextObject":
                self._count(0, sum(len(code.text or "") for code in _children(element, "TextCode")), before)
                found += _runs(element, _matrix(element).within(outer), shown)
            elif kind in ("Layer", "PageBlock", "Content"):
                self._count(len(element), 0)
                waiting += [(child, outer, shown, depth) for child in reversed(element)]
            elif kind == "CompositeObject" and depth < _DEEPEST:
                unit = shared.composites.get(element.get("ResourceID", ""))
                inner = _matrix(element).within(outer)
                parts = list(_children(unit, "Content"))
                self._count(len(parts), 0)
                waiting += [(part, inner, shown, depth + 1) for part in parts]
        return found

    def _count(self, objects: int, characters: int, before: int = 0) -> None:
        self._objects += objects
        self._characters += characters
        if self._objects > MOST_OBJECTS or self._characters > MOST_CHARACTERS:
            raise BadInput(
                f"{self._name}: more than {MOST_OBJECTS:,} objects or {MOST_CHARACTERS:,} characters: split it"
            )
        if characters and self._characters - before > MOST_ON_PAGE:
            raise BadInput(f"{self._name}: a page with more than {MOST_ON_PAGE:,} characters; save it again")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the pages of a document share."""

    folder: str
    size: tuple[float, float]
    templates: dict[str, list[_Run]]
    composites: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Page:
    runs: list[_Run]
    size: tuple[float, float]
    templates: frozenset[str]


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(parent: Any, kind: str) -> Iterator[Any]:
    return (child for child in (parent if parent is not None else ()) if _local(child) == kind)


def _text(parent: Any, kind: str) -> str:
    return next(((child.text or "").strip() for child in _children(parent, kind)), "")


def _numbers(text: str | None) -> list[float]:
    """The numbers of an ST_Array; what is none counts 0."""
    return [_float(word) for word in (text or "").split()[: 2 * MOST_ON_PAGE]]


def _float(word: str | None, default: float = 0.0) -> float:
    try:
        value = float((word or "")[:40])
    except ValueError:
        return default
    return max(-_FARTHEST, min(_FARTHEST, value)) if math.isfinite(value) else default


def _size(parent: Any, default: tuple[float, float]) -> tuple[float, float]:
    """Width and height of the PhysicalBox (left, top, width, height) of a page's Area or a document's PageArea."""
    for kind in ("Area", "PageArea"):
        for area in _children(parent, kind):
            numbers = _numbers(_text(area, "PhysicalBox"))
            if len(numbers) == 4 and min(numbers[2:]) > 0:
                return numbers[2], numbers[3]
    return default


def _matrix(element: Any) -> _Matrix:
    """From an object's own space to the space around it: its CTM, then the corner of its Boundary."""
    x, y, *_ = [*_numbers(element.get("Boundary")), 0.0, 0.0]
    numbers = _numbers(element.get("CTM"))
    a, b, c, d, e, f = numbers if len(numbers) == 6 else (1, 0, 0, 1, 0, 0)
    return _Matrix(a, b, c, d, e + x, f + y)


# text objects


@dataclass(frozen=True, slots=True)
class _Glyph:
    text: str
    x: float
    y: float
    width: float


def _runs(element: Any, matrix: _Matrix, shown: bool) -> list[_Run]:
    """The text of a TextObject by base line; slanting text is a watermark and not taken."""
    if matrix.is_oblique:
        return []
    size = abs(_float(element.get("Size"), 1.0))
    stretch = abs(_float(element.get("HScale"), 1.0)) or 1.0
    red = any(_is_red(c.get("Value")) for c in _children(element, "FillColor"))
    found: list[_Run] = []
    x = y = 0.0
    for code in _children(element, "TextCode"):
        x, y = _float(code.get("X"), x), _float(code.get("Y"), y)
        glyphs = _glyphs(_unwrapped(code.text or ""), code, x, y, size, stretch)
        found += [_placed_run(line, matrix, size, red, shown) for line in _base_lines(glyphs, size)]
    return found


def _unwrapped(text: str) -> str:
    """The text of a TextCode without the line ends and indents of pretty-printed XML; its own blanks are placed."""
    if "\n" in text[: len(text) - len(text.lstrip())]:
        text = text.lstrip()
    if "\n" in text[len(text.rstrip()) :]:
        text = text.rstrip()
    return _LINE_END.sub("", text)


def _glyphs(text: str, code: Any, x: float, y: float, size: float, stretch: float) -> Iterator[_Glyph]:
    across, down = _deltas(code.get("DeltaX"), len(text)), _deltas(code.get("DeltaY"), len(text))
    for at, character in enumerate(text):
        width = _width(character) * size * stretch
        yield _Glyph(character, x, y, width)
        x += across[at] if at < len(across) else 0 if down else width
        y += down[at] if at < len(down) else 0


def _deltas(text: str | None, most: int) -> list[float]:
    """The steps of a DeltaX: `g 3 5.6` stands for three steps of 5.6. No more than there are characters."""
    found: list[float] = []
    words = iter((text or "").split())
    for word in words:
        if len(found) >= most:
            break
        if word == "g":
            count, step = int(_float(next(words, ""))), _float(next(words, ""))
            found += [step] * max(0, min(count, most - len(found)))
        else:
            found.append(_float(word))
    return found


def _width(character: str) -> float:
    return 0.5 if character.isascii() else 1.0


def _base_lines(glyphs: Iterable[_Glyph], size: float) -> Iterator[list[_Glyph]]:
    """Split where the base line drops or the text jumps back; a vertical column stays one."""
    line: list[_Glyph] = []
    for glyph in glyphs:
        if line and _is_elsewhere(line[-1], glyph, size):
            yield line
            line = []
        line.append(glyph)
    if line:
        yield line


def _is_elsewhere(last: _Glyph, glyph: _Glyph, size: float) -> bool:
    goes_down = abs(glyph.y - last.y) > size / 2
    return (goes_down and abs(glyph.x - last.x) > size / 10) or glyph.x < last.x - size * 2


def _placed_run(line: Sequence[_Glyph], matrix: _Matrix, size: float, red: bool, shown: bool) -> _Run:
    first, last = line[0], line[-1]
    left, y = matrix.at(first.x, first.y)
    right, _ = matrix.at(last.x + last.width, last.y)
    height = size * (math.hypot(matrix.c, matrix.d) or 1.0)
    return _Run(_spaced(line, size), min(left, right), max(left, right), y, max(height, 0.1), red, shown)


def _spaced(glyphs: Sequence[_Glyph], size: float) -> str:
    """The text with a blank where characters stand farther apart than the others."""
    gaps = [b.x - a.x - a.width for a, b in itertools.pairwise(glyphs)]
    usual = _usual(gaps)
    text = glyphs[0].text
    for gap, glyph in zip(gaps, glyphs[1:], strict=True):
        text += f" {glyph.text}" if gap - usual > size * 0.8 else glyph.text
    return text


def _usual(gaps: Sequence[float]) -> float:
    """The gap that most characters of a spaced-out word or a justified line keep."""
    return max(0.0, sorted(gaps)[(len(gaps) - 1) // 2]) if gaps else 0.0


def _is_red(value: str | None) -> bool:
    """Whether a colour (`#ee #20 #25`, `238 32 37`) is a letterhead's red."""
    parts = [_channel(word) for word in (value or "").split()[:4]]
    return len(parts) == 3 and is_red(*parts)


def _channel(word: str) -> float:
    return float(int(word[1:], 16)) if re.fullmatch(r"#[0-9a-fA-F]{1,2}", word) else _float(word)


# lines


def _lines_of(pages: Sequence[_Page], templates: dict[str, list[_Run]], first: int) -> list[list[_Line]]:
    """The lines of each page without running heads and page numbers; hidden text only where there is no other."""
    uses = Counter(identity for page in pages for identity in page.templates)
    any_shown = any(run.shown and run.text.strip() for runs in _all_runs(pages, templates) for run in runs)
    taken: set[str] = set()
    found: list[list[_Line]] = []
    for number, page in enumerate(pages, first + 1):
        new = [t for t in sorted(page.templates - taken) if _is_taken(uses[t], len(pages))]
        taken |= page.templates
        runs = [run for part in (page.runs, *(templates[t] for t in new)) for run in part]
        rows = _rows(run for run in runs if run.shown or not any_shown)
        found.append([_line(row, number, page.size) for row in rows])
    return _without_running_heads(found)


def _all_runs(pages: Sequence[_Page], templates: dict[str, list[_Run]]) -> Iterator[list[_Run]]:
    yield from (page.runs for page in pages)
    yield from (templates[t] for t in frozenset().union(*(page.templates for page in pages)))


def _is_taken(uses: int, pages: int) -> bool:
    """A template's text counts once, unless it stands on every page of several."""
    return pages == 1 or uses < pages


def _rows(runs: Iterable[_Run]) -> list[list[_Run]]:
    """Runs that overlap in height by half of the smaller, from left to right."""
    rows: list[list[_Run]] = []
    tall: _Run | None = None
    for run in sorted((r for r in runs if r.text.strip()), key=lambda r: (r.middle, r.left)):
        overlap = min(tall.bottom, run.bottom) - max(tall.top, run.top) if tall else 0.0
        if tall and overlap >= min(tall.size, run.size) / 2:
            rows[-1].append(run)
            tall = max(tall, run, key=lambda r: r.size)
        else:
            rows.append([run])
            tall = run
    return [sorted(row, key=lambda r: r.left) for row in rows]


def _line(runs: Sequence[_Run], page: int, area: tuple[float, float]) -> _Line:
    weights: Counter[float] = Counter()
    for run in runs:
        weights[run.size] += len(run.text)
    size = weights.most_common(1)[0][0]
    y = next(run.y for run in runs if run.size == size)
    text = _written(runs, size, y)
    red = sum(len(run.text) for run in runs if run.red) * 2 > len(text)
    return _Line(text, runs[0].left, max(run.right for run in runs), y, size, red, page, *area)


def _written(runs: Sequence[_Run], size: float, y: float) -> str:
    """A line's text; raised small figures as superscripts, a blank where pieces stand apart."""
    gaps = [b.left - a.right for a, b in itertools.pairwise(runs)]
    usual = _usual(gaps) if len(gaps) > 1 and all(len(run.text) == 1 for run in runs) else 0.0
    text = ""
    for at, run in enumerate(runs):
        word = raised(run.text) if run.size < size * 0.8 and run.y < y - size * 0.15 else run.text
        if at and gaps[at - 1] - usual > size * (0.3 if _touch(text, word) else 0.8):
            text += " "
        text += word
    return text.strip()


def _touch(text: str, word: str) -> bool:
    return text[-1:].isascii() and text[-1:].isalnum() and word[:1].isascii() and word[:1].isalnum()


def _without_running_heads(pages: list[list[_Line]]) -> list[list[_Line]]:
    pages = [_less_page_number(lines) for lines in pages]
    ends = Counter((line.text, round(line.y)) for lines in pages for line in {*lines[:1], *lines[-1:]})
    repeated = {key for key, count in ends.items() if len(pages) > 2 and count == len(pages)}
    return [[line for line in lines if (line.text, round(line.y)) not in repeated] for lines in pages]


def _less_page_number(lines: list[_Line]) -> list[_Line]:
    """Without a page number, which is the last line or the first, in the margin."""
    if lines and _is_page_number(lines[-1]):
        return lines[:-1]
    return lines[1:] if lines and _is_page_number(lines[0]) else lines


def _is_page_number(line: _Line) -> bool:
    in_margin = line.y > line.height * 0.85 or line.y < line.height * 0.1
    return in_margin and len(line.text) <= _LONGEST_PAGE_NUMBER and _PAGE_NUMBER.fullmatch(line.text) is not None


# paragraphs


@dataclass(frozen=True, slots=True)
class _Measure:
    """How the body of a document is set: size, margins, distance between lines."""

    size: float
    left: float
    right: float
    pitch: float

    def is_indented(self, line: _Line) -> bool:
        return line.left > self.left + line.size * 1.4

    def is_full(self, line: _Line) -> bool:
        return line.right > self.right - line.size * 1.6


def _paragraphs(pages: Sequence[Sequence[_Line]]) -> list[Block]:
    lines = [line for page in pages for line in page if line.text]
    if not lines:
        return []
    measure = _measure(lines)
    found: list[list[_Line]] = []
    for line in lines:
        if found and not _begins(found[-1], line, measure):
            found[-1].append(line)
        else:
            found.append([line])
    title = _title(found, measure)
    return [_block(paragraph, at == title) for at, paragraph in enumerate(found)]


def _measure(lines: Sequence[_Line]) -> _Measure:
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    size = weights.most_common(1)[0][0]
    body = [line for line in lines if abs(line.size - size) < size * 0.1] or list(lines)
    steps = [b.y - a.y for a, b in itertools.pairwise(body) if a.page == b.page and b.y - a.y > size * 0.8]
    pitch = sorted(steps)[len(steps) // 2] if steps else size * 1.8
    left, right = _edge(line.left for line in body), -_edge(-line.right for line in body)
    width = body[0].width
    if right < width * _NARROWEST:
        right = max(right, width - left)
    return _Measure(size, left, right, pitch)


def _edge(places: Iterable[float]) -> float:
    """The outermost place but for a few strays."""
    ordered = sorted(places)
    return ordered[len(ordered) // 20]


def _begins(before: Sequence[_Line], line: _Line, measure: _Measure) -> bool:
    """Whether a line begins a paragraph after the lines of the one before."""
    last = before[-1]
    if _joins_title(last, line, measure):
        return False
    return (
        abs(line.size - last.size) > last.size * 0.1
        or line.red != last.red
        or (line.page == last.page and line.y - last.y > max(measure.pitch, line.size) * 1.7)
        or not measure.is_full(last)
        or (measure.is_indented(line) and not _hangs(before, line, measure))
        or _STARTS.match(line.text) is not None
    )


def _hangs(before: Sequence[_Line], line: _Line, measure: _Measure) -> bool:
    """A long name in a list of annexes goes on below its first character (GB/T 9704-2012 §7.3.4)."""
    return _ANNEX.match(before[0].text) is not None and line.left > measure.left + line.size * 2.6


def _joins_title(last: _Line, line: _Line, measure: _Measure) -> bool:
    """Large centred lines below each other are one title."""
    return (
        _is_large(last, measure)
        and _is_large(line, measure)
        and line.page == last.page
        and abs(line.size - last.size) <= last.size * 0.05
        and line.y - last.y < line.size * 3
        and last.red == line.red
        and not last.text.endswith("文件")
    )


def _is_large(line: _Line, measure: _Measure) -> bool:
    middle = (measure.left + measure.right) / 2
    is_central = abs((line.left + line.right) / 2 - middle) < line.size * 1.5
    return line.size > measure.size * 1.15 and is_central


def _title(paragraphs: Sequence[Sequence[_Line]], measure: _Measure) -> int | None:
    """The first large centred paragraph that is no letterhead; a letterhead stands over the number (文号)."""
    large = [at for at, p in enumerate(paragraphs) if _could_be_title(p, measure)][:2]
    if len(large) == 2 and any(_NUMBER.search(p[-1].text) for p in paragraphs[large[0] + 1 : large[1]][:3]):
        return large[1]
    return large[0] if large else None


def _could_be_title(paragraph: Sequence[_Line], measure: _Measure) -> bool:
    first = paragraph[0]
    text = joined(line.text for line in paragraph)
    is_letterhead = first.red or text.endswith("文件")
    return _is_large(first, measure) and not is_letterhead and 2 <= len(text) <= 200


def _block(paragraph: Sequence[_Line], is_title: bool) -> Block:
    text = joined(line.text for line in paragraph)
    return Block(text, "title" if is_title else "text", page=paragraph[0].page)
