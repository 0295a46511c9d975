"""XLM-RoBERTa's tokenizer: Unigram (Kudo 2018, arXiv:1804.10959) over a trie that lies in two memory-mapped arrays.

The `tokenizers` library needs 290 MB and a third of a second to load these 250,002 pieces; here nothing is loaded.
An edge of the trie is (parent << 21 | code point). Edges are sorted, and the node an edge leads to is its place plus
one, the root is 0; so a step is one binary search, made for all places of a text at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.types import FloatArray, IntArray

_CODE_BITS = 21
_BLANK = "▁"
_RAW_LENGTH = 1 << 16
_BLANKS = re.compile(" {2,}")


@dataclass(frozen=True, slots=True)
class Trie:
    """`edges` sorted; `pieces` holds for every node the id of the piece that ends there, or -1."""

    edges: IntArray
    pieces: IntArray

    @staticmethod
    def build(pieces: Sequence[str]) -> Trie:
        codes, lengths = _codes("".join(pieces)), np.array([len(p) for p in pieces])
        starts = np.cumsum(lengths) - lengths
        nodes = np.zeros(len(pieces), np.int64)
        edges: list[IntArray] = []
        for depth in range(int(lengths.max(initial=0))):
            live = np.flatnonzero(lengths > depth)
            first = 1 + sum(map(len, edges))
            found, place = np.unique(nodes[live] << _CODE_BITS | codes[starts[live] + depth], return_inverse=True)
            nodes[live] = first + place
            edges.append(found)
        ends = np.full(1 + sum(map(len, edges)), -1, np.int64)
        ends[nodes[lengths > 0]] = np.flatnonzero(lengths)
        return Trie(np.concatenate(edges), ends)

    def found(self, codes: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """(starts, lengths, pieces) of all pieces that stand in a text, by start, then length."""
        starts, lengths, pieces = [], [], []
        at, nodes, length = np.arange(len(codes)), np.zeros(len(codes), np.int64), 0
        while len(at):
            wanted = nodes << _CODE_BITS | codes[at + length]
            place = np.searchsorted(self.edges, wanted)
            here = self.edges[np.minimum(place, len(self.edges) - 1)] == wanted
            at, nodes, length = at[here], place[here] + 1, length + 1
            ids = self.pieces[nodes]
            whole = ids >= 0
            starts.append(at[whole])
            pieces.append(ids[whole])
            lengths.append(np.full(len(pieces[-1]), length))
            inside = at + length < len(codes)
            at, nodes = at[inside], nodes[inside]
        order = np.argsort(np.concatenate(starts), kind="stable")
        return np.concatenate(starts)[order], np.concatenate(lengths)[order], np.concatenate(pieces)[order]


@dataclass(frozen=True, slots=True)
class Located:
    """Pieces by id, and where each stands: `text[starts[i]:ends[i]]`, nothing for a blank put before the text."""

    ids: IntArray
    starts: IntArray
    ends: IntArray


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """`limit` counts tokens with bos and eos; `longest` is the length of the longest piece."""

    trie: Trie
    scores: FloatArray
    unknown_score: float
    normalisation: dict[int, str]
    special: dict[str, int]
    limit: int
    longest: int = 16

    def encode(self, text: str) -> IntArray:
        """The ids of any text, with bos and eos. What cannot be among the first `limit` tokens is not looked at."""
        codes = _codes(self._normalised(text)[: self.limit * self.longest]).astype(np.int64)
        body = [piece for _, _, piece in self._best(codes)[: self.limit - 2]]
        return np.array([self.special["bos"], *body, self.special["eos"]], np.int64)

    def located(self, text: str, most: int) -> Located:
        """At most this many pieces of any text, the same as `encode` gives, without bos and eos.

        Pieces of one character (㎡ is m and 2) stand at the same place.
        """
        normal = self._aligned(text[:_RAW_LENGTH], most * self.longest)
        path = self._best(_codes("".join(c for c, _, _ in normal)))[:most]
        rows = [(piece, normal[first][1], normal[last - 1][2]) for first, last, piece in path]
        ids, starts, ends = np.array(rows, np.int64).reshape(-1, 3).T
        return Located(ids, starts, ends)

    def _aligned(self, text: str, most: int) -> list[tuple[str, int, int]]:
        """The first characters of `_normalised(text)`, each with the start and end of those that it was made from."""
        found = [(_BLANK, 0, 0)]
        for start, end, normal in _stretches(text, self.normalisation):
            for character in normal:
                if character == " " and found[-1][0] == " ":
                    found[-1] = (" ", found[-1][1], end)
                else:
                    found.append((character, start, end))
            if len(found) > most + 1:
                break
        if len(found) > 1 and found[1][0] in (" ", _BLANK):
            del found[0]
        return [(_BLANK if character == " " else character, start, end) for character, start, end in found[:most]]

    def _normalised(self, text: str) -> str:
        mapped = unicodedata.normalize("NFKC", text[:_RAW_LENGTH].translate(self.normalisation))
        blanked = _BLANKS.sub(" ", mapped).replace(" ", _BLANK)
        return blanked if blanked.startswith(_BLANK) else _BLANK + blanked

    def _best(self, codes: IntArray) -> list[tuple[int, int, int]]:
        """Viterbi: (start, end, id) of the pieces whose scores sum up highest; neighbouring unknown characters are one
        piece."""
        starts, lengths, pieces = self.trie.found(codes)
        scores = self.scores[pieces].tolist()
        unknown = self.special["unk"]
        arcs: list[list[tuple[int, int, float]]] = [[] for _ in codes]
        for start, length, piece, score in zip(starts.tolist(), lengths.tolist(), pieces.tolist(), scores, strict=True):
            arcs[start].append((length, piece, score))
        best = [-np.inf] * (len(codes) + 1)
        best[0] = 0.0
        back = [(0, unknown)] * (len(codes) + 1)
        for at, leaving in enumerate(arcs):
            if not leaving or leaving[0][0] != 1:
                leaving.append((1, unknown, self.unknown_score))
            for length, piece, score in leaving:
                if best[at] + score > best[at + length]:
                    best[at + length] = best[at] + score
                    back[at + length] = (at, piece)
        return _path(back, unknown)


def _path(back: list[tuple[int, int]], unknown: int) -> list[tuple[int, int, int]]:
    path: list[tuple[int, int, int]] = []
    end = len(back) - 1
    while end:
        start, piece = back[end]
        if path and piece == unknown == path[-1][2]:
            path[-1] = (start, path[-1][1], unknown)
        else:
            path.append((start, end, piece))
        end = start
    return path[::-1]


def _stretches(text: str, table: dict[int, str]) -> Iterator[tuple[int, int, str]]:
    """(start, end, normalised), where NFKC changes each stretch by itself: it ends where a character follows that
    neither combines with what is before it nor composes with it (Unicode Standard Annex 15)."""
    start, raw = 0, ""
    for at, character in enumerate(text):
        unit = table.get(ord(character), character)
        if raw and unit and _stands_alone(raw, unit):
            yield start, at, unicodedata.normalize("NFKC", raw)
            start, raw = at, unit
        else:
            raw += unit
    yield start, len(text), unicodedata.normalize("NFKC", raw)


def _stands_alone(before: str, unit: str) -> bool:
    if unicodedata.combining(unicodedata.normalize("NFKD", unit)[0]):
        return False
    apart = unicodedata.normalize("NFKC", before) + unicodedata.normalize("NFKC", unit)
    return unicodedata.normalize("NFKC", before + unit) == apart


def _codes(text: str) -> IntArray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
