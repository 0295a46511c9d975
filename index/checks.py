"""What must hold before words leave: of an answer, that it stands in what it cites; of a language model's sentence,
that it says no more than the passages it names. What cannot be told fails."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from archive.figures import figures
from archive.numerals import HAN_NUMERAL, value_of
from archive.text import fold
from archive.types import Span
from index.alignment import says_no_more
from index.english import Renderings, says_only
from index.types import Answer, AnswerFigure, Citation
from index.words import is_han, tagged

TextOf = Callable[[str, str], str]
"""The canonical text of a document by id and revision."""
FaultKind = Literal["quote", "hash", "figure", "text", "numeral", "name"]
Doubt = Literal["", "uncited", "no-such-citation", "odd-character", "false-quote", "numeral", "unsupported"]

_ARABIC = re.compile(r"\d+(?:[.,:]\d+)*")
_HAN_NUMERAL = re.compile(rf"[{HAN_NUMERAL}]{{2,}}|[{HAN_NUMERAL}](?=[人名件个次年月日条项])")
_NAMES = ("nr", "ns", "nt", "nz")
_MARK = re.compile(r"[ ]?[\[【［](\d{1,2}(?:[,，、] ?\d{1,2})*)[\]】］]")
_USUAL = re.compile(r"[\u3400-\u9fff〇\x20-\x7e\uff01-\uff5e“”‘’「」『』《》〈〉、。…—–·〔〕【】]*")
_QUOTED = re.compile(
    r"“([^“”]*)”|「([^「」]*)」|『([^『』]*)』|‘([^‘’]*)’|《([^《》]*)》|〈([^〈〉]*)〉|\"([^\"]*)\"|(?<!\w)'([^']*)'(?!\w)"
)
_QUOTE_MARK = re.compile(r"[“”「」『』‘《》〈〉\"]|(?<![A-Za-z])['’]|['’](?![A-Za-z])")
_ENDS = "，。,.;；：:！!？? "
_NUMERAL_RUN = re.compile(rf"[\d{HAN_NUMERAL}]+(?:[.,]\d+)*[{HAN_NUMERAL}]*")
_LATIN = re.compile("[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an answer, and the words it is wrong about."""

    kind: FaultKind
    words: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a language model without its citation marks; `citations` counts an answer's citations from 1."""

    text: str
    citations: tuple[int, ...]


def faults(answer: Answer, text_of: TextOf) -> list[Fault]:
    """What keeps an answer from leaving; none when all of it stands in its citations.

    The text of a refusal is fixed, so only its nearest passages are looked at.
    """
    cited = [*answer.citations, *answer.alternatives]
    found = [fault for citation in cited for fault in _misquoted(citation, text_of)]
    if answer.kind == "refusal":
        return found
    return [*found, *_misplaced(answer, text_of), *_uncited(answer)]


def _misquoted(citation: Citation, text_of: TextOf) -> Iterator[Fault]:
    if citation.span.of(text_of(citation.doc_id, citation.revision)) != citation.quote:
        yield Fault("quote", citation.quote)
    if hashlib.sha256(citation.quote.encode()).hexdigest() != citation.quote_sha256:
        yield Fault("hash", citation.quote)


def _misplaced(answer: Answer, text_of: TextOf) -> Iterator[Fault]:
    for figure in answer.figures:
        if not any(_prints(citation, figure, text_of) for citation in answer.citations):
            yield Fault("figure", f"{figure.value}{figure.unit}")


def _prints(citation: Citation, figure: AnswerFigure, text_of: TextOf) -> bool:
    """Whether the figure lies in what is cited, and can be read there again."""
    if not citation.span.start <= figure.span.start < figure.span.end <= citation.span.end:
        return False
    text = text_of(citation.doc_id, citation.revision)
    if citation.span.end > len(text):
        return False
    read = (f for f in figures(text, citation.span) if f.span.start <= figure.span.start < f.span.end)
    return any(f.value == figure.value and f.upper == figure.upper for f in read)


def _uncited(answer: Answer) -> Iterator[Fault]:
    quotes = [citation.quote for citation in answer.citations]
    if any(_stands_whole(answer.text, quote) for quote in quotes):
        return
    printed = set().union(*map(numerals, quotes))
    yield from (Fault("numeral", str(value)) for value in sorted(numerals(answer.text) - printed))
    yield from (Fault("name", name) for name in names(answer.text) if not any(name in quote for quote in quotes))
    if not quotes:
        yield Fault("text", answer.text)


def numerals(text: str) -> frozenset[Decimal]:
    """The values of all numerals of a text, each whole: 186 holds no 86, 4.6万 no 4.6."""
    text = fold(text)
    amounts = list(figures(text, Span(0, len(text))))
    values = {value for f in amounts for value in (f.value, f.upper) if value is not None}
    taken = {at for f in amounts for at in range(f.span.start, f.span.end)}
    plain = (m for pattern in (_ARABIC, _HAN_NUMERAL) for m in pattern.finditer(text) if m.start() not in taken)
    parts = (part for m in plain for part in re.split(r"[:]|,(?!\d{3})", m[0]))
    return frozenset(values | {value for part in parts if (value := value_of(part)) is not None})


def names(text: str) -> list[str]:
    """What the tagger takes for names of persons, places and offices."""
    return [word.word for word in tagged(text, Span(0, len(text))) if word.kind in _NAMES and len(word.word) > 1]


def read_sentence(given: str) -> Sentence:
    """A sentence with its marks ([1], 【2】) read and taken out."""
    marks = [int(number) for match in _MARK.finditer(given) for number in re.findall(r"\d+", match[1])]
    text = re.sub(r"^\s*[-*•]\s+", "", _MARK.sub("", given)).strip()
    return Sentence(text, tuple(dict.fromkeys(marks)))


def doubt(sentence: Sentence, answer: Answer, renderings: Renderings) -> Doubt:
    """Why a language model's sentence may not leave; empty when every passage that it cites says as much."""
    if not sentence.citations:
        return "uncited"
    if not all(1 <= number <= len(answer.citations) for number in sentence.citations):
        return "no-such-citation"
    if not _USUAL.fullmatch(sentence.text):
        return "odd-character"
    cited = [answer.citations[number - 1] for number in sentence.citations]
    found = (_doubt_of_one(sentence.text, citation, answer, renderings) for citation in cited)
    return next(filter(None, found), "")


def _doubt_of_one(text: str, citation: Citation, answer: Answer, renderings: Renderings) -> Doubt:
    if not _quotes_truly(text, citation):
        return "false-quote"
    law = citation.address.split("》")[0] + "》" if "》" in citation.address else ""
    leads = [lead for lead in (citation.address, law, citation.title, citation.number) if lead]
    # looked at before and beside the words, so that no gap in reading words lets a number through
    if numerals(text) - numerals("\n".join((citation.quote, *leads))):
        return "numeral"
    if _is_english(text):
        fits = says_only(text, citation.quote, citation.title, answer.figures, renderings)
    else:
        fits = says_no_more(text, citation.quote, leads)
    return "" if fits else "unsupported"


def _quotes_truly(text: str, citation: Citation) -> bool:
    """Whether all that stands in quotation marks stands so in the quote, and no mark is left alone."""
    if _QUOTE_MARK.search(_QUOTED.sub("", text)):
        return False
    stretches = ("".join(filter(None, match.groups())) for match in _QUOTED.finditer(text))
    return all(_stands(stretch.strip(_ENDS), citation) for stretch in stretches)


def _stands(stretch: str, citation: Citation) -> bool:
    titles = (citation.title, citation.address.split("》")[0].lstrip("《"))
    return bool(stretch) and (stretch in titles or _stands_whole(stretch, citation.quote))


def _stands_whole(stretch: str, quote: str) -> bool:
    """Whether it stands there word for word, and not as a part of a longer numeral."""
    at = quote.find(stretch)
    while at >= 0 and _cuts(quote, at, at + len(stretch)):
        at = quote.find(stretch, at + 1)
    return at >= 0


def _cuts(quote: str, start: int, end: int) -> bool:
    """Whether a stretch begins or ends inside of a numeral: 86 of 186."""
    return any(match.start() < at < match.end() for match in _NUMERAL_RUN.finditer(quote) for at in (start, end))


def _is_english(text: str) -> bool:
    return sum(map(len, _LATIN.findall(text))) > sum(map(is_han, text))


def without_faults(answer: Answer, found: Sequence[Fault]) -> Answer:
    """The answer, or, when there are faults, the refusal that stands in for it: a bug, and no answer."""
    if not found:
        return answer
    chinese = is_han(answer.question)
    text = "无法回答：答案未能通过核对。" if chinese else "No answer: it did not pass its checks."
    return Answer(answer.question, "refusal", text, 0.0, reason="unchecked")
