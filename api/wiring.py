"""Where the concrete classes meet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from api.settings import Settings
from archive.errors import BadInput, NotFound
from archive.ingest import Outcome, ingest
from archive.sources import find_sources
from archive.store import Archive, VectorCache
from index.answers import Answerer
from index.encoder import BundledEncoder
from index.generations import BuildReport, Progress, build, check_usable, current_number, open_current
from index.search import Searcher
from index.types import Encoder


def make_encoder(name: str) -> Encoder:
    """The bundled encoder, or any other through sentence-transformers."""
    if name == "bundled":
        return BundledEncoder()
    from index.encoder_st import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name)


class Engine:
    """Archive, encoder and the generation in use. A new generation is picked up between two calls."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self.settings = settings
        self.archive = Archive(settings.home)
        self.encoder = encoder or make_encoder(settings.encoder)
        self._lock = Lock()
        self._opened: tuple[int, Searcher] | None = None

    def searcher(self) -> Searcher:
        """The searcher of the generation in use. Raises IndexMissing and IndexMismatch."""
        number = current_number(self.settings.home)
        with self._lock:
            if self._opened and number is None:
                return self._opened[1]
            if self._opened is None or self._opened[0] != number:
                generation = open_current(self.settings.home, self.encoder.fingerprint)
                self._opened = generation.number, Searcher(generation, self.archive, self.encoder)
            return self._opened[1]

    def answerer(self) -> Answerer:
        return Answerer(self.searcher())

    def add(self, path: Path) -> Iterator[Outcome]:
        """Read the documents under a path into the archive."""
        return ingest(self.archive, find_sources(path), check_usable)

    def add_corpus(self) -> Iterator[Outcome]:
        """Read the corpus folder in. Raises BadInput when there is neither a corpus nor a document."""
        try:
            yield from self.add(self.settings.corpus)
        except NotFound as error:
            if not self.archive.current():
                raise BadInput(
                    f"nothing to index: no {self.settings.corpus} and no document added; run: gongwen add FILE"
                ) from error

    def build(self, progress: Progress, rebuild: bool = False) -> BuildReport:
        """Bring the index in line with the archive."""
        cache = VectorCache(self.settings.home)
        return build(self.settings.home, self.archive, cache, self.encoder, progress, rebuild)
