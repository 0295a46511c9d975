"""`gongwen eval`: judged sets through the real pipeline."""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import click

from api.progress import counted, progress
from api.settings import Settings, from_environment
from api.wiring import Engine, encoder_of, make_reranker
from archive.errors import BadInput, UsageError
from archive.sources import VERSIONS
from index.evaluation import DEPTH, FIGURES, Language, Leg, Report, SetReport, ask, fallen, made_worse, read_report
from index.generations import BuildReport
from index.judged import CORPUS, Asked, JudgedDocument, Lost, aim, read_documents, read_questions
from index.types import Encoder

_PART_BYTES = 32 * 1024 * 1024
_NAMED = 5
_MEASURED_WITH = ("gongwen", "ir-measures", "numpy")


@click.command("eval")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDER...")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: the report, what fell, and what is worse than its parts."
)
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Write the report to a file.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Fail when a figure fell since then.")
@click.option("--depth", type=click.IntRange(100, 1000), default=DEPTH, show_default=True, help="Results ranked a leg.")
@click.option("--home", type=click.Path(path_type=Path), help="Data directory; default GONGWEN_HOME.")
@click.option("--strict", is_flag=True, help="Fail when fused is worse than dense or lexical, or reranked than fused.")
def eval_(
    folders: tuple[Path, ...],
    as_json: bool,
    save: Path | None,
    baseline: Path | None,
    depth: int,
    home: Path | None,
    strict: bool,
) -> None:
    """Measure the search on judged sets: folders with corpus.jsonl, queries.jsonl and qrels/*.tsv.

    Each set gets an archive and an index of its own below eval/ in the data directory, made as for any documents and
    brought up to date when the set changes. Exits 1 when a figure fell beyond chance since --baseline, and with
    --strict when fused is worse than dense or lexical alone in any figure, or reranked worse than fused.
    """
    settings = from_environment(os.environ)
    settings = settings if home is None else settings.model_copy(update={"home": home})
    before = None if baseline is None else read_report(baseline)
    if save is not None:
        save.open("a").close()  # better now than after an hour
    report, lost = measure(folders, settings, depth)
    if save is not None:
        save.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    fell = [] if before is None else fallen(report, before)
    below = {(s.name, part.language): made_worse(part) for s in report.sets for part in s.languages}
    if as_json:
        worse = [{"set": name, "language": language, "below": lines} for (name, language), lines in below.items()]
        content = {"report": report.model_dump(), "lost": lost, "worse": worse, "fallen": fell}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        _print(report, lost, below, fell, compared=before is not None)
    if fell or (strict and any(below.values())):
        raise SystemExit(1)


def measure(
    folders: Sequence[Path], settings: Settings, depth: int = DEPTH, encoder: Encoder | None = None
) -> tuple[Report, dict[str, list[str]]]:
    """The report on these sets, and by set the golds that cannot be found. Raises BadInput and NotFound."""
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise UsageError("two of the sets have the same name; rename one of the folders")
    encoder = encoder or encoder_of(settings)
    sets, lost = [], {}
    for name, folder in zip(names, folders, strict=True):
        found, missing = _measure_set(name, folder, settings, depth, encoder)
        sets.append(found)
        lost[name] = [str(each) for each in missing]
    report = Report(
        command=f"gongwen eval {' '.join(names)}" + (f" --depth {depth}" if depth != DEPTH else ""),
        encoder=encoder.fingerprint,
        reranker=_described(settings),
        versions={name: version(name) for name in _MEASURED_WITH},
        sets=sets,
    )
    return report, lost


def _described(settings: Settings) -> str:
    """The reranker with all that its order depends on; blank for none."""
    reranker = make_reranker(settings.reranker, settings.models_folder)
    if not reranker:
        return ""
    zh, en = reranker.weight("zh"), reranker.weight("en")
    return f"{reranker.fingerprint}, depth {settings.rerank_depth}, weight {zh} (zh), {en} (en)"


def _measure_set(
    name: str, folder: Path, settings: Settings, depth: int, encoder: Encoder
) -> tuple[SetReport, list[Lost]]:
    questions = read_questions(folder)
    engine, built, refused = engine_of(folder, settings, encoder)
    quoted = {gold.document for question in questions for gold in question.gold if gold.is_quoted}
    given = {document.id: document.text for document in read_documents(folder) if document.id in quoted}
    asked, lost = aim(questions, given, engine.archive)
    report = SetReport(
        name=name,
        documents=built.documents,
        passages=built.passages,
        reposts=len(engine.archive.reposts()),
        refused=refused,
        lost=len(lost),
        languages=_ask(name, asked, engine, depth if quoted else _passages_for(depth, built)),
    )
    return report, lost


def engine_of(folder: Path, settings: Settings, encoder: Encoder | None = None) -> tuple[Engine, BuildReport, int]:
    """An engine over a judged set's own archive and index, brought up to date; how many documents were refused."""
    places = {"home": set_home(settings.home, folder), "models": settings.models_folder}
    engine = Engine(settings.model_copy(update=places), encoder)
    name = folder.resolve().name
    refused = _read_in(folder, engine, name)
    with progress(f"{name}: embedding") as show:
        return engine, engine.build(show), refused


def _ask(name: str, asked: Sequence[Asked], engine: Engine, depth: int) -> list[Language]:
    with progress(f"{name}: asking", unit="question") as show:
        return ask(asked, engine.searcher(), depth, show)


def _passages_for(depth: int, built: BuildReport) -> int:
    """How many passages hold about this many documents."""
    return -(-depth * built.passages // built.documents)


def set_home(home: Path, folder: Path) -> Path:
    """Where the archive and index of a judged set are kept: one place for each folder."""
    path = folder.resolve()
    return home / "eval" / f"{path.name}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"


def _read_in(folder: Path, engine: Engine, name: str) -> int:
    """Bring the archive of a set in line with its corpus, unless it is already. How many documents were refused."""
    texts, stamp = engine.settings.home / "texts", engine.settings.home / "texts.sha256"
    digest = _digest(folder)
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != digest:
        stamp.unlink(missing_ok=True)
        _write_texts(read_documents(folder), texts)
        deque(counted(engine.add(texts, gone=True), f"{name}: reading"), maxlen=0)
        stamp.write_text(digest, encoding="ascii")
    if not engine.archive.current():
        raise BadInput(f"{folder / CORPUS}: no document in it could be read")
    return len(engine.archive.quarantined())


def _digest(folder: Path) -> str:
    """A hash of all that the archive of a set is made from."""
    digest = hashlib.sha256(VERSIONS.encode())
    for document in read_documents(folder):
        digest.update(document.model_dump_json().encode("utf-8", "replace"))
    return digest.hexdigest()


def _write_texts(documents: Iterator[JudgedDocument], folder: Path) -> None:
    """Ready texts as `gongwen add` reads them, in files of a size it takes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jsonl"):
        old.unlink()
    parts, size = 0, _PART_BYTES
    for document in documents:
        facts = document.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
        line = json.dumps({"source": document.id, "text": document.text, **facts}, ensure_ascii=False) + "\n"
        raw = line.encode("utf-8", "replace")
        if size + len(raw) > _PART_BYTES:
            parts, size = parts + 1, 0
        with (folder / f"{parts:04}.jsonl").open("ab") as file:
            file.write(raw)
        size += len(raw)
    if not parts:
        raise BadInput(f"{CORPUS}: no document in it")


# the table


def _print(
    report: Report, lost: dict[str, list[str]], below: dict[tuple[str, str], list[str]], fell: list[str], compared: bool
) -> None:
    for line in _table(report):
        click.echo(line)
    click.echo("[95 % of 1,000 bootstrap samples of the questions]; p50, p95: milliseconds a search")
    for found in report.sets:
        click.echo(
            f"{found.name}: {found.documents} documents, {found.passages} passages; {found.reposts} documents linked "
            f"as reposts, {found.refused} refused; {found.lost} golds not to be found"
        )
        for line in lost[found.name][:_NAMED]:
            click.echo(f"{found.name}: {line}", err=True)
        if len(lost[found.name]) > _NAMED:
            click.echo(f"{found.name}: and {len(lost[found.name]) - _NAMED} more; --json names them all", err=True)
    for (name, language), lines in below.items():
        click.echo(f"{name} {language}: " + ("; ".join(lines) or "nothing is worse than what it is made from"))
    for line in fell:
        click.echo(f"fell: {line}")
    if compared and not fell:
        click.echo("nothing fell since the baseline")


def _table(report: Report) -> list[str]:
    rows = [["set", "", "leg", "n", *FIGURES, "p50", "p95"]]
    for found in report.sets:
        for part in found.languages:
            rows += [_row(found.name, part, name, leg) for name, leg in part.legs.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(name: str, part: Language, leg_name: str, leg: Leg) -> list[str]:
    figures = [f"{m.value:.3f} [{m.low:.3f} {m.high:.3f}]" for m in (leg.figures[figure] for figure in FIGURES)]
    return [name, part.language, leg_name, str(part.questions), *figures, f"{part.p50:.1f}", f"{part.p95:.1f}"]
