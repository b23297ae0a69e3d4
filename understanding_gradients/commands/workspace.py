"""What the commands share: the folder of what they make, its store, and the rendering of jobs.

Modules that take time to import are imported where they are needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from understanding_gradients.commands.errors import (
    recording_errors,
    request_errors,
    show_details,
    shown,
    write_log,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenes.registry import Clip
    from understanding_gradients.cache.store import Store
    from understanding_gradients.commands.options import PoolOptions
    from understanding_gradients.lecture.settings import Settings
    from understanding_gradients.spec.job import Job, Output
    from understanding_gradients.spec.options import RenderOptions
    from understanding_gradients.spec.quality import Quality
    from understanding_gradients.workers.pool import Pool
    from understanding_gradients.workers.results import RenderResult


class Workspace:
    """The folders of what commands make.

    Args:
        media: The folder of files for people.
        cache: The folder whose ``store`` keeps finished work.
    """

    def __init__(self, media: Path, cache: Path) -> None:
        self.media, self._cache = media, cache

    @cached_property
    def store(self) -> Store:
        """The store of finished work; damage in it is reported on standard error."""
        from understanding_gradients.cache.store import Store

        return Store(self._cache / "store", lambda sentence: click.echo(sentence, err=True))

    def pool(self, options: PoolOptions) -> Pool:
        """Return the pool of processes that render, here or on a cluster."""
        from understanding_gradients.workers.pool import Pool, cores

        processes = options.jobs or cores()
        if not options.cluster:
            return Pool(self.store, processes, options.time_limit)
        from descent.checks.errors import InvalidValue
        from understanding_gradients.cluster.address import Scheduler
        from understanding_gradients.cluster.pool import ClusterPool

        with request_errors():
            scheduler = Scheduler(**options.cluster)
            if options.jobs is not None and not scheduler.is_local:
                raise InvalidValue(
                    "--jobs",
                    f"go without --cluster {scheduler.address}",
                    options.jobs,
                    repair="how many processes render there is decided where its workers are "
                    "started.",
                )
        return ClusterPool(self.store, scheduler, processes, options.time_limit)

    def plan(
        self,
        settings: Settings,
        clips: Sequence[Clip],
        quality: Quality,
        pool: Pool,
        *,
        typed: RenderOptions | None = None,
        transparent: bool = False,
    ) -> list[Job]:
        """Return the jobs for `clips`; the recordings are made while `pool` starts.

        An error about a setting names the option of `typed` that set it.
        """
        from understanding_gradients.commands.progress_bar import waiting_for
        from understanding_gradients.commands.request import flags_for, jobs_for, named_by_options

        flags = flags_for(typed) if typed else {}
        waiting = waiting_for("Recording what the clips will show ...")
        with waiting, recording_errors(), named_by_options(flags):
            return jobs_for(
                settings,
                clips,
                quality,
                self.store,
                lambda: pool.start(len(clips)),
                transparent=transparent,
            )

    def render(self, jobs: list[Job], output: Output, pool: Pool) -> RenderResult:
        """Render `output` of every job, with a progress bar on a terminal."""
        from understanding_gradients.cluster.address import ClusterRefused
        from understanding_gradients.commands.progress_bar import ProgressBar
        from understanding_gradients.spec.job import Output

        unit = "frames" if output == Output.CLIP else "clips"
        try:
            with ProgressBar(len(jobs), unit) as bar:
                return pool.render(jobs, output, bar)
        except ClusterRefused as error:
            raise click.UsageError(str(error)) from error

    @contextmanager
    def exclusive(self, folder: Path) -> Iterator[None]:
        """Write files that belong together while no other run writes into `folder`."""
        from descent._files.locks import exclusive

        message = f"Another run is writing into {shown(folder)}; this one waits for it."
        with exclusive(folder, lambda: click.echo(message, err=True)):
            yield

    def report_failures(self, result: RenderResult) -> None:
        """Print every failure to standard error, and write its log."""
        for failure in result.failures:
            show_details(failure.log)
            log = write_log(failure.slug, failure.log)
            more = f" (more in {log})" if log else ""
            click.echo(f"{failure.slug} failed: {failure.reason}{more}", err=True)

    def exit_on_failures(self, result: RenderResult) -> None:
        """Report every failure, and end with status 1 if there is one."""
        self.report_failures(result)
        if result.failures:
            sys.exit(1)
