"""What the reader costs: reranking, one `gongwen ask` in a fresh process, and memory of the service.

    python tests/bench/reading.py [--rounds N]

Needs an index of the encoder that is set, and measures the reader that is set. Each time is given as a ratio to something
else of the same run as well, since milliseconds are not comparable between machines. An answer reads nothing, a search does.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from api.settings import from_environment
from api.wiring import Engine
from index.types import Reranker

REPORT = Path(__file__).parents[2] / "corpus" / "report-2023.txt"
QUESTION = "全局有多少公职律师"
PASSAGES, LENGTH = 10, 250
BARS = {"rerank ms": 250, "ask s": 2.0, "MB": 700}
GONGWEN = [sys.executable, "-c", "from api.cli import main; main()"]


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def reranking(engine: Engine, reader: Reranker, rounds: int) -> None:
    """Ten passages, against embedding the same ten; other questions each time, so nothing is remembered."""
    text = REPORT.read_text(encoding="utf-8").replace("\n", "")
    passages = [text[at : at + LENGTH] for at in range(0, PASSAGES * LENGTH, LENGTH)]
    engine.encoder.encode_passages(passages)
    reader.scores(QUESTION, passages)
    times = [
        (
            seconds(lambda n=n: reader.scores(f"{QUESTION}{n}", passages)),
            seconds(lambda: engine.encoder.encode_passages(passages)),
        )
        for n in range(rounds)
    ]
    read, embedded = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
    print(
        f"rerank 10 x {LENGTH}   {read:7.0f} ms (bar {BARS['rerank ms']})   {read / embedded:.2f} x embedding them ({embedded:.0f} ms)"
    )


def asking(environment: Mapping[str, str], rounds: int) -> None:
    """A fresh process, with the reader and without, by turns."""
    without = {**environment, "GONGWEN_RERANKER": ""}
    for word in ("ask", "search"):
        command = [*GONGWEN, word, QUESTION]
        times = [
            [
                seconds(lambda e=e, command=command: subprocess.run(command, env=e, check=True, capture_output=True))
                for e in (environment, without)
            ]
            for _ in range(rounds)
        ]
        both, one = (statistics.median(column) for column in zip(*times, strict=True))
        bar = f"(bar {BARS['ask s']})"
        print(f"gongwen {word:10} {both:7.2f} s {bar}   {both / one:.2f} x without a reader ({one:.2f} s)")


def memory(environment: Mapping[str, str], questions: int) -> None:
    """Resident memory of the service, mapped files too, after some questions."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    service = subprocess.Popen([*GONGWEN, "serve", "--port", str(port)], env=environment, **quiet)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait(client)
            for n in range(questions):
                client.post("/v1/ask", json={"question": f"{QUESTION}{n}"}).raise_for_status()
                client.post("/v1/search", json={"query": f"{QUESTION}{n}"}).raise_for_status()
        status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
        sizes = dict(line.split(":", 1) for line in status.splitlines())
        now, anonymous, mapped, most = (
            int(sizes[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "RssFile", "VmHWM")
        )
        print(
            f"service            {now:7.0f} MB (bar {BARS['MB']})   {anonymous:.0f} own, {mapped:.0f} mapped, {most:.0f} at most"
        )
    finally:
        service.terminate()
        service.wait()


def wait(client: httpx.Client) -> None:
    """Until the service answers."""
    for _ in range(100):
        try:
            client.get("/health/live")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the service does not start; run: gongwen serve")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    environment = dict(os.environ)
    engine = Engine(from_environment(environment))
    if engine.reranker is None:
        parser.error("GONGWEN_RERANKER is set to nothing: take it away")
    reranking(engine, engine.reranker, rounds)
    asking(environment, rounds)
    memory(environment, 4 * rounds)


if __name__ == "__main__":
    main()
