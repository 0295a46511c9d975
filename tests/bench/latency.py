"""How long questions take, as ratios to the time of one query embedding in the same run.

    python tests/bench/latency.py

Every question of tests/quality/questions.jsonl is put once to each, and the caches begin empty: with the reader over the
best passages and without it (GONGWEN_RERANKER=). Also prints the median and the 95th percentile in milliseconds, which
are not comparable between machines. Needs a built index.
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


BARS = {"POST /v1/ask": 400, "POST /v1/ask, unread": 100}


def milliseconds(call: Callable[[str], object], questions: list[str]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    times = []
    for question in questions:
        start = time.perf_counter()
        call(question)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000, statistics.quantiles(times, n=20)[-1] * 1000


def main() -> None:
    settings = from_environment(os.environ)
    engine = Engine(settings)
    unread = settings.model_copy(update={"reranker": ""})
    clients = {"": TestClient(create_app(settings)), ", unread": TestClient(create_app(unread))}
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    calls: dict[str, Callable[[str], object]] = {
        "embed": engine.encoder.encode_query,
        "answer": lambda q: engine.answerer().answer(q),
    }
    for name, client in clients.items():
        calls[f"POST /v1/ask{name}"] = lambda q, c=client: c.post("/v1/ask", json={"question": q}).raise_for_status()
    for call in calls.values():
        call("预热")
    found = {name: milliseconds(call, questions) for name, call in calls.items()}
    for name, (p50, p95) in found.items():
        bar = f"  bar {BARS[name]} ms" if name in BARS else ""
        print(f"{name:21} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms  {p50 / found['embed'][0]:5.1f} x embed{bar}")


if __name__ == "__main__":
    main()
