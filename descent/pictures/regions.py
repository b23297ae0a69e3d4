"""What a classifier answers over the plane of its inputs, along a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import check_shape, freeze
from descent.models.classifier import Classifier, classifier_of
from descent.serialization import Saveable
from descent.views.landscape import grid, window_around

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

PLACES = 61  # per axis
MOST_STEPS = 61  # at which it is asked
MARGIN = 0.12  # of the span of the points, beyond them


@dataclass(frozen=True, eq=False)
class Regions(Saveable):
    """The answers of a classifier of two classes, at some steps of a run.

    Attributes:
        points: What it learns from, shape (rows, 2).
        labels: 0 or 1 for each of them, shape (rows,).
        xs: Places along the first axis, shape (a,).
        ys: Places along the second axis, shape (b,).
        steps: Those at which it was asked, from 0 to the last of the run, shape (k,).
        answers: The probability it gives to class 1, shape (k, a, b).
        right: How many of the points it tells right, shape (k,).
    """

    points: NDArray[np.float64]
    labels: NDArray[np.int64]
    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    steps: NDArray[np.int64]
    answers: NDArray[np.float64]
    right: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "points", "xs", "ys", "answers")
        freeze(self, "labels", "steps", "right", dtype=np.int64)
        check_shape("points", self.points, (len(self.labels), 2))
        check_shape("answers", self.answers, (len(self.steps), len(self.xs), len(self.ys)))
        check_shape("right", self.right, self.steps.shape)

    def at(self, step: float) -> NDArray[np.float64]:
        """Return the answers at a step, between those that were asked linearly, shape (a, b)."""
        after = int(np.searchsorted(self.steps, step).clip(1, max(1, len(self.steps) - 1)))
        if after >= len(self.steps):
            return self.answers[0]
        first, last = self.steps[after - 1 : after + 1]
        part = min(max((step - first) / (last - first), 0.0), 1.0)
        return (1 - part) * self.answers[after - 1] + part * self.answers[after]


def regions_of(loss: Loss, run: Trajectory) -> Regions | None:
    """Return what a network answers along its run; None if it is no classifier of 2-D points."""
    found = classifier_of(loss)
    return None if found is None else _asked(found, run)


def _asked(classifier: Classifier, run: Trajectory) -> Regions | None:
    steps = np.unique(np.linspace(0, run.steps, min(run.steps + 1, MOST_STEPS)).round().astype(int))
    window = window_around(classifier.points, 1.0, MARGIN)
    xs, ys = (np.linspace(low, high, PLACES) for low, high in window)
    places = grid((xs, ys))
    answers: list[NDArray[np.float64]] = []
    right: list[int] = []
    for t in steps.tolist():
        params = run.iterates[t]
        answers.append(classifier.answers(params, places).reshape(PLACES, PLACES))
        told = classifier.answers(params, classifier.points) > 0.5
        right.append(int((told == (classifier.labels == 1)).sum()))
    if not np.isfinite(answers).all():
        return None
    points, labels = classifier.points, classifier.labels
    return Regions(points, labels, xs, ys, steps, np.array(answers), np.array(right))
