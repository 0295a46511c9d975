"""The command line. Data goes to stdout, progress and messages to stderr.

Exit codes: 0 ok, 1 failed, 2 usage, 4 not found, 5 bad input, 7 server or network, 130 interrupted.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import sys
from calendar import monthrange
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import wraps
from io import TextIOWrapper
from typing import Any

import click

from api.evaluate import eval_
from api.progress import counted, progress
from api.render import answer_lines, facet_lines, figure_lines, hit_lines
from api.schemas import (
    LONGEST_QUESTION,
    SearchOut,
    answer_out,
    document_out,
    document_text_out,
    facets_out,
    figures_csv,
    figures_out,
    hit_out,
)
from api.settings import Settings, from_environment
from api.train import train
from api.wiring import Engine
from archive.errors import BadInput, GongwenError, NotFound, UsageError
from archive.ingest import Outcome
from archive.types import Span
from index.catalogue import FACETS
from index.figure_list import Only, figure_list
from index.generations import current_number, verify
from index.phrasing import Phrased
from index.types import Answer, Filters

_EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (UsageError, 2),
    (NotFound, 4),
    (BadInput, 5),
    (GongwenError, 1),
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_NAMED_STATES = (("repost", "linked as reposts"), ("removed", "removed"), ("refused", "refused"))


def _day(last: bool) -> Callable[[click.Context, click.Parameter, str | None], date | None]:
    """Reads a day, or a month or year that stands for its first or last day."""

    def read(context: click.Context, option: click.Parameter, given: str | None) -> date | None:
        if given is None:
            return None
        match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?", given)
        try:
            year, month, day = (int(part) if part else 0 for part in match.groups()) if match else (0, 0, 0)
            month = month or (12 if last else 1)
            return date(year, month, day or (monthrange(year, month)[1] if last else 1))
        except ValueError as error:
            raise click.BadParameter(f"{given}: write a day like 2023-12-31, a month or a year") from error

    return read


def _years(context: click.Context, option: click.Parameter, given: str | None) -> range | None:
    if given is None:
        return None
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", given)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise click.BadParameter(f"{given}: write a year like 2023, or the first and the last like 2021-2023")
    return range(first, last + 1)


def _bound(name: str, field: str, last: bool, wording: str) -> Callable[..., Any]:
    return click.option(name, field, metavar="YYYY[-MM[-DD]]", callback=_day(last), help=wording)


def _filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options that say which documents may be found, as one argument `filters`."""

    @wraps(command)
    def run(**given: Any) -> None:
        filters = Filters(**{name: given.pop(name) for name in _FILTERS})
        if filters.issued_from and filters.issued_to and filters.issued_from > filters.issued_to:
            raise UsageError(f"--from {filters.issued_from} is later than --to {filters.issued_to}; swap them")
        command(filters=filters, **given)

    for option in reversed(_FILTERS.values()):
        run = option(run)
    return run


_FILTERS = {
    "collection": click.option("--collection", default="", help="Only documents of this collection."),
    "document": click.option("--document", default="", metavar="ID", help="Only this document."),
    "issuer": click.option("--issuer", default="", help="Only of this issuer; the end of its name will do (公安部)."),
    "number": click.option("--number", default="", help="Only of this 文号, in any bracket and width."),
    "issued_from": _bound("--from", "issued_from", last=False, wording="Only issued on this day or later."),
    "issued_to": _bound("--to", "issued_to", last=True, wording="Only issued on this day or earlier."),
    "section": click.option("--section", default="", help="Only below headings with these words."),
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gongwen")
def cli() -> None:
    """Ask an archive of Chinese government documents; answers come as printed, with their passage."""


@cli.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--no-index", is_flag=True, help="Only read in; index later with: gongwen reindex.")
@click.option("--sync", "gone", is_flag=True, help="Take out what was read from there before and is there no more.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@_JSON
def add(sources: tuple[str, ...], no_index: bool, gone: bool, dry_run: bool, as_json: bool) -> None:
    """Read in files, folders, packed folders (.zip, .tar.*), web addresses, lists of them (.urls), ready texts
    (.jsonl) or a sources.toml, and index them."""
    engine = _engine()
    outcomes = [outcome for source in sources for outcome in counted(engine.add(source, gone, dry_run), "reading")]
    report: dict[str, Any] = {"dry_run": dry_run, **_summary(outcomes)}
    if not no_index and not dry_run and engine.archive.current():
        report["index"] = _build(engine, rebuild=False)
    _print_report(report, as_json)
    if report["refused"]:
        raise SystemExit(5)


@cli.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--no-index", is_flag=True, help="Only take out; build the index later with: gongwen reindex.")
@_JSON
def remove(sources: tuple[str, ...], no_index: bool, as_json: bool) -> None:
    """Take documents out: by id, by source, or all that was read from a file, folder or address.

    They are gone from every answer at once, and from the index when it is built again.
    """
    engine = _engine()
    report: dict[str, Any] = _summary([outcome for source in sources for outcome in engine.remove(source)])
    if not no_index and engine.archive.current():
        report["index"] = _build(engine, rebuild=False)
    _print_report(report, as_json)


@cli.command()
@click.option("--rebuild", is_flag=True, help="Build a new generation even when nothing changed.")
@_JSON
def reindex(rebuild: bool, as_json: bool) -> None:
    """Read the corpus folder again, take out what is gone from it, and bring the index in line with the archive."""
    engine = _engine()
    report: dict[str, Any] = _summary(list(counted(engine.add_corpus(), "reading")))
    report["index"] = _build(engine, rebuild)
    _print_report(report, as_json)
    if report["refused"]:
        raise SystemExit(5)


@cli.command()
@click.argument("question")
@_filtered
@click.option("--explain", is_flag=True, help="Show what the question was taken for and the best candidates.")
@click.option(
    "--phrase", is_flag=True, help="Also in the words of the language model that is set, as far as they hold."
)
@_JSON
def ask(question: str, filters: Filters, explain: bool, phrase: bool, as_json: bool) -> None:
    """Answer a question, in Chinese or English. A refusal to answer is no failure."""
    engine = _engine()
    if phrase:
        _ = engine.phraser  # says at once when there is none
    answer = engine.answerer().answer(_question(question), filters, explain)
    phrased = _phrased(engine, answer) if phrase else None
    if as_json:
        _print_json(answer_out(answer, phrased).model_dump(mode="json"))
        return
    for line in answer_lines(answer, colour=_colour(), phrased=phrased):
        click.echo(line)


@cli.command()
@click.argument("query")
@click.option("-n", "--limit", default=10, type=click.IntRange(1, 100), show_default=True, help="How many passages.")
@_filtered
@click.option("--facets", is_flag=True, help="Also count the documents found by collection, issuer and year.")
@_JSON
def search(query: str, limit: int, filters: Filters, facets: bool, as_json: bool) -> None:
    """Find passages."""
    searcher = _engine().searcher()
    question = searcher.understand(_question(query))
    hits = searcher.page(question, 0, limit, filters)
    found = [hit_out(h, searcher.document(h.passage.doc_id, h.passage.revision)) for h in hits]
    shown = facets_out(searcher.facets(question, filters, FACETS)) if facets else {}
    if as_json:
        _print_json(SearchOut(hits=found, facets=shown, next=None).model_dump(mode="json", exclude={"next"}))
        return
    for hit in found:
        for line in hit_lines(hit, colour=_colour()):
            click.echo(line)
    for line in facet_lines(shown, colour=_colour()):
        click.echo(line)


@cli.command()
@click.argument("subject")
@click.option("--unit", default="", help="Only with this measure word.")
@click.option("--levels", "only", flag_value="levels", default="", help="Only how much there is, not how much it rose.")
@click.option("--changes", "only", flag_value="changes", help="Only by how much it rose or fell.")
@click.option("--year", "years", metavar="YYYY[-YYYY]", callback=_years, help="Only about this year or these years.")
@click.option("-n", "--limit", default=50, type=click.IntRange(1, 1000), show_default=True, help="How many figures.")
@_filtered
@click.option("--csv", "as_csv", is_flag=True, help="Print lines for a spreadsheet.")
@_JSON
def figures(
    subject: str, unit: str, only: Only, years: range | None, limit: int, filters: Filters, as_csv: bool, as_json: bool
) -> None:
    """List the figures that count SUBJECT (公职律师, lawyers), over documents and years, with their places. + and -
    mark by how much it rose or fell."""
    if as_csv and as_json:
        raise UsageError("--csv and --json: give one of them")
    found = figures_out(figure_list(_engine().searcher(), _question(subject), filters, unit, years, limit, only))
    if as_json:
        _print_json(found.model_dump(mode="json"))
    elif as_csv:
        click.echo(figures_csv(found), nl=False)
    else:
        for line in figure_lines(found, colour=_colour()):
            click.echo(line)


@cli.command()
@click.argument("doc_id", required=False)
@click.option("--at", "span", metavar="START-END", help="Only these characters.")
@click.option("--revision", help="Another revision than the current one.")
@_JSON
def show(doc_id: str | None, span: str | None, revision: str | None, as_json: bool) -> None:
    """Show a document, or list all documents."""
    archive = _engine().archive
    if doc_id is None:
        listed = [document_out(d) for d in archive.documents(limit=1_000_000)]
        if as_json:
            _print_json({"documents": [d.model_dump(mode="json") for d in listed]})
        for d in [] if as_json else listed:
            click.echo(f"{d.id}  {d.issued_on or ''!s:10}  {d.collection:10}  {d.title}")
        return
    document = archive.get(doc_id, revision)
    if span:
        click.echo(_span(span, len(document.text)).of(document.text))
    elif as_json:
        _print_json(document_text_out(document).model_dump(mode="json"))
    else:
        click.echo(document.text)


@cli.command()
@click.option("--host", help="Address to listen on; default GONGWEN_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; default GONGWEN_PORT.")
def serve(host: str | None, port: int | None) -> None:
    """Serve HTTP: the API, the page and the widget."""
    given = {"host": host, "port": port}
    settings = _settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    if not _is_loopback(settings.host):
        raise UsageError(
            f"will not listen on {settings.host}: Gongwen has no keys yet; listen on 127.0.0.1 "
            "behind a reverse proxy that authenticates"
        )
    import uvicorn

    from api.http import create_app

    app = create_app(settings)
    try:
        uvicorn.run(app, host=settings.host, port=settings.port, log_level="info", server_header=False)
    except SystemExit as error:
        raise SystemExit(7 if error.code else 0) from error


@cli.command()
@_JSON
def doctor(as_json: bool) -> None:
    """Check the archive, the index and the encoder; exits 1 when something is wrong.

    Lists what could not be taken in when it was last tried, and why.
    """
    settings = _settings()
    engine = Engine(settings)
    checks: dict[str, str] = {"archive": engine.archive.check()}
    checks["documents"] = "ok" if engine.archive.current() else "none yet; run: gongwen reindex"
    quarantined = engine.archive.quarantined()
    number = current_number(settings.home)
    damage = verify(settings.home, number) if number is not None else ["none yet; run: gongwen reindex"]
    checks["index files"] = "; ".join(damage) or "ok"
    try:
        searcher = engine.searcher()
        hits = searcher.search(searcher.understand(searcher.probe()), 5)
        for leg in ("dense", "lexical"):
            checks[leg] = (
                "ok" if any(leg in hit.by for hit in hits) else "finds nothing; run: gongwen reindex --rebuild"
            )
    except GongwenError as error:
        checks["search"] = str(error)
    if as_json:
        _print_json({**checks, "quarantined": [{"source": key, "reason": reason} for key, reason in quarantined]})
    for name, state in {} if as_json else checks.items():
        click.echo(f"{name:12} {state}")
    for key, reason in [] if as_json else quarantined:
        click.echo(f"quarantined  {key}: {reason}")
    if any(state != "ok" for state in checks.values()):
        raise SystemExit(1)


cli.add_command(eval_)
cli.add_command(train)


def main() -> None:
    """The console script: errors become one line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(2) from error
    except (click.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except GongwenError as error:
        click.echo(f"gongwen: {error}", err=True)
        raise SystemExit(next(code for kind, code in _EXIT_CODES if isinstance(error, kind))) from error
    except (OSError, UnicodeError) as error:
        click.echo(f"gongwen: {error}", err=True)
        raise SystemExit(1) from error


def _phrased(engine: Engine, answer: Answer) -> Phrased:
    import asyncio

    from api.phrase import whole

    return asyncio.run(whole(engine, answer))


def _settings() -> Settings:
    return from_environment(os.environ)


def _engine() -> Engine:
    return Engine(_settings())


def _question(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise BadInput("the question is empty")
    if len(text) > LONGEST_QUESTION:
        raise BadInput(f"the question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read")
    return text


def _span(given: str, length: int) -> Span:
    start, dash, end = given.partition("-")
    fits = dash and start.isdecimal() and end.isdecimal() and len(given) < 40
    if not fits or not int(start) < int(end) <= length:
        raise UsageError(f"--at {given[:40]}: give START-END within 0-{length}")
    return Span(int(start), int(end))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _build(engine: Engine, rebuild: bool) -> dict[str, Any]:
    with progress("embedding") as show:
        report = engine.build(show, rebuild)
    return {name: getattr(report, name) for name in ("number", "documents", "passages", "embedded", "changed")}


def _summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """Counts, and by name whatever was not simply taken."""
    counts = Counter(outcome.state for outcome in outcomes)
    named = {
        state: [{"source": o.key, "reason": o.reason} for o in outcomes if o.state == state]
        for state in ("repost", "removed", "refused")
    }
    return {**{state: counts[state] for state in ("added", "changed", "unchanged")}, **named}


def _print_report(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _print_json(report)
        return
    if report.get("dry_run"):
        click.echo("dry run: nothing was stored")
    counts = [f"{report[state]} {state}" for state in ("added", "changed", "unchanged")]
    counts += [f"{len(report[state])} {name}" for state, name in _NAMED_STATES if report[state]]
    click.echo(f"documents: {', '.join(counts)}")
    for state, name in _NAMED_STATES:
        for each in report[state]:
            click.echo(": ".join(filter(None, (name, each["source"], each["reason"]))), err=True)
    index = report.get("index")
    if index and index["changed"]:
        click.echo(
            f"index: generation {index['number']}, {index['documents']} documents, {index['passages']} passages, "
            f"{index['embedded']} texts embedded"
        )
    elif index:
        click.echo(f"index: nothing embedded, generation {index['number']} is unchanged")


def _print_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))
