"""Mutate real files and read them: nothing but BadInput may leave a parser, nothing may hang or fill the memory.

python tests/bench/fuzz.py pdf --minutes 10    one of: txt md html pdf docx ofd zip tar jsonl

Files come from the shared documents; without them, from small ones made here. Members of .docx and .ofd are mutated
inside and packed again, so that the XML is reached and not only the packing. Every case that fails is kept in
`fuzz-failures/` and the run ends with status 1.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from archive.errors import BadInput
from archive.sources import Source, find_sources, parse

SHARED = Path(__file__).parents[3] / "shared" / "data" / "documents"
SLOWEST = 10.0
MOST_BYTES = 1024**3
TOKENS = [
    *(
        t.encode()
        for t in (
            "<table>",
            "</p>",
            "<div>",
            "第一条 ",
            "（一）",
            "附件1：",
            "一是",
            "“",
            "2023年2月31日",
            "《",
            "》",
            " | ",
            "|---|",
            "# ",
            "> " * 30,
        )
    ),
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"%PDF-",
        b"obj",
        b"stream",
        b"-1",
        b"99999999999",
        b"1e308",
        b"nan",
        b"&#0;",
        b"<!ENTITY",
        b"A" * 5000,
    ),
]


def seeds(kind: str) -> list[bytes]:
    folder = {"txt": "html", "md": "html", "jsonl": "html", "zip": "ofd", "tar": "ofd"}.get(kind, kind)
    found = sorted((SHARED / folder).glob("*")) if SHARED.exists() else []
    raws = [p.read_bytes() for p in found[:12]]
    if kind in ("txt", "md"):
        raws = [parse(Source("k", "a.html", raw)).text.encode() for raw in raws]
    if kind == "jsonl":
        raws = [b'{"source": "a", "text": "\xe9\xa2\x98\\n\xe6\xad\xa3\xe6\x96\x87", "issued_on": "2023-01-02"}\n' * 5]
    return raws or ["题目\n发布日期：2023-01-02\n一、情况\n正文。".encode()]


def mutated(raw: bytes, rng: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0 if data:
                data[at - 1] = rng.randrange(256)
            case 1:
                data[at:at] = rng.choice(TOKENS)
            case 2:
                del data[at : at + rng.choice((1, 8, 200, 5000))]
            case 3:
                start = rng.randrange(len(data) + 1)
                data[at:at] = data[start : start + rng.choice((1, 20, 400, 20000))]
            case 4:
                data[at:at] = rng.choice(TOKENS) * rng.choice((2, 100, 3000))
            case 5:
                del data[at:]
    return bytes(data[:4_000_000])


def repacked(raw: bytes, rng: random.Random) -> bytes:
    """A packed file with one member mutated."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = rng.choice([n for n in old.namelist() if n.endswith((".xml", ".rels"))])
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), rng) if name == chosen else old.read(name))
    return out.getvalue()


def read(kind: str, raw: bytes, folder: Path) -> None:
    if kind in ("zip", "tar", "jsonl"):
        path = folder / f"a.{kind}"
        path.write_bytes(raw)
        for source in find_sources(path):
            try:
                parse(source)
            except BadInput:
                pass
    else:
        parse(Source("key", f"a.{kind}", raw))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("kind", choices="txt md html pdf docx ofd zip tar jsonl".split())
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    rng = random.Random(given.seed)
    starts = seeds(given.kind)
    until = time.monotonic() + 60 * given.minutes
    cases = refused = failed = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until:
            raw = rng.choice(starts)
            raw = repacked(raw, rng) if given.kind in ("docx", "ofd") and rng.random() < 0.8 else mutated(raw, rng)
            began = time.process_time()
            problem = ""
            try:
                read(given.kind, raw, Path(folder))
            except BadInput:
                refused += 1
            except Exception as error:  # noqa: BLE001
                problem = repr(error)[:300]
            seconds = time.process_time() - began
            slowest, cases = max(slowest, seconds), cases + 1
            if seconds > SLOWEST:
                problem = f"took {seconds:.1f} s"
            if problem:
                failed += 1
                Path("fuzz-failures").mkdir(exist_ok=True)
                Path(f"fuzz-failures/{given.kind}-{cases}").write_bytes(raw)
                print(f"case {cases}: {problem}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"{given.kind}: {cases:,} cases, {refused:,} refused, {failed} failed, slowest {slowest:.2f} s, peak {peak >> 20} MiB"
    )
    return int(failed > 0 or peak > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
