"""What came of rendering several clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from understanding_gradients.workers.process import WorkerFailed


@dataclass(frozen=True)
class Failure:
    """A clip that could not be rendered, with the log of its worker."""

    slug: str
    log: str

    @classmethod
    def of(cls, slug: str, error: Exception) -> Self:
        """Return the failure of a clip by one of CLIP_ERRORS."""
        return cls(slug, error.log if isinstance(error, WorkerFailed) else str(error))

    @property
    def reason(self) -> str:
        """The last line of the log, which says what was wrong."""
        return last_line(self.log)


@dataclass(frozen=True)
class RenderResult:
    """What came of several jobs: the store's folder of each finished clip, and the failures.

    `rendered` are the slugs of clips that were not found in the store.
    """

    entries: dict[str, Path]
    rendered: tuple[str, ...]
    failures: tuple[Failure, ...]


def last_line(log: str) -> str:
    """Return the last line of a worker's log, which says what was wrong."""
    return log.strip().rpartition("\n")[2]
