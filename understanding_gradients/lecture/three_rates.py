"""The three learning rates of one loss, compared from one start, in one view."""

from __future__ import annotations

import math
import sys
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from descent.losses.named import NamedLoss
from descent.rates.curvature import sharpness
from descent.rates.suggestions import SuggestedRates, suggest_learning_rates
from descent.views.landscape import Landscape
from descent.views.windows import first_window, landscape, stable_step
from understanding_gradients.lecture.recordings import RateTable, Run
from understanding_gradients.lecture.runs import arrival, make_run, record_whole, rounded
from understanding_gradients.lecture.settings import SUGGEST, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

RATES = 81
RATE_MARGIN = 3.0  # how far beyond the shown rates the table of rates goes, as a factor
SMALLEST, LARGEST = math.ulp(0.0), sys.float_info.max
# A just-right rate may be near the critical one from below, a very large one from above.
WAYS = {"very_small": round, "just_right": math.floor, "very_large": math.ceil}


class ThreeRates:
    """A loss whose three runs are compared: one start, one first view, one target."""

    def __init__(
        self, loss: NamedLoss, start: NDArray[np.float64], steps: int, settings: Settings
    ) -> None:
        """Keep what is asked for; nothing is recorded before it is needed."""
        self.loss, self.start, self.steps = loss, start, steps
        self.asked = settings.learning_rates
        self.shown = cache(self._shown)
        self.run = cache(self._run)

    @cached_property
    def suggested(self) -> SuggestedRates:
        """The rates that this loss suggests itself."""
        return suggest_learning_rates(self.loss, self.start, self.steps)

    def rate(self, which: str) -> float:
        """Return the rate the lecturer asks for, or the suggested one."""
        asked = getattr(self.asked, which)
        if asked != SUGGEST:
            return asked
        return rounded(getattr(self.suggested, which), WAYS[which])

    def _shown(self, which: str) -> Trajectory:
        return record_whole(self.loss, self.start, learning_rate=self.rate(which), steps=self.steps)

    def rate_table(self) -> RateTable:
        """Return where the lecture's run would have ended at rates from tiny to huge."""
        shown = [self.rate(which) for which in ("very_small", "just_right", "very_large")]
        spread = _spread(min(shown) / RATE_MARGIN, max(shown) * RATE_MARGIN)
        curvature = sharpness(self.loss, self.start)
        return RateTable(
            learning_rates=spread,
            final_losses=np.array([self._final_loss(rate) for rate in spread]),
            steps=self.steps,
            start_loss=float(self.shown("just_right").losses[0]),
            sharpness=curvature,
            critical_learning_rate=2 / curvature if curvature > 0 else math.inf,
        )

    def _final_loss(self, rate: float) -> float:
        run = record_whole(self.loss, self.start, learning_rate=rate, steps=self.steps)
        return math.inf if run.diverged else float(run.losses[-1])

    @cached_property
    def first_view(self) -> Landscape:
        """The loss over the view that all three runs begin in."""
        runs = [self.shown("just_right"), self.shown("very_small")]
        return landscape(self.loss, first_window(runs, stable_step(self.loss, runs[0])))

    def _run(self, which: str) -> Run:
        target = arrival(self.shown("just_right"))
        return make_run(self.loss, self.shown(which), self.first_view, target, self.rate(which))


def _spread(lowest: float, highest: float) -> NDArray[np.float64]:
    """Return `RATES` rates from lowest to highest, evenly on a log scale, all of them finite."""
    lowest, highest = max(lowest, SMALLEST), min(highest, LARGEST)
    with np.errstate(over="ignore"):  # 10 to the logarithm of the largest may round beyond it
        return np.geomspace(lowest, highest, RATES).clip(lowest, highest)
