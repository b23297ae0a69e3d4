"""What parameters are called."""

from __future__ import annotations

from collections.abc import Sequence


def default_names(count: int, names: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return `names`, or θ1, θ2, … for `count` parameters that nobody named.

    Example:
        >>> from descent.names import default_names
        >>> default_names(2)
        ('θ1', 'θ2')
    """
    if names is not None:
        return tuple(names)
    return tuple(f"θ{number}" for number in range(1, count + 1))
