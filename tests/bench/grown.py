"""A corpus of any size, grown from archives of real documents: their texts with changed words, their vectors with noise.

Nothing is embedded but the questions, so that a million passages take minutes and not a day.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from archive.store import Archive, VectorCache
from archive.types import Document, Section, Span
from index.generations import cached_vector
from index.passages import encoded_text, passages
from index.types import Encoder, FloatArray
from index.words import words

PASSAGES = 50
CHANGED = 0.1
NOISE = 0.3
RARE, USUAL = "rare", "usual"
ONE_IN = 100
SHORTEST, LONGEST = 90, 230
_TEXTS, _TITLES, _VECTORS = "texts.txt", "titles.txt", "vectors.npy"
_GROWN = re.compile(r"\((\d+)\)\n第(\d+)节\n")
_ARTICLE = re.compile("第[^第]*条.*$")
_ISSUERS = (
    "国务院 教育部 财政部 民政部 司法部 公安部 商务部 交通运输部 农业农村部 自然资源部 生态环境部 应急管理部".split()
)
_PLACES = "北京市 天津市 河北省 辽宁省 上海市 江苏省 浙江省 福建省 山东省 湖北省 湖南省 广东省 四川省 陕西省".split()
_FIRST_DAY, _DAYS = date(2005, 1, 1), 7000
_POOL = 1 << 22
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Base:
    """Real passages: `texts[n]` of the document with `titles[n]` has the vector `vectors[n]`, (count, dim) float32."""

    texts: Sequence[str]
    titles: Sequence[str]
    vectors: FloatArray

    def __len__(self) -> int:
        return len(self.texts)


def take(homes: Sequence[Path], encoder: Encoder, folder: Path) -> None:
    """Write the passages of these data directories, those that can stand as a section of their own and have a vector,
    into a new folder."""
    found = [each for home in homes for each in _passages(home, encoder)]
    folder.mkdir(parents=True)
    (folder / _TEXTS).write_text("\n".join(text for text, _, _ in found), encoding="utf-8")
    (folder / _TITLES).write_text("\n".join(title for _, title, _ in found), encoding="utf-8")
    np.save(folder / _VECTORS, np.stack([vector for _, _, vector in found]))


def read(folder: Path) -> Base:
    """What `take` wrote."""
    texts, titles = ((folder / name).read_text(encoding="utf-8").split("\n") for name in (_TEXTS, _TITLES))
    return Base(texts, titles, np.load(folder / _VECTORS, mmap_mode="r"))


def _passages(home: Path, encoder: Encoder) -> Iterator[tuple[str, str, FloatArray]]:
    """(text, title, vector) of each passage; a text is one line."""
    archive, cache = Archive(home), VectorCache(home)
    for pair in archive.current():
        document = archive.get(*pair)
        title = _ARTICLE.sub("", "".join(document.title.split()))[:40]
        keys = {hashlib.sha256(encoded_text(document, p).encode()).digest(): p for _, p in passages(document)}
        for key, vector in cache.get(encoder.fingerprint, list(keys)).items():
            text = "".join(keys[key].span.of(document.text).split())
            if SHORTEST <= len(text) <= LONGEST:
                yield text, title, cached_vector(vector, encoder.dim)


class Texts:
    """Grown documents, numbered from 0; the same number is the same document at every size."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._cut = [_pieces(text) for text in base.texts]
        by_length: dict[int, list[str]] = defaultdict(list)
        for pieces in self._cut:
            for piece in pieces:
                by_length[len(piece)].append(piece)
        self._by_length = dict(by_length)

    def document(self, number: int) -> Document:
        """A document of `PASSAGES` sections; neighbours in the base stay neighbours."""
        chance = random.Random(number)
        rows = rows_of(number, len(self._base))
        title = f"{self._base.titles[rows[0]]}({number})"
        text, sections = title + "\n", [Section((), Span(0, 0), Span(0, len(title) + 1), 0)]
        for at, row in enumerate(rows, 1):
            label = f"第{at}节"
            start, body = len(text), len(text) + len(label) + 1
            text += f"{label}\n{self._changed(self._cut[row], chance)}\n"
            sections.append(Section((label,), Span(start, body), Span(body, len(text)), 1))
        issued = _FIRST_DAY + timedelta(chance.randrange(_DAYS))
        return Document(
            id=hashlib.sha256(str(number).encode()).hexdigest()[:12],
            revision=hashlib.sha256(text.encode()).hexdigest()[:16],
            title=title,
            text=text,
            sections=tuple(sections),
            issuer=chance.choice(["", *_PLACES]) + chance.choice(_ISSUERS),
            number=f"国发〔{issued.year}〕{number + 1}号",
            issued_on=issued,
            source=f"grown/{number}",
            collection=RARE if _is_rare(number) else USUAL,
        )

    def _changed(self, pieces: Sequence[str], chance: random.Random) -> str:
        changed = list(pieces)
        for at in chance.sample(range(len(pieces)), max(1, int(CHANGED * len(pieces)))):
            changed[at] = chance.choice(self._by_length[len(pieces[at])])
        return "".join(changed)


def _is_rare(number: int) -> bool:
    """One of each hundred, at a place that chance gives."""
    block, at = divmod(number, ONE_IN)
    return random.Random(f"rare {block}").randrange(ONE_IN) == at


def _pieces(text: str) -> list[str]:
    """The words of a text and what stands between them."""
    found, at = [], 0
    for word in words(text):
        start = text.find(word, at)
        if start >= 0:
            found += [text[at:start], word] if start > at else [word]
            at = start + len(word)
    return [*found, text[at:]] if at < len(text) else found


@lru_cache(maxsize=64)
def rows_of(number: int, count: int) -> tuple[int, ...]:
    """Which of `count` real passages the sections of a grown document repeat, in order."""
    first = random.Random(f"rows {number}").randrange(count)
    return tuple((first + at) % count for at in range(PASSAGES))


def fill(archive: Archive, texts: Texts, documents: int) -> None:
    """Put the first so many grown documents into an archive, those that it lacks."""
    there = len(archive.current())
    for first in range(there - there % _TOGETHER, documents, _TOGETHER):
        with archive.together():
            for number in range(first, min(first + _TOGETHER, documents)):
                document = texts.document(number)
                archive.put(document, document.revision, origin="grown")


class GrownEncoder:
    """The vector of a grown passage is that of the real one it repeats plus gaussian noise of length `NOISE`,
    normalised: the cosine to it is 0.958. A figure's clause repeats any real vector. Questions are embedded as ever,
    and so is what is no grown passage when `added` is true.
    """

    def __init__(self, base: Base, real: Encoder, added: bool = False) -> None:
        self._base, self._real, self._added = base, real, added
        self.dim = real.dim
        self.fingerprint = f"grown:{len(base)}:{real.fingerprint}"
        self._noise = np.random.default_rng(0).normal(0, NOISE / self.dim**0.5, _POOL + self.dim).astype(np.float32)

    def encode_query(self, text: str) -> FloatArray:
        return self._real.encode_query(text)

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        if self._added and not all(_GROWN.search(text) for text in texts):
            return self._real.encode_passages(texts)
        seeds = [int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") for text in texts]
        rows = [self._row(text, seed) for text, seed in zip(texts, seeds, strict=True)]
        noise = np.stack([self._noise[at : at + self.dim] for at in (seed % _POOL for seed in seeds)])
        found = self._base.vectors[rows] + noise
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def _row(self, text: str, seed: int) -> int:
        match = _GROWN.search(text)
        if not match:
            return (seed >> 32) % len(self._base)
        return rows_of(int(match[1]), len(self._base))[int(match[2]) - 1]
