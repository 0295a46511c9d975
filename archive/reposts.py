"""Near-identical reposts: the same text under another address, with another head or another footer.

A sketch keeps the smallest hashes of a text's clauses (bottom-k sampling, Cohen and Kaplan 2007), so that likely
twins are found by a join. Whether they are twins is then decided on the whole texts, and strictly: an amended law
differs from the old one in few clauses, so no number may differ. Two laws may say the same in an article
(本条例自公布之日起施行), and which law says it matters: a title tells articles and short texts apart.
"""

from __future__ import annotations

import hashlib
import re

from archive.head import labelled
from archive.text import clauses, fold
from archive.types import Document, Span

SKETCH_SIZE = 48
_ALIKE = 0.95
_FEWEST = 5
_NOT_WORD = re.compile(r"[^\w]")
_ARTICLE = re.compile(r"第[0-9零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?$")
_NUMBER = re.compile(r"[0-9]|[一二三四五六七八九十百千万亿]")


def sketch(text: str) -> list[int]:
    """At most `SKETCH_SIZE` 63-bit hashes that stand for a text."""
    return sorted(_hash(clause) for clause in matter(text) or {text})[:SKETCH_SIZE]


def matter(text: str) -> set[str]:
    """The clauses of a text without its head fields, punctuation and blanks."""
    found: set[str] = set()
    at = 0
    for line in text.split("\n"):
        if len(line) > 160 or labelled(line) is None:
            found.update(_NOT_WORD.sub("", fold(c.of(text))) for c in clauses(text, Span(at, at + len(line))))
        at += len(line) + 1
    return {clause for clause in found if len(clause) > 3}


def is_repost(document: Document, other: Document) -> bool:
    """Whether two documents say the same: nearly all clauses shared, and no number that only one has."""
    if document.collection != other.collection or _differ(document.number, other.number):
        return False
    mine, theirs = matter(document.text), matter(other.text)
    short = min(len(mine), len(theirs)) < _FEWEST
    if _titled_apart(document.title, other.title, short):
        return False
    if document.text == other.text:
        return True
    shared, apart = mine & theirs, mine ^ theirs
    if short:
        return not apart and bool(shared)
    return len(shared) >= _ALIKE * len(mine | theirs) and not any(_NUMBER.search(clause) for clause in apart)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _titled_apart(one: str, other: str, short: bool) -> bool:
    """Whether titles tell two texts apart: of articles any that differ, of short texts unless one holds the other."""
    one, other = (_NOT_WORD.sub("", fold(title)).removeprefix("中华人民共和国") for title in (one, other))
    if _ARTICLE.search(one) and _ARTICLE.search(other):
        return one != other
    return short and one not in other and other not in one


def _hash(clause: str) -> int:
    return int.from_bytes(hashlib.blake2b(clause.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1
