"""Measure what a process with everything loaded needs from a changed learning rate to a draft.

    .venv/bin/python -m benchmarks.warm SLUG RATE...

Each rate is recorded, then the last frames of the beats are drawn, then the segments, as the studio
does. The first rate also pays for what is loaded. CPU seconds, of this process alone; compare
two versions of the source by running them in turn.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from understanding_gradients.cache.store import Store
from understanding_gradients.commands.request import jobs_for, resolve_request
from understanding_gradients.lecture.kept import keep
from understanding_gradients.render.task import run_task
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES


class Listener:
    """Wants every segment, and is told of progress."""

    def should_draw(self, number: int) -> bool:
        """Return that the segment is wanted."""
        return True

    def max_children(self, running: int) -> int:
        """Return that this process draws all by itself."""
        return 0

    def detach(self) -> None:
        """Never called, since there is no child."""

    def planned(self, frames: int) -> None:
        """Receive the number of frames of the clip."""

    def drawn(self, frames: int, at_once: bool = False) -> None:
        """Receive a number of newly drawn frames."""

    def segment_done(self, number: int, key: str, frames: int) -> None:
        """Receive the key of a segment and its number of frames."""

    def still_drawn(self, position: int, name: str, path: str) -> None:
        """Receive the file of a still."""

    def warn(self, sentence: str) -> None:
        """Receive a warning of the store."""


def measured(make: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds that something takes, and what it returns."""
    start = time.process_time()
    found = make()
    return time.process_time() - start, found


def recorded(slug: str, rate: str, store: Store) -> Job:
    """Return the job of a clip at a learning rate, with its recordings made."""
    settings, clips = resolve_request(RenderOptions(learning_rate=rate), (slug,))
    (job,) = jobs_for(settings, clips, QUALITIES["draft"], store)
    return job


@click.command()
@click.argument("slug")
@click.argument("rates", nargs=-1, required=True)
def main(slug: str, rates: tuple[str, ...]) -> None:
    """Print the CPU seconds of each part for each rate."""
    keep()
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name), Store(Path(name, "store"), click.echo)
        for rate in rates:
            recording, job = measured(lambda rate=rate: recorded(slug, rate, store))
            task = Task(job, Output.STILLS, folder, store.folder, folder, "")
            stills, _ = measured(lambda task=task: run_task(task, Listener()))
            task = replace(task, output=Output.SEGMENTS)
            draft, _ = measured(lambda task=task: run_task(task, Listener()))
            click.echo(f"{rate}: record {recording:.2f}, stills {stills:.2f}, draft {draft:.2f}")


if __name__ == "__main__":
    main()
