"""Words and pairs of characters, for the lexical leg and for matching a question to a clause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import add
from typing import Any

from archive.text import fold
from archive.types import Span
from index.cedict import simplified
from index.types import Language

TOKENIZER_VERSION = "2"

_RUN = re.compile(r"\d[\d,]*(?:\.\d+)?[%％]?|[a-z]+(?:'[a-z]+)?|[\u3400-\u9fff\U00020000-\U0003ffff]+")
_BRACKETS = re.compile(r"(?<=[\u3400-\u9fff])[()（）\[\]〔〕“”\"]+|[()（）\[\]〔〕“”\"]+(?=[\u3400-\u9fff])")
_NOT_WORD = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
STOP_WORDS = frozenset(
    "的 了 和 与 及 或 在 是 为 等 对 将 把 被 从 以 于 由 向 其 之 并 而 且 也 都 就 但 所 该 各 这 那 此 又 则 到 上 下 中 "
    "内 后 前 时 里 共 已 已经 进行 通过对 以及 按照 根据 关于 对于".split()
)


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba


def language_of(text: str) -> Language:
    """Chinese where a third of the letters are."""
    return "zh" if sum(map(is_han, text)) * 3 >= sum(c.isalpha() for c in text) else "en"


def is_han(text: str) -> bool:
    return _HAN.search(text) is not None


def squash(text: str) -> str:
    """Folded, with punctuation and blanks dropped, so that 专(兼)职 is found as 专兼职."""
    return _NOT_WORD.sub("", _plain(text))


def terms(text: str) -> list[str]:
    """What the lexical index holds of a text: its grams, for Chinese questions, and its words of three characters and
    more, for the glossary (words of two are grams already)."""
    runs = list(_runs(text))
    return [*_grams(runs), *(word for word in _tokens(runs, parts=True) if len(word) > 2 and is_han(word))]


def tokens(text: str) -> list[str]:
    """Words: Han runs in search mode (words and their parts), numerals and Latin words whole and folded, stop words
    left out."""
    return _tokens(_runs(text), parts=True)


def words(text: str) -> list[str]:
    """As `tokens`, without the parts of words: each stretch of the text once."""
    return _tokens(_runs(text), parts=False)


def grams(text: str) -> list[str]:
    """Every pair of neighbouring characters of a Han run, every character, numerals and Latin words whole.

    Found this way, a question and its answer cannot be cut into different words (ARCHITECTURE.md has the table).
    """
    return _grams(_runs(text))


def _grams(runs: Iterable[str]) -> list[str]:
    found: list[str] = []
    for run in runs:
        if is_han(run):
            found.extend(map(add, run, run[1:]))
            found.extend(run)
        else:
            found.append(run.replace(",", ""))
    return found


def tag(text: str) -> list[tuple[str, str]]:
    """(word, part of speech) of the words of a text; the tags are ICTCLAS's, as jieba gives them."""
    return list(_segmenter().tag(_BRACKETS.sub("", _plain(text))))


@dataclass(frozen=True, slots=True)
class Tagged:
    """A word as printed, its part of speech, and where it stands."""

    word: str
    kind: str
    span: Span


def tagged(text: str, within: Span) -> list[Tagged]:
    """The words of a stretch, punctuation too, in order and without gaps."""
    found: list[Tagged] = []
    at = within.start
    for word, kind in _segmenter().tag(_plain(within.of(text))):
        span = Span(at, at + len(word))
        found.append(Tagged(span.of(text), kind, span))
        at = span.end
    return found


def _tokens(runs: Iterable[str], parts: bool) -> list[str]:
    cut = _segmenter().cut_for_search if parts else _segmenter().cut
    found: list[str] = []
    for run in runs:
        if is_han(run):
            found.extend(word for word in cut(run) if word not in STOP_WORDS)
        else:
            found.append(run.replace(",", ""))
    return found


def _plain(text: str) -> str:
    return simplified(fold(text))


def _runs(text: str) -> Iterator[str]:
    """Han runs, numerals and Latin words, folded, brackets inside a Han run dropped."""
    return (match[0] for match in _RUN.finditer(_BRACKETS.sub("", _plain(text))))
