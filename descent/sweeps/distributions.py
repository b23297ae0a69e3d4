"""Distributions of torch's that need the numbers of one run, told with what helps."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidValue
from descent.checks.threads import shared_by_threads
from descent.sweeps.mapping import ONE_BY_ONE, try_many

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from descent.arrays import Loss

PACKAGE = "torch.distributions."


@contextmanager
def explain_distributions(loss: Loss, point: NDArray[np.float64]) -> Generator[None]:
    """Name the distribution that a loss cannot be swept with, and what helps.

    As torch.distributions.MultivariateNormal, which looks whether its covariance is positive
    definite; advice on a code of one's own would not help.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        point: Where it is tried, shape (n,).
    """
    try:
        yield
    except InvalidValue as error:
        name = _failing(error.__cause__)
        if not name:
            raise
        got, repair = f"{name} of torch.distributions, which vmap cannot do", ONE_BY_ONE
        if _works_unvalidated(loss, point):
            got = f"{name} of torch.distributions, which checks the numbers that it is given"
            repair = f"pass validate_args=False to {name}."
        raise InvalidValue(
            error.key, error.constraint, error.value, got=got, repair=repair
        ) from error


def _failing(error: BaseException | None) -> str:
    """Return the class of the distribution in whose own code an error arose, "" if in none."""
    from torch.distributions import Distribution

    for frame, _ in traceback.walk_tb(error.__traceback__ if error else None):
        one = frame.f_locals.get("self")
        is_torchs = str(frame.f_globals.get("__name__")).startswith(PACKAGE)
        if is_torchs and isinstance(one, Distribution):
            return type(one).__name__
    return ""


def _works_unvalidated(loss: Loss, point: NDArray[np.float64]) -> bool:
    with _no_validation():
        try:
            try_many(loss, point)
        except InvalidValue:
            return False
    return True


@shared_by_threads
@contextmanager
def _no_validation() -> Generator[None]:
    """Let distributions take their arguments as they are."""
    from torch.distributions import Distribution

    everything: Any = Distribution
    before = everything._validate_args
    everything.set_default_validate_args(False)
    try:
        yield
    finally:
        everything.set_default_validate_args(before)
