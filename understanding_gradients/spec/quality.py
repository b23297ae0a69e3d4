"""Frame sizes and frame rates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """A frame size and a frame rate.

    Attributes:
        name: Its name on the command line.
        width: Frame width in pixels; even, because chroma is subsampled 4:2:0.
        height: Frame height in pixels; even.
        frame_rate: Frames per second.
    """

    name: str
    width: int
    height: int
    frame_rate: int


QUALITIES = {
    quality.name: quality
    for quality in (
        Quality("draft", 854, 480, 15),
        Quality("hd", 1920, 1080, 60),
        Quality("4k", 3840, 2160, 60),
    )
}
