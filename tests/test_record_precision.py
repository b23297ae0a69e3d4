"""A run in another precision has that precision's arithmetic, and its numbers exactly."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector

from descent import LOSSES, model_loss, record
from descent.checks.errors import InvalidArgument

DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
X = torch.linspace(-1, 1, 24).reshape(8, 3)
Y = X.sin().sum(1, keepdim=True)


def valley(params):
    return (params[0] ** 2 + params[1] - 3) ** 2 + (params[0] - params[1]) ** 2


def loop(parameters, evaluate, optimizer, steps):
    """Return iterates, losses and gradients of an ordinary loop, in the dtype of all of it."""
    rows = []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = evaluate()
        loss.backward()
        gradient = torch.cat([one.grad.reshape(-1) for one in parameters])
        rows.append((parameters_to_vector(parameters).detach().clone(), loss.detach(), gradient))
        optimizer.step()
    return [torch.stack(column) for column in zip(*rows, strict=True)]


def assert_same(run, expected, dtype):
    """Check that the run has the numbers of a loop, each of them in the loop's precision."""
    for found, theirs in zip((run.iterates, run.losses, run.gradients), expected, strict=True):
        assert theirs.dtype == dtype and found.dtype == np.float64
        assert np.array_equal(found, theirs.double().numpy())
    assert run.dtype == str(dtype).removeprefix("torch.")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_a_loss_of_one_vector_is_descended_as_an_ordinary_loop_in_that_precision(dtype, name):
    params = torch.tensor([0.3, -0.7], dtype=dtype, requires_grad=True)
    optimizer = getattr(torch.optim, name)([params], lr=0.03)
    expected = loop([params], lambda: valley(params), optimizer, 9)
    run = record(valley, [0.3, -0.7], learning_rate=0.03, steps=9, optimizer=name, dtype=dtype)
    assert_same(run, expected, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_size", [None, 4])
def test_a_module_is_descended_as_it_is_trained_in_that_precision(dtype, batch_size):
    def network():
        torch.manual_seed(0)
        layers = torch.nn.Linear(3, 5), torch.nn.BatchNorm1d(5), torch.nn.Tanh()
        return torch.nn.Sequential(*layers, torch.nn.Linear(5, 1))

    loss, start, _ = model_loss(network(), X, Y, torch.nn.MSELoss(), batch_size, seed=3)
    run = record(loss, start, learning_rate=0.05, steps=5, dtype=str(dtype)[6:])
    model, criterion = network().to(dtype), torch.nn.MSELoss()
    x, y = X.to(dtype), Y.to(dtype)
    data = torch.utils.data.TensorDataset(x, y)
    generator = torch.Generator().manual_seed(3)
    loader = torch.utils.data.DataLoader(data, batch_size or 8, batch_size, generator=generator)
    batches = iter([batch for _ in range(6) for batch in loader])

    def evaluate():
        inputs, targets = next(batches)
        return criterion(model(inputs), targets)

    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    iterates, losses, gradients = loop(list(model.parameters()), evaluate, optimizer, 5)
    losses_of_run = run.batch_losses if batch_size else run.losses
    assert np.array_equal(run.iterates, iterates.double().numpy())
    assert np.array_equal(losses_of_run, losses.double().numpy())
    assert np.array_equal(run.gradients, gradients.double().numpy())
    assert iterates.dtype == dtype and run.dtype == str(dtype)[6:]


def test_the_default_dtype_is_restored_and_does_not_matter():
    loss, start, _ = model_loss(torch.nn.Linear(3, 1), X, Y, torch.nn.MSELoss())
    usual = record(loss, start, learning_rate=0.05, steps=3, dtype="bfloat16")
    assert torch.get_default_dtype() == torch.float32
    torch.set_default_dtype(torch.float64)
    try:
        other = record(loss, start, learning_rate=0.05, steps=3, dtype="bfloat16")
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert np.array_equal(usual.iterates, other.iterates)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_of_the_project_can_be_descended_in_single_precision(name):
    loss = LOSSES[name]
    run = record(loss, loss.start, learning_rate=1e-4, steps=2, dtype="float32")
    assert np.array_equal(run.iterates, run.iterates.astype(np.float32))
    run.plot(loss, resolution=5)


def test_groups_cut_through_a_vector_of_that_precision():
    run = record(
        valley, [0.3, -0.7], learning_rate=[0.03, 0.01], steps=4, groups=[0, 1], dtype="float32"
    )
    first, second = (torch.tensor([one], requires_grad=True) for one in (0.3, -0.7))
    optimizer = torch.optim.SGD([{"params": [first]}, {"params": [second], "lr": 0.01}], lr=0.03)
    expected = loop([first, second], lambda: valley(torch.cat([first, second])), optimizer, 4)
    assert_same(run, expected, torch.float32)


def test_a_run_of_single_precision_is_kept_in_a_file(tmp_path):
    run = record(valley, [0.3, -0.7], learning_rate=0.03, steps=4, dtype=torch.float32)
    again = type(run).load(run.save(tmp_path / "run"))
    assert again.dtype == "float32" and np.array_equal(again.iterates, run.iterates)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"dtype": "float8"}, "^dtype must be one of float64, float32, .*; got 'float8'"),
        ({"dtype": torch.int64}, "^dtype must be one of .*; got 'int64'"),
        ({"dtype": 32}, "^dtype must be one of .*, or torch's own; got 32"),
        ({"device": "meta"}, "^device must be one that torch can compute float64 on"),
        (
            {"device": "gpu"},
            "; got 'gpu', of which torch says: there is no such device.$",
        ),
        ({"device": 0}, '^device must be one of torch, such as "cuda"; got 0'),
        (
            {"dtype": "float16", "start": [1e6, 0]},
            r"^start must be finite in float16; got \[1e\+06",
        ),
        (
            {"dtype": "float32", "loss": lambda p: (p.double() ** 2).sum()},
            "^loss must return float32; got torch.float64: give its constants dtype=torch.float32",
        ),
        (
            {"dtype": "float16", "loss": lambda p: (p * 1e4).square().sum()},
            r"^loss must be finite at the start \[0.3, -0.7\]; got inf",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused_in_one_sentence(wrong, sentence):
    request = {"loss": valley, "start": [0.3, -0.7], "learning_rate": 0.1, "steps": 2} | wrong
    with pytest.raises(InvalidArgument, match=sentence):
        record(**request)


def test_a_module_that_overflows_in_half_precision_is_refused():
    loss, start, _ = model_loss(torch.nn.Linear(3, 1), X * 1e3, Y, torch.nn.MSELoss())
    with pytest.raises(InvalidArgument, match="^loss must be finite at the start in float16"):
        record(loss, start, learning_rate=0.1, steps=2, dtype="float16")
