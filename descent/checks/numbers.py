"""Checks of numbers, whole numbers and vectors."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.texts import MOST_LISTED, check_names, some_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def check_whole(value: Any, what: str, lowest: int, highest: int) -> int:
    """Return `value` as an int from `lowest` to `highest`; `what` is what the caller calls it."""
    try:
        count = operator.index(value)
    except TypeError:
        count = None
    if count is None or isinstance(value, bool | np.bool_):
        raise InvalidType(what, "be a whole number", value)
    if not lowest <= count <= highest:
        got = f"{count:,}"
        raise InvalidValue(what, f"be from {lowest:,} to {highest:,}", count, got=got)
    return count


def listed(numbers: NDArray[np.float64]) -> str:
    """Return numbers as a list for a sentence, of many only the first."""
    some = ", ".join(f"{number:.6g}" for number in numbers[:MOST_LISTED])
    return f"[{some}{', …' if len(numbers) > MOST_LISTED else ''}]"


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart, six at least.

    Example:
        >>> from descent.checks.numbers import told_apart
        >>> told_apart(2.118773, 2.118774), told_apart(1, 2)
        (('2.118773', '2.118774'), ('1', '2'))
    """
    digits = 6
    while digits < 17 and f"{one:.{digits}g}" == f"{other:.{digits}g}":
        digits += 1
    return f"{one:.{digits}g}", f"{other:.{digits}g}"


def check_number(value: Any, what: str) -> float:
    """Return `value` as a float that is finite; `what` is what the caller calls it."""
    number = as_numbers(value, what, "be a number")
    if number.ndim:
        raise InvalidType(what, "be a number", value)
    if not np.isfinite(number):
        raise InvalidValue(what, "be finite", value)
    return float(number)


def check_finite(what: str, values: NDArray[np.floating[Any]]) -> None:
    """Check that all `values` are finite; `what` is what the caller calls them."""
    if not np.isfinite(values).all():
        raise InvalidValue(what, "be finite", values, got="nan or inf")


def check_start(start: Any, names: Sequence[str] | None = None) -> NDArray[np.float64]:
    """Return `start` as a float64 vector of the size that `names` asks for.

    Whole numbers are numbers too: [2, 1] is the same start as [2.0, 1.0].

    Args:
        start: One number per parameter, shape (n,): a list, an array or a tensor.
        names: One name per parameter, where the parameters have names.

    Returns:
        A new array of shape (n,).

    Raises:
        InvalidType: If it does not consist of real numbers, or `names` not of texts.
        InvalidValue: If it is not one-dimensional, finite and of the right size, or a name is empty
            or used twice.

    Example:
        >>> import descent
        >>> descent.check_start([2, 1])
        array([2., 1.])
        >>> descent.check_start([2], names=("W1", "b1"))
        Traceback (most recent call last):
        descent.InvalidValue: start must have 2 numbers (W1, b1); got 1.
    """
    if names is not None:
        check_names(names)
    _check_one_vector(start)
    vector = as_numbers(start, "start")
    if vector.ndim != 1 or vector.size == 0:
        got = f"shape {vector.shape}"
        raise InvalidValue("start", "be one number per parameter", start, got=got)
    if not np.isfinite(vector).all():
        raise InvalidValue("start", "be finite", start, got=_not_finite(vector, names))
    if names is not None and len(names) != len(vector):
        numbers = f"{len(names)} number{'s' * (len(names) != 1)} ({some_of(names)})"
        raise InvalidValue("start", f"have {numbers}", start, got=str(len(vector)))
    return vector


def _not_finite(vector: NDArray[np.float64], names: Sequence[str] | None) -> str:
    """Return what is not finite, for a sentence: by its name, or where it stands among many."""
    place = int((~np.isfinite(vector)).argmax())
    if names is not None and len(names) == len(vector):
        return f"{vector[place]} for {names[place]}"
    where = f"{vector[place]} at place {place:,} of {len(vector):,}"
    return listed(vector) if len(vector) <= MOST_LISTED else where


def _check_one_vector(given: object) -> None:
    """Check that `start` is no module, nor its parameters in a list, a generator or a dict."""
    start: Any = given
    is_list = type(start) in (list, tuple) and any(getattr(one, "ndim", 0) for one in start)
    others = hasattr(start, "__next__") or hasattr(start, "parameters")
    if is_list or others or isinstance(given, Mapping):
        count = f" of {len(start)} tensors" if is_list else ""
        repair = "give the start that model_loss returns, or torch.nn.utils.parameters_to_vector."
        raise InvalidType(
            "start",
            "be one vector of numbers",
            start,
            got=f"the {type(start).__name__}{count}",
            repair=repair,
        )


def as_numbers(values: Any, what: str, must: str = "consist of numbers") -> NDArray[np.float64]:
    """Return an array or tensor, or whatever makes one, as float64 of the same shape.

    Args:
        values: What was given.
        what: What the caller calls it.
        must: What it must do.
    """
    array = _as_array(values)
    if array.dtype.kind == "c":
        repair = "give real and imaginary parts as two parameters."
        raise InvalidType(what, "be real", values, repair=repair)
    if array.dtype.kind not in "iuf" or _has_truth_values(values):
        raise InvalidType(what, must, values)
    return array.astype(np.float64)


def _as_array(values: Any) -> NDArray[Any]:
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        # NumPy knows no bfloat16.
        values = values.double() if values.is_floating_point() else values
    if type(values) in (list, tuple):  # NumPy takes no tensor that requires a gradient
        values = [one.detach() if hasattr(one, "detach") else one for one in values]
    try:
        return np.asarray(values)
    except (ValueError, TypeError):
        return np.asarray(None)


def _has_truth_values(values: Any) -> bool:
    """Return whether one of `values` is True or False, which NumPy would take for 1 or 0."""
    if type(values) in (list, tuple):
        return any(map(_has_truth_values, values))
    return isinstance(values, bool | np.bool_)
