"""Stills before they are in the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from understanding_gradients.workers.progress import ProgressReporter


class StillReader(ProgressReporter):
    """Reads each still as it is drawn, before it is moved."""

    def __init__(self, show: Callable[[str, bytes], object]) -> None:
        self._show = show

    def still_drawn(self, slug: str, position: int, beat: str, path: Path) -> None:
        """Receive the still of a beat."""
        with suppress(OSError):  # the worker was killed meanwhile
            self._show(beat, path.read_bytes())


class Pictures:
    """The newest stills that are not in the store yet, by an address that is made of their bytes.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int = 200) -> None:
        self._most = most
        self._contents: dict[str, bytes] = {}

    def add(self, content: bytes) -> str:
        """Keep a picture, and return its address."""
        name = hashlib.sha256(content).hexdigest()
        self._contents.pop(name, None)
        self._contents[name] = content
        while len(self._contents) > self._most:
            del self._contents[next(iter(self._contents))]
        return f"pictures/{name}.png"

    def get(self, name: str) -> bytes | None:
        """Return the picture of this digest, if it is kept."""
        return self._contents.get(name)
