"""How far the work is, on a terminal, with an estimate of what is left; nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Bar:
    """One bar for all clips, as long as their frames, or as their number if only that is known.

    Args:
        clips: How many clips there will be.
        unit: "frames" or "clips".
        console: Where to show it; standard error by default.
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
        self._task = self._progress.add_task("Drawing", total=self.total)

    def __enter__(self) -> Bar:
        """Start showing."""
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Take the bar away."""
        self._progress.stop()

    @property
    def is_shown(self) -> bool:
        """Whether there is a terminal to show it on."""
        return not self._progress.disable

    def planned(self, slug: str, frames: int) -> None:
        """Learn how many frames a clip will have."""
        self._totals[slug] = frames
        self._show()

    def drawn(self, slug: str, frames: int) -> None:
        """Learn how many frames of a clip are drawn."""
        self._drawn[slug] = frames
        self._show()

    def finished(self, slug: str, rendered: bool) -> None:
        """Learn that a clip is there."""
        if rendered:
            self._finished.add(slug)
            self._drawn[slug] = self._totals.get(slug, 0)
        else:
            self._clips -= 1
        self._show()

    @property
    def total(self) -> int:
        """How much there is to do; a clip not counted yet is taken for an average one."""
        if self._unit == "clips":
            return self._clips
        if not self._totals:
            return 0
        return round(sum(self._totals.values()) / len(self._totals) * self._clips)

    @property
    def completed(self) -> int:
        """How much of it is done."""
        return len(self._finished) if self._unit == "clips" else sum(self._drawn.values())

    def _show(self) -> None:
        under_way = sorted((set(self._totals) | set(self._drawn)) - self._finished)
        self._progress.update(
            self._task,
            description=", ".join(under_way) or "Drawing",
            total=self.total,
            completed=self.completed,
        )


@contextmanager
def waiting_for(what: str) -> Iterator[None]:
    """Show that something is being waited for."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
