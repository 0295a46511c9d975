"""Foreign names in an English question (Kearney, Huguenot), which a Chinese text spells in characters (科尔尼, 胡格诺)
or prints as they are.

A name and a run of characters are compared by their consonants: what Chinese cannot say apart is one (r and l, p and
b, s and z), what it mostly leaves out (the r of Martin, 马丁) costs little. Of 2,748 names of
CC-CEDICT, some of which are translated, 0.65 are near enough to their characters, to those of another name 0.008.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from index.glossary import ENGLISH_STOP_WORDS, without_accents, words_of_terms
from index.mentions import is_pinyin
from index.words import is_han

_MOST, _MOST_OF_TWO = 0.25, 0.1
_SHORTEST_NAME = 4
_SHORTEST_RUN = 2
_SHORTEST_TRANSLATION = 3
_LONGEST_NAME, _MOST_WORDS = 30, 8
_WORD = re.compile(r"[^\W\d_]+")
_OPENING = " \"'“‘(["
# what no name ends in or begins with, and what the titles of laws and the names of bodies end in
_ENGLISH = re.compile(
    r"(?:tion|ment|ness|ism|ity|ency|ancy|able|ible|ive|ical|ial|ary|ory|ology|ography|ise|ize|isation|ization|ee|ees|ors|gor|owner|holder|maker|worker|keeper)s?$"
    r"|^(?:re|non|anti|micro|bio|cyber|pre|sub|inter|over|under|un|de|mis|multi)(?=[a-z]{4})",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:[A-Z][\w'-]* |(?:of|on|the|and|for|in|to) )*"
    r"(?:Law|Act|Code|Regulations?|Measures|Provisions|Rules|Standards?|Bureau|Commission|Committee|Ministry|Department|Office|Administration)\b"
)
_LOWER = re.compile("[a-z]")
_SOFT = frozenset("eiy")
_VOWELS = frozenset("aeiou")

# P T K: stops; S sibilants, X as in ship, C as in chip; M, N, and what ends a Chinese syllable, n.
_IN_ENGLISH = {
    **dict.fromkeys("bp", "P"),
    **dict.fromkeys("dt", "T"),
    **dict.fromkeys("gkq", "K"),
    **dict.fromkeys("sz", "S"),
    **dict.fromkeys("lr", "L"),
    **{"c": "K", "f": "F", "v": "V", "w": "W", "h": "H", "j": "J", "m": "M", "n": "N", "x": "KS"},
    **dict.fromkeys(("sch", "sh"), "X"),
    **dict.fromkeys(("tch", "ch", "cz"), "C"),
    **{"ph": "F", "th": "T", "ck": "K", "cc": "K", "qu": "KW", "gh": "K", "wh": "W", "ng": "N", "gn": "N"},
}
_IN_CHINESE = {
    **dict.fromkeys("bp", "P"),
    **dict.fromkeys("dt", "T"),
    **dict.fromkeys("gk", "K"),
    **dict.fromkeys("zcs", "S"),
    **dict.fromkeys("lr", "L"),
    **{"f": "F", "h": "H", "m": "M", "n": "N", "w": "W", "y": "Y"},
    **dict.fromkeys(("x", "sh"), "X"),
    **dict.fromkeys(("j", "q", "zh", "ch"), "C"),
}
_SOUNDS_OF_LETTERS = frozenset(letters for letters in _IN_ENGLISH if len(letters) > 1)
_INITIAL = re.compile("zh|ch|sh|[bpmfdtnlgkhjqxrzcswy]")
# What a consonant costs that stands for another, that Chinese leaves out, and that Chinese puts in.
_LIKE = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.0, "CJ CG VW Nn"),
        (0.2, "GK Mn"),
        (0.3, "SX CX YJ"),
        (0.4, "GS HK ST GY CS GX"),
        (0.5, "CT FW PV HW FV MN"),
        (0.6, "CK FH CH HX LY LN"),
        (0.7, "FP KY"),
    )
    for pair in pairs.split()
}
_OTHER = 1.2
_LEFT_OUT = {"Y": 0.2, "H": 0.3, "W": 0.4, "L": 0.4, "T": 0.6, "N": 0.7, "M": 0.7, "S": 0.7}
_PUT_IN = {"Y": 0.1, "W": 0.3, "H": 0.5, "n": 0.6, "N": 0.6, "L": 0.6}
_LEFT_OUT_ELSE, _PUT_IN_ELSE = 0.8, 1.0
# The characters that spell foreign names in CC-CEDICT three times or more, and oftener than official texts have them.
_SPELLING = (
    "斯尔拉克亚特德利里尼罗布阿巴马卡西纳达加格多瓦维哈兰普伯萨塔波奥伊夫比莱迪塞洛坦顿林勒科米安摩雷托诺吉基"
    "鲁那弗埃曼哥福堡蒙赫威提帕兹贝索姆士雅撒伦古玛森大苏博莫图得美沃希茨佛文菲爱海杰卢乌库麦奇霍杜什丽恩蒂努"
    "耶史列丹娜桑喀温敦赛密沙丁逊莉俄根康班梅穆拿思戈佩底路凯龙厄欧教干约艾切白皮劳立夏辛彼来莎万南乐因默都瓜"
    "柏耳坎涅郡松太迈泰治贾狄支百察印隆墨娅瑞华盖义朱肯汉罕纽茅朗浦司土乔陀黎宝易别雪韦非奴拜琳赖毕肋瑟奈宾牙"
    "汤培齐堪富叶铁谢潘烈山休禄昂俾彻木黑勃黛吕嘉荷良庇廷惠丝扎斐芬旺札毗丘郎色翰佳冈娄蕾汀凡灵辣匝匹犬翠坡娃"
    "圭尚滋妮婆尤迦弥邦犹玻琐甘突圣腓茱锡世忒鲍"
)
_RUN = re.compile(f"[{_SPELLING}]{{{_SHORTEST_RUN},}}")


@dataclass(frozen=True, slots=True)
class ForeignName:
    """A name of one word or more as the question prints it, with what the dictionary has for its words."""

    words: tuple[str, ...]
    translations: tuple[str, ...] = ()

    def is_printed_in(self, text: str) -> bool:
        """Whether a text prints a word of the name as it is, or a translation of it."""
        plain = _plain(text)
        return any(word in text for word in self.translations) or any(_plain(word) in plain for word in self.words)

    def is_spelled_in(self, text: str) -> bool:
        """Whether a text holds characters that spell a word of the name: 特威格 for Graham Twigg."""
        runs = tuple(_runs(text))
        return any(is_spelled_as(word, run) for word in self.words for run in runs)


def names_asked(question: str, translations: Callable[[str], Sequence[str]]) -> tuple[ForeignName, ...]:
    """The foreign names inside of an English question: capitalised words, or such as no English word is written, that
    the dictionary does not know or only spells in characters; several one after the other are one. The first word of a
    sentence is none, nor are letters that stand for words (IPCC), what is written in pinyin (Nankai), what stands in
    the title of a law or the name of a body, and words that English makes of others (Decarbonization)."""
    found = [word for word in _WORD.finditer(question) if _may_be_foreign(question, word)][:_MOST_WORDS]
    known = {word[0]: _known(word[0], translations) for word in found}
    names: list[list[str]] = []
    end = -1
    for word in found:
        if not known[word[0]] or _only_spells(known[word[0]][0], word[0]):
            if word.start() > end + 1:
                names.append([])
            names[-1].append(word[0])
            end = word.end()
    return tuple(ForeignName(tuple(name), tuple(t for word in name for t in known[word])) for name in names)


def _known(word: str, translations: Callable[[str], Sequence[str]]) -> Sequence[str]:
    return translations(word) or translations(_plain(word))


def _may_be_foreign(question: str, found: re.Match[str]) -> bool:
    name = found[0]
    before = question[: found.start()].rstrip(_OPENING)
    is_first = not before or before[-1] in ".?!:"
    if is_first or not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME or is_han(name):
        return False
    if not name.isascii():
        return True
    small = name.lower()
    is_english = small in ENGLISH_STOP_WORDS or not words_of_terms().isdisjoint((small, small.removesuffix("s")))
    is_capitalised = name[0].isupper() and len(_LOWER.findall(name)) > 1
    return (
        is_capitalised
        and not is_english
        and not is_pinyin(small)
        and not _ENGLISH.search(name)
        and not _TITLE.match(question, found.start())
    )


def _only_spells(translation: str, name: str) -> bool:
    """Whether a translation only says how a name sounds (纽卡斯尔)."""
    is_long = len(translation) >= _SHORTEST_TRANSLATION and _RUN.fullmatch(translation) is not None
    return is_long and is_spelled_as(name, translation)


def is_spelled_as(name: str, characters: str) -> bool:
    """Whether characters spell a foreign name, by its consonants."""
    wanted = _consonants(name)
    most = _MOST if len(wanted) > 2 else _MOST_OF_TWO
    return len(wanted) > 1 and _distance(wanted, _spoken(characters)) <= most * len(wanted)


@lru_cache(maxsize=16)
def _plain(text: str) -> str:
    """Without accents and capitals; remembered, for every name of a question is looked for in one whole document."""
    return without_accents(text).lower()


def _runs(text: str) -> Iterator[str]:
    """The runs of characters that spell names, whole and without what may be another word at their ends."""
    for run in dict.fromkeys(_RUN.findall(text)):
        ends = {(start, len(run) - end) for start in (0, 1) for end in (0, 1)}
        yield from (run[start:end] for start, end in sorted(ends) if end - start >= _SHORTEST_RUN)


def _once(sounds: str) -> str:
    """Without repetition; what ends a syllable and begins the next (n, N or M) is one."""
    return re.sub("n(?=[NM])", "", "".join(sound for sound, _ in groupby(sounds)))


@lru_cache(maxsize=256)
def _consonants(name: str) -> str:
    letters, at, found = re.sub("[^a-z]", "", _plain(name)), 0, ""
    while at < len(letters):
        size = next((size for size in (3, 2) if letters[at : at + size] in _SOUNDS_OF_LETTERS), 1)
        letter, after = letters[at : at + size], letters[at + size : at + size + 1]
        if letter == "g" and after in _SOFT:
            found += "G"
        elif letter == "c" and after in _SOFT:
            found += "S"
        elif letter == "y":
            found += "Y" if after in _VOWELS else ""
        else:
            found += _IN_ENGLISH.get(letter, "")
        at += size
    return _once(found)


def _spoken(characters: str) -> str:
    return _once("".join(map(_consonants_of, characters)))


@lru_cache(maxsize=4096)
def _consonants_of(character: str) -> str:
    if not is_han(character):
        return ""
    from pypinyin import lazy_pinyin

    syllable = lazy_pinyin(character)[0]
    if syllable == "er":
        return "L"
    begin = _INITIAL.match(syllable)
    return _IN_CHINESE.get(begin[0] if begin else "", "") + ("n" if syllable.endswith(("n", "ng")) else "")


@lru_cache(maxsize=4096)
def _distance(name: str, spoken: str) -> float:
    """The least cost to say a name's consonants as those of characters."""
    before = [0.0]
    for sound in spoken:
        before.append(before[-1] + _PUT_IN.get(sound, _PUT_IN_ELSE))
    for wanted in name:
        left_out = _LEFT_OUT.get(wanted, _LEFT_OUT_ELSE)
        now = [before[0] + left_out]
        for at, sound in enumerate(spoken):
            instead = 0.0 if wanted == sound else _LIKE.get(frozenset((wanted, sound)), _OTHER)
            put_in = _PUT_IN.get(sound, _PUT_IN_ELSE)
            now.append(min(before[at] + instead, before[at + 1] + left_out, now[at] + put_in))
        before = now
    return before[-1]
