"""Every claim of gradient-descent is shown where it is true, and for some recording is not."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace as Given

import numpy as np
import pytest

from descent import neuron_loss, record
from descent.losses.cuts import cut
from scenes.two_pictures_scene import FLOOR
from scenes.wording import two_pictures as wording
from tests.claims.later import later
from understanding_gradients.lecture.recordings import Rows

SPREAD, EXACT, ALONE = ((0, 1), (1, 3), (2, 4)), ((0, 1), (1, 3)), ((2, 3),)
ONE_X = ((1, 1), (1, 2))


def rows_of(pairs):
    return Rows("x", "y", *np.array(pairs, dtype=float).T, picked=0)


def run_of(pairs, rate=0.2, steps=60, minimum=None, **changes):
    loss = replace(neuron_loss(pairs), start=(-1.0, 0.5))
    trajectory = record(loss, loss.start, learning_rate=rate, steps=steps)
    known = loss.minimum if minimum is None else minimum
    parts = {"trajectory": trajectory, "minimum": known, "is_global": True, "learning_rate": rate}
    return Given(**{**parts, **changes})


def curve_of(pairs):
    loss = cut(replace(neuron_loss(pairs), start=(-1.0, 0.5)), axis=0)
    trajectory = record(loss, loss.start, learning_rate=0.1, steps=2)
    return Given(trajectory=trajectory, learning_rate=0.1)


def losses(*values):
    return Given(losses=np.array(values), steps=len(values) - 1)


@later
def shown_of(run):
    return run.trajectory


run_later, curve_later = later(run_of), later(curve_of)
RUN, SHORT, FIT = run_later(SPREAD), run_later(SPREAD, steps=2), run_later(EXACT)
SINGLE = run_later(ALONE, 0.1)
CURVE, OTHER = curve_later(SPREAD), curve_later(EXACT)
ROWS = rows_of(SPREAD)
FALLS, RISES, STAYS = losses(5.0, 2.0), losses(2.0, 5.0), losses(2.0, 2.0)

CASES = [
    (wording.one_parameter, (CURVE, RUN, 3), (OTHER, RUN, 3)),
    (wording.both_parameters, (RUN, 3), (CURVE, 3)),
    (wording.the_parameter, (CURVE, 3), (RUN, 3)),
    (wording.one_line_one_point, (ROWS, RUN), (ROWS, FIT)),
    (wording.mean_area, (ROWS, RUN), (ROWS, FIT)),
    (wording.line_comes_nearer, (FALLS, 0), (RISES, 0)),
    (wording.line_goes_too_far, (RISES, 0), (FALLS, 0)),
    (wording.line_stays, (STAYS, 0), (FALLS, 0)),
    (wording.another_step, (FALLS, 0), (STAYS, 0)),
    (wording.all_steps, (shown_of(RUN),), (losses(2.0),)),
    (wording.floor, (ROWS, RUN), (ROWS, SHORT)),
    (wording.floor_ahead, (ROWS, SHORT), (ROWS, RUN)),
    (wording.floor_of_one_x, (rows_of(ONE_X), run_later(ONE_X)), (ROWS, RUN)),
    (wording.floor_is_zero, (rows_of(EXACT), FIT), (ROWS, RUN)),
    (wording.many_lines, (rows_of(ALONE), SINGLE), (rows_of(EXACT), FIT)),
]


@pytest.mark.parametrize("unknown", [{"minimum": float("nan")}, {"is_global": False}])
def test_nothing_is_said_of_the_lowest_loss_where_it_is_not_known(unknown):
    run = run_of(SPREAD, **unknown)
    assert [kind(ROWS, run) for kind in FLOOR] == [None] * 5


def test_an_upright_row_of_dots_is_not_said_to_have_no_line():
    given = rows_of(ONE_X), run_of(ONE_X)
    assert wording.floor(*given) is None and wording.floor_ahead(*given) is None


def test_two_dots_are_both_and_equal_rows_are_one_dot():
    doubled = (*SPREAD, SPREAD[0])
    assert "all 3 dots" in wording.floor(rows_of(doubled), run_of(doubled))
    assert "both dots" in wording.floor_is_zero(rows_of(EXACT), FIT.value)


def test_a_loss_within_rounding_of_zero_is_no_floor():
    run = run_of(EXACT, minimum=1e-25)
    assert wording.floor(rows_of(EXACT), run) is None
    assert wording.floor_is_zero(rows_of(EXACT), run)
