"""Autograd, switched on for what needs it wherever it is called."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def with_autograd(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let a function use autograd even within torch.no_grad() or torch.inference_mode().

    Example:
        >>> import descent, torch
        >>> with torch.inference_mode():
        ...     descent.check_loss(descent.LOSSES["bowl"], [2, 1])
        (7.0, array([4., 6.]))
    """

    @functools.wraps(function)
    def call(*args: Given.args, **options: Given.kwargs) -> Result:
        import torch

        with torch.inference_mode(False), torch.enable_grad():
            return function(*args, **options)

    return call
