"""Losses with names: test functions for descent, and the neuron that the lecture is about.

The neuron predicts ŷ = W1·x + b1. Its loss Θ is the *mean* of the squared errors over all rows,
without a factor ½, so its Hessian is (2/N)·[[Σx², Σx], [Σx, N]].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.checks import check_start

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from torch import Tensor

    from descent.arrays import Loss


@dataclass(frozen=True, eq=False)
class NamedLoss:
    """A loss that knows what its parameters are called and where a descent may start.

    Attributes:
        name: What it is called on the command line, such as "rosenbrock".
        names: One name a parameter.
        function: Maps params, shape (n,), to a scalar tensor.
        start: A start that shows the loss well.
        description: Its formula, for people.
    """

    name: str
    names: tuple[str, ...]
    function: Loss
    start: tuple[float, ...]
    description: str

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss at `params`, a scalar tensor."""
        return self.function(params)


def _parabola(params: Tensor) -> Tensor:
    return params[0] ** 2


def _double_well(params: Tensor) -> Tensor:
    return (params[0] ** 2 - 1) ** 2 + params[0] / 4


def _bowl(params: Tensor) -> Tensor:
    return params[0] ** 2 + 3 * params[1] ** 2


def _ravine(params: Tensor) -> Tensor:
    return params[0] ** 2 + 25 * params[1] ** 2


def _rosenbrock(params: Tensor) -> Tensor:
    return (1 - params[0]) ** 2 + 100 * (params[1] - params[0] ** 2) ** 2


def _himmelblau(params: Tensor) -> Tensor:
    return (params[0] ** 2 + params[1] - 11) ** 2 + (params[0] + params[1] ** 2 - 7) ** 2


def _saddle(params: Tensor) -> Tensor:
    return params[0] ** 2 + (params[1] ** 2 / 2 - 1) ** 2


_PAIR = ("θ1", "θ2")

LOSSES: dict[str, NamedLoss] = {
    loss.name: loss
    for loss in (
        NamedLoss("parabola", ("θ1",), _parabola, (2.0,), "θ1²"),
        NamedLoss("double_well", ("θ1",), _double_well, (1.6,), "(θ1² − 1)² + θ1/4"),
        NamedLoss("bowl", _PAIR, _bowl, (2.0, 1.0), "θ1² + 3 θ2²"),
        NamedLoss("ravine", _PAIR, _ravine, (2.0, 0.5), "θ1² + 25 θ2²"),
        NamedLoss("rosenbrock", _PAIR, _rosenbrock, (-1.2, 1.0), "(1 − θ1)² + 100 (θ2 − θ1²)²"),
        NamedLoss(
            "himmelblau", _PAIR, _himmelblau, (1.0, -1.0), "(θ1² + θ2 − 11)² + (θ1 + θ2² − 7)²"
        ),
        NamedLoss("saddle", _PAIR, _saddle, (1.5, 0.1), "θ1² + (θ2²/2 − 1)²"),
    )
}

NEURON = ("W1", "b1")


def neuron_loss(rows: ArrayLike, start: ArrayLike = (0.0, 0.0)) -> NamedLoss:
    """Return the mean squared error, without ½, of ŷ = W1·x + b1 over all rows.

    Θ(W1, b1) = (1/N) Σ (W1·x_i + b1 − y_i)².

    Args:
        rows: One (x, y) a row, shape (N, 2).
        start: Where a descent may start, (W1, b1).

    Returns:
        A loss of W1 and b1.

    Raises:
        ValueError: If `rows` is not a finite table of two columns.
    """
    x, y = _columns(rows)

    def mean_squared_error(params: Tensor) -> Tensor:
        return ((params[0] * x + params[1] - y) ** 2).mean()

    description = f"mean squared error of W1·x + b1 over {len(x)} rows"
    first, second = check_start(start, NEURON).tolist()
    return NamedLoss("neuron", NEURON, mean_squared_error, (first, second), description)


def row_loss(x: float, y: float, start: ArrayLike = (0.0, 0.0)) -> NamedLoss:
    """Return the squared error of one row, (W1·x + b1 − y)², as a loss of W1 and b1.

    Raises:
        ValueError: If `x` or `y` is not finite.
    """
    x, y = check_start([x, y]).tolist()

    def squared_error(params: Tensor) -> Tensor:
        return (params[0] * x + params[1] - y) ** 2

    first, second = check_start(start, NEURON).tolist()
    description = f"squared error of W1·x + b1 at x = {x:g}, y = {y:g}"
    return NamedLoss("one_row", NEURON, squared_error, (first, second), description)


def neuron_weight_loss(rows: ArrayLike, bias: float, start: float = 0.0) -> NamedLoss:
    """Return the neuron's loss as a curve of W1 alone, with b1 held at `bias`.

    Raises:
        ValueError: If `rows` is not a finite table of two columns.
    """
    x, y = _columns(rows)

    def mean_squared_error(params: Tensor) -> Tensor:
        return ((params[0] * x + bias - y) ** 2).mean()

    description = f"mean squared error of W1·x + {bias:g} over {len(x)} rows"
    return NamedLoss("neuron_weight", ("W1",), mean_squared_error, (float(start),), description)


def _columns(rows: ArrayLike) -> tuple[Tensor, Tensor]:
    import torch

    table = np.asarray(rows, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 2 or len(table) == 0:
        raise ValueError(f"rows must be one (x, y) a row; got shape {table.shape}.")
    if not np.isfinite(table).all():
        raise ValueError("rows must be finite; got nan or inf.")
    x, y = torch.tensor(table, dtype=torch.float64).unbind(1)
    return x, y
