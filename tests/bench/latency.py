"""How long questions take, as ratios to the time of one query embedding in the same run.

    python tests/bench/latency.py

Every question of tests/quality/questions.jsonl is put once to each, and the caches begin empty. Also
prints milliseconds, which are not comparable between machines. Needs a built index.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from api.http import create_app
from api.settings import from_environment
from api.wiring import Engine

QUESTIONS = Path(__file__).parents[1] / "quality" / "questions.jsonl"


def median(call: Callable[[str], object], questions: list[str]) -> float:
    times = []
    for question in questions:
        start = time.perf_counter()
        call(question)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    settings = from_environment(os.environ)
    engine = Engine(settings)
    client = TestClient(create_app(settings))
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    calls: dict[str, Callable[[str], object]] = {
        "embed": engine.encoder.encode_query,
        "answer": lambda q: engine.answerer().answer(q),
        "POST /v1/ask": lambda q: client.post("/v1/ask", json={"question": q}).raise_for_status(),
    }
    for call in calls.values():
        call("预热")
    found = {name: median(call, questions) for name, call in calls.items()}
    for name, milliseconds in found.items():
        print(f"{name:14} {milliseconds:7.1f} ms  {milliseconds / found['embed']:5.1f} x embed")


if __name__ == "__main__":
    main()
