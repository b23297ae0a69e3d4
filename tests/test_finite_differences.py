"""Finite differences against autograd, and how their digits are lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent import (
    LOSSES,
    DifferenceTable,
    central_differences,
    check_loss,
    difference_errors,
    forward_differences,
)
from tests.quadratics import quadratics


@pytest.mark.parametrize("name", LOSSES)
def test_central_differences_agree_with_autograd(name):
    loss = LOSSES[name]
    _, gradient = check_loss(loss, loss.start)
    estimate = central_differences(loss, loss.start, h=1e-5)
    np.testing.assert_allclose(estimate, gradient, rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=25)
@given(quadratics(), st.floats(0.01, 1.0))
def test_on_a_quadratic_central_differences_are_exact_but_for_rounding(quadratic, h):
    expected = quadratic.hessian @ (quadratic.start - quadratic.minimiser)
    estimate = central_differences(quadratic, quadratic.start, h)
    np.testing.assert_allclose(estimate, expected, rtol=1e-9, atol=1e-9)


def test_the_error_on_a_cubic_is_the_square_of_the_width():
    assert central_differences(lambda p: p[0] ** 3, [2.0], h=0.1)[0] == pytest.approx(12 + 0.01)


def test_the_error_of_a_forward_difference_is_half_the_width_times_the_curvature():
    assert forward_differences(lambda p: 3 * p[0] ** 2, [2.0], h=0.1)[0] == pytest.approx(12 + 0.3)


@pytest.mark.parametrize("differences", [central_differences, forward_differences])
def test_only_the_parameter_that_is_asked_for_is_moved(differences):
    estimate = differences(lambda p: 5 * p[0] - 7 * p[1], [1.0, 2.0], h=0.5)
    np.testing.assert_allclose(estimate, [5.0, -7.0])


def test_digits_are_lost_on_both_sides_of_the_best_width():
    loss = LOSSES["bowl"]
    table = difference_errors(loss, loss.start)
    best = int(table.errors.argmin())
    assert 0 < best < len(table.widths) - 1
    assert table.errors[0] > 1e3 * table.errors[best]
    assert table.errors[-1] > 1e3 * table.errors[best]
    assert table.estimates.shape == (len(table.widths), 2)


def test_a_table_can_be_kept(tmp_path):
    table = difference_errors(LOSSES["bowl"], [2.0, 1.0], widths=[0.1, 0.01])
    again = type(table).load(table.save(tmp_path / "table"))
    np.testing.assert_array_equal(again.estimates, table.estimates)


@pytest.mark.parametrize("differences", [central_differences, forward_differences])
@pytest.mark.parametrize("h", [0.0, -0.1, np.nan, np.inf])
def test_a_width_must_be_positive_and_finite(differences, h):
    with pytest.raises(ValueError, match="h must be positive and finite"):
        differences(LOSSES["bowl"], [2.0, 1.0], h)


def test_estimates_must_be_one_row_a_width():
    with pytest.raises(ValueError, match=r"estimates must have shape \(1, 2\); got \(2, 2\)"):
        DifferenceTable([0.1], np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match=r"widths must have shape \(1,\); got \(\)"):
        DifferenceTable(0.1, np.ones(2), np.ones(2))


@pytest.mark.parametrize(
    ("loss", "h", "error", "said"),
    [
        (3, 0.1, TypeError, "loss must be a function of the parameters; got 3"),
        (lambda params: params, 0.1, ValueError, r"a scalar tensor; got shape \(2,\)"),
        (lambda params: 1.0, 0.1, TypeError, "a scalar tensor; got float"),
        (lambda params: params[7], 0.1, ValueError, "loss must work at"),
        (lambda params: params.sum(), "x", TypeError, "h must be a number; got 'x'"),
    ],
)
def test_what_cannot_be_differenced_is_refused_in_a_sentence(loss, h, error, said):
    for differences in (central_differences, forward_differences):
        with pytest.raises(error, match=said):
            differences(loss, [1.0, 2.0], h)


def test_no_widths_are_refused_by_their_name():
    with pytest.raises(ValueError, match="widths must be a list of at least one"):
        difference_errors(lambda params: params.sum(), [1.0, 2.0], widths=[])
