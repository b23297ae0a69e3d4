"""The three sizes a film comes in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """A frame size and a rate.

    Attributes:
        name: What the command line calls it.
        width: Of the frame, in pixels; even, as 4:2:0 chroma needs.
        height: Of the frame, in pixels; even.
        frame_rate: Whole frames a second.
    """

    name: str
    width: int
    height: int
    frame_rate: int


QUALITIES = {
    one.name: one
    for one in (
        Quality("draft", 854, 480, 15),
        Quality("hd", 1920, 1080, 60),
        Quality("4k", 3840, 2160, 60),
    )
}
