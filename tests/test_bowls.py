"""Quadratic bowls, whose eigenvalues are asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from descent import critical_learning_rate, quadratic_bowl, record, sharpness


@pytest.mark.parametrize(
    ("condition_number", "dimensions", "angle"),
    [(1, 1, 0), (1, 3, 0), (10, 2, 0), (10, 2, 0.5), (1e6, 2, -2.0), (100, 3, 0), (4, 20, 0)],
)
def test_a_bowl_has_the_condition_number_that_is_asked_for(condition_number, dimensions, angle):
    loss = quadratic_bowl(condition_number, dimensions, angle)
    curvatures = np.linalg.eigvalsh(loss.hessian(loss.start))
    assert len(curvatures) == len(loss.start) == dimensions
    assert curvatures[0] == pytest.approx(1, rel=1e-9)
    assert curvatures[-1] == pytest.approx(condition_number)
    assert sharpness(loss, loss.start) == pytest.approx(condition_number)


def test_curvatures_between_grow_by_the_same_factor():
    loss = quadratic_bowl(1000, dimensions=4)
    np.testing.assert_allclose(np.diag(loss.hessian(loss.start)), [1, 10, 100, 1000])


def test_an_angle_turns_the_flattest_direction_anticlockwise():
    flattest = np.linalg.eigh(quadratic_bowl(9, angle=math.pi / 6).hessian([0, 0]))[1][:, 0]
    np.testing.assert_allclose(np.abs(flattest), [math.cos(math.pi / 6), math.sin(math.pi / 6)])
    assert flattest[0] * flattest[1] > 0


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_from_its_start_every_direction_contributes_as_much_to_the_loss(angle):
    loss = quadratic_bowl(25, angle=angle)
    run = record(loss, loss.start, learning_rate=1 / 25, steps=1)
    # Such a step takes the steepest direction to its bottom.
    assert run.losses[0] == pytest.approx(4.0)
    assert run.losses[1] == pytest.approx(2 * (1 - 1 / 25) ** 2)


def test_turning_a_bowl_changes_no_loss_on_the_way():
    straight, turned = quadratic_bowl(12), quadratic_bowl(12, angle=1.0)
    runs = [record(loss, loss.start, learning_rate=0.1, steps=20) for loss in (straight, turned)]
    np.testing.assert_allclose(runs[0].losses, runs[1].losses, rtol=1e-12)


def test_its_rates_are_the_classical_ones():
    loss = quadratic_bowl(39)
    assert critical_learning_rate(loss, loss.start) == pytest.approx(2 / 39)
    best = record(loss, loss.start, learning_rate=2 / 40, steps=1)
    # At the best rate, the flattest and the steepest direction shrink alike.
    np.testing.assert_allclose(best.iterates[1] / best.iterates[0], [38 / 40, -38 / 40])


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((0.5,), ValueError, "condition_number must be at least 1; got 0.5"),
        ((math.inf,), ValueError, "condition_number must be finite; got inf"),
        ((math.nan,), ValueError, "got nan"),
        (("10",), TypeError, "condition_number must be a number; got '10'"),
        ((True,), TypeError, "condition_number must be a number; got True"),
        ((2, 1), ValueError, "condition_number must be 1 in one dimension; got 2"),
        ((2, 0), ValueError, "dimensions must be from 1 to 1,000; got 0"),
        ((2, 2.5), TypeError, "dimensions must be a whole number; got 2.5"),
        ((2, 3, 0.1), ValueError, "angle must be 0 unless .*; got 0.1 for 3"),
        ((2, 2, math.inf), ValueError, "angle must be finite"),
    ],
)
def test_a_bowl_that_cannot_be_is_refused_in_one_sentence(arguments, kind, message):
    with pytest.raises(kind, match=message):
        quadratic_bowl(*arguments)
