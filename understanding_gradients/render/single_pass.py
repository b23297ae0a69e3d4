"""Videos that are encoded in a single pass: transparent or lossless ones.

The lecture's own videos are concatenated from segments (`render.segment`). These are rare, and one
worker draws each from beginning to end.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.video.frame import PictureType

from understanding_gradients.encode.color import as_bt709, tag_as_bt709, unpremultiply
from understanding_gradients.encode.regions import to_slices
from understanding_gradients.render.segment import Segment
from understanding_gradients.spec.codecs import Codec
from understanding_gradients.spec.quality import Quality


class SinglePassEncoder:
    """Writes one clip, segment by segment; the suffix of `path` determines the container."""

    def __init__(self, path: Path, quality: Quality, codec: Codec) -> None:
        self._codec = codec
        self._container = av.open(path, "w")
        self._stream: Any = self._container.add_stream(
            codec.encoder, rate=quality.frame_rate, options=codec.options
        )
        self._stream.width, self._stream.height = quality.width, quality.height
        self._stream.pix_fmt = codec.pixel_format
        if not codec.is_rgb:
            tag_as_bt709(self._stream.codec_context)
        self._time_base = Fraction(1, quality.frame_rate)
        self._pts = 0
        self._pixels = np.zeros((quality.height, quality.width, 4), np.uint8)

    def __enter__(self) -> Self:
        """Return the encoder."""
        return self

    def __exit__(self, *error: object) -> None:
        """Finish the file unless an error was raised."""
        if error[0] is None:
            for packet in self._stream.encode():
                self._container.mux(packet)
        self._container.close()

    def add(self, segment: Segment, camera: Any) -> None:
        """Draw and encode `segment`, starting with a keyframe."""
        is_first = True
        for frame, repeat in segment.frames:
            for rect in camera.draw(frame):
                self._pixels[to_slices(rect)] = unpremultiply(camera.pixel_array[to_slices(rect)])
            video_frame = self._video_frame()
            for _ in range(repeat):
                self._encode(video_frame, is_first)
                is_first = False

    def _video_frame(self) -> av.VideoFrame:
        if not self._codec.is_rgb:
            return as_bt709(self._pixels, self._codec.pixel_format)
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(self._pixels[..., :3]), "rgb24")

    def _encode(self, frame: av.VideoFrame, is_key: bool) -> None:
        frame.pts, frame.time_base = self._pts, self._time_base
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        self._pts += 1
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
