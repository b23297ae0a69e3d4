"""Render clips with several worker processes: progress, failures and interrupts."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from understanding_gradients.cache.bytecode import use_hash_based_pycs
from understanding_gradients.cache.durations import Durations
from understanding_gradients.cache.keys import WORKER, clip_key, scene_module
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.render.forking import CAN_FORK
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.spec.timeline import BEATS_FILE, Timeline
from understanding_gradients.workers.cancellation import Cancellation
from understanding_gradients.workers.concat import check_source, concat_segments
from understanding_gradients.workers.events import (
    ChildrenRunning,
    Decision,
    FramesDrawn,
    FramesPlanned,
    SegmentDone,
    SegmentStarted,
    StillDrawn,
    StoreWarning,
    WorkerEvent,
)
from understanding_gradients.workers.process import Answer, WorkerFailed, WorkerProcess
from understanding_gradients.workers.progress import ProgressReporter
from understanding_gradients.workers.results import Failure, RenderResult, last_line
from understanding_gradients.workers.schedule import ClipTask, Schedule, WorkerClaim

POLL_SECONDS = 0.2
# These concern one clip, and the others go on. A line that a worker garbles is a ValueError.
CLIP_ERRORS = (WorkerFailed, OperationFailed, OSError, ValueError)


CANCELLED = "it was given up before it was finished"
GONE = "it was finished, but is no longer in the store; render it again"


class Pool:
    """Renders clips, stills or counts that the store lacks.

    As a context manager it ends workers that were started and not used.

    Args:
        store: Where finished clips are kept.
        processes: The number of worker processes.
        limit: How many seconds a worker may spend on a clip; no limit by default.
        stays_loaded: Whether workers are kept for the next `render`, until the pool is closed.
    """

    def __init__(
        self,
        store: Store,
        processes: int,
        limit: float | None = None,
        *,
        stays_loaded: bool = False,
    ) -> None:
        self._store = store
        self._processes = max(1, processes)
        self._limit = limit
        self._stays_loaded = stays_loaded
        self._progress = ProgressReporter()
        self._durations = Durations(store.folder / "durations")
        self._workers: list[WorkerProcess] = []
        self._source = ""
        self._event_lock = threading.Lock()

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(self, *error: object) -> None:
        """End workers that were started and not used."""
        self.close()

    def close(self) -> None:
        """End the workers that are loaded."""
        self._close_workers()

    def start(self, clips: int | None = None) -> None:
        """Start the workers, so that they are loaded when the jobs are known.

        Args:
            clips: How many clips there will be; as many as there are processes, by default.
        """
        if not self._workers:
            sources = Sources()
            use_hash_based_pycs(sources.files(WORKER).values())
            # Computed before the workers load it: a change in between is found out.
            self._source = sources.digest([WORKER])
            self._workers = self._new_workers()
            for worker in self._workers[: self._needed(clips)]:
                worker.start()

    def _needed(self, clips: int | None) -> int:
        """Return how many workers play scenes: one a clip, where its segments need no others."""
        return self._processes if clips is None or not CAN_FORK else min(self._processes, clips)

    def render(
        self,
        jobs: Iterable[Job],
        output: Output = Output.CLIP,
        progress: ProgressReporter | None = None,
        *,
        first_beat: str = "",
        cancellation: Cancellation | None = None,
    ) -> RenderResult:
        """Render `output` of every job, at most one per clip; a failure stops no other.

        Args:
            jobs: What to render.
            output: What to make of each.
            progress: Receives the progress.
            first_beat: Of stills, that of this beat is drawn first.
            cancellation: Once cancelled, what is not finished soon fails.
        """
        self._progress = progress or ProgressReporter()
        sources = Sources()
        self._use_source(sources.digest([WORKER]))
        keyed = {job.clip.slug: (job, clip_key(job, output, sources)) for job in jobs}
        found = {slug: self._store.find(key) for slug, (_, key) in keyed.items()}
        missing = [slug for slug, entry in found.items() if entry is None]
        for slug in (slug for slug in keyed if slug not in missing):
            self._progress.finished(slug, rendered=False)
        for slug in missing:
            scene = scene_module(keyed[slug][0])
            use_hash_based_pycs((sources.files(scene) | sources.files(WORKER)).values())
        tasks = [self._clip_task(*keyed[slug], output, first_beat) for slug in missing]
        cancellation = cancellation or Cancellation()
        failures = self._render_tasks(tasks, cancellation) if tasks else []
        failed = {failure.slug for failure in failures}
        for slug in (slug for slug in missing if slug not in failed):
            found[slug] = self._store.find(keyed[slug][1])
            if found[slug] is None:
                failures.append(Failure(slug, CANCELLED if cancellation.is_cancelled else GONE))
        entries = {slug: entry for slug, entry in found.items() if entry is not None}
        rendered = tuple(slug for slug in missing if slug in entries)
        return RenderResult(entries, rendered, tuple(failures))

    def _use_source(self, source: str) -> None:
        """Close the workers that loaded another source."""
        if source != self._source:
            self._close_workers()
            self._source = source

    def _clip_task(self, job: Job, key: str, output: Output, first_beat: str) -> ClipTask:
        """Return the task for `job`, and report its expected number of frames."""
        expected = self._durations.expected_frames(job)
        if expected is not None:
            self._progress.planned(job.clip.slug, expected)
        return ClipTask(job, key, output, expected, first_beat)

    def _render_tasks(self, tasks: Sequence[ClipTask], cancellation: Cancellation) -> list[Failure]:
        schedule = Schedule(tasks, self._processes if CAN_FORK else None)
        cancellation.on_cancel(schedule.cancel)
        failures: dict[str, Failure] = {}
        workers = self._workers or self._new_workers()
        self._workers = []
        with ExitStack() as stack:
            # Runs last: workers that were killed could not tidy up.
            stack.callback(self._durations.delete_unfinished)
            stack.callback(self._store.delete_unfinished)
            closing = stack.enter_context(ExitStack())
            executor = stack.enter_context(ThreadPoolExecutor(self._processes))
            # Left first, also on Ctrl-C: no worker starts any more, and running ones end.
            stopping = stack.enter_context(ExitStack())
            for worker in workers:
                closing.callback(worker.close)
                stopping.callback(worker.stop)
            served = [
                executor.submit(self._serve, one, schedule, failures)
                for one in workers[: self._needed(len(tasks))]
            ]
            # With a timeout, because a signal may not interrupt waiting for a thread.
            while wait(served, timeout=POLL_SECONDS, return_when=FIRST_EXCEPTION).not_done:
                raise_first(served)
            raise_first(served)
            if self._stays_loaded:
                stopping.pop_all()
                closing.pop_all()
                self._workers = workers
        return list(failures.values())

    def _new_workers(self) -> list[WorkerProcess]:
        return [WorkerProcess(self._limit) for _ in range(self._processes)]

    def _close_workers(self) -> None:
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.close()

    def _serve(
        self, worker: WorkerProcess, schedule: Schedule, failures: dict[str, Failure]
    ) -> None:
        """Run `worker` until there is nothing left to do."""
        try:
            while (task := schedule.next()) is not None:
                slug = task.job.clip.slug
                try:
                    self._render_part(worker, task, schedule)
                except CLIP_ERRORS as error:
                    failures.setdefault(slug, Failure.of(slug, error))
        finally:
            if not self._stays_loaded:
                worker.close()

    def _render_part(self, worker: WorkerProcess, task: ClipTask, schedule: Schedule) -> None:
        """Render a worker's part of `task`; the last worker concatenates the segments."""
        timeline = None
        try:
            timeline = self._render_with_retry(worker, task, schedule)
        except BaseException:
            schedule.fail(task)
            raise
        finally:
            is_last = schedule.done(task, timeline)
        if is_last and task.output == Output.CLIP and not task.failed:
            timeline = concat_segments(
                task.job, task.key, task.segments, task.timelines, self._store
            )
            self._finish(task, timeline)

    def _render_with_retry(
        self, worker: WorkerProcess, task: ClipTask, schedule: Schedule
    ) -> Timeline | None:
        """Render a worker's part; once per clip, a process that the system killed is replaced."""
        render = self._draw_segments if task.output == Output.CLIP else self._fill_entry
        try:
            return render(worker, task, schedule)
        except WorkerFailed as failed:
            if not (failed.died and schedule.may_retry(task)):
                raise
            self._store.warn(f"{task.job.clip.slug}: {last_line(failed.log)}; it is tried again.")
            return render(worker, task, schedule)

    def _fill_entry(self, worker: WorkerProcess, task: ClipTask, schedule: Schedule) -> Timeline:
        """Render an output other than a clip straight into its store entry."""
        claim = schedule.claim(task)
        with self._store.add(task.key) as folder:
            try:
                worker.run_task(
                    self._task(task, folder, worker),
                    lambda event: self._on_entry_event(task, claim, event),
                )
            finally:
                claim.release()
            if task.failed:  # no other worker could have
                raise OperationFailed(CANCELLED)
            check_source(task.job, task.key, task.output)
            timeline = Timeline.load(folder)
        self._finish(task, timeline)
        return timeline

    def _draw_segments(
        self, worker: WorkerProcess, task: ClipTask, schedule: Schedule
    ) -> Timeline | None:
        """Draw the segments of a clip that no other worker has claimed."""
        claim = schedule.claim(task)
        count_first = self._progress.is_shown and schedule.should_count(task)
        with tempfile.TemporaryDirectory(dir=worker.temporary_folder) as folder:
            try:
                worker.run_task(
                    self._task(task, Path(folder), worker, count_first),
                    lambda event: self._on_event(task, claim, event),
                )
            finally:
                claim.release()
            # A scene that was ended early has no timeline.
            is_whole = (Path(folder) / BEATS_FILE).exists()
            return Timeline.load(Path(folder)) if is_whole else None

    def _on_event(self, task: ClipTask, claim: WorkerClaim, event: WorkerEvent) -> Answer | None:
        slug = task.job.clip.slug
        with self._event_lock:
            match event:
                case SegmentStarted(number):
                    return claim.try_claim(number)
                case ChildrenRunning(count):
                    return claim.max_children(count)
                case FramesPlanned(frames):
                    self._progress.planned(slug, frames)
                case FramesDrawn(frames):
                    self._progress.drawn(slug, claim.add_frames(frames))
                case SegmentDone(number, key, frames):
                    self._store.hold(key)
                    claim.finish(number, key, frames)
                case StoreWarning(sentence):
                    self._store.warn(sentence)
                case _:
                    pass
        return None

    def _on_entry_event(
        self, task: ClipTask, claim: WorkerClaim, event: WorkerEvent
    ) -> Answer | None:
        """Receive an event of a task that fills a store entry by itself."""
        match event:
            case SegmentStarted():
                return Decision.STOP if task.failed else Decision.SKIP
            case ChildrenRunning(count):
                return claim.max_children(count)
            case SegmentDone(number, key, frames):
                claim.finish(number, key, frames)
            case StillDrawn(position, name, path):
                self._progress.still_drawn(task.job.clip.slug, position, name, Path(path))
            case _:
                pass
        return None

    def _finish(self, task: ClipTask, timeline: Timeline) -> None:
        self._durations.save(task.job, timeline.frames)
        self._progress.finished(task.job.clip.slug, rendered=True)

    def _task(
        self, task: ClipTask, folder: Path, worker: WorkerProcess, count_first: bool = False
    ) -> Task:
        return Task(
            job=task.job,
            output=Output.SEGMENTS if task.output == Output.CLIP else task.output,
            folder=folder,
            store=self._store.folder,
            temporary_folder=worker.temporary_folder,
            source=self._source,
            count_first=count_first,
            first_beat=task.first_beat,
        )


def raise_first(futures: Iterable[Future[None]]) -> None:
    """Raise the exception of the first of `futures` that has one."""
    for future in futures:
        if future.done():
            future.result()


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
