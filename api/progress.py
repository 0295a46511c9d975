"""Progress on stderr, shown when the work takes more than a second."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from index.generations import Progress

_SECOND = 1.0

_Item = TypeVar("_Item")


@contextmanager
def progress(label: str, unit: str = "character") -> Iterator[Progress]:
    """A bar that is told how much is done, and of how much."""
    from tqdm import tqdm

    with tqdm(desc=label, unit=unit, unit_scale=True, delay=_SECOND, disable=None, leave=False, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def counted(items: Iterable[_Item], label: str, unit: str = "document") -> Iterator[_Item]:
    """The items, counted on a bar as they pass."""
    from tqdm import tqdm

    yield from tqdm(items, desc=label, unit=unit, delay=_SECOND, disable=None, leave=False, file=sys.stderr)
