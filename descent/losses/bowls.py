"""Quadratic bowls of any condition number, in any number of dimensions, at any angle."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.numbers import check_number, check_whole
from descent.checks.texts import default_names
from descent.losses.classics import constant_hessian
from descent.losses.named import NamedLoss

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

MOST_DIMENSIONS = 1_000  # its Hessian is a whole matrix
REACH = 2.0  # of the start along the flattest direction
EDGE = 1.25  # of the window, as a multiple of that


def quadratic_bowl(condition_number: float, dimensions: int = 2, angle: float = 0.0) -> NamedLoss:
    """Return a quadratic whose Hessian has the eigenvalues 1 to `condition_number`.

    loss(θ) = ½ Σ λ_i u_i², with λ_i = condition_number^((i−1)/(dimensions−1)) and u the
    coordinates of θ along the axes of the bowl: u = θ, or for two parameters θ turned by −angle.
    With a learning rate η, each step multiplies u_i by 1 − η λ_i, so that it is stable up to
    η = 2 / condition_number, and fastest at η = 2 / (1 + condition_number). From its start, every
    direction contributes as much to the loss.

    Args:
        condition_number: The largest curvature over the smallest, at least 1.
        dimensions: The number of parameters, 1 to 1,000.
        angle: How far the bowl's axes are turned anticlockwise, in radians; 0 unless there are
            two parameters.

    Returns:
        A loss with its minimiser, the origin, and its Hessian.

    Raises:
        InvalidType: If an argument is not a number, or `dimensions` is not a whole one.
        InvalidValue: If one is out of range, or does not go with the others.

    Example:
        >>> import descent
        >>> loss = descent.quadratic_bowl(100)
        >>> loss.description, loss.start
        ('½ (θ1² + 100 θ2²)', (2.0, 0.2))
        >>> descent.critical_learning_rate(loss, loss.start)
        0.02
    """
    dimensions = check_whole(dimensions, "dimensions", 1, MOST_DIMENSIONS)
    largest, angle = _checked(condition_number, dimensions, angle)
    curvatures = np.geomspace(1.0, largest, dimensions)
    axes = _axes(dimensions, angle)
    matrix = axes @ np.diag(curvatures) @ axes.T
    start = axes @ (REACH / np.sqrt(curvatures))
    names = default_names(dimensions)
    return NamedLoss(
        "quadratic_bowl",
        names,
        _half_quadratic(curvatures, axes if angle else None),
        tuple(start.tolist()),
        _description(curvatures, angle),
        source="elementary: a quadratic with a given condition number",
        minimisers=((0.0,) * dimensions,),
        minimum=0.0,
        window=((-EDGE * REACH, EDGE * REACH),) * dimensions,
        hessian=constant_hessian((matrix + matrix.T) / 2, names),
    )


def _checked(condition_number: Any, dimensions: int, angle: Any) -> tuple[float, float]:
    largest, turn = check_number(condition_number, "condition_number"), check_number(angle, "angle")
    if largest < 1:
        raise InvalidValue("condition_number", "be at least 1", largest, got=f"{largest:g}")
    if dimensions == 1 and largest != 1:
        constraint = "be 1 in one dimension"
        got = f"{largest:g}"
        repair = "give two dimensions or more."
        raise InvalidValue("condition_number", constraint, largest, got=got, repair=repair)
    if turn and dimensions != 2:
        got = f"{turn:g} for {dimensions}"
        raise InvalidValue("angle", "be 0 unless there are two parameters", turn, got=got)
    return largest, turn


def _axes(dimensions: int, angle: float) -> NDArray[np.float64]:
    """Return the bowl's axes, as columns, the flattest first."""
    if not angle:
        return np.eye(dimensions)
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


@with_autograd
def _half_quadratic(curvatures: NDArray[np.float64], axes: NDArray[np.float64] | None) -> Any:
    import torch

    weights = torch.tensor(curvatures)
    turned = None if axes is None else torch.tensor(axes)

    def half_quadratic(params: Tensor) -> Tensor:
        along = params if turned is None else params @ turned
        return (weights * along**2).sum() / 2

    return half_quadratic


def _description(curvatures: NDArray[np.float64], angle: float) -> str:
    largest = f"{curvatures[-1]:g}"
    if len(curvatures) > 2:
        return f"½ Σ λi θi², λ from 1 to {largest}"
    if angle:
        return f"½ (u² + {largest} v²), turned by {math.degrees(angle):g}°"
    return "½ θ1²" if len(curvatures) == 1 else f"½ (θ1² + {largest} θ2²)"
