"""How well the reader that ships takes English answers from xquad's Chinese paragraphs, with and without the gloss.

    python tests/quality/reading_english.py SETS --home HOME

SETS is the folder of judged sets kept for reporting (`make models` writes it as `report`), HOME where their archives are
kept: a gloss needs an archive's words. Prints EM and F1 by the rules of CMRC 2018, `plain` without the translators' blanks.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from conftest import SHARED
from reading import SETS, kept_by

from api.evaluate import engine_of
from api.settings import from_environment
from api.wiring import make_reranker
from archive.types import Span
from index.marking import glossed
from index.reader import BundledReader
from index.reading import exact, f1, windows
from index.spans import SHORT, best_span

Gloss = Callable[[str, str], str]


def read(reader: BundledReader, question: str, text: str, gloss: Gloss) -> str:
    """The words of the text itself that are furthest above no answer in their own window."""
    cut = [window.of(text) for window in windows(text)]
    shown = [gloss(question, window) for window in cut]
    found = []
    for window, whole, outputs in zip(cut, shown, reader.outputs(question, shown), strict=True):
        start, end, score = best_span(outputs, whole, question, SHORT, Span(len(whole) - len(window), len(whole)))
        if np.isfinite(score):
            found.append((score - outputs.null, whole[start:end]))
    return max(found)[1] if found else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args()
    settings = from_environment(os.environ)
    searcher = engine_of(given.sets / "xquad", settings.model_copy(update={"home": given.home}))[0].searcher()
    reader = make_reranker("bundled", settings.models_folder)
    assert isinstance(reader, BundledReader)
    glosses: dict[str, Gloss] = {
        "bare": lambda _, text: text,
        "gloss": lambda question, text: glossed(searcher.understand(question).concepts, text),
    }
    for name in ("xquad-en", "xquad-en-plain"):
        asked = list(SETS[name](SHARED, kept_by("report")))
        for label, gloss in glosses.items():
            words = [read(reader, one.question, one.text, gloss) for one in asked]
            exactly = np.mean([exact(w, one.golds) for w, one in zip(words, asked, strict=True)])
            shared = np.mean([f1(w, one.golds) for w, one in zip(words, asked, strict=True)])
            print(f"{name:15} {label:5} EM {exactly:.3f} F1 {shared:.3f} of {len(asked)}", flush=True)


if __name__ == "__main__":
    main()
