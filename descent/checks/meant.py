"""Names that other libraries have for an argument: who writes one is told the name it has here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

from descent.checks.errors import InvalidType
from descent.checks.texts import in_a_line

Given = ParamSpec("Given")
Result = TypeVar("Result")


def check_meant(given: Mapping[str, Any], name: str, others: Iterable[str]) -> None:
    """Check that an argument is not given by another name.

    Args:
        given: Arguments by name.
        name: The argument's name.
        others: Names that it has elsewhere, such as "lr" in torch.optim.
    """
    for other in others:
        if other in given:
            value = in_a_line(repr(given[other]))
            got, repair = f"{other}={value}", f"write {name}={value}."
            raise InvalidType(other, f"be given as {name}", got=got, repair=repair)


def meant(name: str, *others: str) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Let a function name its argument `name` to whoever gives it one of `others`.

    Example:
        >>> from descent.checks.meant import meant
        >>> @meant("learning_rates", "lr")
        ... def swept(learning_rates): ...
        >>> swept(lr=0.1)
        Traceback (most recent call last):
        descent.InvalidType: lr must be given as learning_rates; got lr=0.1: write \
learning_rates=0.1.
    """

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        @functools.wraps(function)
        def call(*args: Given.args, **options: Given.kwargs) -> Result:
            check_meant(options, name, others)
            return function(*args, **options)

        return call

    return decorate
