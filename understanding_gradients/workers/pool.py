"""Tasks on several processes at once: their progress, their failures, their end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from understanding_gradients.cache.bytecode import use_hash_based_pycs
from understanding_gradients.cache.durations import Durations
from understanding_gradients.cache.keys import WORKER, clip_key, scene_module
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import Job, Task, Timeline
from understanding_gradients.workers.concat import assemble, check_source
from understanding_gradients.workers.process import WorkerFailed, WorkerProcess
from understanding_gradients.workers.progress import NullProgress, Progress
from understanding_gradients.workers.schedule import ClipTask, Schedule, WorkerClaim

NOW_AND_THEN = 0.2  # seconds


@dataclass(frozen=True)
class Failure:
    """A clip that could not be made.

    Attributes:
        slug: Which.
        reason: The last line of what its worker said.
        log: All of what its worker said.
    """

    slug: str
    reason: str
    log: str


@dataclass(frozen=True)
class RenderResult:
    """What came of several jobs.

    Attributes:
        entries: The store's folder of each clip that there is, by slug.
        fresh: The slugs of those that had to be made.
        failures: What could not be made.
    """

    entries: dict[str, Path]
    fresh: tuple[str, ...]
    failures: tuple[Failure, ...]


GONE = "it was finished, but is no longer in the store; render it again"


class Pool:
    """Makes clips, or their stills, that the store does not have yet.

    As a context manager it ends the workers that were started and had nothing to do.

    Args:
        store: Where finished ones are kept.
        processes: How many workers run at once.
        limit: How many seconds a worker may take for a clip; none if not given.
    """

    def __init__(self, store: Store, processes: int, limit: float | None = None) -> None:
        self._store = store
        self._processes = max(1, processes)
        self._limit = limit
        self._progress: Progress = NullProgress()
        self._lengths = Durations(store.folder / "lengths")
        self._workers: list[WorkerProcess] = []
        self._source = ""

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(self, *error: object) -> None:
        """End what was started and not used."""
        self._dismiss()

    def start(self) -> None:
        """Start the workers, so that they are ready when it is known what there is to do."""
        if not self._workers:
            sources = Sources()
            use_hash_based_pycs(sources.files(WORKER).values())
            # Taken before they load it: if it is another one later, what they loaded is not that.
            self._source = sources.digest([WORKER])
            self._workers = self._new_workers()
            for worker in self._workers:
                worker.start()

    def make(
        self, jobs: Iterable[Job], makes: str = "clip", progress: Progress | None = None
    ) -> RenderResult:
        """Make what `makes` says of every job; a failure does not stop the others.

        Args:
            jobs: One a clip.
            makes: "clip", or what else `Task.makes` may be.
            progress: Is told how far each clip is.
        """
        self._progress = progress or NullProgress()
        sources = Sources()
        source = sources.digest([WORKER])
        if source != self._source:
            self._dismiss()
            self._source = source
        keys = {job.clip.slug: (job, clip_key(job, makes, sources)) for job in jobs}
        entries = {slug: self._store.find(key) for slug, (_, key) in keys.items()}
        for slug, entry in entries.items():
            if entry is not None:
                self._progress.finished(slug, fresh=False)
        missing = [slug for slug, entry in entries.items() if entry is None]
        for slug in missing:
            scene = scene_module(keys[slug][0])
            use_hash_based_pycs((sources.files(scene) | sources.files(WORKER)).values())
        works = [ClipTask(*keys[slug], makes, self._expected(keys[slug][0])) for slug in missing]
        failures = self._make_all(works) if works else []
        failed = {failure.slug for failure in failures}
        for slug in (one for one in missing if one not in failed):
            entries[slug] = self._store.find(keys[slug][1])
            if entries[slug] is None:
                failures.append(Failure(slug, GONE, GONE))
        there = {slug: entry for slug, entry in entries.items() if entry is not None}
        return RenderResult(
            there, tuple(slug for slug in missing if slug in there), tuple(failures)
        )

    def _expected(self, job: Job) -> int | None:
        """Return how many frames the clip of `job` probably has, and say so."""
        length = self._lengths.recall(job)
        if length is not None:
            self._progress.planned(job.clip.slug, length)
        return length

    def _make_all(self, works: Sequence[ClipTask]) -> list[Failure]:
        schedule = Schedule(works)
        failures: dict[str, Failure] = {}
        workers = self._workers or self._new_workers()
        self._workers = []
        with ExitStack() as stack:
            # Left last: workers that had to be ended could not tidy up.
            stack.callback(self._store.sweep)
            executor = stack.enter_context(ThreadPoolExecutor(self._processes))
            # Left first, also by Ctrl-C: no worker begins any more, running ones end.
            for worker in workers:
                stack.callback(worker.stop)
            served = [executor.submit(self._serve, one, schedule, failures) for one in workers]
            # Looked after now and then: a signal may not wake who waits for a thread.
            while wait(served, timeout=NOW_AND_THEN, return_when=FIRST_EXCEPTION).not_done:
                raise_first(served)
            raise_first(served)
        return list(failures.values())

    def _new_workers(self) -> list[WorkerProcess]:
        return [WorkerProcess(self._limit) for _ in range(self._processes)]

    def _dismiss(self) -> None:
        """End the workers, which have nothing to do."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.close()

    def _serve(
        self, worker: WorkerProcess, schedule: Schedule, failures: dict[str, Failure]
    ) -> None:
        """Keep `worker` at work until there is nothing left for it."""
        try:
            while (work := schedule.next()) is not None:
                slug = work.job.clip.slug
                try:
                    self._have_done(worker, work, schedule)
                except WorkerFailed as failed:
                    failures.setdefault(slug, Failure(slug, last_line(failed.log), failed.log))
                except OSError as error:
                    failures.setdefault(slug, Failure(slug, str(error), str(error)))
        finally:
            worker.close()

    def _have_done(self, worker: WorkerProcess, work: ClipTask, schedule: Schedule) -> None:
        """Have `worker` do its part of `work`; the last to leave finishes it."""
        try:
            self._do_part(worker, work, schedule)
        except BaseException:
            work.failed = True
            raise
        finally:
            is_last = schedule.leave(work)
        if is_last and work.makes == "clip" and not work.failed:
            self._join_takes(work)

    def _do_part(self, worker: WorkerProcess, work: ClipTask, schedule: Schedule) -> None:
        """Have `worker` do its part; a process that the system ended is replaced, once a clip."""
        do = self._draw_takes if work.makes == "clip" else self._fill_entry
        try:
            do(worker, work, schedule)
        except WorkerFailed as failed:
            if not (failed.died and schedule.may_retry(work)):
                raise
            self._store.warn(f"{work.job.clip.slug}: {last_line(failed.log)}; it is tried again.")
            do(worker, work, schedule)

    def _fill_entry(self, worker: WorkerProcess, work: ClipTask, schedule: Schedule) -> None:
        """Have the stills or the count of a clip made, right where they will be kept."""
        with self._store.add(work.key) as folder:
            worker.perform(self._task(work, folder, worker), lambda event: None)
            check_source(work.job, work.key, work.makes)
            timeline = Timeline.load(folder)
        self._finish(work, timeline)

    def _draw_takes(self, worker: WorkerProcess, work: ClipTask, schedule: Schedule) -> None:
        """Have those takes of a clip drawn that no other worker has begun."""
        turn = WorkerClaim(work)

        def hear(event: dict[str, Any]) -> bool | None:
            with schedule.lock:
                return self._hear(work, turn, event)

        counts = self._progress.watched and schedule.counts(work)
        with tempfile.TemporaryDirectory(dir=worker.scratch) as folder:
            try:
                worker.perform(self._task(work, Path(folder), worker, counts), hear)
            except WorkerFailed:
                with schedule.lock:
                    turn.give_up()
                raise
            work.timelines.append(Timeline.load(Path(folder)))

    def _hear(self, work: ClipTask, turn: WorkerClaim, event: dict[str, Any]) -> bool | None:
        slug = work.job.clip.slug
        if event["event"] == "asks":
            return turn.begins(event["take"])
        if event["event"] == "planned":
            self._progress.planned(slug, event["frames"])
        elif event["event"] == "drawn":
            turn.drew(event["frames"])
            self._progress.drawn(slug, work.frames)
        elif event["event"] == "take":
            turn.finished(event["take"], event["key"], event["frames"])
        elif event["event"] == "warns":
            self._store.warn(event["sentence"])
        return None

    def _join_takes(self, work: ClipTask) -> None:
        """Join the takes of a clip into its video, and keep that."""
        self._finish(work, assemble(work.job, work.key, work.takes, work.timelines, self._store))

    def _finish(self, work: ClipTask, timeline: Timeline) -> None:
        self._lengths.remember(work.job, timeline.frames)
        self._progress.finished(work.job.clip.slug, fresh=True)

    def _task(
        self, work: ClipTask, folder: Path, worker: WorkerProcess, counts: bool = False
    ) -> Task:
        return Task(
            job=work.job,
            makes="takes" if work.makes == "clip" else work.makes,
            folder=folder,
            store=self._store.folder,
            scratch=worker.scratch,
            source=self._source,
            counts=counts,
        )


def raise_first(futures: Iterable[Future[None]]) -> None:
    """Raise what one of `futures` that are done has raised, if one has."""
    for one in futures:
        if one.done():
            one.result()


def last_line(said: str) -> str:
    """Return the last line of what a worker said, which tells what was wrong."""
    return said.strip().rpartition("\n")[2]


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
