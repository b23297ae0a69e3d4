"""Videos that are encoded as a whole: with transparency, or without any loss.

The lecture's own videos are put together from takes (`render.segment`). These are asked for rarely,
and are drawn from beginning to end by one worker, one clip beside the other.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.video.frame import PictureType

from understanding_gradients.encode.color import as_bt709, unpremultiply
from understanding_gradients.encode.regions import to_slices
from understanding_gradients.render.segment import Segment
from understanding_gradients.spec.codecs import Codec
from understanding_gradients.spec.quality import Quality


class SinglePassEncoder:
    """Writes one clip, a take after the other.

    Args:
        path: Of the file; its kind is that of its codec.
        quality: Of its frames.
        codec: How they are encoded.
    """

    def __init__(self, path: Path, quality: Quality, codec: Codec) -> None:
        self._codec = codec
        self._container = av.open(path, "w")
        self._stream: Any = self._container.add_stream(
            codec.name, rate=quality.frame_rate, options=codec.options
        )
        self._stream.width, self._stream.height = quality.width, quality.height
        self._stream.pix_fmt = codec.pixels
        self._time_base = Fraction(1, quality.frame_rate)
        self._position = 0
        self._pixels = np.zeros((quality.height, quality.width, 4), np.uint8)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *error: object) -> None:
        """Finish the file, unless something else went wrong."""
        if error[0] is None:
            for packet in self._stream.encode():
                self._container.mux(packet)
        self._container.close()

    def add(self, take: Segment, camera: Any) -> None:
        """Draw and encode `take`, which begins with a keyframe."""
        is_first = True
        for picture, repeat in take.pictures:
            for box in camera.draw(picture):
                self._pixels[to_slices(box)] = unpremultiply(camera.pixel_array[to_slices(box)])
            frame = self._frame()
            for _ in range(repeat):
                self._encode(frame, is_first)
                is_first = False

    def _frame(self) -> av.VideoFrame:
        if self._codec.pixels == "yuva420p":
            return as_bt709(self._pixels, "yuva420p")
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(self._pixels[..., :3]), "rgb24")

    def _encode(self, frame: av.VideoFrame, is_key: bool) -> None:
        frame.pts, frame.time_base = self._position, self._time_base
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        self._position += 1
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
