"""Descents of one loss from one start, at any learning rates, each recorded once."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from descent.losses.named import NamedLoss
from descent.pictures.making import FIRST, first_view, target_loss
from descent.rates.curvature import sharpness
from descent.rates.suggestions import SuggestedRates, suggest_learning_rates
from descent.rates.trials import ARRIVES, LONG
from descent.views.landscape import Landscape
from descent.views.windows import FILM_SECONDS
from understanding_gradients.lecture.recordings import RATE_NAMES, Run
from understanding_gradients.lecture.runs import make_run, record_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

# Of the time that the loss may take: in the view of the gradient, and in those of each run but the
# first view, which all share.
OF_THE_GRADIENT = FILM_SECONDS / 6
OF_EACH = (FILM_SECONDS - FIRST - OF_THE_GRADIENT) / len(RATE_NAMES)
MOST_KEPT = 8  # of each kind: a process that stays may be asked for any number of rates


class Descents:
    """Runs of one loss from one start, and what they are compared by.

    Nothing is recorded before it is needed. `right` and `small` are the rates of the runs that a
    run is compared with, and that its first view holds.
    """

    def __init__(self, loss: NamedLoss, start: NDArray[np.float64], steps: int) -> None:
        self.loss, self.start, self.steps = loss, start, steps
        self.shown = lru_cache(MOST_KEPT)(self._shown)
        self.arrives = lru_cache(MOST_KEPT)(self._arrives)
        self.first_view = lru_cache(MOST_KEPT)(self._first_view)
        self.run = lru_cache(MOST_KEPT)(self._run)

    @cached_property
    def suggested(self) -> SuggestedRates:
        """The rates that suit this loss."""
        return suggest_learning_rates(self.loss, self.start, self.steps)

    @cached_property
    def sharpness(self) -> float:
        """The largest curvature at the start."""
        return sharpness(self.loss, self.start)

    def _shown(self, rate: float) -> Trajectory:
        """Return the steps that are shown at a rate."""
        return record_whole(self.loss, self.start, learning_rate=rate, steps=self.steps)

    def _arrives(self, right: float) -> bool:
        """Return whether the just-right run arrives, given its rate."""
        steps = max(self.steps, LONG)
        run = record_whole(self.loss, self.start, learning_rate=right, steps=steps)
        return run.behavior == ARRIVES

    def _first_view(self, right: float, small: float) -> Landscape:
        """Return the loss over the view in which all runs begin."""
        return first_view(self.loss, [self.shown(right), self.shown(small)])

    def _run(self, rate: float, right: float, small: float) -> Run:
        """Return the run at a rate with its full length and its views."""
        shown, view = self.shown(rate), self.first_view(right, small)
        if not self.arrives(right):
            return make_run(self.loss, shown, view, -math.inf, rate, full=shown, seconds=OF_EACH)
        target = target_loss(self.shown(right))
        return make_run(self.loss, shown, view, target, rate, seconds=OF_EACH)
