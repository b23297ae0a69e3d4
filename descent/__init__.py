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
    checks            check_loss, check_start, check_steps, check_learning_rates, InvalidArgument,
                      InvalidValue, InvalidType

Importing this package loads none of NumPy, torch, SciPy or matplotlib; each comes in when it is
first needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from descent.arrays import Loss
    from descent.checks.arguments import check_learning_rates, check_steps
    from descent.checks.errors import InvalidArgument, InvalidType, InvalidValue
    from descent.checks.loss import check_loss
    from descent.checks.numbers import check_start
    from descent.gradients.finite_differences import (
        DifferenceTable,
        central_differences,
        difference_errors,
        forward_differences,
    )
    from descent.gradients.graph import BackwardGraph, Node, backward_graph
    from descent.losses.bowls import quadratic_bowl
    from descent.losses.known import LOSSES
    from descent.losses.loading import load_loss
    from descent.losses.named import NamedLoss
    from descent.losses.neuron import neuron_loss, neuron_weight_loss, row_loss
    from descent.models.loss import model_loss
    from descent.models.network import NetworkGradient, network_gradient
    from descent.page.writing import write_page
    from descent.plots.maps import plot_map
    from descent.plots.runs import plot_runs
    from descent.rates.curvature import (
        best_learning_rate,
        critical_learning_rate,
        hessian,
        hessian_vector_product,
        sharpness,
        sharpness_along,
    )
    from descent.rates.suggestions import SuggestedRates, suggest_learning_rates
    from descent.runs.recording import record
    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep
    from descent.sweeps.sweeping import sweep
    from descent.views.landscape import Landscape, sample, window_around
    from descent.views.planes import Plane, path_plane, random_plane

__all__ = [
    "LOSSES",
    "BackwardGraph",
    "DifferenceTable",
    "InvalidArgument",
    "InvalidType",
    "InvalidValue",
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
    "checks.errors": ("InvalidArgument", "InvalidType", "InvalidValue"),
    "checks.loss": ("check_loss",),
    "checks.numbers": ("check_start",),
    "checks.arguments": ("check_learning_rates", "check_steps"),
    "gradients.finite_differences": (
        "DifferenceTable",
        "central_differences",
        "difference_errors",
        "forward_differences",
    ),
    "gradients.graph": ("BackwardGraph", "Node", "backward_graph"),
    "losses.bowls": ("quadratic_bowl",),
    "losses.known": ("LOSSES",),
    "losses.loading": ("load_loss",),
    "losses.named": ("NamedLoss",),
    "losses.neuron": ("neuron_loss", "neuron_weight_loss", "row_loss"),
    "models.loss": ("model_loss",),
    "models.network": ("NetworkGradient", "network_gradient"),
    "page.writing": ("write_page",),
    "plots.maps": ("plot_map",),
    "plots.runs": ("plot_runs",),
    "rates.curvature": (
        "best_learning_rate",
        "critical_learning_rate",
        "hessian",
        "hessian_vector_product",
        "sharpness",
        "sharpness_along",
    ),
    "rates.suggestions": ("SuggestedRates", "suggest_learning_rates"),
    "runs.recording": ("record",),
    "runs.trajectory": ("Trajectory",),
    "sweeps.sweep": ("Sweep",),
    "sweeps.sweeping": ("sweep",),
    "views.landscape": ("Landscape", "sample", "window_around"),
    "views.planes": ("Plane", "path_plane", "random_plane"),
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
