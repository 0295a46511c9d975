"""What the verifiers learn from, and how well they tell right answers from wrong ones.

    python tests/quality/verifying.py FOLDER [--verifier FILE] [--numbers]

Prints the area under the curve on the near misses that were kept apart (`near_misses.py`); with --numbers on those that
want a figure or date, of the verifier for them. FOLDER is where the archive of their documents is kept, by which questions
are understood.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain, product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from conftest import SHARED
from judged_answers import archive_of, claims_of_judged, first_answers, glosser, judged
from near_misses import Row, of_near_misses, part, written
from paragraphs import policyqa_marked, some_figure_pairs, xquad_marked

from api.settings import Settings, from_environment
from api.wiring import Engine
from archive.text import fold
from archive.types import Span
from index.asking import NUMBERS
from index.candidates import Candidate
from index.cedict import simplified
from index.marking import glossed, marked
from index.reader import BundledReader
from index.reading import answer as reading_answer
from index.trained import local
from index.training.examples import Claim, Judged, read
from index.training.groups import squad, window_around, without_blanks
from index.updates import shipped_update
from index.verifier import BundledVerifier

_LANGUAGES = ("zh", "en")
READ = ("cmrc2018_trial", "DRCD_dev")
SHARES = {"drcd-dev": 0.4}
PAIRS = 800
_FOUND = 5
_NUMBER = re.compile(r"\d[\d.,]*|[一二两三四五六七八九十百千万亿]+")
_BESIDE, _ELSEWHERE = 0.7, 0.5  # what is not judged by anybody counts less


def of_reading(mined_in: Path, data: Path, reader: BundledReader, rng: random.Random) -> Iterator[Claim]:
    """Of the questions that the reader learned from: the gold words, and what the reader takes for the answer in one of
    the best passages that a search found instead, or another answer in the same paragraph."""
    found = [squad(data / "reading" / f"{n}.json", n.lower().replace("_", "-"), simplified) for n in READ]
    xquad = xquad_marked(data)
    mined = {
        (name, e.question): e.negatives
        for name in ("cmrc2018-trial", "drcd-dev", "xquad", "policyqa")
        for e in read(mined_in / f"{name}.jsonl", Judged)
    }
    for source in (*found, xquad, without_blanks(xquad), policyqa_marked(data, "policyqa")):
        beside = defaultdict(list)
        for asked in source.marked:
            beside[asked.paragraph].append(asked.span)
        share = SHARES.get(source.set, 1.0)
        for asked in source.marked:
            if rng.random() >= share:
                continue
            text = source.texts[asked.paragraph]
            title = source.titles[asked.paragraph] if rng.random() < 0.5 else ""
            whole = window_around(text, asked.span, rng)
            name = f"read-{source.set}"
            yield Claim(name, asked.question, marked(title, text, whole, asked.span), True, 0.5)
            others = [s for s in beside[asked.paragraph] if not s.overlaps(asked.span)]
            others = [s for s in others if asked.span.of(text) not in s.of(text)]
            passages = [p for p in mined.get((source.set, asked.question), ())[:_FOUND] if asked.span.of(text) not in p]
            if passages and (not others or rng.random() < 0.7):
                passage = rng.choice(passages)
                best = reading_answer(reader, asked.question, passage)
                if best:
                    yield Claim(name, asked.question, marked("", passage, Span(0, len(passage)), best.span), False, 0.5)
            elif others:
                other = rng.choice(others)
                yield Claim(
                    name, asked.question, marked(title, text, window_around(text, other, rng), other), False, 0.5
                )


def of_pairs(data: Path, rng: random.Random) -> Iterator[Claim]:
    """Two figures of one text, and the question for each."""
    for language in _LANGUAGES:
        found = some_figure_pairs(data, language)
        for pair in rng.sample(found, min(PAIRS, len(found))):
            asked = rng.choice(pair.questions)
            for figure in pair.questions:
                shown = marked("", pair.text, Span(0, len(pair.text)), Span(figure.start, figure.end))
                yield Claim(f"pairs-{language}", asked.question, shown, figure is asked, 0.3)


def claims(
    mined_in: Path, near: Path, settings: Settings, reader_file: Path, data: Path, seed: int = 7
) -> Iterator[Claim]:
    """All that the verifier learns from. `near` is where the archive of the near misses' documents is kept."""
    rng = random.Random(seed)
    reader = BundledReader(settings.models_folder, local(reader_file))
    with_gloss = glosser(archive_of(near, settings, data))
    yield from map(with_gloss, of_near_misses([row for row in written() if part(row) == "train"], data, seed))
    yield from map(with_gloss, claims_of_judged(judged(), data))
    yield from of_reading(mined_in, data, reader, rng)
    yield from of_pairs(data, rng)


def claims_of_numbers(near: Path, settings: Settings, data: Path, seed: int = 7) -> Iterator[Claim]:
    """What the verifier of figures and dates learns from beyond that: the near misses and judged answers that want one,
    and what our search finds for them."""
    engine = archive_of(near, settings, data)
    rows = [row for row in written() if part(row) == "train" and "verdict" not in row]
    claims = chain(of_near_misses(rows, data, seed), claims_of_judged(judged(), data))
    yield from map(glosser(engine), filter(_wants_number(engine), claims))
    yield from of_search(engine, [row for row in rows if "answer" in row])


def _wants_number(engine: Engine) -> Callable[[Claim], bool]:
    searcher = engine.searcher()
    asked = lru_cache(None)(lambda question: searcher.understand(question).asked)
    return lambda claim: asked(claim.question) in NUMBERS


def of_search(engine: Engine, rows: Sequence[Row]) -> Iterator[Claim]:
    """Of questions that want a figure or date what our search finds before anybody reads: the right one, the first other
    one of the same document, and the first of another document, which is hardly ever right too."""
    for row, language in product(rows, _LANGUAGES):
        question, first = first_answers(engine, row[language], is_read=False, count=_FOUND)
        if question.asked not in NUMBERS:
            continue
        answer = Span(row["at"], row["at"] + len(row["answer"]))
        wanted = _numbers(row["answer"])
        kept: dict[str, Candidate] = {}
        for candidate in first:
            is_own, said = candidate.document.source == row["document"], _numbers(candidate.printed)
            is_right = is_own and candidate.span.overlaps(answer)
            if is_right or not (said <= wanted or wanted <= said):
                kept.setdefault("right" if is_right else "beside" if is_own else "elsewhere", candidate)
        for name, candidate in kept.items():
            shown = glossed(question.concepts, candidate.marked)
            weight = _ELSEWHERE if name == "elsewhere" else _BESIDE
            yield Claim(f"found-{language}", row[language], shown, name == "right", weight)


def _numbers(words: str) -> set[str]:
    return set(_NUMBER.findall(fold(words)))


def kept_apart(engine: Engine, data: Path, seed: int) -> Iterator[Claim]:
    """The claims that nothing was trained on."""
    rows = [row for row in written() if part(row) == "report"]
    return map(glosser(engine), of_near_misses(rows, data, seed))


def judge(given: argparse.Namespace) -> None:
    """How well right words are told from wrong ones (area under the curve), by kind, on stretches not trained on."""
    settings = from_environment(os.environ)
    names = ("verifier_number", "verifier", "reader") if given.numbers else ("verifier", "reader")
    update = shipped_update(*names)
    model = replace(update, path=given.verifier, listed="") if given.verifier else update
    verifier = BundledVerifier(settings.models_folder, model)
    engine = archive_of(given.folder, settings, given.data)
    wants_number = _wants_number(engine)
    found = defaultdict(list)
    for claim in kept_apart(engine, given.data, given.seed):
        if not given.numbers or wants_number(claim):
            found[claim.set].append(
                (float(verifier.verify(claim.question, [claim.text], is_number=False)[0]), claim.right)
            )
    for language, name in product(_LANGUAGES, ("written", "beside", "elsewhere", "decided")):
        of = "decided" if name == "decided" else "written"
        if found[f"{name}-{language}"]:
            right = [logit for logit, is_right in found[f"{of}-{language}"] if is_right]
            wrong = [logit for logit, is_right in found[f"{name}-{language}"] if not is_right]
            over = np.mean([[(r > w) + (r == w) / 2 for w in wrong] for r in right])
            kept = np.mean(np.array(right) > np.quantile(wrong, 0.95))
            print(f"{name}-{language}: {len(right)} right, {len(wrong)} wrong, area {over:.3f}, kept at 5 % {kept:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--verifier", type=Path, help="a .npz file in place of the one that ships")
    parser.add_argument("--numbers", action="store_true", help="judge the one for figures and dates")
    judge(parser.parse_args())


if __name__ == "__main__":
    main()
