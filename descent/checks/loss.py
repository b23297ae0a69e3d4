"""Whether a loss can be descended, and one sentence on why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from descent.checks.numbers import check_start, listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from descent.arrays import Loss

_INDEPENDENT = (
    "the loss must depend on its parameters; got a result without a gradient: "
    "compute it from `params` by tensor operations."
)


def check_loss(loss: Loss, start: Any) -> tuple[float, NDArray[np.float64]]:
    """Return the loss and its gradient at `start`, having checked that it can be descended.

    Args:
        loss: Maps params, a float64 tensor of shape (n,), to a scalar tensor.
        start: Where it is tried out, shape (n,).

    Returns:
        loss(start), a float, and ∇loss(start), shape (n,).

    Raises:
        TypeError: If `loss` is not callable, or returns something else than a tensor.
        ValueError: If it fails at `start`, or its result is not a finite float64 scalar that
            depends on the parameters with a finite gradient.

    Example:
        >>> import descent
        >>> descent.check_loss(lambda params: params[0] ** 2, [3])
        (9.0, array([6.]))
        >>> descent.check_loss(lambda params: params.log().sum(), [0])
        Traceback (most recent call last):
        ValueError: the loss must be finite at the start [0]; got -inf: choose another start.
    """
    import torch

    start = check_start(start, getattr(loss, "names", None))
    check_callable(loss)
    params = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        value = attempt(lambda: loss(params), start)
        check_result(value)
        if not torch.isfinite(value):
            raise ValueError(
                f"the loss must be finite at the start {listed(start)}; got {value.item()}: "
                "choose another start."
            )
        gradient = attempt(lambda: torch.autograd.grad(value, params, allow_unused=True)[0], start)
    if gradient is None:
        raise ValueError(_INDEPENDENT)
    if not torch.isfinite(gradient).all():
        raise ValueError(
            f"the gradient must be finite at the start {listed(start)}; got "
            f"{listed(gradient.numpy())}: choose another start."
        )
    return float(value.detach()), gradient.numpy()


def check_callable(loss: Any) -> None:
    """Check that `loss` can be called at all.

    Raises:
        TypeError: If it cannot.
    """
    if not callable(loss):
        raise TypeError(f"loss must be a function of the parameters; got {loss!r}.")


def attempt(action: Callable[[], Any], start: NDArray[np.float64]) -> Any:
    """Return what `action`, which asks a loss about the point `start`, gives.

    Raises:
        ValueError: If it fails.
    """
    try:
        return action()
    except Exception as error:
        raise ValueError(
            f"the loss must work at the start {listed(start)}; got {type(error).__name__}: {error}"
        ) from error


def check_result(value: Any) -> None:
    """Check that `value`, what a loss returned, is a scalar that can be differentiated.

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is no float64 scalar, or depends on no parameter.
    """
    import torch

    check_scalar(value)
    if not value.requires_grad:
        raise ValueError(_INDEPENDENT)
    if value.dtype != torch.float64:
        raise ValueError(
            f"the loss must return float64; got {value.dtype}: give its constants "
            "dtype=torch.float64."
        )


def check_scalar(value: Any) -> None:
    """Check that `value`, what a loss returned, is one real number.

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is no scalar, or complex.
    """
    import torch

    if not isinstance(value, torch.Tensor):
        raise TypeError(
            f"the loss must return a scalar tensor; got {type(value).__name__}: "
            "compute it from `params` by tensor operations."
        )
    if value.ndim:
        raise ValueError(
            f"the loss must return a scalar tensor; got shape {tuple(value.shape)}: "
            "end with .sum() or .mean()."
        )
    if value.is_complex():
        raise ValueError(
            f"the loss must return a real number; got {value.dtype}: end with .abs() or .real."
        )
