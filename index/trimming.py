"""Which words are given as the answer: those that the reader takes, less what belongs to another item, and what follows
a question or a heading in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.text import sentences
from archive.types import Document, Section, Span
from index.words import squash

_HAN = "一二三四五六七八九十"
_NUMBER = (
    rf"(?:(?P<han>[{_HAN}]{{1,3}})、(?![{_HAN}\d])|[（(](?P<in>[{_HAN}\d]{{1,3}})[)）](?![（(和至、])"
    r"|(?P<arabic>\d{1,2})[.．、](?!\d))"
)
# ； parts what belongs together, and brackets that follow on each other name items of another list
_ITEM = re.compile(rf"(?:(?<=[。：:！!？?”\n])|(?<=[)）])(?![（(])|(?<=[)）] )(?![（(]))[ ]?{_NUMBER}")
_NUMBERED = re.compile(_NUMBER)
_FIRST = ("一", "1")
_EXCEPTS = re.compile(r"[^。\n]{0,60}(?:除外|例外|不适用|不在此列)")
_RUN_IN = re.compile(rf"{_NUMBER}[^，,。；;：:！？!?\n]{{2,16}}。$")
_TITLE = re.compile(r"[^，,；;：:！？!?\n]{2,24}")
_MARK = r"(?<=[\u4e00-\u9fff”’》）)])[？?]+[”’」』）)]*"
_EDGE = r"(?:(?<=[。；;！!？?”\n])|(?<=[。；;！!？?”] )|^)"
_QUESTION = re.compile(rf"{_EDGE}(?:问[：:][^？?\n]{{0,300}}|[^。；;！!？?\n]{{0,300}}){_MARK}\s?(?:答[：:]\s?)?")
_ENDS_ASKING = re.compile(rf"{_MARK}$")
# that there are measures, and not which
_SAYS_NOTHING = re.compile(
    r"(?:采取|推出|出台|提出|制定|实施|作出|明确|发布)了?(?:以下|如下|多种|多项|多条|一系列|系列|若干|相关|有关)"
    r"[^，,。；;]{0,6}(?:措施|举措|政策|要求|规定|办法|意见)[。：:]$"
)
# how many there are, and not which
_COUNT = re.compile(rf"(?P<count>[{_HAN}两\d]{{1,3}}(?:个|大|种|类|项|级|点|条|部分|方面))[\u4e00-\u9fff]{{0,4}}")
_NUMBERS = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|\d+)\b|几")
_ADDS = re.compile("[，,](?:其中)?(?:包括|含)$")
_CLAUSE_ENDS = "，,；;。：:"
# the end of one text and the beginning of the next
_SIGNED = re.compile(r"(?:[^。，；：,;:]{2,40}[部局委厅办院府会署行室心][ \n])?\d{4}年\d{1,2}月\d{1,2}日[ \n](?=.)")
_ANSWER = re.compile(r"\s?(?:答[：:]\s?)?")
_LONGEST = 200
_LONGEST_SENTENCE = 400
# who is to see to it, in brackets behind what is to be done
_BODY = (
    r"[^（）()。，,、；;：:不除含须或按可向]{2,20}?(?:[部局委厅办署会行院]|政府|单位)"
    r"(?:等|牵头|负责|配合|按职责分工负责)*"
)
_BODIES = (
    rf"(?:{_BODY}[、，,；;和]){{1,12}}{_BODY}|{_BODY}(?<=[头责合])"
    r"|(?:责任|牵头|配合|主办|承办)(?:单位|部门)?[：:][^（）()。]{1,160}"
)
_DUTY_BEHIND = re.compile(rf"(?<=[。；;])\s?[（(](?!包括|其中|例如|如)(?:{_BODIES})(?:[)）][。；;]?)?$")
_DUTY_BEFORE = re.compile(rf"(?:{_BODIES}|{_BODY})[)）]\s?")
_BRACKETED = re.compile(r"[（(][^（）()]*[)）][。；;]?$")
_ASKS_WHO = re.compile(
    r"谁|负责|牵头|部门|单位|机构|哪[些个家几]|何[地处种]"
    r"|\b(?:who|which (?:departments?|bod(?:y|ies)|agenc(?:y|ies)|units?|banks?|courts?)|responsible)\b"
)


def parts(text: str, span: Span) -> list[tuple[Span, Span]]:
    """The parts of a stretch that belong to one item each, and with what leads to them: cut where a numbered item
    begins that is not the first of its list (…。 二、…), and around questions (…？ 答：…), which are no answers. All of
    it where nothing else is left. A stretch that begins with an item is a list, and stays whole."""
    cuts = sorted([*_items(text, span), *_questions(text, span)], key=lambda cut: cut.start)
    if _NUMBERED.match(text, span.start) or not cuts:
        return [(span, span)]
    starts, ends = [span.start, *(cut.end for cut in cuts)], [*(cut.start for cut in cuts), span.end]
    leads = [span.start, *(cut.start for cut in cuts)]
    found = [
        (Span(start, end), Span(lead, end))
        for start, end, lead in zip(starts, ends, leads, strict=True)
        if end > start and text[start:end].strip()
    ]
    return found or [(span, span)]


def _items(text: str, span: Span) -> Iterator[Span]:
    """Where items begin, up to the first of a list; an item that is an exception belongs to what stands before it."""
    for match in _ITEM.finditer(text, span.start, span.end):
        if (match["han"] or match["in"] or match["arabic"]) in _FIRST:
            return
        if not _EXCEPTS.match(text, match.end()):
            yield Span(match.start(), match.end())


def _questions(text: str, span: Span) -> Iterator[Span]:
    """Questions; one that begins before the stretch is none that could be told from a part of a sentence."""
    yield from (Span(match.start(), match.end()) for match in _QUESTION.finditer(text, span.start, span.end))


def says_nothing(question: str, asked: str, words: str) -> bool:
    """Whether words only tell how many there are where it is asked which (四个等级 of 分为哪四个等级), or are a
    signature with what follows it."""
    count = _COUNT.fullmatch(squash(words)) if asked == "list" else None
    is_known = count is not None and (count["count"] in question or _NUMBERS.search(question.lower()) is not None)
    return is_known or _SIGNED.match(words.lstrip()) is not None


def with_what_it_adds_to(text: str, span: Span, sentence: Span) -> Span:
    """A stretch that only adds to the clause before (…免收通行费，包括摩托车) together with that clause."""
    before = text[sentence.start : max(sentence.start, span.start)]
    adds = _ADDS.search(before)
    if not adds:
        return span
    begin = max(before.rfind(mark, 0, adds.start()) for mark in _CLAUSE_ENDS) + 1
    return Span(sentence.start + begin, span.end)


def first_sentence(text: str, span: Span) -> Span:
    """The first sentence of a stretch, or all of it where it ends in its first: a name does not go on behind 。."""
    first = next(sentences(text, span), span)
    return span if first.end >= span.end else Span(first.start, first.start + len(first.of(text).rstrip("。！？!?")))


def asks_who_does(question: str) -> bool:
    """Whether a question may ask for the body that is to see to something."""
    return _ASKS_WHO.search(question.lower()) is not None


def without_duties(text: str, span: Span) -> Span:
    """A stretch less the bodies in brackets behind its last sentence that are to see to it （责任单位：市商务局）, and
    the rest of such a bracket before it; all of it where nothing else is left."""
    start, end = span.start, span.end
    if before := _DUTY_BEFORE.match(text, start, end):
        start = before.end()
    if behind := _DUTY_BEHIND.search(text[start:end]):
        end = start + behind.start()
    return Span(start, end) if text[start:end].strip() else span


def announced(document: Document, section: Section, sentence: Span, end: int) -> Span | None:
    """What follows a sentence that only says what it is about: a question, a heading, that measures were taken, or the
    name of an item before its words (4.安全检查。依法依规…). Whole sentences up to 200 characters, or a longer one,
    not behind `end` and not of another item. None for any other sentence, and where nothing follows."""
    text = document.text
    is_heading = section.heading.covers(sentence) and _TITLE.fullmatch(text, sentence.start, sentence.end)
    says_nothing = _SAYS_NOTHING.search(text[sentence.start : sentence.end])
    if not (is_heading or says_nothing or _is_question(text, sentence) or _is_run_in(text, sentence)):
        return None
    start = _ANSWER.match(text, sentence.end, end)
    found = list(_until_next(text, Span(start.end() if start else sentence.end, end)))
    return Span(found[0].start, found[-1].end) if found else None


def _until_next(text: str, within: Span) -> Iterator[Span]:
    for sentence in sentences(text, within):
        longest = _LONGEST if sentence.start > within.start else _LONGEST_SENTENCE
        is_other = (
            _is_question(text, sentence)
            or _NUMBERED.match(text, sentence.start)
            or _BRACKETED.match(text, sentence.start, sentence.end)
        )
        if is_other or sentence.end - within.start > longest:
            return
        yield sentence


def _is_question(text: str, sentence: Span) -> bool:
    return _ENDS_ASKING.search(text[sentence.start : sentence.end]) is not None


def _is_run_in(text: str, sentence: Span) -> bool:
    return (
        _RUN_IN.match(text, sentence.start, sentence.end) is not None and text[sentence.end : sentence.end + 1] != "\n"
    )
