"""A small cross at a place."""

from __future__ import annotations

import numpy as np
from manim import Line, VGroup

from scenes import style

ARM = 0.09


def cross(place: np.ndarray) -> VGroup:
    """Return a cross at a place, shape (3,)."""
    arms = (np.array([ARM, 0, 0]), np.array([0, ARM, 0]))
    lines = (Line(place - arm, place + arm, stroke_width=style.LINE) for arm in arms)
    return VGroup(*lines).set_color(style.palette().ink).set_z_index(style.GEOMETRY + 1)
