"""One call of `ClusterPool.make`: what is under way, what has come home, what is missing.

A clip is surveyed first: its scene is run, and its takes are named by their keys. So it is known
here, before anything is drawn, what the store has already, and a take that several clips show is
drawn once. The rest is cut into tasks; what they drew is verified and stored as it arrives, and a
clip is put together when its last take is here.

A survey takes a quarter of the time of drawing. Of clips that were never drawn before it would say
nothing new; where there are plenty of these, each is drawn whole by one task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from understanding_gradients.cache.keys import WORKER
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster import tasks as remote
from understanding_gradients.cluster.batches import PLENTY, TASKS_A_PROCESS, chunks
from understanding_gradients.cluster.bundle import pack, unpack
from understanding_gradients.cluster.tasks import Request, Response
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.concat import check_source, concat_segments
from understanding_gradients.workers.pool import Failure
from understanding_gradients.workers.process import WorkerFailed
from understanding_gradients.workers.progress import ProgressReporter
from understanding_gradients.workers.schedule import ClipTask

if TYPE_CHECKING:
    from understanding_gradients.cluster.client import Session


@dataclass(frozen=True)
class Asked:
    """What a task was given.

    Attributes:
        work: The clip.
        takes: The key of each take that is to be drawn, by number; none, if it is no drawing.
    """

    work: ClipTask
    takes: Mapping[int, str]


class ClusterRun:
    """Several clips on their way through a cluster.

    Args:
        store: Receives what was made.
        session: Has it made.
        progress: Is told how far each clip is.
        finish: Is given each clip that is in the store, and how it is divided.
        works: The longest are begun first.
    """

    def __init__(
        self,
        store: Store,
        session: Session,
        progress: ProgressReporter,
        finish: Callable[[ClipTask, Timeline], None],
        works: Sequence[ClipTask],
    ) -> None:
        self._store, self._session, self._progress = store, session, progress
        self._finish = finish
        self._works = sorted(works, key=lambda work: work.frames_left, reverse=True)
        scenes = {work.job.clip.scene.partition(":")[0] for work in works}
        self._modules = tuple(sorted(scenes))
        self._source = Sources().digest([WORKER])
        self._facts: dict[str, str] = {}
        self._under_way: dict[str, Asked] = {}
        self._failures: dict[str, Failure] = {}
        # Who waits for each take that is being drawn, and how many takes each clip waits for.
        self._awaited: dict[str, list[tuple[ClipTask, int]]] = {}
        self._lacking: dict[str, int] = {}
        self._found: list[int] = []

    def run(self) -> list[Failure]:
        """Have everything made that can be, and return what could not.

        Raises:
            ClusterRefused: If a worker has other versions or source than this machine.
            RuntimeError: If the scheduler or all workers are gone; what has come home is stored.
        """
        self._facts = self._session.check(self._modules)
        new = [
            work
            for work in self._works
            if work.output == Output.CLIP and work.expected_frames is None
        ]
        is_plenty = len(new) >= PLENTY * self._session.threads()
        for work in self._works:
            if work.output != Output.CLIP:
                self._submit(work, work.output)
            else:
                is_whole = is_plenty and work in new
                self._submit(work, Output.SEGMENTS if is_whole else Output.SEGMENT_KEYS)
        while self._under_way:
            task, outcome = self._session.arrival()
            asked = self._under_way.pop(task)
            with self._naming(asked.work):
                self._receive(asked, outcome)
            for key in asked.takes.values():
                self._hand_on(key)
        return list(self._failures.values())

    @contextmanager
    def _naming(self, work: ClipTask) -> Iterator[None]:
        """Let what goes wrong inside be a failure of `work` alone."""
        try:
            yield
        except (WorkerFailed, OSError, ValueError) as error:
            work.failed = True
            log = error.log if isinstance(error, WorkerFailed) else str(error)
            slug, reason = work.job.clip.slug, log.strip().rpartition("\n")[2]
            self._failures.setdefault(slug, Failure(slug, reason, log))

    def _submit(
        self, work: ClipTask, makes: Output, takes: Mapping[int, str] | None = None
    ) -> None:
        takes = takes or {}
        order = Request(
            job=replace(work.job, inputs={}),
            makes=makes,
            source=self._source,
            modules=self._modules,
            workshop=self._session.workshop,
        )
        material = {piece: pack(folder) for piece, folder in work.job.inputs.items()}
        future = self._session.submit(
            remote.perform, order, self._facts, material, tuple(takes) or None
        )
        self._under_way[future.key] = Asked(work, takes)

    def _receive(self, asked: Asked, outcome: Response | Exception) -> None:
        """Do with the reply to a task what it is for."""
        reply = reply_in(outcome)
        if asked.work.output != Output.CLIP:
            self._keep_whole(asked.work, reply)
        elif asked.takes:
            self._keep_takes(asked, reply)
        elif reply.parcels:
            self._keep_all(asked.work, reply)
        else:
            self._have_drawn(asked.work, reply)

    def _keep_all(self, work: ClipTask, reply: Response) -> None:
        """Keep every take of a clip that was drawn by one task."""
        self._plan(work, reply)
        for number, (key, frames) in sorted(reply.takes.items()):
            with self._store.add(key) as folder:
                unpack(reply.parcels[number], folder)
            self._have(work, number, key, frames)

    def _plan(self, work: ClipTask, reply: Response) -> None:
        """Note how a clip is divided, and how many takes it waits for."""
        assert reply.timeline is not None
        work.timelines.append(reply.timeline)
        self._lacking[work.job.clip.slug] = len(reply.takes)
        self._progress.planned(work.job.clip.slug, reply.timeline.frames)

    def _keep_whole(self, work: ClipTask, reply: Response) -> None:
        assert reply.timeline is not None
        with self._store.add(work.key) as folder:
            unpack(reply.parcel, folder)
            check_source(work.job, work.key, work.output)
        self._finish(work, reply.timeline)

    def _have_drawn(self, work: ClipTask, survey: Response) -> None:
        """Have those takes of a clip drawn that are not here and that nobody else has begun."""
        self._plan(work, survey)
        missing: dict[int, int] = {}
        for number, (key, frames) in sorted(survey.takes.items()):
            if key in self._awaited:
                self._awaited[key].append((work, number))
            elif self._store.find(key) is not None:
                self._have(work, number, key, frames)
            else:
                self._awaited[key] = [(work, number)]
                missing[number] = frames
        self._found.append(sum(missing.values()))
        for run in chunks(missing, self._frames_a_task()):
            self._submit(work, Output.SEGMENTS, {number: survey.takes[number][0] for number in run})

    def _frames_a_task(self) -> float:
        """Return how many frames a task may as well draw, judged by the surveys so far."""
        clips = sum(work.output == Output.CLIP for work in self._works)
        expected = sum(self._found) / len(self._found) * clips
        return expected / (self._session.threads() * TASKS_A_PROCESS)

    def _keep_takes(self, asked: Asked, reply: Response) -> None:
        for number, key in asked.takes.items():
            if number not in reply.takes:
                raise WorkerFailed(f"{asked.work.job.clip.slug} has other takes every time.")
            # On another processor the last bit of a picture may differ, and with it the key.
            found, frames = reply.takes[number]
            with self._store.add(found) as folder:
                unpack(reply.parcels[number], folder)
            for work, its_number in self._awaited.pop(key):
                self._have(work, its_number, found, frames)

    def _have(self, work: ClipTask, number: int, key: str, frames: int) -> None:
        """Note that a take of a clip is here; put the clip together if it is the last."""
        work.segments[number] = key, frames
        work.frames += frames
        slug = work.job.clip.slug
        self._lacking[slug] -= 1
        with self._naming(work):
            self._progress.drawn(slug, work.frames)
            if not self._lacking[slug] and not work.failed:
                made = concat_segments(
                    work.job, work.key, work.segments, work.timelines, self._store
                )
                self._finish(work, made)

    def _hand_on(self, key: str) -> None:
        """Have a take drawn for another clip, if that which was to draw it for both failed."""
        waiting = [(work, n) for work, n in self._awaited.pop(key, []) if not work.failed]
        if waiting:
            self._awaited[key] = waiting
            work, number = waiting[0]
            self._submit(work, Output.SEGMENTS, {number: key})


def reply_in(outcome: Response | Exception) -> Response:
    """Return what a task replied.

    Raises:
        WorkerFailed: If it could not be done.
    """
    if isinstance(outcome, Exception):
        said = str(outcome).strip() or repr(outcome)
        if type(outcome).__name__ == "KilledWorker":
            said = "every worker that tried to draw it was lost; its machine's log may say why"
        raise WorkerFailed(said)
    if outcome.log:
        raise WorkerFailed(outcome.log)
    return outcome
