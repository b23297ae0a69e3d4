"""What is said of finite differences can be said only where it is true."""

from __future__ import annotations

import numpy as np

from descent import DifferenceTable
from scenes.facts.differences import Widths
from scenes.wording import differences as wording
from understanding_gradients.lecture.secants import Secants


def widths(*errors, parameters=2):
    gradient = np.zeros(parameters)
    estimates = np.array([[error, *gradient[1:]] for error in errors])
    return Widths(DifferenceTable(10.0 ** -np.arange(1.0, len(errors) + 1), estimates, gradient))


def secants(*estimates):
    values = np.linspace(0.0, 1.0, 5)
    return Secants("W1", values, values**2, 0.0, 0.0, -5.62, np.array([1.0, 0.1]), estimates)


NARROWER, WIDER = secants(-4.0, -5.4), secants(-5.4, -4.0)
V_SHAPE, FALLING, RISING = (1e-1, 1e-9, 1e-1), (1e-1, 1e-4, 1e-9), (1e-9, 1e-4, 1e-1)

CASES = [
    (wording.chords_turn, (NARROWER,), (WIDER,)),
    (wording.chords_stay, (WIDER,), (NARROWER,)),
    (wording.best_width, (widths(*V_SHAPE),), (widths(*FALLING),)),
    (wording.rounding_only, (widths(*RISING),), (widths(*V_SHAPE),)),
    (wording.smaller_is_better, (widths(*FALLING),), (widths(*V_SHAPE),)),
    (wording.every_width_is_exact, (widths(0.0, 0.0),), (widths(*FALLING),)),
    (wording.width_hardly_matters, (widths(1e-3, 1e-3),), (widths(*V_SHAPE),)),
    (wording.no_estimate, (widths(np.nan),), (widths(*FALLING),)),
    (wording.cost_of_differences, (widths(1.0),), (widths(1.0, parameters=1),)),
    (wording.cost_of_one_difference, (widths(1.0, parameters=1),), (widths(1.0),)),
]


def test_the_cost_is_one_loss_for_each_parameter_and_one_at_the_point():
    assert wording.cost_of_differences(widths(1.0)).endswith("the loss 3 times")
    assert wording.cost_of_one_difference(widths(1.0, parameters=1)).endswith("the loss twice")
