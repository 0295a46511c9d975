"""Questions for a figure of which it is known what it counts, in Chinese and in English."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from index.cedict import entries
from index.training.figure_subjects import Counted
from index.training.figure_words import FREQUENCY, PERSON_UNITS, USUAL, VERBS
from index.words import squash, tag

_NO_LE = ("有", "是", "为", "达", "达到", "在", "需", "超过", "了", "具备", "拥有")
_PLACED = re.compile(r"[省市县区国州外境镇乡村世]|全球|本地")
_QUANTITY = re.compile(
    r"(?:[数量率额值]|规模|面积|里程|总产|单产|装机|产能|收入|支出|投资|资金|能力|比重|占比|强度|价格|标准|浓度|利润|产值|人口|贷款|余额|预算|限额|投入)$"
)
_PERSON = re.compile(
    r"(?:[员师者生民官长]|(?<![就])工人|人|人才|干部|群众|职工|学生|农民|游客|对象|病例|律师|党员|家庭|人口|专家|骨干|劳动力|青年)$"
)
_TERMS = Path(__file__).parent.parent / "terms.tsv"
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_ENGLISH = re.compile(r"[A-Za-z][A-Za-z' -]*")


def in_chinese(counted: Counted, scope: str, rng: random.Random) -> str:
    """One of the ways to ask, sometimes with the year and the place; `scope` is the place the text usually names."""
    where = counted.scope if counted.scope and rng.random() < 0.6 else ""
    if counted.form != "within" and not counted.scope and rng.random() < 0.2 and not _PLACED.search(counted.subject):
        where = scope
    when = f"{counted.year}年" if counted.year and rng.random() < 0.4 else ""
    mark = rng.choice(("？", "？", "？", "?", ""))
    return when + where + rng.choice(_forms(counted)) + mark


def _forms(counted: Counted) -> list[str]:
    if counted.form == "growth":
        return _growth_forms(counted)
    if counted.form == "counted":
        return _counted_forms(counted)
    if counted.form == "said":
        return _said_forms(counted)
    if counted.form == "within":
        return _within_forms(counted)
    subject, verb, kind = counted.subject, counted.verb, counted.figure.kind
    if kind == "share":
        return [f"{subject}{asked}" for asked in ("是多少", "达到多少", "为多少", "是百分之多少", "有多高")]
    if kind == "duration":
        return [f"{subject}{asked}" for asked in ("是多久", "是多长时间", "有多长", "是多少")]
    if kind == "money":
        money = [f"{verb}{subject}{asked}" for asked in ("是多少", "有多少", "达到多少", "是多少钱")]
        money += [] if subject.endswith("额") else [f"{verb}{subject}的金额是多少"]
        return [f"{verb}了多少{subject}", f"{verb}{subject}多少", *money[:2]] if verb else money
    return _level_forms(counted)


def _level_forms(counted: Counted) -> list[str]:
    subject, verb, unit = counted.subject, counted.verb, counted.figure.unit
    if _QUANTITY.search(subject):
        return [
            f"{verb}{subject}{asked}" for asked in ("是多少", f"是多少{unit}", "有多少", f"达到多少{unit}", "达到多少")
        ]
    last = [f"{verb}{subject}多少{unit}", f"{verb}{subject}有多少{unit}", f"{verb}{subject}一共多少{unit}"]
    things = counted.figure.kind == "count" and unit not in FREQUENCY
    if things and unit in PERSON_UNITS and not _PERSON.search(subject):
        return [*last, f"{verb}{subject}人数是多少"]
    if unit in FREQUENCY:
        return [*last, f"{verb}{subject}多少次"] if unit in ("次", "件次", "批次") else last
    if not verb and tag(subject)[0][1] in ("v", "vn"):
        return last
    measure = "名" if unit == "人" else unit
    first = [f"多少{measure}{subject}", f"多少{subject}", *([f"几{measure}{subject}"] if _is_few(counted) else [])]
    return [*last, *(f"{verb}了{words}" if verb else f"有{words}" for words in first)]


def _counted_forms(counted: Counted) -> list[str]:
    subject, verb, unit = counted.subject, counted.verb, counted.figure.unit
    asked = [f"多少{unit}{subject}", *([f"几{unit}{subject}"] if _is_few(counted) else [])]
    if counted.predicate:
        return [had + words + counted.predicate for words in asked for had in ("有", "")]
    forms = [f"{verb}{le}{words}" for words in asked for le in ("了", "")]
    return [*forms, f"{verb}了多少{subject}", f"{verb}的{subject}有多少{unit}", f"一共{verb}了多少{unit}{subject}"]


def _within_forms(counted: Counted) -> list[str]:
    before, done, unit = counted.predicate, counted.subject, counted.figure.unit
    forms = [f"{before}{asked}内{done}" for asked in (f"多少{unit}", f"几{unit}", "多长时间", "多久")]
    return [*forms, f"{done}的期限是多久", f"要在多长时间内{done}", f"多少{unit}内要{done}"]


def _said_forms(counted: Counted) -> list[str]:
    said, noun, figure = counted.subject, counted.predicate, counted.figure
    if noun:
        le = "" if said.endswith(_NO_LE) else "了"
        return [f"{said}多少{figure.unit}{noun}", f"{said}{le}多少{figure.unit}{noun}", f"{said}{le}多少{noun}"]
    if figure.kind == "share":
        return [f"{said}是多少", f"{said}为多少"]
    if figure.kind == "money":
        return [f"{said}多少", f"{said}是多少", f"{said}有多少"]
    if "了" in said:
        return [f"{said}多少{figure.unit}"]
    return [f"{said}多少{figure.unit}", f"{said}有多少{figure.unit}", f"{said}一共多少{figure.unit}"]


def _is_few(counted: Counted) -> bool:
    return counted.figure.value < 10


def _growth_forms(counted: Counted) -> list[str]:
    subject, change, unit = counted.subject, counted.change, counted.figure.unit
    forms = [f"{subject}{change}了多少", f"{subject}{change}多少", f"{subject}{change}了多少"]
    if unit == "%":
        forms += [f"{subject}{change}了百分之几", f"{subject}{change}百分之多少"]
        forms += [f"{subject}的增速是多少", f"{subject}的增幅是多少"] if change.endswith("增长") else []
        forms += [f"{subject}的降幅是多少"] if change.endswith("下降") else []
    elif "百分点" in unit:
        forms += [f"{subject}{change}了多少个百分点", f"{subject}{change}了几个百分点"]
    return forms


def is_known_in_english(counted: Counted) -> bool:
    """Whether the dictionary knows every word, and what is counted says it all."""
    return counted.form != "said" and not counted.predicate and bool(translated(counted.subject))


def in_english(counted: Counted, rng: random.Random) -> str:
    """One of the ways to ask for what `is_known_in_english`."""
    subject = translated(counted.subject)
    when = f" in {counted.year}" if counted.year and rng.random() < 0.4 else ""
    return rng.choice(_english_forms(counted, subject, when)).replace("  ", " ")


def _english_forms(counted: Counted, subject: str, when: str) -> list[str]:
    kind, verb = counted.figure.kind, VERBS.get(counted.verb, "")
    if counted.form == "growth":
        rose = re.search("下降|降低|减少|回落|减", counted.change) is None
        change, noun = ("increase", "growth rate") if rose else ("fall", "decrease")
        forms = [f"By how much did the {subject} {change}{when}?", f"How much did the {subject} {change}{when}?"]
        rates = [f"What was the {noun} of the {subject}{when}?"] if counted.figure.unit == "%" else []
        return [*forms, *rates]
    if kind == "share":
        return [f"What is the {subject}{when}?", f"What percentage did the {subject} reach{when}?"]
    if kind == "duration":
        return [f"How long is the {subject}?", f"What is the length of the {subject}?"]
    if kind == "money":
        spent = [f"How much {subject} was {verb}{when}?"] if verb else []
        return [*spent, f"What was the amount of {subject}{when}?", f"How much money was the {subject}{when}?"]
    if kind == "size" or _QUANTITY.search(counted.subject) or counted.figure.unit in FREQUENCY:
        return [f"How much is the {subject}{when}?", f"What is the total of the {subject}{when}?"]
    many = _plural(subject)
    if verb:
        return [f"How many {many} were {verb}{when}?", f"What is the number of {many} {verb}{when}?"]
    return [f"How many {many} are there{when}?", f"What is the number of {many}{when}?", f"How many {many}{when}?"]


def _plural(phrase: str) -> str:
    if re.search(r"(?:s|staff|people|personnel|equipment|housing)$", phrase):
        return phrase
    if re.search(r"[^aeiou]y$", phrase):
        return phrase[:-1] + "ies"
    return phrase + ("es" if re.search(r"(?:ch|sh|x|z)$", phrase) else "s")


def translated(chinese: str) -> str:
    """A noun phrase word for word in English, longest words first; "" when some part is in no dictionary, or when
    two parts are names, which are then but pieces of an unknown one."""
    words, at, bare = [], 0, squash(chinese)
    known = _dictionary()
    while at < len(bare):
        size = next((n for n in range(min(8, len(bare) - at), 0, -1) if bare[at : at + n] in known), 0)
        if not size:
            return ""
        words.append(known[bare[at : at + size]])
        at += size
    names = sum(word[:1].isupper() for word in words)
    return " ".join(words) if names < 2 else ""


@cache
def _dictionary() -> dict[str, str]:
    """Chinese words and their first short English noun; the official terms come first."""
    found = dict(USUAL)
    for entry in entries():
        word = entry["simplified"]
        gloss = _gloss(entry["definitions"]) if len(word) > 1 else ""
        if gloss and word not in found:
            found[word] = gloss
    terms: dict[str, str] = {}
    for line in _TERMS.read_text(encoding="utf-8").splitlines():
        english, chinese = line.split("\t")
        terms.setdefault(chinese.split()[0], english)
    return found | terms | USUAL


def _gloss(definitions: Sequence[str]) -> str:
    """The first of the first three that is a noun phrase of at most three words."""
    for definition in definitions[:3]:
        gloss = _ASIDE.sub("", definition).split(";")[0].split(",")[0].strip()
        fits = _ENGLISH.fullmatch(gloss) and len(gloss.split()) <= 3
        if fits and not gloss.startswith(("to ", "CL", "see ", "variant ", "abbr", "surname ", "classifier", "old ")):
            return gloss
    return ""
