"""The HTTP door (FastAPI)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel

from api import pages, problems
from api.bounds import Bounds
from api.cursors import cursor, start_of
from api.phrase import EVENTS, events, wants_events, while_there
from api.schemas import (
    AnswerOut,
    AskIn,
    DocumentsIn,
    DocumentsOut,
    DocumentTextOut,
    FiguresIn,
    FiguresOut,
    SearchIn,
    SearchOut,
    answer_out,
    document_out,
    document_text_out,
    facets_out,
    figures_csv,
    figures_out,
    hit_out,
)
from api.settings import Settings
from api.wiring import Engine
from archive.errors import GongwenError, UsageError
from archive.types import Span
from index.catalogue import documents_allowed
from index.figure_list import figure_list
from index.search import DEEPEST
from index.types import Answer, Encoder

_STATIC = Path(__file__).parent / "static"
_PROBLEM: dict[str, Any] = {"description": "problem+json", "content": {"application/problem+json": {}}}
_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 404, 410, 413, 422, 503), _PROBLEM)


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _no_parameters(request: Request) -> None:
    """Refuse query parameters that a route of the API does not know."""
    if not request.url.path.startswith("/v1/"):
        return
    known: set[str] = set()
    for parameter in request.scope["route"].dependant.query_params:
        model = parameter.field_info.annotation
        is_model = isinstance(model, type) and issubclass(model, BaseModel)
        fields = model.model_fields.items() if is_model else ()
        known |= {field.alias or name for name, field in fields} or {parameter.alias}
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise UsageError(f"unknown parameter {unknown[0]}; known are: {', '.join(sorted(known)) or 'none'}")


EngineOf = Annotated[Engine, Depends(_engine)]
Text = Annotated[str, Query(max_length=2000)]


def create_app(settings: Settings, encoder: Encoder | None = None) -> FastAPI:
    """The application over one data directory. `encoder` replaces the one that the settings name."""
    app = FastAPI(
        title="Gongwen",
        summary="Answers from an archive of Chinese government documents, as printed, with the passage they stand in.",
        version=version("gongwen"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(_no_parameters)],
        responses=_PROBLEMS,
    )
    app.state.engine = Engine(settings, encoder)
    problems.install(app)
    _add_questions(app)
    _add_figures(app)
    _add_documents(app)
    _add_health(app)
    _add_pages(app)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["content-type"],
        )
    app.add_middleware(Bounds)
    return app


def _answer(engine: Engine, body: AskIn) -> Answer:
    return engine.answerer().answer(body.question, body.filters.filters(), body.explain)


def _add_questions(app: FastAPI) -> None:
    @app.post("/v1/ask", responses={200: {"content": {EVENTS: {}}}}, response_model=AnswerOut)
    async def ask(body: AskIn, engine: EngineOf, request: Request) -> Response | AnswerOut:
        """The answer as printed with its citations, or a refusal with its reason; with `phrase` also in the words of
        the language model that is set. Asked for as text/event-stream it comes as the events `answer`, `sentence`
        (each that passed its checks) and `done`."""
        if body.phrase:
            _ = engine.phraser  # says at once when there is none
        answer = await run_in_threadpool(_answer, engine, body)
        if wants_events(request):
            return EventSourceResponse(events(engine, answer, body.phrase), headers={"cache-control": "no-store"})
        return answer_out(answer, await while_there(request, engine, answer) if body.phrase else None)

    @app.post("/v1/search")
    def search(body: SearchIn, engine: EngineOf) -> SearchOut:
        """The best passages, best first, and how many documents of the first 1,000 passages have each value of a facet.

        `next` is the cursor of the next page. It goes with the same query and filters, up to the 1,000th passage.
        """
        searcher, filters = engine.searcher(), body.filters.filters()
        number = searcher.generation.number
        start = start_of(body.cursor, number, body.query, filters)
        end = min(start + body.limit, DEEPEST)
        question = searcher.understand(body.query)
        hits = searcher.page(question, start, end + 1, filters)
        found = [hit_out(h, searcher.document(h.passage.doc_id, h.passage.revision)) for h in hits[: end - start]]
        facets = searcher.facets(question, filters, body.facets) if body.facets else {}
        following = cursor(number, body.query, filters, end) if len(hits) > end - start else None
        return SearchOut(hits=found, facets=facets_out(facets), next=following)


def _add_figures(app: FastAPI) -> None:
    @app.get("/v1/figures", responses={200: {"content": {"text/csv": {}}}}, response_model=FiguresOut)
    def figures(asked: Annotated[FiguresIn, Query()], engine: EngineOf) -> Response | FiguresOut:
        """The figures that count `subject`, over documents and years, each with the sentence it stands in; as JSON, or
        as lines for a spreadsheet."""
        listed = figure_list(
            engine.searcher(), asked.subject, asked.filters(), asked.unit, asked.years, asked.limit, asked.only
        )
        found = figures_out(listed)
        if asked.format == "json":
            return found
        headers = {"content-disposition": "attachment; filename=figures.csv"}
        return Response(figures_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


def _add_documents(app: FastAPI) -> None:
    @app.get("/v1/documents")
    def documents(asked: Annotated[DocumentsIn, Query()], engine: EngineOf) -> DocumentsOut:
        """The documents of the archive that the filters allow, by id; `next` is the cursor of the next page."""
        found = documents_allowed(engine.archive, asked.filters(), asked.limit + 1, asked.cursor)
        more = found[asked.limit - 1].id if len(found) > asked.limit else None
        return DocumentsOut(documents=[document_out(d) for d in found[: asked.limit]], next=more)

    @app.get("/v1/documents/{doc_id}")
    def document(
        doc_id: str, engine: EngineOf, revision: Annotated[str | None, Query(max_length=16)] = None
    ) -> DocumentTextOut:
        """One document with its canonical text, by default its current revision."""
        return document_text_out(engine.archive.get(doc_id, revision))


def _add_health(app: FastAPI) -> None:
    @app.get("/health/live")
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/health/ready")
    def ready(engine: EngineOf) -> dict[str, object]:
        """An index is open and both of its legs find a real word."""
        searcher = engine.searcher()
        hits = searcher.search(searcher.understand(searcher.probe()), 5)
        if not any("lexical" in hit.by for hit in hits):
            raise GongwenError("the lexical leg finds nothing; run: gongwen reindex --rebuild")
        return {
            "status": "ok",
            "generation": searcher.generation.number,
            "passages": len(searcher.generation.passage_rows),
        }


def _add_pages(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False, response_class=HTMLResponse)
    def home(engine: EngineOf, q: Text = "") -> HTMLResponse:
        question = q.strip()
        if not question:
            return HTMLResponse(pages.ask_page())
        if len(question) > pages.LONGEST_QUESTION:
            return HTMLResponse(pages.ask_page(question[: pages.LONGEST_QUESTION], too_long=True), 422)
        return HTMLResponse(pages.ask_page(question, answer=engine.answerer().answer(question)))

    @app.get("/documents/{doc_id}", include_in_schema=False, response_class=HTMLResponse)
    def read(
        doc_id: str,
        engine: EngineOf,
        revision: Annotated[str | None, Query(max_length=16)] = None,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
    ) -> HTMLResponse:
        found = engine.archive.get(doc_id, revision)
        fits = 0 <= start < end <= len(found.text)
        return HTMLResponse(pages.document_page(found, Span(start, end) if fits else None))

    @app.get("/static/page.css", include_in_schema=False)
    def style() -> FileResponse:
        return FileResponse(_STATIC / "page.css", media_type="text/css")

    @app.get("/widget.js", include_in_schema=False)
    def widget() -> Response:
        headers = {"cross-origin-resource-policy": "cross-origin"}
        return FileResponse(_STATIC / "widget.js", media_type="text/javascript", headers=headers)
