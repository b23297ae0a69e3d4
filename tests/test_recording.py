"""Recording a descent, against closed forms and against torch.optim run by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import descent
from descent import record
from tests.quadratics import quadratics

ROOT = Path(__file__).parents[1]
unhurried = settings(deadline=None, max_examples=40)


def bowl(params):
    return params[0] ** 2 + 3 * params[1] ** 2


@unhurried
@given(quadratics(), st.floats(0.001, 0.19), st.integers(1, 30))
def test_on_a_quadratic_the_iterates_are_the_closed_form(quadratic, learning_rate, steps):
    run = record(quadratic, quadratic.start, learning_rate=learning_rate, steps=steps)
    expected = [quadratic.iterate(learning_rate, t) for t in range(steps + 1)]
    np.testing.assert_allclose(run.iterates, expected, rtol=1e-9, atol=1e-9)


@unhurried
@given(quadratics(), st.floats(0.01, 1.0))
def test_rows_are_aligned(quadratic, learning_rate):
    run = record(quadratic, quadratic.start, learning_rate=learning_rate, steps=5)
    for point, loss, gradient in zip(run.iterates, run.losses, run.gradients, strict=True):
        away = point - quadratic.minimiser
        np.testing.assert_allclose(loss, away @ quadratic.hessian @ away / 2, rtol=1e-9)
        np.testing.assert_allclose(gradient, quadratic.hessian @ away, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        run.iterates[1:], run.iterates[:-1] - run.learning_rates[:, None] * run.gradients[:-1]
    )


@unhurried
@given(st.floats(0.01, 100), st.floats(0.1, 3.9))
def test_on_a_parabola_the_thresholds_are_one_and_two_over_the_curvature(curvature, share):
    learning_rate = share / curvature
    run = record(lambda p: curvature * p[0] ** 2 / 2, [1.0], learning_rate=learning_rate, steps=20)
    signs = np.sign(run.iterates[:4, 0])
    if share < 0.999:
        assert (signs > 0).all(), "below 1/λ it never crosses the minimum"
    if 1.001 < share < 1.999:
        assert (signs == [1, -1, 1, -1]).all(), "above 1/λ it crosses it at every step"
        assert run.losses[-1] < run.losses[0]
    if share > 2.001:
        assert run.behavior == "diverging"


def test_at_one_over_the_curvature_a_parabola_is_solved_in_one_step():
    run = record(lambda p: 2 * p[0] ** 2, [3.0], learning_rate=0.25, steps=1)
    assert run.iterates[1, 0] == 0


def test_at_two_over_the_curvature_a_parabola_swings_for_ever():
    run = record(lambda p: 2 * p[0] ** 2, [3.0], learning_rate=0.5, steps=9)
    np.testing.assert_array_equal(run.iterates[:, 0], [3.0, -3.0] * 5)
    assert run.behavior == "oscillating"


def test_divergence_keeps_every_finite_row_and_says_so():
    run = record(lambda p: p[0] ** 4, [3.0], learning_rate=1.0, steps=50)
    assert run.diverged
    assert run.steps < 50
    assert len(run.losses) == run.steps + 1
    with np.errstate(over="ignore", invalid="ignore"):
        following = run.iterates[-1] - run.gradients[-1]
        assert not np.isfinite(following**4 + 4 * following**3).all()


def test_a_gradient_that_is_not_finite_ends_the_recording():
    run = record(lambda p: p[0].abs().sqrt(), [1.0], learning_rate=2.0, steps=5)
    assert (run.stopped_by, run.diverged, run.steps) == ("gradient", False, 0)


def test_recording_stops_once_the_loss_is_low_enough():
    whole = record(bowl, [2.0, 1.0], learning_rate=0.1, steps=50)
    run = record(bowl, [2.0, 1.0], learning_rate=0.1, steps=50, until=1.0)
    assert 0 < run.steps < 50
    assert run.losses[-1] <= 1.0 < run.losses[-2]
    assert not run.diverged
    np.testing.assert_array_equal(run.iterates, whole.iterates[: run.steps + 1])


def test_recording_works_where_gradients_are_switched_off():
    with torch.no_grad():
        assert record(bowl, [2.0, 1.0], learning_rate=0.1, steps=2).steps == 2


def test_a_start_may_be_a_tensor_that_requires_a_gradient_and_is_left_alone():
    start = torch.tensor([2.0, 1.0], requires_grad=True)
    run = record(bowl, start, learning_rate=0.1, steps=2)
    assert run.iterates.dtype == np.float64
    assert start.tolist() == [2.0, 1.0]
    assert start.grad is None


def test_names_come_from_the_loss_or_the_caller_or_are_numbered():
    loss = descent.neuron_loss([[0, 1], [1, 2]])
    assert record(loss, [0, 0], learning_rate=0.1, steps=1).names == ("W1", "b1")
    assert record(bowl, [0, 0], learning_rate=0.1, steps=1).names == ("θ1", "θ2")
    named = record(bowl, [0, 0], learning_rate=0.1, steps=1, names=["u", "v"])
    assert named.names == ("u", "v")


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"learning_rate": 0}, ValueError, "learning_rate must be positive and finite; got 0"),
        ({"learning_rate": -0.1}, ValueError, "positive and finite; got -0.1"),
        ({"learning_rate": np.nan}, ValueError, "positive and finite; got nan"),
        ({"learning_rate": np.inf}, ValueError, "positive and finite; got inf"),
        ({"learning_rate": "fast"}, TypeError, "a number, or one number per step; got 'fast'"),
        ({"learning_rate": True}, TypeError, "must be a number, or one number per step; got True"),
        ({"learning_rate": [0.1, 0.2]}, ValueError, r"or 3 \(one per step\); got shape \(2,\)"),
        ({"learning_rate": [0.1, -0.2, 0.1]}, ValueError, "got -0.2"),
        ({"learning_rate": [[0.1], 0.2]}, TypeError, "must be a number"),
        ({"steps": 0}, ValueError, "steps must be from 1 to 1,000,000; got 0"),
        ({"steps": -3}, ValueError, "got -3"),
        ({"steps": 10**9}, ValueError, "got 1,000,000,000"),
        ({"steps": 2.5}, TypeError, "steps must be a whole number; got 2.5"),
        ({"steps": True}, TypeError, "steps must be a whole number; got True"),
        ({"start": [1, 2, 3], "names": ("a", "b")}, ValueError, r"2 numbers \(a, b\); got 3"),
        ({"start": [[1, 2]]}, ValueError, r"one number per parameter; got shape \(1, 2\)"),
        ({"start": []}, ValueError, r"got shape \(0,\)"),
        ({"start": [np.nan, 1]}, ValueError, "start must be finite"),
        ({"start": "2,1"}, TypeError, "start must consist of numbers; got '2,1'"),
    ],
)
def test_a_wrong_request_is_refused_in_one_sentence(wrong, kind, message):
    request = {"start": [2.0, 1.0], "learning_rate": 0.1, "steps": 3, **wrong}
    with pytest.raises(kind, match=message):
        record(bowl, request.pop("start"), **request)


@pytest.mark.slow
def test_a_recording_that_would_not_fit_a_file_is_thinned():
    run = record(lambda p: p.square().sum(), np.ones(1_200_000), learning_rate=0.25, steps=56)
    assert run.steps == 56 and len(run.iterates) <= 16 and run.sketch is not None
    np.testing.assert_array_equal(run.iterates[:, 0], 0.5**run.recorded_steps)
    np.testing.assert_allclose(run.losses, 1_200_000 * 0.25 ** np.arange(57))


def brittle(params):
    """Return a parabola that fails below 1, as a loss does outside its domain."""
    if params[0] < 1:
        raise ArithmeticError("too low")
    return params[0] ** 2


def test_a_loss_that_raises_at_a_later_step_keeps_the_rows_before_it():
    run = record(brittle, [2.0], learning_rate=0.01, steps=900)
    whole = record(lambda p: p[0] ** 2, [2.0], learning_rate=0.01, steps=run.steps)
    for name in ("iterates", "losses", "gradients", "learning_rates"):
        np.testing.assert_array_equal(getattr(run, name), getattr(whole, name))
    assert (run.steps, run.stopped_by, run.diverged) == (34, "error", False)
    assert run.error == "the loss failed at step 35: ArithmeticError: too low"
    assert (run.behavior, run.next_loss) == ("left the domain", "none")


def test_a_loss_that_raises_at_the_first_step_leaves_the_start():
    run = record(brittle, [2.0], learning_rate=0.9, steps=9)
    assert (run.steps, run.stopped_by) == (0, "error")


# LBFGS evaluates the loss twice in each step here, the first time for the row; and its check once.
@pytest.mark.parametrize(("calls", "step"), [(2, 0), (4, 1)])
def test_a_loss_that_raises_inside_a_step_of_lbfgs_leaves_the_rows_before_it(calls, step):
    left = iter(range(calls))

    def loss(params):
        if next(left, None) is None:
            raise ArithmeticError("worn out")
        return params[0] ** 4

    run = record(loss, [2.0], learning_rate=0.1, steps=9, optimizer="LBFGS", max_iter=2)
    assert (run.iterates[0, 0], run.steps, run.stopped_by) == (2.0, step, "error")
    assert run.error == f"the loss failed at step {step}: ArithmeticError: worn out"


def test_a_loss_that_raises_at_the_start_is_refused():
    said = r"loss must work at the start \[0.5\]; got ArithmeticError: too low"
    with pytest.raises(descent.InvalidValue, match=said):
        record(brittle, [0.5], learning_rate=0.1, steps=9)


def test_a_loss_that_raises_where_the_parameters_are_not_finite_was_stopped_by_these():
    def strict(params):
        if not params.isfinite().all():
            raise ArithmeticError("not finite")
        return params[0] ** 4

    run = record(strict, [1e70], learning_rate=1e300, steps=9)
    assert (run.stopped_by, run.diverged, run.error) == ("parameters", True, "")


def test_an_error_survives_a_file_and_is_left_out_of_the_steps_before_it(tmp_path):
    run = record(brittle, [2.0], learning_rate=0.1, steps=9)
    again = descent.Trajectory.load(run.save(tmp_path / "run"))
    assert (again.stopped_by, again.error) == ("error", run.error)
    first = run.first(run.steps)
    assert (first.stopped_by, first.error) == (None, "")
    assert run.first(run.steps + 1).error == run.error


@pytest.mark.render
def test_the_same_request_gives_the_same_bytes_in_another_process():
    program = """
import sys, descent
loss = descent.LOSSES["rosenbrock"]
run = descent.record(loss, loss.start, learning_rate=1e-3, steps=200)
sys.stdout.buffer.write(run.to_bytes())
"""
    command = [sys.executable, "-c", program]
    other = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    loss = descent.LOSSES["rosenbrock"]
    assert record(loss, loss.start, learning_rate=1e-3, steps=200).to_bytes() == other


@pytest.mark.parametrize(
    ("loss", "start", "rate", "stopped_by", "diverged"),
    [
        (lambda p: (p[0] ** 2).sqrt(), 1.0, 1.0, "gradient", False),
        (lambda p: p[0] ** 4, 1e10, 1.0, "loss", True),
        (lambda p: p[0] ** 4, 1e70, 1e300, "parameters", True),
        (lambda p: p[0].log() * p[0], 1.0, 2.0, "loss", True),
        (lambda p: p[0] ** 2, 1.0, 0.1, None, False),
    ],
)
def test_a_recording_says_what_stopped_it(loss, start, rate, stopped_by, diverged):
    run = record(loss, [start], learning_rate=rate, steps=9)
    assert (run.stopped_by, run.diverged) == (stopped_by, diverged)
    assert run.first(run.steps).stopped_by is None


def likelihood(params):
    """Return a logarithm of a determinant, which has no Cholesky factor from some noise on."""
    kernel = torch.tensor([[2.0, 1.9], [1.9, 2.0]], dtype=torch.float64)
    noise = params[0] * torch.eye(2, dtype=torch.float64)
    return 2 * torch.linalg.cholesky(kernel + noise).diagonal().log().sum()


def test_a_matrix_that_is_no_longer_positive_ends_one_run_and_no_other():
    run = record(likelihood, [3.0], learning_rate=0.05, steps=200)
    rates = [0.001, 0.05, 0.002]
    swept = descent.sweep(likelihood, [3.0], rates, 200)
    assert (run.stopped_by, run.diverged) == ("error", False)
    assert run.error.startswith(f"the loss failed at step {run.steps + 1}: _LinAlgError")
    assert swept.steps_taken.tolist() == [200, run.steps, 200]
    assert [text[:24] for text in swept.errors] == ["", "the loss failed: _LinAlg", ""]
    alone = record(likelihood, [3.0], learning_rate=0.002, steps=200)
    assert swept.final_losses[2] == pytest.approx(alone.losses[-1], rel=1e-12)


SAFE = ((-1, 1), (-1, 1))


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_gradients_are_computed_even_where_they_are_switched_off(mode):
    """Tensors of inference mode take no part in autograd, but the copies of data do."""
    torch.manual_seed(0)
    with mode():
        module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
        for dtype in (torch.float32, torch.float64):
            x, y = torch.ones(4, 2, dtype=dtype), torch.zeros(4, 1, dtype=dtype)
            loss, start, _ = descent.model_loss(module.to(dtype), x, y, torch.nn.MSELoss())
            run = record(loss, start, learning_rate=0.1, steps=3)
            found = descent.network_gradient(module, x, y, torch.nn.MSELoss())
            assert run.losses[-1] < run.losses[0]
            assert found.loss == pytest.approx(run.losses[0])
        inside = answers()
    for one, other in zip(inside, answers(), strict=True):
        np.testing.assert_array_equal(one, other)


def answers():
    """Return what is computed by gradients of a loss, each time from the beginning."""
    run = record(bowl, [2.0, 1.0], learning_rate=0.1, steps=3)
    return [
        run.iterates,
        descent.check_loss(bowl, [2, 1])[1],
        descent.sharpness(bowl, [2, 1]),
        descent.sharpness_along(bowl, run),
        descent.hessian(bowl, [2, 1]),
        descent.hessian_vector_product(bowl, [2, 1], [1, 1]),
        descent.sweep(bowl, [2, 1], [0.1, 0.2], 3).final_losses,
        descent.sample(bowl, SAFE, 3).values,
        descent.difference_errors(bowl, [2, 1]).errors,
        descent.backward_graph(bowl, [2, 1]).loss.value,
        descent.suggest_learning_rates(bowl, [2, 1]).just_right,
    ]


def test_data_are_copied():
    x = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    y, module = x.numpy() + 1, torch.nn.Linear(1, 1).double()
    loss, start, _ = descent.model_loss(module, x, y, torch.nn.MSELoss(), batch_size=1)
    run = record(loss, start, learning_rate=0.1, steps=3)
    x *= 3
    y *= 3
    with torch.no_grad():
        module.weight.zero_()
    assert record(loss, start, learning_rate=0.1, steps=3).to_bytes() == run.to_bytes()


@pytest.mark.parametrize(
    ("start", "got"),
    [
        (list(torch.nn.Linear(2, 1).parameters()), "got the list of 2 tensors: give"),
        (tuple(torch.nn.Linear(2, 1).parameters()), "got the tuple of 2 tensors: give"),
        (torch.nn.Linear(2, 1).parameters(), "got the generator: give"),
        (torch.nn.Linear(2, 1), "got the Linear: give"),
        (torch.nn.Linear(2, 1).state_dict(), "got the OrderedDict: give"),
    ],
)
def test_a_module_for_a_start_is_told_what_makes_a_vector_of_it(start, got):
    with pytest.raises(descent.InvalidType) as caught:
        record(bowl, start, learning_rate=0.1, steps=3)
    said = str(caught.value)
    assert said.startswith("start must be one vector of numbers; ")
    assert got in said and "\n" not in said
    assert "the start that model_loss returns, or torch.nn.utils.parameters_to_vector" in said


def test_a_start_may_consist_of_tensors_of_one_number():
    start = [torch.tensor(2.0, requires_grad=True), torch.nn.Parameter(torch.tensor(1.0))]
    assert record(bowl, start, learning_rate=0.1, steps=1).iterates[0].tolist() == [2, 1]


def test_more_steps_than_fit_a_file_are_told_how_many_do_and_these_can_be_saved(tmp_path):
    with pytest.raises(descent.InvalidValue) as caught:
        descent.check_steps(300, parameters=1_192_510)
    assert str(caught.value).endswith("record at most 54 at once, and go on from iterates[-1].")
    assert descent.check_steps(54, parameters=1_192_510) == 54
    with pytest.raises(descent.InvalidValue, match=r"fewer parameters .* got 40,000,000, of which"):
        descent.check_steps(1, parameters=40_000_000)
