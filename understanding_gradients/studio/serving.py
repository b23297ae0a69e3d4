"""Serve the studio on a port of this machine until it is told to stop."""

from __future__ import annotations

import errno
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from descent.checks.errors import InvalidValue
from understanding_gradients.studio.guard import Guard
from understanding_gradients.studio.server import studio_app
from understanding_gradients.studio.session import Session

HOST = "127.0.0.1"


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine; 0 takes a free one.

    Raises:
        InvalidValue: If the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise InvalidValue(
                "--port",
                "be free",
                port,
                got=f"{port}, which is taken or not allowed",
                repair="leave it out, or take --port 0.",
            ) from error
        raise
    return listener


def serve(
    session: Session, talks: Path, listener: socket.socket, on_start: Callable[[str], object]
) -> None:
    """Serve `session` until a signal arrives.

    Args:
        session: What is edited and shown.
        talks: The folder for presentations that are dropped onto the page.
        listener: The socket on which to serve.
        on_start: Called with the address of the page once it can be opened.
    """
    port, token = listener.getsockname()[1], secrets.token_urlsafe(32)
    server = StudioServer(session, talks, token, port)
    server.on_start = lambda: on_start(server.address)
    server.run(sockets=[listener])


class StudioServer(uvicorn.Server):
    """Serves a session to those who know the token.

    Attributes:
        address: Of the page.
        on_start: Called once the page can be opened.
    """

    def __init__(self, session: Session, talks: Path, token: str, port: int) -> None:
        config = uvicorn.Config(
            Guard(studio_app(session, talks), token, port),
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            lifespan="on",
            ws="none",
        )
        super().__init__(config)
        self.address = f"http://{HOST}:{port}/{token}/"
        self.on_start: Callable[[], object] = lambda: None
        self._session = session

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and say so."""
        await super().startup(sockets)
        if self.started:
            self.on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the streams to open pages end, and stop."""
        self._session.broadcast.close()
        await super().shutdown(sockets)
