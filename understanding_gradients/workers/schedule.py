"""Who does what: every clip is begun by one worker, and whoever is idle helps with one.

Workers that share a clip all run its scene, each at its own pace, and each draws the takes that no
other has begun. Nobody plans who draws which: a worker that is held up by a long take is overtaken
by the others, so that they finish together however wrong an estimate of costs would have been.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from understanding_gradients.spec.job import Job, Timeline


class ClipTask:
    """A clip that is to be made.

    Args:
        job: Of the clip.
        key: Under which it will be stored.
        makes: "clip", "stills" or "count".
        expected: How many frames it probably has; none, if nobody knows.

    Attributes:
        takes: The key of each take that is finished, and how many frames it has, by number.
        frames: How many frames are drawn.
        timelines: How each worker that ran the scene to its end found it divided.
        failed: Whether any worker failed.
        deaths: How many workers were ended by the system while they drew it.
        is_counted: Whether someone knows, or finds out, how many frames there will be.
    """

    def __init__(self, job: Job, key: str, makes: str, expected: int | None = None) -> None:
        self.job, self.key, self.makes, self.expected = job, key, makes, expected
        self.takes: dict[int, tuple[str, int]] = {}
        self.frames = 0
        self.timelines: list[Timeline] = []
        self.failed = False
        self.deaths = 0
        self.workers = 0
        self._begun: set[int] = set()
        self.is_counted = expected is not None

    def begins(self, take: int) -> bool:
        """Return whether `take` is to be drawn by who asks: nobody else has begun it."""
        if self.failed or take in self._begun:
            return False
        self._begun.add(take)
        return True

    def release(self, takes: set[int]) -> None:
        """Let others begin `takes`, which who had begun them did not finish."""
        self._begun -= takes

    @property
    def is_shareable(self) -> bool:
        """Whether there may be takes that nobody has begun."""
        is_under_way = self.workers > 0 and not self.timelines and not self.failed
        return self.makes == "clip" and is_under_way and self.left > 0

    @property
    def left(self) -> float:
        """How many frames are probably still to be drawn."""
        return float("inf") if self.expected is None else self.expected - self.frames


class WorkerClaim:
    """What one worker has begun of a clip, until it comes to the clip's end or its own.

    Args:
        work: The clip.
    """

    def __init__(self, work: ClipTask) -> None:
        self._work = work
        self._begun: set[int] = set()
        self._unfinished = 0

    def begins(self, take: int) -> bool:
        """Return whether to draw `take`."""
        is_new = self._work.begins(take)
        if is_new:
            self._begun.add(take)
        return is_new

    def drew(self, frames: int) -> None:
        """Note so many frames more."""
        self._unfinished += frames
        self._work.frames += frames

    def finished(self, take: int, key: str, frames: int) -> None:
        """Note that `take`, of so many frames, is in the store under `key`."""
        self._begun.discard(take)
        self._unfinished = 0
        self._work.takes[take] = key, frames

    def give_up(self) -> None:
        """Leave to others what was begun and not finished."""
        self._work.release(self._begun)
        self._work.frames -= self._unfinished


class Schedule:
    """Several clips and who is at work on which.

    Args:
        works: The longest are begun first, so that the end is not spent waiting for one.
    """

    def __init__(self, works: Sequence[ClipTask]) -> None:
        self.lock = threading.RLock()
        self._running: list[ClipTask] = []
        self._waiting = sorted(works, key=lambda work: work.left, reverse=True)

    def next(self) -> ClipTask | None:
        """Return what an idle worker is to do: begin a clip, or help with one; None if neither."""
        with self.lock:
            if self._waiting:
                work = self._waiting.pop(0)
                self._running.append(work)
            else:
                shared = [work for work in self._running if work.is_shareable]
                if not shared:
                    return None
                work = max(shared, key=lambda work: work.left)
            work.workers += 1
            return work

    def counts(self, work: ClipTask) -> bool:
        """Return whether who asks is to count the frames of `work`: nobody else does."""
        with self.lock:
            is_first, work.is_counted = not work.is_counted, True
            return is_first

    def may_retry(self, work: ClipTask) -> bool:
        """Note that the system ended who drew `work`; return whether it was the first time."""
        with self.lock:
            work.deaths += 1
            return work.deaths == 1 and not work.failed

    def leave(self, work: ClipTask) -> bool:
        """Note that a worker has done what it could for `work`; return whether it was the last."""
        with self.lock:
            work.workers -= 1
            return work.workers == 0
