"""The studio's page in a headless browser, on a server that records and draws nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.studio.preview import Preview
from understanding_gradients.studio.serving import StudioServer, listening
from understanding_gradients.studio.session import Session

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
def idle_session(path: Path, text: str) -> Iterator[Session]:
    """Give a session on a new settings file of this text, without what records and draws."""
    path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("understanding_gradients.studio.session.Preview", IdlePreview)
        yield Session(path, Store(path.parent / "store", pytest.fail))


class Opened:
    """A page in a browser, and the session that it shows."""

    def __init__(self, page: Any, session: Session) -> None:
        self.page, self.session = page, session

    @property
    def settings(self) -> Settings:
        """The settings of the document as they are now."""
        return self.session.document.settings

    def until(self, condition: Callable[[Settings], bool]) -> None:
        """Wait until the settings fulfill a condition."""
        for _ in range(3_000):
            if condition(self.settings):
                return
            self.page.wait_for_timeout(20)
        assert condition(self.settings)

    def reads(self, label: str, text: str) -> None:
        """Wait until the field with a label shows a text; the page lets no script be evaluated."""
        field = self.page.get_by_label(label, exact=True)
        for _ in range(3_000):
            if field.input_value() == text:
                return
            self.page.wait_for_timeout(20)
        assert field.input_value() == text

    def write(self, label: str, text: str) -> None:
        """Write a text into the field with a label, and leave it."""
        field = self.page.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Tab")


@contextmanager
def opened_page(app: Any, session: Session, height: int) -> Iterator[tuple[Opened, list[str]]]:
    """Open the page of a session, and give it with a list of what the browser complains about."""
    with served(session, session.preview._store) as address:
        page = app.new_page(viewport={"width": 1280, "height": height})
        page.set_default_timeout(120_000)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        yield Opened(page, session), complaints
        page.close()
