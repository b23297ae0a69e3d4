"""What is said of a step is true of it, and is not said where it is not."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from descent import Trajectory
from scenes.wording import steps


def run(*losses, minimum=np.nan):
    count = len(losses)
    trajectory = Trajectory(
        iterates=np.arange(count)[:, None],
        losses=losses,
        gradients=-np.ones((count, 1)),
        learning_rates=np.ones(count - 1),
        names=("w",),
    )
    return SimpleNamespace(trajectory=trajectory, minimum=minimum)


@pytest.mark.parametrize(
    ("claim", "holds", "breaks"),
    [
        (steps.step_by_share, run(5, 2, minimum=1), run(5, 2)),
        (steps.step_by_share, run(5, 2, minimum=1), run(5, 2, minimum=3)),
        (steps.step_by_share, run(5, 2, minimum=1), run(5, 1 + 1e-6, minimum=1)),
        (steps.step_by_share, run(5, 9, minimum=1), run(5, 9, minimum=5)),
        (steps.step_by_share, run(5, 2, minimum=1), run(5, 5, minimum=1)),
        (steps.step_by_numbers, run(5, 2), run(2, 2 + 1e-15)),
        (steps.step_stays, run(2, 2 + 1e-15), run(5, 2)),
    ],
)
def test_a_claim_is_made_only_where_it_is_true(claim, holds, breaks):
    assert claim(holds, 0)
    assert claim(breaks, 0) is None


def test_the_subtitle_adds_the_numbers_to_a_share():
    claim, caption = steps.say_step(run(5.846, 1.632, minimum=0.0696), 0)
    assert claim == "73 % of the way down"
    assert caption == "Step 1: the loss goes from 5.846 to 1.632."


def test_no_sentence_is_said_twice_in_a_row():
    halving = run(9, 5, 3, 2, minimum=1)
    said = [steps.say_step(halving, 0)[0]]
    said.append(steps.say_step(halving, 1, said[-1])[0])
    said.append(steps.say_step(halving, 2, said[-1])[0])
    assert said == ["50 % of the way down", "The loss goes from 5.000 to 3.000", said[0]]
    standing = run(2, 2, 2)
    first, _ = steps.say_step(standing, 0)
    assert first == "The loss stays at 2.000"
    assert steps.say_step(standing, 1, first) == (None, "")


def test_the_name_of_a_step_counts_from_one():
    assert steps.step_name(0) == "Step 1"
