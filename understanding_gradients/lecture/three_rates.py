"""Three learning rates of one loss, compared from one start in one view."""

from __future__ import annotations

import math
import sys
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.pictures.making import first_view, target_loss
from descent.pictures.on_planes import Descent, plane_of, runs_on_plane, whole_planes
from descent.pictures.shown_steps import MOST_AXES
from descent.rates.curvature import critical_rate
from descent.sweeps.sweeping import sweep
from descent.views.landscape import Landscape
from descent.views.windows import FILM_SECONDS, gradient_window, landscape, scale_of
from understanding_gradients.lecture.descents import OF_EACH, OF_THE_GRADIENT
from understanding_gradients.lecture.descents import Descents as DescentsAtRates
from understanding_gradients.lecture.recordings import RATE_NAMES, RateTable, Run
from understanding_gradients.lecture.runs import make_run, record_full, record_whole
from understanding_gradients.lecture.settings import SUGGEST, LearningRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.views.plane import Plane

TABLE_SIZE = 401
TABLE_STEPS = 100  # at fewer, a run just beyond the boundary has not risen yet
TABLE_MARGIN = 3.0  # the factor by which the table of rates exceeds the shown rates on each side
SMALLEST, LARGEST = math.ulp(0.0), sys.float_info.max


class ThreeRates:
    """Three runs of one loss that share their start, their first view and their target.

    Nothing is recorded before it is needed, and each run is recorded once. The lecturer has
    `chosen` the rates; "suggest" stands for the loss's own.
    """

    def __init__(self, descents: DescentsAtRates, chosen: LearningRates | None = None) -> None:
        self.descents, self.chosen = descents, chosen or LearningRates()
        self.loss, self.start = descents.loss, descents.start

    @property
    def arrives(self) -> bool:
        """Whether the just-right run arrives; else the others have nothing to be compared with."""
        return self.descents.arrives(self.rate("just_right"))

    def rate(self, name: str) -> float:
        """Return the lecturer's rate, or the suggested one."""
        chosen = getattr(self.chosen, name)
        if chosen != SUGGEST:
            return chosen
        return getattr(self.descents.suggested, name)

    def shown(self, name: str) -> Trajectory:
        """Return the steps of a run that are shown one by one."""
        return self.descents.shown(self.rate(name))

    def run(self, name: str) -> Run:
        """Return a run with its full length and its views."""
        if len(self.start) > MOST_AXES:
            return self._on_a_plane[name]
        return self.descents.run(self.rate(name), self.rate("just_right"), self.rate("very_small"))

    def rate_table(self) -> RateTable:
        """Return the final losses of the lecture's run at rates from tiny to huge."""
        curvature = self.descents.sharpness
        critical = critical_rate(curvature)
        shown = [self.rate(name) for name in RATE_NAMES]
        beyond = [*shown, critical] if math.isfinite(critical) else shown
        rates = log_spaced(min(shown) / TABLE_MARGIN, max(beyond) * TABLE_MARGIN)
        # Together, so that the three are of the same kind as the others.
        losses = self._final_losses(np.concatenate([rates, shown]))
        return RateTable(
            learning_rates=rates,
            final_losses=losses[:TABLE_SIZE],
            steps=TABLE_STEPS,
            start_loss=float(self.shown("just_right").losses[0]),
            sharpness=curvature,
            critical_learning_rate=critical,
            shown_rates=np.array(shown),
            shown_losses=losses[TABLE_SIZE:],
        )

    @property
    def first_view(self) -> Landscape:
        """The loss over the view in which all three runs begin."""
        return self.descents.first_view(self.rate("just_right"), self.rate("very_small"))

    def even_run(self) -> Run:
        """Return the middle run over a view whose axes have one scale, for all its directions."""
        run = self.run("just_right")
        if scale_of(self.first_view.window) == 1:
            return run
        view = first_view(self.loss, [run.trajectory, self.shown("very_small")], even=True)
        rate = run.learning_rate
        return make_run(
            self.loss, run.trajectory, view, run.target, rate, full=run.full, seconds=OF_EACH
        )

    def gradient_view(self) -> Landscape:
        """The loss over a view with room for the first gradient at its true length, both ways."""
        if len(self.start) > MOST_AXES:
            run = self.run("just_right")
            window = gradient_window(run.trajectory, run.view(0).window)
            rows = run.view(0).rows
            return landscape(self._plane.restrict(self.loss), window, OF_THE_GRADIENT, rows)
        shown = self.shown("just_right")
        window = gradient_window(shown, self.first_view.window)
        return landscape(self.loss, window, OF_THE_GRADIENT)

    @cached_property
    def _on_a_plane(self) -> dict[str, Run]:
        """The runs of many parameters, on one plane as far as they are shown."""
        target = target_loss(self.shown("just_right")) if self.arrives else -math.inf
        descents: dict[str, Descent] = {}
        for name in RATE_NAMES:
            shown = self.shown(name)
            full = record_full(self.loss, shown, target) if self.arrives else shown
            descents[name] = Descent(shown, full, self.rate(name))
        words, wholes = self.loss.description, whole_planes(descents)
        return runs_on_plane(
            self.loss,
            descents,
            self._plane,
            target,
            wholes=wholes,
            description=words,
            seconds=FILM_SECONDS - OF_THE_GRADIENT,
        )

    @cached_property
    def _plane(self) -> Plane:
        """The plane of what is shown of runs of many parameters."""
        return plane_of([self.shown(name) for name in RATE_NAMES])

    def _final_losses(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        try:
            found = sweep(self.loss, self.start, rates, TABLE_STEPS)
        except InvalidValue:  # a loss that cannot be computed for many parameters at once
            return np.array([self._final_loss(rate) for rate in rates])
        is_above = found.diverged & (found.behaviors != "unbounded")
        return np.where(is_above, math.inf, found.final_losses)

    def _final_loss(self, rate: float) -> float:
        run = record_whole(self.loss, self.start, learning_rate=rate, steps=TABLE_STEPS)
        is_above = run.diverged and run.behavior != "unbounded"
        return math.inf if is_above else float(run.losses[-1])


def log_spaced(lowest: float, highest: float) -> NDArray[np.float64]:
    """Return `TABLE_SIZE` finite rates, evenly spaced on a log scale."""
    lowest, highest = max(lowest, SMALLEST), min(highest, LARGEST)
    with np.errstate(over="ignore"):  # 10 to the logarithm of the largest may overflow
        return np.geomspace(lowest, highest, TABLE_SIZE).clip(lowest, highest)
