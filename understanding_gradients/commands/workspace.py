"""What the commands of `render.py` share: a place to work, what they refuse, what they say.

Everything that takes time to import is imported where it is needed.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from descent._files.atomic_write import atomic_write

if TYPE_CHECKING:
    from scenes.registry import Clip
    from understanding_gradients.cache.store import Store
    from understanding_gradients.lecture.settings import Settings
    from understanding_gradients.spec.job import Job, Output
    from understanding_gradients.spec.quality import Quality
    from understanding_gradients.workers.pool import Pool, RenderResult


class Command(click.Command):
    """A command that ends in one sentence if its help cannot be said."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read what was typed, and say the help if that was asked for."""
        with output_errors():
            return super().make_context(*args, **more)


class Commands(click.Group, Command):
    """Commands of which each ends in one sentence if something stops its work half way."""

    command_class = Command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        with runtime_errors():
            return super().invoke(ctx)


class Workspace:
    """Where a command works.

    Args:
        media: The folder of all that is made; finished work is kept in its `store`.
    """

    def __init__(self, media: Path) -> None:
        self.media = media

    @property
    def store(self) -> Store:
        """What is finished; damage in it is said on standard error."""
        from understanding_gradients.cache.store import Store

        return Store(self.media / "store", lambda sentence: click.echo(sentence, err=True))

    def pool(
        self,
        processes: int | None,
        limit: float | None = None,
        cluster: Mapping[str, Any] | None = None,
    ) -> Pool:
        """Return what draws, on as many processes as asked for, or as there are cores.

        Args:
            processes: On this machine.
            limit: How many seconds a clip may take; any if not given.
            cluster: Where else to draw, as for `understanding_gradients.cluster.address.Scheduler`.
        """
        from understanding_gradients.workers.pool import Pool, cores

        if cluster is None:
            return Pool(self.store, processes or cores(), limit)
        from understanding_gradients.cluster.address import Scheduler
        from understanding_gradients.cluster.pool import ClusterPool

        with request_errors():
            scheduler = Scheduler(**cluster)
            if processes is not None and not scheduler.is_local:
                raise ValueError(
                    f"--jobs must go without --cluster {scheduler.address}: how many processes "
                    "draw there is decided where its workers are started."
                )
        return ClusterPool(self.store, scheduler, processes or cores(), limit)

    def plan(
        self,
        settings: Settings,
        clips: list[Clip],
        quality: Quality,
        pool: Pool,
        transparent: bool = False,
    ) -> list[Job]:
        """Return the jobs for `clips`, recording what they need while `pool` gets ready."""
        from understanding_gradients.commands.progress_bar import waiting_for
        from understanding_gradients.commands.request import jobs_for

        with waiting_for("Recording what the clips will show ..."), runtime_errors():
            jobs = jobs_for(settings, clips, quality, self.store, pool.start)
        return [replace(job, transparent=transparent) for job in jobs]

    def make(self, jobs: list[Job], makes: Output, pool: Pool) -> RenderResult:
        """Make what `makes` says of every job, showing progress on a terminal."""
        from understanding_gradients.cluster.address import ClusterRefused
        from understanding_gradients.commands.progress_bar import Bar

        unit = "frames" if makes == "clip" else "clips"
        try:
            with Bar(len(jobs), unit) as bar:
                return pool.render(jobs, makes, bar)
        except ClusterRefused as error:
            raise click.UsageError(str(error)) from error

    @contextmanager
    def exclusive(self, folder: Path) -> Iterator[None]:
        """Write files that belong together while nobody else does, and say if that has to wait."""
        from descent._files.locks import exclusive

        said = f"Another run is writing into {shown(folder)}; this one waits for it."
        with exclusive(folder, lambda: click.echo(said, err=True)):
            yield

    def report(self, made: RenderResult) -> None:
        """Name every failure and end with status 1, if there is one."""
        for failure in made.failures:
            log = self.media / "logs" / f"{failure.slug}.txt"
            more = ""
            # A disk that takes no log is a reason more to say what failed.
            with suppress(OSError):
                log.parent.mkdir(parents=True, exist_ok=True)
                # A link that lies there is not followed.
                with atomic_write(log) as unfinished:
                    unfinished.write_text(failure.log, encoding="utf-8")
                more = f" (more in {shown(log)})"
            click.echo(f"{failure.slug} failed: {failure.reason}{more}", err=True)
        if made.failures:
            sys.exit(1)


def say(text: str) -> None:
    """Say on standard output what was asked for."""
    with output_errors():
        click.echo(text)


@contextmanager
def output_errors() -> Iterator[None]:
    """Turn what keeps standard output from taking what is said into one sentence and status 1."""
    try:
        yield
    except OSError as error:
        # What is still held back would fail once more when Python ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # who listened has heard enough
            sys.exit(1)
        raise click.ClickException(
            f"Standard output must take what is said; got '{error.strerror}': send it elsewhere."
        ) from error


def shown(path: Path) -> str:
    """Return `path` as short as it can be said from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


@contextmanager
def request_errors() -> Iterator[None]:
    """Turn what is wrong with a request into one sentence and status 2."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise click.UsageError(sentence(error)) from error


@contextmanager
def runtime_errors() -> Iterator[None]:
    """Turn what stops the work half way into one sentence and status 1."""
    try:
        yield
    except (click.exceptions.Exit, click.Abort):  # RuntimeErrors too, by which click itself ends
        raise
    except (OSError, RuntimeError) as error:
        raise click.ClickException(sentence(error)) from error


def sentence(error: Exception) -> str:
    """Return what an error says; the system's own errors say what and why, not their number."""
    from descent.checks.texts import in_a_line

    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return in_a_line(f"{place}{error.strerror}.")
    return in_a_line(str(error))
