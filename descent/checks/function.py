"""Whether a loss is a function of its parameters: two evaluations at one place must agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.numbers import listed, told_apart
from descent.checks.random_states import comparable_random_states, kept_random_states

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

    Value = Callable[[NDArray[np.float64]], float]

ROUNDING = 1e-12  # relative: threads may add the same numbers in another order
DRAWS = 10  # evaluations of a loss that draws, of which some may be the same by chance
ASIDE = 1e-2  # how far the place in between is, by which a state that lags behind is seen

# What draws at random, or keeps something from one call to the next, is told how to stop.
WHY = {"random": "since it draws at random", "state": "since it keeps a state between calls"}
REPAIRS = {
    "random": "draw the random numbers once, before the loss, and use them at every call.",
    "state": "compute it from the parameters alone, and keep nothing for the next call.",
}
EVAL = "call module.eval() first, then model_loss."


@runtime_checkable
class CarriesState(Protocol):
    """A loss that can be evaluated so that each evaluation leaves its state to the next."""

    def carrying(self, *, is_evaluating: bool = False) -> Value:
        """Return its value at a point, from the state of the beginning on.

        Args:
            is_evaluating: Whether to see it as it is after ``module.eval()``.
        """
        ...


def check_is_function(loss: Loss, point: NDArray[np.float64]) -> None:
    """Refuse a loss whose value at `point` depends on more than its parameters.

    It is evaluated there twice, with a place nearby in between. What the loss of a module keeps,
    such as the vectors of spectral_norm, goes on from one evaluation to the next in a copy. All
    random states are put back, so that nothing that is drawn later changes. Where the loss fails,
    nothing is said.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        point: Where it is evaluated, shape (n,).

    Raises:
        InvalidValue: If the values differ, with the repair: ``module.eval()`` where that helps.
    """
    with kept_random_states():
        found = _difference(carrying(loss), point)
        if found is None:
            return
        kind, values = found
        is_mended = _difference(carrying(loss, is_evaluating=True), point) is None
    first, second = told_apart(*values)
    raise InvalidValue(
        "loss",
        "be one function of its parameters",
        loss,
        got=f"{first} and then {second} at {listed(point)}, {WHY[kind]}",
        repair=EVAL if is_mended else REPAIRS[kind],
    )


def carrying(loss: Loss, *, is_evaluating: bool = False) -> Value:
    """Return the value of any loss at a point, each evaluation leaving its state to the next."""
    if isinstance(loss, CarriesState):
        return loss.carrying(is_evaluating=is_evaluating)
    import torch

    @with_autograd
    def value(point: NDArray[np.float64]) -> float:
        params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        return float(loss(params).detach())

    return value


def _difference(value: Value, point: NDArray[np.float64]) -> tuple[str, tuple[float, float]] | None:
    """Return why two values at `point` differ, and both; None if they do not or one fails."""
    with kept_random_states() as put_back:
        before = comparable_random_states()
        try:
            first = value(point)
            _attempt(value, point + ASIDE * (1 + np.abs(point)))
            second = value(point)
            has_drawn = comparable_random_states() != before
            for _ in range(DRAWS if has_drawn else 0):
                second = value(point) if _same(first, second) else second
            if _same(first, second):
                return None
            put_back()
            again = value(point)
        except Exception:  # which is told where the loss is evaluated for its own sake
            return None
    return "random" if _same(first, again) else "state", (first, second)


def _attempt(value: Value, point: NDArray[np.float64]) -> None:
    """Evaluate at a place that may lie outside the domain."""
    try:
        value(point)
    except Exception:
        return


def _same(one: float, other: float) -> bool:
    return bool(np.isclose(one, other, rtol=ROUNDING, atol=0, equal_nan=True))
