"""A row of a recording, put back into a module, makes it the module that it was at that step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector

import descent
from descent import load_into, model_loss, record, watch
from descent.checks.errors import InvalidArgument

X = torch.linspace(-1, 1, 12).reshape(4, 3)
Y = X.sin().sum(1, keepdim=True)


def network(dtype=torch.float32):
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1)
    ).to(dtype)


def trainable(module):
    return parameters_to_vector([one for one in module.parameters() if one.requires_grad])


class Tied(torch.nn.Module):
    """Encodes and decodes with one weight."""

    def __init__(self):
        super().__init__()
        self.one, self.other = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3, bias=False)
        self.other.weight = self.one.weight

    def forward(self, x):
        return self.other(self.one(x).tanh())


def test_a_row_of_a_recorded_loss_gives_the_module_the_loss_of_that_step():
    model = network(torch.float64)
    loss, start, _ = model_loss(model, X.double(), Y.double(), torch.nn.MSELoss())
    run = record(loss, start, learning_rate=0.1, steps=5)
    for t in (5, 0, 3):
        assert load_into(model, run.iterates[t]) is model
        assert parameters_to_vector(model.parameters()).tolist() == run.iterates[t].tolist()
        assert torch.nn.MSELoss()(model(X.double()), Y.double()).item() == run.losses[t]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_row_of_a_watched_loop_comes_back_to_the_bit_in_its_own_precision(dtype):
    model = network(dtype)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    rows = []
    with watch(model, optimizer) as watched:
        for _ in range(4):
            rows.append(trainable(model).detach().clone())
            optimizer.zero_grad()
            watched.loss(torch.nn.MSELoss()(model(X.to(dtype)), Y.to(dtype))).backward()
            optimizer.step()
    run = watched.trajectory
    buffers = [one.clone() for one in model.buffers()]
    for t in (2, 0):
        load_into(model, run.iterates[t])
        assert trainable(model).dtype == dtype
        assert torch.equal(trainable(model), rows[t])
    assert all(map(torch.equal, model.buffers(), buffers))


def test_tied_weights_are_one_and_what_is_frozen_stays():
    model = Tied()
    load_into(model, np.arange(12.0))
    assert model.other.weight is model.one.weight
    assert model.other.weight.detach().reshape(-1).tolist() == list(range(9))
    assert model.one.bias.tolist() == [9, 10, 11]
    model.one.bias.requires_grad_(False)
    load_into(model, torch.ones(9))
    assert model.one.bias.tolist() == [9, 10, 11]
    assert (model.one.weight == 1).all()


def test_the_names_of_a_run_say_which_parameters_an_optimizer_had():
    model = network()
    before = parameters_to_vector(model.parameters()).tolist()
    optimizer = torch.optim.SGD(model[2].parameters(), lr=0.1)
    with watch(model, optimizer) as watched:
        for _ in range(2):
            optimizer.zero_grad()
            watched.loss(model(X).square().mean()).backward()
            optimizer.step()
    run = watched.trajectory
    with pytest.raises(
        InvalidArgument, match="params must have 29 numbers, .*; got 5: give names=run.names too"
    ):
        load_into(model, run.iterates[0])
    load_into(model, run.iterates[0], names=run.names)
    assert parameters_to_vector(model.parameters()).tolist() == before


def test_a_compiled_module_and_one_in_parallel_are_filled_as_the_one_they_wrap():
    inner = network()
    compiled, parallel = torch.compile(inner, backend="eager"), torch.nn.DataParallel(inner)
    rows = np.random.default_rng(0).standard_normal((2, 29))
    for wrapper, row in zip((compiled, parallel), rows, strict=True):
        assert load_into(wrapper, row) is wrapper
        assert np.array_equal(trainable(inner).detach().numpy(), row.astype(np.float32))


def test_autograd_goes_on_from_a_row():
    model = torch.nn.Linear(3, 1)
    load_into(model, [1, 2, 3, 4])
    with torch.no_grad():
        load_into(model, [1, 2, 3, 5])
    model(X).sum().backward()
    assert model.weight.grad is not None and model.weight.is_leaf and model.weight.requires_grad
    kept = model.weight.square().sum()
    load_into(model, [0, 0, 0, 0])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        kept.backward()


@pytest.mark.parametrize(
    ("module", "row", "options", "sentence"),
    [
        (torch.nn.Linear(2, 1), [1, 2], {}, "^params must have 3 numbers, .* Linear; got 2"),
        (torch.nn.Linear(2, 1), [1, 2, np.nan], {}, r"^params must be finite; got \[nan\]"),
        (torch.nn.Linear(2, 1), [[1, 2, 3]], {}, r"^params must be one row .*got shape \(1, 3\)"),
        (torch.nn.Linear(2, 1), ["a"], {}, "^params must consist of numbers"),
        (torch.nn.Linear(2, 1).half(), [1, 2, 1e6], {}, "^params must be finite in float16"),
        (torch.nn.Linear, [1], {}, "^module must be a torch.nn.Module"),
        (torch.nn.LazyLinear(1), [1], {}, "^module must know the shapes"),
        (torch.nn.ReLU(), [1], {}, "^module must have parameters .* the ReLU with none"),
        (torch.nn.Linear(1, 1), [1], {"names": ("W2",)}, "^names must be those of whole param.*W2"),
        (torch.nn.Linear(2, 1), [1], {"names": ("W1[0,1]",)}, "^names must be those of whole"),
    ],
)
def test_what_is_no_row_of_a_module_is_refused_and_nothing_is_set(module, row, options, sentence):
    given = isinstance(module, torch.nn.Linear) and not isinstance(module, torch.nn.LazyLinear)
    before = trainable(module).tolist() if given else []
    with pytest.raises(InvalidArgument, match=sentence):
        load_into(module, row, **options)
    assert not given or trainable(module).tolist() == before


def test_a_run_in_place_of_a_row_is_named():
    run = record(descent.LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=1)
    with pytest.raises(InvalidArgument, match=r"got a Trajectory: give one row of its iterates"):
        load_into(torch.nn.Linear(1, 1), run)
