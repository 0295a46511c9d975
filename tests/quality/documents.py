"""What is read from every shared web page, PDF, DOCX and OFD: the facts, not the texts.

python tests/quality/documents.py          prints the table
python tests/quality/documents.py --write  keeps it as the golden file that a test compares with
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from archive.sources import Source, parse

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "documents"
GOLDEN = Path(__file__).parent / "documents.jsonl"


def facts_of(path: Path) -> dict[str, object]:
    """One line of the table."""
    parsed = parse(Source(path.as_posix(), path.name, path.read_bytes()))
    facts = parsed.facts
    return {
        "file": f"{path.parent.name}/{path.name}",
        "title": facts.title,
        "issuer": facts.issuer,
        "number": facts.number,
        "issued_on": str(facts.issued_on or ""),
        "effective_on": str(facts.effective_on or ""),
        "publisher": facts.publisher,
        "repeals": [r.title for r in facts.relations if r.kind == "repeals"],
        "sections": len(parsed.sections) - 1,
        "pages": len(parsed.pages),
        "characters": len(parsed.text),
    }


def table() -> list[dict[str, object]]:
    return [facts_of(p) for kind in ("html", "pdf", "docx", "ofd") for p in sorted((FOLDER / kind).iterdir())]


def main() -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in table()]
    if "--write" in sys.argv:
        GOLDEN.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
