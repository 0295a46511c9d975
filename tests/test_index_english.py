from __future__ import annotations

import pytest

from api.wiring import Engine, _glossary
from index.checks import doubt, read_sentence

LAWYERS = "how many lawyers are on staff"
COURT = "how many times did the bureau's leaders appear in court"
TASKS = "how many collaborative tasks did the police coordination system launch"
RESOLVED = "what percentage of disputes were resolved"
EXAM = "how many passed the advanced enforcement exam"
HEARINGS = "how many court hearings were observed"
KINDS = "“一站式”办理的重点行政案件有几类"

SENTENCES = [
    (LAWYERS, "The bureau has 86 public lawyers.", True),
    (LAWYERS, "According to the report, the number of lawyers is 86.", True),
    (LAWYERS, "There are 86 lawyers (公职律师).", True),
    (LAWYERS, "There are 86 lawyers (法制员).", False),
    (LAWYERS, "There are 280 lawyers.", False),
    (LAWYERS, "There are 86 legal officers.", False),
    (LAWYERS, "The bureau has 86 officers.", False),
    (LAWYERS, "In 2022 there were 86 lawyers.", False),
    (LAWYERS, "There are 86,000 lawyers.", False),
    (LAWYERS, "There are 86 fewer lawyers.", False),
    (LAWYERS, "There are 86 judges and lawyers.", False),
    (COURT, "In 2023 the leaders appeared in court 29 times.", True),
    (COURT, "29 leaders appeared in court.", False),
    (COURT, "In December 2023 the leaders appeared in court 29 times.", False),
    (COURT, "Reports appeared in court 29 times.", False),
    (TASKS, "The system launched over 46,000 tasks.", True),
    (TASKS, "The system launched 46,000 tasks.", False),
    (TASKS, "More than 46,000 systems launched tasks.", False),
    (TASKS, "The number of systems launching tasks is over 46,000.", False),
    (RESOLVED, "99.44% of disputes were resolved.", True),
    (RESOLVED, "99.44 percentage points of disputes were resolved.", False),
    (RESOLVED, "99.44% of police were resolved.", False),
    (EXAM, "208 people passed the exam.", True),
    (EXAM, "208 exams passed.", False),
    (HEARINGS, "8 court hearings were observed.", True),
    (HEARINGS, "There are 8 courts.", False),
    (KINDS, "There are 8 cases.", False),
]


@pytest.mark.real
@pytest.mark.parametrize(("question", "sentence", "holds"), SENTENCES)
def test_an_english_sentence_says_no_more_than_the_figure(
    real: Engine, question: str, sentence: str, holds: bool
) -> None:
    renderings = _glossary(real.settings, real.searcher()).words
    answer = real.answerer().answer(question)
    assert answer.kind == "figure"
    assert (doubt(read_sentence(sentence + " [1]"), answer, renderings) == "") == holds
