"""Recordings that are made when a test first needs them, and once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any


@dataclass(eq=False)
class Later:
    """A value that is made when it is first asked for."""

    make: Callable[[], Any]

    @cached_property
    def value(self) -> Any:
        """The value."""
        return self.make()


def later(function: Callable[..., Any]) -> Callable[..., Later]:
    """Let a call of `function` only be noted; the ``value`` of what it returns makes the call."""

    @wraps(function)
    def noted(*args: Any, **named: Any) -> Later:
        return Later(lambda: function(*made(args), **named))

    return noted


def made(given: Iterable[Any]) -> tuple[Any, ...]:
    """Return arguments with the values of those that are made later."""
    return tuple(one.value if isinstance(one, Later) else one for one in given)
