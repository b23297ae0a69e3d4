"""What the commands share: the media folder, its store, the workers and the report of failures.

Modules that take time to import are imported where they are needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from descent.checks.errors import InvalidValue
from understanding_gradients.commands.errors import (
    display_path,
    is_verbose,
    request_errors,
    runtime_errors,
    write_log,
)

if TYPE_CHECKING:
    from scenes.registry import Clip
    from understanding_gradients.cache.store import Store
    from understanding_gradients.lecture.settings import Settings
    from understanding_gradients.spec.job import Job, Output
    from understanding_gradients.spec.quality import Quality
    from understanding_gradients.workers.pool import Pool, RenderResult


class Workspace:
    """Where a command works.

    Args:
        media: The folder of all output; finished work is kept in its `store`.
    """

    def __init__(self, media: Path) -> None:
        self.media = media

    @property
    def store(self) -> Store:
        """The store, which reports damage on standard error."""
        from understanding_gradients.cache.store import Store

        return Store(self.media / "store", lambda sentence: click.echo(sentence, err=True))

    def pool(
        self,
        processes: int | None,
        time_limit: float | None = None,
        cluster: Mapping[str, Any] | None = None,
    ) -> Pool:
        """Return the pool of workers.

        Args:
            processes: The number of processes on this machine; one per core if None.
            time_limit: The longest time per clip in seconds.
            cluster: The arguments of `cluster.address.Scheduler`; None draws on this machine.
        """
        from understanding_gradients.workers.pool import Pool, cores

        if cluster is None:
            return Pool(self.store, processes or cores(), time_limit)
        from understanding_gradients.cluster.address import Scheduler
        from understanding_gradients.cluster.pool import ClusterPool

        with request_errors():
            scheduler = Scheduler(**cluster)
            if processes is not None and not scheduler.is_local:
                raise InvalidValue(
                    "--jobs",
                    f"go without --cluster {scheduler.address}",
                    processes,
                    repair="the number of processes is set where its workers are started.",
                )
        return ClusterPool(self.store, scheduler, processes or cores(), time_limit)

    def plan(
        self,
        settings: Settings,
        clips: list[Clip],
        quality: Quality,
        pool: Pool,
        transparent: bool = False,
    ) -> list[Job]:
        """Return the jobs for `clips`, recording their inputs while the workers start."""
        from understanding_gradients.commands.jobs import jobs_for
        from understanding_gradients.commands.progress_bar import waiting_for

        with waiting_for("Recording what the clips will show ..."), runtime_errors():
            jobs = jobs_for(settings, clips, quality, self.store, pool.start)
        return [replace(job, transparent=transparent) for job in jobs]

    def render(self, jobs: list[Job], output: Output, pool: Pool) -> RenderResult:
        """Render `output` of every job, with a progress bar on a terminal."""
        from understanding_gradients.cluster.address import ClusterRefused
        from understanding_gradients.commands.progress_bar import Bar
        from understanding_gradients.spec.job import Output

        unit = "frames" if output == Output.CLIP else "clips"
        try:
            with Bar(len(jobs), unit) as bar:
                return pool.render(jobs, output, bar)
        except ClusterRefused as error:
            raise click.UsageError(str(error)) from error

    @contextmanager
    def exclusive(self, folder: Path) -> Iterator[None]:
        """Hold the lock of `folder` while files that belong together are written."""
        from descent._files.locks import exclusive

        waiting = f"Another run is writing into {display_path(folder)}; this one waits for it."
        with exclusive(folder, lambda: click.echo(waiting, err=True)):
            yield

    def report(self, result: RenderResult) -> None:
        """Name every failure, and end with status 1 if there is one."""
        for failure in result.failures:
            log = write_log(failure.slug, failure.log, self.media)
            more = f" (more in {display_path(log)})" if log else ""
            click.echo(f"{failure.slug} failed: {failure.reason}{more}", err=True)
            if is_verbose():
                click.echo(failure.log, err=True)
        if result.failures:
            sys.exit(1)
