"""What a module may be given: numbers in lists, several arguments, datasets and loaders."""

from __future__ import annotations

import random

import numpy as np
import pandas
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
)

from descent import check_loss, model_loss, network_gradient, record, sweep
from tests.plain_loop import plain_loop

generator = torch.Generator().manual_seed(11)
X = torch.randn(9, 3, generator=generator)
Z = torch.randn(9, 2, generator=generator)
Y = torch.randn(9, 1, generator=generator)
LABELS = torch.tensor([0, 1, 2] * 3)
MSE = nn.MSELoss()


def value_of(*given, **options):
    loss, start, _ = model_loss(*given, **options)
    return check_loss(loss, start)[0]


class Sum(nn.Module):
    """Takes two arguments, and an optional flag."""

    def __init__(self):
        super().__init__()
        self.of_x, self.of_z = nn.Linear(3, 1), nn.Linear(2, 1)

    def forward(self, x, z, double=False):
        return (self.of_x(x) + self.of_z(z)) * (2 if double else 1)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def test_numbers_in_lists_are_float64_to_the_last_bit():
    neuron = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(neuron.weight)
    assert value_of(neuron, [[0.1]], [[0.3]], MSE) == pytest.approx(0.09, rel=1e-16)
    assert network_gradient(neuron, [[0.1]], [[0.3]], MSE).loss == 0.3**2


def test_a_published_networks_loss_is_met_from_lists_to_its_nine_digits():
    # Mazur, A step by step backpropagation example, https://mattmazur.com/2015/03/17/.
    network = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 2), nn.Sigmoid()).double()
    values = [[[0.15, 0.20], [0.25, 0.30]], [0.35] * 2, [[0.40, 0.45], [0.50, 0.55]], [0.60] * 2]
    for parameter, numbers in zip(network.parameters(), values, strict=True):
        parameter.data = torch.tensor(numbers, dtype=torch.float64)

    def half_squares(out, target):
        return ((target - out) ** 2).sum() / 2

    loss, start, _ = model_loss(network, [0.05, 0.10], [0.01, 0.99], half_squares)
    assert f"{check_loss(loss, start)[0]:.9f}" == "0.298371109"
    # The same source: w5 after one step with rate 0.5.
    run = record(loss, start, learning_rate=0.5, steps=1)
    assert f"{run.iterates[1][6]:.8f}" == "0.35891648"


@pytest.mark.parametrize(
    "rows",
    [
        [[0], [1], [2]],
        np.array([[0], [1], [2]]),
        torch.tensor([[0], [1], [2]]),
        torch.tensor([[0], [1], [2]], dtype=torch.uint8),
        np.array([[0.0], [1.0], [2.0]], dtype=">f4"),
        pandas.DataFrame([[0], [1], [2]]),
    ],
)
def test_whole_numbers_are_numbers_for_a_layer_that_computes_with_them(rows):
    neuron = nn.Linear(1, 1).double()
    expected = MSE(neuron(torch.tensor([[0.0], [1.0], [2.0]]).double()), torch.ones(3, 1).double())
    assert value_of(neuron, rows, [[1], [1], [1]], MSE) == expected.item()


def test_whole_numbers_stay_whole_where_they_are_looked_up():
    network = nn.Sequential(nn.Embedding(3, 2), nn.Linear(2, 3)).double()
    expected = nn.CrossEntropyLoss()(network(torch.tensor([0, 1, 2])), torch.tensor([2, 1, 0]))
    assert value_of(network, [0, 1, 2], [2, 1, 0], nn.CrossEntropyLoss()) == expected.item()


def test_of_several_whole_numbers_each_is_taken_as_its_layer_takes_it():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.word, self.number = nn.Embedding(3, 1), nn.Linear(1, 1)

        def forward(self, word, number):
            return self.word(word) + self.number(number)

    inputs = torch.tensor([0, 2, 1]), torch.tensor([[5], [6], [7]])
    module = Both().double()
    expected = MSE(module(inputs[0], inputs[1].double()), torch.zeros(3, 1).double())
    assert value_of(module, inputs, [[0], [0], [0]], MSE) == expected.item()


def test_truth_values_are_targets_of_a_binary_loss():
    module = nn.Linear(3, 1).double()
    expected = nn.BCEWithLogitsLoss()(module(X.double()), (Y > 0).double())
    assert value_of(module, X, Y > 0, nn.BCEWithLogitsLoss()) == expected.item()


@pytest.mark.parametrize("options", [{}, {"batch_size": 4}])
@pytest.mark.parametrize(
    "inputs",
    [
        (X, Z),
        [X, Z],
        (X.numpy(), Z.numpy()),
        {"z": Z, "x": X},
        {"x": X.tolist(), "z": Z.numpy(), "double": False},
        (X, Z, False),
    ],
    ids=["tuple", "list", "arrays", "dict", "mixed", "flag"],
)
def test_several_inputs_are_the_modules_arguments(inputs, options):
    module = Sum()
    loss, start, _ = model_loss(module, inputs, Y, MSE, seed=2, **options)
    run = record(loss, start, learning_rate=0.1, steps=7)
    twin, data = module.double(), [X.double(), Z.double(), Y.double()]
    seeded = torch.Generator().manual_seed(2)
    size = options.get("batch_size", len(X))
    loader = DataLoader(
        TensorDataset(*data), size, shuffle="batch_size" in options, generator=seeded
    )
    steps = (lambda b=b: MSE(twin(*b[:2]), b[2]) for _ in range(9) for b in loader)
    np.testing.assert_array_equal(run.iterates, plain_loop(twin.parameters(), steps, 7)[0])


def test_the_data_are_copied():
    x = X.clone()
    arguments = {"x": x, "z": Z.numpy().copy()}
    loss, start, _ = model_loss(Sum(), arguments, Y, MSE)
    before = check_loss(loss, start)[0]
    x *= 3
    arguments["z"] *= 3
    assert check_loss(loss, start)[0] == before


def test_data_that_are_written_into_are_refused_with_the_repair():
    class Doubling(nn.Linear):
        def forward(self, x):
            x *= 2
            return super().forward(x)

    for module, criterion in (
        (Doubling(3, 1), MSE),
        (nn.Linear(3, 1), lambda out, y: MSE(out, y.mul_(2))),
    ):
        with pytest.raises(
            ValueError, match="leave inputs and targets as they are; .*: write x = "
        ):
            model_loss(module, X, Y, criterion)


def test_inputs_of_different_lengths_are_data_but_have_no_batches():
    class Scaled(Sum):
        def forward(self, x, z):
            return super().forward(x, z[:1])

    assert value_of(Scaled(), (X, Z[:4]), Y, MSE) > 0
    with pytest.raises(ValueError, match="as many rows as each other .*; got 9 and 4 and 9"):
        model_loss(Scaled(), (X, Z[:4]), Y, MSE, batch_size=2)


def test_objects_and_packed_sequences_are_arguments_with_their_tensors_in_float64():
    class Graph:
        def __init__(self):
            self.x, self.edges = X, torch.tensor([[0, 1], [1, 2]])

    class OnGraph(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 1)

        def forward(self, graph):
            assert graph.edges.dtype == torch.int64
            return self.layer(graph.x)

    graph = Graph()
    assert value_of(OnGraph(), graph, Y, MSE) > 0
    assert graph.x.dtype == torch.float32
    packed = pack_padded_sequence(torch.randn(9, 4, 3), [4] * 5 + [2] * 4, batch_first=True)
    last = nn.GRU(3, 1, batch_first=True)
    expected = MSE(last.double()(packed._replace(data=packed.data.double()))[1][0], Y.double())
    assert value_of(last, packed, Y, lambda out, y: MSE(out[1][0], y)) == expected.item()


def test_a_module_without_inputs_and_a_loss_without_targets_are_given_none():
    class Point(nn.Module):
        def __init__(self):
            super().__init__()
            self.at = nn.Parameter(torch.tensor([3.0, 4.0]))

        def forward(self):
            return self.at

    for inputs in (None, (), {}):
        assert value_of(Point(), inputs, None, lambda out, _: (out**2).sum()) == 25


def loader_of(shuffle=False, size=4, seed=None, data=(X, Y), **options):
    own = None if seed is None else torch.Generator().manual_seed(seed)
    return DataLoader(TensorDataset(*data), size, shuffle=shuffle, generator=own, **options)


def loop_over(loader, module, steps, rate=0.1):
    """Return what a plain loop over a loader records of a float64 module."""
    values = (
        lambda b=b: MSE(module(*(part.double() for part in b[:-1])), b[-1].double())
        for _ in range(steps)
        for b in loader
    )
    return plain_loop(module.parameters(), values, steps, rate)


@pytest.mark.parametrize(
    "options", [{}, {"shuffle": True, "seed": 3}, {"size": 2, "drop_last": True}]
)
def test_steps_over_a_loader_are_those_of_a_plain_loop_over_it(options):
    module = nn.Linear(3, 1)
    loss, start, _ = model_loss(module, loader_of(**options), criterion=MSE)
    runs = [record(loss, start, learning_rate=0.1, steps=11) for _ in range(2)]
    iterates, losses = loop_over(loader_of(**options), module.double(), 11)
    for run in runs:
        np.testing.assert_array_equal(run.iterates, iterates)
        np.testing.assert_array_equal(run.batch_losses, losses)


class Noisy(Dataset):
    """Draws its noise as augmentations do: by torch, NumPy and Python."""

    def __len__(self):
        return len(X)

    def __getitem__(self, row):
        noise = np.random.normal() + random.random()  # noqa: NPY002
        return X[row] + noise + torch.rand(1), Y[row]


class Stream(IterableDataset):
    def __iter__(self):
        return iter([(X[row], Y[row]) for row in torch.randperm(len(X))])


def weighted(rows):
    own = torch.Generator().manual_seed(4)
    sampler = WeightedRandomSampler(torch.arange(9.0) + 1, 12, generator=own)
    return DataLoader(rows, 4, sampler=sampler)


def batched(rows):
    own = torch.Generator().manual_seed(4)
    return DataLoader(
        rows, batch_sampler=BatchSampler(RandomSampler(rows, generator=own), 2, False)
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: weighted(rows),
        lambda rows: batched(rows),
        lambda _: DataLoader(Noisy(), 4, shuffle=True),
        lambda _: DataLoader(Stream(), 4),
        lambda rows: DataLoader(Subset(rows, [1, 2, 3, 4, 5]), 2),
    ],
    ids=["weighted", "batch sampler", "augmented", "stream", "subset"],
)
def test_whatever_a_loader_draws_its_batches_are_those_of_a_plain_loop_again_and_again(make):
    module, rows = nn.Linear(3, 1), TensorDataset(X, Y)

    def seeded():
        torch.manual_seed(5)
        np.random.seed(5)  # noqa: NPY002
        random.seed(5)
        return make(rows)

    loss, start, _ = model_loss(module, seeded(), criterion=MSE)
    runs = [record(loss, start, learning_rate=0.05, steps=7) for _ in range(2)]
    iterates, _ = loop_over(seeded(), module.double(), 7, 0.05)
    for run in runs:
        np.testing.assert_array_equal(run.iterates, iterates)


def test_a_loader_shuffles_from_torchs_own_state_and_leaves_it_as_it_was():
    module, loader = nn.Linear(3, 1), loader_of(shuffle=True)
    torch.manual_seed(21)
    loss, start, _ = model_loss(module, loader, criterion=MSE)
    run = record(loss, start, learning_rate=0.1, steps=11)
    iterates, _ = loop_over(loader, module.double(), 11)
    np.testing.assert_array_equal(run.iterates, iterates)


def test_the_loss_over_all_of_a_loader_is_the_mean_over_its_rows():
    module = nn.Linear(3, 1)
    whole, start, _ = model_loss(module, X, Y, MSE)
    loss, _, _ = model_loss(module, loader_of(shuffle=True), criterion=MSE)
    for found, expected in zip(check_loss(loss, start), check_loss(whole, start), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    rates = [0.05, 0.1]
    swept = [sweep(one, start, rates, 5).final_losses for one in (loss, whole)]
    np.testing.assert_allclose(*swept, rtol=1e-10)
    run = record(loss, start, learning_rate=0.1, steps=5)
    assert run.losses[0] == check_loss(loss, start)[0]


class Batches:
    """Gives batches again and again, as many libraries' loaders do, each a dict."""

    def __iter__(self):
        for rows in (slice(0, 5), slice(5, 9)):
            yield {"x": X[rows], "z": Z[rows]}


def squares(out, _):
    return (out**2).mean()


@pytest.mark.parametrize(
    ("loader", "module", "criterion", "steps"),
    [
        ([(X[:5], Y[:5]), (X[5:], Y[5:])], nn.Linear(3, 1), MSE, 5),
        ([[(X, Z), Y]], Sum(), MSE, 3),
        (loader_of(data=(X, Z, Y)), Sum(), MSE, 7),
        (Batches(), Sum(), squares, 5),
        (loader_of(data=(X,)), nn.Linear(3, 1), squares, 5),
        (DataLoader(X, 4), nn.Linear(3, 1), squares, 5),
    ],
    ids=["pairs", "nested", "several", "dicts", "alone", "tensor"],
)
def test_whatever_gives_batches_again_and_again_is_a_loader(loader, module, criterion, steps):
    loss, start, _ = model_loss(module, loader, criterion=criterion)
    run = record(loss, start, learning_rate=0.01, steps=steps)
    assert run.steps == steps == len(run.batch_losses) - 1
    assert network_gradient(module, loader, criterion=criterion).loss == pytest.approx(
        run.losses[0]
    )


def test_a_dataset_is_all_of_its_rows():
    module = nn.Linear(3, 1)
    data = TensorDataset(X, Y)
    assert value_of(module, data, criterion=MSE) == value_of(module, X, Y, MSE)
    runs = [
        record(*model_loss(module, *given, batch_size=4, seed=1)[:2], learning_rate=0.1, steps=9)
        for given in ((data, None, MSE), (X, Y, MSE))
    ]
    assert runs[0].to_bytes() == runs[1].to_bytes()


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        (
            ((pair for pair in [(X, Y)]), None, MSE),
            TypeError,
            "read again.*; got a generator: make a",
        ),
        (([], None, MSE), ValueError, "module must work on the inputs"),
        (
            (loader_of(), MSE),
            TypeError,
            "targets must be left out with a DataLoader.*criterion=...",
        ),
        (
            (loader_of(), None, MSE, 4),
            ValueError,
            "batch_size must be left out .*; got 4: give it to",
        ),
        ((X, Y), TypeError, "criterion must be a function .*; got None: pass criterion="),
        (
            (list(X), Y, MSE),
            ValueError,
            r"module must .*: pass torch.stack\(inputs\) if they are rows",
        ),
        ((X.to("meta"), Y, MSE), ValueError, "inputs must hold numbers; got a tensor on the meta"),
        ((["a", "b"], Y, MSE), TypeError, r"inputs must consist of numbers; got \['a', 'b'\]"),
        (((X, ["a"]), Y, MSE), TypeError, r"inputs\[1\] must consist of numbers; got \['a'\]"),
        (
            ({"x": X, "z": [[1], [1, 2]]}, Y, MSE),
            TypeError,
            r"inputs\['z'\] must consist of numbers",
        ),
    ],
)
def test_data_that_cannot_be_are_refused_in_one_sentence(given, kind, said):
    with pytest.raises(kind, match=said):
        model_loss(nn.Linear(3, 1), *given)


@pytest.mark.parametrize(
    ("targets", "repair"),
    [
        (np.array([1, 0, 1], np.int32), "y.long()"),
        (torch.tensor([1.0, 0.0, 1.0]), "y.long()"),
        (torch.tensor([[1], [0], [1]]), "y.squeeze(-1)"),
    ],
)
def test_of_whole_numbers_that_work_the_module_is_not_blamed(targets, repair):
    data = torch.nn.Linear(1, 2), np.array([[0], [1], [2]]), targets
    with pytest.raises(ValueError, match=r"^criterion must work on the .* targets") as told:
        model_loss(*data, nn.CrossEntropyLoss())
    assert str(told.value).endswith(f"CrossEntropyLoss()(out, {repair}).")


def test_a_weight_that_is_not_finite_is_named():
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    nn.init.constant_(module[2].bias, np.inf)
    with pytest.raises(ValueError, match=r"^start must be finite; got inf for b2\.$"):
        model_loss(module, X, Y, MSE)


class Masking(nn.Linear):
    """Takes 0 in place of what is missing."""

    def forward(self, x):
        return super().forward(x.nan_to_num())


@pytest.mark.parametrize("batch_size", [None, 2])
def test_data_that_are_not_finite_are_named_unless_the_module_takes_them(batch_size):
    holed = X.clone()
    holed[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"^inputs must be finite; got nan in row 4: leave such "):
        model_loss(nn.Linear(3, 1), holed, Y, MSE, batch_size=batch_size)
    with pytest.raises(ValueError, match=r"^targets must be finite; got -inf in row 0: leave"):
        model_loss(nn.Linear(3, 1), X, Y - np.inf, MSE, batch_size=batch_size)
    assert np.isfinite(value_of(Masking(3, 1), holed, Y, MSE, batch_size=batch_size))


def test_of_a_loader_the_batch_is_named_too():
    holed = X.clone()
    holed[4, 1] = np.nan
    loader = DataLoader(TensorDataset(holed, Y), 3)
    with pytest.raises(ValueError, match=r"^inputs must be finite; got nan in row 1 of batch 1: "):
        model_loss(nn.Linear(3, 1), loader, criterion=MSE)


def test_a_loss_that_is_not_finite_is_no_fault_of_where_parameters_are_kept():
    with pytest.raises(ValueError, match=r"^loss must be finite at the start .*; got nan"):
        model_loss(nn.Linear(3, 1), X, Y, lambda out, y: (0 * out - 1).log().mean())


def test_a_batch_that_fails_is_refused_whatever_its_size_and_place():
    class Few(nn.Linear):
        def forward(self, x):
            assert len(x) < 6, "too many"
            return super().forward(x)

    batches = [(X[:2], Y[:2]), (X[2:], Y[2:])]
    with pytest.raises(ValueError, match="got a batch of 7 rows, .*too many: leave it out"):
        model_loss(Few(3, 1), batches, criterion=MSE)


def test_a_loader_that_gives_nothing_is_refused():
    class Nothing:
        def __iter__(self):
            return iter(())

    with pytest.raises(ValueError, match="inputs must give batches of data; got none"):
        model_loss(nn.Linear(3, 1), Nothing(), criterion=MSE)
