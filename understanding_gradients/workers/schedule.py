"""Work-stealing scheduler: one worker starts each clip; idle cores help with a running one.

A worker that draws a clip may let forked children draw segments on cores that no clip is waiting
for: the scene is played once. Where processes cannot be forked soundly, idle workers join instead:
all play the scene, each at its own pace, and each draws the segments that no other has claimed.

No segment is assigned in advance: a process with a long segment is overtaken by the others, so
that they finish together however wrong an estimate would have been.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.events import Decision


class ClipTask:
    """A clip to render.

    Args:
        job: The clip's job.
        key: The key under which it will be stored.
        output: What to make of it.
        expected_frames: An estimate of its number of frames; None if unknown.
        first_beat: The beat whose still is drawn first; "" for any.

    Attributes:
        segments: The key and the number of frames of each finished segment, by number.
        frames: The number of frames drawn so far.
        timelines: The timeline of each worker that played the scene to its end.
        failed: Whether a worker has failed.
        deaths: How many of its workers were killed by the system.
        workers: How many workers are rendering it.
        children: How many children of these draw, or may.
        is_counted: Whether the number of frames is known or being counted.
    """

    def __init__(
        self,
        job: Job,
        key: str,
        output: Output,
        expected_frames: int | None = None,
        first_beat: str = "",
    ) -> None:
        self.job, self.key, self.output = job, key, output
        self.first_beat = first_beat
        self.expected_frames = expected_frames
        self.segments: dict[int, tuple[str, int]] = {}
        self.frames = 0
        self.timelines: list[Timeline] = []
        self.failed = False
        self.deaths = 0
        self.workers = 0
        self.children = 0
        self.is_counted = expected_frames is not None
        self._claimed: set[int] = set()
        self._released: set[int] = set()

    def try_claim(self, number: int) -> Decision:
        """Claim the segment `number`, and return whether to draw it."""
        if self.failed:
            return Decision.STOP
        if number not in self._claimed:
            self._claimed.add(number)
            self._released.discard(number)
            return Decision.DRAW
        return Decision.SKIP if self.may_have_unclaimed else Decision.STOP

    def release(self, numbers: set[int]) -> None:
        """Give up the claims on segments that were not finished."""
        self._claimed -= numbers
        self._released |= numbers

    @property
    def may_have_unclaimed(self) -> bool:
        """Whether a segment may be unclaimed: no worker has passed all, or one was released."""
        return not self.failed and (not self.timelines or bool(self._released))

    @property
    def is_shareable(self) -> bool:
        """Whether another worker may join: no estimate has a say in this."""
        return self.output == Output.CLIP and self.workers > 0 and self.may_have_unclaimed

    @property
    def is_releasable(self) -> bool:
        """Whether running workers may still release a segment."""
        return self.output == Output.CLIP and self.workers > 0 and not self.failed

    @property
    def frames_left(self) -> float:
        """An estimate of how many frames are still to be drawn."""
        if self.expected_frames is None:
            return float("inf")
        return self.expected_frames - self.frames


class WorkerClaim:
    """The segments of a clip that one worker has claimed."""

    def __init__(self, task: ClipTask, schedule: Schedule) -> None:
        self._task = task
        self._schedule = schedule
        self._changed = schedule.changed
        self._claimed: set[int] = set()
        self._children = 0
        self._unfinished_frames = 0

    def try_claim(self, number: int) -> Decision:
        """Claim the segment `number`, and return whether to draw it."""
        with self._changed:
            decision = self._task.try_claim(number)
            if decision == Decision.DRAW:
                self._claimed.add(number)
            return decision

    def max_children(self, running: int) -> int:
        """Return how many children of the worker may draw, where `running` do."""
        with self._changed:
            self._count_children(running)
            # What is lent counts as used until the worker says how many it has started.
            self._count_children(running + self._schedule.lend())
            return self._children

    def add_frames(self, count: int) -> int:
        """Note `count` drawn frames, and return how many the clip has so far."""
        with self._changed:
            self._unfinished_frames += count
            self._task.frames += count
            return self._task.frames

    def finish(self, number: int, key: str, frames: int) -> None:
        """Note that a segment is in the store."""
        with self._changed:
            self._claimed.discard(number)
            self._unfinished_frames = 0
            self._task.segments[number] = key, frames

    def release(self) -> None:
        """Leave to others what was claimed and not finished."""
        with self._changed:
            self._task.release(self._claimed)
            self._task.frames -= self._unfinished_frames
            self._count_children(0)
            self._claimed, self._unfinished_frames = set(), 0
            self._changed.notify_all()

    def _count_children(self, count: int) -> None:
        self._task.children += count - self._children
        self._children = count


class Schedule:
    """Several clips, and how many processes render each.

    Args:
        tasks: The longest are started first, so that the end is not spent waiting for one.
        cores: How many processes may be at work; if given, no worker joins another.

    Attributes:
        changed: Guards the schedule.
    """

    def __init__(self, tasks: Sequence[ClipTask], cores: int | None = None) -> None:
        self._cores = cores
        self.changed = threading.Condition()
        self._running: list[ClipTask] = []
        self._waiting = sorted(tasks, key=lambda task: task.frames_left, reverse=True)

    def next(self) -> ClipTask | None:
        """Return the clip that an idle worker should start or join; None if there is none.

        Where workers join, waits while a running clip may still release a segment.
        """
        with self.changed:
            while (task := self._start_or_join()) is None:
                if self._cores or not any(running.is_releasable for running in self._running):
                    return None
                self.changed.wait()
            task.workers += 1
            return task

    def _start_or_join(self) -> ClipTask | None:
        if self._waiting:
            self._running.append(self._waiting.pop(0))
            return self._running[-1]
        if self._cores:
            return None
        shareable = [task for task in self._running if task.is_shareable]
        return max(shareable, key=lambda task: task.frames_left, default=None)

    def claim(self, task: ClipTask) -> WorkerClaim:
        """Return an empty claim on the segments of `task`."""
        return WorkerClaim(task, self)

    def lend(self) -> int:
        """Return how many cores no worker and no clip has a use for; called under `changed`."""
        if not self._cores or self._waiting:
            return 0
        used = sum(task.workers + task.children for task in self._running)
        return max(0, self._cores - used)

    def should_count(self, task: ClipTask) -> bool:
        """Return whether the caller is the first, who counts the frames of `task`."""
        with self.changed:
            is_first, task.is_counted = not task.is_counted, True
            return is_first

    def may_retry(self, task: ClipTask) -> bool:
        """Note that the system killed a worker of `task`; return whether it was the first."""
        with self.changed:
            task.deaths += 1
            return task.deaths == 1 and not task.failed

    def fail(self, task: ClipTask) -> None:
        """Note that `task` cannot be rendered."""
        with self.changed:
            task.failed = True

    def cancel(self) -> None:
        """Start no clip any more, and let the workers of running ones end their scenes."""
        with self.changed:
            self._waiting.clear()
            for task in self._running:
                task.failed = task.failed or task.workers > 0
            self.changed.notify_all()

    def done(self, task: ClipTask, timeline: Timeline | None = None) -> bool:
        """Note that a worker has finished its part of `task`; return whether it was the last.

        Its timeline is None if it did not reach the end of the scene.
        """
        with self.changed:
            if timeline is not None:
                task.timelines.append(timeline)
            task.workers -= 1
            self.changed.notify_all()
            return task.workers == 0
