"""What the network and the chords of a lecture are recorded from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import neuron_loss
from descent.losses.neuron import neuron_weight_loss
from tests.lectures import DEFAULT
from understanding_gradients.lecture.network import FLAT, LectureNetwork, standardised
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.secants import Secants, record_secants

ROWS = np.array(DEFAULT.data.rows, dtype=float)
HOUSES = np.array(
    [[45, 148], [60, 190], [72, 231], [85, 265], [98, 310], [110, 322], [130, 399], [155, 461]],
    dtype=float,
)


def sizes(network):
    gradient = network.gradient()
    arrays = (*gradient.weight_gradients, *gradient.bias_gradients)
    return np.abs(np.concatenate([array.ravel() for array in arrays]))


def test_data_that_leave_tanh_steep_are_taken_as_they_are():
    network = LectureNetwork(ROWS, picked=3)
    assert network.flat == 0
    assert not network.forward_pass().is_standardised
    np.testing.assert_array_equal(network.rows, ROWS)


def test_data_that_make_tanh_flat_are_standardised_so_that_every_partial_can_be_seen():
    network = LectureNetwork(HOUSES, picked=4)
    assert network.flat == 1
    assert network.forward_pass().is_standardised
    np.testing.assert_allclose(network.rows.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(network.rows.std(axis=0), 1)
    assert sizes(network).min() > 1e-3 * sizes(network).max()


def test_raw_house_data_have_partials_that_cannot_be_seen(monkeypatch):
    monkeypatch.setattr("understanding_gradients.lecture.network.MOST_FLAT", 1.0)
    network = LectureNetwork(HOUSES, picked=4)
    assert sizes(network).min() < 1e-9 * sizes(network).max()


def test_flat_is_the_share_of_hidden_values_with_hardly_any_slope():
    network = LectureNetwork(HOUSES * 0.1, picked=0)
    hidden = network.module[:2](torch.tensor(HOUSES[:, :1] * 0.1)).detach().numpy()
    assert 0 < network.flat < 1
    assert network.flat == np.mean(1 / np.cosh(np.arctanh(hidden)) ** 2 < FLAT)


def test_one_row_has_no_spread_to_be_divided_by():
    np.testing.assert_array_equal(standardised(np.array([[98.0, 310.0]])), [[0.0, 0.0]])


def test_the_forward_pass_is_that_of_the_picked_row():
    network = LectureNetwork(ROWS, picked=3)
    x, hidden, prediction = network.forward_pass().columns
    assert x.tolist() == [1.5]
    first, _, last = network.module
    by_hand = np.tanh(first.weight.detach().numpy()[:, 0] * 1.5 + first.bias.detach().numpy())
    np.testing.assert_allclose(hidden, by_hand, rtol=1e-14)
    expected = last.weight.detach().numpy() @ by_hand + last.bias.detach().numpy()
    np.testing.assert_allclose(prediction, expected, rtol=1e-14)


def test_a_chord_of_a_parabola_is_off_by_half_the_curvature_times_its_width():
    found = record_secants(neuron_loss(ROWS, (-1.0, 1.6)))
    curvature = 2 * (ROWS[:, 0] ** 2).mean()
    expected = found.slope + 0.5 * curvature * found.widths
    np.testing.assert_allclose(found.estimates, expected, rtol=1e-9)
    assert (found.name, found.at, found.widths.tolist()) == ("W1", -1.0, [1.0, 0.1])


def test_the_curve_of_the_chords_holds_the_other_parameter():
    found = record_secants(neuron_loss(ROWS, (-1.0, 1.6)))
    along = neuron_weight_loss(ROWS, bias=1.6)
    expected = [float(along(torch.tensor([value]))) for value in found.values]
    np.testing.assert_allclose(found.losses, expected, rtol=1e-12)


def test_chords_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="estimates must have shape"):
        Secants("W1", [0.0], [0.0], 0.0, 0.0, 0.0, [1.0, 0.1], [1.0])


@pytest.mark.parametrize(("weight", "nudge"), [(-1.0, 0.01), (0.0, 0.01), (-310.0, 1.0)])
def test_the_nudge_is_a_hundredth_of_the_weight_s_power_of_ten(weight, nudge):
    lecture = DEFAULT.replace(start=(weight, 1.6))
    graphs = record_lecture(lecture, ["graph", "nudged"])
    leaves = [graphs[name].leaves for name in ("graph", "nudged")]
    moved = {name: float(leaves[1][name].value - leaves[0][name].value) for name in ("W1", "b1")}
    assert moved["W1"] == pytest.approx(nudge)
    assert moved["b1"] == 0
