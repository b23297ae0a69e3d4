"""What is computed on the CPU stays there, whatever torch's default device and modes are."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
import torch

import descent
from descent.views.budget import fitting_sample

POINT, WINDOW = [2.0, 1.0], [(-1.0, 1.0), (-1.0, 1.0)]
ROWS = [[1.0, 2.0], [2.0, 3.0]]


def bowl(params):
    return params[0] ** 2 + 3 * params[1] ** 2


def wide_bowl(params):
    return (params**2).sum() * torch.arange(1.0, 3.0).double().sum()


def on_a_plane():
    plane = descent.random_plane([2.0, 1.0, 3.0], seed=0)
    return descent.sharpness(plane.restrict(lambda params: (params**2).sum()), [0, 0])


CALLS = {
    "sharpness": lambda: descent.sharpness(bowl, POINT),
    "sharpness of many": lambda: descent.sharpness(wide_bowl, [1.0] * 120),
    "hessian": lambda: descent.hessian(bowl, POINT),
    "hessian at once": lambda: descent.hessian(wide_bowl, [1.0] * 20),
    "product": lambda: descent.hessian_vector_product(bowl, POINT, [1, 1]),
    "critical": lambda: descent.critical_learning_rate(bowl, POINT),
    "best": lambda: descent.best_learning_rate(bowl, POINT),
    "along": lambda: descent.sharpness_along(
        bowl, descent.record(bowl, POINT, learning_rate=0.1, steps=3)
    ),
    "suggested": lambda: repr(descent.suggest_learning_rates(bowl, POINT)),
    "central": lambda: descent.central_differences(bowl, POINT, 0.1),
    "forward": lambda: descent.forward_differences(bowl, POINT, 0.1),
    "errors": lambda: descent.difference_errors(bowl, POINT).errors,
    "checked": lambda: descent.check_loss(bowl, POINT)[1],
    "graph": lambda: repr(descent.backward_graph(bowl, POINT)),
    "recorded": lambda: descent.record(bowl, POINT, learning_rate=0.1, steps=3).iterates,
    "swept": lambda: descent.sweep(bowl, POINT, [0.1, 0.2], 5, keep=2).final_losses,
    "sampled": lambda: descent.sample(bowl, WINDOW, 5).values,
    "sampled one by one": lambda: descent.sample(lambda p: p[0] * p[1].item(), WINDOW, 5).values,
    "sampled in time": lambda: fitting_sample(bowl, WINDOW, (5, 5)).values,
    "turned bowl": lambda: descent.check_loss(descent.quadratic_bowl(4, angle=30), POINT)[1],
    "neuron": lambda: descent.check_loss(descent.neuron_loss(ROWS), POINT)[1],
    "plane": on_a_plane,
}


@contextmanager
def meta_by_default():
    """A tensor on the meta device has no numbers: what is made there fails."""
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@pytest.mark.parametrize("mode", [meta_by_default, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_neither_the_default_device_nor_a_mode_without_autograd_changes_anything(call, mode):
    expected = call()
    with mode():
        np.testing.assert_array_equal(call(), expected)
