"""Gradient descent as PyTorch performs it, recorded as plain arrays.

``descent.record(loss, start, learning_rate=0.1, steps=6)`` returns a `Trajectory`. Importing this
package loads neither torch nor scipy; they come in when something is recorded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from descent.arrays import Loss
    from descent.checks import check_learning_rates, check_loss, check_start, check_steps
    from descent.curvature import (
        best_learning_rate,
        critical_learning_rate,
        hessian,
        hessian_vector_product,
        sharpness,
        sharpness_along,
    )
    from descent.finite_differences import (
        DifferenceTable,
        central_differences,
        difference_errors,
        forward_differences,
    )
    from descent.graph import BackwardGraph, Node, backward_graph
    from descent.landscape import Landscape, sample, window_around
    from descent.loading import load_loss
    from descent.losses import (
        LOSSES,
        NamedLoss,
        neuron_loss,
        neuron_weight_loss,
        quadratic_bowl,
        row_loss,
    )
    from descent.models import NetworkGradient, model_loss, network_gradient
    from descent.page.writing import write_page
    from descent.planes import Plane, path_plane, random_plane
    from descent.plots.maps import plot_map
    from descent.plots.runs import plot_runs
    from descent.recording import record
    from descent.suggestions import SuggestedRates, suggest_learning_rates
    from descent.sweeping import sweep
    from descent.sweeps import Sweep
    from descent.trajectory import Trajectory

__all__ = [
    "LOSSES",
    "BackwardGraph",
    "DifferenceTable",
    "Landscape",
    "Loss",
    "NamedLoss",
    "NetworkGradient",
    "Node",
    "Plane",
    "SuggestedRates",
    "Sweep",
    "Trajectory",
    "backward_graph",
    "best_learning_rate",
    "central_differences",
    "check_learning_rates",
    "check_loss",
    "check_start",
    "check_steps",
    "critical_learning_rate",
    "difference_errors",
    "forward_differences",
    "hessian",
    "hessian_vector_product",
    "load_loss",
    "model_loss",
    "network_gradient",
    "neuron_loss",
    "neuron_weight_loss",
    "path_plane",
    "plot_map",
    "plot_runs",
    "quadratic_bowl",
    "random_plane",
    "record",
    "row_loss",
    "sample",
    "sharpness",
    "sharpness_along",
    "suggest_learning_rates",
    "sweep",
    "window_around",
    "write_page",
]

_MODULES = {
    "arrays": ("Loss",),
    "checks": ("check_learning_rates", "check_loss", "check_start", "check_steps"),
    "curvature": (
        "best_learning_rate",
        "critical_learning_rate",
        "hessian",
        "hessian_vector_product",
        "sharpness",
        "sharpness_along",
    ),
    "finite_differences": (
        "DifferenceTable",
        "central_differences",
        "difference_errors",
        "forward_differences",
    ),
    "graph": ("BackwardGraph", "Node", "backward_graph"),
    "landscape": ("Landscape", "sample", "window_around"),
    "loading": ("load_loss",),
    "losses": (
        "LOSSES",
        "NamedLoss",
        "neuron_loss",
        "neuron_weight_loss",
        "quadratic_bowl",
        "row_loss",
    ),
    "models": ("NetworkGradient", "model_loss", "network_gradient"),
    "page.writing": ("write_page",),
    "planes": ("Plane", "path_plane", "random_plane"),
    "plots.maps": ("plot_map",),
    "plots.runs": ("plot_runs",),
    "recording": ("record",),
    "suggestions": ("SuggestedRates", "suggest_learning_rates"),
    "sweeping": ("sweep",),
    "sweeps": ("Sweep",),
    "trajectory": ("Trajectory",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load the module a public name lives in, at its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
