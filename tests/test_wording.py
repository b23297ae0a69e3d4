"""What is said of a run is true of its numbers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from descent import LOSSES, Trajectory, record, sharpness
from scenes.wording import runs as wording


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
    ("losses", "gradients", "said"),
    [
        ((4, 3), (1, 1), "Downhill: the loss falls by 25 %"),
        ((4, 3), (1, -1), "Across the valley, but lower: the loss falls by 25 %"),
        ((100, 96), (1, 1), "A tiny step: the loss falls by only 4.0 %"),
        ((100, 96), (1, -1), "Across the valley, but lower: the loss falls by 4.0 %"),
        ((1e6, 1e6 - 1), (1, 1), "A tiny step: the loss falls by less than 0.1 %"),
        ((2, 3), (1, -1), "Across the valley, and higher: the loss rises by 50 %"),
        ((2, 3), (1, 1), "Uphill: the loss rises by 50 %"),
        ((1, 51), (1, -1), "Across the valley, and higher: the loss rises to 51 times what it was"),
        ((0, 0), (0, 0), "The loss stays at 0.000"),
        ((0, 2), (0, 1), "Uphill: the loss goes from 0.000 to 2.000"),
        ((1, -5), (1, 1), "Downhill: the loss goes from 1.000 to −5.000"),
        ((-1, -5), (1, 1), "Downhill: the loss goes from −1.000 to −5.000"),
    ],
)
def test_a_step_is_said_as_it_was(losses, gradients, said):
    assert wording.say_step(run_with(losses, gradients), 0) == said


@pytest.mark.parametrize(
    ("losses", "diverged", "said"),
    [
        ((4, 3), False, "After 1 step, 75 % of the loss is left"),
        ((4, 12), False, "After 1 step, 3.0 times the loss"),
        ((4, -1), False, "Loss 4.000; after 1 step, −1.000"),
        ((4, 8), True, "Diverged at step 2"),
    ],
)
def test_what_is_left_is_said_as_it_is(losses, diverged, said):
    assert wording.say_left(run_with(losses, diverged=diverged)) == said


def compared(**losses):
    """Return runs that ended with these losses; None for one that diverged."""
    return {
        name: SimpleNamespace(
            trajectory=run_with((4, 4), diverged=True) if end is None else run_with((4, end))
        )
        for name, end in losses.items()
    }


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
    names = ("very_small", "just_right", "very_large")
    runs = compared(**dict(zip(names, ends, strict=True)))
    assert wording.say_lowest(runs).startswith(f"After 1 step, {said}")


def test_when_all_diverge_that_is_said():
    runs = compared(very_small=None, just_right=None, very_large=None)
    assert wording.say_lowest(runs) == "Very small, just right and very large diverged"


@pytest.mark.parametrize(
    ("rate", "where"),
    [(0.6, "beyond"), (0.5, "at"), (0.5001, "at"), (0.4, "below"), (0.04, "far below")],
)
def test_a_rate_is_compared_with_the_boundary(rate, where):
    ran = SimpleNamespace(behavior="diverging")
    run = SimpleNamespace(learning_rate=rate, critical_learning_rate=0.5, trajectory=ran)
    assert f", {where} the boundary" in wording.say_rate(run)


def test_who_arrives_beyond_the_boundary_is_beyond_that_of_the_start():
    ran = SimpleNamespace(behavior="converging")
    run = SimpleNamespace(learning_rate=0.7, critical_learning_rate=0.5, trajectory=ran)
    assert wording.say_rate(run).endswith("beyond the boundary $2 \\/ lambda = 0.5$ at the start")


def test_a_loss_without_a_boundary_has_none_said():
    run = SimpleNamespace(learning_rate=0.1, critical_learning_rate=np.inf)
    assert "boundary" not in wording.say_rate(run)


@pytest.mark.parametrize(("rate", "across"), [(0.9, False), (1.1, True)])
def test_a_step_beyond_the_minimum_of_a_parabola_goes_across(rate, across):
    loss = LOSSES["parabola"]
    rate_to_the_minimum = 1 / sharpness(loss, loss.start)
    run = record(loss, loss.start, learning_rate=rate * rate_to_the_minimum, steps=1)
    assert wording.goes_across(run, 0) is across
