"""The interface through which rendering reports its progress."""

from __future__ import annotations

from typing import Protocol


class ProgressReporter(Protocol):
    """Receives the progress of each clip."""

    @property
    def is_shown(self) -> bool:
        """Whether anyone sees the progress, so that frames are worth counting beforehand."""
        ...

    def planned(self, slug: str, frames: int) -> None:
        """Receive the number of frames that a clip will have."""
        ...

    def drawn(self, slug: str, frames: int) -> None:
        """Receive the number of frames of a clip that are drawn so far."""
        ...

    def finished(self, slug: str, rendered: bool) -> None:
        """Receive that a clip is in the store; `rendered` unless it was found there."""
        ...


class NullProgress:
    """Progress that is not shown."""

    is_shown = False

    def planned(self, slug: str, frames: int) -> None:
        """Ignore it."""

    def drawn(self, slug: str, frames: int) -> None:
        """Ignore it."""

    def finished(self, slug: str, rendered: bool) -> None:
        """Ignore it."""
