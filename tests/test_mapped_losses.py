"""Sweeps of what people bring: equal to the recordings, or refused with advice that works."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from descent import InvalidValue, critical_learning_rate, model_loss, record, sharpness, sweep
from descent.sweeps.tracing import TRACED_FROM

XS = torch.linspace(0, 1, 7, dtype=torch.float64)[:, None]
START = np.random.default_rng(3).standard_normal(12) * 0.5


def double(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.manual_seed(0))


def assert_as_recorded(loss, start, rates, steps):
    found = sweep(loss, start, rates, steps)
    for place, rate in enumerate(rates):
        run = record(loss, start, learning_rate=rate, steps=steps)
        assert found.final_losses[place] == pytest.approx(run.losses[-1], rel=1e-9)
        assert found.behaviors[place] == run.behavior
    return found


# Layers with state


STATEFUL = {
    "batch norm": lambda: [nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)],
    "batch norm 2d": lambda: [
        nn.Unflatten(1, (1, 1, 2)),
        nn.Conv2d(1, 3, 1),
        nn.BatchNorm2d(3, momentum=None),
        nn.Flatten(),
        nn.Linear(6, 1),
    ],
    "instance norm": lambda: [
        nn.Unflatten(1, (1, 2)),
        nn.Conv1d(1, 3, 1),
        nn.InstanceNorm1d(3, affine=True, track_running_stats=True),
        nn.Flatten(),
        nn.Linear(6, 1),
    ],
    "average": lambda: [nn.Linear(2, 4), Averaging(4), nn.Linear(4, 1)],
    "dropout of nothing": lambda: [nn.Linear(2, 4), nn.Dropout(0.0), nn.Linear(4, 1)],
}


class Averaging(nn.Module):
    """A layer that keeps a running average of its own, which it does not use yet."""

    def __init__(self, size):
        super().__init__()
        self.register_buffer("average", torch.zeros(size))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        self.average.mul_(0.9).add_(0.1 * x.mean(0).detach())
        self.calls += 1
        return x.tanh()


@pytest.mark.parametrize("name", STATEFUL)
def test_a_layer_that_keeps_statistics_is_swept_as_it_is_recorded(name):
    torch.manual_seed(0)
    module = nn.Sequential(*STATEFUL[name]())
    loss, start, *_ = model_loss(module, double(9, 2), double(9, 1), nn.MSELoss())
    found = assert_as_recorded(loss, start, [0.01, 0.1, 0.3], 20)
    assert found.critical_learning_rate == pytest.approx(critical_learning_rate(loss, start))
    assert sharpness(loss, start) > 0


# What cannot be computed for many at once is named, and the advice works


def output(p, x):
    return torch.tanh(x * p[:4] + p[4:8]) @ p[8:]


def by_autograd(p):
    x = XS.clone().requires_grad_()
    u = output(p, x)
    (slope,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    return (slope[:, 0] + u).pow(2).mean()


def by_attribute(p):
    x = XS.clone()
    x.requires_grad = True
    u = output(p, x)
    return (torch.autograd.grad(u.sum(), x, create_graph=True)[0][:, 0] + u).pow(2).mean()


def by_func(p):
    slope = torch.func.grad(lambda x: output(p, x).sum())(XS)
    return (slope[:, 0] + output(p, XS)).pow(2).mean()


def filled(p):
    table = torch.zeros(12, dtype=torch.float64)
    for place in range(12):
        table[place] = p[place] ** 2
    return table.sum()


def filled_anew(p):
    table = p.new_zeros(12)
    for place in range(12):
        table[place] = p[place] ** 2
    return table.sum()


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, *gradients):
        return 2 * ctx.saved_tensors[0] * gradients[0]


class SquaredOfMany(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x**2

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    backward = Squared.backward


class WithoutRule(SquaredOfMany):
    generate_vmap_rule = False


def gaussian(params, **options):
    params = params[:2]
    covariance = torch.diag_embed(params.exp())
    mean, place = torch.tensor([[1.0, 2.0], [0.5, 1.0]], dtype=torch.float64)
    normal = torch.distributions.MultivariateNormal(mean, covariance, **options)
    return (params**2).sum() - normal.log_prob(place)


def mixture(params, **options):
    params = params[:2]
    covariances = torch.diag_embed(params.exp()[:, None].expand(2, 2))
    means, place = torch.zeros(2, 2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    normals = torch.distributions.MultivariateNormal(means, covariances, **options)
    weights = torch.distributions.Categorical(logits=params)
    return -torch.distributions.MixtureSameFamily(weights, normals).log_prob(place)


ADVICE = {
    "a function of one's own": (
        lambda p: Squared.apply(p).sum(),
        "Squared, a torch.autograd.Function .* give it a setup_context and generate_vmap_rule",
        lambda p: SquaredOfMany.apply(p).sum(),
    ),
    "a function without a rule": (
        lambda p: WithoutRule.apply(p).sum(),
        "WithoutRule, .* generate_vmap_rule = True, or record each rate by itself",
        lambda p: SquaredOfMany.apply(p).sum(),
    ),
    "autograd.grad": (by_autograd, "torch.func.grad in place of torch.autograd.grad", by_func),
    "if": (
        lambda p: p.sum() ** 2 if p[0] > 100 else (p**2).sum(),
        r"torch\.where in place of if, and no \.item\(\)",
        lambda p: torch.where(p[0] > 100, p.sum() ** 2, (p**2).sum()),
    ),
    "item": (
        lambda p: (p**2).sum() * (1 + 0 * p[0].item()),
        r"no \.item\(\)",
        lambda p: (p**2).sum(),
    ),
    "max": (
        lambda p: max(p[0] ** 2, p[1] ** 2) + (p**2).sum(),
        r"use tensor operations only",
        lambda p: torch.maximum(p[0] ** 2, p[1] ** 2) + (p**2).sum(),
    ),
    "mask": (
        lambda p: (p[p > 0] ** 2).sum(),
        r"torch\.where in place of picking",
        lambda p: torch.where(p > 0, p**2, 0).sum(),
    ),
    "distribution": (
        gaussian,
        r"MultivariateNormal of torch\.distributions, .* pass validate_args=False to Multivar",
        lambda p: gaussian(p, validate_args=False),
    ),
    "mixture": (
        mixture,
        r"MultivariateNormal of torch\.distributions, .* pass validate_args=False to Multivar",
        lambda p: mixture(p, validate_args=False),
    ),
    "writing": (filled, r"params\.new_zeros", filled_anew),
}


@pytest.fixture
def validating():
    """Let distributions check their arguments, which torch.compile in an earlier test ends."""
    before = torch.distributions.Distribution._validate_args
    torch.distributions.Distribution.set_default_validate_args(True)
    yield
    torch.distributions.Distribution.set_default_validate_args(before)


@pytest.mark.usefixtures("validating")
@pytest.mark.parametrize("name", ADVICE)
def test_what_cannot_be_mapped_is_refused_with_advice_that_works(name):
    loss, advice, followed = ADVICE[name]
    with pytest.raises(InvalidValue, match=f"torch.func.vmap; got .*{advice}") as caught:
        sweep(loss, START, [0.01, 0.1], 5)
    assert "\n" not in str(caught.value) and "vmap:" not in str(caught.value)
    torch.testing.assert_close(followed(torch.tensor(START)), loss(torch.tensor(START)))
    assert_as_recorded(followed, START, [0.01, 0.1], 5)
    for rate in (0.01, 0.1):
        assert record(loss, START, learning_rate=rate, steps=5).steps == 5


def test_a_derivative_that_can_be_mapped_all_the_same_is_the_right_one():
    assert_as_recorded(by_attribute, START, [0.01, 0.1], 5)


def test_what_is_seeded_inside_a_loss_is_swept_as_it_is_recorded():
    def seeded(p):
        generator = torch.manual_seed(7)
        return ((p * (1 + 0.1 * torch.randn(12, generator=generator, dtype=p.dtype))) ** 2).sum()

    assert_as_recorded(seeded, START, [0.01, 0.1], 5)


# Few evaluations are not worth tracing


def unrolled(p):
    """Return the end of an ordinary differential equation, after forty steps of Runge and Kutta."""
    y, h = torch.stack([p[0], p[1]]), 0.05

    def slope(y):
        return torch.stack([y[1], -p[2] * y[0].sin() - p[3] * y[1]])

    for _ in range(40):
        a = slope(y)
        b = slope(y + h / 2 * a)
        c = slope(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + slope(y + h * c))
    return (y - 0.5).pow(2).sum()


class Tracings:
    """How often PyTorch traced something."""

    def __init__(self, monkeypatch):
        from torch.fx.experimental import proxy_tensor

        self.count, make = 0, proxy_tensor.make_fx

        def counted(*args, **options):
            self.count += 1
            return make(*args, **options)

        monkeypatch.setattr(proxy_tensor, "make_fx", counted)


def test_few_runs_of_few_steps_are_not_traced(monkeypatch):
    tracings = Tracings(monkeypatch)
    assert_as_recorded(unrolled, [0.3, 0.1, 2.0, 0.2], [0.01, 0.02, 0.05], 10)
    assert tracings.count == 0


def test_many_steps_are_traced_once(monkeypatch):
    tracings = Tracings(monkeypatch)
    assert_as_recorded(lambda p: (p**2).sum(), [0.3, 0.1], [0.01, 0.02], TRACED_FROM)
    assert tracings.count == 1


def test_many_runs_are_traced_once(monkeypatch):
    tracings = Tracings(monkeypatch)
    sweep(lambda p: (p**2).sum(), [0.3, 0.1], np.linspace(0.1, 0.2, 40_000), 20)
    assert tracings.count == 1


def test_a_sweep_says_why_it_has_no_boundary():
    def loss(p):
        return torch.cdist(p.reshape(4, 3), p.reshape(4, 3) + 1).sum()

    with pytest.warns(UserWarning, match="no boundary 2 / sharpness: .*; got cdist, which"):
        found = sweep(loss, START, [0.01, 0.02], 3)
    assert found.critical_learning_rate is None and (found.final_losses < found.first_loss).all()


@pytest.mark.filterwarnings("error")
def test_what_pytorch_computes_one_by_one_is_computed_without_its_warning():
    assert_as_recorded(lambda p: torch.renorm(p[:, None], 2, 0, 1.0).sum(), START, [0.01, 0.02], 3)


# Two formulas of PyTorch's


def test_a_singular_determinant_has_another_gradient_for_many_which_is_said():
    def loss(p):
        return torch.linalg.det(p.reshape(3, 3)) + 0.1 * (p**2).sum()

    singular = np.ones(9) / 2
    singular[0], singular[4] = 1.0, 0.75  # of which every processor computes the determinant 0.0
    singular[6:] = singular[3:6]
    alone = record(loss, singular, learning_rate=0.01, steps=1).gradients[0]
    true = torch.func.grad(loss)(torch.tensor(singular)).numpy()
    assert not np.allclose(alone, true), "PyTorch has two formulas for it"
    with pytest.warns(UserWarning, match="which descent.record follows: this sweep shows other"):
        found = sweep(loss, singular, [0.01], 1)
    moved = torch.tensor(singular - 0.01 * true)
    assert found.final_losses[0] == pytest.approx(loss(moved).item())


def test_large_logits_have_two_formulas_that_no_picture_shows():
    x, y = torch.tensor([[1.0], [-1.0]]), torch.tensor([[1.0], [0.0]])
    module = nn.Linear(1, 1)
    nn.init.constant_(module.weight, 40.0)
    nn.init.zeros_(module.bias)
    loss, start, *_ = model_loss(module, x, y, nn.BCEWithLogitsLoss())
    with pytest.warns(UserWarning, match="which descent.record follows"):
        found = sweep(loss, start, [0.1, 1.0], 5)
    assert (found.final_losses < 1e-15).all()
    nn.init.constant_(module.weight, 0.5)
    loss, start, *_ = model_loss(module, x, y, nn.BCEWithLogitsLoss())
    assert_as_recorded(loss, start, [0.1, 1.0], 5)


def test_the_names_of_functions_are_those_that_people_write():
    with pytest.raises(InvalidValue, match=r"got torch\.Tensor\.item, which vmap cannot do"):
        sweep(lambda p: (p**2).sum() * p[0].item(), START, [0.1], 2)
    with pytest.raises(InvalidValue, match=r"got torch\.autograd\.grad, which vmap cannot do"):
        sweep(by_autograd, START, [0.1], 2)


def test_what_pytorch_does_for_one_run_after_the_other_is_swept_without_its_warnings():
    given = torch.randn(4, 2), torch.randn(4, 2)
    # Of which it has no rule for many at once.
    loss, start, _ = model_loss(nn.Bilinear(2, 2, 1), given, torch.randn(4, 1), nn.MSELoss())
    assert_as_recorded(loss, start, [0.01, 0.02], 3)


class Checkpointed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return checkpoint(lambda z: torch.tanh(self.layer(z)), x, use_reentrant=False)


def test_what_is_evaluated_again_for_its_gradient_is_refused_by_a_sweep_with_the_repair():
    data = torch.ones(3, 2), torch.ones(3, 1)
    loss, start, _ = model_loss(Checkpointed(), *data, nn.MSELoss())
    with pytest.raises(ValueError, match=r"checkpoint: leave that out, or record each rate by"):
        sweep(loss, start, [0.1, 0.2], 3)


def test_a_distribution_that_cannot_be_swept_is_named():
    counts = torch.tensor([1.0, 2.0], dtype=torch.float64)

    def loss(params):
        return -torch.distributions.Multinomial(3, logits=params[:2]).log_prob(counts)

    is_validating = torch.distributions.Distribution._validate_args
    message = r"got Multinomial of torch\.distributions, which vmap cannot do: record each rate"
    with pytest.raises(InvalidValue, match=message):
        sweep(loss, START, [0.1], 5)
    assert torch.distributions.Distribution._validate_args is is_validating
