"""Checks of steps, learning rates and groups of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import as_numbers, check_whole
from descent.checks.paths import MAX_FILE_BYTES, MAX_HEADER_BYTES
from descent.deprecation import renamed_arguments

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_STEPS = 1_000_000
MANY = 1 << 62  # more than any recording has parameters, or any sweep runs
BYTES_PER_STEP = 40  # losses, rates and an option that changes
BYTES_PER_PARAMETER = 16  # one iterate and one gradient, float64 each


@renamed_arguments(bytes_a_parameter="bytes_per_parameter")
def check_steps(
    steps: Any, parameters: int = 1, bytes_per_parameter: int = BYTES_PER_PARAMETER
) -> int:
    """Return `steps` as an int of at least 1 whose recording of `parameters` fits a file.

    (steps + 1) · (parameters · bytes_per_parameter + 40) and 16 MiB for names must not exceed 1 GiB
    together, nor steps a million.

    Args:
        steps: How many steps are to be taken.
        parameters: How many parameters take them.
        bytes_per_parameter: Bytes that are kept per parameter and step.

    Returns:
        The same number as an int.

    Raises:
        InvalidType: If it is not a whole number.
        InvalidValue: If it is below 1, or absurdly large.

    Example:
        >>> import descent
        >>> descent.check_steps(6)
        6
        >>> descent.check_steps(0)
        Traceback (most recent call last):
        descent.InvalidValue: steps must be from 1 to 1,000,000; got 0.
    """
    count = check_whole(steps, "steps", 1, MAX_STEPS)
    most = most_steps(parameters, bytes_per_parameter)
    if most < 1:
        got = f"{parameters:,}, of which one step takes more than {MAX_FILE_BYTES:,} bytes"
        raise InvalidValue("start", "have fewer parameters to be recorded", parameters, got=got)
    if count > most:
        got = f"{count:,}, which would take more than {MAX_FILE_BYTES:,} bytes"
        repair = f"record at most {most:,} at once, and go on from iterates[-1]."
        constraint = f"be fewer for {parameters:,} parameters"
        raise InvalidValue("steps", constraint, count, got=got, repair=repair)
    return count


def most_steps(parameters: int, bytes_per_parameter: int = BYTES_PER_PARAMETER) -> int:
    """Return how many steps of so many parameters a file can hold."""
    bytes_per_row = parameters * bytes_per_parameter + BYTES_PER_STEP
    return (MAX_FILE_BYTES - MAX_HEADER_BYTES) // bytes_per_row - 1


def check_square(parameters: int, what: str) -> None:
    """Check that a matrix of parameters × parameters fits a file, before it is made.

    Args:
        parameters: The number of parameters at the point ``at``.
        what: What the matrix is called in the message.
    """
    if parameters**2 * 8 > MAX_FILE_BYTES:
        got = f"{parameters:,}, squared more than {MAX_FILE_BYTES:,} bytes"
        raise InvalidValue("at", f"have fewer parameters for {what}", parameters, got=got)


def check_learning_rates(learning_rate: Any, steps: int) -> NDArray[np.float64]:
    """Return one rate per step, shape (steps,), from a number or a schedule of that length.

    Args:
        learning_rate: One positive number for all steps, or one per step, shape (steps,), of which
            some may be 0.
        steps: How many steps there are.

    Returns:
        Rates of shape (steps,), read-only.

    Raises:
        InvalidType: If it is not a number or a sequence of numbers.
        InvalidValue: If a rate is negative or not finite, all are 0, or their count is not `steps`.

    Example:
        >>> import descent
        >>> descent.check_learning_rates(0.1, steps=3)
        array([0.1, 0.1, 0.1])
        >>> descent.check_learning_rates([0.1, 0], steps=2)
        array([0.1, 0. ])
        >>> descent.check_learning_rates(0, steps=2)
        Traceback (most recent call last):
        descent.InvalidValue: learning_rate must be positive and finite; got 0.0.
    """
    rates = as_numbers(learning_rate, "learning_rate", "be a number, or one number per step")
    if rates.ndim and rates.shape != (steps,):
        constraint = f"be one number, or {steps} (one per step)"
        raise InvalidValue("learning_rate", constraint, learning_rate, got=f"shape {rates.shape}")
    _check_schedule(rates if rates.ndim else rates[None])
    return np.broadcast_to(rates, (steps,))


def check_group_rates(
    learning_rate: Any, steps: int, groups: Any, parameters: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the rates of each step, shape (steps, groups), and each parameter's group, shape (n,).

    Args:
        learning_rate: Numbers, one per group, shape (groups,) or (steps, groups): positive, but for
            steps at which a group may rest.
        steps: How many steps there are.
        groups: For each parameter which of the rates it has.
        parameters: How many parameters there are, n.
    """
    rates = as_numbers(learning_rate, "learning_rate", "be one number per group")
    if rates.ndim not in (1, 2) or rates.shape[:-1] not in ((), (steps,)):
        constraint = f"be one number per group, or {steps} rows of them (one per step)"
        raise InvalidValue("learning_rate", constraint, learning_rate, got=f"shape {rates.shape}")
    _check_schedule(np.atleast_2d(rates))
    group_of = check_groups(groups, parameters, rates.shape[-1], "learning_rate")
    return np.broadcast_to(rates, (steps, rates.shape[-1])), group_of


def check_groups(
    groups: Any, parameters: int, count: int, what: str = "learning_rates"
) -> NDArray[np.int64]:
    """Return for each parameter which of `count` rates it has, shape (parameters,).

    Args:
        groups: Whole numbers 0, 1, …, one per parameter.
        parameters: How many parameters there are.
        count: How many rates there are to have.
        what: What the caller calls the rates, whose last axis they are on.
    """
    try:
        given = [check_whole(group, "groups", -MANY, MANY) for group in groups]
    except (TypeError, ValueError) as error:
        raise InvalidType("groups", "be one whole number per parameter, 0, 1, …", groups) from error
    if len(given) != parameters or set(given) != set(range(count)):
        raise InvalidValue(
            "groups",
            f"give each of {parameters} parameters one of the {count} rates on the last axis of "
            f"{what}, and each rate at least one parameter",
            given,
        )
    return np.array(given, np.int64)


def _check_schedule(rates: NDArray[np.float64]) -> None:
    """Check rates of shape (steps, …), of which some may be 0, as those of schedulers may."""
    moves = (rates > 0).any(axis=0)
    check_positive(np.where((rates == 0) & moves, 1.0, rates), "learning_rate")


def check_positive(rates: NDArray[np.float64], what: str) -> None:
    """Check that all `rates` are positive and finite; `what` is what the caller calls them."""
    wrong = rates[~(np.isfinite(rates) & (rates > 0))]
    if wrong.size:
        got = str(wrong.flat[0])
        raise InvalidValue(what, "be positive and finite", float(wrong.flat[0]), got=got)
