"""A loss at many points: all at once where torch.func.vmap can, else one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from descent.checks.autograd import many_at_once
from descent.checks.errors import InvalidValue, is_mistake
from descent.checks.loss import check_scalar
from descent.checks.numbers import listed
from descent.checks.texts import described
from descent.checks.watching import counting_numbers
from descent.rates.second_derivatives import unfused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss

    Report = Callable[[int], None] | None

CHUNK = 16_384  # points evaluated at once, at most
CHUNK_BYTES = 1 << 25  # of intermediate results, about the size of the cache


class Evaluator:
    """A loss that is evaluated at many points, again and again in the way that was found to work.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
    """

    def __init__(self, loss: Loss) -> None:
        self._loss, self._one = loss, _Plainly(loss)
        self._is_mapped = True
        self._bytes_a_point = 0

    def at(self, point: NDArray[np.float64]) -> float:
        """Return the loss at one point, shape (n,), nan outside its domain."""
        import torch

        return float(_values_one_by_one(self._one, torch.tensor(point)[None], None)[0])

    def __call__(
        self, points: NDArray[np.float64], on_progress: Report = None
    ) -> NDArray[np.float64]:
        """Return the loss at each of `points`, shape (k, n), as an array of shape (k,).

        Args:
            points: Shape (k, n).
            on_progress: Called with the number of points done.
        """
        import torch

        batch: Any = torch.tensor(points)
        if self._is_mapped:
            try:
                with torch.no_grad(), unfused():
                    self._bytes_a_point = self._bytes_a_point or _bytes_of(self._loss, batch[0])
                    size = max(1, min(CHUNK, CHUNK_BYTES // self._bytes_a_point))
                    values = _values_in_chunks(self._loss, batch, size, on_progress)
            except Exception:
                # Losses with branches or .item() cannot be batched, nor what fails at a point.
                self._is_mapped = False
            else:
                check_scalar(values[0])
                return values.double().numpy()
        return _values_one_by_one(self._one, batch, on_progress).numpy()


def _values_in_chunks(loss: Loss, batch: Any, size: int, on_progress: Report) -> Any:
    first, *others = batch.split(size)
    many = many_at_once(loss, randomness="same")  # which no value depends on
    some: Any = many(first)
    values = some.new_empty((len(batch), *some.shape[1:]))
    values[:size] = some
    # Copied, since small tensors that are kept would fragment memory.
    for number, chunk in enumerate(others, start=1):
        _report(on_progress, number * size)
        values[number * size : (number + 1) * size] = many(chunk)
    return values


def _report(on_progress: Report, done: int) -> None:
    if on_progress is not None:
        on_progress(done)


def _bytes_of(loss: Loss, point: Tensor) -> int:
    """Return the bytes of all tensors that the loss makes for one point."""
    with counting_numbers() as made:
        loss(point)
    return point.element_size() * (point.numel() + made.numbers)


class _Plainly:
    """A loss evaluated without autograd, unless it needs autograd for its own sake."""

    def __init__(self, loss: Loss) -> None:
        self._loss, self._needs_autograd = loss, False

    def __call__(self, point: Tensor) -> Any:
        import torch

        if not self._needs_autograd:
            try:
                with torch.no_grad():
                    return self._loss(point)
            except Exception:
                # As where a derivative is part of the loss, or a mistake, or outside its domain.
                value = self._with_autograd(point)
                self._needs_autograd = True
                return value
        return self._with_autograd(point)

    def _with_autograd(self, point: Tensor) -> Any:
        import torch

        with torch.enable_grad():
            value: Any = self._loss(point.clone().requires_grad_())
        return value.detach() if isinstance(value, torch.Tensor) else value


def _values_one_by_one(evaluate: _Plainly, batch: Any, on_progress: Report) -> Any:
    """Return the loss at each of the points, nan outside its domain."""
    import torch

    results, failures = dict[int, Any](), list[Exception]()
    for place, point in enumerate(batch):
        try:
            results[place] = evaluate(point)
        except Exception as error:
            if is_mistake(error):
                constraint = f"work at {listed(point.numpy())}"
                raise InvalidValue("loss", constraint, error, got=described(error)) from error
            failures.append(error)
        _report(on_progress, place + 1)
    if not results:
        first = failures[0]
        got = described(first, first_line=True)
        raise InvalidValue("loss", "work at a point of the window", first, got=got) from first
    is_tensor = any(isinstance(result, torch.Tensor) for result in results.values())
    values = torch.full((len(batch),), torch.nan, dtype=torch.float64)
    for place, result in results.items():
        # Outside its domain, a loss may return math.inf.
        if not (is_tensor and isinstance(result, int | float)):
            check_scalar(result)
        values[place] = result
    return values
