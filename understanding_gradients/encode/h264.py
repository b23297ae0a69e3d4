"""Frames in, H.264 packets out: one take, which begins with a keyframe and needs no other.

Every take of one quality is encoded with the same settings, by an encoder of its own. So a take has
the same bytes whoever encodes it, next to which other, and takes can be joined packet by packet.
There are no B-frames: a packet's decoding time is its display time, a clip begins at exactly zero,
and joining needs no edit list that players read differently.

The settings are for flat graphics. A constant quantiser gives every frame the same quality and
needs no look ahead; what moves is a small part of the frame, so that x264's time goes into looking
at the rest. A frame that only stands is not looked at at all: "nothing changed" is the same packet
for every picture, but for a frame number that is counted modulo 16. x264 makes these sixteen
packets once, from a grey picture (`Standing`); what follows them is a keyframe again.
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

# Seconds between keyframes where something moves for longer than that, for seeking.
KEYFRAME_SECONDS = 5
X264_OPTIONS = {
    "preset": "superfast",
    "qp": "21",
    "bf": "0",
    "sc_threshold": "0",
    "forced-idr": "1",
    # One thread an encoder: takes are encoded side by side, and no byte may depend on the machine.
    "threads": "1",
    # At a constant quantiser there is nothing to distribute between frames or parts of them, and
    # what moves in flat graphics is rarely found between pixels.
    "x264-params": "subme=0:rc-lookahead=0:mbtree=0:aq-mode=0:weightp=0:force-cfr=1",
}
# After so many frames the number of a frame begins anew.
FRAME_NUMBERS = 16


class Packet(NamedTuple):
    """One encoded frame.

    Attributes:
        data: H.264 in Annex B form, without parameter sets.
        is_key: Whether decoding can begin here.
    """

    data: bytes
    is_key: bool


class SegmentEncoder:
    """Encodes the frames of one take.

    Args:
        quality: Their size and rate.

    Attributes:
        packets: What has been encoded, a packet a frame.
    """

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
        self, pixels: np.ndarray, repeat: int = 1, changed: Sequence[Rect] | None = None
    ) -> None:
        """Encode a frame that stands `repeat` times; what changed in it is converted once.

        Args:
            pixels: Shape (height, width, 4), uint8 RGBA, opaque.
            repeat: How many frames long it stands.
            changed: Boxes outside of which it is as the frame before; all of it if not given.
        """
        whole = (0, 0, self._quality.width, self._quality.height)
        for box in [whole] if changed is None or not self.packets else coalesce(changed):
            convert(pixels, box, self._planes)
        self._encode()
        if repeat > 1:
            self._repeat_frame(repeat - 1)

    def _encode(self) -> None:
        self._frame.pts = len(self.packets)
        self._frame.pict_type = PictureType.I if self._key_is_due else PictureType.NONE
        self._key_is_due = False
        (packet,) = self._context.encode(self._frame)
        self._since_key = 0 if packet.is_keyframe else self._since_key + 1
        self.packets.append(Packet(bytes(packet), packet.is_keyframe))

    def _repeat_frame(self, frames: int) -> None:
        packets = skip_frames(self._quality)
        for _ in range(frames):
            self._since_key += 1
            self.packets.append(Packet(packets[self._since_key % FRAME_NUMBERS], is_key=False))
        self._key_is_due = True


def h264_context(quality: Quality) -> Any:
    """Return a new encoder for frames of `quality`."""
    context: Any = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = quality.width, quality.height, "yuv420p"
    context.framerate, context.time_base = quality.frame_rate, Fraction(1, quality.frame_rate)
    context.options = h264_options(quality)
    # Parameter sets go to the head of a file, not into packets.
    context.flags |= Flags.global_header
    tag_as_bt709(context)
    return context


def h264_options(quality: Quality) -> dict[str, str]:
    """Return x264's options for frames of `quality`."""
    return X264_OPTIONS | {"g": str(KEYFRAME_SECONDS * quality.frame_rate)}


@cache
def skip_frames(quality: Quality) -> list[bytes]:
    """Return the packets that repeat the frame before them, by how many frames after a keyframe.

    Raises:
        RuntimeError: If x264 does not settle into repeating them.
    """
    context = h264_context(quality)
    frame = av.VideoFrame(quality.width, quality.height, "yuv420p")
    for plane in planes_of(frame):
        plane[...] = 128
    packets = []
    for position in range(2 * FRAME_NUMBERS + 2):
        frame.pts = position
        packets += [bytes(packet) for packet in context.encode(frame)]
    once, again = packets[2 : FRAME_NUMBERS + 2], packets[FRAME_NUMBERS + 2 :]
    # The very last bits are filling, in which x264 hides a mark of its own.
    if [packet[:-1] for packet in once] != [packet[:-1] for packet in again]:
        raise RuntimeError("x264 was expected to repeat a still frame with the same 16 packets.")
    return once[-2:] + once[:-2]
