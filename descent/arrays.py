"""Read-only arrays, as every recorded quantity is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from descent.checks.errors import InvalidValue

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor


class Loss(Protocol):
    """Any function from ℝⁿ to ℝ that is computed by tensor operations.

    An ordinary function will do; this type only says what is asked of it. If it has an attribute
    ``names``, one text per parameter, all that is recorded of it is named so, and a vector of
    another length is refused. If it has a method ``batch``, which gives the loss of step t's
    mini-batch, `record` follows that one's gradient at step t.

    Example:
        >>> import descent
        >>> def valley(params):
        ...     x, y = params
        ...     return (x**2 + y - 3) ** 2 + (x - y) ** 2
        >>> valley.names = ("x", "y")
        >>> run = descent.record(valley, [0, 0], learning_rate=0.05, steps=20)
        >>> run.names, run.behavior
        (('x', 'y'), 'converging')
    """

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss at `params`.

        Args:
            params: A float64 tensor of shape (n,), whose uses autograd follows.

        Returns:
            A float64 tensor of shape (), computed from `params` by tensor operations.
        """
        ...


def check_shape(key: str, values: NDArray[Any], *shapes: tuple[int, ...]) -> None:
    """Check that an array has one of `shapes`."""
    if values.shape not in shapes:
        constraint = f"have shape {' or '.join(map(str, shapes))}"
        raise InvalidValue(key, constraint, values, got=str(values.shape))


def check_equally_long(record: object, *names: str) -> None:
    """Check that fields of a dataclass are arrays of one axis, as long as the first."""
    for name in names:
        check_shape(name, getattr(record, name), (len(getattr(record, names[0])),))


def freeze(record: object, *names: str, dtype: Any = np.float64) -> None:
    """Replace fields of a frozen dataclass by read-only copies."""
    for name in names:
        object.__setattr__(record, name, read_only(getattr(record, name), dtype))


def read_only(values: ArrayLike, dtype: Any = np.float64) -> NDArray[Any]:
    """Return `values` as an array that nobody else can change: a copy, unless nobody can now."""
    given: Any = values
    if isinstance(values, np.ndarray) and given.dtype == dtype and _is_frozen(given):
        return given
    array = np.array(values, dtype=dtype, order="C")
    array.setflags(write=False)
    return array


def _is_frozen(array: NDArray[Any]) -> bool:
    """Return whether an array and all that it is a part of are read-only, and in C order."""
    whole: Any = array
    while isinstance(whole, np.ndarray) and not whole.flags.writeable:
        if whole.base is None:
            return array.flags.c_contiguous
        whole = whole.base
    return False
