"""The interface through which rendering reports its progress."""

from __future__ import annotations

from pathlib import Path


class ProgressReporter:
    """Receives the progress of each clip; this one shows nothing.

    Attributes:
        is_shown: Whether anyone sees the progress, so that frames are worth counting beforehand.
    """

    is_shown = False

    def planned(self, slug: str, frames: int) -> None:
        """Receive the number of frames that a clip will have."""

    def drawn(self, slug: str, frames: int) -> None:
        """Receive the number of frames of a clip that are drawn so far."""

    def finished(self, slug: str, rendered: bool) -> None:
        """Receive that a clip is in the store; `rendered` unless it was found there."""

    def still_drawn(self, slug: str, position: int, beat: str, path: Path) -> None:
        """Receive the still of a beat, which will be moved into the store with the others."""
