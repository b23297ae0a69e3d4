"""Labels in front of lines."""

from __future__ import annotations

from manim import Rectangle, VGroup

from scenes import style
from scenes.typesetting.labels import Label


def backed(label: Label) -> VGroup:
    """Return the label on a rectangle in the background's colour, so that no line crosses it."""
    back = Rectangle(
        width=label.width + 0.1,
        height=label.height + 0.1,
        fill_color=style.palette().background,
        fill_opacity=1,
        stroke_width=0,
    )
    return VGroup(back.move_to(label).set_z_index(style.GEOMETRY + 1), label)
