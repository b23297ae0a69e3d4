"""One call of `ClusterPool.render`: submitted tasks, received segments, missing segments.

A clip's segments are first named by their cache keys, for which its scene is played without
drawing. So a segment that is in the store is not drawn again, and a segment that several clips
share is drawn once. The other segments are divided into tasks; received segments are verified and
stored, and a clip is concatenated when its last segment is here.

Naming the segments takes a quarter of the time of drawing. It tells nothing new of clips that were
never drawn before: if these are many, each is drawn by one task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from understanding_gradients.cache.keys import WORKER, scene_module
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster.batches import MANY_CLIPS, TASKS_PER_PROCESS, batches
from understanding_gradients.cluster.bundle import pack, unpack
from understanding_gradients.cluster.tasks import Request, Response, run_request
from understanding_gradients.spec.job import Output
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.concat import check_source, concat_segments
from understanding_gradients.workers.pool import CLIP_ERRORS
from understanding_gradients.workers.process import WorkerFailed
from understanding_gradients.workers.progress import ProgressReporter
from understanding_gradients.workers.results import Failure
from understanding_gradients.workers.schedule import ClipTask

if TYPE_CHECKING:
    from understanding_gradients.cluster.client import ClusterClient


@dataclass(frozen=True)
class PendingTask:
    """A task of a clip that was submitted and whose result has not been received.

    `segments` has the key of each segment that it draws, by number; it is empty if it draws all or
    none.
    """

    clip: ClipTask
    segments: Mapping[int, str]


class ClusterRun:
    """Renders several clips on a cluster; the longest are started first.

    `finish` is called with each clip that is in the store, and with its timeline.
    """

    def __init__(
        self,
        store: Store,
        client: ClusterClient,
        progress: ProgressReporter,
        finish: Callable[[ClipTask, Timeline], None],
        clips: Sequence[ClipTask],
    ) -> None:
        self._store, self._client, self._progress = store, client, progress
        self._finish = finish
        self._clips = sorted(clips, key=lambda clip: clip.frames_left, reverse=True)
        self._scene_modules = tuple(sorted({scene_module(clip.job) for clip in clips}))
        self._source = Sources().digest([WORKER])
        self._fingerprint: dict[str, str] = {}
        self._pending: dict[str, PendingTask] = {}
        self._failures: dict[str, Failure] = {}
        # The clips that wait for each segment that is being drawn, with its number in each.
        self._waiting: dict[str, list[tuple[ClipTask, int, int]]] = {}
        # How many segments each clip waits for, by slug.
        self._missing: dict[str, int] = {}
        # How many frames each clip lacked whose segments were named so far.
        self._missing_frames: list[int] = []

    def run(self) -> list[Failure]:
        """Render the clips, and return the failures."""
        self._fingerprint = self._client.check_workers(self._scene_modules)
        for clip in self._clips:
            self._submit(clip, clip.output if clip.output != Output.CLIP else self._first(clip))
        while self._pending:
            key, result = self._client.next_result()
            task = self._pending.pop(key)
            with self._note_failure(task.clip):
                self.receive(task, result)
            for segment in task.segments.values():
                self._reassign(segment)
        return list(self._failures.values())

    def _first(self, clip: ClipTask) -> Output:
        """Return what a clip's first task makes: its segments, or only their keys."""
        new = sum(one.output == Output.CLIP and one.expected_frames is None for one in self._clips)
        is_whole = clip.expected_frames is None and new >= MANY_CLIPS * self._client.threads()
        return Output.SEGMENTS if is_whole else Output.SEGMENT_KEYS

    @contextmanager
    def _note_failure(self, clip: ClipTask) -> Iterator[None]:
        """Turn an error about one clip into its failure; the others go on."""
        try:
            yield
        except CLIP_ERRORS as error:
            clip.failed = True
            slug = clip.job.clip.slug
            self._failures.setdefault(slug, Failure.of(slug, error))

    def _submit(
        self, clip: ClipTask, output: Output, segments: Mapping[int, str] | None = None
    ) -> None:
        segments = segments or {}
        request = Request(
            job=replace(clip.job, inputs={}),
            output=output,
            source=self._source,
            scene_modules=self._scene_modules,
            plugin=self._client.plugin,
        )
        inputs = {name: pack(folder) for name, folder in clip.job.inputs.items()}
        future = self._client.submit(
            run_request, request, self._fingerprint, inputs, tuple(segments) or None
        )
        self._pending[future.key] = PendingTask(clip, segments)

    def receive(self, task: PendingTask, result: Response | Exception) -> None:
        """Store what a task has made."""
        response = response_of(result)
        if task.clip.output != Output.CLIP:
            self._store_output(task.clip, response)
        elif task.segments:
            self._store_segments(task, response)
        elif response.segment_files:
            self._store_clip(task.clip, response)
        else:
            self._submit_missing(task.clip, response)

    def _store_output(self, clip: ClipTask, response: Response) -> None:
        """Store an output other than a clip."""
        assert response.timeline is not None
        with self._store.add(clip.key) as folder:
            unpack(response.files, folder)
            check_source(clip.job, clip.key, clip.output)
        self._finish(clip, response.timeline)

    def _store_segments(self, task: PendingTask, response: Response) -> None:
        """Store the segments that a task was asked for, for every clip that waits for them."""
        for number, key in task.segments.items():
            if number not in response.segments:
                raise WorkerFailed(f"{task.clip.job.clip.slug} has other segments every time.")
            # Another processor may round the last bit differently, and so find another key.
            drawn_key, _ = response.segments[number]
            with self._store.add(drawn_key) as folder:
                unpack(response.segment_files[number], folder)
            for clip, its_number, frames in self._waiting.pop(key):
                self._add_segment(clip, its_number, drawn_key, frames)

    def _store_clip(self, clip: ClipTask, response: Response) -> None:
        """Store every segment of a clip that was drawn by one task."""
        self._set_timeline(clip, response)
        for number, (key, frames) in sorted(response.segments.items()):
            with self._store.add(key) as folder:
                unpack(response.segment_files[number], folder)
            self._add_segment(clip, number, key, frames)

    def _submit_missing(self, clip: ClipTask, response: Response) -> None:
        """Submit the segments of a clip that are neither stored nor being drawn."""
        self._set_timeline(clip, response)
        missing: dict[int, int] = {}
        for number, (key, frames) in sorted(response.segments.items()):
            if key in self._waiting:
                self._waiting[key].append((clip, number, frames))
            elif self._store.find(key) is not None:
                self._add_segment(clip, number, key, frames)
            else:
                self._waiting[key] = [(clip, number, frames)]
                missing[number] = frames
        self._missing_frames.append(sum(missing.values()))
        for batch in batches(missing, self._frames_per_task()):
            keys = {number: response.segments[number][0] for number in batch}
            self._submit(clip, Output.SEGMENTS, keys)

    def _frames_per_task(self) -> float:
        """Return the number of frames per task, estimated from the clips named so far."""
        clips = sum(clip.output == Output.CLIP for clip in self._clips)
        expected = sum(self._missing_frames) / len(self._missing_frames) * clips
        return expected / (self._client.threads() * TASKS_PER_PROCESS)

    def _set_timeline(self, clip: ClipTask, response: Response) -> None:
        """Note a clip's timeline, and the number of segments that it waits for."""
        assert response.timeline is not None
        clip.timelines.append(response.timeline)
        self._missing[clip.job.clip.slug] = len(response.segments)
        self._progress.planned(clip.job.clip.slug, response.timeline.frames)

    def _add_segment(self, clip: ClipTask, number: int, key: str, frames: int) -> None:
        """Note that a clip's segment is stored; concatenate the clip after the last."""
        clip.segments[number] = key, frames
        clip.frames += frames
        slug = clip.job.clip.slug
        self._missing[slug] -= 1
        with self._note_failure(clip):
            self._progress.drawn(slug, clip.frames)
            if not self._missing[slug] and not clip.failed:
                timeline = concat_segments(
                    clip.job, clip.key, clip.segments, clip.timelines, self._store
                )
                self._finish(clip, timeline)

    def _reassign(self, key: str) -> None:
        """Draw a segment for another waiting clip, if the clip that should draw it failed."""
        waiting = [one for one in self._waiting.pop(key, []) if not one[0].failed]
        if waiting:
            self._waiting[key] = waiting
            clip, number, _ = waiting[0]
            self._submit(clip, Output.SEGMENTS, {number: key})


def response_of(result: Response | Exception) -> Response:
    """Return the response of a task, or raise `WorkerFailed` with the log of its failure."""
    if isinstance(result, Exception):
        log = str(result).strip() or repr(result)
        if type(result).__name__ == "KilledWorker":
            log = "every worker that tried to draw it was lost; its machine's log may say why"
        raise WorkerFailed(log)
    if result.log:
        raise WorkerFailed(result.log)
    return result
