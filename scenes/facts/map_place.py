"""Where on the frame the map is on which a start is chosen; importing it does not load Manim."""

from __future__ import annotations

FRAME_WIDTH, FRAME_HEIGHT = 8 * 16 / 9, 8.0  # of Manim, in scene units
ENLARGED = 2.2  # times as large as in the film, since the picture is shown small
# The map in scene units, before it is enlarged about the middle of the frame. Its shape is that of
# the window of a view, so that a circle is round.
LEFT, BOTTOM, RIGHT, TOP = -2.25, -1.3, 2.5, 1.2


def shares_of_frame() -> dict[str, float]:
    """Return the left and the top edge of the map, its width and height, as shares of a frame."""
    return {
        "left": 0.5 + ENLARGED * LEFT / FRAME_WIDTH,
        "top": 0.5 - ENLARGED * TOP / FRAME_HEIGHT,
        "width": ENLARGED * (RIGHT - LEFT) / FRAME_WIDTH,
        "height": ENLARGED * (TOP - BOTTOM) / FRAME_HEIGHT,
    }
