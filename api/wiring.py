"""Where the concrete classes meet."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from functools import cached_property, partial
from pathlib import Path
from threading import Lock

from api.settings import DEFAULT_ENCODER, Settings
from archive.errors import BadInput, NoModel, NotFound
from archive.ingest import Outcome, ingest, parsing_processes, sync
from archive.sources import VERSIONS, find_sources, origin_of
from archive.store import Archive, VectorCache
from index.answers import Answerer
from index.checks import Doubt, Sentence, doubt
from index.encoder import BundledEncoder
from index.generations import BuildReport, Progress, build, check_usable, current_number, open_current
from index.glossary import Glossary
from index.own import own_encoder
from index.phrasing import Phrased, Phraser, phrased
from index.reader import BundledReader
from index.search import Searcher
from index.trained import SUFFIX, ModelFile, local, shipped
from index.types import Answer, Encoder, LexicalIndex, Reader, Reranker, Verifier
from index.updates import shipped_update
from index.verifier import BundledVerifier

_OF_MANY = re.compile(r"\.(?:toml|zip|tar(?:\.\w+)?|tgz)$", re.IGNORECASE)


def make_encoder(name: str, models: Path) -> Encoder:
    """Our own, the weights it was trained from, a file of a trained model, or any other through sentence-transformers.

    The files of the first three are made in the folder `models`.
    """
    if name == "untuned":
        return BundledEncoder(models)
    if model := model_file(name, "encoder"):
        return BundledEncoder(models, model)
    from index.encoder_st import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name)


def encoder_of(settings: Settings) -> Encoder:
    """The encoder of these settings. One of one's own, by `gongwen train`, stands in for the one used by default."""
    own = own_encoder(settings.home) if settings.encoder == DEFAULT_ENCODER else None
    return (
        BundledEncoder(settings.models_folder, own) if own else make_encoder(settings.encoder, settings.models_folder)
    )


def model_file(setting: str, kind: str) -> ModelFile | None:
    """The file of a trained model that a setting names, if it does."""
    if setting == "bundled":
        return shipped(kind)
    return local(Path(setting)) if setting.endswith(SUFFIX) else None


def make_reranker(name: str, models: Path) -> Reranker | None:
    """Our own reader, one of a file, or a cross-encoder through sentence-transformers; None for no name."""
    if not name:
        return None
    if model := model_file(name, "reader"):
        return BundledReader(models, model, shipped_update("reader_en", "reader") if name == "bundled" else None)
    from index.reranker_st import CrossEncoderReranker

    return CrossEncoderReranker(name)


def shipped_verifier(models: Path) -> BundledVerifier:
    """Our own verifier, with one of its own for figures and dates."""
    words = shipped_update("verifier", "reader")
    return BundledVerifier(models, words, shipped_update("verifier_number", "verifier", "reader"))


class Engine:
    """Archive, encoder and the generation in use. A new generation is picked up between two calls."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None, reranker: Reranker | None = None) -> None:
        self.settings = settings
        self.archive = Archive(settings.home)
        self.encoder = encoder or encoder_of(settings)
        self._reranker = reranker
        self._lock = Lock()
        self._opened: tuple[int, Searcher] | None = None

    @cached_property
    def reranker(self) -> Reranker | None:
        """What rereads the best passages. Raises SettingsError when there is no such model."""
        return self._reranker or make_reranker(self.settings.reranker, self.settings.models_folder)

    @property
    def reader(self) -> Reader | None:
        """The reranker, when it can also read answers."""
        return self.reranker if isinstance(self.reranker, BundledReader) else None

    @cached_property
    def verifier(self) -> Verifier | None:
        """Our own verifier, heard where our reader reads. Raises SettingsError when this copy is without it."""
        return shipped_verifier(self.settings.models_folder) if self.reader else None

    def searcher(self) -> Searcher:
        """The searcher of the generation in use. Raises IndexMissing and IndexMismatch."""
        number = current_number(self.settings.home)
        with self._lock:
            if self._opened and number is None:
                return self._opened[1]
            if self._opened is None or self._opened[0] != number:
                searcher = self._open()
                self._opened = searcher.generation.number, searcher
            return self._opened[1]

    def _open(self) -> Searcher:
        generation = open_current(self.settings.home, self.encoder.fingerprint)
        glossary = Glossary(self.settings.models_folder, partial(_known, generation.lexical))
        depth = self.settings.rerank_depth
        return Searcher(generation, self.archive, self.encoder, glossary, self.reranker, depth)

    def answerer(self) -> Answerer:
        return Answerer(self.searcher(), self.reader, self._text, self.verifier)

    def _text(self, doc_id: str, revision: str) -> str:
        """A document's text as it is kept now; empty when it has just been removed."""
        try:
            return self.archive.get(doc_id, revision).text
        except NotFound:
            return ""

    @cached_property
    def phraser(self) -> Phraser:
        """The language model. Raises NoModel when none is set, SettingsError without the extra it needs."""
        s = self.settings
        if not s.llm_url:
            raise NoModel("no language model is set: give its address in GONGWEN_LLM_URL")
        from index.llm import ChatModel

        return ChatModel(s.llm_url, s.llm_model, s.llm_key.get_secret_value(), s.llm_timeout)

    def phrased(self, answer: Answer) -> AsyncGenerator[Sentence | Phrased, None]:
        """The answer in a language model's words, checked; see `index.phrasing.phrased`."""
        renderings = _glossary(self.settings, self.searcher()).words

        def check(sentence: Sentence, answer: Answer) -> Doubt:
            return doubt(sentence, answer, renderings)

        return phrased(self.phraser, answer, check, self.settings.llm_timeout)

    def add(self, given: str | Path, gone: bool = False, dry_run: bool = False) -> Iterator[Outcome]:
        """Read the documents of a path or an address into the archive; with `gone`, take out what was there before
        and is there no more."""
        seen: set[str] = set()
        sources = find_sources(given, lambda key: self.archive.validators(key, VERSIONS))
        with parsing_processes(_workers_for(given)) as parsing:
            for outcome in ingest(self.archive, sources, check_usable, parsing, dry_run):
                seen.add(outcome.doc_id)
                yield outcome
        if gone:
            yield from sync(self.archive, origin_of(str(given)), seen, dry_run)

    def remove(self, given: str) -> list[Outcome]:
        """Take out a document by its id or source, or all that was read from a path or an address. Raises NotFound."""
        origin = origin_of(given)
        found = [(given, given)] if self.archive.fingerprint(given) is not None else self.archive.of_origin(origin)
        for key in (given, origin):
            doc_id = None if found else self.archive.find(key)
            found = [(doc_id, key)] if doc_id else found
        if not found:
            raise NotFound(f"{given}: no such document, source or folder in the archive; list them with: gongwen show")
        for doc_id, _ in found:
            self.archive.remove(doc_id)
        return [Outcome(key, doc_id, "removed") for doc_id, key in found]

    def add_corpus(self) -> Iterator[Outcome]:
        """Read the corpus folder in. Raises BadInput when there is neither a corpus nor a document."""
        try:
            yield from self.add(self.settings.corpus, gone=True)
        except NotFound as error:
            if not self.archive.current():
                raise BadInput(
                    f"nothing to index: no {self.settings.corpus} and no document added; run: gongwen add FILE"
                ) from error

    def build(self, progress: Progress, rebuild: bool = False) -> BuildReport:
        """Bring the index in line with the archive."""
        cache = VectorCache(self.settings.home)
        return build(self.settings.home, self.archive, cache, self.encoder, progress, rebuild)


def _glossary(settings: Settings, searcher: Searcher) -> Glossary:
    return Glossary(settings.models_folder, partial(_known, searcher.generation.lexical))


def _known(lexical: LexicalIndex, word: str) -> bool:
    return lexical.frequency(word) > 0


def _workers_for(given: str | Path) -> int:
    """One for a file that is one document, since a second would be killed as it starts, and say so on stderr; else 0,
    for as many as there are cores."""
    try:
        return int(Path(given).is_file() and not _OF_MANY.search(str(given)))
    except OSError:  # a name that no file can have: whoever looks for it says so
        return 0
