"""The studio's page in a headless browser, on a server that records and draws nothing."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from understanding_gradients.cache.store import Store
from understanding_gradients.studio.preview import Preview
from understanding_gradients.studio.serving import StudioServer, listening
from understanding_gradients.studio.session import Session

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
TOKEN = "a" * 43


class IdlePreview(Preview):
    """A preview that shows what a test gives it."""

    async def load(self) -> None:
        """Load nothing."""

    def show(self, *_: Any) -> None:
        """Record and draw nothing."""


def blank_picture(preview: Preview) -> str:
    """Return the address of a picture as large as a draft."""
    content = BytesIO()
    Image.new("RGB", (854, 480), "#171E27").save(content, "PNG")
    return preview.pictures.add(content.getvalue())


@contextmanager
def served(session: Session, store: Store) -> Iterator[str]:
    """Serve a session in a thread while the context lasts, and give its address."""
    listener = listening(0)
    server = StudioServer(session, store.folder, TOKEN, listener.getsockname()[1])
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield server.address
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def browser() -> Iterator[Any]:
    """Give a headless browser; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        app = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield app
        app.close()


@contextmanager
def idle_session(path: Path, text: str) -> Iterator[Session]:
    """Give a session on a new settings file of this text, without what records and draws."""
    path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("understanding_gradients.studio.session.Preview", IdlePreview)
        yield Session(path, Store(path.parent / "store", pytest.fail))
