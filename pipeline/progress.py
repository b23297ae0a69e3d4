"""How far the work is, on a terminal: one bar in frames, with an estimate of what is left."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Bar:
    """Shows the frames of all clips as one bar; shows nothing where nobody is looking.

    Args:
        clips: How many clips there will be.
        console: Where to show it; standard error by default.
    """

    def __init__(self, clips: int, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._clips = clips
        self._totals: dict[str, int] = {}
        self._drawn: dict[str, int] = {}
        self._finished: set[str] = set()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f} frames"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("Counting frames", total=0)

    def __enter__(self) -> Bar:
        """Start showing."""
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Take the bar away."""
        self._progress.stop()

    def planned(self, slug: str, frames: int) -> None:
        """Learn how many frames a clip will have."""
        self._totals[slug] = frames
        self._show()

    def drawn(self, slug: str, frames: int) -> None:
        """Learn how many frames of a clip are drawn."""
        self._drawn[slug] = frames
        self._show()

    def finished(self, slug: str, fresh: bool) -> None:
        """Learn that a clip is there."""
        self._finished.add(slug)
        if fresh:
            self._drawn[slug] = self._totals.get(slug, 0)
        else:
            self._clips -= 1
        self._show()

    @property
    def total(self) -> int:
        """How many frames there will be; a clip not counted yet is taken for an average one."""
        if not self._totals:
            return 0
        return round(sum(self._totals.values()) / len(self._totals) * self._clips)

    def _show(self) -> None:
        drawing = sorted(set(self._drawn) - self._finished)
        self._progress.update(
            self._task,
            description=", ".join(drawing) or "Counting frames",
            total=self.total,
            completed=sum(self._drawn.values()),
        )
