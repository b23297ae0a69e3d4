"""A part of a finished video, cut out without encoding anything again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av

from understanding_gradients.export.provenance import COMMENT


def cut(video: Path, first: int, end: int, path: Path, comment: str = "") -> None:
    """Write the frames `first` to `end` of `video`, `end` excluded, into the file at `path`.

    Args:
        video: An MP4 or WebM of ours, in which a frame after another has a packet of its own.
        first: A keyframe; every beat begins with one.
        end: After it, at most the number of frames.
        path: Of the same kind as `video`.
        comment: What the file says of itself.

    Raises:
        RuntimeError: If `first` is no keyframe.
    """
    with av.open(video) as source, av.open(path, "w", options=options_for(path)) as target:
        stream = source.streams.video[0]
        copied: Any = target.add_stream_from_template(stream)
        if comment:
            target.metadata[COMMENT] = comment
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
    """Return what a file of this kind is written with: the same bytes every time.

    An MP4 has its index at the front. A WebM would otherwise get a number by chance.
    """
    return {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if path.suffix == ".mp4" else {})
