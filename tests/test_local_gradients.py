"""Slopes in every direction from one place, and gradients at many: recorded, and as derived."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from descent import LOSSES, check_loss, neuron_loss, sample
from descent.losses.named import NamedLoss
from understanding_gradients.lecture.gradients import (
    DirectionalDerivatives,
    GradientField,
    directional_derivatives,
    gradient_field,
)
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.settings import Settings

WINDOW = ((-2.0, 3.0), (-1.0, 2.0))


def bowl_at(*start):
    loss = LOSSES["bowl"]
    return replace(loss, start=start)


def all_around(loss):
    return directional_derivatives(loss, sample(loss, WINDOW, 21))


def test_the_slope_in_a_direction_is_the_gradient_along_it():
    found = all_around(bowl_at(1.0, -0.5))
    gradient = check_loss(LOSSES["bowl"], [1.0, -0.5])[1]
    ahead = np.column_stack([np.cos(found.angles), np.sin(found.angles)])
    np.testing.assert_allclose(found.slopes, ahead @ gradient, atol=1e-12)
    assert len(found.slopes) == 36


@pytest.mark.parametrize("start", [(1.0, -0.5), (-2.0, 0.0), (0.0, 1.5)])
def test_the_steepest_slope_is_the_length_of_the_gradient_and_in_its_direction(start):
    found = all_around(bowl_at(*start))
    gradient = check_loss(LOSSES["bowl"], start)[1]
    steepest = int(found.slopes.argmax())
    assert found.slopes[steepest] == pytest.approx(np.linalg.norm(gradient), rel=1e-12)
    apart = found.angles[steepest] - np.arctan2(gradient[1], gradient[0])
    assert abs(np.degrees(apart)) < 1
    assert found.slopes[9] == found.slopes[27] == 0, "along a line of equal loss"


def test_at_a_minimum_every_slope_is_zero_though_the_gradient_is_rounding_noise():
    rows = Settings().data.rows
    lowest = neuron_loss(rows).minimisers[0]
    loss = neuron_loss(rows, lowest)
    assert np.linalg.norm(check_loss(loss, lowest)[1]) < 1e-14
    assert not directional_derivatives(loss, sample(loss, WINDOW, 21)).slopes.any()


def test_the_nudge_is_a_short_way_and_its_loss_is_that_of_the_place():
    found = all_around(bowl_at(1.0, -0.5))
    assert found.nudge == 0.1
    assert found.nudged_loss == check_loss(LOSSES["bowl"], [1.1, -0.5])[0]
    k = int(np.abs(found.ways - found.nudge).argmin())
    assert found.losses[k] == pytest.approx(found.nudged_loss)
    assert found.ways[[0, -1]] == pytest.approx([-0.2, 0.3])


def test_the_default_lecture_tells_what_a_tenth_more_of_the_weight_does():
    found = record_lecture(Settings(), ["directions", "neuron"])
    directions, run = found["directions"], found["neuron"].trajectory
    assert directions.nudge == 0.1
    assert directions.nudged_loss - run.losses[0] == pytest.approx(-0.547)
    assert directions.slopes.max() == pytest.approx(np.linalg.norm(run.gradients[0]), rel=1e-6)


def test_a_field_has_the_gradients_of_its_places_in_the_view():
    field = gradient_field(bowl_at(1.0, 1.0), WINDOW)
    assert field.places.shape == (24, 2)
    (left, right), (low, high) = WINDOW
    assert ((field.places > (left, low)) & (field.places < (right, high))).all()
    for place, gradient in zip(field.places, field.gradients, strict=True):
        np.testing.assert_array_equal(gradient, check_loss(LOSSES["bowl"], place)[1])


def test_a_field_outside_the_domain_is_nan():
    loss = NamedLoss("log", ("a", "b"), lambda p: p[0].log() + p[1] ** 2, (1.0, 1.0), "")
    field = gradient_field(loss, WINDOW)
    outside = field.places[:, 0] <= 0
    assert outside.any() and not outside.all()
    np.testing.assert_array_equal(np.isnan(field.gradients).all(axis=1), outside)


def test_a_loss_of_one_parameter_has_a_field_too():
    field = gradient_field(LOSSES["parabola"], ((-1.0, 3.0),))
    assert field.places.shape == (8, 1)
    np.testing.assert_allclose(field.gradients, 2 * field.places)


def test_recordings_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match=r"slopes must have shape \(2,\); got \(1,\)"):
        DirectionalDerivatives([0.0, 1.0], [1.0], 0.1, [0.0], [1.0], 1.0)
    with pytest.raises(ValueError, match="losses must have shape"):
        DirectionalDerivatives([0.0], [1.0], 0.1, [0.0], [1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="gradients must have shape"):
        GradientField([[0.0, 1.0]], [[1.0, 2.0], [1.0, 2.0]])
