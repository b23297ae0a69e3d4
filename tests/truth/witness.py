"""What an oracle may ask: recorded arrays, and numbers computed again without the film's code."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import minimize

from tests.truth import formulas
from tests.truth.lectures import Lecture
from tests.truth.telling import Said

RUNS = {
    "title": "just_right",
    "loss-of-one-row": "one_row",
    "zero-loss": "one_row",
    "gradient-of-a-neuron": "neuron",
    "gradient-at-an-instant": "just_right",
    "update-rule": "just_right",
    "gradient-descent": "just_right",
    "very-small-learning-rate": "very_small",
    "very-large-learning-rate": "very_large",
    "just-right-learning-rate": "just_right",
    "three-learning-rates": "just_right",
}
RATES = ("very_small", "just_right", "very_large")


@dataclass
class Course:
    """One descent as it was recorded, with what can be computed again at its places."""

    losses: np.ndarray
    places: np.ndarray
    gradients: np.ndarray
    rate: float
    names: tuple[str, ...]

    @property
    def steps(self) -> int:
        return len(self.losses) - 1


class Facts:
    """A recorded lecture, and its losses as formulas."""

    def __init__(self, lecture: Lecture, inputs: Mapping[str, Any]) -> None:
        self.lecture, self.inputs = lecture, inputs
        self.settings = lecture.settings
        self.x, self.y = np.array(self.settings.data.rows, dtype=float).T
        self.picked = self.settings.data.picked_row - 1
        self.neuron = formulas.squared_error(self.x, self.y)
        one = slice(self.picked, self.picked + 1)
        self.one_row = formulas.squared_error(self.x[one], self.y[one])
        self.loss = formulas.FORMULAS[lecture.loss] if lecture.loss else self.neuron
        self.is_quadratic = not lecture.loss or lecture.loss in formulas.QUADRATIC
        self._minima: dict[str, tuple[np.ndarray, float] | None] = {}

    def run(self, name: str) -> Course:
        """Return the steps of a run that are shown."""
        return self._course(self.inputs[name], "trajectory")

    def whole(self, name: str) -> Course:
        """Return all recorded steps of a run."""
        return self._course(self.inputs[name], "full")

    def _course(self, run: Any, part: str) -> Course:
        one = getattr(run, part)
        return Course(one.losses, one.iterates, one.gradients, run.learning_rate, one.names)

    def formula(self, name: str) -> formulas.Formula:
        """Return the loss that a run descends."""
        if name == "curve" and len(self.run("just_right").names) > 1:
            return self._cut()
        return {"one_row": self.one_row, "neuron": self.neuron}.get(name, self.loss)

    def _cut(self) -> formulas.Formula:
        start, whole = self.run("just_right").places[0], self.loss
        varied = self.run("just_right").names.index(self.run("curve").names[0])

        def cut(p: Any) -> Any:
            place = np.array(start, dtype=np.asarray(p).dtype)
            place[varied] = p[0]
            return whole(place)

        return cut

    @cached_property
    def sharpness(self) -> float:
        """The largest curvature at the start."""
        start = self.run("just_right").places[0]
        return float(np.linalg.eigvalsh(formulas.hessian(self.loss, start))[-1])

    def minimum(self, name: str) -> tuple[np.ndarray, float] | None:
        """Return the minimum downhill of a run's lowest place, and its loss; None if there is none.

        The neuron's is found by least squares, any other by BFGS.
        """
        if name not in self._minima:
            self._minima[name] = self._find(name)
        return self._minima[name]

    def _find(self, name: str) -> tuple[np.ndarray, float] | None:
        formula, course = self.formula(name), self.whole(name)
        if formula in (self.neuron, self.one_row):
            x, y = (
                (self.x, self.y)
                if formula is self.neuron
                else (self.x[[self.picked]], self.y[[self.picked]])
            )
            matrix = np.column_stack([x, np.ones_like(x)])
            place = np.linalg.lstsq(matrix, y, rcond=None)[0]
            return place, float(((matrix @ place - y) ** 2).mean())
        if self.lecture.loss in formulas.AT_A_KINK:
            return np.zeros(len(course.names)), 0.0
        start = course.places[int(np.argmin(course.losses))]
        scale = abs(course.losses[0]) or 1.0
        with np.errstate(all="ignore"):
            found = minimize(
                lambda p: formulas.value(formula, p) / scale,
                start,
                jac=lambda p: formulas.gradient(formula, p) / scale,
                options={"gtol": 1e-12, "maxiter": 2000},
            )
        value = float(found.fun) * scale
        if not math.isfinite(value) or np.abs(found.x).max() > 1e6 * (1 + np.abs(start).max()):
            return None
        return (found.x, value) if self._is_minimum(formula, found.x, course.places[0]) else None

    def _is_minimum(self, formula: formulas.Formula, place: Any, start: Any) -> bool:
        """Return whether a loss has no slope at a place, and is not curved downwards."""
        before, now = (np.linalg.norm(formulas.gradient(formula, at)) for at in (start, place))
        curvatures = np.linalg.eigvalsh(formulas.hessian(formula, place))
        is_level = now <= 1e-6 * before or now <= formulas.noise(formula, place) * 10
        return bool(is_level and curvatures[0] >= -1e-6 * np.abs(curvatures).max())


class Witness:
    """A sentence in its place: what is recorded of what it speaks of.

    Args:
        facts: Of its lecture.
        said: The sentence.
    """

    def __init__(self, facts: Facts, said: Said) -> None:
        self.facts, self.said = facts, said
        self.slug, self.beat = said.slug, said.beat

    @property
    def name(self) -> str:
        """The run that the sentence is about."""
        if self.beat.startswith("curve"):
            return "curve"
        if self.beat in ("very-small", "very-large"):
            return self.beat.replace("-", "_")
        return RUNS[self.slug]

    @cached_property
    def run(self) -> Course:
        """The steps of that run that are shown."""
        return self.facts.run(self.name)

    @cached_property
    def whole(self) -> Course:
        """All of its steps."""
        return self.facts.whole(self.name)

    @property
    def formula(self) -> formulas.Formula:
        """The loss that it descends."""
        return self.facts.formula(self.name)

    @property
    def t(self) -> int:
        """The step before the one that the beat is named after."""
        return int(re.findall(r"\d+$", self.beat)[0]) - 1

    @property
    def ends(self) -> tuple[float, float]:
        """The losses before and after that step."""
        return float(self.run.losses[self.t]), float(self.run.losses[self.t + 1])

    def value(self, place: Any) -> float:
        """Return the loss at a place, computed again."""
        return formulas.value(self.formula, place)

    def gradient(self, place: Any) -> np.ndarray:
        """Return the gradient at a place, computed again."""
        return formulas.gradient(self.formula, place)

    def noise(self, place: Any) -> float:
        """Return how long a gradient may be from rounding alone."""
        return formulas.noise(self.formula, place)

    def is_level(self, t: int = 0) -> bool:
        """Return whether the gradient at step `t` is zero up to rounding."""
        place = self.run.places[t]
        return bool(np.linalg.norm(self.gradient(place)) <= self.noise(place))

    def is_sloping(self, t: int = 0) -> bool:
        """Return whether the gradient at step `t` is more than rounding."""
        place = self.run.places[t]
        return bool(np.linalg.norm(self.gradient(place)) > self.noise(place) / 1000)

    def follows_rule(self) -> bool:
        """Return whether each step is minus the rate times the gradient, computed again."""
        run = self.run
        for t in range(run.steps):
            step = -run.rate * self.gradient(run.places[t])
            way = run.places[t + 1] - run.places[t]
            slack = 1e-9 * np.abs(step) + 1e-13 * np.abs(run.places[t : t + 2]).max()
            if not (np.abs(way - step) <= slack + run.rate * self.noise(run.places[t])).all():
                return False
        return True

    def crosses(self) -> bool:
        """Return whether the loss falls at the start of the step and rises at its end."""
        before, after = self.run.places[self.t : self.t + 2]
        way = after - before
        if not way.any():
            way = -self.gradient(before)
        return bool(self.gradient(before) @ way < 0 < self.gradient(after) @ way)

    def beyond(self, course: Course) -> str:
        """Return what comes after the last recorded step: "finite", or what it is instead."""
        with np.errstate(all="ignore"):
            place = course.places[-1] - course.rate * self.gradient(course.places[-1])
        if not np.isfinite(place).all():
            return "parameters"
        value = self.value(place)
        if math.isfinite(value):
            return "finite" if np.isfinite(self.gradient(place)).all() else "gradient"
        return str(value)

    @property
    def minimum(self) -> tuple[np.ndarray, float] | None:
        """The minimum that lies downhill, and its loss."""
        return self.facts.minimum(self.name)

    @property
    def rounding(self) -> float:
        """How far a loss may be off from rounding alone."""
        squares = 0.0 if self.facts.lecture.loss else float((self.facts.y**2).mean())
        return 1e-12 * max(abs(float(self.run.losses[0])), squares)

    def height_left(self) -> float:
        """Return which share of the start's height above the minimum the steps leave."""
        found = self.minimum
        if found is None:
            return math.nan
        first, last = self.run.losses[0] - found[1], self.run.losses[-1] - found[1]
        return float(last / first) if first > 1e-12 * abs(self.run.losses[0]) else math.nan
