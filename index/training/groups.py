"""What the reader learns from: questions with a text that answers and texts that do not."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.text import sentences
from archive.types import Span
from index.spans import echoes
from index.training.examples import Group, Judged
from index.training.figure_pairs import FigurePair, is_foreign

Gloss = Callable[[str, str], str]

_LONGEST = 300
_SHORTEST = 120
_NEAR = 15
_CHINESE = "[\u2014-\u201d\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_BLANKS = re.compile(rf"(?<={_CHINESE}) +| +(?={_CHINESE})")


@dataclass(frozen=True, slots=True)
class Marked:
    """A question about a paragraph, and where the answer stands in it."""

    id: str
    question: str
    paragraph: int
    span: Span


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Paragraphs in the order of their articles, with their titles, and questions about them."""

    set: str
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    marked: tuple[Marked, ...]


def squad(path: Path, name: str, change: Callable[[str], str] = str) -> Paragraphs:
    """A file in SQuAD's form (CMRC 2018, DRCD); `change` may rewrite a text but not move its characters.

    An answer that does not stand where it is said to is looked for; one that stands nowhere is left out.
    """
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    found = [(article.get("title", ""), paragraph) for article in articles for paragraph in article["paragraphs"]]
    texts = tuple(change(paragraph["context"]) for _, paragraph in found)
    marked = (
        Marked(qa["id"], change(qa["question"]), at, span)
        for at, (_, paragraph) in enumerate(found)
        for qa in paragraph["qas"]
        if (span := _span(texts[at], change(qa["answers"][0]["text"]), qa["answers"][0]["answer_start"]))
    )
    return Paragraphs(name, tuple(change(title) for title, _ in found), texts, tuple(marked))


def _span(text: str, answer: str, start: int) -> Span | None:
    at = start if text.startswith(answer, start) else text.find(answer)
    return Span(at, at + len(answer)) if answer and at >= 0 else None


def plain(text: str) -> str:
    """A text without the blanks beside Chinese characters. Translators left them around what is asked for, and a reader
    would learn to take what stands between blanks."""
    return _BLANKS.sub("", text)


def without_blanks(source: Paragraphs) -> Paragraphs:
    """The same paragraphs and questions in plain text. A span that is all blanks would be lost: there must be none."""
    removed = [[match.span() for match in _BLANKS.finditer(text)] for text in source.texts]
    marked = tuple(
        replace(m, span=Span(*(_moved(at, removed[m.paragraph]) for at in (m.span.start, m.span.end))))
        for m in source.marked
    )
    return Paragraphs(source.set, source.titles, tuple(map(plain, source.texts)), marked)


def _moved(at: int, removed: Iterable[tuple[int, int]]) -> int:
    return at - sum(min(end, at) - start for start, end in removed if start < at)


def reading_groups(
    source: Paragraphs, rng: random.Random, others: float = 0.5, titled: float = 0.5, echoing: float = 1.0
) -> Iterator[Group]:
    """One group a question: a window of its paragraph that holds the answer and, for a share `others` of them, one
    that does not, of the same paragraph or a neighbour. A share `titled` of the windows carries the title. Of an answer
    of which more than a share `echoing` says the question again it is not known where it begins and ends."""
    for asked in source.marked:
        text, answer = source.texts[asked.paragraph], asked.span
        title = source.titles[asked.paragraph] if rng.random() < titled else ""
        texts: list[str] = []
        spans: list[tuple[int, int] | None] = []
        window = window_around(text, answer, rng)
        texts.append(_under(title, window.of(text)))
        moved = len(texts[0]) - (window.end - window.start) - window.start
        loose = bool(echoes(asked.question, answer.of(text)).mean() > echoing)
        spans.append(None if loose else (answer.start + moved, answer.end + moved))
        other = _other_window(source, asked, title, rng) if rng.random() < others else ""
        if other:
            texts.append(other)
            spans.append((0, 0))
        yield Group(source.set, asked.question, tuple(texts), tuple(spans))


def window_around(text: str, answer: Span, rng: random.Random, longest: int = 0) -> Span:
    """Whole sentences around an answer, as many before as after by chance, of about 120 to 300 characters."""
    longest = longest or rng.randint(_SHORTEST, _LONGEST)
    parts = list(sentences(text, Span(0, len(text)))) or [Span(0, len(text))]
    inside = [at for at, part in enumerate(parts) if part.start < answer.end and answer.start < part.end]
    first, last = (inside[0], inside[-1]) if inside else (0, len(parts) - 1)
    while True:
        sides = [at for at in (first - 1, last + 1) if 0 <= at < len(parts)]
        sides = [
            at
            for at in sides
            if max(parts[last].end, parts[at].end) - min(parts[first].start, parts[at].start) <= longest
        ]
        if not sides:
            break
        at = rng.choice(sides)
        first, last = min(first, at), max(last, at)
    start, end = parts[first].start, parts[last].end
    if end - start > 2 * _LONGEST:  # one endless sentence
        start = max(start, answer.start - _LONGEST // 2)
        end = max(answer.end, min(end, start + _LONGEST))
    return Span(min(start, answer.start), max(end, answer.end))


def _other_window(source: Paragraphs, asked: Marked, title: str, rng: random.Random) -> str:
    """A window under a title that, with it, does not print the answer: of the same paragraph, or of one near it. Blank
    when there is none."""
    answer = asked.span.of(source.texts[asked.paragraph])
    near = [at for at in range(asked.paragraph - _NEAR, asked.paragraph + _NEAR + 1) if 0 <= at < len(source.texts)]
    rng.shuffle(near)
    for at in [asked.paragraph, *near]:
        text = source.texts[at]
        part = rng.choice(list(sentences(text, Span(0, len(text)))) or [Span(0, len(text))])
        found = _under(title, window_around(text, part, rng).of(text))
        if answer not in found:
            return found
    return ""


def _under(title: str, text: str) -> str:
    return f"{title}\n{text}" if title else text


def retrieval_groups(
    judged: Iterable[Judged], rng: random.Random, negatives: int, answers: Mapping[str, str] | None = None
) -> Iterator[Group]:
    """One group for each passage that answers (no more than three a question), each with some of what was found
    instead. `answers` gives the words that answer each question: then only passages that print them answer, and it is
    known where, unless they are printed twice; without, every gold passage does, and nothing is known of spans."""
    for example in judged:
        answer = answers[example.question] if answers is not None else None
        wrong = [text for text in example.negatives if answer is None or answer not in text]
        for passage in rng.sample(example.passages, min(3, len(example.passages))):
            if answer is not None and answer not in passage:
                continue
            others = _sampled(wrong, negatives, rng)
            rest = None if answer is None else (0, 0)
            yield Group(
                example.set, example.question, (passage, *others), (_once(answer, passage), *[rest] * len(others))
            )


def _once(answer: str | None, passage: str) -> tuple[int, int] | None:
    """Where the only place of an answer is."""
    if answer is None or passage.count(answer) != 1:
        return None
    start = passage.index(answer)
    return start, start + len(answer)


def figure_groups(pairs: Sequence[FigurePair], rng: random.Random, others: float = 0.5) -> Iterator[Group]:
    """One group a question of a pair; for a share `others` of them, with the text of another pair, which does not count
    what is asked."""
    for pair in pairs:
        for asked in pair.questions:
            texts, spans = [pair.text], [(asked.start, asked.end)]
            other = rng.choice(pairs)
            if rng.random() < others and is_foreign(asked.subject, other.text):
                texts.append(other.text)
                spans.append((0, 0))
            yield Group(f"figures-{asked.language}", asked.question, tuple(texts), tuple(spans))


def glossed_groups(groups: Iterable[Group], gloss: Gloss, rng: random.Random, share: float) -> Iterator[Group]:
    """A share of the groups with what `gloss` puts above their texts, by question and text; spans move with them."""
    for group in groups:
        if rng.random() >= share:
            yield group
            continue
        texts = tuple(gloss(group.question, text) for text in group.texts)
        moved = [len(new) - len(old) for new, old in zip(texts, group.texts, strict=True)]
        spans = tuple(
            (span[0] + by, span[1] + by) if span and span[1] else span
            for span, by in zip(group.spans, moved, strict=True)
        )
        yield replace(group, texts=texts, spans=spans)


def _sampled(found: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """Of what was found, best first, some: the better, the likelier."""
    rest = list(found)
    taken: list[str] = []
    while rest and len(taken) < count:
        at = int(rng.expovariate(0.15))
        if at < len(rest):
            taken.append(rest.pop(at))
    return taken
