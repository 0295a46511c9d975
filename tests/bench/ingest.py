"""Read the 3,504 shared statutes twice: characters a second, peak memory, what the second run costs, every article.

python tests/bench/ingest.py
"""

from __future__ import annotations

import re
import resource
import tarfile
import tempfile
import time
from collections import Counter
from pathlib import Path

from archive.ingest import document_id, ingest, parsing_processes
from archive.sources import find_sources
from archive.store import Archive
from archive.structure import is_article

PACK = Path(__file__).parents[3] / "shared" / "data" / "documents" / "statutes-md.tar.xz"
ARTICLE = re.compile(r"^第[一二三四五六七八九十百千零〇两\d]+条(?:之[一二三四五六七八九十]+)?", re.M)


def timed(archive: Archive) -> tuple[float, Counter[str]]:
    began = time.monotonic()
    with parsing_processes() as parsing:
        states = Counter(o.state for o in ingest(archive, find_sources(PACK), parsing=parsing))
    return time.monotonic() - began, states


def articles(archive: Archive) -> tuple[int, int]:
    """Lines that begin with 第X条 in the files, and articles found; prints each difference."""
    printed = found = 0
    with tarfile.open(PACK) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.name.endswith(".md") else None
            if file is None:
                continue
            lines = ARTICLE.findall(file.read().decode())
            document = archive.get(document_id(f"{PACK.resolve().as_posix()}!/{member.name}"))
            labels = [s.path[-1] for s in document.sections if is_article(s)]
            printed, found = printed + len(lines), found + len(labels)
            if lines != labels:
                missing, extra = Counter(lines) - Counter(labels), Counter(labels) - Counter(lines)
                print(f"  {document.title}: {dict(missing)} not taken, {dict(extra)} only taken")
    return printed, found


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        archive = Archive(Path(home))
        first, states = timed(archive)
        characters = sum(len(archive.get(doc_id).text) for doc_id, _ in archive.current())
        again, second = timed(archive)
        own, children = (
            resource.getrusage(w).ru_maxrss >> 10 for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(f"first: {dict(states)}")
        print(f"second: {dict(second)}, {again / first:.3f} of the first run's time")
        print(
            f"{characters:,} characters, {characters / first:,.0f} a second; peak {own} MiB and {children} MiB a worker"
        )
        print("第X条 at line starts {:,}, articles {:,}".format(*articles(archive)))
        print("not taken:", *sorted({reason.split(": ", 1)[1] for _, reason in archive.quarantined()}), sep="\n  ")


if __name__ == "__main__":
    main()
