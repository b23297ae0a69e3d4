"""Warnings at the line of the user's own code that called this library, however deep it is."""

from __future__ import annotations

import inspect
import warnings

OURS = ("descent", "understanding_gradients", "scenes")  # packages of this project


def warn(sentence: str, category: type[Warning] = UserWarning) -> None:
    """Warn of what concerns who called this library.

    Example:
        >>> import warnings
        >>> from descent.checks.warned import warn
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always")
        ...     warn("It takes long.")
        >>> str(told[0].message)
        'It takes long.'
    """
    frame, level = inspect.currentframe(), 1
    while frame is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(sentence, category, stacklevel=level)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in OURS
