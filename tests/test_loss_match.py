"""Whether a loss is the one that a run was recorded from, in whatever precision that was."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from descent import Trajectory, model_loss, plot_runs, record

X = torch.randn(20, 2, generator=torch.Generator().manual_seed(1))
Y = X.prod(1, keepdim=True)


def network(dtype=torch.float32):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).to(dtype)


def by_hand(dtype, steps=6):
    """Return the trajectory of a loop in some precision, as people write one down."""
    module = network(dtype)
    start = network()
    for own, exact in zip(module.parameters(), start.parameters(), strict=True):
        own.data = exact.data.to(dtype)
    iterates, losses, gradients = [], [], []
    for _ in range(steps + 1):
        loss = nn.functional.mse_loss(module(X.to(dtype)), Y.to(dtype))
        slopes = torch.autograd.grad(loss, list(module.parameters()))
        iterates.append(vector(module.parameters()))
        gradients.append(vector(slopes))
        losses.append(loss.item())
        with torch.no_grad():
            for parameter, slope in zip(module.parameters(), slopes, strict=True):
                parameter -= 0.1 * slope
    names = [f"θ{k}" for k in range(len(iterates[0]))]
    rates = np.full(steps, 0.1)
    return Trajectory(np.array(iterates), np.array(losses), np.array(gradients), rates, names)


def vector(tensors):
    return torch.cat([t.detach().double().reshape(-1) for t in tensors]).numpy()


def rounded(module, dtype):
    for parameter in module.parameters():
        parameter.data = parameter.data.to(dtype).float()
    return module


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_a_run_in_lower_precision_belongs_to_its_network_and_to_no_other(dtype):
    run = by_hand(dtype)
    loss, *_ = model_loss(rounded(network(), dtype), X, Y, nn.MSELoss())
    plot_runs(run, loss, resolution=3)
    other, *_ = model_loss(network(), X, 1.2 * Y, nn.MSELoss())
    with pytest.raises(ValueError, match="must be the one that the run was recorded from; got"):
        plot_runs(run, other, resolution=3)


def test_a_difference_beyond_the_precision_of_a_run_is_shown_with_the_digits_that_differ():
    module = network()
    loss, start, _ = model_loss(module, X, Y, nn.MSELoss())
    run = record(loss, start, learning_rate=0.1, steps=2)
    other, *_ = model_loss(module, X, Y.double() * (1 + 2e-8), nn.MSELoss())
    with pytest.raises(ValueError, match="recorded from; got") as told:
        plot_runs(run, other, resolution=3)
    found, recorded = str(told.value).split("got ")[1].split(" at the run's start, where ")
    assert found != recorded.removesuffix(" was recorded.")
    assert len(found) > len("0.123456")
    assert float(found) == pytest.approx(run.losses[0], rel=1e-6)


def test_of_a_gradient_the_number_that_differs_most_is_named():
    run = record(lambda p: (p**2).sum(), [1.0, 1.1], learning_rate=0.1, steps=2, names=["a", "b{}"])

    def other(params):
        return (params**2).sum() + (params[1] - 1.1) * 1e-6

    with pytest.raises(ValueError, match=r"got the gradient 2.200001 by b\{\} at .*, where 2.2"):
        plot_runs(run, other, resolution=3)


def test_simple_numbers_are_no_sign_of_a_low_precision():
    run = record(lambda p: (p**2).sum(), [1.0, 0.5], learning_rate=0.25, steps=3)
    with pytest.raises(ValueError, match=r"got 1.250001 at the run's start, where 1.25 was"):
        plot_runs(run, lambda p: (p**2).sum() + 1e-6, resolution=3)
