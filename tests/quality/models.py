"""Makes the shipped models from the shared data: judged sets, hard negatives, encoder, readers, export, verifiers.

    make models                                          everything, in four to five hours
    python tests/quality/models.py FOLDER [--data SHARED_DATA] [--only STEP ...] [--ship]

Each step writes below FOLDER and is left out when what it writes is there, so a run that was killed goes on where it
was; after a change of the code that a step runs, remove what it wrote. What is trained lies in a folder named by recipe
and examples, so another recipe begins anew. steps.log says when each step began and ended
(tests/quality/results/models.log is that of the run the reader comes from). --ship puts the models into
index/shipped, whatever they are worth: measure before they are committed. No text of the shared data is written into this repository.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import reading
import sets
from conftest import SHARED
from paragraphs import SEED, policyqa_marked, some_figure_pairs, xquad_marked

from api.evaluate import engine_of
from api.settings import Settings
from api.wiring import Engine, make_encoder
from archive.text import canonical
from index.cedict import simplified
from index.checksums import sha256
from index.judged import Asked, Gold, JudgedQuestion, aim, read_documents, read_questions
from index.marking import glossed
from index.trained import SHIPPED, SUFFIX, SUMS, ModelFile, export, local
from index.training.averaging import mean
from index.training.encoder import Replay, train_encoder
from index.training.examples import Claim, Group, Judged, read, write
from index.training.groups import (
    Gloss,
    figure_groups,
    plain,
    reading_groups,
    retrieval_groups,
    squad,
    without_blanks,
)
from index.training.mining import judged
from index.training.recipes import EncoderRecipe, ReaderRecipe, VerifierRecipe
from index.training.splits import part_of
from index.training.unjudged import cropped, headed
from index.unpack import load_state, unpack
from index.updates import UpdatedFile, export_update
from index.weights import weights_file

UNSEEN = ("cmrc2018", "drcd")
READ: dict[str, tuple[str, Callable[[str], str]]] = {
    "cmrc2018-trial": ("cmrc2018_trial.json", str),
    "drcd-dev": ("DRCD_dev.json", simplified),
    "drcd-dev-traditional": ("DRCD_dev.json", str),
}
REPLAYED = 3000
CROPS = 4

ENCODER = EncoderRecipe(
    sets={
        "statutes": (4, 2),
        "policyqa": (4, 2),
        "xquad-en": (3, 2),
        "xquad-zh": (2, 2),
        "cmrc2018-trial": (1, 1),
        "drcd-dev": (0.25, 1),
        "drcd-dev-traditional": (0.25, 1),
        "figures-zh": (0.5, 0),
        "figures-en": (1, 0),
        "headings": (1, 2),
        "crops": (1, 2),
    },
    kept=0.2,
)
READING = ReaderRecipe(rate=1.5e-4, frozen=4)
# one pass more for the reader of English, over English questions and those of near misses
FURTHER = ReaderRecipe(rate=7e-5, frozen=4)
# the verifier goes through its claims twice
VERIFYING = (VerifierRecipe(), VerifierRecipe(rate=6e-5, seed=SEED + 1))
# and once more, for figures and dates, through those that want one
NUMBERING = VerifierRecipe(rate=7e-5, seed=SEED + 2)
TERMS = SHIPPED.parent / "terms.tsv"
LEARNED_FROM = [Path(__file__).with_name(name) for name in ("near_misses.jsonl", "judged_answers.jsonl")]
READ_FURTHER = [Path(__file__).with_name(name) for name in ("english_questions.jsonl", "near_misses.jsonl")]


@dataclass(frozen=True, slots=True)
class Mix:
    """What one reader learns from. `sets` gives for each set of the reading part how often it is read, and the share of
    the question that an answer whose place is taught may say again; `statutes` is how often the questions about them are."""

    sets: Mapping[str, tuple[int, float]]
    statutes: int
    seed: int


# the reader that ships is the mean of these
READERS = {
    "reading": Mix({"DRCD_dev": (2, 1.0), "DRCD_test": (1, 1.0), "cmrc2018_trial": (3, 0.2)}, statutes=1, seed=SEED),
    "statutes": Mix(
        {"DRCD_dev": (1, 1.0), "DRCD_test": (1, 1.0), "cmrc2018_trial": (3, 0.2)}, statutes=2, seed=SEED + 1
    ),
}


def _key(name: str, question: str, document: str) -> str:
    """What may not stand in both parts: a question about the statutes, else the document or paragraph."""
    return f"{name}:{question if name == 'statutes' else document}"


def step_sets(folder: Path, data: Path) -> None:
    for name, make in sets.SETS.items():
        if not (folder / "sets" / name / "queries.jsonl").is_file():
            sets.write(folder / "sets" / name, make(data))
    for name, (file, change) in READ.items():
        if not (folder / "sets" / name / "queries.jsonl").is_file():
            sets.write(folder / "sets" / name, _changed(sets.squad(data / "reading" / file, quoted=True), change))


def _changed(found: sets.JudgedSet, change: Callable[[str], str]) -> sets.JudgedSet:
    """A set in other characters, one for one."""
    documents, questions = found
    return (
        [{**row, "title": change(row["title"]), "text": change(row["text"])} for row in documents],
        [
            {**row, "text": change(row["text"]), "gold": [{**g, "quote": change(g["quote"])} for g in row["gold"]]}
            for row in questions
        ],
    )


def step_report(folder: Path, data: Path) -> None:
    """The sets with the questions kept for reporting only."""
    for name in ("policyqa", "xquad", "statutes", "cmrc2018", "drcd"):
        out, source = folder / "report" / name, folder / "sets" / name
        if not (out / "queries.jsonl").is_file():
            kept = [
                row for row in sets.rows(source / "queries.jsonl") if name in UNSEEN or _part(name, row) == "report"
            ]
            sets.write(out, (sets.rows(source / "corpus.jsonl"), kept))


def _part(name: str, row: sets.Row) -> str:
    return part_of(_key(name, row["_id"], row["gold"][0]["document"]))


def step_mine(folder: Path, data: Path) -> None:
    """Questions to train on, with what answers them and what our own untuned search finds instead."""
    settings = Settings(home=folder / "home", encoder="untuned", reranker="")
    for name in ("policyqa", "xquad", *READ, "statutes"):
        out = folder / "mined" / f"{name}.jsonl"
        if out.is_file():
            continue
        source = folder / "sets" / name
        engine, *_ = engine_of(source, settings)
        asked = list(_to_train_on(name, source, _xquad_golds(data) if name == "xquad" else {}))
        quoted = {gold.document for question in asked for gold in question.gold if gold.is_quoted}
        given = {d.id: d.text for d in read_documents(source) if d.id in quoted} if quoted else {}
        aimed, _ = aim(asked, given, engine.archive)
        found = _mined(name, aimed, engine)
        print(f"mined {name}: {write(out, found)}", flush=True)


def _to_train_on(name: str, source: Path, golds: Mapping[str, Gold]) -> Iterator[JudgedQuestion]:
    """The questions of the part to train on. `golds` gives the words that answer a question where the gold is a whole
    document: only the passage that prints them answers."""
    for question in read_questions(source):
        if name in READ or part_of(_key(name, question.id, question.gold[0].document)) == "train":
            if question.text in golds:
                question = question.model_copy(update={"gold": (golds[question.text],)})
            yield question


def _xquad_golds(data: Path) -> dict[str, Gold]:
    """The answer's place of each question of which it is certain."""
    source = xquad_marked(data)
    ids = [row["_id"] for row in sets.rows(data / "xquad" / "corpus_zh.jsonl")]
    return {
        m.question: Gold(document=ids[m.paragraph], quote=m.span.of(source.texts[m.paragraph]), start=m.span.start)
        for m in source.marked
    }


def _mined(name: str, asked: Sequence[Asked], engine: Engine) -> Iterator[Judged]:
    answered = [question for question in asked if question.targets]
    for found, question in zip(judged(answered, engine.searcher(), engine.archive, name), answered, strict=True):
        yield replace(found, set=f"{name}-{question.language}") if name == "xquad" else found


def step_start(folder: Path, data: Path) -> None:
    if not (folder / "start" / "modules.json").is_file():
        unpack(weights_file(), folder / "start")


def step_examples(folder: Path, data: Path) -> None:
    """What the encoder learns from."""
    out = folder / "examples" / "encoder.jsonl"
    if not out.is_file():
        print(f"examples: {write(out, _examples(folder, data))}", flush=True)


def _examples(folder: Path, data: Path) -> list[Judged]:
    examples = [e for path in sorted((folder / "mined").glob("*.jsonl")) for e in read(path, Judged)]
    for language in ("zh", "en"):
        found = some_figure_pairs(data, language)
        examples += [Judged(f"figures-{language}", q.question, (pair.text,)) for pair in found for q in pair.questions]
    return examples + list(_unjudged(data, random.Random(SEED)))


def step_encoder(folder: Path, data: Path) -> None:
    out, examples = _encoder(folder), folder / "examples" / "encoder.jsonl"
    if not (out / "model" / "modules.json").is_file():
        train_encoder(folder / "start", read(examples, Judged), _replayed(folder), out, ENCODER)


def _encoder(folder: Path) -> Path:
    return _place(folder, "encoder", ENCODER, folder / "examples" / "encoder.jsonl")


def _reader(folder: Path, mix: str) -> Path:
    return _place(folder, "reader", READING, folder / "groups" / f"{mix}.jsonl")


def _place(folder: Path, kind: str, recipe: object, examples: Path) -> Path:
    """Where a model is trained: another recipe, or other examples, have another place."""
    digest = hashlib.sha256(f"{recipe} {REPLAYED} {sha256(examples)}".encode()).hexdigest()
    return folder / f"{kind}-{digest[:8]}"


def _unjudged(data: Path, rng: random.Random) -> Iterator[Judged]:
    """What the documents to train on teach by themselves."""
    for key, document in reading.documents(data):
        if part_of(key) == "train":
            yield from headed(document, rng)
            yield from cropped(document, rng, CROPS)


def _replayed(folder: Path) -> Replay:
    """Passages of every kind, which the encoder should go on to see as it does."""
    rng = random.Random(SEED)
    texts = [
        text
        for path in sorted((folder / "mined").glob("*.jsonl"))
        for example in read(path, Judged)
        for text in example.negatives[-4:]
    ]
    texts = list(dict.fromkeys(texts))
    texts = rng.sample(texts, min(REPLAYED, len(texts)))
    return Replay(tuple(texts), make_encoder("untuned", folder / "home" / "models").encode_passages(texts))


def step_groups(folder: Path, data: Path) -> None:
    """What each reader learns from in its one pass; what stands there several times has other windows and other wrong
    texts each time. Of CMRC 2018 its trial part only; two thirds of its answers share words with the question, many of
    them whole clauses that begin where the answer does not; the ends of those are not learned."""
    for name, mix in READERS.items():
        out = folder / "groups" / f"{name}.jsonl"
        if not out.is_file():
            print(f"groups {name}: {write(out, _groups(folder, data, mix))}", flush=True)


def _groups(folder: Path, data: Path, mix: Mix) -> Iterator[Group]:
    rng = random.Random(mix.seed)
    for name, (times, echoing) in mix.sets.items():
        found = squad(data / "reading" / f"{name}.json", name.lower().replace("_", "-"), simplified)
        for _ in range(times):
            yield from reading_groups(found, rng, others=0.3, echoing=echoing)
    xquad = xquad_marked(data)
    for source in (xquad, without_blanks(xquad), without_blanks(xquad)):
        yield from reading_groups(source, rng, others=0.3, titled=0)
    marked = policyqa_marked(data, "policyqa-read")
    for _ in range(3):  # half of them under the document's title
        yield from reading_groups(marked, rng, 0.7, echoing=0.2)
    for language in ("zh", "en"):
        yield from figure_groups(some_figure_pairs(data, language), rng)
    for name, times, negatives, change, answers in (
        ("statutes", mix.statutes, 5, str, None),
        ("xquad", 1, 3, plain, _xquad_answers(data)),
        ("policyqa", 1, 4, str, _policyqa_answers(data)),
    ):
        judged = [_rewritten(example, change) for example in read(folder / "mined" / f"{name}.jsonl", Judged)]
        for _ in range(times):
            yield from retrieval_groups(judged, rng, negatives, answers)


def _rewritten(example: Judged, change: Callable[[str], str]) -> Judged:
    passages, negatives = (tuple(map(change, texts)) for texts in (example.passages, example.negatives))
    return replace(example, passages=passages, negatives=negatives)


def _xquad_answers(data: Path) -> dict[str, str]:
    rows = list(sets.rows(data / "xquad" / "queries_open.jsonl"))
    return {row[f"question_{language}"]: plain(row["answer_zh"]) for row in rows for language in ("en", "zh")}


def _policyqa_answers(data: Path) -> dict[str, str]:
    return {row["question"]: canonical(row["answer"]).strip() for row in sets.rows(data / "policyqa" / "qa_open.jsonl")}


def step_reader(folder: Path, data: Path) -> None:
    from index.training.reader import train_reader

    for mix in READERS:
        out, groups = _reader(folder, mix), folder / "groups" / f"{mix}.jsonl"
        if not (out / "model.safetensors").is_file():
            train_reader(folder / "start", list(read(groups, Group)), out, READING)


def step_further_groups(folder: Path, data: Path) -> None:
    """What the reader of English learns from. Glosses need an archive's vocabulary."""
    import english_questions
    import judged_answers

    out = _further_groups(folder)
    if out.is_file():
        return
    untuned = Settings(home=folder / "home", encoder="untuned", reranker="")

    def gloss_of(name: str) -> Gloss:
        near = name == "near"
        engine = (
            judged_answers.archive_of(folder / "near", untuned, data)
            if near
            else engine_of(folder / "sets" / name, untuned)[0]
        )
        searcher = engine.searcher()
        return lambda question, text: glossed(searcher.understand(question).concepts, text)

    print(f"further groups: {write(out, english_questions.further_groups(data, gloss_of, SEED))}", flush=True)


def step_further(folder: Path, data: Path) -> None:
    from index.training.reader import train_reader

    out, groups = _further(folder), _further_groups(folder)
    if not (out / "model.safetensors").is_file():
        train_reader(folder / "start", list(read(groups, Group)), out, FURTHER, _mean_reader(folder))


def step_export(folder: Path, data: Path) -> None:
    """The layers in 8 bits, as they are shipped."""
    state = {
        "encoder": lambda: load_state(_encoder(folder) / "model" / "model.safetensors"),
        "reader": lambda: load_state(_mean_reader(folder)),
    }
    for name, out in _exported(folder).items():
        if not out.is_file():
            aside = out.with_suffix(".part")
            aside.parent.mkdir(parents=True, exist_ok=True)
            export(state[name](), aside)
            aside.replace(out)
    english = _further(folder) / f"reader_en{SUFFIX}"
    if not english.is_file():
        aside = english.with_suffix(".part")
        export_update(load_state(_further(folder) / "model.safetensors"), local(_exported(folder)["reader"]), aside)
        aside.replace(english)


def step_claims(folder: Path, data: Path) -> None:
    """What the verifier learns from: near misses, judged answers of our own, and what the reader takes for answers."""
    import verifying

    out = _claims(folder)
    if not out.is_file():
        settings = Settings(home=folder / "home")
        reader = _exported(folder)["reader"]
        found = verifying.claims(folder / "mined", folder / "near", settings, reader, data)
        print(f"claims: {write(out, found)}", flush=True)


def step_verifier(folder: Path, data: Path) -> None:
    from index.training.verifier import train_verifier

    out, claims = _verifier(folder), _claims(folder)
    before = _mean_reader(folder)
    for at, recipe in enumerate(VERIFYING):
        before = train_verifier(folder / "start", before, read(claims, Claim), out / f"pass-{at + 1}", recipe)
    _export_verifier(before, local(_exported(folder)["reader"]), out / f"verifier{SUFFIX}")


def _export_verifier(weights: Path, over: ModelFile | UpdatedFile, out: Path) -> None:
    if not out.is_file():
        aside = out.with_suffix(".part")
        own = {name: tensor for name, tensor in load_state(weights).items() if not name.startswith("span.")}
        export_update(own, over, aside)
        aside.replace(out)


def step_number_claims(folder: Path, data: Path) -> None:
    """What the verifier of figures and dates learns from: near misses and judged answers that want one, and what our
    search finds for them."""
    import verifying

    out = _number_claims(folder)
    if not out.is_file():
        found = verifying.claims_of_numbers(folder / "near", Settings(home=folder / "home"), data)
        print(f"number claims: {write(out, found)}", flush=True)


def step_number_verifier(folder: Path, data: Path) -> None:
    from index.training.verifier import train_verifier

    before = _verifier(folder)
    words = UpdatedFile(before / f"verifier{SUFFIX}", local(_exported(folder)["reader"]), "", "")
    last = before / f"pass-{len(VERIFYING)}" / "model.safetensors"
    claims = read(_number_claims(folder), Claim)
    out = _number_verifier(folder)
    _export_verifier(
        train_verifier(folder / "start", last, claims, out, NUMBERING), words, out / f"verifier_number{SUFFIX}"
    )


def _claims(folder: Path) -> Path:
    """Other near misses and judged answers, or another reader, make other claims."""
    of = [*map(sha256, LEARNED_FROM), str(_exported(folder)["reader"])]
    digest = hashlib.sha256(" ".join(of).encode()).hexdigest()
    return folder / "claims" / f"verifier-{digest[:8]}.jsonl"


def _verifier(folder: Path) -> Path:
    return _place(folder, "verifier", VERIFYING, _claims(folder))


def _number_claims(folder: Path) -> Path:
    """Other claims of the verifier of words, another search or other terms make other claims."""
    of = [str(_claims(folder)), *map(sha256, (TERMS, SHIPPED / "confidence.json"))]
    digest = hashlib.sha256(" ".join(of).encode()).hexdigest()
    return folder / "claims" / f"numbers-{digest[:8]}.jsonl"


def _number_verifier(folder: Path) -> Path:
    return _place(
        folder, f"numbers-{_verifier(folder).name.removeprefix('verifier-')}", NUMBERING, _number_claims(folder)
    )


def _further_groups(folder: Path) -> Path:
    """Other questions make other groups."""
    digest = hashlib.sha256(" ".join(map(sha256, READ_FURTHER)).encode()).hexdigest()
    return folder / "groups" / f"further-{digest[:8]}.jsonl"


def _further(folder: Path) -> Path:
    return _place(folder, f"further-{_mean_name(folder)}", FURTHER, _further_groups(folder))


def _mean_name(folder: Path) -> str:
    return "-".join(_reader(folder, mix).name.removeprefix("reader-") for mix in READERS)


def _mean_reader(folder: Path) -> Path:
    """The weights of the mean reader, made when they are not there."""
    from safetensors.numpy import save_file

    out = folder / f"mean-{_mean_name(folder)}.safetensors"
    if not out.is_file():
        aside = out.with_suffix(".part")
        save_file(mean([load_state(_reader(folder, mix) / "model.safetensors") for mix in READERS]), aside)
        aside.replace(out)
    return out


def _exported(folder: Path) -> dict[str, Path]:
    """The files to ship; another model has another place."""
    places = {"encoder": _encoder(folder).name, "reader": f"reader-{_mean_name(folder)}"}
    return {name: folder / "exported" / place / f"{name}{SUFFIX}" for name, place in places.items()}


STEPS: dict[str, Callable[[Path, Path], None]] = {
    "sets": step_sets,
    "report": step_report,
    "mine": step_mine,
    "start": step_start,
    "groups": step_groups,
    "reader": step_reader,
    "further-groups": step_further_groups,
    "further": step_further,
    "examples": step_examples,
    "encoder": step_encoder,
    "export": step_export,
    "claims": step_claims,
    "verifier": step_verifier,
    "number-claims": step_number_claims,
    "number-verifier": step_number_verifier,
}


def ship(folder: Path) -> None:
    """Puts the models with their checksums where the product looks for them."""
    changes = [_further(folder) / f"reader_en{SUFFIX}", _verifier(folder) / f"verifier{SUFFIX}"]
    changes.append(_number_verifier(folder) / f"verifier_number{SUFFIX}")
    files = [*_exported(folder).values(), *changes]
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in files)
    for path in files:
        shutil.copyfile(path, SHIPPED / path.name)
    (SHIPPED / SUMS).write_text(sums, encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--only", nargs="+", choices=list(STEPS), default=list(STEPS))
    parser.add_argument("--ship", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with (given.folder / "steps.log").open("a", encoding="utf-8", buffering=1) as log:
        for name in given.only:
            begun = time.monotonic()
            print(f"{time.strftime('%F %T')} {name} begins", file=log)
            end = "stops"
            try:
                STEPS[name](given.folder, given.data)
                end = "ends"
            finally:
                print(f"{time.strftime('%F %T')} {name} {end} after {time.monotonic() - begun:.0f} s", file=log)
    if given.ship:
        ship(given.folder)


if __name__ == "__main__":
    main()
