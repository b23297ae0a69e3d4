"""Any torch.nn.Module as a loss of one vector, and a network's gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from descent import check_loss, model_loss, network_gradient, neuron_loss, record, sharpness
from descent.models.modules import parameter_names

X = torch.tensor([[-1.0], [0.0], [0.5], [1.5]])
Y = torch.tensor([[-0.6], [1.1], [1.2], [2.9]])


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 3), nn.Tanh(), nn.Linear(3, 1))


@pytest.mark.parametrize("module", [5, torch.nn.Linear])
def test_what_is_no_module_is_refused(module):
    for function in (model_loss, network_gradient):
        with pytest.raises(TypeError, match=r"must be a torch\.nn\.Module, as Linear\(1, 1\)"):
            function(module, [[1.0]], [[1.0]], torch.nn.MSELoss())


def test_a_single_neuron_is_the_neuron_of_the_lecture():
    layer = nn.Linear(1, 1)
    loss, start, names = model_loss(layer, X, Y, nn.MSELoss())
    assert names == ("W1", "b1")
    expected = neuron_loss(np.hstack([X.double().numpy(), Y.double().numpy()]))
    ours, same = check_loss(loss, start), check_loss(expected, start)
    assert ours[0] == pytest.approx(same[0], rel=1e-14)
    np.testing.assert_allclose(ours[1], same[1], rtol=1e-12)


def test_descending_a_model_is_what_torch_does_by_hand(network):
    loss, start, names = model_loss(network, X, Y, nn.MSELoss())
    run = record(loss, start, learning_rate=0.1, steps=5, names=names)
    by_hand = network.double()
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    for t in range(5):
        optimizer.zero_grad()
        value = nn.MSELoss()(by_hand(X.double()), Y.double())
        value.backward()
        assert run.losses[t] == pytest.approx(value.item(), rel=1e-12)
        optimizer.step()
    vector = nn.utils.parameters_to_vector(by_hand.parameters())
    np.testing.assert_allclose(run.iterates[-1], vector.detach().numpy(), rtol=1e-10)


def test_the_module_itself_is_never_changed(network):
    before = [p.clone() for p in network.parameters()]
    loss, start, _ = model_loss(network, X, Y, nn.MSELoss())
    record(loss, start, learning_rate=0.1, steps=3)
    network_gradient(network, X, Y, nn.MSELoss())
    for parameter, was in zip(network.parameters(), before, strict=True):
        assert parameter.dtype == torch.float32
        assert torch.equal(parameter, was)
        assert parameter.grad is None


def test_scalars_are_named_by_layer_and_place(network):
    _, _, names = model_loss(network, X, Y, nn.MSELoss())
    assert names == (
        *("W1[0,0]", "W1[1,0]", "W1[2,0]", "b1[0]", "b1[1]", "b1[2]"),
        *("W2[0,0]", "W2[0,1]", "W2[0,2]", "b2"),
    )


def test_parameters_of_other_layers_keep_torchs_names():
    model = nn.Sequential(nn.Conv1d(1, 1, 2), nn.Flatten(), nn.Linear(2, 1))
    names = parameter_names(model)
    assert names["0.weight"] == ("0.weight[0,0,0]", "0.weight[0,0,1]")
    assert names["0.bias"] == ("0.bias",)
    assert names["2.weight"] == ("W1[0,0]", "W1[0,1]")


def test_names_that_would_be_the_same_are_torchs_own():
    class Beside(nn.Module):
        def __init__(self):
            super().__init__()
            self.W1, self.layer = nn.Parameter(torch.ones(1)), nn.Linear(1, 1)

        def forward(self, x):
            return self.layer(x) * self.W1

    loss, start, names = model_loss(Beside(), X, Y, nn.MSELoss())
    assert names == ("W1", "layer.weight", "layer.bias")
    assert record(loss, start, learning_rate=0.1, steps=1).names == names
    beside = nn.ParameterDict({"W1": torch.ones(2)})
    assert model_loss(Holding(beside, nn.Linear(1, 1)), X, Y, nn.MSELoss())[2][-1] == "b1"


class Holding(nn.Module):
    def __init__(self, kept, layer):
        super().__init__()
        self.kept, self.layer = kept, layer

    def forward(self, x):
        return self.layer(x) * self.kept["W1"].sum()


def test_frozen_parameters_are_held(network):
    network[0].requires_grad_(False)
    loss, start, names = model_loss(network, X, Y, nn.MSELoss())
    assert len(start) == 4
    assert names[0] == "W2[0,0]"
    assert check_loss(loss, start)[0] == pytest.approx(
        nn.MSELoss()(network.double()(X.double()), Y.double()).item()
    )


def test_tied_weights_are_one_parameter():
    first, second = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    second.weight = first.weight
    inputs = torch.ones(3, 2)
    loss, start, _ = model_loss(nn.Sequential(first, second), inputs, inputs, nn.MSELoss())
    assert len(start) == 4
    assert check_loss(loss, start)[0] > 0


def test_class_labels_stay_whole_numbers():
    loss, start, _ = model_loss(
        nn.Linear(1, 2), X, torch.tensor([0, 0, 1, 1]), nn.CrossEntropyLoss()
    )
    run = record(loss, start, learning_rate=0.5, steps=30)
    assert run.losses[-1] < run.losses[0]


def test_buffers_that_a_layer_writes_do_not_change_the_loss():
    model = nn.Sequential(nn.Linear(1, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))
    loss, start, _ = model_loss(model, X, Y, nn.MSELoss())
    assert check_loss(loss, start)[0] == check_loss(loss, start)[0]
    assert model[1].num_batches_tracked == 0


def test_a_layer_that_counts_its_calls_counts_from_the_same_number_every_time():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.neuron = nn.Linear(1, 1)
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            return self.neuron(x) + self.calls

    loss, start, _ = model_loss(Counting(), X, Y, nn.MSELoss())
    assert check_loss(loss, start)[0] == check_loss(loss, start)[0]


def test_plain_lists_are_data_too():
    loss, start, _ = model_loss(nn.Linear(1, 1), [[1.0], [2.0]], [[1.0], [0.0]], nn.MSELoss())
    assert sharpness(loss, start) > 0


def test_a_module_without_parameters_is_refused():
    with pytest.raises(ValueError, match="parameters that require a gradient; got none"):
        model_loss(nn.Tanh(), X, Y, nn.MSELoss())


def test_a_complex_or_whole_parameter_is_refused_in_one_sentence():
    class Odd(nn.Module):
        def __init__(self, dtype):
            super().__init__()
            self.layer = nn.Linear(1, 1)
            self.odd = nn.Parameter(torch.ones(1, dtype=dtype), requires_grad=dtype.is_complex)

        def forward(self, x):
            return self.layer(x) * self.odd.real

    with pytest.raises(TypeError, match="are real .*; got torch.complex64 for odd: keep"):
        model_loss(Odd(torch.complex64), X, Y, nn.MSELoss())
    with pytest.raises(TypeError, match="are real .*; got torch.int64 for odd: keep whole"):
        model_loss(Odd(torch.int64), X, Y, nn.MSELoss())


def test_a_module_in_half_precision_is_descended_in_double():
    loss, start, _ = model_loss(nn.Linear(1, 1).bfloat16(), X.bfloat16(), Y, nn.MSELoss())
    assert check_loss(loss, start)[1].dtype == start.dtype == np.float64


def test_a_criterion_that_gives_no_scalar_is_refused(network):
    with pytest.raises(ValueError, match=r"must return a scalar tensor; got shape \(4, 1\)"):
        model_loss(network, X, Y, nn.MSELoss(reduction="none"))


def test_a_networks_gradient_is_torchs_own(network):
    found = network_gradient(network, X, Y, nn.MSELoss())
    by_hand = network.double()
    loss = nn.MSELoss()(by_hand(X.double()), Y.double())
    loss.backward()
    assert found.loss == loss.item()
    for layer, module in enumerate((by_hand[0], by_hand[2])):
        np.testing.assert_array_equal(found.weights[layer], module.weight.detach().numpy())
        np.testing.assert_array_equal(found.weight_gradients[layer], module.weight.grad.numpy())
        np.testing.assert_array_equal(found.bias_gradients[layer], module.bias.grad.numpy())


def test_a_networks_gradient_can_be_kept(network, tmp_path):
    found = network_gradient(network, X, Y, nn.MSELoss())
    again = type(found).load(found.save(tmp_path / "network"))
    np.testing.assert_array_equal(again.weight_gradients[1], found.weight_gradients[1])
    assert again.loss == found.loss


def test_a_layer_without_bias_has_an_empty_one():
    found = network_gradient(nn.Linear(1, 1, bias=False), X, Y, nn.MSELoss())
    assert found.biases[0].shape == found.bias_gradients[0].shape == (0,)


def test_a_network_needs_a_linear_layer_that_is_used():
    with pytest.raises(ValueError, match="must have a torch.nn.Linear layer; got none"):
        network_gradient(nn.Tanh(), X, Y, nn.MSELoss())

    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Linear(1, 1), nn.Linear(1, 1)

        def forward(self, x):
            return self.used(x)

    with pytest.raises(ValueError, match="must depend on every Linear layer"):
        network_gradient(Idle(), X, Y, nn.MSELoss())


def test_a_module_without_numbers_is_refused_in_one_sentence():
    with pytest.raises(
        ValueError, match=r"got weight on the device meta: load its weights first\.$"
    ):
        model_loss(nn.Linear(1, 1, device="meta"), X, Y, nn.MSELoss())


def test_a_module_that_writes_into_its_parameters_is_refused_as_one():
    module = nn.Sequential(nn.Embedding(4, 2, max_norm=0.1), nn.Linear(2, 1))
    with pytest.raises(ValueError, match="writes into them, as .* with max_norm: compute from"):
        model_loss(module, torch.arange(4), Y, nn.MSELoss())
