"""What no renderer can go below: x264 alone, our settings, on frames already drawn and converted.

`python -m benchmarks.floor STORE OUT.json SLUG...` draws the segments of every clip, keeps the
converted frames in memory, and times only their encoding, every frame by x264.
"""

from __future__ import annotations

import json
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.lecture import QUALITY, jobs
from understanding_gradients.encode.color import as_bt709, planes_of, tag_as_bt709
from understanding_gradients.encode.h264 import h264_context
from understanding_gradients.render.renderer import ClipRenderer, render_config
from understanding_gradients.render.segment import Segment
from understanding_gradients.render.task import load_inputs, play_scene
from understanding_gradients.spec.job import Job

# Converted frames are kept for at most so many at once: 3 MB each.
AT_ONCE = 120


class Floor:
    """Times the encoding of segments."""

    def __init__(self) -> None:
        self.frames = 0
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self._frame = av.VideoFrame(QUALITY.width, QUALITY.height, "yuv420p")
        self._frame.time_base = Fraction(1, QUALITY.frame_rate)
        tag_as_bt709(self._frame)

    def encode(self, camera: Any, segment: Segment) -> None:
        """Draw and convert `segment`, then encode it against the clock."""
        context = h264_context(QUALITY)
        waiting: list[tuple[list[np.ndarray], int]] = []
        position = 0
        for frame, repeat in segment.frames:
            camera.draw(frame)
            converted = as_bt709(camera.pixel_array)
            waiting.append(([plane.copy() for plane in planes_of(converted)], repeat))
            if len(waiting) == AT_ONCE:
                position = self._against_the_clock(context, waiting, position)
                waiting = []
        self._against_the_clock(context, waiting, position)

    def _against_the_clock(self, context: Any, waiting: list[Any], position: int) -> int:
        for planes, repeat in waiting:
            for plane, new in zip(planes_of(self._frame), planes, strict=True):
                plane[...] = new
            began, used = time.perf_counter(), time.process_time()
            for _ in range(repeat):
                self._frame.pts = position
                position += 1
                context.encode(self._frame)
            self.seconds += time.perf_counter() - began
            self.cpu_seconds += time.process_time() - used
            self.frames += repeat
        return position


def measure(job: Job, floor: Floor) -> None:
    """Encode all segments of the clip of `job`."""
    with render_config(QUALITY, job.theme):
        renderer = ClipRenderer(
            lambda number: True, lambda number, segment: floor.encode(renderer.camera, segment)
        )
        play_scene(job, load_inputs(job), renderer, lambda *_: renderer.end_segment())


def main() -> None:
    """Measure the clips named on the command line."""
    store, path, *slugs = sys.argv[1:]
    floor = Floor()
    for job in jobs(Path(store), slugs):
        measure(job, floor)
    found = {name: getattr(floor, name) for name in ("frames", "seconds", "cpu_seconds")}
    Path(path).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
