"""The studio's answers over HTTP: the page, what it shows, and what it asks for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from understanding_gradients.cache.store import Store
from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.studio.broadcast import MOST_LISTENERS
from understanding_gradients.studio.preview import Look
from understanding_gradients.studio.session import SLUGS, Refused, Session

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


def studio_app(session: Session, store: Store) -> Starlette:
    """Return the application that serves `session`."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await session.start()
        try:
            yield
        finally:
            await session.close()

    answers = Answers(session, store)
    return Starlette(
        routes=[
            Route("/", answers.page),
            Route("/events", answers.events),
            Route("/edit", answering(answers.edit), methods=["POST"]),
            Route("/undo", answering(answers.undo), methods=["POST"]),
            Route("/redo", answering(answers.redo), methods=["POST"]),
            Route("/save", answering(answers.save), methods=["POST"]),
            Route("/take-file", answering(answers.take_file), methods=["POST"]),
            Route("/keep-edits", answering(answers.keep_edits), methods=["POST"]),
            Route("/look", answering(answers.look), methods=["POST"]),
            Route("/pictures/{name}.png", answers.picture),
            Route("/store/{key}/{name}", answers.stored),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        lifespan=lifespan,
    )


def answering(act: Callable[[Request], Awaitable[None]]) -> Callable[..., Awaitable[Response]]:
    """Return an endpoint that does something, and answers with nothing or with why it does not."""

    async def endpoint(request: Request) -> Response:
        try:
            await act(request)
        except Refused as refused:
            problem = refused.problem
            return JSONResponse({"key": problem.key, "sentence": problem.sentence}, 422)
        except msgspec.MsgspecError as error:
            return JSONResponse(
                {"key": "", "sentence": f"The request must be as the page sends it: {error}."}, 400
            )
        return Response(status_code=204)

    return endpoint


class Answers:
    """The endpoints."""

    def __init__(self, session: Session, store: Store) -> None:
        self._session, self._store = session, store

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
