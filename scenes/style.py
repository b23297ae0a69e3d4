"""Type, space and time of the film, and the theme in use.

The colours are in `descent.palette`, shared with plots and pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from manim import tempconfig

from descent.palette import DARK, THEMES, Palette, palette_of

_palette: ContextVar[Palette] = ContextVar("palette", default=DARK)


def palette() -> Palette:
    """Return the palette of the theme in use."""
    return _palette.get()


@contextmanager
def use_theme(name: str) -> Iterator[Palette]:
    """Draw in the theme `name` within the context.

    Enter it before a scene is instantiated: the background goes to Manim's configuration.

    Args:
        name: "dark" or "light".

    Yields:
        The palette of that theme.

    Raises:
        ValueError: If the theme is unknown.
    """
    token = _palette.set(palette_of(name))
    try:
        with tempconfig({"background_color": THEMES[name].background}):
            yield THEMES[name]
    finally:
        _palette.reset(token)


# Type: font sizes in Manim's points. A capital of size 48 is 43.8 px high at 1080p, so that
# LABEL, the smallest, is 25 px high.
LABEL = 27.5
TEXT = 34
TITLE = 44
HERO = 84
CAPITAL_PX_PER_POINT = 43.8 / 48

# Space, in scene units: the frame is 14.22 by 8; a margin of 5 % stays free on every side, and
# 12 % at the bottom, where players show subtitles. The main panel has the aspect of a window.
LEFT, RIGHT = -6.4, 6.4
TOP, BOTTOM = 3.6, -3.04
MAIN_LEFT, MAIN_RIGHT = -5.45, 1.525
MAIN_TOP, MAIN_BOTTOM = 2.15, -2.5
HEADLINE_Y = 2.9
SIDE_LEFT = 3.0
GAP = 0.16

# Layers, from the back to the front. The mask hides geometry that leaves the main panel.
GROUND, GEOMETRY, MASK, FRONT, WRITING = -1, 0, 5, 6, 10

# Lines, in Manim's stroke units.
HAIRLINE = 1.5
LINE = 3.0
BOLD = 5.0
DOT = 0.075
POINT = 0.13

# Time, in seconds. All are whole frames at 15 and at 60 frames a second.
BLINK = 0.4
MOVE = 0.8
BEAT = 1.2
PAUSE = 1.0
HOLD = 2.0

# Reading. What is on screen stays until it can have been read, and nothing moves meanwhile.
CLAIM_SPEED = 15.0  # characters per second of the line under the title
CUE_SPEED = 17.0  # characters per second of a subtitle
STILL = 1.6  # after the last motion of a beat
GUESS = 3.0  # of a question to the viewer
TIME_STEP = 0.2  # every beat lasts whole steps: whole frames at 15 and at 60 frames a second
