"""From the blocks of a file to a document: clutter away, title, head fields, body, facts.

The rules are the same for every format, so a report reads the same as a web page, a PDF or plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from archive.blocks import Block
from archive.errors import BadInput
from archive.head import ENDS_IN_ORGAN, RED_HEAD, day_in, is_number, labelled, read_facts
from archive.structure import Hint, sections
from archive.text import canonical
from archive.types import Facts, Section

_LONGEST_TITLE = 100
_BULLET = r"[•·●▪◆*\-–— ]*"
_CLUTTER = re.compile(
    _BULLET
    + r"(?:【?\[?(?:字号|字体|字体大小|文字大小)[:：]?.{0,14}|.{0,8}扫一扫.{0,16}|(?:【|\[)?[ ]?(?:打印|关闭|收藏|纠错|我要纠错|返回|下载)(?:本页|窗口|此页|页面|文章|本文)?[ ]?(?:】|\])?"
    r"|(?:[【\[]?(?:打印|关闭|收藏|纠错|字体|大|中|小|返回|顶部|首页|本页|窗口)[】\]]?[ |]*){2,}"
    r"|分享(?:到|至)?[:：]?.{0,20}|(?:上|下)一[篇条]?[:：].{0,80}|返回(?:顶部|首页|列表|上一页)?|重点链接|友情链接|相关链接|相关(?:文件|附件)?下载|(?:政策解读|一图读懂|相关解读)[:：]? ?https?://.{0,120}|相关(?:新闻|文章|稿件|阅读|报道|推荐)[:：]?"
    r"|网站地图|联系我们|关于我们|网站声明|使用帮助|隐私(?:保护|声明|安全)|[^，。；,;]{2,20}政府(?:系统)?网站(?:群)?|(?:您|你)?(?:当前|现在)?(?:所在)?(?:的)?位置[:：].{0,80}"
    r"|首页( ?[>＞»›/] ?.{1,30})*|.{0,4}首页 ?[>＞»].{0,80}"
    r"|版权所有.{0,60}|(?:主办|承办|技术支持|维护)(?:单位)?[:：].{0,80}|.{0,10}ICP备.{0,40}|.{0,6}公网安备.{0,40}|网站标识码.{0,40}|Copyright.{0,80}|©.{0,60}"
    r"|(?:浏览|阅读|访问|点击)(?:次数|量|数)[:：]?.{0,12}|(?:责任)?编辑[:：].{0,12}|\[?责任编辑.{0,12}|保存|复制(?:链接|成功)?|微信|微博|QQ(?:空间)?|A[+\-]?|大|中|小|×|无障碍(?:阅读|浏览)?|长者(?:模式|助手|专区))"
)
_GOES_ON = re.compile(r"(?:关于|印发|转发|发布).{2,80}[^。，；：]$")
_TITLE_ENDS = "。，；：,;:"
_SPLIT_TITLE = 4
_LINES_ABOVE = 4
_LINES_BELOW = 12


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document as read: canonical `text` (title, printed head fields, body), its sections and facts.

    `pages` holds (offset, page) where a page begins.
    """

    text: str
    facts: Facts
    sections: tuple[Section, ...]
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def title(self) -> str:
        return self.facts.title


def article(blocks: Iterable[Block], name: str, known: Facts | None = None) -> Parsed:
    """Put a document together. `known` are facts from outside the text (a page's <meta>). Raises BadInput
    when nothing is left."""
    known = known or Facts()
    lines = _without_furniture([replace(b, text=_one_line(b.text)) for b in blocks])
    title, fields, head, body = _split_head(lines, known.title)
    if not body and (known.title or not title):
        raise BadInput(f"{name}: no text in it; check the file, or take the page that holds the text")
    title = title or _stem(name)
    fields = {**_fields_below(body), **_fields_above(body), **fields}
    text, hints, pages = _joined([Block(title), *head, *body])
    found = sections(text, hints)
    facts = read_facts(text, title, fields, found)
    return Parsed(text, facts.over(known), found, pages)


def _one_line(text: str) -> str:
    return canonical(text).replace("\n", " ")


def _stem(name: str) -> str:
    return canonical(PurePath(name).stem).replace("\n", " ").strip() or name


def is_clutter(line: str) -> bool:
    """Whether a line is page furniture and nothing else."""
    return _CLUTTER.fullmatch(line) is not None


def _without_furniture(lines: list[Block]) -> list[Block]:
    lines = [line for line in lines if line.text]
    while lines and is_clutter(lines[-1].text):
        lines.pop()
    return lines


def _split_head(lines: Sequence[Block], title: str) -> tuple[str, dict[str, str], list[Block], list[Block]]:
    """The title, the head's fields, their lines, and the body. A title printed again is kept once."""
    fields: dict[str, str] = {}
    head: list[Block] = []
    at = 0
    while at < len(lines):
        line = lines[at].text
        repeated = _repeats(lines, at, title)
        found = labelled(line)
        if repeated:
            at += repeated
            continue
        if found is not None and not line.endswith("。"):
            fields = {**found, **fields}
            head.append(replace(lines[at], text=line, role="text"))
        elif not title and RED_HEAD.fullmatch(line) and _title_below(lines, at):
            head.append(replace(lines[at], role="text"))
        elif not title and head and is_number(line):
            head.append(lines[at])
        elif not title and (lines[at].role == "title" or _could_be_title(line)):
            title = line
            if _is_organs(line) and at + 1 < len(lines) and _GOES_ON.match(lines[at + 1].text):
                at += 1
                title = f"{line} {lines[at].text}"
        elif not is_clutter(line):
            break
        at += 1
    return (
        title or fields.get("title", ""),
        fields,
        [h for h in head if labelled(h.text) != {}],
        _less_titles(lines[at:], title),
    )


def _fields_above(body: Sequence[Block]) -> dict[str, str]:
    """Head fields between the first lines of the body (below the line that says who spoke where)."""
    found: dict[str, str] = {}
    for block in body[:_LINES_ABOVE]:
        found.update(labelled(block.text) or {})
    return found


def _fields_below(body: Sequence[Block]) -> dict[str, str]:
    """Head fields that a page prints below its text."""
    found: dict[str, str] = {}
    for block in reversed(body[-_LINES_BELOW:]):
        fields = labelled(block.text)
        if fields is None:
            break
        found.update(fields)
    return found


def _repeats(lines: Sequence[Block], at: int, title: str) -> int:
    """How many lines from here are the title again, printed in one or several lines."""
    joined, wanted = "", _bare(title)
    for count in range(1, _SPLIT_TITLE + 1):
        if not wanted or at + count > len(lines):
            return 0
        joined += _bare(lines[at + count - 1].text)
        if joined == wanted:
            return count
        if not wanted.startswith(joined):
            return 0
    return 0


def _less_titles(lines: Sequence[Block], title: str) -> list[Block]:
    """Below the number (穗府办规〔2025〕8号) the title stands once more."""
    for at in range(min(4, len(lines))):
        if count := _repeats(lines, at, title):
            return [*lines[:at], *lines[at + count :]]
    return list(lines)


def _bare(line: str) -> str:
    return re.sub(r"[ 　\-—]", "", line)


def _title_below(lines: Sequence[Block], at: int) -> bool:
    """Whether a title follows a red head (某局文件), with or without a number between them."""
    following = [line.text for line in lines[at + 1 : at + 4] if not is_number(line.text)]
    return bool(following) and _could_be_title(following[0])


def _is_organs(line: str) -> bool:
    """Whether a line names issuers and nothing else: the title goes on below it."""
    return len(line) <= 60 and "关于" not in line and ENDS_IN_ORGAN.search(line) is not None


def _could_be_title(line: str) -> bool:
    return (
        2 <= len(line) <= _LONGEST_TITLE
        and line[-1] not in _TITLE_ENDS
        and " | " not in line
        and not day_in(line[:12])
        and not re.match(r"[一1][、.]|第一[章条]", line)
    )


def _joined(blocks: Sequence[Block]) -> tuple[str, list[Hint], tuple[tuple[int, int], ...]]:
    texts: list[str] = []
    hints: list[Hint] = []
    pages: list[tuple[int, int]] = []
    at = 0
    for block in blocks:
        if block.role == "heading":
            hints.append(Hint(at, block.level or 1))
        if block.page and (not pages or pages[-1][1] < block.page):
            pages.append((at, block.page))
        texts.append(block.text)
        at += len(block.text) + 1
    return "\n".join(texts), hints, tuple(pages)
