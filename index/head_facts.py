"""What a question asks of a document itself, and where it prints that: who issued it, its number (文号), when it was
published, and from when it is in force."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.figures import dates_in
from archive.head import ENDS_IN_ORGAN, effective, numbers_in
from archive.structure import DAY, SIGNATURE
from archive.text import fold
from archive.types import Document, Span
from index.evidence import context, coverage, spoken
from index.questions import Question
from index.search import Searcher
from index.titles import is_titled, titles_named
from index.types import Concept, Filters, Language
from index.words import squash

Asks = Literal["published", "in-force", "issuer", "number"]

_BODY = r"(?:政府)?(?:部门|机关|单位|机构|部委)"
_WHO = rf"(?:谁|(?:哪[一几]?[个家些]|什么|何)(?:政府)?{_BODY})"
_ISSUES = r"(?:联合|共同)?(?:发布|印发|公布|发出|下发|颁布|出台|制定|[发定](?=的|[?？]|$))"
_WHEN = r"(?:什么时候|何时|哪一?天|哪一?年|几月几[日号])"
_ISSUED = r"(?:issued|published|released|promulgated|enacted|adopted)\b"
_AGENCY = r"(?:departments?|agency|agencies|body|bodies|authority|authorities|ministry|ministries|bureaus?|offices?)"
_ASKS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    (
        "in-force",
        re.compile(
            rf"(?:施行|实施|生效|执行)的?(?:日期|时间)|[从自]?{_WHEN}(?:起开始|起|开始|正式)?(?:施行|实施|生效|执行)"
            r"|\bwhen (?:did|does|do|will|was|were|is|are) .*\b(?:t[ao]ke effect|(?:come|enter|put|brought) into"
            r" (?:force|effect)|in force|become effective|effective)\b|\b(?:effective|commencement) date\b"
        ),
    ),
    (
        "published",
        re.compile(
            rf"(?:发布|印发|公布|成文|发文|颁布)的?(?:日期|时间|是?{_WHEN})|{_WHEN}(?:发布|印发|公布|成文|颁布)"
            rf"|\bwhen (?:was|were) .*\b{_ISSUED}"
            r"|\b(?:publication|issue|release|promulgation) date\b|\bdate of (?:publication|issue|promulgation)\b"
        ),
    ),
    (
        "issuer",
        re.compile(
            rf"{_WHO}{_ISSUES}(?!.*(?:什么|哪|多少))"
            r"|(?:发布|发文|印发|制定|颁布|公布)(?:机关|单位|机构|部门)(?:是?(?:谁|什么|哪[个家些一]?)|[有是]哪[个家些]?|[?？。]|$)"
            rf"|\bwho (?:jointly )?{_ISSUED}|\b(?:which|what) (?:[a-z]+ )?{_AGENCY} (?:jointly )?{_ISSUED}"
            r"|\bissuing (?:body|authority|agency|department)\b"
        ),
    ),
    (
        "number",
        re.compile(r"文号|发文字号|文件编号|\b(?:document|official|reference) (?:number|no\.)"),
    ),
)
# what asks, and not what the document is about
_ASKING = re.compile(
    rf"发布|印发|公布|成文|发文|颁布|出台|制定|下发|施行|实施|生效|执行|文号|字号|编号|联合|共同|正式|开始|日期|时间|^{_BODY}$|^这[份个部]$|^哪$"
    r"|\b(?:publish|publication|issu|releas|promulg|enact|adopt|document|text|effect|forc|commenc|joint|depart|agenc|bod[iy]"
    r"|author|ministr|bureau|offic|refer|date)"
)
# what may stand between a title and what is asked of it
_LIGHT = re.compile(
    r"中华人民共和国|请问|我国|现行|新修订|修订后|修正后|这[部份个]?|[的是在从自于了由被该那起又和与《》“”\"'\s,，。.?？:：!！]"
)
# kinds of documents, and how an English question says each; a longer name before those it ends in
_KINDS = {
    "报告": "report",
    "通知": "notice|notification|circular",
    "公告": "announcement",
    "通告": "announcement",
    "意见": "opinions?",
    "办法": "measures",
    "措施": "measures",
    "条例": "regulations?",
    "规定": "provisions|regulations?",
    "细则": "rules",
    "决定": "decision",
    "方案": "plan",
    "法": "law",
}
_KIND_STEMS = frozenset(
    "report notic notif circular announc opinion measur regul provis rule decis plan law china current".split()
)
_HEAD = 600
_MOST = 50
_HITS = 20
_LEAST = 0.95
_LEAST_ENGLISH, _AHEAD_ENGLISH = 0.7, 0.3
_LEAST_LIKE = 0.5
_A_LAW = re.compile(
    rf"(?:法|条例|规定|细则)》?(?:的|是|自|从|于)*(?:{_WHEN}|施行|实施|生效|公布|发布)|\b(?:laws?|regulations?|measures|rules|provisions)\b"
)
_MUCH_LONGER, _LITTLE, _LINE = 4, 8, 300
_LEAST_OF_TITLE, _LEAST_OF_TITLE_ENGLISH = 0.6, 0.35
# what a question about a document may leave out of its title
_IDLE_IN_TITLES = re.compile(
    r"(?:19|20)\d\d年?度?|关于|进一步|做好|印发|有关|情况|工作|若干|试行|暂行|[的等及与和]|[（(][^（）()]*[)）]"
)
_BRACKETS = re.compile(r"[（(][^（）()]*[)）]\s*$")
_THIS_ONE = re.compile(r"[这该本此]|\bth(?:is|e|ese)\b")
_OF_ITSELF = re.compile("本(?:法|条例|办法|规定|细则|规则|通知|决定|意见|公告)|(?:公布|施行|版本|发布)日期")
_FIELD = re.compile("(?:公布|发布|施行|实施|版本|成文|印发|发文)(?:日期|时间)[ ]?[:：]")
_REVISED = re.compile("修[正订改]|版本|废止")
_CITES = re.compile("根据|按照|依据|依照|转发")
_SIGNED = re.compile(
    rf"[。！”）]\s(?P<by>(?:[^\s，。；：！？]{{2,25}}\s){{0,8}}[^\s，。；：！？]{{2,25}})\s[（(]?{DAY}[)）]?\s*$"
)


@dataclass(frozen=True, slots=True)
class HeadFact:
    """What a document prints of itself, and where."""

    asks: Asks
    document: Document
    span: Span


def asked_of_head(question: Question) -> Asks | None:
    """What a question asks of a document itself; None for any other question."""
    text = re.sub("《[^》]*》", "《》", fold(question.text).lower())
    return next((name for name, pattern in _ASKS if pattern.search(text)), None)


def head_fact(searcher: Searcher, question: Question, filters: Filters) -> HeadFact | None:
    """What the one document that the question can mean prints of itself; None for questions about anything else, where
    several documents that say different things may be meant, and where it is not printed."""
    asks = asked_of_head(question)
    if not asks:
        return None
    meant = _meant(searcher, question, filters)
    found = [(document, _printed(asks, document)) for document in meant]
    said = {squash(span.of(document.text)) if span else "" for document, span in found}
    document, span = found[0] if found else (None, None)
    return HeadFact(asks, document, span) if document and span and len(said) == 1 else None


def asks_nothing_else(searcher: Searcher, question: Question, filters: Filters) -> bool:
    """Whether a question holds the title of a document and who issued it, its number or when it was published, and
    nothing else: what the document does not print of that, nothing else will say."""
    if asked_of_head(question) not in ("issuer", "number", "published"):
        return False
    return any(_says_no_more(question, _squashed(d.title)) for d in searcher.titled(question.text, filters))


def is_head_field(line: str, asks_head: bool) -> bool:
    """Whether a line gives a day of its document (公布日期：2021-01-22), which is no day of anything it tells; a
    version's is never asked for."""
    return _FIELD.search(line) is not None and (not asks_head or "版本" in line)


def names_another(question: Question, document: Document, sentence: Span) -> bool:
    """Whether a question that asks when a law was published or is in force names another one than that of a sentence
    which tells it of its own document (本法自…起施行, 公布日期): each law has such a sentence."""
    if asked_of_head(question) not in ("published", "in-force") or not _A_LAW.search(question.text.lower()):
        return False
    if next(numbers_in(question.text), None) is not None or not _OF_ITSELF.search(sentence.of(document.text)):
        return False
    return _share(question, document) < _LEAST_LIKE


def _meant(searcher: Searcher, question: Question, filters: Filters) -> list[Document]:
    """The documents that the question can only mean: those of one title which says all that the question says, and of
    which the question says enough."""
    titled = searcher.titled(question.text, filters)
    if whole := [document for document in titled if _says_no_more(question, _squashed(document.title))]:
        return [document for document in whole if document.title == whole[0].title]
    named = titles_named(question.text)
    is_whole = any(_says_no_more(question, title) for title in named)
    if not (_kinds_in(question) and (_said(question) or _THIS_ONE.search(question.text.lower()))):
        return []
    shares: dict[str, list[tuple[float, Document]]] = {}
    for document in [*titled, *_perhaps(searcher, question, filters)]:
        if not named or any(_is_only_titled(title, document) for title in named):
            share = 1.0 if is_whole else _share(question, document)
            shares.setdefault(document.title, []).append((share, document))
    ranked = sorted(shares.values(), key=lambda same: -max(share for share, _ in same))
    most = [max(share for share, _ in same) for same in ranked]
    if not ranked or not _is_clear(most, question.language):
        return []
    best = {document.id: document for share, document in ranked[0] if share == most[0]}
    return [d for d in best.values() if is_whole or not _said(question) or _is_enough(question, d)]


def _is_only_titled(named: str, document: Document) -> bool:
    """Whether a title is the one that is named, and no other that names it (关于贯彻《…》的通知, 转发…)."""
    title = _squashed(document.title)
    if "转发" in title and "转发" not in named:
        return False
    inner = [squash(name) for name in re.findall("《([^》]+)》", document.title)]
    is_other = any(is_titled(named, name) for name in inner) and len(title) > len(named) + _MUCH_LONGER
    return is_titled(named, document.title) and not is_other


def _is_clear(shares: Sequence[float], language: Language) -> bool:
    """Whether the first title is meant and no other as likely. English words find only some of a title's."""
    first, second = shares[0], shares[1] if len(shares) > 1 else 0.0
    if language == "en":
        return first >= _LEAST_ENGLISH and first - second >= _AHEAD_ENGLISH
    return first >= _LEAST > second


def _is_enough(question: Question, document: Document) -> bool:
    """Whether the question says most of a title, so that none is meant which only names what is asked about."""
    title = document.title
    if question.language == "zh":
        for organ in document.issuer.split("、"):
            title = title if squash(organ) in squash(question.text) else title.replace(organ, "")
    title = _IDLE_IN_TITLES.sub("", _squashed(title))
    kind = next((kind for kind in _KINDS if title.endswith(kind)), "")
    said = [c for c in question.concepts if c.surface not in _KIND_STEMS]
    share = spoken(said, title.removesuffix(kind)) if title != kind else 1.0
    return share >= (_LEAST_OF_TITLE if question.language == "zh" else _LEAST_OF_TITLE_ENGLISH)


def _perhaps(searcher: Searcher, question: Question, filters: Filters) -> Iterator[Document]:
    """The documents of the kinds that are named, where they are few, and those of the passages found first."""
    for kind in _kinds_in(question):
        for listed in searcher.titled_with(kind, filters, _MOST):
            yield searcher.document(listed.doc_id, listed.revision)
    for hit in searcher.search(question, _HITS, filters, reread=False):
        yield searcher.document(hit.passage.doc_id, hit.passage.revision)


def _says_no_more(question: Question, title: str) -> bool:
    """Whether a question holds a squashed title, what is asked of it, and nothing else."""
    said = squash(question.text)
    rest = said.replace(title, "", 1)
    return title in said and any(not _LIGHT.sub("", pattern.sub("", rest)) for _, pattern in _ASKS)


def _squashed(title: str) -> str:
    return squash(title).removeprefix("中华人民共和国")


def _kinds_in(question: Question) -> list[str]:
    """The kinds of document that a question may name, as titles print them: in Chinese the last one (…条例实施细则);
    办法 is no 法."""
    said = question.text.lower()
    if question.language == "en":
        return [kind for kind, english in _KINDS.items() if re.search(rf"\b(?:{english})\b", said)]
    ends = [(said.rfind(kind) + len(kind), len(kind), kind) for kind in _KINDS if kind in said]
    return [max(ends)[2]] if ends else []


def _said(question: Question) -> list[Concept]:
    """What a question says of a document, less what asks and what kind it is."""
    idle = _KIND_STEMS | _KINDS.keys()
    return [c for c in question.concepts if not _ASKING.search(c.surface) and c.surface not in idle]


def _share(question: Question, document: Document) -> float:
    """The share of what a question says of a document, in [0, 1], that its title has; 0 for another kind or year."""
    kinds, title = _kinds_in(question), _BRACKETS.sub("", document.title)
    if kinds and not any(title.endswith(kind) and (kind != "法" or not title.endswith("办法")) for kind in kinds):
        return 0.0
    if question.years and not any(str(year) in document.title + str(document.issued_on) for year in question.years):
        return 0.0
    said = _said(question)
    return coverage(said, [context(document.title + document.issuer, 1.0)]) if said else 1.0


def _printed(asks: Asks, document: Document) -> Span | None:
    if asks == "published":
        return _day(document)
    if asks == "in-force":
        found = effective(document.text)
        return found[0] if len(found) == 1 else None
    return _number(document) if asks == "number" else _issuer(document)


def _day(document: Document) -> Span | None:
    """Where head or signature print the day it was published; none that is a revision's."""
    for stretch in _ends(document):
        for printed in dates_in(document.text, stretch):
            numbers = tuple(map(int, re.findall(r"\d+", printed.span.of(document.text))))
            issued = document.issued_on
            if issued and numbers[:3] == (issued.year, issued.month, issued.day):
                return None if _is_revised(document.text, printed.span) else printed.span
    return None


def _is_revised(text: str, day: Span) -> bool:
    """Whether a day is that of a revision or version: what stands before it, or behind it up to the next, says so."""
    line_end = text.find("\n", day.end, day.end + _LINE)
    line = Span(day.end, line_end if line_end >= 0 else min(day.end + _LINE, len(text)))
    following = next((printed.span.start for printed in dates_in(text, line)), line.end)
    return _REVISED.search(text[max(0, day.start - _LITTLE) : day.start] + text[day.end : following]) is not None


def _number(document: Document) -> Span | None:
    """Where a line of the head that holds little else, or the title, prints the number."""
    text, at = document.text[:_HEAD], 0
    for line in text.split("\n"):
        for span, found in numbers_in(line):
            is_own = bool(document.number) and found.endswith(document.number)
            is_alone = len(line.strip()) - (span.end - span.start) <= _LITTLE or at == 0
            if is_own and is_alone and not (_CITES.search(line[: span.end]) or "《" in line[: span.start]):
                begin = max(span.of(line).find(document.number[:1]), 0)
                return Span(at + span.start + begin, at + span.end)
        at += len(line) + 1
    return None


def _issuer(document: Document) -> Span | None:
    """Where title, head or signature print who issued it: names that stand by themselves, all of them, with nothing but
    marks between. Who forwards a text has not made it."""
    organs = [organ for organ in (document.issuer or document.publisher).split("、") if organ]
    if not organs:
        return _signed_by(document)
    if any("转发" in organ for organ in organs):
        return None
    names = r"[、，,\s]*".join(map(re.escape, organs))
    standing = re.compile(rf"(?:^|(?<=[\s：:]))(?:{names})(?=$|\s|关于|印发|文件|公告|通告|令|《|\d)", re.M)
    found = (standing.search(document.text, span.start, span.end) for span in _ends(document))
    return next((Span(*match.span()) for match in found if match), None)


def _signed_by(document: Document) -> Span | None:
    """The issuers before the date that a text without lines ends with."""
    start = max(0, len(document.text) - _LINE)
    match = _SIGNED.search(document.text, start)
    names = match["by"].split() if match else []
    return Span(*match.span("by")) if match and names and all(map(ENDS_IN_ORGAN.search, names)) else None


def _ends(document: Document) -> Iterator[Span]:
    """The head and the signature."""
    yield Span(0, min(_HEAD, len(document.text)))
    yield from (section.span for section in document.sections if section.path == (SIGNATURE,))
