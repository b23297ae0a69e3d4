"""Measure the least time of any renderer: x264 alone, with this project's settings.

    .venv/bin/python -m benchmarks.floor STORE OUTPUT.json SLUG...

The segments of every clip are drawn and converted beforehand; only their encoding is timed, every
frame by x264.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click
import numpy as np

from benchmarks.lecture import QUALITY, SLUGS, STORE, jobs
from understanding_gradients.encode.color import as_bt709, planes_of, tag_as_bt709
from understanding_gradients.encode.h264 import h264_context
from understanding_gradients.render.config import render_config
from understanding_gradients.render.renderer import ClipRenderer
from understanding_gradients.render.segment import Segment
from understanding_gradients.render.task import load_inputs, play_scene
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES, Quality

# The number of converted frames in memory, at 1080p 3 MB each.
BUFFER = 120


class Floor:
    """Times the encoding of segments.

    Args:
        quality: Of all segments.

    Attributes:
        frames: The number of encoded frames.
        seconds: The time of their encoding.
        cpu_seconds: The CPU time of their encoding.
    """

    def __init__(self, quality: Quality) -> None:
        self.frames = 0
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self._quality = quality
        self._frame = av.VideoFrame(quality.width, quality.height, "yuv420p")
        self._frame.time_base = Fraction(1, quality.frame_rate)
        tag_as_bt709(self._frame)

    def encode(self, camera: Any, segment: Segment) -> None:
        """Draw and convert the frames of `segment`, then time their encoding."""
        context = h264_context(self._quality)
        buffer: list[tuple[list[np.ndarray], int]] = []
        position = 0
        for frame, repeat in segment.frames:
            camera.draw(frame)
            converted = as_bt709(camera.pixel_array)
            buffer.append(([plane.copy() for plane in planes_of(converted)], repeat))
            if len(buffer) == BUFFER:
                position = self._time_encoding(context, buffer, position)
                buffer = []
        self._time_encoding(context, buffer, position)

    def _time_encoding(self, context: Any, buffer: Sequence[Any], position: int) -> int:
        for planes, repeat in buffer:
            for plane, new in zip(planes_of(self._frame), planes, strict=True):
                plane[...] = new
            start, used = time.perf_counter(), time.process_time()
            for _ in range(repeat):
                self._frame.pts = position
                position += 1
                context.encode(self._frame)
            self.seconds += time.perf_counter() - start
            self.cpu_seconds += time.process_time() - used
            self.frames += repeat
        return position


def measure(job: Job, floor: Floor) -> None:
    """Encode all segments of the clip of `job`."""
    with render_config(job.quality, job.theme):
        renderer = ClipRenderer(
            lambda number: True, lambda number, segment: floor.encode(renderer.camera, segment)
        )
        play_scene(job, load_inputs(job), renderer)


@click.command()
@STORE
@click.argument("path", metavar="OUTPUT.json", type=click.Path(path_type=Path))
@SLUGS
@QUALITY
def main(store: Path, path: Path, slugs: tuple[str, ...], quality: str) -> None:
    """Measure the clips called SLUGS, whose inputs are in STORE."""
    floor = Floor(QUALITIES[quality])
    for job in jobs(store, slugs, quality):
        measure(job, floor)
    found = {name: getattr(floor, name) for name in ("frames", "seconds", "cpu_seconds")}
    path.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
