"""The losses of the lectures a second time, in NumPy, with derivatives that need no autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

NOISE = 1e-13  # of the largest curvature times the size of the parameters
Formula = Callable[[Any], Any]


def _size(x: Any) -> Any:
    return x * np.sign(x.real)  # |x|, also of a complex number near the real axis


FORMULAS: dict[str, Formula] = {
    "parabola": lambda p: p[0] ** 2,
    "double_well": lambda p: (p[0] ** 2 - 1) ** 2 + p[0] / 4,
    "bowl": lambda p: p[0] ** 2 + 3 * p[1] ** 2,
    "ravine": lambda p: p[0] ** 2 + 25 * p[1] ** 2,
    "rosenbrock": lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2,
    "beale": lambda p: sum(
        (c - p[0] + p[0] * p[1] ** k) ** 2 for k, c in enumerate((1.5, 2.25, 2.625), start=1)
    ),
    "himmelblau": lambda p: (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2,
    "saddle": lambda p: p[0] ** 2 + (p[1] ** 2 / 2 - 1) ** 2,
    "rastrigin": lambda p: 20 + sum(x**2 - 10 * np.cos(2 * np.pi * x) for x in p),
    "negative": lambda p: -np.exp(-(p[0] ** 2 + 2 * p[1] ** 2) / 4),
    "wavy": lambda p: np.sin(3 * p[0]) + p[0] ** 2 / 10 + 2,
    "valley": lambda p: (p[0] ** 2 + p[1] - 3) ** 2 + (p[0] - p[1]) ** 2,
    "kink": lambda p: _size(p[0]) + 2 * _size(p[1]),
    "kinked_bowl": lambda p: _size(p[0]) + p[0] ** 2 + p[1] ** 2,
    "flat": lambda p: 2 + 0 * p[0],
    "unbounded": lambda p: -(p[0] ** 2) - p[1] ** 2,
    "slope": lambda p: p[0] + 2 * p[1],
    "shifted": lambda p: (p[0] - 1) ** 2 + (p[1] - 1) ** 2 + 5,
    "quartic": lambda p: p[0] ** 4,
    "barrier": lambda p: p[0] - np.log(p[0]) + p[1] - np.log(p[1]),
    "gutter": lambda p: 0 * p[0] + (p[1] - 2) ** 2,
    "huge": lambda p: 4e6 * p[0] ** 2 + 1e6 * p[1] ** 2,
    "tiny": lambda p: 3e-9 * (p[0] - 40) ** 2 + 1e-9 * (p[1] + 7) ** 2,
    "below_zero": lambda p: p[0] ** 2 + 3 * p[1] ** 2 - 7,
    "ripples": lambda p: np.cos(p[0]) * np.cos(p[1]),
}
AT_A_KINK = ("kink", "kinked_bowl")  # the lowest place, 0 at the origin, has no gradient
QUADRATIC = ("parabola", "bowl", "ravine", "shifted", "huge", "tiny", "below_zero", "gutter")


def squared_error(x: np.ndarray, y: np.ndarray) -> Formula:
    """Return the neuron's mean squared error over rows."""
    return lambda p: sum((p[0] * a + p[1] - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x)


def value(formula: Formula, place: Any) -> float:
    """Return a loss at a place."""
    with np.errstate(all="ignore"):
        return float(np.real(formula(np.asarray(place, dtype=np.float64))))


def gradient(formula: Formula, place: Any) -> np.ndarray:
    """Return the gradient by complex steps, exact to the last digits."""
    place, tiny = np.asarray(place, dtype=np.complex128), 1e-30
    axes = np.eye(len(place), dtype=np.complex128)
    with np.errstate(all="ignore"):
        return np.array([formula(place + 1j * tiny * axis).imag / tiny for axis in axes])


def hessian(formula: Formula, place: Any) -> np.ndarray:
    """Return the second derivatives by differences of complex steps."""
    place = np.asarray(place, dtype=np.float64)
    columns = []
    for k, axis in enumerate(np.eye(len(place))):
        h = 1e-5 * max(1.0, abs(place[k]))
        ends = [gradient(formula, place + sign * h * axis) for sign in (1, -1)]
        columns.append((ends[0] - ends[1]) / (2 * h))
    matrix = np.array(columns)
    return (matrix + matrix.T) / 2


def noise(formula: Formula, place: Any) -> float:
    """Return how long a gradient may be from rounding alone."""
    curvature = np.abs(hessian(formula, place)).max()
    return NOISE * float(curvature) * float(np.linalg.norm(place))
