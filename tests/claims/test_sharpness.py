"""What is said of the sharpness along a run holds of what was measured and recorded."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from descent import LOSSES, model_loss, record, sharpness_along
from scenes.facts.stability import span_of_fall
from scenes.wording import sharpness
from tests.claims.later import later
from tests.truth.plain import plain

STEPS = 16
FALLING = np.linspace(4, 1, STEPS + 1)
ZIGZAG = FALLING + 0.3 * (np.arange(STEPS + 1) % 2)  # falls over any two steps, and rises in one
HILL = FALLING + 2 * (np.arange(STEPS + 1) == 8)
AS_ROUNDED = np.where(np.arange(STEPS + 1) < 7, FALLING, 1.0)  # settles, but for the last digit
AS_ROUNDED[8] = np.nextafter(1.0, 2)
RISING = [3, 5, 7, 9, 11, 12, 12, 11, 9, *[10.5, 9.5] * 4]  # crosses 10, hovers within 10 %
BELOW, ABOVE = np.linspace(3, 8, STEPS + 1), np.linspace(15, 12, STEPS + 1)
TO_AND_FRO = [3, 15] * 8 + [3]


@cache
def steps_taken(**options):
    return record(LOSSES["bowl"], [2, 1], steps=STEPS, **{"learning_rate": 0.2} | options)


@later
def along(values, losses=ZIGZAG, **options):
    """Return a run of η = 0.2, 2 / η = 10, along which these sharpnesses were measured."""
    full = replace(steps_taken(**options), losses=losses)
    return SimpleNamespace(full=full, sharpness_along=np.array(values, float))


@later
def at_two_places():
    return SimpleNamespace(full=steps_taken(), sharpness_along=np.append(5, [np.nan] * 15 + [5.0]))


ADAM = {"optimizer": "Adam"}
CASES = [
    (sharpness.is_the_same, (along([6.0] * 17),), (along(BELOW),)),
    (sharpness.is_the_same, (along([6.0] * 17),), (along([6.0] * 17, **ADAM),)),
    (sharpness.is_the_same, (along([5.0] * 17),), (at_two_places(),)),
    (sharpness.hovers, (along(RISING),), (along(BELOW),)),
    (sharpness.hovers, (along(RISING),), (along([*RISING[:-1], 7.9]),)),
    (sharpness.hovers, (along(RISING),), (along([9.9] * 16 + [9.8]),)),  # has not been there
    (sharpness.hovers, (along(RISING),), (along(RISING, **ADAM),)),
    (sharpness.hovers, (along(RISING),), (along(RISING, momentum=0.5),)),  # 2 (1 + β) / η = 15
    (sharpness.hovers, (along(RISING),), (along([10.0] * 17),)),
    (sharpness.hovers, (along(RISING),), (along([3, *np.linspace(8.1, 11.9, 16)]),)),  # it drifts
    (sharpness.stays_on_one_side, (along(BELOW),), (along([*BELOW[:-1], 10.1]),)),
    (sharpness.stays_on_one_side, (along(ABOVE),), (along([*ABOVE[:-1], 9.9]),)),
    (sharpness.stays_on_one_side, (along(BELOW),), (along([6.0] * 17),)),
    (sharpness.crosses_once, (along([*BELOW[:-1], 15]),), (along(BELOW),)),
    (sharpness.crosses_once, (along([*ABOVE[:-1], 3]),), (along(TO_AND_FRO),)),
    (sharpness.crosses_often, (along(TO_AND_FRO),), (along(RISING),)),
    (sharpness.crosses_often, (along(TO_AND_FRO),), (along([*BELOW[:-1], 15]),)),
    (sharpness.goes, (along(BELOW, **ADAM),), (along([np.nan] * 17),)),
    (sharpness.turns_back, (along(RISING, HILL),), (along(BELOW, HILL),)),
    (sharpness.turns_back, (along(RISING, HILL),), (along(RISING, FALLING),)),
    (sharpness.turns_back, (along(RISING, HILL),), (along(RISING, AS_ROUNDED),)),
    (sharpness.turns_back, (along(RISING, HILL),), (along(np.sort(RISING), HILL),)),
    (sharpness.falls_over_spans, (along(RISING),), (along(BELOW),)),
    (sharpness.falls_over_spans, (along(RISING),), (along(RISING, HILL),)),
    (sharpness.falls_over_spans, (along(RISING),), (along(RISING, ZIGZAG[::-1]),)),
    (sharpness.ends_lower, (along(RISING, HILL),), (along(RISING, HILL[::-1]),)),
    (sharpness.ends_lower, (along(RISING, HILL),), (along(RISING),)),
    (sharpness.falls_at_each, (along(RISING, FALLING),), (along(RISING),)),
    (sharpness.falls_at_each, (along(RISING, FALLING),), (along(BELOW, FALLING),)),
    (sharpness.falls_at_each, (along(RISING, FALLING),), (along([10.000001] * 17, FALLING),)),
]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (
            along(RISING),
            "The sharpness rises to 2/η = 10 and hovers: within 10 % of it in the last 8 steps",
        ),
        (
            along([9, *RISING[1:]]),
            "The sharpness starts near 2/η = 10 and hovers: within 10 % of it in the last 8 steps",
        ),
        (
            along([14, *RISING[1:]], HILL),
            "The sharpness falls to 2/η = 10 and hovers: within 10 % of it in the last 8 steps",
        ),
        (
            along([*RISING[:8], 8.95, *RISING[9:]]),
            "The sharpness rises to 2/η = 10 and hovers: within 11 % of it in the last 8 steps",
        ),
        (
            along([4.5 * value for value in RISING], momentum=0.5, learning_rate=0.0667),
            "The sharpness rises to 2(1+β)/η = 45 and hovers: "
            "within 10 % of it in the last 8 steps",
        ),
        (along([6.0] * 17), "The sharpness is 6 all the way, below 2/η = 10"),
        (along([10.0] * 17), "The sharpness is 10 all the way, exactly at 2/η = 10"),
        (along(BELOW), "The sharpness goes from 3 to 8: all the way below 2/η = 10"),
        (along(ABOVE), "The sharpness goes from 15 to 12: all the way above 2/η = 10"),
        (
            along([*BELOW[:-1], 15]),
            "The sharpness begins below 2/η = 10, at 3, and ends above it, at 15",
        ),
        (
            along([*ABOVE[:-1], 3]),
            "The sharpness begins above 2/η = 10, at 15, and ends below it, at 3",
        ),
        (
            along([10 + 1e-9, *BELOW[::-1][1:]]),  # at the critical learning rate of the start
            "The sharpness begins at 2/η = 10, and ends below it, at 3",
        ),
        (
            along([*BELOW[:-1], 10 + 1e-9]),
            "The sharpness begins below 2/η = 10, at 3, and ends at it",
        ),
        (
            along([10 - 1e-9, *BELOW[::-1][1:]]),
            "The sharpness goes from 10 to 3: never above 2/η = 10",
        ),
        (
            along([10 + 1e-9, *ABOVE[1:]]),
            "The sharpness goes from 10 to 12: never below 2/η = 10",
        ),
        (along(TO_AND_FRO), "The sharpness goes 16 times across 2/η = 10, and ends at 3"),
        (along(TO_AND_FRO, **ADAM), "The sharpness goes up and down between 3 and 15"),
        (at_two_places(), "The sharpness stays near 5"),
    ],
)
def test_the_sharpness_is_told_by_where_it_went(run, said):
    assert plain(sharpness.where_it_goes(run.value)) == said


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (along(RISING), "The loss rises in 8 of 16 steps, yet falls over any 2 steps or more"),
        (
            along(RISING, HILL),
            "The loss rises in 1 of 16 steps; over all of them it goes from 4.000 to 1.000",
        ),
        (along(RISING, FALLING), "The loss never rises in 16 steps, also above 2/η = 10"),
        (along(BELOW), None),
        (along([10 + 1e-9, *BELOW[::-1][1:]], FALLING), None),  # above by rounding alone
        (along(RISING, HILL[::-1]), None),
        (along(RISING, **ADAM), None),
    ],
)
def test_the_loss_is_told_where_the_sharpness_was_above(run, said):
    found = sharpness.how_the_loss_goes(run.value)
    assert (found and plain(found)) == said


def test_the_turn_is_where_the_loss_has_risen_most():
    said = sharpness.turns_back(along(RISING, HILL).value)
    assert said == "At step 8 the loss has risen most: the sharpness falls from $11$ to $9$"


@pytest.mark.parametrize(
    ("losses", "span"),
    [
        ([8, 7, 6, 5, 4, 3, 2, 1, 0], 1),
        ([8, 6, 7, 5, 4, 3, 2, 1, 0], 2),
        ([8, 5, 6, 7, 4, 3, 2, 1, 0], None),  # 3 of 8 steps are no short span
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], None),
    ],
)
def test_a_span_of_fall_is_the_least_over_which_no_loss_rises(losses, span):
    assert span_of_fall(np.array(losses, float)) == span


def test_what_rounding_adds_is_no_rise():
    noise = FALLING[-1] * (1 + 1e-15 * (np.arange(STEPS + 1) % 2))
    losses = np.append(FALLING[:8], noise[8:])
    assert sharpness.rising_steps(along(RISING, losses).value) == 0


def test_it_is_said_where_it_was_measured_and_why_there_is_no_line():
    assert sharpness.question_cue(along(BELOW).value).endswith("measured after every step.")
    assert "measured at 2 of 17 places." in sharpness.question_cue(at_two_places().value)
    said = sharpness.question_cue(along(BELOW, **ADAM).value)
    assert said.endswith("No line: 2/η is a limit of plain gradient descent at one rate.")


def test_a_network_of_369_parameters_comes_to_its_edge_and_is_said_to():
    torch.manual_seed(2)
    x = torch.randn(50, 4)
    torch.manual_seed(0)
    layers = [nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)]
    y = torch.sign(x[:, :1] * x[:, 1:2])
    loss, start, names = model_loss(nn.Sequential(*layers), x, y, nn.MSELoss())
    full = record(loss, start, learning_rate=0.1, steps=450)
    run = SimpleNamespace(full=full, sharpness_along=sharpness_along(loss, full, every=12))
    assert len(names) == 369
    assert np.nanmin(run.sharpness_along[:60]) < 6 and np.nanmax(run.sharpness_along) > 22
    said = plain(sharpness.where_it_goes(run))
    assert said.startswith("The sharpness rises to 2/η = 20 and hovers: within ")
    assert plain(sharpness.turns_back(run)).startswith("At step ")
    assert plain(sharpness.how_the_loss_goes(run)).startswith("The loss rises in ")
