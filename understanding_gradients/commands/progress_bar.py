"""A progress bar with an estimate of the remaining time, on a terminal only.

For a program that starts a command, the environment variable UNDERSTANDING_GRADIENTS_PROGRESS=lines
has the same progress written to standard error, as lines that begin with "progress ".
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from understanding_gradients.workers.progress import ProgressReporter

VARIABLE, LINES = "UNDERSTANDING_GRADIENTS_PROGRESS", "lines"
PREFIX = "progress "
SECONDS = 0.2  # between two lines


class ProgressBar(ProgressReporter):
    """One bar for all clips, measured in "frames", or in "clips" where frames are not drawn.

    It is shown on standard error by default.
    """

    def __init__(self, clips: int, unit: str = "frames", console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._clips = clips
        self._unit = unit
        self._totals: dict[str, int] = {}
        self._drawn: dict[str, int] = {}
        self._finished: set[str] = set()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn(f"{{task.completed:.0f}} of {{task.total:.0f}} {unit}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._has_lines = os.environ.get(VARIABLE) == LINES
        self._last_line = 0.0
        self.is_shown = console.is_terminal or self._has_lines
        self._task = self._progress.add_task("Drawing", total=self.total)

    def __enter__(self) -> ProgressBar:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the bar."""
        self._progress.stop()

    def planned(self, slug: str, frames: int) -> None:
        """Receive the number of frames that a clip will have."""
        self._totals[slug] = frames
        self._update()

    def drawn(self, slug: str, frames: int) -> None:
        """Receive the number of frames of a clip that are drawn so far."""
        self._drawn[slug] = frames
        self._update()

    def finished(self, slug: str, rendered: bool) -> None:
        """Receive that a clip is in the store; `rendered` unless it was found there."""
        if rendered:
            self._finished.add(slug)
            self._drawn[slug] = self._totals.get(slug, 0)
        else:
            self._clips -= 1
        self._update()

    @property
    def total(self) -> int:
        """The amount of work; a clip without a known length counts as an average one."""
        if self._unit == "clips":
            return self._clips
        if not self._totals:
            return 0
        return round(sum(self._totals.values()) / len(self._totals) * self._clips)

    @property
    def completed(self) -> int:
        """The part of the work that is done."""
        return len(self._finished) if self._unit == "clips" else sum(self._drawn.values())

    def _update(self) -> None:
        unfinished = sorted((set(self._totals) | set(self._drawn)) - self._finished)
        self._progress.update(
            self._task,
            description=", ".join(unfinished) or "Drawing",
            total=self.total,
            completed=self.completed,
        )
        if self._has_lines:
            self._write_line(", ".join(unfinished))

    def _write_line(self, clips: str) -> None:
        now, is_done = time.monotonic(), self.completed >= self.total
        if now - self._last_line >= SECONDS or is_done:
            self._last_line = now
            values = {"completed": self.completed, "total": self.total, "unit": self._unit}
            line = json.dumps({**values, "clips": clips})
            print(f"{PREFIX}{line}", file=sys.stderr, flush=True)


@contextmanager
def waiting_for(what: str) -> Iterator[None]:
    """Show on a terminal what the command waits for."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
