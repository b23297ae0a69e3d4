"""Recordings of one loss from one start, made to see what a learning rate does there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.arguments import most_steps
from descent.rates.rounding import rounded, rounded_down, rounded_up
from descent.runs.behavior import THROWN_OUT
from descent.runs.recording import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.behavior import Behavior
    from descent.runs.trajectory import Trajectory

LONG = 100  # steps, within which a rate that is just right arrives
ARRIVES: Behavior = "converging"
# Steps are seen if several of them each make a share of the whole fall.
SEEN_STEPS, SEEN_SHARE = 3, 0.01
NEARLY = 0.8  # of the greatest fall: a run that falls as far may be preferred for its steps
HALVINGS = 20
MOST_LONG = 20  # rates that are tried over many steps, those that fall furthest first
ROUNDING = 4 * np.finfo(np.float64).eps  # of the loss


class Trial:
    """What was seen of the run at one rate; its rows are not kept.

    Attributes:
        rate: The learning rate of every step.
        behavior: That of the run.
        losses: At each iterate.
        climbs: Whether the run is ever above its start, or ends before its last step.
        steepest: The largest gradient met while the run is not above its start.
        bend: The largest mean curvature between the start and those places.
        first_gradient: The length of the gradient at the start.
        last_gradient: The length of the gradient at the last iterate.
        turns: How many steps lead to a gradient against the one before.
    """

    def __init__(self, rate: float, run: Trajectory) -> None:
        self.rate = rate
        self.behavior = run.behavior
        self.losses = run.losses
        above = np.flatnonzero(run.losses > run.losses[0])
        self.climbs = run.stopped_by is not None or bool(above.size)
        below = slice(0, above[0] if above.size else None)
        gradients, iterates = run.gradients[below], run.iterates[below]
        self.first_gradient, self.last_gradient = (math.hypot(*run.gradients[t]) for t in (0, -1))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.steepest = float(np.linalg.norm(gradients, axis=1).max())
            moved = np.linalg.norm(iterates - iterates[0], axis=1)
            turned = np.linalg.norm(gradients - gradients[0], axis=1)
            self.bend = float((turned / moved)[moved > 0].max(initial=0.0))
            self.turns = int(((gradients[1:] * gradients[:-1]).sum(axis=1) < 0).sum())

    @property
    def fall(self) -> float:
        """How far the loss falls in all; negative if it rises."""
        return float(self.losses[0] - self.losses[-1])

    @property
    def ends_higher(self) -> bool:
        """Whether the last finite loss is above the first, by more than rounding."""
        return -self.fall > ROUNDING * abs(float(self.losses[0]))

    @property
    def is_thrown_out(self) -> bool:
        """Whether the run diverges, or ends outside the loss's domain."""
        return self.behavior in THROWN_OUT

    @property
    def is_seen(self) -> bool:
        """Whether several steps, where there are several, each make a share of the fall."""
        seen = int((-np.diff(self.losses) >= SEEN_SHARE * self.fall).sum())
        return seen >= min(SEEN_STEPS, len(self.losses) - 1)

    @property
    def is_shown_well(self) -> bool:
        """Whether the run arrives in several steps, where there are several."""
        return self.behavior == ARRIVES and self.is_seen


class Trials:
    """Recordings of `loss` from `start`: of the steps that are shown, and of many."""

    def __init__(self, loss: Loss, start: NDArray[np.float64], steps: int) -> None:
        self.loss, self.start, self.steps = loss, start, steps
        self.long_steps = max(steps, min(LONG, most_steps(len(start))))
        self._long_ones: list[Trial] = []
        self.shown = cache(self._shown)
        self.long = cache(self._long)

    def _shown(self, rate: float) -> Trial:
        return self._record(rate, self.steps)

    def _long(self, rate: float) -> Trial:
        self._long_ones.append(self._record(rate, self.long_steps))
        return self._long_ones[-1]

    def _record(self, rate: float, steps: int) -> Trial:
        return Trial(rate, record(self.loss, self.start, learning_rate=rate, steps=steps))

    def arrives(self, rate: float) -> bool:
        """Return whether the run at `rate` falls without climbing above its start, and arrives."""
        shown = self.shown(rate)
        is_falling = not shown.climbs and shown.fall > 0
        return is_falling and self.long(rate).behavior == ARRIVES

    def is_thrown_out(self, rate: float) -> bool:
        """Return whether the run at `rate` is thrown out, as shown and after many steps."""
        return self.shown(rate).is_thrown_out and self.long(rate).is_thrown_out

    def rates_of_falls_without_bound(self) -> list[float]:
        """Return the rates so far at which the loss was seen to fall without bound, in order."""
        return sorted(one.rate for one in self._long_ones if one.behavior == "unbounded")

    def is_unbounded(self, trials: Iterable[Trial]) -> bool:
        """Return whether the loss falls without bound, as shown and after many steps."""
        found = (one.rate for one in trials if one.behavior == "unbounded")
        return any(self.long(rate).behavior == "unbounded" for rate in found)

    def best_arrival(self, trials: Iterable[Trial]) -> float | None:
        """Return a rate of two figures that arrives, falls far, and shows its steps.

        Of the rates at which a run arrives, it is the one whose shown steps end lowest; or one
        that falls nearly as far, is shown well, and turns round less often.
        """
        ranked = [one for one in ranking(trials) if not one.climbs]
        lowest = next(filter(self._rounded_arrival, ranked[:MOST_LONG]), None)
        if lowest is None:
            return None
        near = [one for one in ranked if NEARLY * lowest.fall <= one.fall <= lowest.fall]
        near.sort(key=lambda one: (not one.is_shown_well, one.turns))  # equals keep their order
        return next(rate for one in near if (rate := self._rounded_arrival(one)))

    def _rounded_arrival(self, trial: Trial) -> float | None:
        rate = rounded_down(trial.rate)
        return rate if self.arrives(rate) else None

    def first_thrown_out(self, rates: Iterable[float]) -> float | None:
        """Return the first of `rates` whose run is thrown out."""
        return next(filter(self.is_thrown_out, rates), None)

    def ends_higher(self, rate: float) -> bool:
        """Return whether the loss ends above its start, as shown and after many steps."""
        return self.shown(rate).ends_higher and self.long(rate).ends_higher

    def first_that_ends_higher(self, rates: Iterable[float]) -> float | None:
        """Return the first of `rates`, of two figures, whose run ends above its start.

        It does so after many steps too, unless no rate does. All figures of a rate decide, so that
        a loss of another scale, whose rates are rounded elsewhere, has the same one.
        """
        shown = [rate for rate in rates if self.shown(rate).ends_higher]
        found = (rounded_up(rate) for rate in shown if self.long(rate).ends_higher)
        return next(filter(self.ends_higher, found), rounded_up(shown[0]) if shown else None)

    def slow(self, rate: float) -> float:
        """Return `rate`, made smaller until a run at it shows no more than a crawl."""
        for _ in range(HALVINGS):
            if self.shown(rounded(rate)).behavior in ("slow", "stationary"):
                break
            rate /= 2
        return rounded(rate)


def ranking(trials: Iterable[Trial]) -> list[Trial]:
    """Return trials by their fall, the greatest first, and those that climb after all others."""
    return sorted(trials, key=lambda one: (one.climbs, -one.fall, one.rate))
