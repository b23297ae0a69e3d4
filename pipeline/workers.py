"""Tasks on several processes at once: their progress, their failures, their end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline.job import Job, Task, Timeline, write_task
from pipeline.keys import clip_key, typeset_key
from pipeline.lengths import Lengths
from pipeline.sources import ROOT
from pipeline.store import Store

# A worker's arithmetic is small; threads of its own would only fight the other workers.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Progress(Protocol):
    """Is told how far each clip is."""

    @property
    def watched(self) -> bool:
        """Whether anyone looks, so that frames are worth counting beforehand."""
        ...

    def planned(self, slug: str, frames: int) -> None:
        """The clip will have so many frames."""
        ...

    def drawn(self, slug: str, frames: int) -> None:
        """So many frames of the clip are finished."""
        ...

    def finished(self, slug: str, fresh: bool) -> None:
        """The clip is in the store; `fresh` unless it was found there."""
        ...


class Silence:
    """Progress that nobody watches."""

    watched = False

    def planned(self, slug: str, frames: int) -> None:
        """Say nothing."""

    def drawn(self, slug: str, frames: int) -> None:
        """Say nothing."""

    def finished(self, slug: str, fresh: bool) -> None:
        """Say nothing."""


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
class Made:
    """What came of several jobs.

    Attributes:
        entries: The store's folder of each clip that there is, by slug.
        fresh: The slugs of those that had to be made.
        failures: What could not be made.
    """

    entries: dict[str, Path]
    fresh: tuple[str, ...]
    failures: tuple[Failure, ...]


class Pool:
    """Makes clips, or their stills, that the store does not have yet.

    Args:
        store: Where finished ones are kept.
        processes: How many workers run at once.
        progress: Is told how far each clip is.
    """

    def __init__(self, store: Store, processes: int, progress: Progress | None = None) -> None:
        self._store = store
        self._processes = processes
        self._progress = progress or Silence()
        self._lengths = Lengths(store.folder / "lengths")
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def make(self, jobs: Iterable[Job], makes: str = "clip") -> Made:
        """Make what `makes` says of every job; a failure does not stop the others.

        Args:
            jobs: One a clip.
            makes: "clip", "stills" or "count".
        """
        keys = {job.clip.slug: (job, clip_key(job, makes)) for job in jobs}
        entries = {slug: self._store.find(key) for slug, (_, key) in keys.items()}
        for slug, entry in entries.items():
            if entry is not None:
                self._progress.finished(slug, fresh=False)
        missing = [slug for slug, entry in entries.items() if entry is None]
        failures = self._make_all({slug: keys[slug] for slug in missing}, makes)
        for slug in set(missing) - {failure.slug for failure in failures}:
            entries[slug] = self._store.find(keys[slug][1])
        there = {slug: entry for slug, entry in entries.items() if entry is not None}
        return Made(there, tuple(slug for slug in missing if slug in there), tuple(failures))

    def _make_all(self, keyed: dict[str, tuple[Job, str]], makes: str) -> list[Failure]:
        self._stopped = False
        with ExitStack() as stack:
            executor = stack.enter_context(ThreadPoolExecutor(max(1, self._processes)))
            # Left first, also by Ctrl-C: waiting workers never start, running ones end.
            stack.callback(self._stop)
            stack.callback(executor.shutdown, wait=False, cancel_futures=True)
            made = [executor.submit(self._make_one, *one, makes) for one in keyed.values()]
            return [failure for future in made if (failure := future.result()) is not None]

    def _make_one(self, job: Job, key: str, makes: str) -> Failure | None:
        slug = job.clip.slug
        try:
            with (
                self._store.add(key) as folder,
                tempfile.TemporaryDirectory(prefix="understanding-gradients-") as scratch,
            ):
                self._run(self._task(job, makes, folder, Path(scratch)))
                # The worker read the source after its key was made.
                if clip_key(job, makes) != key:
                    raise WorkerFailed("its source changed while it was drawn; render it again")
        except WorkerFailed as failed:
            return Failure(slug, failed.log.strip().rpartition("\n")[2], failed.log)
        except OSError as error:
            return Failure(slug, str(error), str(error))
        self._progress.finished(slug, fresh=True)
        return None

    def _task(self, job: Job, makes: str, folder: Path, scratch: Path) -> Task:
        length = self._lengths.recall(job)
        if length is not None:
            self._progress.planned(job.clip.slug, length)
        counts = self._progress.watched and length is None
        typeset = self._store.folder / "typeset" / typeset_key()
        return Task(job, makes, folder, typeset, scratch, counts)

    def _run(self, task: Task) -> None:
        path = task.scratch / "task.json"
        write_task(task, path)
        log_path = task.scratch / "log.txt"
        with log_path.open("w", encoding="utf-8") as log, self._started(path, log) as process:
            assert process.stdout is not None
            for line in process.stdout:
                self._hear(task.job.clip.slug, json.loads(line))
        with self._lock:
            self._running.discard(process)
        if process.returncode != 0:
            said = log_path.read_text(encoding="utf-8", errors="replace")
            raise WorkerFailed(said or f"its worker ended with status {process.returncode}")
        self._lengths.remember(task.job, Timeline.load(task.folder).frames)

    def _started(self, task_path: Path, log: Any) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise WorkerFailed("it was stopped before it began")
            process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.worker", str(task_path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                cwd=ROOT,
                env=os.environ | ONE_THREAD,
            )
            self._running.add(process)
            return process

    def _hear(self, slug: str, event: dict[str, Any]) -> None:
        if event["event"] == "planned":
            self._progress.planned(slug, event["frames"])
        elif event["event"] == "drawn":
            self._progress.drawn(slug, event["frames"])

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class WorkerFailed(Exception):
    """A worker ended without having made its clip; `log` is what it said."""

    def __init__(self, log: str) -> None:
        super().__init__(log)
        self.log = log
