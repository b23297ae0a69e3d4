"""Gradient descent as PyTorch performs it, recorded as plain arrays.

A loss is any function that maps a vector of parameters, a float64 tensor, to a scalar tensor.
Gradients of it come from torch.autograd, steps from a real torch.optim optimizer, and what is
given back are NumPy arrays: row t belongs to the parameters after t steps.

Example:
    >>> import descent
    >>> def valley(params):
    ...     x, y = params
    ...     return (x**2 + y - 3) ** 2 + (x - y) ** 2
    >>> run = descent.record(valley, [0, 0], learning_rate=0.05, steps=20)
    >>> run.iterates.shape, run.behaviour
    ((21, 2), 'converging')
    >>> descent.record(valley, [0, 0], learning_rate=0.5, steps=20).behaviour
    'diverging'

What there is; ``help(descent.record)`` and its like tell formula, shapes, errors and an example:

    one descent       record, Trajectory, plot_runs
    a loss            Loss, load_loss, model_loss, NamedLoss, LOSSES, quadratic_bowl,
                      neuron_loss, neuron_weight_loss, row_loss
    learning rates    suggest_learning_rates, SuggestedRates, critical_learning_rate,
                      best_learning_rate, sharpness, sharpness_along, hessian,
                      hessian_vector_product
    many descents     sweep, Sweep, plot_map, write_page
    views of a loss   sample, Landscape, window_around, Plane, path_plane, random_plane
    gradients         backward_graph, BackwardGraph, Node, network_gradient, NetworkGradient,
                      central_differences, forward_differences, difference_errors,
                      DifferenceTable
    checks            check_loss, check_start, check_steps, check_learning_rates

Importing this package loads none of NumPy, torch, SciPy or matplotlib; each comes in when it is
first needed.
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


if not TYPE_CHECKING:  # a checker shall see that a misspelt name does not exist

    def __getattr__(name: str) -> Any:
        """Load the module a public name lives in, at its first use (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
