"""The facts of the 67 shared documents, against a golden file that was checked by eye."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from conftest import shared

sys.path.insert(0, str(Path(__file__).parent / "quality"))
from documents import GOLDEN, facts_of

from archive.sources import Source, parse

ROWS = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
CLUTTER = re.compile(
    r"字体大小|(?<!发文)字号[:：]|扫一扫在手机|分享到|打印本页|关闭窗口|当前位置|网站标识码|公网安备|ICP备|版权所有|上一篇|下一篇|相关新闻|浏览次数|长者助手"
)


def test_all_are_there() -> None:
    assert len(ROWS) == 67
    assert all(row["title"] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"].split("_")[0])
def test_facts(row: dict[str, object]) -> None:
    assert facts_of(shared("documents") / str(row["file"])) == row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"].split("_")[0])
def test_no_clutter_is_left(row: dict[str, object]) -> None:
    path = shared("documents") / str(row["file"])
    text = parse(Source("key", path.name, path.read_bytes())).text
    assert [line for line in text.split("\n") if len(line) < 60 and CLUTTER.search(line)] == []
