"""Frames in, one H.264 stream out: converted to BT.709 and tagged as it, cut at every beat.

Manim converts with BT.601 and tags nothing, so that HD players show #FF0000 as about #FF1800.
Here the matrix that converts and the tags that tell a player how to convert back are the same.

Every clip of one quality is encoded with the same settings, so that clips can be joined packet by
packet. There are no B-frames: a packet's decoding time is its display time, a clip begins at
exactly zero, and joining needs no edit list that players read differently. A beat begins with a
keyframe, so that a player, a slide or a cut lands on it exactly.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

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
ACCURATE = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP


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
        self._canvas = av.VideoFrame(quality.width, quality.height, "rgba")
        self._pixels = pixels_of(self._canvas)
        self._reformatter = VideoReformatter()
        self._begins_beat = True

    def begin_beat(self) -> None:
        """Make the next frame a keyframe."""
        self._begins_beat = True

    def write(self, pixels: np.ndarray, repeat: int = 1) -> None:
        """Encode a frame that stands `repeat` times; it is converted once.

        Args:
            pixels: Shape (height, width, 4), uint8 RGBA, opaque.
            repeat: How many frames long it stands.
        """
        self._pixels[...] = pixels
        frame = self._convert()
        for _ in range(repeat):
            frame.pts, frame.time_base = self.frames, self._tick
            frame.pict_type = PictureType.I if self._begins_beat else PictureType.NONE
            self._begins_beat = False
            self._container.mux(self._stream.encode(frame))
            self.frames += 1

    def close(self) -> None:
        """Flush what is still inside the encoder and finish the file."""
        try:
            self._container.mux(self._stream.encode())
        finally:
            self._container.close()

    def _convert(self) -> av.VideoFrame:
        return self._reformatter.reformat(
            self._canvas,
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709,
            dst_color_primaries=ColorPrimaries.BT709,
            dst_color_trc=ColorTrc.BT709,
            interpolation=ACCURATE,
            threads=1,
        )


def tag_as_bt709(context: Any) -> None:
    """Write into a codec `context` that its frames are BT.709 of limited range."""
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.color_range = ColorRange.MPEG


def pixels_of(frame: av.VideoFrame) -> np.ndarray:
    """Return the pixels of a packed RGBA `frame` as an array (height, width, 4) over its memory."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)
    return rows[:, : 4 * frame.width].reshape(frame.height, frame.width, 4, copy=False)
