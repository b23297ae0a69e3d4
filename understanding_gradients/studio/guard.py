"""Who may ask the studio for anything: its own page, by an address that nobody can guess.

The server is bound to 127.0.0.1, but any page in the lecturer's browser can send requests there,
and so can any other user of the machine. So every path begins with a random token; the Host must be
the server's, which defeats DNS rebinding; what changes anything must come from the page itself.
"""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
SAFE_METHODS = ("GET", "HEAD")
MAX_BODY = 1 << 20  # bytes; a thousand rows take a tenth
MAX_UPLOAD = 1 << 29  # of a presentation with films
JSON, UPLOAD = "application/json", "application/octet-stream"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; media-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Passes on the requests of the studio's own page, without the token, and refuses others.

    Args:
        app: What answers them.
        token: The secret first part of every path.
        port: That of the server.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._prefix = app, f"/{token}/"
        self._hosts = [f"{host}:{port}" for host in HOSTS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, with_headers(send))
            return
        limit = MAX_UPLOAD if Headers(scope=scope).get("content-type") == UPLOAD else MAX_BODY
        inner = {**scope, "path": scope["path"][len(self._prefix) - 1 :]}
        inner["raw_path"] = inner["path"].encode()
        await self._app(inner, bounded(receive, limit), with_headers(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return PlainTextResponse("The Host must be that of the studio.", 403)
        path = scope["path"].encode(errors="surrogatepass")
        prefix = self._prefix.encode()
        if not hmac.compare_digest(path[: len(prefix)], prefix):
            return PlainTextResponse("The address must be the one that the studio printed.", 403)
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return PlainTextResponse("A request must come from the studio's own page.", 403)
        if scope["method"] in SAFE_METHODS:
            return None
        if headers.get("origin") != f"http://{host}":
            return PlainTextResponse("A request must come from the studio's own page.", 403)
        if headers.get("content-type") not in (JSON, UPLOAD):
            return PlainTextResponse(f"A request must be {JSON} or {UPLOAD}.", 415)
        limit = MAX_UPLOAD if headers["content-type"] == UPLOAD else MAX_BODY
        if not is_within(headers.get("content-length"), limit):
            return PlainTextResponse(f"A request must state its length, at most {limit:,}.", 413)
        return None


def is_within(length: str | None, limit: int) -> bool:
    """Return whether a Content-Length is a number that does not exceed `limit`."""
    return length is not None and length.isdecimal() and len(length) < 12 and int(length) <= limit


def bounded(receive: Receive, limit: int) -> Receive:
    """Return `receive` that ends the request when it is larger than it may be."""
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        return message if size <= limit else {"type": "http.disconnect"}

    return receive_bounded


def with_headers(send: Send) -> Send:
    """Return `send` that adds the headers of every response."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers
