from __future__ import annotations

import sys
from pathlib import Path

import pytest

from api.wiring import Engine

sys.path.insert(0, str(Path(__file__).parent / "quality"))

import fakes_llm as fakes
import lies


@pytest.mark.real
def test_no_lie_of_a_thousand_gets_through(real: Engine) -> None:
    """A floor for the truth, below what tests/quality/lies.py prints, and none for a lie."""
    found = lies.cases(real, every=4)
    with fakes.fake_model() as model, lies.asked_through(real, model) as client:
        asked = lies.Asked(client, model)
        told, through = lies.passed(asked, lies.lies(found, seed=7, each=25))
        assert told.total() >= 1000
        assert through == []
        by_hand = [
            (case, sentence) for kind, case, sentence in lies.truths(found) if "hand" in kind or kind == "English"
        ]
        kept = sum(bool(asked.kept(case, [sentence])) for case, sentence in by_hand)
        assert kept / len(by_hand) > 0.6
