"""Frames in, H.264 packets out: one segment, which starts with a keyframe and needs no other.

Every segment of one quality is encoded with the same settings by an encoder of its own. So a
segment has the same bytes whatever process encodes it and whatever precedes it, and segments are
concatenated packet by packet. There are no B-frames: a packet's decoding time is its display time,
a clip starts at exactly zero, and no edit list is needed, which players read differently.

The settings are for flat graphics. A constant quantiser gives every frame the same quality and
needs no lookahead; what moves is a small part of the frame, so that x264 spends its time on the
unchanged rest. A repeated frame is not encoded at all: "skip every macroblock" is the same packet
for every image except for the frame number, which is counted modulo 16. x264 makes these sixteen
packets once from a grey image (`skip_frames`); the frame after them is a keyframe again.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import PictureType

from understanding_gradients.encode.color import convert, planes_of, tag_as_bt709
from understanding_gradients.encode.regions import Rect, coalesce
from understanding_gradients.spec.quality import Quality

# Maximum number of seconds between keyframes, for seeking.
KEYFRAME_INTERVAL = 5
X264_OPTIONS = {
    "preset": "superfast",
    "qp": "21",
    "bf": "0",
    "sc_threshold": "0",
    "forced-idr": "1",
    # Segments are encoded in parallel, and no byte may depend on the number of cores.
    "threads": "1",
    # At a constant quantiser no bits are distributed between frames or within them, and motion in
    # flat graphics rarely falls between pixels.
    "x264-params": "subme=0:rc-lookahead=0:mbtree=0:aq-mode=0:weightp=0:force-cfr=1",
}
# H.264's frame_num wraps around at this number with these settings.
FRAME_NUM_PERIOD = 16


class Packet(NamedTuple):
    """One encoded frame: H.264 in Annex B form, without parameter sets."""

    data: bytes
    is_key: bool


class SegmentEncoder:
    """Encodes the frames of one segment into `packets`, one per frame."""

    def __init__(self, quality: Quality) -> None:
        self.packets: list[Packet] = []
        self._quality = quality
        self._context = h264_context(quality)
        self._frame = av.VideoFrame(quality.width, quality.height, "yuv420p")
        self._frame.time_base = Fraction(1, quality.frame_rate)
        tag_as_bt709(self._frame)
        self._planes = planes_of(self._frame)
        self._since_key = 0
        self._key_is_due = True

    def write(
        self, pixels: np.ndarray, repeat: int = 1, dirty: Sequence[Rect] | None = None
    ) -> None:
        """Encode a frame `repeat` times, converting only what changed since the last one.

        Args:
            pixels: Shape (height, width, 4), uint8 RGBA, opaque.
            repeat: Number of frames for which it is shown.
            dirty: Rects outside which it equals the frame before; the whole frame by default.
        """
        whole = (0, 0, self._quality.width, self._quality.height)
        for rect in [whole] if dirty is None or not self.packets else coalesce(dirty):
            convert(pixels, rect, self._planes)
        self._encode_frame()
        if repeat > 1:
            self._repeat_frame(repeat - 1)

    def _encode_frame(self) -> None:
        self._frame.pts = len(self.packets)
        self._frame.pict_type = PictureType.I if self._key_is_due else PictureType.NONE
        self._key_is_due = False
        (packet,) = self._context.encode(self._frame)
        self._since_key = 0 if packet.is_keyframe else self._since_key + 1
        self.packets.append(Packet(bytes(packet), packet.is_keyframe))

    def _repeat_frame(self, times: int) -> None:
        """Repeat the last frame with P-skip packets."""
        for _ in range(times):
            self._since_key += 1
            self.packets.append(skip_frame(self._quality, self._since_key))
        self._key_is_due = True


def h264_context(quality: Quality) -> Any:
    """Return a new encoder for frames of `quality`."""
    context: Any = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = quality.width, quality.height, "yuv420p"
    context.framerate, context.time_base = quality.frame_rate, Fraction(1, quality.frame_rate)
    context.options = h264_options(quality)
    # Parameter sets go into the file header, not into packets.
    context.flags |= Flags.global_header
    tag_as_bt709(context)
    return context


def h264_options(quality: Quality) -> dict[str, str]:
    """Return x264's options for frames of `quality`."""
    return X264_OPTIONS | {"g": str(KEYFRAME_INTERVAL * quality.frame_rate)}


def skip_frame(quality: Quality, since_key: int) -> Packet:
    """Return the packet that repeats the frame before it.

    Args:
        quality: Of the frames.
        since_key: How many frames after a keyframe it is, at least 1.
    """
    return Packet(skip_frames(quality)[since_key % FRAME_NUM_PERIOD], is_key=False)


@cache
def skip_frames(quality: Quality) -> list[bytes]:
    """Return the P-skip packets, indexed by the number of frames since a keyframe modulo 16.

    Raises:
        RuntimeError: If x264 does not settle into a period of 16 packets.
    """
    context = h264_context(quality)
    # No keyframe among them, however few frames a second has.
    context.options = {**context.options, "g": str(3 * FRAME_NUM_PERIOD)}
    frame = av.VideoFrame(quality.width, quality.height, "yuv420p")
    for plane in planes_of(frame):
        plane[...] = 128
    packets = []
    for pts in range(2 * FRAME_NUM_PERIOD + 2):
        frame.pts = pts
        packets += [bytes(packet) for packet in context.encode(frame)]
    first, second = packets[2 : FRAME_NUM_PERIOD + 2], packets[FRAME_NUM_PERIOD + 2 :]
    # x264 hides a mark in the padding of the last byte.
    if [packet[:-1] for packet in first] != [packet[:-1] for packet in second]:
        raise RuntimeError("x264 was expected to repeat a still frame with the same 16 packets.")
    return first[-2:] + first[:-2]
