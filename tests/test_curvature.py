"""Sharpness against dense eigenvalues and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from descent import (
    InvalidValue,
    RecordingFailed,
    best_learning_rate,
    critical_learning_rate,
    hessian,
    hessian_vector_product,
    model_loss,
    record,
    sharpness,
    sharpness_along,
    suggest_learning_rates,
)
from descent.rates import spectrum
from descent.rates.spectrum import DENSE_LIMIT, largest_eigenvalue
from tests.marks import slow_except
from tests.quadratics import quadratics

unhurried = settings(deadline=None, max_examples=25)


@unhurried
@given(quadratics(lowest=-5, highest=10))
def test_sharpness_is_the_largest_signed_eigenvalue(quadratic):
    expected = np.linalg.eigvalsh(quadratic.hessian)[-1]
    assert sharpness(quadratic, quadratic.start) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=5)
@given(quadratics(lowest=1.0))
def test_the_critical_rate_parts_runs_that_fall_from_runs_that_explode(quadratic):
    critical = critical_learning_rate(quadratic, quadratic.start)
    below = record(quadratic, quadratic.start, learning_rate=0.95 * critical, steps=300)
    above = record(quadratic, quadratic.start, learning_rate=1.05 * critical, steps=300)
    assert below.losses[-1] < below.losses[0]
    assert above.behavior == "diverging"


def test_the_hessian_of_rosenbrock_is_the_one_of_the_textbook():
    def rosenbrock(p):
        return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2

    np.testing.assert_allclose(hessian(rosenbrock, [1.0, 1.0]), [[802, -400], [-400, 200]])


@pytest.mark.parametrize("size", [DENSE_LIMIT, DENSE_LIMIT + 1])
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


@pytest.mark.parametrize("size", [1, 20, DENSE_LIMIT + 1])
def test_a_loss_whose_second_derivative_torch_does_not_even_store_has_curvature_zero(size):
    def loss(params):  # PyTorch returns a tensor of zeros without memory
        return params.abs().sum()

    start = np.arange(1.0, size + 1)
    assert sharpness(loss, start) == 0
    assert not hessian_vector_product(loss, start, start).any()


def test_a_gradient_that_depends_on_other_tensors_alone_has_no_curvature():
    other = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    assert sharpness(lambda p: (other * p).sum(), np.ones(DENSE_LIMIT + 1)) == 0


def test_a_hessian_is_symmetric_to_the_bit():
    loss, start = network(9)
    found = hessian(loss, start)
    np.testing.assert_array_equal(found, found.T)


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


@pytest.mark.parametrize("size", slow_except([2, 20, DENSE_LIMIT + 1], 2, DENSE_LIMIT + 1))
def test_a_loss_without_second_derivatives_is_refused_but_can_be_swept(size):
    def loss(params):
        return torch.cdist(params[None], torch.zeros_like(params)[None], p=3.0).sum()

    start = np.arange(1.0, size + 1)
    said = r"loss must have second derivatives at \[1, 2.*\]; got cdist, which PyTorch cannot"
    with pytest.raises(InvalidValue, match=said):
        sharpness(loss, start)
    assert suggest_learning_rates(loss, start).just_right > 0


def test_an_iteration_that_does_not_converge_is_no_fault_of_the_program(monkeypatch):
    monkeypatch.setattr(spectrum, "MAX_RESTARTS", 1)
    scales = torch.linspace(1, 2, 4 * DENSE_LIMIT)
    with pytest.raises(RecordingFailed, match="The largest curvature of 400 parameters was not"):
        sharpness(lambda p: (scales * p**2).sum(), np.ones(len(scales)))


def test_a_point_of_the_wrong_shape_is_refused():
    with pytest.raises(
        ValueError, match=r"start must be one number per parameter; got shape \(1, 1\)"
    ):
        sharpness(lambda p: p.sum(), [[1.0]])


def test_a_vector_of_another_length_is_refused():
    with pytest.raises(ValueError, match="one number for each of 2 parameters; got 3"):
        hessian_vector_product(lambda p: (p**2).sum(), [1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("size", [2, 20, DENSE_LIMIT + 1])
def test_curvature_beyond_what_a_number_can_be_is_refused(size):
    with pytest.raises(ValueError, match=r"finite second derivatives at \[1e-300, .*; got -?inf"):
        sharpness(lambda p: p.sqrt().sum(), np.full(size, 1e-300))


@pytest.mark.parametrize("scale", [1e-250, 1e250])
def test_curvature_may_be_of_any_size(scale):
    curvatures = torch.linspace(1, 2, DENSE_LIMIT + 1, dtype=torch.float64) * scale
    found = sharpness(lambda p: (curvatures * p**2).sum() / 2, np.ones(DENSE_LIMIT + 1) * 1e-3)
    assert found == pytest.approx(2 * scale)


# Momentum


@settings(deadline=None, max_examples=5)
@given(quadratics(lowest=1.0), st.floats(0, 0.9))
def test_with_momentum_the_bound_is_that_of_torchs_own_sgd(quadratic, momentum):
    critical = critical_learning_rate(quadratic, quadratic.start, momentum=momentum)
    inside, outside = (
        record(
            quadratic, quadratic.start, learning_rate=share * critical, steps=500, momentum=momentum
        )
        for share in (0.98, 1.02)
    )
    assert inside.losses[-1] < 0.1 * inside.losses[0]
    assert outside.losses[-1] > 10 * outside.losses[0]


@pytest.mark.parametrize("momentum", [-0.1, 1.0, math.nan])
def test_momentum_that_never_settles_is_refused(momentum):
    with pytest.raises(ValueError, match="momentum must be (from 0 to below 1|finite); got"):
        critical_learning_rate(lambda p: p[0] ** 2, [1.0], momentum=momentum)


# The best rate


@unhurried
@given(quadratics(lowest=0.5))
def test_no_other_rate_promises_more_from_the_worst_start(quadratic):
    best = best_learning_rate(quadratic, quadratic.start)
    eigenvalues = np.linalg.eigvalsh(quadratic.hessian)
    worst = [np.abs(1 - rate * eigenvalues).max() for rate in (best, 0.99 * best, 1.01 * best)]
    assert worst[0] <= min(worst[1:]) + 1e-12


def spread_quadratic(lowest: float):
    size = DENSE_LIMIT + 50
    # Without a gap at the lower end, where an end of the spectrum is hard to find.
    curvatures = np.append(np.linspace(max(lowest, 0.01), 5, size - 1), lowest)
    axes, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((size, size)))
    matrix = torch.tensor(axes * curvatures @ axes.T)
    return lambda p: p @ matrix @ p / 2


@pytest.mark.parametrize("lowest", slow_except([0.5, 1e-3, 5.0], 0.5))
def test_many_parameters_have_the_best_rate_of_both_ends_of_their_spectrum(lowest):
    found = best_learning_rate(spread_quadratic(lowest), np.ones(DENSE_LIMIT + 50))
    assert found == pytest.approx(2 / (lowest + 5), rel=1e-7)


@pytest.mark.parametrize(
    ("loss", "start"),
    [
        (lambda p: p[0] ** 2 - p[1] ** 2, [1.0, 1.0]),
        (lambda p: p[0] ** 2 + 0 * p[1], [1.0, 1.0]),
        (lambda p: -(p**2).sum(), np.ones(DENSE_LIMIT + 1)),
        (lambda p: 3 * p.sum(), np.ones(DENSE_LIMIT + 1)),
        (spread_quadratic(0.0), np.ones(DENSE_LIMIT + 50)),
        (spread_quadratic(-0.1), np.ones(DENSE_LIMIT + 50)),
    ],
)
def test_without_upward_curvature_everywhere_there_is_no_best_rate(loss, start):
    with pytest.raises(ValueError, match="must curve upwards in every direction .*; got curv"):
        best_learning_rate(loss, start)


# Along a run


def network(hidden: int):
    torch.manual_seed(1)
    module = torch.nn.Sequential(
        torch.nn.Linear(1, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 1)
    )
    inputs = torch.linspace(-1, 1, 12)[:, None]
    loss, start, *_ = model_loss(module, inputs, torch.sin(4 * inputs), torch.nn.MSELoss())
    return loss, start


@pytest.mark.parametrize("hidden", [5, 60])
def test_along_a_run_each_sharpness_is_that_of_its_iterate(hidden):
    loss, start = network(hidden)
    run = record(loss, start, learning_rate=0.05, steps=7)
    found = sharpness_along(loss, run, every=3)
    expected = [sharpness(loss, run.iterates[t]) for t in (0, 3, 6, 7)]
    np.testing.assert_allclose(found[[0, 3, 6, 7]], expected, rtol=1e-6)
    assert np.isnan(found[[1, 2, 4, 5]]).all()


def test_from_an_exact_eigenvector_a_larger_eigenvalue_is_found_all_the_same():
    diagonal = np.linspace(1, 3, 150)
    near = np.eye(150)[0]
    found, vector = largest_eigenvalue(lambda v: diagonal * v, 150, near, tolerance=1e-6)
    assert found == pytest.approx(3)
    again, same = largest_eigenvalue(lambda v: diagonal * v, 150, near, tolerance=1e-6)
    assert found == again and (vector == same).all(), "to the bit"
    np.testing.assert_allclose(np.abs(vector), np.eye(150)[-1], atol=1e-4)


def test_along_a_run_another_direction_may_become_the_sharpest():
    def crossing(p):  # the eigenvectors never turn, so that nothing leads from one to the other
        return 3 * p[0] ** 2 + p[1] ** 4 + (p[2:] ** 2).sum() / 9

    start = np.ones(DENSE_LIMIT + 1) * 1e-3
    start[1] = 1.0
    run = record(lambda p: -crossing(p), start, learning_rate=0.01, steps=8)
    found = sharpness_along(crossing, record(crossing, start, learning_rate=0.02, steps=40))
    assert found[0] == pytest.approx(12) and found[-1] == pytest.approx(6)
    rising = sharpness_along(crossing, run)
    np.testing.assert_allclose(rising, np.maximum(6, 12 * run.iterates[:, 1] ** 2), rtol=1e-6)


def test_a_run_that_explodes_has_nan_where_its_curvature_is_not_finite():
    def steep(p):
        return (p**2).sum().exp()

    run = record(steep, [4.0, 1.0], learning_rate=1e-8, steps=200)
    far = record(lambda p: (p**2).sum(), [1.0, 1.0], learning_rate=30.0, steps=3)
    assert np.isfinite(sharpness_along(steep, run, every=50)[[0, 50, 200]]).all()
    found = sharpness_along(steep, far)
    assert np.isfinite(found[0]) and np.isnan(found[1:]).all()


def guarded(p):
    """Return a loss that raises outside its domain, the numbers below 2."""
    if p[0].item() < 2:
        raise ValueError("outside")
    return p[0] ** 4


def mistaken(p):
    return p[0] ** 4 if p[0].item() >= 2 else p[0] + None


def widened(p):
    return p[0] ** 4 if p[0].item() >= 2 else p


RUN = record(lambda p: p[0] ** 4, [4.0], learning_rate=0.005, steps=4)


def test_a_point_outside_the_domain_of_the_loss_has_no_sharpness():
    inside = RUN.iterates[:, 0] >= 2
    assert inside.any() and not inside.all()
    np.testing.assert_array_equal(np.isfinite(sharpness_along(guarded, RUN)), inside)


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [(mistaken, ValueError, "got TypeError: unsupported"), (widened, ValueError, "scalar tensor")],
)
def test_a_mistake_in_the_loss_is_refused_wherever_the_run_leads(loss, kind, message):
    with pytest.raises(kind, match=message):
        sharpness_along(loss, RUN)


def test_full_batch_descent_drives_a_networks_sharpness_to_the_edge_of_stability():
    loss, start = network(20)
    run = record(loss, start, learning_rate=0.1, steps=2000)
    found = sharpness_along(loss, run, every=100)[::100] * 0.1 / 2
    assert found[0] < 0.7 and (found < 1.3).all()
    assert 0.9 < np.median(found[-8:]) < 1.1
    assert run.losses[-1] < 0.01 * run.losses[0]


@pytest.mark.parametrize(("every", "error"), [(0, ValueError), (1.5, TypeError)])
def test_a_run_is_measured_at_whole_steps(every, error):
    run = record(lambda p: p[0] ** 2, [1.0], learning_rate=0.1, steps=2)
    with pytest.raises(error, match="every must be"):
        sharpness_along(lambda p: p[0] ** 2, run, every=every)
