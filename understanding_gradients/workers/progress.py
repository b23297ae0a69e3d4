"""Who is told how far each clip is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told how far each clip is."""

    @property
    def watched(self) -> bool:
        """Whether anyone looks, so that frames are worth counting beforehand."""
        ...

    def planned(self, slug: str, frames: int) -> None:
        """The clip will have so many frames."""
        ...

    def drawn(self, slug: str, frames: int) -> None:
        """So many frames of the clip are finished."""
        ...

    def finished(self, slug: str, fresh: bool) -> None:
        """The clip is in the store; `fresh` unless it was found there."""
        ...


class NullProgress:
    """Progress that nobody watches."""

    watched = False

    def planned(self, slug: str, frames: int) -> None:
        """Say nothing."""

    def drawn(self, slug: str, frames: int) -> None:
        """Say nothing."""

    def finished(self, slug: str, fresh: bool) -> None:
        """Say nothing."""
