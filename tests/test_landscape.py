"""Landscapes against the loss itself, and windows that keep their scale."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import descent
from descent import LOSSES, InvalidValue, Landscape, sample, window_around
from descent.views.evaluation import CHUNK, CHUNK_BYTES
from descent.views.landscape import contains, scale_window
from descent.views.windows import TOO_FAR, gradient_window


def value_at(loss, *point):
    return loss(torch.tensor(point, dtype=torch.float64)).item()


def test_values_are_indexed_by_the_first_axis_then_the_second():
    loss = LOSSES["rosenbrock"]
    found = sample(loss, ((-2, 1), (0, 3)), (4, 7))
    assert found.values.shape == (4, 7)
    assert found.names == ("θ1", "θ2")
    for i, j in [(0, 0), (3, 6), (1, 5)]:
        assert found.values[i, j] == value_at(loss, found.axes[0][i], found.axes[1][j])


def test_one_parameter_gives_a_curve():
    found = sample(lambda p: p[0] ** 2, [(-1, 1)], 5)
    np.testing.assert_allclose(found.values, [1, 0.25, 0, 0.25, 1])
    assert found.window == ((-1.0, 1.0),)


def test_more_points_than_a_chunk_are_all_evaluated():
    found = sample(lambda p: p.sum(), [(0, 1)], CHUNK + 10)
    np.testing.assert_allclose(found.values, found.axes[0])


def test_a_loss_that_cannot_be_batched_is_evaluated_point_by_point():
    def branching(p):
        return p[0] if p[0].item() > 0 else -2 * p[0]

    found = sample(branching, [(-1, 1)], 5)
    np.testing.assert_allclose(found.values, [2, 1, 0, 0.5, 1])


def test_outside_its_domain_a_loss_may_be_nan_or_inf_or_fail():
    assert np.isnan(sample(lambda p: p[0].log(), [(-1, 1)], 3).values[0])
    assert sample(lambda p: -p[0].abs().log(), [(-1, 1)], 3).values[1] == np.inf

    def failing(p):
        if p[0].item() < 0:
            raise ValueError("outside")
        return p[0]

    np.testing.assert_array_equal(sample(failing, [(-1, 1)], 3).values, [np.nan, 0, 1])

    def bounded(p):
        return p[0] if p[0].item() > 0 else np.inf

    np.testing.assert_array_equal(sample(bounded, [(-1, 1)], 3).values, [np.inf, np.inf, 1])


def test_a_mistake_in_the_loss_is_no_point_outside_its_domain():
    def mistaken(p):
        return p[0] + None if p[0].item() < 0 else p[0]

    with pytest.raises(InvalidValue, match=r"loss must work at \[-1\]; got TypeError") as caught:
        sample(mistaken, [(-1, 1)], 3)
    assert isinstance(caught.value.__cause__, TypeError)


def test_a_failing_factorisation_is_a_point_outside_the_domain():
    def factor(p):
        return torch.linalg.cholesky(p[None]).sum() + 0 * p[0].item()

    np.testing.assert_array_equal(sample(factor, [(-1, 1)], 3).values, [np.nan, np.nan, 1])


def test_a_loss_that_is_a_scalar_only_at_some_points_is_refused():
    def widening(p):
        return p[0] if p[0].item() > 0 else p

    with pytest.raises(ValueError, match=r"must return a scalar tensor; got shape \(1,\)"):
        sample(widening, [(-1, 1)], 3)


@pytest.mark.parametrize(
    ("window", "resolution", "message"),
    [
        ([(1, 1)], 5, "window must be finite, low before high"),
        ([(1, np.inf)], 5, "window must be finite"),
        ([(0, 1)] * 3, 5, "one or two axes; got 3"),
        ([(0, 1)], 1, "resolution must be from 2 points an axis"),
        ([(0, 1)], (3, 3), "resolution must be from 2 points an axis"),
        ([(0, 1)] * 2, 10_000, "resolution must be from 2 points an axis"),
    ],
)
def test_a_window_that_cannot_be_sampled_is_refused(window, resolution, message):
    with pytest.raises(ValueError, match=message):
        sample(lambda p: p.sum(), window, resolution)


def test_a_window_must_have_an_axis_for_each_name():
    with pytest.raises(ValueError, match=r"window must have 2 axes \(θ1, θ2\); got 1"):
        sample(LOSSES["bowl"], [(0, 1)])


def test_a_loss_that_is_no_scalar_is_refused():
    with pytest.raises(ValueError, match="loss must return a scalar tensor"):
        sample(lambda p: p, [(0, 1), (0, 1)], 3)


def unbatched_vector(p):
    return p * p[0].item()


def complex_result(p):
    return p.sum() * 1j


SINGLE, WIDE = torch.ones(2), torch.ones(3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (lambda p: p @ SINGLE, ValueError, "must work at a point of the window.*RuntimeError: .*"),
        (lambda p: p @ WIDE, ValueError, "must work at a point of the window.*got RuntimeError"),
        (lambda p: p[5], ValueError, "must work at a point of the window; got IndexError"),
        (lambda p: {}["a"], ValueError, "must work at a point of the window; got KeyError: 'a'"),
        (unbatched_vector, ValueError, r"must return a scalar tensor; got shape \(2,\)"),
        (lambda p: 3.0, TypeError, "must return a scalar tensor; got float"),
        (lambda p: (p.sum(), p.sum()), TypeError, "must return a scalar tensor; got tuple"),
        (complex_result, ValueError, "must return a real number; got torch.complex128"),
    ],
)
def test_a_loss_that_works_nowhere_is_refused_instead_of_drawn_blank(loss, error, message):
    with pytest.raises(error, match=message) as caught:
        sample(loss, [(-1, 1), (-2, 2)], 3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ([1, 2], TypeError, "names must be a list of texts"),
        ("ab", TypeError, "names must be a list of texts"),
        (["a", "a"], ValueError, "names must be texts that differ"),
        ([], ValueError, r"window must have 0 axes \(\); got 2"),
    ],
)
def test_names_of_axes_are_texts_that_differ(names, error, message):
    with pytest.raises(error, match=message):
        sample(LOSSES["bowl"], [(-1, 1), (-2, 2)], 3, names=names)
    if names:
        with pytest.raises(error, match=message):
            Landscape((np.arange(2.0), np.arange(2.0)), np.zeros((2, 2)), names)


def test_values_must_fit_the_axes():
    with pytest.raises(ValueError, match=r"values must have shape \(2,\); got \(3,\)"):
        Landscape((np.array([0.0, 1.0]),), np.zeros(3), ("θ1",))
    with pytest.raises(ValueError, match="axes must be one or two, each with a name; got 0"):
        Landscape((), np.zeros(()), ())


points = st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), min_size=1, max_size=8)


@given(points, st.floats(0.3, 3), st.floats(0, 0.5))
def test_a_window_holds_its_points_at_equal_scales(points, aspect, margin):
    (left, right), (low, high) = window_around(points, aspect, margin)
    assert (right - left) / (high - low) == pytest.approx(aspect, rel=1e-6)
    spans = np.ptp(points, axis=0)
    for x, y in points:
        assert left + margin * spans[0] <= x + 1e-6 * (right - left)
        assert x <= right - margin * spans[0] + 1e-6 * (right - left)
        assert low + margin * spans[1] <= y + 1e-6 * (high - low)
        assert y <= high - margin * spans[1] + 1e-6 * (high - low)


def test_a_window_is_no_larger_than_its_points_ask_for():
    assert window_around([[0, 0], [3, 1]], aspect=1.5, margin=0) == ((0, 3), (-0.5, 1.5))
    assert window_around([[1], [2]], margin=0.5) == ((0.5, 2.5),)


def test_points_that_coincide_get_a_window_that_tells_numbers_apart():
    ((low, high),) = window_around([[5.0]])
    assert (low + high) / 2 == 5 and high - low == pytest.approx(0.1)
    ((low, high),) = window_around([[1e9]])
    assert high - low == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ([1, 2], {}, r"points must have shape \(k, 1\) or \(k, 2\); got \(2,\)"),
        ([], {}, "points must have shape"),
        ([[1, np.nan]], {}, "points must be finite"),
        ([[1, 2]], {"aspect": 0}, "aspect must be positive; got 0"),
        ([[1, 2]], {"margin": -1}, "margin must be 0 or more; got -1"),
        ([[1, 2]], {"aspect": "a"}, "aspect must be a number; got 'a'"),
        ([[1, 2]], {"margin": None}, "margin must be a number; got None"),
    ],
)
def test_points_that_have_no_window_are_refused(points, options, message):
    error = TypeError if "must be a number" in message else ValueError
    with pytest.raises(error, match=message):
        window_around(points, **options)


def test_a_window_grows_about_its_middle():
    assert scale_window(((0, 2), (4, 6)), 2) == ((-1, 3), (3, 7))
    with pytest.raises(ValueError, match="factor must be positive; got 0"):
        scale_window(((0, 2),), 0)


def test_a_landscape_knows_what_lies_inside():
    found = sample(LOSSES["bowl"], ((-1, 1), (0, 2)), 3)
    assert found.contains([1, 0])
    assert not found.contains([0, -0.1])


MEMORY = """
import resource, sys, torch, descent
from torch import nn

layers = nn.Linear(2, 98), nn.Tanh(), nn.Linear(98, 98), nn.Tanh(), nn.Linear(98, 1)
module, rows = nn.Sequential(*layers), torch.ones(16, 2)
loss, start, *_ = descent.model_loss(module, rows, rows[:, :1], nn.MSELoss())
assert len(start) > 10_000
restricted = descent.random_plane(start).restrict(loss)
descent.sample(restricted, [(-1, 1)] * 2, 2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
descent.sample(restricted, [(-1, 1)] * 2, 61)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
@pytest.mark.render
def test_a_large_network_is_sampled_in_little_memory():
    # Its parameters at all 3,721 points would take 300 MB, and what is made of them as much again.
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 150


def test_chunks_are_as_small_as_the_loss_is_large():
    seen = []

    def hungry(p):
        seen.append(p.shape)
        return (p[0] * torch.ones(2**16, dtype=torch.float64)).mean()

    found = sample(hungry, [(0, 1)], 500)
    np.testing.assert_allclose(found.values, found.axes[0])
    # One call measures the loss, three look whether it is a function.
    assert len(seen) - 4 == pytest.approx(500 / (CHUNK_BYTES / 2**20), rel=0.1)


def test_the_old_name_of_contains_warns_and_was_never_an_argument():
    bowl = descent.sample(descent.LOSSES["bowl"], [(-1, 1), (-1, 1)], resolution=3)
    with pytest.warns(DeprecationWarning, match=r"Landscape\.holds is called contains now"):
        assert bowl.holds([0, 0]) and not bowl.holds([2, 0])
    with pytest.raises(TypeError, match="unexpected keyword argument 'holds'"):
        descent.Landscape(bowl.axes, bowl.values, bowl.names, holds=True)


@pytest.mark.parametrize("start", [(2.0, 1.0), (-3e4, 5.0), (0.0, 0.0)])
def test_a_window_has_room_for_the_gradient_both_ways_and_for_the_step(start):
    run = descent.record(LOSSES["bowl"], start, learning_rate=0.1, steps=1)
    first = ((-3.0, 3.0), (-2.0, 2.0))
    window = gradient_window(run, first)
    way = run.gradients[0]
    points = np.stack([run.iterates[0] + way, run.iterates[0] - way, run.iterates[1]])
    assert contains(window, np.vstack([points, np.array(first).T])).all()
    (left, right), (low, high) = window
    assert (right - left) / (high - low) == pytest.approx(1.5)


def test_a_gradient_that_is_too_long_to_be_drawn_is_left_out_of_the_window():
    run = descent.record(lambda p: 1e200 * p.sum(), (1.0, 1.0), learning_rate=1e-200, steps=1)
    assert np.abs(run.gradients[0]).max() > TOO_FAR
    (left, right), _ = gradient_window(run, ((-3.0, 3.0), (-2.0, 2.0)))
    assert right - left < 10
