"""The places a question names, which an answer must be about: 浦东新区公安局, Nankai District, Hubei."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from archive.types import Span
from index.places import PROVINCES, places_named
from index.words import is_han, tag, tagged

_MUNICIPALITIES = frozenset(("北京", "天津", "上海", "重庆"))
_KINDS = ("省", "市", "区", "县", "州", "旗", "盟", "镇", "乡")
_WHOLE_KINDS = ("自治区", "自治州", "自治县", "新区", "地区", *_KINDS)
# what is tagged as a place and is none
GENERAL = frozenset(
    "新区 都市 城市 农村 地区 市区 中国 我国 全国 国家 全市 全省 全区 全县 本市 本省 本区 本县 城区 园区 社区 辖区 "
    "城镇 乡镇 各乡镇 集镇 村镇 小城镇 "
    "港区 山区 自治区 直辖市 郊区 全州 全镇 全乡 县区 市县 区县 特区 开发区 示范区 自贸区".split()
)
_BODY_OF = re.compile(r"^([\u4e00-\u9fff]{2,4}?(?:新区|[省市区县州旗盟]))(?=[\u4e00-\u9fff]{2})")
_EN_PLACE = re.compile(
    r"\b([A-Z][a-z]+(?:'[a-z]+)?)(?: New)?(?= (?:District|County|City|Prefecture|Province|Township|Town|Area|Banner)\b)"
)
_EN_NAME = re.compile(
    r"(?<!^)(?<![.?!] )\b(?!(?:District|County|City|Prefecture|Province|Township|Town|Area|Banner|New|State)\b)"
    r"[A-Z][a-z]{3,}\b"
)
_LONGEST_SPELLED = 2000
_SYLLABLE = re.compile(
    "(?:[bpmfdtnlgkhjqxryw]|[zcs]h?)?(?:a(?:i|o|ng?)?|e(?:i|r|ng?)?|o(?:u|ng)?|i(?:ao?|e|u|ang?|ng?|ong)?|u(?:ai?|o|i|e|ang?|n)?)"
)
_LONGEST_SYLLABLE = 6
# the letters of provinces, which stand for them where two or more stand together (川渝, 京津冀, 粤桂)
_LETTERS = dict(
    pair.split(":")
    for pair in (
        "北京:京 天津:津 河北:冀 山西:晋 上海:沪 江苏:苏 浙江:浙 安徽:皖 福建:闽 江西:赣 山东:鲁 河南:豫 湖北:鄂 "
        "湖南:湘 广东:粤 广西:桂 海南:琼 重庆:渝 四川:川 贵州:黔 云南:滇 陕西:陕 甘肃:甘"
    ).split()
)
_JOINED = re.compile(f"[{''.join(_LETTERS.values())}]{{2,}}")
# a town or street below a district or county, by what stands after it
_TOWN = re.compile(
    r"(?P<name>(?:(?![各全多几的和与所下这该有小在对由等])[\u4e00-\u9fff]){2,3}?)(?<![城乡返集])(?:镇|乡|街道)(?!化|企业|[村办级])"
)
_NO_ROAD = r"(?![^，。、]{0,2}[路街道巷](?![德理教路])|年代|共处|解放)"


@dataclass(frozen=True, slots=True)
class Mention:
    """A place by its Chinese name without what it is and with it (浦东, 浦东新区), or both as spelled in pinyin."""

    name: str
    full: str

    def stands_in(self, text: str) -> bool:
        """Whether a text names the place, if only by its bare name or, a province, by its letter among others (川渝);
        南京路 and 和平年代 name none."""
        if not is_han(self.name):
            return _is_spelled_in(self.name, text[:_LONGEST_SPELLED])
        if self.is_namesake:
            return self.full in text
        letter = _LETTERS.get(self.name)
        if letter and any(letter in letters for letters in _JOINED.findall(text)):
            return True
        return re.search(re.escape(self.name) + _NO_ROAD, text) is not None

    def stands_whole_in(self, text: str) -> bool:
        """Whether a text names the place with what it is."""
        return self.full in text if self.full != self.name else self.stands_in(text)

    @property
    def is_province(self) -> bool:
        """Whether it is a unit of the first level: 吉林 and 吉林省, but not 吉林市."""
        return self.name in PROVINCES and not self.is_namesake

    @property
    def is_namesake(self) -> bool:
        """Whether it is a city or county with the name of a province."""
        is_below = self.full.endswith(("市", "州", "盟", "县")) and self.name not in _MUNICIPALITIES
        return self.name in PROVINCES and is_below


def places_asked(question: str, places: Callable[[str], Iterable[str]] = lambda _: ()) -> tuple[Mention, ...]:
    """The administrative places that a question names, each once. `places` gives for a capitalised English word the
    places of the dictionary; it is one of them when it spells it (Pudong, not California)."""
    found = [*_known(question), *(_tagged(question) if is_han(question) else _in_english(question, places))]
    found += list(_towns(question, found))
    return tuple({mention.name: mention for mention in found}.values())


def _towns(question: str, above: Iterable[Mention]) -> Iterator[Mention]:
    """The towns and streets that stand right behind a district, county or city (宝山区顾村镇)."""
    for mention in above:
        at = question.find(mention.full) + len(mention.full)
        town = _TOWN.match(question, at) if mention.full.endswith(("区", "县", "市", "旗")) else None
        if town:
            yield Mention(town[0] if town[0].endswith("街道") else town["name"], town[0])


def _known(question: str) -> Iterator[Mention]:
    """Provinces and cities; in Chinese only whole words (推广|安全 names no 广安)."""
    edges = {at for word in tagged(question, Span(0, len(question))) for at in (word.span.start, word.span.end)}
    for span, place in places_named(question):
        name, printed = place.county or place.city or place.province, span.of(question)
        if not is_han(printed):
            yield Mention(name, name)
        elif span.start in edges and (span.end in edges or printed.endswith(_KINDS)):
            yield Mention(name, printed)


def _tagged(question: str) -> Iterator[Mention]:
    for word, kind in tag(question):
        body = _BODY_OF.match(word) if kind == "nt" else None
        name = body[1] if body else word if kind == "ns" else ""
        if name.endswith(_KINDS) and name not in GENERAL:
            yield Mention(bare(name), name)


@lru_cache(maxsize=256)
def names_a_place(text: str) -> bool:
    """Whether a text names a province, a city, or what is tagged as one (义乌市); 本市 and 全区 name none."""
    return bool(places_named(text)) or any(
        kind == "ns" and word.endswith(_KINDS) and word not in GENERAL for word, kind in tag(text)
    )


def bare(name: str) -> str:
    """浦东新区 as 浦东: a text may leave out what a place is."""
    province = next((province for province in PROVINCES if name.startswith(province)), "")
    kind = next((kind for kind in _WHOLE_KINDS if name.endswith(kind) and len(name) - len(kind) > 1), "")
    return province or name.removesuffix(kind)


def is_pinyin(name: str) -> bool:
    """Whether lower-case letters are syllables of Chinese, one after the other: nankai, not innovation, not duval.
    Time grows with their number alone, however many ways there are to read them."""
    ends = {0}
    for start in range(len(name)):
        if start in ends:
            sizes = range(1, _LONGEST_SYLLABLE + 1)
            ends.update(start + size for size in sizes if _SYLLABLE.fullmatch(name, start, start + size))
    return bool(name) and len(name) in ends


def _in_english(question: str, places: Callable[[str], Iterable[str]]) -> Iterator[Mention]:
    known = " ".join(question[span.start : span.end] for span, _ in places_named(question))
    names = [m[1] for m in _EN_PLACE.finditer(question)] + [
        m[0] for m in _EN_NAME.finditer(question) if any(_is_spelled_in(m[0].lower(), p) for p in places(m[0]))
    ]
    spelled = (name.lower().replace("'", "") for name in names if name not in known)
    yield from (Mention(name, name) for name in spelled if is_pinyin(name))


def _is_spelled_in(name: str, text: str) -> bool:
    """Whether characters of a text, read one after the other, spell a name."""
    return any(_spells(name, text, at) for at in range(len(text)))


def _spells(name: str, text: str, at: int) -> bool:
    if not name:
        return True
    if at == len(text):
        return False
    return any(
        name.startswith(syllable) and _spells(name[len(syllable) :], text, at + 1) for syllable in _syllables(text[at])
    )


@lru_cache(maxsize=30_000)
def _syllables(character: str) -> tuple[str, ...]:
    """All readings of a character, without tones; none of what is no Chinese character."""
    if not is_han(character):
        return ()
    from pypinyin import Style, pinyin

    return tuple(pinyin(character, style=Style.NORMAL, heteronym=True)[0])
