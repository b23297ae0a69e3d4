"""Covers in the colour of the ground, which hide geometry that leaves its box."""

from __future__ import annotations

from manim import ManimColor, Rectangle, VGroup

from scenes import style
from scenes.fading import fade_into
from scenes.mobjects.boxes import Box


def covers_around(box: Box, frame: Box) -> VGroup:
    """Return covers for all of `frame` outside `box`.

    They stay opaque in a fade: the ground, painted thinly on itself, is rounded to another level in
    every frame, so that most of the picture would flicker. They overlap: between two that only
    touch, a hairline of what is behind them is seen.
    """
    covers = (
        Box(frame.left, frame.bottom, box.left, frame.top),
        Box(box.right, frame.bottom, frame.right, frame.top),
        Box(frame.left, box.top, frame.right, frame.top),
        Box(frame.left, frame.bottom, frame.right, box.bottom),
    )
    return VGroup(*map(_cover, covers)).set_z_index(style.MASK)


def _cover(box: Box) -> Rectangle:
    ground = ManimColor(style.palette().background)
    cover = Rectangle(width=box.width, height=box.height, stroke_width=0)
    fade_into(cover.set_fill(ground, 1), ground)
    return cover.move_to(box.center)
