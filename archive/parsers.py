"""From the bytes of a file to a title, canonical text and the facts its head prints.

A parser is a callable `parse(raw, name) -> Parsed`; `parser_for` chooses one by the file's suffix.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from archive.errors import BadInput
from archive.text import canonical

PARSER_VERSION = "2"
LARGEST_FILE = 64 * 1024 * 1024

_LONGEST_TITLE = 80
_BULLET = r"[•·●▪◆*\-–— ]*"
_CLUTTER = re.compile(
    _BULLET + r"(?:字号[:：]?.{0,12}|.{0,4}扫一扫在?手机.{0,12}|【?(?:打印|关闭|收藏|纠错)(?:本页|窗口|此页|页面)?】?"
    r"|分享(?:到|至)?[:：]?.{0,20}|(?:上|下)一篇[:：].{0,80}|返回(?:顶部|首页)|重点链接|友情链接|相关链接"
    r"|网站地图|联系我们|[^，。；,;]{2,20}政府(?:系统)?网站(?:群)?|(?:您|你)?(?:当前|现在)?(?:的)?位置[:：].{0,80}"
    r"|版权所有.{0,60}|主办单位[:：].{0,60}|.{0,6}ICP备.{0,40}|.{0,6}公网安备.{0,40}|网站标识码.{0,40}"
    r"|浏览(?:次数|量)[:：]?.{0,12})"
)
_DATE = r"(\d{4})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
_DATED = re.compile(rf"(?:发布|发文|成文|公布|印发)?(?:日期|时间)[:：]\s*{_DATE}")
_PUBLISHER = re.compile(r"(?:来源|发布机构|发布单位|发文机关|信息来源)[:：]\s*([^\s:：]{2,40})")
_NUMBER = re.compile(r"(?:文号|发文字号)[:：]\s*([^\s:：]{4,40})")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser found; `text` is canonical: the title, the printed head fields, the body."""

    title: str
    text: str
    issued_on: date | None = None
    publisher: str = ""
    number: str = ""


Parser = Callable[[bytes, str], Parsed]


def parser_for(name: str) -> Parser:
    """The parser for a file name. Raises BadInput for a suffix nobody reads."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in PARSERS:
        raise BadInput(f"{name}: cannot read {suffix or 'files without a suffix'}; save it as plain text (.txt) first")
    return PARSERS[suffix]


def decode(raw: bytes, name: str) -> str:
    """UTF-8 or UTF-16 by its mark, strict UTF-8, then GB18030. Raises BadInput for anything else."""
    if len(raw) > LARGEST_FILE:
        raise BadInput(f"{name}: {len(raw):,} bytes; the largest file taken has {LARGEST_FILE:,}: split it")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            return _strictly(raw, encoding, name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(raw, "gb18030", name)


def _strictly(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{name}: not text in UTF-8 or GB18030 ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error


def parse_text(raw: bytes, name: str) -> Parsed:
    """Plain text, also as saved from a web page: page furniture before and after the article is dropped,
    the printed head fields are read. Raises BadInput when nothing is left."""
    text = canonical(decode(raw, name))
    title, head, body = _split_head(_without_tail(text.split("\n")))
    if not text or not (body or title):
        raise BadInput(f"{name}: no text in it")
    title = title or PurePath(name).stem
    fields = "\n".join(head)
    return Parsed(
        title=title,
        text="\n".join([title, *head, *body]),
        issued_on=_date_in(fields),
        publisher=_first(_PUBLISHER, fields),
        number=_first(_NUMBER, fields),
    )


def _is_clutter(line: str) -> bool:
    return _CLUTTER.fullmatch(line) is not None


def _is_field(line: str) -> bool:
    return len(line) <= 120 and any(p.search(line) for p in (_DATED, _PUBLISHER, _NUMBER)) and not line.endswith("。")


def _without_tail(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and _is_clutter(lines[end - 1]):
        end -= 1
    return lines[:end]


def _split_head(lines: list[str]) -> tuple[str, list[str], list[str]]:
    """The title, the head's field lines, and the body. A title printed twice is kept once."""
    title = ""
    fields: list[str] = []
    for at, line in enumerate(lines):
        if _is_clutter(line) or (title and line == title):
            continue
        if _is_field(line):
            fields.append(line)
        elif not title and _could_be_title(line):
            title = line
        else:
            return title, fields, lines[at:]
    return title, fields, []


def _could_be_title(line: str) -> bool:
    return (
        2 <= len(line) <= _LONGEST_TITLE
        and line[-1] not in "。，；：,;:"
        and not re.match(r"[一1][、.]|第一[章条]", line)
    )


def _date_in(fields: str) -> date | None:
    match = _DATED.search(fields)
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _first(pattern: re.Pattern[str], fields: str) -> str:
    match = pattern.search(fields)
    return match[1] if match else ""


PARSERS: dict[str, Parser] = {".txt": parse_text, ".text": parse_text}
