"""Mini-batches, against torch's own DataLoader."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from descent import model_loss, record, sample, sweep
from descent.models.minibatches import Shuffles
from tests.plain_loop import plain_loop

generator = torch.Generator().manual_seed(5)
X = torch.randn(11, 3, dtype=torch.float64, generator=generator)
Y = torch.randn(11, dtype=torch.float64, generator=generator)


class Weights(nn.Module):
    """A layer whose parameters are one vector, so that bits can be compared."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor([0.5, -0.2, 0.1], dtype=torch.float64))

    def forward(self, x):
        return torch.tanh(x @ self.weights)


def by_hand(module, steps, batch_size, seed, make_optimizer):
    """Return iterates, batch losses, losses and gradients of an ordinary loop over a DataLoader."""
    seeded = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(X, Y), batch_size, shuffle=True, generator=seeded)
    optimizer, criterion, rows = make_optimizer(module.parameters()), nn.MSELoss(), []
    while len(rows) <= steps:
        for inputs, targets in loader:

            def closure(inputs=inputs, targets=targets):
                optimizer.zero_grad()
                loss = criterion(module(inputs), targets)
                loss.backward()
                return loss

            loss, whole = closure().item(), criterion(module(X), Y).item()
            rows.append([vector(module), loss, whole, vector(module, lambda p: p.grad)])
            optimizer.step(closure)
    return [np.array(column) for column in zip(*rows[: steps + 1], strict=True)]


def vector(module, of=lambda p: p):
    pieces = [of(p).detach().reshape(-1) for p in module.parameters()]
    return torch.cat(pieces).numpy().copy()


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [("SGD", {}), ("SGD", {"momentum": 0.9}), ("Adam", {}), ("LBFGS", {"max_iter": 2})],
)
@pytest.mark.parametrize("batch_size", [1, 4, 11])
def test_descent_on_batches_is_that_over_a_dataloader_to_the_bit(batch_size, optimizer, options):
    loss, start, names = model_loss(Weights(), X, Y, nn.MSELoss(), batch_size, seed=3)
    request = {"learning_rate": 0.1, "optimizer": optimizer, **options}
    run = record(loss, start, steps=25, names=names, **request)
    cls = getattr(torch.optim, optimizer)
    expected = by_hand(Weights(), 25, batch_size, 3, lambda p: cls(p, lr=0.1, **options))
    found = (run.iterates, run.batch_losses, run.losses, run.gradients)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_descent_of_a_network_on_batches_is_that_over_a_dataloader():
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
    loss, start, _ = model_loss(network, X, Y, nn.MSELoss(), batch_size=4, seed=8)
    run = record(loss, start, learning_rate=0.1, steps=20)
    sgd = torch.optim.SGD
    expected = by_hand(network.double(), 20, 4, 8, lambda parameters: sgd(parameters, lr=0.1))
    np.testing.assert_allclose(run.iterates, expected[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(run.batch_losses, expected[1], rtol=1e-10)


def test_every_epoch_shows_every_row_once_in_a_new_order_and_a_smaller_rest():
    shuffles = Shuffles(11, 4, seed=0)
    epochs = [[shuffles.batch(3 * epoch + k).tolist() for k in range(3)] for epoch in range(4)]
    orders = [sum(batches, []) for batches in epochs]
    assert all([len(batch) for batch in batches] == [4, 4, 3] for batches in epochs)
    assert all(sorted(order) == list(range(11)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4


def test_a_batch_is_the_same_whenever_it_is_asked_for():
    shuffles = Shuffles(7, 2, seed=4)
    later = {t: shuffles.batch(t).tolist() for t in (9, 0, 30, 5)}
    fresh = Shuffles(7, 2, seed=4)
    assert all(fresh.batch(t).tolist() == later[t] for t in (0, 5, 9, 30))


def test_the_same_seed_gives_the_same_bits_and_another_seed_another_run():
    torch.manual_seed(0)
    runs = [
        record(*model_loss(Weights(), X, Y, nn.MSELoss(), 2, seed)[:2], learning_rate=0.2, steps=9)
        for seed in (1, 1, 2)
    ]
    loss, start, _ = model_loss(Weights(), X, Y, nn.MSELoss(), 2, 1)
    again = [record(loss, start, learning_rate=0.2, steps=9) for _ in range(2)]
    assert runs[0].to_bytes() == runs[1].to_bytes() == again[0].to_bytes() == again[1].to_bytes()
    assert runs[0].to_bytes() != runs[2].to_bytes()


def test_where_nobody_asks_for_batches_there_are_none():
    loss, start, _ = model_loss(Weights(), X, Y, nn.MSELoss())
    assert record(loss, start, learning_rate=0.1, steps=3).batch_losses.size == 0


def test_until_looks_at_the_loss_of_all_data():
    loss, start, _ = model_loss(Weights(), X, Y, nn.MSELoss(), batch_size=1)
    whole = record(loss, start, learning_rate=0.1, steps=40)
    target = whole.losses[0] - (whole.losses[0] - whole.losses.min()) / 2
    run = record(loss, start, learning_rate=0.1, steps=40, until=target)
    first = int((whole.losses <= target).argmax())
    assert (whole.batch_losses[:first] <= target).any()
    assert run.steps == first


def test_a_batch_that_is_not_finite_ends_the_recording():
    class Trap:
        def __call__(self, params):
            return params[0] ** 2

        def batch(self, t):
            return (lambda params: params[0] ** 2 / 0) if t == 2 else self

    run = record(Trap(), [1.0], learning_rate=0.1, steps=5)
    assert (run.steps, run.stopped_by, run.diverged) == (1, "loss", True)


def test_anything_with_a_method_batch_is_a_loss_in_batches():
    class Alternating:
        names = ("u", "v")

        def __call__(self, params):
            return (params**2).sum()

        def batch(self, t):
            return lambda params: params[t % 2] ** 2

    run = record(Alternating(), [1.0, 1.0], learning_rate=0.25, steps=2)
    np.testing.assert_array_equal(run.iterates, [[1, 1], [0.5, 1], [0.5, 0.5]])
    np.testing.assert_array_equal(run.losses, [2, 1.25, 0.5])
    np.testing.assert_array_equal(run.batch_losses, [1, 1, 0.25])
    assert run.names == ("u", "v")


def test_a_loss_in_batches_is_drawn_and_swept_as_that_over_all_data():
    module = nn.Linear(1, 1)
    batched, start, _ = model_loss(module, X[:, :1], Y[:, None], nn.MSELoss(), batch_size=2)
    whole, _, _ = model_loss(module, X[:, :1], Y[:, None], nn.MSELoss())
    swept = [sweep(loss, start, [0.05, 0.1], 5).final_losses for loss in (batched, whole)]
    drawn = [sample(loss, ((-1, 1), (-1, 1)), 5).values for loss in (batched, whole)]
    np.testing.assert_array_equal(swept[0], swept[1])
    np.testing.assert_array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be from 1 to 11; got 0"),
        ({"batch_size": 12}, ValueError, "batch_size must be from 1 to 11; got 12"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be a whole number; got 2.0"),
        ({"batch_size": True}, TypeError, "batch_size must be a whole number; got True"),
        ({"seed": -1}, ValueError, "seed must be from 0 to .*; got -1"),
        ({"seed": "x"}, TypeError, "seed must be a whole number; got 'x'"),
        ({"targets": Y.mean()}, ValueError, "as many rows as each other .*; got 11 and 0"),
        ({"targets": Y[:1]}, ValueError, "as many rows as each other .*; got 11 and 1"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_batches_that_cannot_be_are_refused_in_one_sentence(wrong, kind, message):
    request = {"inputs": X, "targets": Y, "batch_size": 2, **wrong}
    with pytest.raises(kind, match=message):
        model_loss(Weights(), criterion=nn.MSELoss(), **request)


def batch_norm():
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Linear(2, 1), nn.Flatten(0))


class Spread(nn.Module):
    """Divides by the standard deviation over the rows, which one row has none of."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        out = self.layer(x)[:, 0]
        return out / out.std()


class Halves(nn.Module):
    """Compares a row with the one four further on: a batch of four rows and more, or none."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        return self.layer(x)[:, 0] - x[:, 0].roll(1) * x[3, 0]


@pytest.mark.filterwarnings("ignore:std")
@pytest.mark.parametrize(
    ("make", "rows", "size"),
    [(batch_norm, 9, 4), (batch_norm, 11, 5), (Spread, 9, 4), (Halves, 10, 4)],
)
def test_a_last_batch_that_the_module_cannot_take_is_refused_before_any_step(make, rows, size):
    x, y = X[:rows], Y[:rows]
    with pytest.raises(
        ValueError, match=r"^batch_size must .* a last batch of . rows?, on"
    ) as told:
        model_loss(make(), x, y, nn.MSELoss(), size)
    assert str(told.value).endswith(": give drop_last=True.")
    assert str(told.value).count(": ") <= 2  # the error's name, and one repair
    loss, start, _ = model_loss(make(), x, y, nn.MSELoss(), size, drop_last=True)
    assert record(loss, start, learning_rate=0.01, steps=6).stopped_by is None
    data = TensorDataset(x, y)
    with pytest.raises(
        ValueError, match=r"^inputs must .*: give drop_last=True to the DataLoader\.$"
    ):
        model_loss(make(), DataLoader(data, size), criterion=nn.MSELoss())
    model_loss(make(), DataLoader(data, size, drop_last=True), criterion=nn.MSELoss())


def test_batches_that_are_all_too_small_are_refused():
    with pytest.raises(ValueError, match=r"got a batch of 1 row, on .*: choose a larger one\.$"):
        model_loss(batch_norm(), X, Y, nn.MSELoss(), batch_size=1)


def test_without_the_last_batch_it_is_the_descent_over_a_dataloader_without_it():
    loss, start, _ = model_loss(Weights(), X, Y, nn.MSELoss(), 4, seed=3, drop_last=True)
    run = record(loss, start, learning_rate=0.1, steps=7)
    seeded = torch.Generator().manual_seed(3)
    loader = DataLoader(TensorDataset(X, Y), 4, shuffle=True, generator=seeded, drop_last=True)
    module = Weights()
    steps = (lambda b=b: nn.MSELoss()(module(b[0]), b[1]) for _ in range(4) for b in loader)
    np.testing.assert_array_equal(run.iterates, plain_loop(module.parameters(), steps, 7)[0])
    with pytest.raises(ValueError, match=r"drop_last must come with a batch_size; got True\."):
        model_loss(Weights(), X, Y, nn.MSELoss(), drop_last=True)
    with pytest.raises(ValueError, match="batch_size must be left out where inputs are batches; "):
        model_loss(Weights(), loader, None, nn.MSELoss(), 4)
