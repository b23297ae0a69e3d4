"""A Trajectory: its shape, its words for what happened, and what its file may hold."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

from descent import Trajectory


def run(losses, gradients, diverged=False, **others):
    gradients = np.array(gradients, dtype=float).reshape(len(losses), -1)
    steps, count = len(losses) - 1, gradients.shape[1]
    return Trajectory(
        iterates=np.arange(len(losses) * count, dtype=float).reshape(-1, count),
        losses=np.array(losses, dtype=float),
        gradients=gradients,
        learning_rates=np.full(steps, 0.1),
        names=tuple(f"θ{i}" for i in range(count)),
        diverged=diverged,
        **others,
    )


def descent_of(losses, gradients, **changes):
    """Return a run whose steps are those of its gradients, at rate 0.1."""
    shown = run(losses, gradients)
    steps = np.cumsum(np.vstack([0 * shown.gradients[:1], shown.gradients[:-1]]), axis=0)
    return replace(shown, iterates=1 - 0.1 * steps, **changes)


@pytest.mark.parametrize(
    ("losses", "gradients", "behaviour"),
    [
        ([4, 3.9, 3.8], [4, 3.9, 3.8], "slow"),
        ([4, 1, 0.01], [4, 2, 0.4], "converging"),
        ([4, 3.9, 3.8], [4, -3.9, 3.8], "oscillating"),
        ([4, 3.9, 3.8, 3.7], [4, -3.9, -3.8, -3.7], "slow"),
        ([4, 9, 20], [4, -14, 45], "diverging"),
        ([4, 9, 20, 3], [4, -6, 9, 0], "converging"),
        ([4, 4, 4], [4, -4, 4], "oscillating"),
        ([4], [4], "stationary"),
        ([0, 0], [0, 0], "stationary"),
        ([170, 40, 0.23], [60, 30, 9], "converging"),
        ([4, 3, 2.1], [4, 3, 2], "slow"),
        ([-4, -6, -9], [4, 3.9, 3.8], "slow"),
        ([4, 1, -9], [4, 4, 4], "slow"),
        ([4, 3.5], [4, 3], "slow"),
        ([4, 1], [4, -2], "converging"),
        ([4, 3, 1], [4, -3, 2], "oscillating"),
    ],
)
def test_behaviour_is_what_the_numbers_show(losses, gradients, behaviour):
    assert descent_of(losses, gradients).behavior == behaviour


def test_a_run_that_stopped_at_a_number_that_was_not_finite_diverges():
    assert run([4, 3], [4, 3], diverged=True).behavior == "diverging"


def test_behaviour_survives_gradients_whose_squares_overflow_or_vanish():
    for size in (1e200, 1e-200):
        assert run([4, 3, 2], [size, -size, size]).behavior == "oscillating"


def test_between_two_steps_the_point_lies_on_the_straight_line():
    trajectory = run([4, 3, 2], [[4, 1], [3, 1], [2, 1]])
    np.testing.assert_array_equal(trajectory.at(0), [0, 1])
    np.testing.assert_array_equal(trajectory.at(1), [2, 3])
    np.testing.assert_allclose(trajectory.at(1.25), [2.5, 3.5])


def test_before_the_start_and_after_the_end_the_point_stands_still():
    trajectory = run([4, 3, 2], [4, 3, 2])
    np.testing.assert_array_equal(trajectory.at(-1), trajectory.iterates[0])
    np.testing.assert_array_equal(trajectory.at(99), trajectory.iterates[-1])
    np.testing.assert_array_equal(run([4], [4]).at(0.5), [0])


def test_whole_steps_are_met_exactly_however_large_the_next_one_is():
    trajectory = Trajectory([[0.1], [1e300]], [1, 2], [[1], [2]], [0.1], ("θ",))
    assert trajectory.at(0)[0] == 0.1
    assert trajectory.at(1)[0] == 1e300


def test_the_first_steps_are_the_same_rows():
    trajectory = run([4, 3, 2], [4, 3, 2], diverged=True)
    first = trajectory.first(1)
    assert (first.steps, first.diverged) == (1, False)
    np.testing.assert_array_equal(first.losses, [4, 3])
    assert trajectory.first(3).diverged


def test_a_negative_number_of_first_steps_is_refused():
    with pytest.raises(ValueError, match="steps must be from 0 to 1,000,000; got -1"):
        run([4, 3], [4, 3]).first(-1)


@pytest.mark.parametrize("change", [{"optimizer": 3}, {"diverged": ()}, {"options": ()}])
def test_words_of_another_type_are_refused(change):
    with pytest.raises(TypeError, match=f"{next(iter(change))} must be a .*; got"):
        Trajectory([[0], [1]], [4, 3], [[1], [1]], [0.1], ("θ",), **change)


def test_arrays_cannot_be_changed_from_outside_nor_from_inside():
    losses = np.array([4.0, 3.0])
    trajectory = Trajectory([[0], [1]], losses, [[1], [1]], [0.1], ("θ",))
    losses[0] = 99
    assert trajectory.losses[0] == 4
    with pytest.raises(ValueError, match="read-only"):
        trajectory.iterates[0] = 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"losses": [1.0]}, r"iterates must have shape \(1, 1\)"),
        ({"gradients": [[1.0], [1.0], [1.0]]}, "gradients must have shape"),
        ({"learning_rates": [0.1, 0.1]}, "learning_rates must have shape"),
        ({"names": ("a", "b")}, "iterates must have shape"),
        ({"names": ("",)}, "names must be texts"),
        ({"losses": [1.0, np.nan]}, "losses must be finite"),
        ({"iterates": [[1.0], [np.inf]]}, "iterates must be finite"),
        (
            {"stopped_by": "me"},
            "stopped_by must be one of None, 'parameters', 'loss'",
        ),
        (
            {"next_loss": "me"},
            "next_loss must be one of '', 'inf', '-inf', 'nan', 'none'",
        ),
    ],
)
def test_rows_that_do_not_fit_together_are_refused(change, message):
    rows = {
        "iterates": [[0.0], [1.0]],
        "losses": [2.0, 1.0],
        "gradients": [[1.0], [1.0]],
        "learning_rates": [0.1],
        "names": ("θ",),
    }
    with pytest.raises(ValueError, match=message):
        Trajectory(**{**rows, **change})


def test_names_must_differ():
    with pytest.raises(ValueError, match="names must be texts that differ"):
        Trajectory([[0, 1]], [1], [[1, 1]], [], ("θ", "θ"))


def test_the_old_name_of_an_attribute_works_and_names_the_new_one():
    converging = run([4, 1, 0.01], [4, 2, 0.4])
    said = r"Trajectory\.behaviour is called behavior now; the old name goes in 0\.2\.0"
    with pytest.warns(DeprecationWarning, match=said):
        assert converging.behaviour == converging.behavior


def test_a_trajectory_shows_its_fields_to_whoever_hashes_objects():
    """With slots, vars() is empty, and keys made from it would not see a changed trajectory."""
    assert set(vars(run([4, 3], [4, 3]))) == {f.name for f in fields(Trajectory)}


def test_a_trajectory_can_be_copied_and_sent_to_another_process():
    trajectory = run([4, 3], [4, 3])
    for twin in (copy.deepcopy(trajectory), pickle.loads(pickle.dumps(trajectory))):
        np.testing.assert_array_equal(twin.iterates, trajectory.iterates)
        assert twin.names == trajectory.names


def test_gradients_of_different_batches_say_nothing_of_behaviour():
    turning = run([4, 3, 2.1], [4, -4, 4])
    assert turning.behavior == "oscillating"
    batches = np.array([5.0, 1.0, 2.0])
    assert replace(turning, batch_losses=batches).behavior == "slow"
    fallen = run([4, 3, 2.9], [4, 4, 4], batch_losses=batches)
    assert fallen.behavior == "converging"


def test_times_and_numbers_of_steps_must_be_numbers():
    steady = run([4, 3], [4, 3])
    with pytest.raises(TypeError, match="step must be a number; got 'x'"):
        steady.at("x")
    with pytest.raises(ValueError, match="step must be finite; got nan"):
        steady.at(np.nan)
    with pytest.raises(TypeError, match="steps must be a whole number; got 1.5"):
        steady.first(1.5)
