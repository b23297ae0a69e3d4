"""The studio's answers over HTTP: the page, what it shows, and what it asks for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from anyio import to_thread
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.studio.broadcast import MOST_LISTENERS
from understanding_gradients.studio.export_command import ExportRequest, command_words
from understanding_gradients.studio.session import SLUGS, Refused, Session
from understanding_gradients.studio.shown import Look, Problem

PAGE = Path(__file__).parent / "page"
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """Values by key, and the movement of a control that they belong to."""

    values: dict[str, Any]
    gesture: str = ""


class LookedAt(msgspec.Struct, forbid_unknown_fields=True):
    """What a page looks at."""

    page: str
    clip: str
    beat: str = ""


class Cancel(msgspec.Struct, forbid_unknown_fields=True):
    """Which export to end."""

    number: int


def studio_app(session: Session, talks: Path) -> Starlette:
    """Return the application that serves `session`; `talks` is a folder for presentations."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await session.start()
        try:
            yield
        finally:
            await session.close()

    answers = Answers(session, talks)
    return Starlette(
        routes=[
            Route("/", answers.page),
            Route("/events", answers.events),
            Route("/edit", answers.answering(answers.edit), methods=["POST"]),
            Route("/undo", answers.answering(answers.undo), methods=["POST"]),
            Route("/redo", answers.answering(answers.redo), methods=["POST"]),
            Route("/save", answers.answering(answers.save), methods=["POST"]),
            Route("/take-file", answers.answering(answers.take_file), methods=["POST"]),
            Route("/keep-edits", answers.answering(answers.keep_edits), methods=["POST"]),
            Route("/look", answers.answering(answers.look), methods=["POST"]),
            Route("/export", answers.answering(answers.export), methods=["POST"]),
            Route("/update", answers.answering(answers.update), methods=["POST"]),
            Route("/cancel", answers.answering(answers.cancel), methods=["POST"]),
            Route("/exports/{number:int}/{position:int}/{name}", answers.exported),
            Route("/pictures/{name}.png", answers.picture),
            Route("/store/{key}/{name}", answers.stored),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        lifespan=lifespan,
    )


class Answers:
    """The endpoints."""

    def __init__(self, session: Session, talks: Path) -> None:
        self._session, self._talks = session, talks

    def answering(
        self, act: Callable[[Request], Awaitable[None]]
    ) -> Callable[..., Awaitable[Response]]:
        """Return an endpoint that does something, and answers with why it does not.

        Where it does, the answer is the revision of the document: a page that hears of an older one
        later knows that it is overtaken.
        """

        async def endpoint(request: Request) -> Response:
            try:
                await act(request)
            except Refused as refused:
                problem = refused.problem
                return JSONResponse({"key": problem.key, "sentence": problem.sentence}, 422)
            except msgspec.MsgspecError as error:
                return JSONResponse(
                    {"key": "", "sentence": f"The request must be as the page sends it: {error}."},
                    400,
                )
            return JSONResponse({"revision": self._session.revision})

        return endpoint

    async def page(self, _: Request) -> Response:
        """Return the page."""
        return FileResponse(PAGE / "index.html")

    async def events(self, request: Request) -> Response:
        """Return a stream of all that is shown, and of all that changes."""
        session = self._session
        if session.broadcast.listeners >= MOST_LISTENERS:
            return Response("Too many pages are open.", 503)
        page = request.query_params.get("page", "")

        async def stream() -> AsyncIterator[dict[str, str]]:
            try:
                async for name, value in session.broadcast.listen(session.names()):
                    kind = name if name not in SLUGS else "clip"
                    yield {"event": kind, "data": json.dumps(value)}
            finally:
                session.leave(page)

        return EventSourceResponse(stream(), ping=15)

    async def edit(self, request: Request) -> None:
        """Change values."""
        edit = msgspec.json.decode(await request.body(), type=Edit)
        self._session.edit(edit.values, edit.gesture)

    async def undo(self, _: Request) -> None:
        """Undo the last change."""
        self._session.undo()

    async def redo(self, _: Request) -> None:
        """Redo what was undone."""
        self._session.redo()

    async def save(self, _: Request) -> None:
        """Write the file."""
        self._session.save()

    async def take_file(self, _: Request) -> None:
        """Take the version on the disk."""
        self._session.take_file()

    async def keep_edits(self, _: Request) -> None:
        """Keep what was edited, though the file has changed."""
        self._session.keep_edits()

    async def look(self, request: Request) -> None:
        """Draw first what a page looks at."""
        looked = msgspec.json.decode(await request.body(), type=LookedAt)
        if looked.clip in SLUGS:
            self._session.look(looked.page, Look(looked.clip, looked.beat))

    async def export(self, request: Request) -> None:
        """Start an export."""
        wanted = msgspec.json.decode(await request.body(), type=ExportRequest)
        self._session.export(command_words(wanted))

    async def update(self, request: Request) -> None:
        """Swap the clips in a presentation that was dropped onto the page."""
        name = Path(request.query_params.get("name", "")).name
        if not name.endswith(".pptx"):
            raise Refused(Problem("", f"A presentation must be a .pptx; got '{name}'."))
        folder = await to_thread.run_sync(partial(new_folder, self._talks))
        path = folder / name
        with path.open("wb") as file:
            async for part in request.stream():
                await to_thread.run_sync(file.write, part)
        self._session.export(["deck", f"--update={path}"])

    async def cancel(self, request: Request) -> None:
        """End an export."""
        self._session.exports.cancel(msgspec.json.decode(await request.body(), type=Cancel).number)

    async def exported(self, request: Request) -> Response:
        """Return a file that an export wrote."""
        export = self._session.exports.all.get(request.path_params["number"])
        position = request.path_params["position"]
        if export is None or position >= len(export.files) or not export.files[position].is_file():
            return Response(status_code=404)
        file = export.files[position]
        return FileResponse(file, filename=file.name)

    async def picture(self, request: Request) -> Response:
        """Return a still that was drawn just now."""
        content = self._session.preview.pictures.get(request.path_params["name"])
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type="image/png", headers=FOREVER)

    async def stored(self, request: Request) -> Response:
        """Return a film or a still of the store."""
        key, name = request.path_params["key"], request.path_params["name"]
        path = self._session.preview.file_of(key, name)
        if path is None or not (name.endswith(".png") or name == CLIP_FILE):
            return Response(status_code=404)
        return FileResponse(path, headers=FOREVER)


def new_folder(parent: Path) -> Path:
    """Create a folder with a name that is not used yet, and return it."""
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="talk-", dir=parent))
