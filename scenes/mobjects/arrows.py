"""Arrows of gradients and steps, and how the one becomes the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from manim import PI, Animation, Arrow, rotation_matrix, smooth

from scenes import style
from scenes.facts.scale import plain_scale, scale_text
from scenes.mobjects.boxes import Box
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math

SHORTEST = 0.02
KNOWN_ARROWS = 256  # of about 20 kB each
LONGEST = 1.05  # a gradient's arrow, in scene units
TURN = 0.55  # of the time: that of the minus; the rest is that of the learning rate


def arrow(start: np.ndarray, end: np.ndarray, role: str) -> Arrow:
    """Return an arrow in the colour of `role`; one too short to be visible is not drawn."""
    ends = (np.asarray(one, np.float64).tobytes() for one in (start, end))
    # Manim takes as long to build an arrow as a label.
    return _known_arrow(*ends, getattr(style.palette(), role)).copy()


@lru_cache(maxsize=KNOWN_ARROWS)
def _known_arrow(start_bytes: bytes, end_bytes: bytes, color: str) -> Arrow:
    start, end = (np.frombuffer(one).copy() for one in (start_bytes, end_bytes))
    is_seen = np.linalg.norm(end - start) >= SHORTEST
    if not is_seen:
        end = start + SHORTEST * np.array([1.0, 0.0, 0.0])
    drawn = Arrow(
        start,
        end,
        buff=0,
        stroke_width=style.BOLD,
        max_tip_length_to_length_ratio=0.3,
        tip_length=0.2,
        color=color,
    )
    return drawn.set_opacity(float(is_seen)).set_z_index(style.GEOMETRY + 1)


def common_scale(arrows: Sequence[tuple[np.ndarray, np.ndarray]], box: Box) -> float:
    """Return the largest scale that can be said in which no arrow is long or cut off by a box.

    Args:
        arrows: The place of each, and its way in the scale of the axes, both of shape (3,).
        box: The panel.

    Returns:
        A scale such as 1/9; 0 where no arrow has a length.
    """
    longest = max((math.hypot(*way) for _, way in arrows), default=0.0)
    if not longest > 0:
        return 0.0
    return plain_scale(min(LONGEST / longest, *(box.reach(*one) for one in arrows)))


def scale_label(scale: float, what: str = "gradient") -> Label:
    """Return the scale of gradients' arrows: "gradient × 1/9"."""
    said = scale_text(scale)
    scaled = as_math(said).replace("/", "\\/")
    color = style.palette().gradient
    return Label(f"{what} $times {scaled}$", color=color, plain_text=f"{what} × {said}")


class TurnIntoStep(Animation):
    """Turn an arrow through 180° round its start, as a minus does, then give it its new length.

    Args:
        arrow: The gradient, which becomes the step.
        step: What it becomes, of the same make.
        point: Where both start, shape (3,).
        **options: For `manim.Animation`.
    """

    def __init__(self, arrow: Any, step: Any, point: np.ndarray, **options: Any) -> None:
        super().__init__(arrow, rate_func=options.pop("rate_func", lambda alpha: alpha), **options)
        self.step, self.point = step, point

    def interpolate_mobject(self, alpha: float) -> None:
        """Turn every part of the arrow, then lengthen or shorten it."""
        angle = PI * smooth(min(1.0, alpha / TURN))
        share = smooth(max(0.0, (alpha - TURN) / (1 - TURN)))
        rotation = rotation_matrix(angle, (0.0, 0.0, 1.0)).T
        parts = zip(
            self.mobject.family_members_with_points(),
            self.starting_mobject.family_members_with_points(),
            self.step.family_members_with_points(),
            strict=True,
        )
        for part, start, end in parts:
            turned = start.copy()
            turned.points = self.point + (turned.points - self.point) @ rotation
            part.interpolate(turned, end, share)
