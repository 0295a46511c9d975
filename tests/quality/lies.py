"""What a lying language model gets through, and what a truthful one is left.

    python tests/quality/lies.py [--seed N] [--verbose]

Asks the judged questions of the shipped corpus through /v1/ask with `phrase`, while a fake language model on the loopback
address lies in many ways: no lie may pass. Then it says true sentences (phrasings.jsonl, and the passages' own words), and
the share kept is printed, by language. Needs a built index (make reindex).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

import fakes_llm as fakes
from answers import questions
from fastapi.testclient import TestClient

from api.http import create_app
from api.settings import Settings, from_environment
from api.wiring import Engine
from archive.figures import figures
from archive.text import clauses, sentences
from archive.types import Span
from index.types import Answer

PHRASINGS = Path(__file__).with_name("phrasings.jsonl")
LAWS = [
    "《行政处罚法》第三十三条第一款和第三十四条",
    "《行政处罚法》第九条和第十条",
    "《禁毒法》第三十三条和第四十七条",
    "《人民警察法》第六条和第七条",
    "《行政复议法》第二十条和第二十一条",
]
_A_REQUEST = 20
_HAN_DIGITS = "〇一二三四五六七八九"
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_BOLD = {ord(str(d)): chr(0x1D7CE + d) for d in range(10)}
_ARABIC_INDIC = {ord(str(d)): chr(0x660 + d) for d in range(10)}
_BANKERS = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
_WORDS = "twelve thirty-seven eighty-seven nine hundred two thousand half a dozen scores two thirds".split(" ")
_UNITS = tuple("人 名 件 次 个 家 处 期 场 项 篇 万 亿 % 元 天 年".split())


@dataclass(frozen=True, slots=True)
class Case:
    """A question's answer, and the sentence and clause that its figure (or date) stands in."""

    answer: Answer
    sentence: str
    clause: str
    printed: str
    others: tuple[str, ...]

    @property
    def quote(self) -> str:
        return self.answer.citations[0].quote

    @property
    def english(self) -> bool:
        return self.answer.question.isascii()


@dataclass(frozen=True, slots=True)
class Lie:
    kind: str
    text: str


def cases(engine: Engine, every: int = 1) -> list[Case]:
    """What the archive answers of every n-th question."""
    answerer = engine.answerer()
    asked = [*LAWS, *(str(row["question"]) for row in questions())]
    answers = [answerer.answer(question) for question in list(dict.fromkeys(asked))[::every]]
    return [case_of(answer) for answer in answers if answer.kind != "refusal"]


def case_of(answer: Answer) -> Case:
    quote = answer.citations[0].quote
    printed = answer.text if answer.text in quote and answer.kind != "passage" else ""
    found = [f.span.of(quote) for f in figures(quote, Span(0, len(quote)))]
    printed = printed or next(iter(found), "")
    at = quote.find(printed) if printed else 0
    return Case(
        answer,
        _around(quote, at, sentences),
        _around(quote, at, clauses).strip("，,。；; "),
        printed,
        tuple(dict.fromkeys(other for other in found if other != printed)),
    )


def _around(quote: str, at: int, parts: Callable[[str, Span], Iterator[Span]]) -> str:
    found = [s for s in parts(quote, Span(0, len(quote))) if s.start <= at < s.end]
    return found[0].of(quote) if found else quote


def _in_clause(change: Callable[[random.Random, str], str]) -> Callable[[random.Random, Case], str]:
    """A lie by another figure in the clause."""

    def lie(rng: random.Random, case: Case) -> str:
        return case.clause.replace(case.printed, change(rng, case.printed), 1) if case.printed else ""

    return lie


def _number(printed: str) -> str:
    match = re.search(r"\d+(?:\.\d+)?", printed)
    return match[0] if match else ""


def _other_number(rng: random.Random, printed: str) -> str:
    """The figure with one digit changed."""
    at = [m.start() for m in re.finditer(r"\d", printed)]
    if not at:
        return _other_han(rng, printed)
    where = rng.choice(at)
    digit = rng.choice([d for d in "123456789" if d != printed[where]])
    return printed[:where] + digit + printed[where + 1 :]


def _other_han(rng: random.Random, printed: str) -> str:
    at = [m.start() for m in re.finditer("[一二三四五六七八九]", printed)]
    if not at:
        return ""
    where = rng.choice(at)
    return printed[:where] + rng.choice([d for d in _HAN_DIGITS[1:] if d != printed[where]]) + printed[where + 1 :]


def _swapped(rng: random.Random, printed: str) -> str:
    pairs = [m.start() for m in re.finditer(r"(?=(\d)(?!\1)\d)", printed)]
    if not pairs:
        return ""
    at = rng.choice(pairs)
    return printed[:at] + printed[at + 1] + printed[at] + printed[at + 2 :]


def _by_number(change: Callable[[random.Random, str], str]) -> Callable[[random.Random, str], str]:
    def changed(rng: random.Random, printed: str) -> str:
        number = _number(printed)
        return printed.replace(number, change(rng, number), 1) if number else ""

    return changed


def _unit(rng: random.Random, printed: str) -> str:
    number = _number(printed)
    rest = printed[printed.find(number) + len(number) :] if number else ""
    return number + rng.choice([u for u in _UNITS if u not in rest]) if number else ""


def _han(number: str, more: int) -> str:
    return "".join(_HAN_DIGITS[int(d)] for d in str(int(float(number)) + more))


def _neighbour(rng: random.Random, case: Case) -> str:
    if not (case.others and case.printed):
        return ""
    return case.clause.replace(case.printed, rng.choice(case.others), 1)


def _false_quote(rng: random.Random, case: Case) -> str:
    at = rng.randrange(len(case.clause))
    letter = rng.choice([c for c in "的了未不法人警八大小全市区年月" if c != case.clause[at]])
    return f"报告指出“{case.clause[:at]}{letter}{case.clause[at + 1 :]}”"


def _quote_of_two_places(rng: random.Random, case: Case) -> str:
    parts = [s.of(case.quote).strip("，,。；;：: \n") for s in clauses(case.quote, Span(0, len(case.quote)))]
    parts = [part for part in parts if len(part) > 5]
    if len(parts) < 2:
        return ""
    one, other = rng.sample(parts, 2)
    return f"报告指出“{one[: len(one) // 2 + 1]}{other[len(other) // 2 :]}”"


def _name(rng: random.Random, case: Case) -> str:
    name = rng.choice("张建国 李明华 王局长 司法部 天津市人民检察院 北京大学 平安保险公司 《数据安全法》".split())
    return rng.choice((f"{name}表示{case.clause}", f"{case.clause}由{name}负责", f"{name}{case.clause}"))


def _negated(rng: random.Random, case: Case) -> str:
    turned = re.sub("[未不没无]", "", case.clause)
    if turned != case.clause and rng.random() < 0.5:
        return turned
    if not case.printed:
        return "不得" + case.clause
    word = rng.choice(("没有", "不到", "未达", "并无", "不足", "不是"))
    return case.clause.replace(case.printed, word + case.printed, 1)


def _bound(rng: random.Random, printed: str) -> str:
    without = re.sub("余|多|以上|以下|不得超过|超过|少于", "", printed)
    if without != printed and rng.random() < 0.6:
        return rng.choice((without, f"不足{without}", f"恰好{without}"))
    return rng.choice(("约{}", "近{}", "超过{}", "{}以上", "至少{}", "最多{}", "{}左右", "不到{}")).format(printed)


def _year(rng: random.Random, case: Case) -> str:
    year = rng.choice([y for y in range(2015, 2026) if f"{y}年" not in case.quote])
    if re.search(r"20\d\d", case.clause):
        return re.sub(r"20\d\d", str(year), case.clause)
    return rng.choice((f"{year}年{case.clause}", f"截至{year}年12月25日，{case.clause}", f"{case.clause}({year}年)"))


def _date(rng: random.Random, case: Case) -> str:
    dates = re.findall(r"\d+月(?:\d+日)?", case.clause)
    day = f"{rng.randint(1, 12)}月" + (f"{rng.randint(1, 28)}日" if rng.random() < 0.5 else "")
    return "" if dates and day == dates[0] else case.clause.replace(dates[0], day) if dates else f"{day}，{case.clause}"


def _spaced(rng: random.Random, number: str) -> str:
    return rng.choice((f"1 {number}", f"{number} 0", f"{number}\u3000{rng.randint(1, 9)}", f"{number},000"))


def _hidden(rng: random.Random, number: str) -> str:
    between = rng.choice("\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2061")
    return f"{rng.randint(1, 9)}{between}{number}"


def _alike(rng: random.Random, number: str) -> str:
    twins = {
        "0": "OОo०",
        "1": "lIІ丨",
        "3": "ЗƷ",
        "5": "Ѕ",
        "6": "бб",
        "8": "BВ",
        "9": "g",
        "4": "Ч",
        "7": "了",
        "2": "Ƨ",
    }
    at = rng.randrange(len(number))
    return number[:at] + rng.choice(twins.get(number[at], "O")) + number[at + 1 :]


def _added(rng: random.Random, case: Case) -> str:
    more = f"{rng.randint(3, 97)}"
    tail = rng.choice(
        (
            "同比增长{}%",
            "比上年增加{}人",
            "占全市的{}%",
            "合计{}人",
            "其中女性{}人",
            "提高{}个百分点",
            "排名第{}",
            "平均{}岁",
        )
    )
    return f"{case.clause}，{tail.format(more)}" if f"{more}" not in case.quote else ""


def _english(template: str, wrong: Callable[[random.Random, Case], str]) -> Callable[[random.Random, Case], str]:
    def lie(rng: random.Random, case: Case) -> str:
        number = wrong(rng, case)
        noun = rng.choice("lawyers cases people legal officers police officers companies reports models exams".split())
        return template.format(number=number, noun=noun) if number else ""

    return lie


def _wrong(rng: random.Random, case: Case) -> str:
    return _number(_other_number(rng, case.printed)) if _number(case.printed) else ""


def _right(rng: random.Random, case: Case) -> str:
    return _number(case.printed)


def _of_neighbour(rng: random.Random, case: Case) -> str:
    numbers = [_number(o) for o in case.others if _number(o) not in ("", _number(case.printed))]
    return rng.choice(numbers) if numbers and case.answer.kind == "figure" else ""


LIES: dict[str, Callable[[random.Random, Case], str]] = {
    "digit changed": _in_clause(_other_number),
    "digits swapped": _in_clause(_swapped),
    "digit added": _in_clause(_by_number(lambda rng, n: rng.choice((f"{rng.randint(1, 9)}{n}", f"{n}{rng.randint(0, 9)}")) if "." not in n else f"1{n}")),
    "digit dropped": _in_clause(_by_number(lambda rng, n: n[1:] if len(n) > 1 and n[1] != "." else "")),
    "unit changed": _in_clause(_unit),
    "figure of a neighbour": _neighbour,
    "magnitude": _in_clause(_by_number(lambda rng, n: n + rng.choice(("万", "亿", "百", "千", "十万")))),
    "percent": _in_clause(lambda rng, p: f"{_number(p)}{rng.choice(('个百分点', '‰') if '%' in p else ('%', '个百分点', '％'))}" if _number(p) else ""),
    "Chinese numeral": _in_clause(_by_number(lambda rng, n: _han(n, rng.randint(1, 9)))),
    "banker's numeral": _in_clause(_by_number(lambda rng, n: str(int(float(n)) + 1).translate(_BANKERS))),
    "English number word": _in_clause(_by_number(lambda rng, n: rng.choice(_WORDS))),
    "fraction": _in_clause(lambda rng, p: rng.choice(("三分之二", "半数", "百分之五十", "过半", "一成", "两倍", "数十人"))),
    "year": _year,
    "date": _date,
    "false quote": _false_quote,
    "quote of two places": _quote_of_two_places,
    "invented name": _name,
    "negated": _negated,
    "bound": _in_clause(_bound),
    "full width": _in_clause(lambda rng, p: _other_number(rng, p).translate(_FULL)),
    "hidden character": _in_clause(_by_number(_hidden)),
    "circled digits": _in_clause(_by_number(lambda rng, n: str(int(float(n)) + 1).translate(_CIRCLED))),
    "mathematical digits": _in_clause(_by_number(lambda rng, n: str(int(float(n)) + 1).translate(_BOLD))),
    "Arabic-Indic digits": _in_clause(_by_number(lambda rng, n: str(int(float(n)) + 1).translate(_ARABIC_INDIC))),
    "blanks between digits": _in_clause(_by_number(_spaced)),
    "look-alikes": _in_clause(_by_number(_alike)),
    "ordinal": _in_clause(lambda rng, p: rng.choice((f"第{p}", f"前{p}", f"每{p}"))),
    "more than is said": _added,
    "true, then false": lambda rng, c: f"{c.clause}，{_neighbour(rng, c)}" if _neighbour(rng, c) else "",
    "English, digit changed": _english("There are {number} {noun}.", _wrong),
    "English, of a neighbour": _english("The bureau has {number} {noun}.", _of_neighbour),
    "English, magnitude": _english("There are {number} million {noun}.", _right),
    "English, percent": _english("{number} percentage points of {noun}.", _right),
    "English, negated": _english("There are not {number} {noun}.", _right),
    "English, bound": _english("There are exactly {number} {noun}, at most.", _right),
    "English, year": _english("In 2019 there were {number} {noun}.", _right),
    "English, name": _english("According to John Smith, there are {number} murderers.", _right),
    "English, number word": _english("There are eighty-seven or {number} {noun}.", _right),
}  # fmt: skip


def lies(found: Sequence[Case], seed: int, each: int) -> Iterator[tuple[Case, Lie]]:
    """Some lies of each kind; none of them stands in its quote. Citations that lie come with true words."""
    rng = random.Random(seed)
    for kind, make in LIES.items():
        for case in _some(rng, found, each * 4, make, each):
            yield case[0], Lie(kind, f"{case[1]}[1]{'' if case[0].english else '。'}")
    several = [case for case in found if len(case.answer.citations) > 1]
    for case in _drawn(rng, found, each):
        yield (
            case,
            Lie("citation that is not there", f"{case.sentence.strip('。')}[{len(case.answer.citations) + 1}]。"),
        )
        yield case, Lie("one citation true, one not", f"{case.sentence.strip('。')}[1][{rng.randint(20, 99)}]。")
        yield case, Lie("no citation", f"{_in_clause(_other_number)(rng, case) or '共有99人'}。")
    for case in _drawn(rng, several, each):
        yield case, Lie("citation of another passage", f"{case.sentence.strip('。')}[2]。")


def _some(
    rng: random.Random, found: Sequence[Case], tries: int, make: Callable[[random.Random, Case], str], most: int
) -> Iterator[tuple[Case, str]]:
    given = 0
    for case in _drawn(rng, found, tries):
        text = make(rng, case)
        if text and text not in case.quote and text != case.clause and given < most:
            given += 1
            yield case, text


def _drawn(rng: random.Random, found: Sequence[Case], count: int) -> list[Case]:
    return [rng.choice(found) for _ in range(count)] if found else []


def truths(found: Sequence[Case]) -> Iterator[tuple[str, Case, str]]:
    """(kind, case, sentence): by hand, and in the passage's own words."""
    by_question = {case.answer.question: case for case in found}
    for line in PHRASINGS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        case = by_question.get(row["question"])
        if case:
            yield ("English" if case.english else "Chinese, by hand"), case, row["sentence"] + "[1]"
    for case in found:
        title = case.answer.citations[0].title
        bare = case.sentence.rstrip("。")
        yield "Chinese, the sentence", case, f"{bare}[1]。"
        yield "Chinese, quoted", case, f"报告指出：“{case.clause}”。[1]"
        yield "Chinese, with its title", case, f"根据《{title}》，{bare}。[1]"
        if case.printed:
            yield "Chinese, the clause", case, f"{case.clause}。[1]"


class Asked:
    """The archive behind HTTP, with the fake model behind it."""

    def __init__(self, client: TestClient, model: fakes.FakeModel) -> None:
        self._client, self._model = client, model

    def kept(self, case: Case, said: Iterable[str]) -> list[str]:
        """The sentences that came through, of these."""
        self._model.behave = fakes.says("\n".join(said), size=40)
        body: dict[str, Any] = {"question": case.answer.question, "phrase": True}
        found = self._client.post("/v1/ask", json=body).json()["phrased"]
        assert found["reason"] in ("", "nothing-supported"), found["reason"]
        return [sentence["text"] for sentence in found["sentences"]]


def passed(asked: Asked, found: Iterable[tuple[Case, Lie]]) -> tuple[Counter[str], list[tuple[Case, Lie]]]:
    """How many lies of each kind there were, and those that came through, found one by one where any of a request did."""
    told: Counter[str] = Counter()
    through: list[tuple[Case, Lie]] = []
    by_case: defaultdict[str, list[tuple[Case, Lie]]] = defaultdict(list)
    for case, lie in found:
        told[lie.kind] += 1
        by_case[case.answer.question].append((case, lie))
    for group in by_case.values():
        for at in range(0, len(group), _A_REQUEST):
            some = group[at : at + _A_REQUEST]
            if asked.kept(some[0][0], [lie.text for _, lie in some]):
                through += [(case, lie) for case, lie in some if asked.kept(case, [lie.text])]
    return told, through


def asked_through(engine: Engine, model: fakes.FakeModel) -> TestClient:
    settings = Settings.model_validate(
        {**engine.settings.model_dump(), "llm_url": model.url, "llm_model": "fake", "llm_timeout": 30}
    )
    app = create_app(settings)
    app.state.engine = Engine(settings, engine.encoder, engine.reranker)
    return TestClient(app)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=30, help="lies of each kind")
    parser.add_argument("--verbose", action="store_true", help="also print the true sentences that were dropped")
    given = parser.parse_args()
    engine = Engine(from_environment(os.environ))
    found = cases(engine)
    with fakes.fake_model() as model, asked_through(engine, model) as client:
        asked = Asked(client, model)
        told, through = passed(asked, lies(found, given.seed, given.each))
        count = Counter(lie.kind for _, lie in through)
        for kind, number in told.items():
            print(f"{kind:28} {number:4} told {count[kind]:4} passed")
        print(f"{'all':28} {told.total():4} told {count.total():4} passed")
        for case, lie in through:
            print("PASSED", lie.kind, lie.text, "|", case.quote[:300])
        kept: Counter[str] = Counter()
        said: Counter[str] = Counter()
        for kind, case, sentence in truths(found):
            said[kind] += 1
            through_it = bool(asked.kept(case, [sentence]))
            kept[kind] += through_it
            if given.verbose and not through_it:
                print("dropped", kind, sentence[:150])
        for kind, number in said.items():
            print(f"{kind:28} {kept[kind]:4} of {number:4} true sentences kept, {kept[kind] / number:.2f}")
    raise SystemExit(1 if through else 0)


if __name__ == "__main__":
    main()
