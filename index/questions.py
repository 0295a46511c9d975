"""What a question asks for: its language, the kind of answer, the counted thing, the years, its ideas."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from archive.figures import KIND_OF_UNIT, UNIT, Kind, dates_in, figures
from archive.text import canonical, fold
from archive.types import Span
from index.asking import ZH_HOW, ZH_QUANTITY, ZH_SOME, Asked, en_asked, zh_asked
from index.foreign_names import ForeignName, names_asked
from index.glossary import ENGLISH_STOP_WORDS, Glossary, stem, without_accents
from index.mentions import Mention, places_asked
from index.types import Concept, Language
from index.words import STOP_WORDS, grams, is_han, language_of, squash, tag, tagged, words

_ZH_HOW_MANY = re.compile(rf"(?:多少|{ZH_SOME})[万亿]*")
_ZH_SHARE = re.compile(
    r"率(?!先|领|队)|几成|占(?:到|了|全[部省市区县])?(?:多少|多大)|倍数|几倍|多少倍|比例|比重|占比|百分|强度|增速|增幅|增长目标"
)
_ZH_DURATION = re.compile(r"多久|多长时间|(?:时间|[^长分]期)(?:有|是|为)?多长|期限|时限|有效期|天数|年限|年龄")
_ZH_SIZE = re.compile(rf"{ZH_HOW}[近远宽深厚重]|距离|间距|半径|高度|宽度|深度|重量")
_ZH_LONG = re.compile(r"多长")
_ZH_MONEY = re.compile(r"金额|总额|罚款(?:多少|额度|幅度|[?？。]|$)|[怎么如何最高最多]罚|预算|经费|额度|保额")
_ZH_MONEY_NOUN = re.compile(r"滞纳金|违约金|补贴|资金|投资|收入|支出|贷款|外资|产值|利润|税|奖金|补助|赔偿")
# short and common names of what texts print in full
_ALSO = {
    short: tuple(full.split())
    for short, full in (
        ("gdp", "地区生产总值 生产总值 国内生产总值"),
        ("经济总量", "地区生产总值 生产总值"),
        ("社零", "社会消费品零售总额"),
        ("高企", "高新技术企业"),
        ("外贸", "进出口 货物贸易"),
        ("规上", "规模以上"),
        ("固投", "固定资产投资"),
        ("财政收入", "一般公共预算收入"),
        ("发电装机", "装机容量 装机"),
        ("罚钱", "罚款"),
        ("收钱", "收费 收取"),
        ("要钱", "收费 费用"),
        ("上牌", "登记 号牌"),
        ("小孩", "儿童 未成年人"),
        ("几岁", "周岁"),
        ("老人", "老年人"),
        ("打工", "务工"),
        ("通车", "开通 通车"),
    )
}
_ZH_AMOUNT = re.compile(r"[量额值数]$")
_ZH_GROWS = re.compile(r"增长|增速|增幅|增加|下降|降[幅低了]|减少|提高|压减|同比|涨|率")
_ZH_SHARES = re.compile(rf"{_ZH_GROWS.pattern}|罚|滞纳金|违约金")
_ZH_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_ZH_SHARE, "share"),
    (_ZH_DURATION, "duration"),
    (_ZH_MONEY, "money"),
    (_ZH_SIZE, "size"),
)
_ZH_ASKING = re.compile(
    r"请问|请告诉我|各有多少|各多少|[多少]多少|多少|百分之几|几(?!乎)|什么时候|什么时间|什么|哪一?年|哪一?天|哪些|哪个|哪几个|哪里|哪种|何时|何日|何年|何地|"
    r"怎么样|怎么|怎样|如何|为什么|是否|有没有|是不是|能不能|可不可以|谁|吗|呢|多久|多长时间|多长|多大|多高|[?？]"
)
_ZH_LIGHT = frozenset(
    "有 是 为 达 达到 总共 一共 共有 共计 全年 数量 总数 人数 次数 件数 一下 会 能 可以 应当 应该 需要 要 被 给 来 去 由 由于 时间 日期 本 其 各 各有 各自 分别 比 多 少 更 更多 相比 比较 对比 相差 历年 逐年 各年".split()
)
_EN_TIMES_AS = re.compile(r"\bhow many times (?:the|as|that|its|their|over|larger|higher|greater|more)\b")
_EN_SHARE = re.compile(r"\b(?:percentage|per ?cent|rates?|ratio|proportion|share|multiples?)\b")
_EN_SIZE = re.compile(
    r"\bhow (?:near|close|far|tall|deep|wide|thick|heavy)\b|\b(?:distance|radius|range|angle|height)\b"
)
_EN_OFTEN = re.compile(r"\bhow (?:often|frequently)\b")
_EN_LASTS = re.compile(r"\b(?:days|months|years|hours|weeks|minutes|period|term|duration|longest|shortest|limit)\b")
_EN_MONEY = re.compile(r"\b(?:budget|cost|expenditure|spending|revenue|yuan|rmb|money|fines?|fee|price)\b")
_DECADE = re.compile(r"\b\d{3}0['’]?s\b")
_EN_DURATION = re.compile(
    r"\bhow (?:long|old|soon|quickly)\b|\bwithin how many (?:days|months|years|hours)\b|\b(?:what|minimum|maximum) age\b|\bmaximum period\b|\bwithin what (?:time|period)\b"
    r"|\bvalidity\b|\btime limit\b|\bwhat (?:is|was) the deadline\b|\bdeadline(?: in \w+)?\W*$|\b(?:days|months|years|hours) allowed\b"
)
_EN_LENGTH = re.compile(r"\bhow long\b")
# what is not counted
_EN_HOW_MUCH = re.compile(r"(?<!by )\bhow much\b(?!.*\bhow many\b)")
_EN_IN_YUAN = re.compile(r"\bin (?:yuan|rmb)\b")
_EN_AMOUNT = re.compile(
    r"\b(?:gdp|domestic product|output|revenue|income|value|volume|turnover|throughput|capacity|population|length|area|amount)\b"
)
_EN_GROWS = re.compile(
    r"\b(?:grow\w*|grew|rise|rose|risen|fall|fell|fallen|increase\w*|decrease\w*|decline\w*|drop\w*|change\w*|target\w*|goals?|up|down|by how much"
    r"|per ?cent\w*|rates?|share|proportion|ratio)\b"
)
_EN_SHARES = re.compile(
    r"\b(?:fines?|fined|grow|grew|grown|growth|rise|rose|risen|fall|fell|fallen|increased?|decreased?|drop|dropped)\b"
)
_EN_HOW_MANY = re.compile(r"\b(?:how (?:many|much)|number of)\s+(?P<rest>.*)")
_EN_NOUN_END = re.compile(
    r"\b(?:(?<=s\s)[a-z]+ed|took|went|came|sat|got|held|is|are|was|were|did|do|does|has|have|had|can|could|will|would|must|may|should|in|on|at|by|for|with|that|who|which|were|there|to)\b"
)
_EN_LIGHT = frozenset(
    "number total times percentage percent rate ratio proportion share amount people person persons year years "
    "month months day days hour hours kilometres kilometers tonnes tons actually happen happened exist contain report reported document bureau's currently now altogether".split()
)
# says that there is something, and nothing of it
_EN_EMPTY = re.compile(r"\bon (?:the )?staff\b|\bin (?:place|total|all|existence)\b|\bat (?:present|the moment)\b")
_EN_UNITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("times"), "次"),
    (re.compile("people|persons|officers"), "人"),
    (re.compile("cases"), "件"),
    (re.compile("vehicles"), "辆"),
    (re.compile("kilomet(?:re|er)s?|km"), "公里"),
    (re.compile("tonn?es?|tons"), "吨"),
    (re.compile("mu"), "亩"),
    (re.compile("(?:working|business) days"), "个工作日"),
    (re.compile("days"), "日"),
    (re.compile("millilit(?:re|er)s?|ml"), "毫升"),
    (re.compile("months"), "个月"),
    (re.compile("years"), "年"),
    (re.compile("hours"), "小时"),
    (re.compile("minutes"), "分钟"),
    (re.compile("square met(?:re|er)s"), "平方米"),
    (re.compile("met(?:re|er)s"), "米"),
    (re.compile("degrees"), "度"),
)
_EN_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_EN_DURATION, "duration"),
    (_EN_SHARE, "share"),
    (_EN_MONEY, "money"),
    (_EN_SIZE, "size"),
)
_UNIT_OF_NUMBER = re.compile(
    r"(?P<unit>人次|件次|批次|场次|户次|[人户件台家辆项所处座场期次批亩套])数?(?:是多少|[?？。]|$)"
)
_PERSON_COUNTED = re.compile(r"[名位]|人(?![民员才口力工次类大])")
_UNIT_ASKED = re.compile(
    rf"块?钱|成(?![功立为本果效员])|[天日年元岁](?=以?内|之内|以上|以下|以前|前|后|$|[?？])|(?!户籍|名|处|家|人)(?:{UNIT})(?<=..)"
)
_KIND_OF_ASKED: dict[str, Kind] = {"钱": "money", "块钱": "money"}
_PERSONS = ("人", "名", "位")
_SUFFIXES = frozenset("员 者 师 率 量 数 额 人 法 性 度 化 机 处 所 局".split())
_NOUN_TAGS = ("n", "vn", "an", "j", "l", "zg", "b", "eng", "ng", "q", "x", "s", "i", "t", "nz")
_YEAR = re.compile(
    r"(?<!\d)(?:19|20)\d{2}(?!\d)"
    r"(?!\s*(?:yuan|rmb|people|persons?|officers|km|kilomet|ton|mu\b|hectare|household|compan|enterprise|case|vehicle|square))"
)
_LEAST_TRUST = 0.12


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood. `kinds` are the kinds of figure that answer it, `other_kinds` those that may. `focus` counts into `concepts`: the noun phrase that is counted; `heads` is
    the part of it that must stand beside the figure (in Chinese its last word). `places` are those it names, `verbs` the concepts that say
    what is done (in Chinese only), `names` the foreign names (in English only)."""

    text: str
    language: Language
    asked: Asked
    unit: str
    kinds: frozenset[Kind]
    concepts: tuple[Concept, ...]
    focus: frozenset[int]
    heads: frozenset[int]
    years: frozenset[int]
    places: tuple[Mention, ...] = ()
    verbs: frozenset[int] = frozenset()
    other_kinds: frozenset[Kind] = frozenset()
    names: tuple[ForeignName, ...] = ()


def understand(text: str, glossary: Glossary, weight_of: Callable[[Sequence[str]], float]) -> Question:
    """Analyse a question. `weight_of` gives the inverse document frequency of a set of words."""
    text = canonical(text).replace("\n", " ")
    years = _years(text)
    if language_of(text) == "zh":
        return replace(_chinese(text, weight_of, years), places=places_asked(text))
    question = _english(text, glossary, weight_of, years)
    names = names_asked(text, glossary.translations)
    return replace(question, places=places_asked(text, glossary.places), names=names)


def _years(text: str) -> frozenset[int]:
    """The years a question names; 2000元, 2050 people and the 1970s are none."""
    text = _DECADE.sub(lambda decade: " " * len(decade[0]), text)
    whole = Span(0, len(text))
    amounts = [f.span for f in figures(text, whole)]
    plain = (m for m in _YEAR.finditer(text) if not any(a.start <= m.start() < a.end for a in amounts))
    return frozenset(d.year for d in dates_in(text, whole)) | {int(m[0]) for m in plain}


def lexical_concepts(question: Question, weight_of: Callable[[Sequence[str]], float]) -> list[Concept]:
    """What the lexical leg looks for: English by the Chinese words of its concepts, Chinese by every pair of
    characters and every character (`index.words.grams`), less the words that ask."""
    if question.language == "en":
        return list(question.concepts)
    asked = grams(_ZH_ASKING.sub(" ", fold(question.text))) or grams(question.text)
    return [_concept(gram, ((gram, 1.0),), weight_of) for gram in dict.fromkeys(asked)]


def _concept(surface: str, found: Sequence[tuple[str, float]], weight_of: Callable[[Sequence[str]], float]) -> Concept:
    trusted = [word for word, trust in found if trust >= max(0.5, found[0][1] * 0.8)] or [word for word, _ in found[:1]]
    return Concept(surface, tuple(found), weight_of(trusted) * found[0][1])


def _chinese(text: str, weight_of: Callable[[Sequence[str]], float], years: frozenset[int]) -> Question:
    folded = fold(text)
    asked = zh_asked(folded)
    unit, noun, head = _zh_counted(folded)
    kinds = _zh_kinds(folded, unit, noun) if asked == "figure" else frozenset()
    is_paid = kinds == {"money"} and _is_paid(noun)
    may_be_share = _ZH_SHARES.search(folded) is not None
    others = _other_kinds(kinds, unit, may_be_share, is_paid) if asked == "figure" else frozenset()
    if "duration" in kinds:
        noun = head = ""
    surfaces = [s for s in _zh_surfaces(_without_unit(folded, unit)) if s != unit]
    concepts = tuple(_concept(s, _said_also(s), weight_of) for s in surfaces)
    focus = frozenset(at for at, s in enumerate(surfaces) if s in noun or (len(noun) > 1 and noun in s))
    heads = frozenset(at for at in focus if surfaces[at] in head or head in surfaces[at])
    doing = {word for word, kind in tag(folded) if kind.startswith("v") and word not in _ZH_LIGHT}
    verbs = frozenset(at for at, surface in enumerate(surfaces) if surface in doing and at not in focus)
    levelled = _levelled(concepts, focus, weight_of)
    return Question(text, "zh", asked, unit, kinds, levelled, focus, heads, years, (), verbs, others)


def _said_also(word: str) -> tuple[tuple[str, float], ...]:
    """A word and what texts print for it."""
    return ((word, 1.0), *((other, 1.0) for other in _ALSO.get(word, ())))


def _zh_kinds(folded: str, unit: str, noun: str) -> frozenset[Kind]:
    """By the measure word; else by words that tell; else a noun after 多少 is counted, and a bare
    …是多少 may be anything but a duration."""
    if unit:
        return frozenset((_KIND_OF_ASKED.get(unit) or KIND_OF_UNIT[unit],))
    for pattern, kind in _ZH_KINDS:
        if pattern.search(folded):
            return frozenset((kind, "share")) if _ZH_GROWS.search(folded) else frozenset((kind,))
    if _ZH_LONG.search(folded):
        return frozenset(("size", "duration"))
    if folded.rstrip("?？。").endswith("数"):
        return frozenset(("count",))
    if re.search(r"(?:多少|几何)[?？。]?$", folded) or "多少" not in folded:
        asked = frozenset[Kind](("count", "share", "money", "size"))
        return asked - {"share"} if _ZH_AMOUNT.search(noun) and not _ZH_GROWS.search(folded) else asked
    if _is_paid(noun):
        return frozenset(("money",))
    return frozenset(("count", "money")) if _ZH_MONEY_NOUN.search(noun) else frozenset(("count",))


def _is_paid(noun: str) -> bool:
    """Whether what is counted is money: 育儿补贴, not 税务人员."""
    return any(found.end() == len(noun) for found in _ZH_MONEY_NOUN.finditer(noun))


def _other_kinds(kinds: frozenset[Kind], unit: str, may_be_share: bool, is_paid: bool = False) -> frozenset[Kind]:
    """Without a measure word a noun may be counted, measured or paid (多少粮食 in 斤) unless it is money, what grows be
    told in percent, and a fine in multiples."""
    if unit or kinds <= {"duration", "share"}:
        return frozenset()
    if is_paid:
        return frozenset[Kind](("share",)) if may_be_share else frozenset()
    return frozenset[Kind](("count", "size", "money", *(("share",) if may_be_share else ()))) - kinds


def _levelled(
    concepts: tuple[Concept, ...], focus: frozenset[int], weight_of: Callable[[Sequence[str]], float]
) -> tuple[Concept, ...]:
    """A word that the archive does not know weighs no more than the known ones do, unless it is what is
    counted: an unknown thing is a reason to refuse, an unknown way to say it is not."""
    unknown = weight_of(())
    known = [c.weight for c in concepts if c.weight < unknown]
    most = sum(known) / len(known) if known else unknown
    return tuple(
        replace(c, weight=min(c.weight, most)) if c.weight >= unknown and at not in focus else c
        for at, c in enumerate(concepts)
    )


def _without_unit(folded: str, unit: str) -> str:
    """The question less the measure word asked for (几日前 is no 日前)."""
    return (
        re.sub(rf"(多少|几)[万亿]*{re.escape(unit)}(?:[以之]?[前后内])?", r"\1 ", folded, count=1) if unit else folded
    )


def _zh_surfaces(folded: str) -> list[str]:
    bare = _YEAR.sub(" ", _ZH_ASKING.sub(" ", folded)).replace("年度", " ")
    bare = re.sub(r"(?<=\s)年|^年", " ", bare)
    found = [w for w in words(bare) if w not in STOP_WORDS and w not in _ZH_LIGHT]
    return list(dict.fromkeys(found))


def _is_end_of_word(folded: str, measured: re.Match[str]) -> bool:
    """Whether what looks like a measure word is none: 审批, 商户, but 商户数 and 万亩."""
    at = measured.start("unit")
    is_bare = not folded.startswith("数", measured.end("unit")) and not folded[:at].endswith(("万", "亿"))
    return is_bare and any(w.span.start < at < w.span.end for w in tagged(folded, Span(0, len(folded))))


def _zh_counted(folded: str) -> tuple[str, str, str]:
    """The measure word after 多少 or 几, the noun phrase it counts (before or after it), and its head."""
    match = _ZH_HOW_MANY.search(folded)
    if not match:
        quantity = ZH_QUANTITY.search(folded)
        measured = _UNIT_OF_NUMBER.search(folded)
        if measured and not _is_end_of_word(folded, measured):
            return measured["unit"], *_noun(tag(folded[: measured.start()]), from_end=True)
        return ("", *_noun(tag(folded[: quantity.start() + 1]), from_end=True)) if quantity else ("", "", "")
    after = tag(_first_stretch(folded[match.end() :]))
    unit = ""
    person = _PERSON_COUNTED.match(folded, match.end())
    whole = person or _UNIT_ASKED.match(folded, match.end())
    if whole and whole[0] == "成":  # a tenth is a share, whatever it is printed as
        after = tag(_first_stretch(folded[whole.end() :]))
    elif whole:
        unit, after = whole[0], tag(_first_stretch(folded[whole.end() :]))
    elif after and after[0][0] in KIND_OF_UNIT:
        unit = after.pop(0)[0]
    noun = head = ""
    if not (unit and after and after[0][1] in ("v", "p")):
        noun, head = _noun(after, from_end=False)
    if not noun and (unit not in _PERSONS or not after):
        noun, head = _noun(tag(folded[: match.start()]), from_end=True)
    return unit, noun, head


def _first_stretch(text: str) -> str:
    """Up to the first punctuation mark or blank."""
    return re.split(r"[，,。？?；;：:！!\s]", text, maxsplit=1)[0]


def _noun(tagged: list[tuple[str, str]], from_end: bool) -> tuple[str, str]:
    """The run of noun-like words at one end, and its last word; its first word may be a verb used as
    a noun (调研报告)."""
    ordered = [t for t in (reversed(tagged) if from_end else tagged) if t[0] not in STOP_WORDS]
    while from_end and len(ordered) > 1 and (ordered[0][0] in _ZH_LIGHT or ordered[0][1].startswith(("v", "u", "d"))):
        if any(kind.startswith("n") for _, kind in ordered[1:]):
            ordered.pop(0)
        else:
            break
    taken: list[str] = []
    for at, (word, kind) in enumerate(ordered[:6]):
        if not kind.startswith(_NOUN_TAGS) and at > 0:
            break
        taken.append(word)
    if from_end:
        taken.reverse()
    while taken and len(taken) > 1 and taken[-1] in _SUFFIXES:
        taken[-2:] = ["".join(taken[-2:])]
    return "".join(taken), taken[-1] if taken else ""


def _english(
    text: str, glossary: Glossary, weight_of: Callable[[Sequence[str]], float], years: frozenset[int]
) -> Question:
    lowered = fold(text)
    asked = en_asked(lowered)
    counted = _EN_HOW_MANY.search(lowered)
    unit, noun_stems, lone = "", [], False
    if counted:
        rest = counted["rest"]
        first = rest.split(" ", 1)[0].strip("?.,'’")
        words_of_unit = (first, " ".join(rest.split(" ", 2)[:2]).strip("?.,"))
        unit = next((u for pattern, u in _EN_UNITS if any(map(pattern.fullmatch, words_of_unit))), "")
        unit = "" if _EN_TIMES_AS.search(lowered) else unit
        end = _EN_NOUN_END.search(rest)
        noun_stems = _stems(rest[: end.start()] if end else rest)
        lone = end is None
    concepts, spans = _en_concepts(lowered, glossary, weight_of)
    focus = [at for at, stems in enumerate(spans) if all(s in noun_stems for s in stems)]
    focus = focus or [at for at, stems in enumerate(spans) if any(s in noun_stems for s in stems)]
    if lone:
        focus = focus[:1]
    kinds = _en_kinds(lowered, unit) if asked == "figure" else frozenset()
    others = _other_kinds(kinds, unit, _EN_SHARES.search(lowered) is not None) if asked == "figure" else frozenset()
    if _EN_HOW_MUCH.search(lowered):
        others -= {"count"}
    if asked == "figure" and _EN_LENGTH.search(lowered):
        others |= {"size"}
    levelled = _levelled(tuple(concepts), frozenset(focus), weight_of)
    heads = frozenset(focus[-1:])
    return Question(text, "en", asked, unit, kinds, levelled, frozenset(focus), heads, years, other_kinds=others)


def _en_kinds(lowered: str, unit: str) -> frozenset[Kind]:
    if _EN_IN_YUAN.search(lowered):
        return frozenset(("money",))
    if unit:
        return frozenset((KIND_OF_UNIT[unit],))
    if _EN_TIMES_AS.search(lowered):
        return frozenset(("share", "count"))
    if _EN_OFTEN.search(lowered):
        return frozenset(("duration", "count"))
    counts = _EN_HOW_MANY.search(lowered)
    for pattern, kind in _EN_KINDS:
        # how many projects worth over 100 million yuan counts projects
        if pattern.search(lowered) and not (counts and kind == "money" and pattern.search(counts["rest"], 12)):
            return frozenset((kind,))
    if "how many" in lowered or (counts and "number of" in lowered):
        return frozenset(("count",))
    asked = frozenset[Kind](("count", "share", "money", "size"))
    if _EN_HOW_MUCH.search(lowered):
        asked -= {"count"}
    if _EN_AMOUNT.search(lowered) and not _EN_GROWS.search(lowered):
        asked -= {"share"}
    return asked | {"duration"} if _EN_LASTS.search(lowered) else asked


def _content_words(lowered: str) -> list[str]:
    lowered = _EN_EMPTY.sub(" ", lowered)
    found = re.findall(r"[a-z]+", without_accents(lowered).replace("'s", "").replace("’s", ""))
    return [w for w in found if w not in ENGLISH_STOP_WORDS]


def _stems(lowered: str) -> list[str]:
    return [stem(w) for w in _content_words(lowered) if w not in _EN_LIGHT]


def _en_concepts(
    lowered: str, glossary: Glossary, weight_of: Callable[[Sequence[str]], float]
) -> tuple[list[Concept], list[tuple[str, ...]]]:
    concepts: list[Concept] = []
    spans: list[tuple[str, ...]] = []
    for run in re.findall(r"[^a-z\s]*[\u3400-\u9fff][^\s]*|[^\u3400-\u9fff]+", lowered):
        if is_han(run):
            concepts.append(_concept(run, [(squash(run), 1.0)], weight_of))
            spans.append((squash(run),))
            continue
        content = _content_words(run)
        stems = [stem(w) for w in content]
        at = 0
        while at < len(stems):
            size = glossary.longest(stems, at)
            if size == 1 and content[at] in _EN_LIGHT:
                at += 1
                continue
            key = tuple(stems[at : at + size])
            found = dict(glossary.words(key))
            if size > 1:
                for part in key:
                    for word, trust in glossary.words((part,)):
                        found[word] = max(found.get(word, 0.0), trust * 0.4)
            ranked = sorted(
                ((w, t) for w, t in found.items() if t >= _LEAST_TRUST), key=lambda item: (-item[1], item[0])
            )
            literal = [(part, 1.0) for part in key] if size == 1 else []
            if not any(key == known for known in spans):
                concepts.append(_concept(" ".join(key), ranked or literal, weight_of))
                spans.append(key)
            at += size
    return concepts, spans
