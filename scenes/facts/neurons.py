"""Whether a recorded run is that of the neuron over the rows, and can be drawn as its line."""

from __future__ import annotations

from typing import Any

import numpy as np

NEURON = ("W1", "b1")
SAME = 1e-6  # relative, of losses that were computed in another order


def is_of_neuron(rows: Any, run: Any) -> bool:
    """Return whether every loss of a run is the mean of (W1·x + b1 − y)² over the rows."""
    trajectory = run.trajectory
    if tuple(trajectory.names) != NEURON:
        return False
    with np.errstate(all="ignore"):
        weights, biases = trajectory.iterates.T[..., None]
        means = ((weights * rows.x + biases - rows.y) ** 2).mean(axis=1)
        scale = (rows.y**2).mean()
    return bool(np.allclose(means, trajectory.losses, rtol=SAME, atol=1e-15 * scale))


def fits_two_pictures(rows: Any, run: Any) -> bool:
    """Return whether a run is of the neuron, takes a step, and stays in its first view."""
    trajectory = run.trajectory
    stays = bool((run.views == run.views[0]).all())
    moves = trajectory.steps > 0 and float(trajectory.losses.max()) > 0
    return moves and stays and is_of_neuron(rows, run)
