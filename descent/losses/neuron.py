"""The neuron that the lecture is about, ŷ = W1·x + b1, as a loss.

Its loss Θ is the *mean* of the squared errors over all rows, without a factor ½, so its Hessian is
(2/N)·[[Σx², Σx], [Σx, N]].
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.numbers import as_numbers, check_finite, check_start
from descent.losses.classics import constant_hessian
from descent.losses.named import NamedLoss
from descent.views.landscape import window_around

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

NEURON = ("W1", "b1")
NEURON_WORDS = "mean squared error of W1·x + b1"
VIEW_MARGIN = 0.25


def neuron_loss(rows: ArrayLike, start: ArrayLike = (0.0, 0.0)) -> NamedLoss:
    """Return the mean squared error, without ½, of ŷ = W1·x + b1 over all rows.

    Θ(W1, b1) = (1/N) Σ (W1·x_i + b1 − y_i)². Its minimiser is the least-squares line, unless all
    x_i are the same: then there are infinitely many, and none is told.

    Args:
        rows: One (x, y) a row, shape (N, 2).
        start: Where a descent may start, (W1, b1), shape (2,).

    Returns:
        A loss of W1 and b1.

    Raises:
        InvalidType: If `rows` or `start` does not consist of numbers.
        InvalidValue: If `rows` is not a finite table of two columns.

    Example:
        >>> import descent, numpy as np
        >>> loss = descent.neuron_loss([[0, 1], [1, 3], [2, 5]])
        >>> np.round(loss.minimisers, 9).tolist(), loss.hessian([0, 0]).round(3).tolist()
        ([[2.0, 1.0]], [[3.333, 2.0], [2.0, 2.0]])
    """
    table = _table(rows)
    x, y = _columns(table)

    def mean_squared_error(params: Tensor) -> Tensor:
        return ((params[0] * x + params[1] - y) ** 2).mean()

    design = np.column_stack([table[:, 0], np.ones(len(table))])
    return _least_squares(
        NamedLoss(
            "neuron",
            NEURON,
            mean_squared_error,
            tuple(check_start(start, NEURON).tolist()),
            f"{NEURON_WORDS} over {len(table)} rows",
        ),
        design,
        table[:, 1],
    )


def row_loss(x: float, y: float, start: ArrayLike = (0.0, 0.0)) -> NamedLoss:
    """Return the squared error of one row, (W1·x + b1 − y)², as a loss of W1 and b1.

    It is 0 on a whole line of (W1, b1), so that no minimiser is told.

    Args:
        x: What the neuron is given.
        y: What it should predict.
        start: Where a descent may start, (W1, b1), shape (2,).

    Returns:
        A loss of W1 and b1.

    Raises:
        InvalidType: If an argument is not a number.
        InvalidValue: If `x` or `y` is not finite.

    Example:
        >>> import descent
        >>> loss = descent.row_loss(x=2.0, y=1.0)
        >>> descent.record(loss, [0, 0], learning_rate=0.1, steps=1).iterates[1].tolist()
        [0.4, 0.2]
    """
    x, y = check_start([x, y]).tolist()

    def squared_error(params: Tensor) -> Tensor:
        return (params[0] * x + params[1] - y) ** 2

    return _least_squares(
        NamedLoss(
            "one_row",
            NEURON,
            squared_error,
            tuple(check_start(start, NEURON).tolist()),
            f"squared error of W1·x + b1 at x = {x:g}, y = {y:g}",
        ),
        np.array([[x, 1.0]]),
        np.array([y]),
    )


def neuron_weight_loss(rows: ArrayLike, bias: float, start: float = 0.0) -> NamedLoss:
    """Return the neuron's loss as a curve of W1 alone, with b1 held at `bias`.

    Θ(W1) = (1/N) Σ (W1·x_i + bias − y_i)², a parabola of curvature (2/N) Σ x_i².

    Args:
        rows: One (x, y) a row, shape (N, 2).
        bias: The value of b1.
        start: Where a descent may start.

    Returns:
        A loss of W1.

    Raises:
        InvalidType: If `rows`, `bias` or `start` does not consist of numbers.
        InvalidValue: If `rows` is not a finite table of two columns, or `bias` is not finite.

    Example:
        >>> import descent
        >>> descent.neuron_weight_loss([[1, 3], [2, 5]], bias=1.0).minimisers
        ((2.0,),)
    """
    table = _table(rows)
    x, y = _columns(table)
    (bias,) = check_start([bias]).tolist()

    def mean_squared_error(params: Tensor) -> Tensor:
        return ((params[0] * x + bias - y) ** 2).mean()

    return _least_squares(
        NamedLoss(
            "neuron_weight",
            ("W1",),
            mean_squared_error,
            tuple(check_start([start]).tolist()),
            f"mean squared error of W1·x + {bias:g} over {len(table)} rows",
        ),
        table[:, :1],
        table[:, 1] - bias,
    )


def _least_squares(loss: NamedLoss, design: NDArray[Any], wanted: NDArray[Any]) -> NamedLoss:
    """Return `loss`, the mean of (design·θ − wanted)², with all that is known of such losses."""
    with np.errstate(all="ignore"):
        solution, _, rank, _ = np.linalg.lstsq(design, wanted)
        # As many free directions as rows reach every row exactly.
        misses = design @ solution - wanted if rank < len(design) else np.zeros(1)
        minimum = float((misses**2).mean())
        matrix = 2 / len(design) * design.T @ design
    if not (np.isfinite(matrix).all() and np.isfinite(solution).all() and np.isfinite(minimum)):
        return loss  # rows whose squares overflow
    is_unique = rank == len(loss.names)
    return replace(
        loss,
        minimisers=(tuple(solution.tolist()),) if is_unique else (),
        minimum=minimum,
        window=_window(np.array(loss.start), solution) if is_unique else None,
        hessian=constant_hessian(matrix, loss.names),
    )


def _window(start: NDArray[np.float64], minimiser: NDArray[np.float64]) -> Any:
    """Return a view with the minimiser in its middle and `start` well inside."""
    return window_around([start, 2 * minimiser - start], margin=VIEW_MARGIN)


def _table(rows: ArrayLike) -> NDArray[np.float64]:
    table = as_numbers(rows, "rows")
    if table.ndim != 2 or table.shape[1] != 2 or len(table) == 0:
        raise InvalidValue("rows", "be one (x, y) per row", rows, got=f"shape {table.shape}")
    check_finite("rows", table)
    return table


@with_autograd
def _columns(table: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
    import torch

    x, y = torch.tensor(table, dtype=torch.float64).unbind(1)
    return x, y
