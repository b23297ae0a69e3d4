"""A slice runs along the steepest axis, and descents along it follow the closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from descent import LOSSES
from descent.losses.named import NamedLoss
from tests.quadratics import quadratics
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.recordings import Slice
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.lecture.slices import record_slice

RATES = (0.4, 0.61)


@pytest.fixture(scope="module")
def default():
    return record_lecture(Settings(), ["slice"])["slice"]


def named(loss, size):
    return NamedLoss("loss", tuple(f"p{k}" for k in range(size)), loss, (0.0,) * size, "")


def test_the_slice_of_the_default_lecture_is_the_parabola_of_its_largest_curvature(default):
    assert default.is_through_minimum
    np.testing.assert_allclose(default.curvatures, [1.2, 3.8], rtol=1e-9)
    np.testing.assert_allclose(default.direction, [-0.832, -0.555], atol=1e-3)
    np.testing.assert_allclose(default.heights, 1.9 * default.distances**2, atol=1e-9)
    np.testing.assert_allclose(default.slopes, 3.8 * default.distances, atol=1e-9)


def test_each_step_multiplies_the_distance_by_1_minus_rate_times_sharpness(default):
    found = [run.iterates[1, 0] / run.iterates[0, 0] for run in default.descents]
    np.testing.assert_allclose(found, 1 - default.rates * 3.8, atol=1e-3)
    np.testing.assert_allclose(found, [0.62, 0, -0.52, -1, -1.318], atol=1e-3)
    heights = [run.losses[1] / run.losses[0] for run in default.descents]
    np.testing.assert_allclose(heights, np.square(found), atol=1e-9)


@settings(max_examples=6, deadline=None)
@given(quadratics(lowest=0.5))
def test_the_axis_is_the_eigenvector_of_the_largest_curvature(loss):
    size = len(loss.start)
    found = record_slice(named(loss, size), loss.start, loss.minimiser, RATES)
    curvatures = np.linalg.eigvalsh(loss.hessian)
    np.testing.assert_allclose(found.curvatures, curvatures, rtol=1e-6)
    np.testing.assert_allclose(
        loss.hessian @ found.direction, curvatures[-1] * found.direction, atol=1e-6
    )
    assert found.direction @ (loss.start - loss.minimiser) >= -1e-9
    for run, rate in zip(found.descents, found.rates, strict=True):
        factor = run.iterates[1, 0] / run.iterates[0, 0]
        assert factor == pytest.approx(1 - rate * curvatures[-1], abs=1e-6)


def test_where_no_minimum_is_known_the_slice_goes_through_the_start():
    def saddle(p):
        return 3 * (p[0] - 1) ** 2 - p[1] ** 2

    found = record_slice(named(saddle, 2), np.array([2.0, 5.0]), np.empty(0), RATES)
    assert not found.is_through_minimum
    np.testing.assert_allclose(found.center, [1.0, 5.0], atol=1e-9)
    np.testing.assert_allclose(np.abs(found.direction), [1.0, 0.0], atol=1e-9)


def test_descents_begin_where_the_loss_is_a_parabola():
    well = LOSSES["double_well"]
    found = record_lecture(Settings().replace(loss="double_well", start="suggest"), ["slice"])
    one = found["slice"]
    start = one.descents[0].iterates[0, 0]
    assert 0 < start < 0.1
    np.testing.assert_allclose(one.slopes[-1] / one.distances[-1], one.sharpness, rtol=0.03)
    assert len(well.start) == len(one.center) == 1


@pytest.mark.parametrize(
    "loss", [lambda p: -(p**2).sum(), lambda p: p.sum() * 3, lambda p: p.abs().sum()]
)
def test_no_descent_is_recorded_where_the_loss_is_not_curved_upwards(loss):
    found = record_slice(named(loss, 2), np.array([1.0, 2.0]), np.empty(0), RATES)
    assert found.descents == () and not len(found.distances)


def test_a_slice_is_loaded_back(default, tmp_path):
    again = Slice.load(default.save(tmp_path / "slice"))
    assert again.to_bytes() == default.to_bytes()
    assert len(again.descents) == 5


def test_a_slice_whose_parts_do_not_fit_is_refused(default):
    parts = {name: getattr(default, name) for name in Slice.__dataclass_fields__}
    with pytest.raises(ValueError, match="heights must have shape"):
        Slice(**parts | {"heights": default.heights[:-1]})
    with pytest.raises(ValueError, match="rates must have shape"):
        Slice(**parts | {"descents": default.descents[:-1]})
