"""Type, space and time of the film, and which theme's colours it is drawn in.

The colours themselves are in `descent.palette`, where plots and pages have them from, too.
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
    """Draw in the theme `name` while the context lasts.

    Enter it before a scene is instantiated: the background goes to Manim's configuration.

    Args:
        name: "dark" or "light".

    Yields:
        The palette of that theme.

    Raises:
        ValueError: If there is no such theme.
    """
    token = _palette.set(palette_of(name))
    try:
        with tempconfig({"background_color": THEMES[name].background}):
            yield THEMES[name]
    finally:
        _palette.reset(token)


# Type: font sizes in Manim's points. A capital of size 48 is 43.8 px high at 1080p, so that
# LABEL, the smallest, stands 25 px tall.
LABEL = 27.5
TEXT = 34
TITLE = 44
HERO = 84
CAPITAL_PX_PER_POINT = 43.8 / 48
SMALLEST_CAPITAL_PX = 24

# Space, in scene units: the frame is 14.22 by 8; a margin of 5 % stays free on every side.
LEFT, RIGHT = -6.4, 6.4
TOP, BOTTOM = 3.6, -3.6
STAGE_LEFT, STAGE_RIGHT = -5.45, 2.2
STAGE_TOP, STAGE_BOTTOM = 2.1, -3.0
CLAIM_Y = 2.86
LEDGER_LEFT = 3.0
GAP = 0.16

# Layers: what is drawn over what. The mask hides geometry that leaves the stage.
GEOMETRY, MASK, FRONT, WRITING = 0, 5, 6, 10

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
