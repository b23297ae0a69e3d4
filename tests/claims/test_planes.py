"""What is said of the plane on which a run is drawn holds of that plane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from descent import Plane, record
from scenes.wording import planes, race
from scenes.wording.race import one_start
from tests.claims.recordings import lecture
from understanding_gradients.lecture.from_runs import comparison_inputs, single_run_inputs

CURVATURES = torch.tensor([1.0, 2.0, 4.0, 8.0], dtype=torch.float64)
START = (1.0, -2.0, 1.5, 0.5)


def bowl(p):
    return (CURVATURES * p**2).sum() / 2


def ran(rate=0.1, steps=6, start=START):
    return record(bowl, list(start), learning_rate=rate, steps=steps)


# Through the minimum, along the two flattest directions: the start is far off it.
AWAY = Plane([0, 0, 0, 0], [[1, 0, 0, 0], [0, 1, 0, 0]])
FEW = lecture("default")["just_right"]
SHORT, LONG = single_run_inputs(ran(), bowl), single_run_inputs(ran(steps=40), bowl)
OFF = single_run_inputs(ran(), bowl, plane=AWAY)
STILL = single_run_inputs(ran(start=(0.0, 0.0, 0.0, 0.0)), bowl, plane=AWAY)
THREE = comparison_inputs([ran(rate) for rate in (0.01, 0.1, 0.2)], bowl)
ON_AWAY = comparison_inputs([ran(rate) for rate in (0.01, 0.1, 0.2)], bowl, plane=AWAY)
# As where all rows take too long to be drawn: the lines differ from the losses by the rows, too.
PART, OTHER = (
    replace(one, landscapes=tuple(replace(view, rows=7, all_rows=24) for view in one.landscapes))
    for one in (SHORT, LONG)
)

CASES = [
    (planes.shows_share, (SHORT,), (FEW,)),
    (planes.shows_share, (SHORT,), (STILL,)),
    (planes.lines_differ, (OFF.trajectory,), (SHORT.trajectory,)),
    (planes.lines_differ, (OFF.trajectory,), (FEW.trajectory,)),
    (planes.lines_differ, (OFF.trajectory,), (OFF.trajectory, 7)),
    (planes.some_rows, (PART,), (SHORT,)),
    (planes.some_rows, (PART,), (OTHER,)),  # whose other plane is of all rows
    (planes.turned, (LONG,), (SHORT,)),
    (race.one_plane, (THREE,), ({name: lecture("default")[name] for name in THREE},)),
]


def test_the_share_and_both_losses_are_written():
    # Along axis i, each step keeps 1 − 0.1 · curvature_i of the distance.
    paths = np.array(START) * (1 - 0.1 * CURVATURES.numpy()) ** np.arange(7)[:, None]
    share = 100 * paths.var(axis=0)[:2].sum() / paths.var(axis=0).sum()
    assert planes.shows_share(OFF) == (
        f"4 parameters: the plane shows {share:.0f} % of how these 6 steps move"
    )
    # 1/2 (1 + 2 · 4) on the plane, and 4 · 2.25/2 + 8 · 0.25/2 beyond it
    assert planes.lines_differ(OFF.trajectory) == (
        "The start lies off this plane: its loss is 10.00, the lines there say 4.500"
    )


def test_two_starts_with_one_place_on_the_plane_are_no_one_start():
    assert one_start(ON_AWAY) is not None
    other = single_run_inputs(ran(0.2, start=(1.0, -2.0, 0.5, 1.5)), bowl, plane=AWAY)
    place = ON_AWAY["just_right"].trajectory.iterates[0]
    assert other.trajectory.iterates[0].tolist() == place.tolist()
    assert one_start(ON_AWAY | {"very_large": other}) is None


@pytest.mark.parametrize("shown", [1.0, 0.99999, 0.9994, 0.5])
def test_a_share_has_few_digits(shown):
    known = {1.0: "all", 0.99999: "nearly all", 0.9994: "99.9 %", 0.5: "50 %"}
    projection = replace(SHORT.projection, shown=shown)
    run = replace(SHORT, trajectory=replace(SHORT.trajectory, projection=projection))
    assert f" shows {known[shown]} of how" in planes.shows_share(run)
