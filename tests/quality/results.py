"""Keep what was measured, and write README's table, and that of the models' card, from the newest of what was kept.

python tests/quality/results.py keep FILE...    join reports of gongwen eval --save to results/<commit>.json, write tables
python tests/quality/results.py read FILE       keep figures of reading.py --out as results/reading/<commit>.json, write tables
python tests/quality/results.py tables          write the tables
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from index.evaluation import Language, Report, read_report

ROOT = Path(__file__).parent.parent.parent
RESULTS = Path(__file__).parent / "results"
READING = RESULTS / "reading"
README = ROOT / "README.md"
CARD = ROOT / "index" / "shipped" / "README.md"
SHOWN = ("hit@1", "hit@3", "hit@10", "recall@10", "recall@100", "MRR@10", "nDCG@10")


def newest(folder: Path = RESULTS) -> Report | None:
    """The report that was kept last, by its date."""
    return max(map(read_report, sorted(folder.glob("*.json"))), key=lambda report: report.date, default=None)


def joined(reports: Sequence[Report], commit: str, date: str) -> Report:
    """One report of several, made by the same encoder and versions from different sets."""
    first = reports[0]
    if len({(r.encoder, r.reranker, str(r.versions)) for r in reports}) > 1:
        sys.exit("the reports were made by different encoders, rerankers or versions; make them again by one")
    sets = [found for report in reports for found in report.sets]
    names = [found.name for found in sets]
    if len(set(names)) < len(names):
        sys.exit(f"a set is in two reports: {', '.join(names)}")
    commands = "; ".join(report.command for report in reports)
    return first.model_copy(update={"sets": sets, "command": commands, "commit": commit, "date": date})


def table(report: Report | None) -> str:
    """The Markdown table of a report; of each figure its value and interval."""
    if report is None:
        return "No result has been kept yet."
    reranker = f", reranker `{report.reranker}`" if report.reranker else ""
    lines = [
        f"Commit `{report.commit}`, {report.date[:10]}, encoder `{report.encoder}`{reranker}, by `{report.command}`. In brackets: "
        "95 % of 1,000 bootstrap samples of the questions; p50 and p95 are milliseconds a search.",
        "",
        f"| set | questions | leg | {' | '.join(SHOWN)} | p50 | p95 |",
        f"|{'---|' * (len(SHOWN) + 5)}",
    ]
    for found in report.sets:
        for part in found.languages:
            lines += _rows(found.name, part)
    return "\n".join(lines)


def _rows(name: str, part: Language) -> list[str]:
    rows = []
    for leg, measured in part.legs.items():
        cells = [_cell(**measured.figures[figure].model_dump()) for figure in SHOWN]
        rows.append(
            f"| {name} {part.language} | {part.questions} | {leg} | {' | '.join(cells)} | {part.p50} | {part.p95} |"
        )
    return rows


def newest_reading(folder: Path = READING) -> dict[str, Any]:
    """The figures of reading that were kept last, by their date."""
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return max(kept, key=lambda report: str(report["date"]))


def reading_table(report: dict[str, Any]) -> str:
    """The Markdown table of figures of reading; of each its value and interval."""
    names = list(dict.fromkeys(name for found in report["sets"] for name in found["figures"]))
    lines = [
        f"Commit `{report['commit']}`, {report['date'][:10]}, by `tests/quality/reading.py`. In brackets: 95 % of 1,000 "
        "bootstrap samples of the questions.",
        "",
        f"| set | questions | {' | '.join(names)} |",
        f"|{'---|' * (len(names) + 2)}",
    ]
    for found in report["sets"]:
        cells = [_cell(**found["figures"][name]) if name in found["figures"] else "" for name in names]
        lines.append(f"| {found['name']} | {found['questions']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: float, low: float, high: float) -> str:
    return f"{value:.3f} [{low:.3f} {high:.3f}]"


def between(text: str, name: str) -> str:
    """What stands between the markers of that name."""
    begin, end = _markers(name)
    return text.partition(begin)[2].partition(end)[0].strip()


def replaced(text: str, name: str, content: str) -> str:
    """The text with other content between the markers of that name."""
    begin, end = _markers(name)
    before, began, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not began or not ended:
        raise ValueError(f"{begin} and {end} must both stand in the text")
    return f"{before}{begin}\n{content}\n{end}{after}"


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- /{name} -->"


def write_tables() -> None:
    for path, name, content in (
        (README, "quality", table(newest())),
        (CARD, "reading", reading_table(newest_reading())),
    ):
        path.write_text(replaced(path.read_text(encoding="utf-8"), name, content), encoding="utf-8")


def _commit() -> str:
    command = ["git", "rev-parse", "--short=7", "HEAD"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def keep(paths: Sequence[Path]) -> Path:
    """Join saved reports to the results of the commit that is checked out."""
    commit = _commit()
    report = joined([read_report(path) for path in paths], commit, _now())
    kept = RESULTS / f"{commit}.json"
    kept.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return kept


def keep_reading(path: Path) -> Path:
    """Keep figures of reading as those of the commit that is checked out."""
    commit = _commit()
    report = {"commit": commit, "date": _now(), **json.loads(path.read_text(encoding="utf-8"))}
    kept = READING / f"{commit}.json"
    READING.mkdir(exist_ok=True)
    kept.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return kept


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def main(arguments: Sequence[str]) -> None:
    if len(arguments) > 1 and arguments[0] == "keep":
        print(keep([Path(given) for given in arguments[1:]]))
    elif len(arguments) == 2 and arguments[0] == "read":
        print(keep_reading(Path(arguments[1])))
    elif list(arguments) != ["tables"]:
        sys.exit(__doc__)
    write_tables()


if __name__ == "__main__":
    main(sys.argv[1:])
