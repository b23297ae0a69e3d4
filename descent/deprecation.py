"""Old names of attributes and arguments, which keep working until the release `GONE_IN`."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)
Function = TypeVar("Function", bound=Callable[..., Any])
GONE_IN = "0.2.0"


def renamed(**new_names: str) -> Callable[[Class], Class]:
    """Let a class keep old names of attributes, of constructor arguments and of fields in files.

    Args:
        new_names: The new name for each old one.

    Example:
        >>> import descent, warnings
        >>> run = descent.record(descent.LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=9)
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     run.behaviour, str(caught[0].message)
        ('converging', 'Trajectory.behaviour is called behavior now; the old name goes in 0.2.0.')
    """

    def decorate(cls: Class) -> Class:
        construct: Any = cls.__init__
        fields = inspect.signature(construct).parameters
        arguments = {old: new for old, new in new_names.items() if new in fields}
        cls.__init__ = _accepting(construct, arguments, cls.__name__ + ".")
        cls.RENAMED = arguments  # a file holds what the constructor takes
        for old, new in new_names.items():
            setattr(cls, old, _alias(cls, old, new))
        return cls

    return decorate


def renamed_arguments(**new_names: str) -> Callable[[Function], Function]:
    """Let a function keep old names of its arguments; the arguments are those of `renamed`."""
    return lambda function: _accepting(function, new_names, f"{function.__name__}: ")


def _accepting(function: Any, new_names: dict[str, str], owner: str) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        for old in given.keys() & new_names.keys():
            _warn(owner, old, new_names[old])
            given[new_names[old]] = given.pop(old)
        return function(*args, **given)

    return call


def _alias(cls: type, old: str, new: str) -> property:
    def get(self: Any) -> Any:
        _warn(f"{cls.__name__}.", old, new)
        return getattr(self, new)

    get.__doc__ = f"Deprecated: use `{new}`."
    return property(get)


def _warn(owner: str, old: str, new: str) -> None:
    message = f"{owner}{old} is called {new} now; the old name goes in {GONE_IN}."
    warnings.warn(message, DeprecationWarning, stacklevel=3)
