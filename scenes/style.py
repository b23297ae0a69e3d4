"""Colour, type, space and time of the film: the only place where a look is decided.

Colours are words: one role, one colour, in formulas, arrows, axes, plots and ledgers alike.
The hues are those of Okabe and Ito (2008), which survive colour blindness, lightened or
darkened per theme until text in them keeps a contrast of 4.5 : 1 (WCAG AA).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from manim import tempconfig


@dataclass(frozen=True)
class Palette:
    """The colour of every role, as ``#RRGGBB``; `glow` is the opacity of a layer of the loss."""

    ground: str
    panel: str
    ink: str
    muted: str
    grid: str
    parameter: str
    gradient: str
    learning_rate: str
    loss: str
    prediction: str
    truth: str
    very_small: str
    just_right: str
    very_large: str
    glow: float


DARK = Palette(
    ground="#0F141B",
    panel="#171E27",
    ink="#ECEFF4",
    muted="#9AA7B5",
    grid="#33404E",
    parameter="#F0E442",
    gradient="#E69F00",
    learning_rate="#DD8DB9",
    loss="#56B4E9",
    prediction="#1DB58A",
    truth="#ECEFF4",
    very_small="#B7A2F5",
    just_right="#ECEFF4",
    very_large="#F2703A",
    glow=0.035,
)

LIGHT = Palette(
    ground="#FBFBF8",
    panel="#F0F1EE",
    ink="#18202A",
    muted="#566270",
    grid="#C9CFD4",
    parameter="#5E5400",
    gradient="#A85300",
    learning_rate="#A03C78",
    loss="#0069A8",
    prediction="#00734F",
    truth="#18202A",
    very_small="#6A4FC4",
    just_right="#18202A",
    very_large="#C23A00",
    glow=0.022,
)

THEMES = {"dark": DARK, "light": LIGHT}

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
    if name not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}; got {name!r}.")
    token = _palette.set(THEMES[name])
    try:
        with tempconfig({"background_color": THEMES[name].ground}):
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
