"""Draw and store the segments of a clip: in this process, and in children beside it."""

from __future__ import annotations

from collections.abc import Callable

from understanding_gradients.cache.store import Store
from understanding_gradients.encode.packets import save_packets
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.forking import Work, WorkQueue
from understanding_gradients.render.parent import Parent
from understanding_gradients.render.segment import Segment
from understanding_gradients.spec.job import Task


class SegmentDrawing:
    """Makes every recorded segment that the store lacks.

    A frame's pixels depend on its display list alone, and an encoder begins with each segment: it
    does not matter which process draws a segment, or what that has drawn before.

    Args:
        task: The clip.
        parent: Decides how many children may draw, and hears of each segment.

    Attributes:
        camera: Draws the frames.
    """

    camera: IncrementalCamera

    def __init__(self, task: Task, parent: Parent) -> None:
        self._parent, self._quality = parent, task.job.quality
        self._store = Store(task.store, parent.warn)
        self._queue = WorkQueue(parent.max_children, parent.detach, parent.drawn)
        self._numbers: dict[str, list[int]] = {}  # of the segments that wait for a key

    def receive(self, number: int, segment: Segment) -> None:
        """Make the segment `number`, unless it is in the store or being made."""
        key = segment.key(self._quality, self.camera.background_digest)
        if key in self._numbers:
            self._numbers[key].append(number)
        elif self._store.find(key) is not None:
            self._report(number, key, segment.frame_count, segment.frame_count)
        else:
            self._numbers[key] = [number]
            self._queue.add(self._work(key, segment))

    def finish(self, is_whole: bool) -> None:
        """Draw what is left; kill what still draws if the scene was ended early."""
        if is_whole:
            self._queue.finish()
        else:
            self._queue.kill()

    def _work(self, key: str, segment: Segment) -> Work:
        def on_done(left: int) -> None:
            first, *others = self._numbers.pop(key)
            self._report(first, key, segment.frame_count, left)
            for number in others:
                self._report(number, key, segment.frame_count, segment.frame_count)

        return Work(
            segment.frame_count, lambda on_drawn: self._make(key, segment, on_drawn), on_done
        )

    def _report(self, number: int, key: str, frames: int, newly_drawn: int) -> None:
        self._parent.drawn(newly_drawn, at_once=True)
        self._parent.segment_done(number, key, frames)

    def _make(self, key: str, segment: Segment, on_drawn: Callable[[int], object]) -> None:
        packets = segment.encode(self.camera, self._quality, on_drawn)
        with self._store.add(key, needed=sum(len(packet.data) for packet in packets)) as folder:
            save_packets(packets, folder)
