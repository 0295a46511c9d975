"""Documents that a question names as 《title》: in full, in short (民诉法), with another year or 新 before it."""

from __future__ import annotations

import re

from index.words import is_han, squash

_NAMED = re.compile("《([^》]+)》")
_BRACKETED = re.compile("[（(][^）)]*[)）]")
_YEAR = re.compile(r"(?:19|20)\d\d年?度?")
_MOST = 5


def titles_named(question: str) -> list[str]:
    """The Chinese 《titles》 that a question names, bare and squashed, the first five: a stranger may name hundreds."""
    found = dict.fromkeys(_bare(title) for title in _NAMED.findall(question) if is_han(title))
    return [title for title in found if title][:_MOST]


def is_titled(named: str, title: str) -> bool:
    """Whether a title is the one that `titles_named` gave, or one is short for the other."""
    own = _bare(title)
    return _is_short_for(named, own) or _is_short_for(own, named)


def _bare(title: str) -> str:
    """Without year and brackets: which year is meant the question's years say."""
    return squash(_YEAR.sub("", _BRACKETED.sub("", title)).removeprefix("新"))


def _is_short_for(short: str, title: str) -> bool:
    """Whether all characters of a short title stand in the whole one, in their order."""
    rest = iter(title)
    return len(short) > 1 and all(character in rest for character in short)
