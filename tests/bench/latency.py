"""How long questions take, as ratios to the time of one query embedding in the same run.

    python tests/bench/latency.py [rounds]

Also prints milliseconds, which are not comparable between machines. Needs a built index.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

from fastapi.testclient import TestClient

from api.http import create_app
from api.settings import from_environment
from api.wiring import Engine

QUESTIONS = (
    "全局有多少公职律师",
    "how many lawyers are on staff",
    "行政处罚的种类有哪些",
    "治安管理处罚法何时施行",
    "应诉率",
)


def median(call: Callable[[str], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        for question in QUESTIONS:
            start = time.perf_counter()
            call(question)
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    settings = from_environment(os.environ)
    engine = Engine(settings)
    client = TestClient(create_app(settings))
    calls: dict[str, Callable[[str], object]] = {
        "embed": engine.encoder.encode_query,
        "answer": lambda q: engine.answerer().answer(q),
        "POST /v1/ask": lambda q: client.post("/v1/ask", json={"question": q}).raise_for_status(),
    }
    for call in calls.values():
        median(call, 1)
    found = {name: median(call, rounds) for name, call in calls.items()}
    for name, milliseconds in found.items():
        print(f"{name:14} {milliseconds:7.1f} ms  {milliseconds / found['embed']:5.1f} x embed")


if __name__ == "__main__":
    main()
