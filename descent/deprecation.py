"""Old names of attributes and arguments, which keep working for one release."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def renamed(**new_names: str) -> Callable[[Class], Class]:
    """Let a class keep old names of attributes, of constructor arguments and of fields in files.

    Args:
        new_names: The new name for each old one.

    Example:
        >>> import descent, warnings
        >>> run = descent.record(descent.LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=9)
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     run.behaviour, str(caught[0].message)
        ('converging', 'Trajectory.behaviour is called behavior now.')
    """

    def decorate(cls: Class) -> Class:
        construct: Any = cls.__init__

        @functools.wraps(construct)
        def __init__(self: Any, *args: Any, **fields: Any) -> None:
            for old in fields.keys() & new_names.keys():
                _warn(cls, old, new_names[old])
                fields[new_names[old]] = fields.pop(old)
            construct(self, *args, **fields)

        cls.__init__ = __init__
        cls.RENAMED = new_names
        for old, new in new_names.items():
            setattr(cls, old, _alias(cls, old, new))
        return cls

    return decorate


def _alias(cls: type, old: str, new: str) -> property:
    def get(self: Any) -> Any:
        _warn(cls, old, new)
        return getattr(self, new)

    get.__doc__ = f"Deprecated: use `{new}`."
    return property(get)


def _warn(cls: type, old: str, new: str) -> None:
    message = f"{cls.__name__}.{old} is called {new} now."
    warnings.warn(message, DeprecationWarning, stacklevel=3)
