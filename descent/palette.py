"""The colours of the film, plots and pages: one per role.

The hues are those of Okabe and Ito (2008), which survive colour blindness, lightened or
darkened per theme until text in them keeps a contrast of 4.5 : 1 (WCAG AA).
"""

from __future__ import annotations

from dataclasses import dataclass

from descent.checks.errors import InvalidValue


@dataclass(frozen=True)
class Palette:
    """The colour of every role, as ``#RRGGBB``; `glow` is the opacity of a layer of the loss."""

    background: str
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
    background="#0F141B",
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
    background="#FBFBF8",
    panel="#F0F1EE",
    ink="#18202A",
    muted="#566270",
    grid="#C9CFD4",
    parameter="#403A00",
    gradient="#AE5200",
    learning_rate="#A03C78",
    loss="#0069A8",
    prediction="#00734F",
    truth="#18202A",
    very_small="#6A4FC4",
    just_right="#18202A",
    very_large="#B5052E",
    glow=0.022,
)

THEMES = {"dark": DARK, "light": LIGHT}
# A behaviour has the colour of the rate by which the film shows it.
BEHAVIOR_ROLES = {
    "slow": "very_small",
    "converging": "just_right",
    "oscillating": "prediction",
    "diverging": "very_large",
    "stationary": "muted",
    "bounded": "parameter",
    "unbounded": "loss",
    "left the domain": "learning_rate",
}


def palette_of(theme: str) -> Palette:
    """Return the palette of the theme called `theme`."""
    if not isinstance(theme, str) or theme not in THEMES:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue("theme", f"be one of {', '.join(THEMES)}", theme)
    return THEMES[theme]
