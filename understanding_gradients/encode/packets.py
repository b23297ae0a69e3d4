"""Segments as files, and their concatenation to a video: packets are copied, not re-encoded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from understanding_gradients.encode.color import tag_as_bt709
from understanding_gradients.encode.h264 import Packet, h264_options, skip_frame
from understanding_gradients.spec.quality import Quality

PACKETS_FILE = "segment.h264"
SIZES_FILE = "segment.json"


def save_packets(packets: Sequence[Packet], folder: Path) -> None:
    """Write all packets into one file and their sizes into another."""
    (folder / PACKETS_FILE).write_bytes(b"".join(packet.data for packet in packets))
    sizes = [[len(packet.data), packet.is_key] for packet in packets]
    (folder / SIZES_FILE).write_text(json.dumps(sizes), encoding="utf-8")


def load_packets(folder: Path) -> list[Packet]:
    """Read the packets that `save_packets` wrote."""
    data = (folder / PACKETS_FILE).read_bytes()
    packets, start = [], 0
    for size, is_key in json.loads((folder / SIZES_FILE).read_text(encoding="utf-8")):
        packets.append(Packet(data[start : start + size], is_key))
        start += size
    return packets


def held(packets: Sequence[Packet], frames: int, quality: Quality) -> Iterator[Packet]:
    """Yield the packets of a segment, whose last frame is held until there are `frames`."""
    since_key = 0
    for packet in packets:
        since_key = 0 if packet.is_key else since_key + 1
        yield packet
    for number in range(since_key + 1, since_key + 1 + frames - len(packets)):
        yield skip_frame(quality, number)


def mux_segments(segments: Iterable[tuple[Path, int]], path: Path, quality: Quality) -> None:
    """Concatenate segments, each a folder and its number of frames, into an MP4 file."""
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as video:
        # This stream's encoder gets no frame; it provides the parameter sets of all segments.
        stream: Any = video.add_stream(
            "libx264", rate=quality.frame_rate, options=h264_options(quality)
        )
        stream.width, stream.height, stream.pix_fmt = quality.width, quality.height, "yuv420p"
        tag_as_bt709(stream.codec_context)
        pts = 0
        for folder, frames in segments:
            for data, is_key in held(load_packets(folder), frames, quality):
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, Fraction(1, quality.frame_rate)
                packet.pts = packet.dts = pts
                packet.duration, packet.is_keyframe = 1, is_key
                video.mux(packet)
                pts += 1
