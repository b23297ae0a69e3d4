"""Which share of a path's movement a plane shows, in few digits."""

from __future__ import annotations

from descent.text.numbers import ROUNDING, percent

ALL_BUT = 0.9995  # of the movement: more would read 100.0 %


def share(of: float) -> str:
    """Return a share to a tenth of a per cent: "99.8 %", "nearly all", "all"."""
    return "nearly all" if ALL_BUT <= of < 1 - ROUNDING else percent(of)
