"""Segments in the codec of an export: transparent or lossless ones, and files made of them.

As in `encode.h264`, each segment is encoded by an encoder of its own and begins with a keyframe, so
that it has the same bytes whichever process encodes it, and segments are concatenated packet by
packet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.codec.context import Flags
from av.packet import PacketSideData, packet_sidedata_type_from_literal
from av.video.frame import PictureType

from understanding_gradients.encode.color import as_bt709, convert, planes_of, tag_as_bt709
from understanding_gradients.encode.regions import Rect, coalesce
from understanding_gradients.spec.codecs import Codec
from understanding_gradients.spec.quality import Quality

DATA_FILE, SIZES_FILE = "segment.data", "segment.json"
# Matroska keeps alpha beside each picture: the number of its kind, then a picture of its own.
ALPHA = "matroska_block_additional"
ALPHA_ID_BYTES = 8
# In the third byte of a VP9 picture that is no keyframe: it replaces the first of those kept.
VP9_FIRST_SLOT = 0x40


class CodedFrame(NamedTuple):
    """One encoded frame, with what Matroska keeps beside it; `beside` is empty without alpha."""

    data: bytes
    beside: bytes
    is_key: bool


class CodecEncoder:
    """Encodes the frames of one segment into `frames`.

    Args:
        quality: Of the frames.
        codec: Encodes them.
    """

    def __init__(self, quality: Quality, codec: Codec) -> None:
        self.frames: list[CodedFrame] = []
        self._quality, self._codec = quality, codec
        self._context = codec_context(quality, codec)
        self._key_is_due = True
        self._frame: Any = None

    def write(self, pixels: np.ndarray, repeat: int, dirty: Sequence[Rect]) -> None:
        """Encode a frame `repeat` times.

        Args:
            pixels: Shape (height, width, 4), uint8 RGBA with straight alpha.
            repeat: Number of frames for which it is shown.
            dirty: Rects outside which it equals the frame before.
        """
        self._update(pixels, dirty)
        self._encode()
        again = self._repeated(self.frames[-1])
        if again is None:
            for _ in range(repeat - 1):
                self._encode()
        elif repeat > 1:
            self.frames += [again] * (repeat - 1)
            # No encoder has seen the frames before the next one.
            self._key_is_due = True

    def _update(self, pixels: np.ndarray, dirty: Sequence[Rect]) -> None:
        """Bring the frame that is encoded up to date."""
        codec = self._codec
        if codec.is_rgb:
            self._frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(pixels[..., :3]), codec.pixel_format
            )
        elif self._frame is None or codec.pixel_format not in CONVERTED_IN_PARTS:
            self._frame = as_bt709(pixels, codec.pixel_format)
        else:
            self._frame.make_writable()
            planes = planes_of(self._frame)
            for rect in coalesce(dirty):
                convert(pixels, rect, planes, codec.pixel_format)

    def _encode(self) -> None:
        frame = self._frame
        frame.pts, frame.time_base = len(self.frames), Fraction(1, self._quality.frame_rate)
        frame.pict_type = PictureType.I if self._key_is_due else PictureType.NONE
        self._key_is_due = False
        (packet,) = self._context.encode(frame)
        beside = bytes(packet.get_sidedata(ALPHA)) if packet.has_sidedata(ALPHA) else b""
        self.frames.append(CodedFrame(bytes(packet), beside, packet.is_keyframe))

    def _repeated(self, last: CodedFrame) -> CodedFrame | None:
        """Return the packet that shows the last frame again; None if it must be encoded again."""
        if self._codec.is_intra:
            return last
        shown, beside = self._codec.repeat, last.beside
        pictures = [last.data, *([beside[ALPHA_ID_BYTES:]] if beside else [])]
        if not shown or not all(last.is_key or data[2] & VP9_FIRST_SLOT for data in pictures):
            return None
        return CodedFrame(shown, beside[:ALPHA_ID_BYTES] + shown if beside else b"", is_key=False)


CONVERTED_IN_PARTS = ("yuv420p", "yuva420p")


def codec_context(quality: Quality, codec: Codec) -> Any:
    """Return a new encoder."""
    context: Any = av.CodecContext.create(codec.encoder, "w")
    set_up(context, quality, codec)
    context.framerate, context.time_base = quality.frame_rate, Fraction(1, quality.frame_rate)
    context.options = dict(codec.options)
    # Parameter sets go into the file header, not into packets.
    context.flags |= Flags.global_header
    return context


def set_up(context: Any, quality: Quality, codec: Codec) -> None:
    """Set the size and the colours of an encoder or a stream."""
    context.width, context.height = quality.width, quality.height
    context.pix_fmt = codec.pixel_format
    if not codec.is_rgb:
        tag_as_bt709(getattr(context, "codec_context", context))


def save_frames(frames: Sequence[CodedFrame], folder: Path) -> None:
    """Write encoded frames into a folder."""
    folder.mkdir()
    content = b"".join(frame.data + frame.beside for frame in frames)
    (folder / DATA_FILE).write_bytes(content)
    sizes = [[len(frame.data), len(frame.beside), frame.is_key] for frame in frames]
    (folder / SIZES_FILE).write_text(json.dumps(sizes), encoding="utf-8")


def load_frames(folder: Path) -> Iterable[CodedFrame]:
    """Yield the frames that `save_frames` wrote."""
    with (folder / DATA_FILE).open("rb") as file:
        for size, beside, is_key in json.loads((folder / SIZES_FILE).read_text(encoding="utf-8")):
            yield CodedFrame(file.read(size), file.read(beside), is_key)


def mux_codec_segments(folders: Iterable[Path], path: Path, quality: Quality, codec: Codec) -> None:
    """Concatenate segments to a video; the suffix of `path` determines the container."""
    with av.open(path, "w") as video:
        # This stream's encoder gets no frame; it provides the parameter sets of all segments.
        stream: Any = video.add_stream(
            codec.encoder, rate=quality.frame_rate, options=dict(codec.options)
        )
        set_up(stream, quality, codec)
        pts = 0
        for folder in folders:
            for frame in load_frames(folder):
                packet = av.Packet(frame.data)
                if frame.beside:
                    add_beside(packet, frame.beside)
                packet.stream, packet.time_base = stream, Fraction(1, quality.frame_rate)
                packet.pts = packet.dts = pts
                packet.duration, packet.is_keyframe = 1, frame.is_key
                video.mux(packet)
                pts += 1


def add_beside(packet: Any, content: bytes) -> None:
    """Add what Matroska keeps beside a picture."""
    kind: Any = PacketSideData  # whose stub knows no argument
    data = kind(packet_sidedata_type_from_literal(ALPHA), len(content))
    data.update(content)
    data.to_packet(packet, move=True)
