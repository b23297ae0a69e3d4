"""Encoded takes as files, and a clip's video made of them: packets are copied, none is made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from understanding_gradients.encode.color import tag_as_bt709
from understanding_gradients.encode.h264 import Packet, h264_options
from understanding_gradients.spec.quality import Quality

PACKETS_FILE = "take.h264"
SIZES_FILE = "take.json"


def save_packets(packets: Sequence[Packet], folder: Path) -> None:
    """Write `packets` one after the other into a file, and their sizes into another."""
    (folder / PACKETS_FILE).write_bytes(b"".join(packet.data for packet in packets))
    sizes = [[len(packet.data), packet.is_key] for packet in packets]
    (folder / SIZES_FILE).write_text(json.dumps(sizes), encoding="utf-8")


def load_packets(folder: Path) -> list[Packet]:
    """Read what `save_packets` wrote."""
    data = (folder / PACKETS_FILE).read_bytes()
    packets, begin = [], 0
    for size, is_key in json.loads((folder / SIZES_FILE).read_text(encoding="utf-8")):
        packets.append(Packet(data[begin : begin + size], is_key))
        begin += size
    return packets


def write_clip(takes: Iterable[Path], path: Path, quality: Quality) -> None:
    """Write the takes in the folders `takes`, one after the other, into an MP4 file."""
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as clip:
        # This stream's encoder is never fed; it knows the parameter sets of all takes.
        stream: Any = clip.add_stream(
            "libx264", rate=quality.frame_rate, options=h264_options(quality)
        )
        stream.width, stream.height, stream.pix_fmt = quality.width, quality.height, "yuv420p"
        tag_as_bt709(stream.codec_context)
        position = 0
        for take in takes:
            for data, is_key in load_packets(take):
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, Fraction(1, quality.frame_rate)
                packet.pts = packet.dts = position
                packet.duration, packet.is_keyframe = 1, is_key
                clip.mux(packet)
                position += 1
