"""Losses with names: test functions for descent, bowls, and the neuron that the lecture is about.

Each lives in a room of its own; this is where to find them all.
"""

from descent.bowls import quadratic_bowl
from descent.classics import CLASSICS
from descent.named_loss import NamedLoss
from descent.neuron import NEURON, neuron_loss, neuron_weight_loss, row_loss

__all__ = [
    "LOSSES",
    "NEURON",
    "NamedLoss",
    "neuron_loss",
    "neuron_weight_loss",
    "quadratic_bowl",
    "row_loss",
]

LOSSES: dict[str, NamedLoss] = {loss.name: loss for loss in CLASSICS}
"""The test functions by name, each a NamedLoss with formula, source, minimisers and Hessian.

Example:
    >>> import descent
    >>> descent.LOSSES["rosenbrock"].description
    '(1 − θ1)² + 100 (θ2 − θ1²)²'
    >>> for loss in descent.LOSSES.values():
    ...     print(loss.name, loss.minimum, len(loss.minimisers))
    parabola 0.0 1
    double_well -0.2537912372204689 1
    bowl 0.0 1
    ravine 0.0 1
    rosenbrock 0.0 1
    beale 0.0 1
    himmelblau 0.0 4
    saddle 0.0 2
    rastrigin 0.0 1
"""
