"""Three learning rates of one loss, compared from one start in one view."""

from __future__ import annotations

import math
import sys
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.losses.named import NamedLoss
from descent.pictures.making import FIRST, first_view, target_loss
from descent.pictures.on_planes import Descent, plane_of, runs_on_plane, whole_planes
from descent.pictures.shown_steps import MOST_AXES
from descent.rates.curvature import critical_rate, sharpness
from descent.rates.suggestions import SuggestedRates, suggest_learning_rates
from descent.rates.trials import ARRIVES, LONG
from descent.sweeps.sweeping import sweep
from descent.views.landscape import Landscape
from descent.views.windows import FILM_SECONDS, gradient_window, landscape, scale_of
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
# Of the time that the loss may take: in the view of the gradient, and in those of each run but the
# first view, which all share.
OF_THE_GRADIENT = FILM_SECONDS / 6
OF_EACH = (FILM_SECONDS - FIRST - OF_THE_GRADIENT) / len(RATE_NAMES)
SMALLEST, LARGEST = math.ulp(0.0), sys.float_info.max


class ThreeRates:
    """Three runs of one loss that share their start, their first view and their target.

    Nothing is recorded before it is needed, and each run is recorded once. The lecturer has
    `chosen` the rates; "suggest" stands for the loss's own.
    """

    def __init__(
        self,
        loss: NamedLoss,
        start: NDArray[np.float64],
        steps: int,
        chosen: LearningRates | None = None,
    ) -> None:
        self.loss, self.start, self.steps = loss, start, steps
        self.chosen = chosen or LearningRates()
        self.shown = cache(self._record)
        self.run = cache(self._make_run)

    @cached_property
    def suggested(self) -> SuggestedRates:
        """The rates that suit this loss."""
        return suggest_learning_rates(self.loss, self.start, self.steps)

    @cached_property
    def arrives(self) -> bool:
        """Whether the just-right run arrives; else the others have nothing to be compared with."""
        rate, steps = self.rate("just_right"), max(self.steps, LONG)
        run = record_whole(self.loss, self.start, learning_rate=rate, steps=steps)
        return run.behavior == ARRIVES

    def rate(self, name: str) -> float:
        """Return the lecturer's rate, or the suggested one."""
        chosen = getattr(self.chosen, name)
        if chosen != SUGGEST:
            return chosen
        return getattr(self.suggested, name)

    def rate_table(self) -> RateTable:
        """Return the final losses of the lecture's run at rates from tiny to huge."""
        curvature = sharpness(self.loss, self.start)
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

    @cached_property
    def first_view(self) -> Landscape:
        """The loss over the view in which all three runs begin."""
        return first_view(self.loss, [self.shown("just_right"), self.shown("very_small")])

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

    def _record(self, name: str) -> Trajectory:
        return record_whole(self.loss, self.start, learning_rate=self.rate(name), steps=self.steps)

    def _make_run(self, name: str) -> Run:
        if len(self.start) > MOST_AXES:
            return self._on_a_plane[name]
        shown, rate = self.shown(name), self.rate(name)
        if not self.arrives:
            return make_run(
                self.loss, shown, self.first_view, -math.inf, rate, full=shown, seconds=OF_EACH
            )
        target = target_loss(self.shown("just_right"))
        return make_run(self.loss, shown, self.first_view, target, rate, seconds=OF_EACH)

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
