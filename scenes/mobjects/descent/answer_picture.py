"""The plane of a classifier's inputs: what it answers where, and the points it learns from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from manim import Animation, Circle, Dot, ManimColor, UpdateFromAlphaFunc, VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.landscape import Outlines
from scenes.mobjects.plot import Plot

LEVELS = (0.5, 0.7, 0.9)  # of the probability of class 1; it answers 1 above the first
STRONGEST = 0.5  # share of the colour in the ground where it is sure of class 1
RADIUS = 0.06
CROWDED = 150  # points; more are smaller
SMALLER = 0.6


class AnswerPicture(VGroup):
    """Where a classifier answers 1, shaded by how sure it is, and its points.

    Discs are points of class 1, rings those of class 0.

    Args:
        regions: The `descent.pictures.regions.Regions`.
        box: Where on the screen.
        step: The first that is shown.
    """

    def __init__(self, regions: Any, box: Box, step: float = 0) -> None:
        super().__init__()
        self.regions, self.box = regions, box
        ends = [(float(axis[0]), float(axis[-1])) for axis in (regions.xs, regions.ys)]
        self.plot = Plot(ends, box, x_name="$x_1$", y_name="$x_2$")
        self.field = VGroup()
        self.points_of_data = self._points()
        self.set_step(step)
        self.add(self.field, self.plot, self.points_of_data)

    def set_step(self, step: float) -> None:
        """Show the answers at a step."""
        self.step = step
        self.field.submobjects = self._field(self.regions.at(step))

    def run(self, to: int) -> Animation:
        """Return the animation to a later step, in time with `move_on`."""
        since = self.step

        def move(field: Any, part: float) -> None:
            self.set_step(since + part * (to - since))

        return UpdateFromAlphaFunc(self.field, move)

    def _field(self, answers: np.ndarray) -> list[Any]:
        """Return the regions above each level, the largest first, and the border between them."""
        color = style.palette().prediction
        # Outlines enclose what is below a level: that of −p is where p is above it.
        axes = (self.regions.xs, self.regions.ys)
        drawn = SimpleNamespace(axes=axes, values=-answers)
        # Another picture in every frame: nothing of it is drawn again.
        outlines = Outlines(self.plot, drawn, color=color, is_kept=False)
        parts: list[Any] = []
        for number, level in enumerate(LEVELS, start=1):
            parts += outlines.regions(-level, STRONGEST * number / len(LEVELS))
        parts += outlines.lines(-LEVELS[0], ManimColor(color))
        return [part.set_z_index(style.GROUND) for part in parts]

    def _points(self) -> VGroup:
        ink = style.palette().truth
        radius = RADIUS * (SMALLER if len(self.regions.labels) > CROWDED else 1)
        marks = VGroup()
        places = self.plot.places(*self.regions.points.T)
        for place, label in zip(places, self.regions.labels.tolist(), strict=True):
            mark = Dot(place, radius=radius, color=ink) if label else Circle(radius=radius)
            if not label:
                mark.move_to(place).set_stroke(ink, style.HAIRLINE)
                mark.set_fill(style.palette().background, 1)
            marks.add(mark.set_z_index(style.GEOMETRY + 1))
        return marks
