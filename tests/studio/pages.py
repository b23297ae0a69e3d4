"""The studio's page in a headless browser, on a server that records and draws nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.timeline import CLIP_FILE, Beat, Timeline
from understanding_gradients.studio.preview import Preview
from understanding_gradients.studio.serving import StudioServer, listening
from understanding_gradients.studio.session import Session

TOKEN = "a" * 43
CLIP = "very-large-learning-rate"
LECTURE = """\
# For the hour on Tuesday.
[data]
rows = [
    [0.0, 1.0],  # the first
    [1.0, 3.0],
]
picked_row = 1

[descent]
loss = "bowl"
start = [2.0, 1.0]
steps = 2

[learning_rates]
very_large = 0.5
"""


class IdlePreview(Preview):
    """A preview that shows what a test gives it."""

    async def load(self) -> None:
        """Load nothing."""
        self.loop = asyncio.get_running_loop()

    def show(self, *_: Any) -> None:
        """Record and draw nothing."""


def blank_picture(preview: Preview) -> str:
    """Return the address of a picture as large as a draft."""
    content = BytesIO()
    Image.new("RGB", (854, 480), "#171E27").save(content, "PNG")
    return preview.pictures.add(content.getvalue())


def show_clip(preview: Preview, *names: str, film: Path | None = None) -> None:
    """Let a preview show `CLIP` with beats of two seconds, and the folder of its film."""
    shown = preview.clips[CLIP]
    beats = [
        Beat(name, f"Caption of {name}.", 30 * at, 30 * at + 30) for at, name in enumerate(names)
    ]
    shown.title = "A very large learning rate"
    shown.timeline = Timeline(15, 30 * len(beats), tuple(beats), shown.title)
    shown.show_stills({name: blank_picture(preview) for name in names}, 1)
    if film is not None:
        preview._entries[film.name] = film
        shown.show_film(f"store/{film.name}/{CLIP_FILE}", 1)


def make_film(folder: Path, frames: int) -> Path:
    """Make an entry of the store with a film of grey frames, and return its folder."""
    folder.mkdir(parents=True)
    with av.open(folder / CLIP_FILE, "w") as film:
        stream = film.add_stream("libx264", rate=15, options={"g": "15"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for at in range(frames):
            grey = np.full((36, 64, 3), at, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        film.mux(stream.encode(None))
    return folder


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

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is fulfilled; the page lets no script be evaluated."""
        for _ in range(3_000):
            if condition():
                return
            self.page.wait_for_timeout(20)
        assert condition()

    def until(self, condition: Callable[[Settings], bool]) -> None:
        """Wait until the settings fulfill a condition."""
        self.wait(lambda: condition(self.settings))

    def tell(self, name: str) -> None:
        """Let the page hear what is shown under a name now."""
        preview: Any = self.session.preview
        preview.loop.call_soon_threadsafe(self.session.broadcast.changed, name)

    def reads(self, label: str, text: str) -> None:
        """Wait until the field with a label shows a text."""
        field = self.page.get_by_label(label, exact=True)
        self.wait(lambda: field.input_value() == text)

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


def paste(page: Any, text: str) -> None:
    """Paste a text where the focus is, as a browser tells a page of it."""
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = { clipboardData: data, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", event));
        }""",
        text,
    )
