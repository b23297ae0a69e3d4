"""Gradient descent as PyTorch performs it, recorded as plain arrays.

``descent.record(loss, start, learning_rate=0.1, steps=6)`` returns a `Trajectory`. Importing this
package loads neither torch nor scipy; they come in when something is recorded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from descent.checks import check_learning_rates, check_loss, check_start, check_steps
    from descent.landscape import Landscape, sample, window_around
    from descent.losses import LOSSES, NamedLoss, neuron_loss, neuron_weight_loss, row_loss
    from descent.recording import record
    from descent.trajectory import Trajectory

_MODULES = {
    "checks": ("check_learning_rates", "check_loss", "check_start", "check_steps"),
    "landscape": ("Landscape", "sample", "window_around"),
    "losses": ("LOSSES", "NamedLoss", "neuron_loss", "neuron_weight_loss", "row_loss"),
    "recording": ("record",),
    "trajectory": ("Trajectory",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "LOSSES",
    "Landscape",
    "NamedLoss",
    "Trajectory",
    "check_learning_rates",
    "check_loss",
    "check_start",
    "check_steps",
    "neuron_loss",
    "neuron_weight_loss",
    "record",
    "row_loss",
    "sample",
    "window_around",
]


def __getattr__(name: str) -> Any:
    """Load the module a public name lives in, at its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
