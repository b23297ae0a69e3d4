"""The map after the last of some instants: one clip leads to it, the next begins with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Mobject, VGroup

from scenes.facts.gradients import first_zero
from scenes.mobjects.chip import theta_of
from scenes.mobjects.descent.value_table import ValueTable
from scenes.mobjects.gradient_field import PALE, GradientFieldArrows
from scenes.mobjects.gradient_map import GradientMap
from scenes.mobjects.lens import GradientLens, needs_lens

INSTANTS = 3
NUMBERS = ("step", "parameters", "gradient", "loss")
LEFT_BEHIND = 0.5


def last_instant(run: Any) -> int:
    """Return the last of the steps at which the gradient of a run is shown."""
    zero = first_zero(run)
    return min(INSTANTS, run.trajectory.steps if zero is None else zero)


class LastInstant:
    """The map at the last instant, with the gradients that were met, and its numbers.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        field: The `understanding_gradients.lecture.recordings.GradientField` of its start.
        over: What its loss is taken over, as plain text.

    Attributes:
        map: The map with the path.
        around: All that is drawn beside and on them.
    """

    def __init__(self, run: Any, field: Any, over: str) -> None:
        self.run, self.t = run, last_instant(run)
        first = GradientMap(run)
        self.map = GradientMap(run, is_tagged=True, start=self.t)
        self.map.show_tag()
        around = [
            theta_of(over, self.map.view.plot, self.map.is_curve),
            self._numbers(),
            *self._gradients(),
        ]
        if not self.map.is_curve:
            around.append(self.map.scale_label())
            if self.map.view.view == first.view.view:
                around.append(GradientFieldArrows(field, first).set_opacity(PALE))
        self.around: list[Mobject] = around

    def _numbers(self) -> VGroup:
        table = ValueTable(self.run.trajectory, NUMBERS, sharpness=self.run.sharpness)
        table.fill_all(self.t, *NUMBERS)
        return VGroup(table, *table.cells.values())

    def _gradients(self) -> list[Any]:
        """Return the gradients met in this view, those that were left pale, and the lens."""
        views = self.run.views[: self.t + 1]
        first = int(np.flatnonzero(views == views[-1])[0])
        marks: list[Any] = [self.map.uphill(t) for t in range(first, self.t + 1)]
        drawn = [mark for mark in marks if mark is not None]
        for mark in drawn:
            if mark is not marks[-1]:
                mark.set_opacity(LEFT_BEHIND)
        has_lens = needs_lens(self.map, self.t)
        return [*drawn, GradientLens(self.map, self.t)] if has_lens else drawn
