"""Draw and store the segments of a clip: in this process, or in children beside it."""

from __future__ import annotations

from collections.abc import Callable

from understanding_gradients.cache.store import Store
from understanding_gradients.encode.packets import save_packets
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.forking import Children
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
        self._children = Children(parent.detach)

    def receive(self, number: int, segment: Segment) -> None:
        """Make the segment `number`, here or in a child, unless it is in the store."""
        self._children.note_ended()
        key = segment.key(self._quality, self.camera.background_digest)
        if self._children.is_making(key):
            self._children.wait()

        def done(frames: int = 0) -> None:
            self._parent.drawn(frames, at_once=True)
            self._parent.segment_done(number, key, segment.frame_count)

        if self._store.find(key) is not None:
            done(segment.frame_count)
        elif most := self._parent.max_children(number):
            frames = segment.frame_count
            self._children.start(key, lambda: self._make(key, segment), lambda: done(frames))
            self._children.wait(most)
        else:
            self._make(key, segment, self._parent.drawn)
            done()

    def finish(self, is_whole: bool) -> None:
        """Wait until all is stored; kill what still draws if the scene was ended early."""
        if is_whole:
            self._children.wait()
        else:
            self._children.kill()

    def _make(
        self, key: str, segment: Segment, on_drawn: Callable[[int], object] = lambda frames: None
    ) -> None:
        packets = segment.encode(self.camera, self._quality, on_drawn)
        with self._store.add(key, needed=sum(len(packet.data) for packet in packets)) as folder:
            save_packets(packets, folder)
