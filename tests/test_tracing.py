"""Leaving detours out of what PyTorch wrote down changes no number."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import grad_and_value, vmap

from descent import LOSSES, model_loss
from descent.sweeps.tracing import batched_gradients, traced_gradients
from tests.quadratics import quadratics


def network():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    loss, _, _ = model_loss(model, torch.randn(4, 2), torch.randn(4, 1), torch.nn.MSELoss())
    return loss


OWN = {
    "network": (network(), 13),
    "sum": (lambda params: params.sum(), 3),
    "first power": (lambda params: params[-1] ** 1 + params[0] ** 3 * params[1] ** 1.0, 2),
    "one": (lambda params: 1.0 * params[0] * torch.ones_like(params[1]) * 1, 2),
    "repeated": (lambda params: params[0] * params[0] * params[1] + params[0] / params[1], 2),
    "some columns": (lambda params: params[1] * params[2] - params[1], 4),
    "table": (lambda params: (params.reshape(2, 2) @ params.reshape(2, 2)).trace(), 4),
    "shifted": (lambda params: ((params - torch.tensor([1.0, 2.0])) ** 2).sum(), 2),
    "in place": (lambda params: params.clone().mul_(params).add_(torch.ones(2)).sum(), 2),
    "wider": (lambda params: (torch.ones_like(params) * params[0] * params).sum(), 2),
    "written": (lambda params: (params * torch.ones(2, dtype=params.dtype).add_(2)).sum(), 2),
    "masked": (lambda params: torch.where(params > 0, params**2, -params).sum(), 3),
}
CASES = OWN | {name: (loss, len(loss.start)) for name, loss in LOSSES.items()}


def assert_same_numbers(loss, params):
    expected = vmap(grad_and_value(loss), in_dims=1, out_dims=(1, 0))(params)
    module = batched_gradients(loss, params)
    for _ in range(2):  # the second time shows whether anything kept was written into
        for found, wanted in zip(module(params), expected, strict=True):
            assert torch.equal(found.nan_to_num(7.0), wanted.nan_to_num(7.0))


@pytest.mark.parametrize("name", CASES)
def test_gradients_and_losses_are_those_of_vmap_to_the_bit(name):
    loss, count = CASES[name]
    torch.manual_seed(1)
    params = torch.randn(count, 50, dtype=torch.float64)
    params[0, 0], params[0, 1], params[-1, 2] = 0.0, 1e300, -1e-300
    assert_same_numbers(loss, params)


@settings(deadline=None, max_examples=8)
@given(quadratics(), st.integers(1, 5))
def test_random_quadratics_have_the_gradients_of_vmap(quadratic, count):
    start = torch.tensor(quadratic.start)[:, None]
    assert_same_numbers(quadratic, start + torch.arange(count, dtype=torch.float64))


def operations(module):
    nodes = [node for node in module.graph.nodes if node.op == "call_function"]
    return [str(node.target).split(".")[1] for node in nodes]


def test_a_bowl_needs_no_tables_of_zeros_and_no_first_powers():
    loss, params = LOSSES["bowl"], torch.ones(2, 9, dtype=torch.float64)
    before, after = (
        operations(trace(loss, params)) for trace in (traced_gradients, batched_gradients)
    )
    assert "select_backward" in before and "select_backward" not in after
    assert "stack" in after
    assert after.count("pow") == 2 and before.count("pow") == 4
    assert len(after) < len(before) - 5


def test_a_runs_numbers_lie_side_by_side_in_the_gradients():
    params = torch.ones(2, 9, dtype=torch.float64)
    gradients, _ = batched_gradients(LOSSES["himmelblau"], params)(params)
    assert gradients.is_contiguous()


def test_a_random_number_is_never_kept_as_a_constant():
    def noisy(params):
        return (params * torch.bernoulli(torch.full((2,), 0.5, dtype=torch.float64))).sum()

    params = torch.ones(2, 3, dtype=torch.float64)
    gradients = batched_gradients(noisy, params)
    drawn = {tuple(gradients(params)[0][:, 0].tolist()) for _ in range(40)}
    assert len(drawn) > 1


def test_a_loss_that_changes_from_call_to_call_is_computed_anew_each_time():
    calls = []

    def counted(params):
        calls.append(params)
        return params.sum() * len(calls)

    params = torch.ones(2, 3, dtype=torch.float64)
    gradients = batched_gradients(counted, params)
    (_, first), (_, second) = gradients(params), gradients(params)
    assert (second > first).all()
