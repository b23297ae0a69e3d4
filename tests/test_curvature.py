"""Sharpness against dense eigenvalues and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from descent import critical_learning_rate, hessian, record, sharpness
from descent.curvature import DENSE_LIMIT, hessian_vector_product
from tests.quadratics import quadratics

unhurried = settings(deadline=None, max_examples=25)


@unhurried
@given(quadratics(lowest=-5, highest=10))
def test_sharpness_is_the_largest_signed_eigenvalue(quadratic):
    expected = np.linalg.eigvalsh(quadratic.hessian)[-1]
    assert sharpness(quadratic, quadratic.start) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=10)
@given(quadratics(lowest=1.0))
def test_the_critical_rate_parts_runs_that_fall_from_runs_that_explode(quadratic):
    critical = critical_learning_rate(quadratic, quadratic.start)
    below = record(quadratic, quadratic.start, learning_rate=0.95 * critical, steps=300)
    above = record(quadratic, quadratic.start, learning_rate=1.05 * critical, steps=300)
    assert below.losses[-1] < below.losses[0]
    assert above.behaviour == "diverging"


def test_the_hessian_of_rosenbrock_is_the_one_of_the_textbook():
    def rosenbrock(p):
        return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2

    np.testing.assert_allclose(hessian(rosenbrock, [1.0, 1.0]), [[802, -400], [-400, 200]])


@pytest.mark.parametrize("size", [DENSE_LIMIT, DENSE_LIMIT + 1, 300])
def test_many_parameters_give_the_same_sharpness_as_the_whole_matrix(size):
    symmetric = np.random.default_rng(size).standard_normal((size, size))
    symmetric = symmetric + symmetric.T
    matrix = torch.tensor(symmetric)
    found = sharpness(lambda p: p @ matrix @ p / 2, np.ones(size))
    assert found == pytest.approx(np.linalg.eigvalsh(symmetric)[-1], rel=1e-8)


def test_a_loss_without_curvature_has_sharpness_zero_and_no_critical_rate():
    assert sharpness(lambda p: 3 * p.sum(), np.ones(2)) == 0
    assert sharpness(lambda p: 3 * p.sum(), np.ones(DENSE_LIMIT + 1)) == 0
    assert critical_learning_rate(lambda p: 3 * p.sum(), [1.0]) == math.inf


def test_a_loss_that_only_curves_down_has_no_critical_rate():
    assert sharpness(lambda p: -(p[0] ** 2), [1.0]) == -2
    assert critical_learning_rate(lambda p: -(p[0] ** 2), [1.0]) == math.inf


def test_a_loss_with_branches_is_differentiated_the_older_way():
    def branching(p):
        return 3 * p[0] ** 2 if p[0].item() > 0 else p[0] ** 2

    assert sharpness(branching, [1.0]) == pytest.approx(6)
    assert sharpness(branching, [-1.0]) == pytest.approx(2)


def test_a_hessian_vector_product_is_the_product():
    def cubic(p):
        return (p**3).sum() + p[0] * p[1]

    product = hessian_vector_product(cubic, [1.0, 2.0], [3.0, 5.0])
    np.testing.assert_allclose(product, hessian(cubic, [1.0, 2.0]) @ [3.0, 5.0])


def test_curvature_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="must have finite second derivatives"):
        sharpness(lambda p: p[0].abs() ** 1.5, [0.0])


def test_a_point_of_the_wrong_shape_is_refused():
    with pytest.raises(
        ValueError, match=r"start must be one number a parameter; got shape \(1, 1\)"
    ):
        sharpness(lambda p: p.sum(), [[1.0]])
