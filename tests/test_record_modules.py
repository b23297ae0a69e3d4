"""A module is descended as an ordinary float64 loop descends it, to the bit."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import descent
from descent import InvalidValue, model_loss, record
from tests.marks import slow_except

X = torch.linspace(-1, 1, 48).reshape(16, 3)
Y = torch.sin(torch.linspace(0, 6, 128)).reshape(16, 8)
TOKENS = torch.tensor([0, 1, 1, 4])


def layers(*more, bias=True):
    return nn.Sequential(nn.Linear(3, 8, bias=bias), *more)


class Remembering(nn.Module):
    """Adds a share of its last output, kept in an attribute."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(3, 8), torch.zeros(16, 8, dtype=torch.float64)

    def forward(self, x):
        result = self.layer(x) + 0.1 * self.last[: len(x)]
        self.last = result.detach()
        return result


class Drawing(nn.Module):
    """Adds noise from a generator of its own."""

    def __init__(self):
        super().__init__()
        self.layer, self.generator = nn.Linear(3, 8), torch.Generator().manual_seed(4)

    def forward(self, x):
        result = self.layer(x)
        noise = torch.randn(result.shape, generator=self.generator, dtype=x.dtype)
        return result + 0.1 * noise


class Recurrent(nn.Module):
    """Hands its state on from one call to the next, and lists what it saw."""

    def __init__(self):
        super().__init__()
        self.layer, self.state, self.seen = nn.LSTM(3, 8, batch_first=True), None, []

    def forward(self, x):
        result, state = self.layer(x[:, None], self.state)
        self.state = [one.detach() for one in state]
        self.seen.append(result.mean().item())
        return result[:, 0] * (1 + 0.01 * len(self.seen))


class Centered(nn.Module):
    """Takes off a moving mean, which is a new buffer at each call."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 8)
        self.register_buffer("mean", torch.zeros(8))

    def forward(self, x):
        result = self.layer(x)
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * result.mean(0).detach()
        return result - self.mean


class HalfUsed(nn.Module):
    """Has a layer that nothing depends on, which torch's optimizers leave alone."""

    def __init__(self):
        super().__init__()
        self.used, self.idle = nn.Linear(3, 8), nn.Linear(3, 8)

    def forward(self, x):
        return self.used(x)


def by_hand(module, steps, optimizer, *, has_closure=False, data=(X, Y)):
    """Return iterates and losses of an ordinary loop."""
    module = copy.deepcopy(module).double()
    inputs, targets = (one.double() if one.is_floating_point() else one for one in data)
    stepper, iterates, losses = optimizer(module.parameters()), [], []

    def closure():
        stepper.zero_grad()
        loss = nn.functional.mse_loss(module(inputs), targets)
        loss.backward()
        return loss

    for _ in range(steps):
        iterates.append(nn.utils.parameters_to_vector(module.parameters()).detach().numpy())
        if has_closure:
            losses.append(stepper.step(closure).item())
        else:
            losses.append(closure().item())
            stepper.step()
    iterates.append(nn.utils.parameters_to_vector(module.parameters()).detach().numpy())
    return np.array(iterates), np.array(losses)


def check_as_by_hand(module, steps, optimizer="SGD", rate=0.1, **options):
    loss, start, _ = model_loss(module, X, Y, nn.MSELoss())
    cls = getattr(torch.optim, optimizer)
    torch.manual_seed(7)
    expected = by_hand(
        module,
        steps,
        lambda parameters: cls(parameters, lr=rate, **options),
        has_closure=optimizer == "LBFGS",
    )
    for _ in range(2):  # each recording begins in the same state
        torch.manual_seed(7)
        run = record(loss, start, learning_rate=rate, steps=steps, optimizer=optimizer, **options)
        np.testing.assert_array_equal(run.iterates, expected[0])
        np.testing.assert_array_equal(run.losses[:-1], expected[1])


STATES = {
    "spectral_norm": lambda: parametrizations.spectral_norm(nn.Linear(3, 8)),
    "old spectral_norm": lambda: nn.utils.spectral_norm(nn.Linear(3, 8)),
    "batch norm": lambda: layers(nn.BatchNorm1d(8)),
    "mean of all batches": lambda: layers(nn.BatchNorm1d(8, momentum=None)),
    "an attribute": Remembering,
    "a generator": Drawing,
    "a state and a list": Recurrent,
    "a moving mean": Centered,
    "dropout": lambda: layers(nn.Dropout(0.3)),
    "random slopes": lambda: layers(nn.RReLU()),
    "both": lambda: parametrizations.spectral_norm(layers(nn.Dropout(0.3))[0]),
}


@pytest.mark.parametrize("name", STATES)
def test_state_and_random_numbers_go_along_as_in_an_ordinary_loop(name):
    torch.manual_seed(0)
    check_as_by_hand(STATES[name](), 60)


@pytest.mark.parametrize("make", [STATES["spectral_norm"], STATES["dropout"]])
def test_an_optimizer_with_a_closure_evaluates_no_more_than_in_an_ordinary_loop(make):
    torch.manual_seed(0)
    check_as_by_hand(make(), 8, "LBFGS", max_iter=3)


OPTIMIZERS = sorted(
    name
    for name, cls in vars(torch.optim).items()
    if isinstance(cls, type) and name not in ("Optimizer", "SparseAdam")
)


@pytest.mark.parametrize("optimizer", slow_except(OPTIMIZERS, "SGD", "Adam", "Muon", "Adafactor"))
def test_every_optimizer_moves_a_modules_own_tensors(optimizer):
    torch.manual_seed(0)
    tanh = nn.Tanh()
    deep = nn.Sequential(nn.Linear(3, 6, bias=False), tanh, nn.Linear(6, 8, bias=False))
    shallow = nn.Sequential(nn.Linear(3, 6), tanh, nn.Linear(6, 8))
    steps = 4 if optimizer == "LBFGS" else 50
    check_as_by_hand(deep if optimizer == "Muon" else shallow, steps, optimizer, rate=0.02)


def test_parameters_that_nothing_depends_on_stay_where_they_are_as_torch_leaves_them():
    torch.manual_seed(0)
    module = HalfUsed()
    check_as_by_hand(module, 20, "Adam", weight_decay=0.5)
    loss, start, _ = model_loss(module, X, Y, nn.MSELoss())
    run = record(loss, start, learning_rate=0.1, steps=20, optimizer="Adam", weight_decay=0.5)
    assert (run.gradients[:, 32:] == 0).all() and (run.iterates[:, 32:] == start[32:]).all()


def test_a_start_of_ones_own_is_where_the_module_begins():
    torch.manual_seed(0)
    loss, start, _ = model_loss(layers(), X, Y, nn.MSELoss())
    first = record(loss, start, learning_rate=0.1, steps=10)
    rest = record(loss, first.iterates[4], learning_rate=0.1, steps=6)
    np.testing.assert_array_equal(rest.iterates, first.iterates[4:])


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "Adafactor"])
def test_groups_of_whole_tensors_are_torchs_own(optimizer):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 8))
    loss, start, names = model_loss(module, X, Y, nn.MSELoss())
    groups = [int(name.startswith("b")) for name in names]
    request = {"steps": 20, "optimizer": optimizer, "groups": groups}
    run = record(loss, start, learning_rate=[0.05, 0.02], **request)

    def grouped(parameters):
        first, second, third, fourth = parameters
        pairs = [([first, third], 0.05), ([second, fourth], 0.02)]
        return getattr(torch.optim, optimizer)([{"params": p, "lr": lr} for p, lr in pairs])

    np.testing.assert_array_equal(run.iterates, by_hand(module, 20, grouped)[0])


def test_groups_that_cut_through_tensors_are_one_vector_each():
    torch.manual_seed(0)
    loss, start, _ = model_loss(layers(), X, Y, nn.MSELoss())
    groups = [k % 2 for k in range(len(start))]
    run = record(loss, start, learning_rate=[0.1, 0.02], steps=9, groups=groups)
    step = run.iterates[:-1] - run.learning_rates * run.gradients[:-1]
    np.testing.assert_allclose(run.iterates[1:], step, rtol=1e-14, atol=1e-16)
    with pytest.raises(InvalidValue, match="got Muon, which needs matrices"):
        record(loss, start, learning_rate=[0.1, 0.02], steps=9, groups=groups, optimizer="Muon")


def test_the_loss_of_all_data_advances_no_state_and_draws_nothing_beside_the_batches():
    torch.manual_seed(0)
    module = nn.Sequential(STATES["spectral_norm"](), nn.Dropout(0.3), Last())
    loss, start, _ = model_loss(module, X, Y, nn.MSELoss(), batch_size=4, seed=3)
    generator = torch.Generator().manual_seed(3)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X.double(), Y.double()),
        4,
        shuffle=True,
        generator=generator,
    )
    torch.manual_seed(7)
    run = record(loss, start, learning_rate=0.1, steps=12)
    twin, losses, batches = copy.deepcopy(module).double(), [], []
    stepper = torch.optim.SGD(twin.parameters(), lr=0.1)
    for _ in range(3):
        batches += list(loader)
    torch.manual_seed(7)
    for inputs, targets in batches:
        stepper.zero_grad()
        value = nn.functional.mse_loss(twin(inputs), targets)
        value.backward()
        stepper.step()
        losses.append(value.item())
    np.testing.assert_array_equal(run.batch_losses[:-1], losses)
    end = nn.utils.parameters_to_vector(twin.parameters()).detach().numpy()
    np.testing.assert_array_equal(run.iterates[-1], end)


class Last(nn.Module):
    """Counts its calls in an attribute and in a buffer, and scales by both."""

    def __init__(self):
        super().__init__()
        self.calls = 0
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x):
        self.calls, self.count = self.calls + 1, self.count + 1
        return x / (self.calls + self.count)


@pytest.mark.parametrize("name", ["spectral_norm", "an attribute", "dropout"])
def test_pictures_and_curvature_of_what_is_no_function_are_refused_with_a_repair(name):
    torch.manual_seed(0)
    loss, start, _ = model_loss(STATES[name](), X, Y, nn.MSELoss())
    run = record(loss, start, learning_rate=0.1, steps=3)
    for ask in (
        lambda: run.plot(loss),
        lambda: descent.sweep(loss, start, [0.1], 3),
        lambda: descent.sample(descent.path_plane(run).restrict(loss), ((-1, 1), (-1, 1)), 5),
        lambda: descent.central_differences(loss, start, 1e-3),
        lambda: descent.critical_learning_rate(loss, start),
        lambda: descent.hessian_vector_product(loss, start, start),
        lambda: descent.suggest_learning_rates(loss, start),
    ):
        with pytest.raises(InvalidValue, match="loss must be one function of its parameters; got"):
            ask()


def test_curvature_of_batch_norm_in_training_is_that_of_the_batch():
    torch.manual_seed(0)
    loss, start, _ = model_loss(STATES["batch norm"](), X, Y, nn.MSELoss())
    h = 1e-5
    rows = np.eye(len(start)) * h
    slopes = [descent.check_loss(loss, start + row)[1] for row in (*rows, *-rows)]
    dense = (np.array(slopes[: len(start)]) - slopes[len(start) :]) / (2 * h)
    largest = np.linalg.eigvalsh((dense + dense.T) / 2)[-1]
    assert descent.sharpness(loss, start) == pytest.approx(largest, rel=1e-6)


def test_a_check_draws_no_random_number():
    loss, start, _ = model_loss(layers(nn.Dropout()), X, Y, nn.MSELoss())
    torch.manual_seed(0)
    before = torch.get_rng_state()
    descent.check_loss(loss, start)
    model_loss(layers(nn.Dropout()).eval(), X, Y, nn.MSELoss())
    with pytest.raises(InvalidValue):
        descent.sharpness(loss, start)
    after = torch.get_rng_state()
    torch.manual_seed(0)
    layers(nn.Dropout())  # whose weights are drawn
    assert not torch.equal(before, after)
    assert torch.equal(torch.get_rng_state(), after)


@pytest.mark.parametrize("optimizer", ["SparseAdam", "SGD"])
def test_a_sparse_gradient_reaches_the_optimizer_as_it_is(optimizer):
    torch.manual_seed(0)
    table, targets = nn.Embedding(5, 3, sparse=True), torch.linspace(0, 1, 12).reshape(4, 3)
    loss, start, _ = model_loss(table, TOKENS, targets, nn.MSELoss())
    run = record(loss, start, learning_rate=0.05, steps=20, optimizer=optimizer)
    cls = getattr(torch.optim, optimizer)
    expected = by_hand(table, 20, lambda p: cls(p, lr=0.05), data=(TOKENS, targets))
    np.testing.assert_array_equal(run.iterates, expected[0])
    assert (run.gradients[:, 6:12] == 0).all(), "of tokens that do not occur"
