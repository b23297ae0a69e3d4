"""Each sentence about the gradient of a neuron disappears where it is not true."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from descent.views.landscape import Landscape
from scenes.wording import neuron as wording

AXES = (np.linspace(-2, 2, 9), np.linspace(-1, 1, 5))
BOWL = Landscape(AXES, AXES[0][:, None] ** 2 + AXES[1] ** 2, ("W1", "b1"))
PLAIN = Landscape(AXES, np.full((9, 5), 3.0), ("W1", "b1"))
TURNS = np.arange(36) * 2 * np.pi / 36
GRADIENT = np.array([-3.0, 4.0])
AT = float(np.arctan2(4.0, -3.0))


def around(slopes: np.ndarray, first: float = AT) -> SimpleNamespace:
    return SimpleNamespace(angles=first + TURNS, slopes=slopes)


COSINES = 5 * np.cos(TURNS)
LEVEL = np.zeros(36)

CASES = [
    (wording.two_parameters, (("W1", "b1"),), (("W1",),)),
    (wording.our_point, (BOWL, np.array([1.0, 0.5])), (BOWL, np.array([3.0, 0.5]))),
    (wording.cut_falls, ("W1", -0.1), ("W1", 0.1)),
    (wording.cut_rises, ("W1", 0.1), ("W1", 0.0)),
    (wording.cut_is_level, ("W1", 0.0), ("W1", -0.1)),
    (wording.price_is_saved, ("W1", 0.1, -5.62, -0.547), ("W1", 0.1, -5.62, -0.3)),
    (wording.price_is_saved, ("W1", 0.1, -5.62, -0.547), ("W1", 0.1, 5.62, 0.577)),
    (wording.price_is_paid, ("W1", 0.1, 5.62, 0.577), ("W1", 0.1, 0.01, 0.3)),
    (wording.price_is_paid, ("W1", 0.1, 5.62, 0.577), ("W1", 0.1, 0.0, 0.0)),
    (wording.one_per_parameter, (GRADIENT,), (GRADIENT[:1],)),
    (wording.joins_equals, (BOWL,), (PLAIN,)),
    (wording.is_flat, (PLAIN,), (BOWL,)),
    (wording.steepest_across, (COSINES,), (LEVEL,)),
    (wording.steepest_across, (COSINES,), (np.roll(COSINES, 2),)),
    (wording.level_all_around, (LEVEL,), (COSINES,)),
    (wording.arrow_uphill, (GRADIENT, around(COSINES)), (GRADIENT, around(LEVEL))),
    (wording.arrow_uphill, (GRADIENT, around(COSINES)), (-GRADIENT, around(COSINES))),
    (wording.as_long_as_steep, (GRADIENT, around(COSINES)), (GRADIENT, around(2 * COSINES))),
    (wording.as_long_as_steep, (GRADIENT, around(COSINES)), (0 * GRADIENT, around(LEVEL))),
]


def test_a_slope_that_says_nothing_about_the_nudge_has_no_price():
    assert wording.price("W1", 10.0, -6.8, 232.0) is None
    assert "lowers" in (wording.price("W1", 0.1, -5.62, -0.547) or "")
    assert "raises" in (wording.price("b1", 1.0, 2.0, 2.1) or "")


def test_the_only_row_is_not_called_all_rows():
    assert wording.mean_over(1) == "Its loss is the squared error of the only row."
    assert "over 5 rows" in wording.mean_over(5)
