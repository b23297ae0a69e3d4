"""Frames in, one H.264 stream out: converted to BT.709 and tagged as it, cut at every beat.

Every clip of one quality is encoded with the same settings, so that clips can be joined packet by
packet. There are no B-frames: a packet's decoding time is its display time, a clip begins at
exactly zero, and joining needs no edit list that players read differently. A beat begins with a
keyframe, so that a player, a slide or a cut lands on it exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType

from pipeline.changes import Box
from pipeline.colour import convert, planes_of, tag_as_bt709
from pipeline.quality import Quality

# Seconds between keyframes where a beat is longer than that, for seeking.
KEYFRAME_SECONDS = 5
X264_OPTIONS = {
    "preset": "veryfast",
    "crf": "17",
    "tune": "animation",
    "bf": "0",
    "sc_threshold": "0",
    "forced-idr": "1",
    # One thread an encoder: clips run side by side, and the bytes must not depend on the machine.
    "threads": "1",
}


class ClipEncoder:
    """Encodes the frames of one clip into an MP4 file.

    Args:
        path: The file to write.
        quality: Its size and rate.

    Attributes:
        frames: How many frames have been written.
    """

    def __init__(self, path: Path, quality: Quality) -> None:
        self.frames = 0
        self._container = av.open(path, "w", format="mp4", options={"movflags": "+faststart"})
        self._stream: Any = self._container.add_stream(
            "libx264",
            rate=quality.frame_rate,
            options=X264_OPTIONS | {"g": str(KEYFRAME_SECONDS * quality.frame_rate)},
        )
        self._stream.width, self._stream.height = quality.width, quality.height
        self._stream.pix_fmt = "yuv420p"
        tag_as_bt709(self._stream.codec_context)
        self._tick = Fraction(1, quality.frame_rate)
        self._frame = av.VideoFrame(quality.width, quality.height, "yuv420p")
        tag_as_bt709(self._frame)
        self._planes = planes_of(self._frame)
        self._begins_beat = True

    def begin_beat(self) -> None:
        """Make the next frame a keyframe."""
        self._begins_beat = True

    def write(
        self, pixels: np.ndarray, repeat: int = 1, changed: Sequence[Box] | None = None
    ) -> None:
        """Encode a frame that stands `repeat` times; what changed in it is converted once.

        Args:
            pixels: Shape (height, width, 4), uint8 RGBA, opaque.
            repeat: How many frames long it stands.
            changed: Boxes outside of which it is as the frame before; all of it if not given.
        """
        height, width, _ = pixels.shape
        for box in [(0, 0, width, height)] if changed is None else changed:
            convert(pixels, box, self._planes)
        for _ in range(repeat):
            self._frame.pts, self._frame.time_base = self.frames, self._tick
            self._frame.pict_type = PictureType.I if self._begins_beat else PictureType.NONE
            self._begins_beat = False
            self._container.mux(self._stream.encode(self._frame))
            self.frames += 1

    def close(self) -> None:
        """Flush what is still inside the encoder and finish the file."""
        try:
            self._container.mux(self._stream.encode())
        finally:
            self._container.close()
