"""The process that gives a worker its tasks, as what runs a task sees it."""

from __future__ import annotations

from typing import Protocol


class Parent(Protocol):
    """Decides which segments a task draws, and receives its progress."""

    def should_draw(self, number: int) -> bool:
        """Return whether to draw the segment `number`; `NoMoreSegments` ends the scene."""
        ...

    def planned(self, frames: int) -> None:
        """Receive the number of frames of the clip."""

    def drawn(self, frames: int, at_once: bool = False) -> None:
        """Receive a number of newly drawn frames."""

    def max_children(self, running: int) -> int:
        """Return how many children of this process may draw, where `running` do."""
        ...

    def detach(self) -> None:
        """Leave the parent to this process: called in a child of it."""

    def segment_done(self, number: int, key: str, frames: int) -> None:
        """Receive the key of a segment and its number of frames."""

    def still_drawn(self, position: int, name: str, path: str) -> None:
        """Receive the position and the name of a beat, and the file of its still."""

    def warn(self, sentence: str) -> None:
        """Receive a warning of the store."""
