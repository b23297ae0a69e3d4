"""Gradients beside the path: in every direction from one place, and at many places of a view."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import check_equally_long, check_shape, freeze
from descent.checks.errors import OutsideDomain
from descent.checks.loss import check_loss
from descent.serialization import Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.losses.named import NamedLoss
    from descent.views.landscape import Landscape, Window

DIRECTIONS = 36
NUDGE_SHARE = 0.02  # of the view: a way so short that the loss hardly curves along it
WAYS = np.linspace(-2, 3, 51)  # in nudges
PLACES = {1: (8,), 2: (6, 4)}
NOISE = 1e-12  # of the mean slope of the view: a smaller slope is rounding noise


@dataclass(frozen=True, eq=False)
class DirectionalDerivatives(Saveable):
    """How fast a loss of two parameters changes in directions all around one place.

    Attributes:
        angles: Of the directions, in radians from the first parameter's axis, evenly around; the
            first is that of the gradient, shape (k,).
        slopes: The directional derivative along each; 0 if it is rounding noise, shape (k,).
        nudge: A short way along the first parameter.
        ways: Ways along the first parameter, from -2 to 3 nudges, shape (m,).
        losses: The loss after each of them, shape (m,).
        nudged_loss: The loss after the nudge.
    """

    angles: NDArray[np.float64]
    slopes: NDArray[np.float64]
    nudge: float
    ways: NDArray[np.float64]
    losses: NDArray[np.float64]
    nudged_loss: float

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "angles", "slopes", "ways", "losses")
        check_equally_long(self, "angles", "slopes")
        check_equally_long(self, "ways", "losses")


@dataclass(frozen=True, eq=False)
class GradientField(Saveable):
    """The gradient of one loss at many places of a view, in rows from the lower left.

    Attributes:
        places: Shape (k, n).
        gradients: Shape (k, n); nan outside the domain of the loss.
    """

    places: NDArray[np.float64]
    gradients: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "places", "gradients")
        check_shape("places", self.places, (len(self.places), 1), (len(self.places), 2))
        check_shape("gradients", self.gradients, self.places.shape)


def directional_derivatives(loss: NamedLoss, landscape: Landscape) -> DirectionalDerivatives:
    """Return the slopes of `loss` all around its start, each by torch.func.jvp.

    Args:
        loss: A loss of two parameters.
        landscape: The loss over the view in which it is shown.
    """
    start = np.array(loss.start, dtype=np.float64)
    gradient = check_loss(loss, start)[1]
    turns = np.arange(DIRECTIONS) * 2 * math.pi / DIRECTIONS
    angles = math.atan2(gradient[1], gradient[0]) + turns
    slopes = np.array([_slope(loss, start, angle) for angle in angles])
    flat = NOISE * max(_mean_slope(landscape), float(np.linalg.norm(gradient)))
    nudge = 10.0 ** round(math.log10(NUDGE_SHARE * _width(landscape)))
    ways = nudge * WAYS
    return DirectionalDerivatives(
        angles=np.where(np.abs(angles) < NOISE, 0.0, angles),
        slopes=np.where(np.abs(slopes) <= flat, 0.0, slopes),
        nudge=nudge,
        ways=np.where(np.abs(ways) < NOISE * nudge, 0.0, ways),
        losses=np.array([_beside(loss, start, way) for way in ways]),
        nudged_loss=_beside(loss, start, nudge),
    )


def gradient_field(loss: NamedLoss, window: Window) -> GradientField:
    """Return the gradients of `loss` in the middles of the cells of a grid over `window`."""
    middles = [
        low + (np.arange(count) + 0.5) / count * (high - low)
        for (low, high), count in zip(window, PLACES[len(window)], strict=True)
    ]
    places = np.array([place[::-1] for place in product(*middles[::-1])])
    return GradientField(places, np.array([_gradient(loss, place) for place in places]))


def _slope(loss: NamedLoss, place: NDArray[np.float64], angle: float) -> float:
    import torch

    ahead = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
    at: Any = torch.tensor(place, dtype=torch.float64)
    with warnings.catch_warnings(action="ignore"):  # torch's own, of how it loads this function
        found: Any = torch.func.jvp(loss, (at,), (ahead,))
    return float(found[1])


def _beside(loss: NamedLoss, place: NDArray[np.float64], way: float) -> float:
    return check_loss(loss, place + np.array([way, 0.0]))[0]


def _gradient(loss: NamedLoss, place: NDArray[np.float64]) -> NDArray[np.float64]:
    try:
        return check_loss(loss, place)[1]
    except OutsideDomain:
        return np.full(len(place), np.nan)


def _width(landscape: Landscape) -> float:
    low, high = landscape.window[0]
    return high - low


def _mean_slope(landscape: Landscape) -> float:
    finite = landscape.values[np.isfinite(landscape.values)]
    return float(np.ptp(finite)) / _width(landscape) if finite.size else 0.0
