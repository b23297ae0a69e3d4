"""Curvature of what people bring: the right number, or one sentence that names the operation."""

from __future__ import annotations

import random
import re
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from descent import (
    InvalidValue,
    critical_learning_rate,
    hessian,
    hessian_vector_product,
    model_loss,
    record,
    sharpness,
    suggest_learning_rates,
    sweep,
)
from descent.rates.spectrum import DENSE_LIMIT
from tests.marks import slow_except

POINT = np.random.default_rng(0).standard_normal(12) * 0.7


def double(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.manual_seed(0))


class OwnDerivative(torch.autograd.Function):
    """θ², with a derivative that is right and is not differentiated again."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, *gradients):
        return 2 * ctx.saved_tensors[0] * gradients[0]


class ByNumPy(torch.autograd.Function):
    """θ², with a derivative that NumPy computes: differentiated again, it counts as constant."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, *gradients):
        return torch.from_numpy(2 * ctx.saved_tensors[0].detach().numpy()) * gradients[0]


class Swirl(torch.autograd.Function):
    """θ², with a derivative that runs in circles besides, as that of no function does."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x**2).sum()

    @staticmethod
    def backward(ctx, *gradients):
        (x,) = ctx.saved_tensors
        return gradients[0] * (2 * x + x.roll(1) - x.roll(-1))


# Operations whose fused kernels have no second derivative


def attended(p):
    """Return a loss of scaled_dot_product_attention."""
    q = p.reshape(1, 1, 3, 4)
    return F.scaled_dot_product_attention(q, q + 0.5, q.sin()).pow(2).sum()


def attended_by_hand(p):
    q = p.reshape(3, 4)
    return ((q @ (q + 0.5).T / 2).softmax(-1) @ q.sin()).pow(2).sum()


def test_attention_has_the_curvature_of_its_formula():
    expected = hessian(attended_by_hand, POINT)
    np.testing.assert_allclose(hessian(attended, POINT), expected, rtol=1e-9, atol=1e-12)
    largest = np.linalg.eigvalsh(expected)[-1]
    assert sharpness(attended, POINT) == pytest.approx(largest)
    assert critical_learning_rate(attended, POINT) == pytest.approx(2 / largest)
    found = sweep(attended, POINT, [0.001, 0.002], 3)
    assert found.critical_learning_rate == pytest.approx(2 / largest)
    assert suggest_learning_rates(attended, POINT).very_small > 0


class Attention(nn.Module):
    """One layer of attention without weights to show, which PyTorch computes by a fused kernel."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


LAYERS = {
    "multihead": lambda: Attention(),
    "encoder": lambda: nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, batch_first=True),
    "encoder in eval mode": lambda: nn.TransformerEncoderLayer(4, 2, 3, batch_first=True).eval(),
    "decoder": lambda: Decoder(),
}


class Decoder(nn.Module):
    """A decoder that looks at its own inputs."""

    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerDecoderLayer(4, 2, 3, dropout=0.0, batch_first=True)

    def forward(self, x):
        return self.layer(x, x)


@pytest.mark.parametrize("name", slow_except(LAYERS, "encoder"))
def test_layers_of_attention_have_the_curvature_of_a_double_backward(name):
    torch.manual_seed(0)
    loss, start, *_ = model_loss(LAYERS[name](), double(2, 3, 4), double(2, 3, 4), nn.MSELoss())
    with sdpa_kernel(SDPBackend.MATH):
        params = torch.tensor(start, requires_grad=True)
        dense = torch.autograd.functional.hessian(loss, params).numpy()
    assert sharpness(loss, start) == pytest.approx(np.linalg.eigvalsh(dense)[-1])
    found = sweep(loss, start, [0.01, 0.02], 4, keep=2)
    assert found.critical_learning_rate == pytest.approx(2 / sharpness(loss, start))
    for run, final in zip(found.trajectories, found.final_losses, strict=True):
        assert run.losses[-1] == pytest.approx(final)


@pytest.mark.parametrize("layer", [nn.LSTM(1, 3), nn.GRU(1, 3), nn.RNN(1, 3)], ids=lambda m: str(m))
def test_recurrent_layers_have_the_curvature_of_a_double_backward(layer):
    class First(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return self.layer(x)[0]

    loss, start, *_ = model_loss(First(), double(4, 2, 1), double(4, 2, 3), nn.MSELoss())
    dense = torch.autograd.functional.hessian(loss, torch.tensor(start)).numpy()
    np.testing.assert_allclose(hessian(loss, start), dense, atol=1e-12)


def test_weight_norm_has_the_curvature_of_its_formula():
    layers = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3)), nn.Tanh(), nn.Linear(3, 1)
    x, y = double(5, 2), double(5, 1)
    loss, start, *_ = model_loss(nn.Sequential(*layers), x, y, nn.MSELoss())

    def by_hand(p):
        b1, g, v, w2, b2 = p.split([3, 3, 6, 3, 1])
        v = v.reshape(3, 2)
        hidden = (x @ (v * g[:, None] / v.norm(dim=1, keepdim=True)).T + b1).tanh()
        return (hidden @ w2 + b2 - y[:, 0]).pow(2).mean()

    torch.testing.assert_close(by_hand(torch.tensor(start)), loss(torch.tensor(start)))
    np.testing.assert_allclose(hessian(loss, start), hessian(by_hand, start), atol=1e-10)


# Rows of a Hessian at once


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_group_norm_has_its_curvature(groups):
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv1d(1, 4, 2), nn.GroupNorm(groups, 4), nn.Tanh(), nn.Flatten(), nn.Linear(12, 1)
    )
    loss, start, *_ = model_loss(module, double(6, 1, 4), double(6, 1), nn.MSELoss())
    expected = torch.autograd.functional.hessian(loss, torch.tensor(start)).numpy()
    found = hessian(loss, start)
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert sharpness(loss, start) == pytest.approx(np.linalg.eigvalsh(expected)[-1])


# Compiled code


@pytest.fixture
def unwatched():
    """Let PyTorch's compiler warn of what it likes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    torch._dynamo.reset()


@pytest.mark.parametrize("size", slow_except([3, 20, DENSE_LIMIT + 1], 20))
def test_a_compiled_function_has_the_curvature_of_what_was_compiled(size, unwatched):
    def plain(p):
        return (p**3).sum() + (p[0] * p[1:]).sin().sum()

    at = np.linspace(0.5, 1.5, size)
    compiled = torch.compile(plain, backend="aot_eager")
    assert sharpness(compiled, at) == pytest.approx(sharpness(plain, at))
    assert hessian_vector_product(compiled, at, at) == pytest.approx(
        hessian_vector_product(plain, at, at)
    )
    found, expected = (sweep(loss, at, [0.001, 0.002], 4, keep=1) for loss in (compiled, plain))
    np.testing.assert_allclose(found.final_losses, expected.final_losses)


def test_a_compiled_module_has_the_curvature_of_what_was_compiled(unwatched):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    data = double(5, 2), double(5, 1), nn.MSELoss()
    loss, start, *_ = model_loss(module, *data)
    compiled, *_ = model_loss(torch.compile(module, backend="aot_eager"), *data)
    np.testing.assert_allclose(hessian(compiled, start), hessian(loss, start), atol=1e-12)


# Operations without a second derivative are named

INDEX = torch.tensor([[0, 1], [1, 0]])
WITHOUT = {
    "cdist": lambda p: torch.cdist(p.reshape(4, 3), p.reshape(4, 3) + 1).sum(),
    "pdist": lambda p: torch.pdist(p.reshape(4, 3)).sum(),
    "ctc_loss": lambda p: F.ctc_loss(
        p.reshape(4, 1, 3).log_softmax(-1), INDEX[:1] + 1, torch.tensor([4]), torch.tensor([2])
    ),
    "embedding_bag": lambda p: (
        F.embedding_bag(torch.tensor([0, 1, 2]), p.reshape(4, 3), torch.tensor([0])).pow(2).sum()
    ),
    "multi_margin_loss": lambda p: F.multi_margin_loss(p.reshape(3, 4), torch.tensor([0, 1, 2])),
    "segment_reduce": lambda p: (
        torch.segment_reduce(p, "sum", lengths=torch.tensor([5, 7])).pow(2).sum()
    ),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_an_operation_that_has_no_second_derivative_is_named(name):
    with pytest.raises(InvalidValue) as caught:
        sharpness(WITHOUT[name], POINT)
    said = str(caught.value)
    assert re.search(rf"got {name}, which PyTorch cannot differentiate twice: \w.*\.$", said)
    assert "\n" not in said and "aten" not in said and "_backward" not in said


def test_the_repair_for_distances_works():
    def repaired(p):
        a, b = p.reshape(4, 3), p.reshape(4, 3) + 1
        return (a[:, None] - b[None, :]).norm(dim=-1).sum()

    torch.testing.assert_close(repaired(torch.tensor(POINT)), WITHOUT["cdist"](torch.tensor(POINT)))
    assert sharpness(repaired, POINT) > 0


# Differences of the gradient

FALSE = {
    "once": (lambda p: OwnDerivative.apply(p).sum(), "OwnDerivative"),
    "once, then more": (lambda p: OwnDerivative.apply(p).pow(2).sum(), "OwnDerivative"),
    "NumPy": (lambda p: ByNumPy.apply(p).pow(2).sum(), "ByNumPy"),
    "detached": (lambda p: (p.detach() * p).sum(), r"\.detach\(\)"),
}


@pytest.mark.parametrize("name", FALSE)
@pytest.mark.parametrize("size", [2, 20, DENSE_LIMIT + 1])
def test_second_derivatives_that_are_not_those_of_the_gradient_are_refused(name, size):
    loss, told = FALSE[name]
    at = np.linspace(0.5, 1.5, size)
    for measure in (sharpness, critical_learning_rate, hessian):
        with pytest.raises(InvalidValue, match=f"second derivatives of its gradient.*{told}"):
            measure(loss, at)
    with pytest.raises(InvalidValue, match="second derivatives of its gradient"):
        hessian_vector_product(loss, at, at)


def test_a_gradient_that_is_that_of_no_function_is_refused():
    with pytest.raises(InvalidValue, match="have a symmetric matrix of second derivatives.*own"):
        hessian(Swirl.apply, [0.3, 0.7, 0.2])


@pytest.mark.parametrize(
    "loss",
    [
        lambda p: (1e6 * p).sin().sum(),
        lambda p: (-(p**2) / 1e-12).exp().sum(),
        lambda p: 1e12 * (p**2).sum() + p.sum(),
        lambda p: 1e-12 * (p**2).sum() + 1e6 * p.sum(),
        lambda p: (p**2).sum() + 1e9,
        lambda p: (p - 0.5).abs().sum() + (p**2).sum(),
        lambda p: ((p + 1).log() * p).sum(),
        lambda p: F.softplus(200 * p).sum(),
        lambda p: (p * 1e-160).pow(2).sum() * 1e300,
    ],
)
@pytest.mark.parametrize("at", [[0.3, -0.7], [1e-9, 3e-9], [1e-13, 1e-13], [0.0, 50.0]])
def test_a_smooth_loss_of_any_scale_is_measured_without_a_word(loss, at):
    if torch.isfinite(loss(torch.tensor(at, dtype=torch.float64))):
        expected = torch.autograd.functional.hessian(loss, torch.tensor(at, dtype=torch.float64))
        np.testing.assert_allclose(hessian(loss, at), expected, rtol=1e-12)


def test_a_kink_is_said_and_the_curvature_returned():
    def kinked(p):
        return p.abs().sum() + (p**2).sum()

    with pytest.warns(UserWarning, match=r"gradient of the loss jumps at \[0, 1\], as at a kink"):
        assert sharpness(kinked, [0.0, 1.0]) == pytest.approx(2)
    assert sharpness(kinked, [1.0, 1.0]) == pytest.approx(2)


@pytest.mark.parametrize("seed", slow_except(range(20), *range(5)))
def test_networks_of_relus_are_never_refused(seed):
    torch.manual_seed(seed)
    module = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 1))
    loss, start, *_ = model_loss(module, double(20, 2), double(20, 1), nn.MSELoss())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The gradient of the loss jumps")
        found = sharpness(loss, start)
    dense = torch.autograd.functional.hessian(loss, torch.tensor(start))
    assert found == pytest.approx(np.linalg.eigvalsh(dense.numpy())[-1])


class Counted:
    """A smooth loss that counts how often it is evaluated."""

    def __init__(self):
        self.calls = 0

    def __call__(self, p):
        self.calls += 1
        return (p**4).sum() + (p[0] * p[1:]).sin().sum()


@pytest.mark.parametrize("size", [3, DENSE_LIMIT + 1])
def test_a_place_is_checked_once_by_a_few_gradients(size):
    loss, at = Counted(), np.linspace(0.5, 1.5, size)
    sharpness(loss, at)
    first, loss.calls = loss.calls, 0
    sharpness(loss, at)
    again, loss.calls = loss.calls, 0
    # Two gradients, and three values that show whether it is a function.
    assert first - again == 5
    sharpness(loss, at + 0.1)
    assert loss.calls == again + 2, "once for each loss it is seen whether it is a function"


def test_a_loss_that_is_refused_is_refused_again():
    for _ in range(2):
        with pytest.raises(InvalidValue, match="second derivatives of its gradient"):
            sharpness(FALSE["once"][0], [1.0, 2.0])


def test_random_states_and_buffers_are_as_they_were():
    module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)).double()
    x, shapes = double(6, 2), [p.shape for p in module.parameters()]

    def loss(p):
        pieces = p.split([shape.numel() for shape in shapes])
        state = {
            name: piece.view(shape)
            for (name, _), piece, shape in zip(
                module.named_parameters(), pieces, shapes, strict=True
            )
        }
        return torch.func.functional_call(module, state, (x,)).pow(2).mean()

    start = torch.cat([p.detach().reshape(-1) for p in module.parameters()]).numpy()
    record(loss, start, learning_rate=0.1, steps=1)
    buffers = [buffer.clone() for buffer in module.buffers()]
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    found = sharpness(loss, start)
    assert found > 0
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1:] == (np.random.get_state()[1].tolist(), random.getstate())  # noqa: NPY002
    for before, after in zip(buffers, module.buffers(), strict=True):
        assert torch.equal(before, after)


def test_a_loss_that_draws_has_no_curvature():
    module = nn.Sequential(nn.Linear(2, 30), nn.Dropout(), nn.Linear(30, 1))
    loss, start, *_ = model_loss(module, double(6, 2), double(6, 1), nn.MSELoss())
    with pytest.raises(InvalidValue, match=r"module\.eval\(\)"):
        critical_learning_rate(loss, start)
    before = torch.get_rng_state()
    loss, start, *_ = model_loss(module.eval(), double(6, 2), double(6, 1), nn.MSELoss())
    before = torch.get_rng_state()
    assert critical_learning_rate(loss, start) > 0
    assert torch.equal(before, torch.get_rng_state())
