"""Keep what `gongwen eval --save` found, and write README's table from the newest of what was kept.

python tests/quality/results.py keep FILE...    join saved reports to results/<commit>.json, then write the table
python tests/quality/results.py table           write the table
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from index.evaluation import Language, Report, read_report

ROOT = Path(__file__).parent.parent.parent
RESULTS = Path(__file__).parent / "results"
README = ROOT / "README.md"
BEGIN, END = "<!-- quality -->", "<!-- /quality -->"
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
        cells = [f"{m.value:.3f} [{m.low:.3f} {m.high:.3f}]" for m in (measured.figures[figure] for figure in SHOWN)]
        rows.append(
            f"| {name} {part.language} | {part.questions} | {leg} | {' | '.join(cells)} | {part.p50} | {part.p95} |"
        )
    return rows


def between(text: str) -> str:
    """What stands between the markers."""
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def replaced(text: str, content: str) -> str:
    """The text with other content between the markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{BEGIN} and {END} must both stand in the text")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def _commit() -> str:
    command = ["git", "rev-parse", "--short=7", "HEAD"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def keep(paths: Sequence[Path]) -> Path:
    """Join saved reports to the results of the commit that is checked out."""
    commit = _commit()
    report = joined([read_report(path) for path in paths], commit, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    kept = RESULTS / f"{commit}.json"
    kept.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return kept


def main(arguments: Sequence[str]) -> None:
    if len(arguments) > 1 and arguments[0] == "keep":
        print(keep([Path(given) for given in arguments[1:]]))
    elif list(arguments) != ["table"]:
        sys.exit(__doc__)
    README.write_text(replaced(README.read_text(encoding="utf-8"), table(newest())), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
