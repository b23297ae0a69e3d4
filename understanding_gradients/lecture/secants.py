"""Chords of a loss along one parameter, beside its tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import check_equally_long, freeze
from descent.checks.loss import check_loss
from descent.gradients.finite_differences import forward_differences
from descent.serialization import Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.losses.named import NamedLoss

WIDTHS = (1.0, 0.1)
REACH = (-0.6, 1.3)  # of the curve, in widest widths from the point
RESOLUTION = 121


@dataclass(frozen=True, eq=False)
class Secants(Saveable):
    """The loss along its first parameter, and the slopes of chords from one point of it.

    Attributes:
        name: The parameter's name.
        values: Its values along the curve, shape (k,).
        losses: The loss at each of them, the other parameters held, shape (k,).
        at: The value at the point.
        loss: The loss there.
        slope: Autograd's partial there.
        widths: The widths of the chords, decreasing, shape (m,).
        estimates: Their slopes (Θ(at + h) − Θ(at)) / h, shape (m,).
    """

    name: str
    values: NDArray[np.float64]
    losses: NDArray[np.float64]
    at: float
    loss: float
    slope: float
    widths: NDArray[np.float64]
    estimates: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "values", "losses", "widths", "estimates")
        check_equally_long(self, "values", "losses")
        check_equally_long(self, "widths", "estimates")


def record_secants(loss: NamedLoss) -> Secants:
    """Return the chords of a loss along its first parameter, from its own start."""
    import torch

    start = np.array(loss.start, dtype=float)
    value, gradient = check_loss(loss, start)
    values = start[0] + WIDTHS[0] * np.linspace(*REACH, RESOLUTION)
    points = np.tile(start, (RESOLUTION, 1))
    points[:, 0] = values
    with torch.no_grad():
        losses = [float(loss(torch.tensor(point))) for point in points]
    return Secants(
        name=loss.names[0],
        values=values,
        losses=np.array(losses),
        at=float(start[0]),
        loss=float(value),
        slope=float(gradient[0]),
        widths=np.array(WIDTHS),
        estimates=np.array([forward_differences(loss, start, h)[0] for h in WIDTHS]),
    )
