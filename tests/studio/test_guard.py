"""Who is answered: the studio's own page, and nobody else; every refusal in one sentence."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from understanding_gradients.studio.guard import MAX_BODY, Guard

TOKEN, PORT = "a" * 43, 8421
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
PAGE = {"host": HOST, "origin": ORIGIN, "content-type": "application/json"}


async def echo(request):
    return PlainTextResponse(f"{request.url.path} {len(await request.body())}")


ROUTES = [Route("/", echo), Route("/edit", echo, methods=["POST"])]
GUARD = Guard(Starlette(routes=ROUTES), TOKEN, PORT)


def ask(method, path, headers, content=None):
    async def exchange():
        transport = httpx.ASGITransport(GUARD)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.request(method, path, headers=headers, content=content)

    return asyncio.run(exchange())


def test_the_address_alone_opens_the_page():
    answer = ask("GET", f"/{TOKEN}/", {"host": HOST})
    assert (answer.status_code, answer.text) == (200, "/ 0")
    assert ask("GET", f"/{TOKEN}/", {"host": f"localhost:{PORT}"}).status_code == 200


def test_the_page_may_change_things():
    answer = ask("POST", f"/{TOKEN}/edit", PAGE, b"{}")
    assert (answer.status_code, answer.text) == (200, "/edit 2")


WITHOUT_TOKEN = ("/", "/edit", f"/{TOKEN}", f"/{TOKEN[:-1]}b/", f"/x/{TOKEN}/", "/ä/")


@pytest.mark.parametrize("path", WITHOUT_TOKEN)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_path_without_the_token_is_refused(path, method):
    answer = ask(method, path, PAGE, b"{}" if method == "POST" else None)
    assert answer.status_code == 403
    assert answer.text.count(".") == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"host": "example.org"}, 403),
        ({"host": f"example.org:{PORT}", "origin": f"http://example.org:{PORT}"}, 403),
        ({"host": "127.0.0.1"}, 403),
        ({"origin": "http://example.org"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"http://localhost:{PORT}"}, 403),
        ({"origin": None}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": None}, 415),
        ({"content-length": str(MAX_BODY + 1)}, 413),
        ({"content-length": "9" * 5000}, 413),
        ({"content-length": "-1"}, 413),
        ({"content-length": None, "transfer-encoding": "chunked"}, 413),
    ],
)
def test_what_another_page_could_send_is_refused(change, status):
    headers = PAGE | {"content-length": "2"} | change
    kept = [(name.encode(), value.encode()) for name, value in headers.items() if value is not None]
    answered = asyncio.run(answer_to(kept, [b"{}"]))
    assert answered[0]["status"] == status


def test_a_body_that_is_larger_than_it_says_is_cut_off():
    headers = [(name.encode(), value.encode()) for name, value in PAGE.items()]
    with pytest.raises(ClientDisconnect):
        asyncio.run(answer_to([*headers, (b"content-length", b"2")], [b"x" * MAX_BODY, b"x"]))


async def answer_to(headers, parts):
    """Send a request as it is, and return the messages of the answer."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    waiting[-1]["more_body"] = len(parts) > 1
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/{TOKEN}/edit",
        "headers": headers,
        "query_string": b"",
    }
    answered = []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        answered.append(message)

    await GUARD(scope, receive, send)
    return answered


@pytest.mark.parametrize("path", [f"/{TOKEN}/", "/", f"/{TOKEN}/nowhere"])
def test_every_answer_has_the_headers_of_a_page_that_trusts_nothing_else(path):
    headers = ask("GET", path, {"host": HOST}).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers
