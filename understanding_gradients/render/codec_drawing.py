"""Draw a clip for an export whose codec is not the film's: transparent or lossless videos.

These are rare, and their segments are kept no longer than it takes to make the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from understanding_gradients.encode.codec_segments import (
    CodecEncoder,
    mux_codec_segments,
    save_frames,
)
from understanding_gradients.encode.color import unpremultiply
from understanding_gradients.encode.regions import to_slices
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.forking import Work, WorkQueue
from understanding_gradients.render.parent import Parent
from understanding_gradients.render.segment import Segment
from understanding_gradients.spec.codecs import Codec
from understanding_gradients.spec.quality import Quality


class CodecDrawing:
    """Draws every recorded segment into a folder of its own, here and in children.

    Args:
        folder: An empty folder for the segments.
        quality: Of the frames.
        codec: Encodes them.
        parent: Decides how many children may draw.

    Attributes:
        camera: Draws the frames.
    """

    camera: IncrementalCamera

    def __init__(self, folder: Path, quality: Quality, codec: Codec, parent: Parent) -> None:
        self._folder, self._quality, self._codec = folder, quality, codec
        self._parent = parent
        self._queue = WorkQueue(parent.max_children, parent.detach, parent.drawn)
        self._folders: list[Path] = []

    def receive(self, number: int, segment: Segment) -> None:
        """Draw the segment `number`."""
        folder = self._folder / str(number)
        self._folders.append(folder)

        def draw(on_drawn: Callable[[int], object]) -> None:
            save_frames(self._encoded(segment, on_drawn).frames, folder)

        def on_done(left: int) -> None:
            self._parent.drawn(left, at_once=True)
            self._parent.segment_done(number, "", segment.frame_count)

        self._queue.add(Work(segment.frame_count, draw, on_done))

    def write(self, path: Path) -> None:
        """Write the video when all segments are drawn."""
        self._queue.finish()
        mux_codec_segments(self._folders, path, self._quality, self._codec)

    def kill(self) -> None:
        """Kill the children: the video is not made."""
        self._queue.kill()

    def _encoded(self, segment: Segment, on_drawn: Callable[[int], object]) -> CodecEncoder:
        encoder = CodecEncoder(self._quality, self._codec)
        # The camera may have drawn something before, but nothing is known of its pixels here.
        whole = [(0, 0, self._quality.width, self._quality.height)]
        straight = np.zeros((self._quality.height, self._quality.width, 4), np.uint8)
        for frame, repeat in segment.frames:
            dirty = self.camera.draw(frame)
            dirty = dirty if encoder.frames else whole
            for rect in dirty:
                straight[to_slices(rect)] = unpremultiply(self.camera.pixel_array[to_slices(rect)])
            encoder.write(straight, repeat, dirty)
            on_drawn(repeat)
        return encoder
