"""What is said of a run is true of its numbers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from descent import LOSSES, Trajectory, record, sharpness
from descent.runs.steps import goes_across
from descent.text import runs as text
from scenes.wording.rates import describe_rate
from scenes.wording.runs import describe_left


def run_with(losses, gradients=None, diverged=False):
    """Return a one-parameter trajectory with these losses."""
    losses = np.asarray(losses, dtype=float)
    gradients = np.ones(len(losses)) if gradients is None else np.asarray(gradients, dtype=float)
    return Trajectory(
        iterates=np.zeros((len(losses), 1)),
        losses=losses,
        gradients=gradients[:, None],
        learning_rates=np.ones(len(losses) - 1),
        names=("x",),
        diverged=diverged,
        optimizer="SGD",
    )


@pytest.mark.parametrize(
    ("losses", "gradients", "minimum", "said"),
    [
        ((5, 2), (1, 1), 1, "75 % of the way down"),
        ((5, 2), (1, -1), 1, "Across the valley: 75 % of the way down"),
        ((101, 97), (1, 1), 1, "Only 4.0 % of the way down"),
        ((101, 97), (1, -1), 1, "Across the valley: only 4.0 % of the way down"),
        ((1e6, 1e6 - 1), (1, 1), 0, "Less than 0.1 % of the way down"),
        ((3, 4), (1, -1), 1, "Across the valley: 50 % higher above the minimum"),
        ((3, 4), (1, 1), 1, "50 % higher above the minimum"),
        ((3, 5), (1, 1), 1, "Twice as high above the minimum"),
        ((1, 51), (1, 1), 0, "51 times as high above the minimum"),
        ((-1, -5), (1, 1), -9, "50 % of the way down"),
        # A share that would read "100 %" is told by numbers, and so is one that is not known.
        ((1000, 1.2), (1, 1), 1, "The loss goes from 1000 to 1.200"),
        ((4, 3), (1, 1), np.nan, "The loss goes from 4.000 to 3.000"),
        ((4, 3), (1, 1), 3.5, "The loss goes from 4.000 to 3.000"),
        ((4, 3), (1, 1), 3, "The loss goes from 4.000 to 3.000"),
        ((4, 5), (1, -1), 4, "Across the valley: the loss goes from 4.000 to 5.000"),
        ((0, 0), (0, 0), 0, "The loss stays at 0.000"),
        ((1, -5), (1, 1), 0, "The loss goes from 1.000 to −5.000"),
    ],
)
def test_a_step_is_told_as_a_share_of_the_height_above_the_minimum(
    losses, gradients, minimum, said
):
    assert text.step(run_with(losses, gradients), 0, minimum=minimum) == said


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ((4, 3), "The loss goes from 4.000 to 3.000"),
        ((1000, 999), "The loss goes from 1000 to 999.0"),
        ((1e6, 1e6 - 1), "The loss falls by 1.000"),
        ((2, 2 + 1e-6), "The loss rises by 1.00·10^−6"),
        ((-2, -2 - 1e-6), "The loss falls by 1.00·10^−6"),
        ((1.5, 1.5 - 1e-15), "The loss stays at 1.500"),
        # The numbers "1.096" and "1.095" would tell of a fall sixteen times as far.
        ((1.09552, 1.09546), "The loss falls by 6.00·10^−5"),
        ((1.09546, 1.09552), "The loss rises by 6.00·10^−5"),
        ((1.0963, 1.0953), "The loss goes from 1.096 to 1.095"),
    ],
)
def test_without_a_minimum_a_step_is_told_by_numbers_that_tell_how_far(losses, said):
    assert text.step(run_with(losses), 0) == said


def shown(run, minimum):
    return SimpleNamespace(trajectory=run, minimum=minimum, sharpness=1.0)


@pytest.mark.parametrize(
    ("losses", "diverged", "minimum", "said"),
    [
        ((4, 3), False, 0, "75 % of the way down is left"),
        ((4, 3.5), False, 3, "50 % of the way down is left"),
        ((4, 2e3), False, 0, "500 times the loss at the start"),
        ((4, 12), False, 0, "The loss goes from 4.000 to 12.00"),
        ((4, 3), False, np.nan, "The loss goes from 4.000 to 3.000"),
        ((4, 4 - 1e-6), False, 3, "The loss falls by 1.00·10^−6"),
        ((4, 4), False, 4, "The loss stays at 4.000"),
        ((4, 8), True, 0, "Diverged at step 2"),
    ],
)
def test_the_rest_of_the_way_down_is_said_as_it_is(losses, diverged, minimum, said):
    assert describe_left(shown(run_with(losses, diverged=diverged), minimum)) == said


NAMES = ("very small", "just right", "very large")


def ended_at(*ends):
    """Return runs from a loss of 4 to these losses; None for one that diverged."""
    return [run_with((4, 4) if end is None else (4, end), diverged=end is None) for end in ends]


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((3, 1, 9), "just right is lowest; very large ended higher than the start"),
        ((3, 1, None), "just right is lowest; very large diverged"),
        ((1, 1, 9), "very small and just right are equally low; very large ended higher"),
        ((None, 5, 6), "just right is lowest; just right and very large ended higher"),
    ],
)
def test_the_lowest_of_three_is_one_that_did_not_diverge(ends, said):
    assert text.lowest(NAMES, ended_at(*ends)).startswith(f"After 1 step, {said}")


def test_when_all_diverge_that_is_said():
    said = text.lowest(NAMES, ended_at(None, None, None))
    assert said == "Very small, just right and very large diverged"


def test_of_many_runs_those_alike_are_counted():
    names = [f"η = {k}" for k in range(9)]
    said = text.lowest(names, ended_at(1, 2, 3, 5, None, None, None, None, 6))
    assert said == (
        "After 1 step, η = 0 is lowest; η = 3 and η = 8 ended higher than the start; "
        "4 of 9 diverged"
    )


@pytest.mark.parametrize(
    ("rate", "where"),
    [(0.6, "beyond"), (0.5, "at"), (0.5001, "at"), (0.4, "below"), (0.04, "far below")],
)
@pytest.mark.parametrize("is_global", [True, False])
def test_a_rate_is_compared_with_the_boundary_where_the_loss_has_one(rate, where, is_global):
    run = SimpleNamespace(learning_rate=rate, critical_learning_rate=0.5, is_global=is_global)
    said = describe_rate(run)
    if is_global:
        assert said.endswith(f", {where} the boundary $2 \\/ lambda = 0.5$")
    else:
        words = "as large as" if where == "at" else where
        assert said.endswith(f", {words} $2 \\/ lambda = 0.5$ at the start")


def test_without_a_boundary_none_is_named():
    run = SimpleNamespace(learning_rate=0.1, critical_learning_rate=np.inf)
    assert "boundary" not in describe_rate(run)


@pytest.mark.parametrize(("rate", "across"), [(0.9, False), (1.1, True)])
def test_a_step_beyond_the_minimum_of_a_parabola_goes_across(rate, across):
    loss = LOSSES["parabola"]
    rate_to_the_minimum = 1 / sharpness(loss, loss.start)
    run = record(loss, loss.start, learning_rate=rate * rate_to_the_minimum, steps=1)
    assert goes_across(run, 0) is across
