"""The loop that people write, in float64: what every recording of a module is compared with."""

from __future__ import annotations

import itertools

import numpy as np
import torch


def plain_loop(parameters, losses, steps, learning_rate=0.1):
    """Return the iterates, shape (steps + 1, n), and the losses, shape (steps + 1,), of SGD.

    Args:
        parameters: The tensors that are learned.
        losses: Computes the loss of a step; or an iterable of such functions, one per step.
        steps: How many steps are taken.
        learning_rate: The rate of all of them.
    """
    parameters = list(parameters)
    optimizer = torch.optim.SGD(parameters, lr=learning_rate)
    iterates, found = [], []
    for loss in itertools.islice(
        itertools.repeat(losses) if callable(losses) else losses, steps + 1
    ):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        iterates.append(torch.cat([p.detach().reshape(-1) for p in parameters]).numpy().copy())
        found.append(value.item())
        optimizer.step()
    return np.array(iterates), np.array(found)
