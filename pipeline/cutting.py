"""A part of a finished video, cut out without encoding anything again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av


def cut(video: Path, first: int, end: int, path: Path) -> None:
    """Write the frames `first` to `end` of `video`, `end` excluded, into the file at `path`.

    Args:
        video: An MP4 or WebM of ours, in which a frame after another has a packet of its own.
        first: A keyframe; every beat begins with one.
        end: After it, at most the number of frames.
        path: Of the same kind as `video`.

    Raises:
        RuntimeError: If `first` is no keyframe.
    """
    with av.open(video) as source, av.open(path, "w", options=options_for(path)) as target:
        stream = source.streams.video[0]
        copied: Any = target.add_stream_from_template(stream)
        # A template does not pass it on.
        if "alpha_mode" in stream.metadata:
            copied.metadata["alpha_mode"] = stream.metadata["alpha_mode"]
        packets = (packet for packet in source.demux(stream) if packet.dts is not None)
        shift = 0
        for number, packet in enumerate(packets):
            if number == first:
                if not packet.is_keyframe:
                    raise RuntimeError(f"{video} must have a keyframe at {first} to be cut there.")
                shift = packet.dts or 0
            if first <= number < end:
                packet.pts, packet.dts = (packet.pts or 0) - shift, (packet.dts or 0) - shift
                packet.stream = copied
                target.mux(packet)


def options_for(path: Path) -> dict[str, str]:
    """Return what a file of this kind is written with: an MP4 has its index at the front."""
    return {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
