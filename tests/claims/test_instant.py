"""Each sentence about the gradient at an instant disappears where it is not true."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scenes.wording import instant as wording


def field(*gradients: tuple[float, float]) -> SimpleNamespace:
    return SimpleNamespace(places=np.zeros((len(gradients), 2)), gradients=np.array(gradients))


def run(*gradients: tuple[float, ...]) -> SimpleNamespace:
    places = np.ones((len(gradients), 2))
    steps = len(gradients) - 1
    trajectory = SimpleNamespace(gradients=np.array(gradients), iterates=places, steps=steps)
    return SimpleNamespace(trajectory=trajectory, sharpness=2.0)


NOISE = (2e-16, -1e-16)
SHRINKING, GROWING = run((4, 0), (2, 0), (1, 0)), run((1, 0), (2, 0), (4, 0))
NAN = (np.nan, np.nan)

CASES = [
    (wording.own_gradient, (field((1, 0), (0, 1), (1, 1)),), (field((1, 0), (0, 1), (1, 0)),)),
    (wording.own_gradient, (field((1, 0), NAN, (1, 1)),), (field((1, 0)),)),
    (wording.other_gradients, (field((1, 0), (0, 1), (1, 0)),), (field((1, 0), (1, 0)),)),
    (wording.one_gradient, (field((1, 0), (1, 1e-12)),), (field((1, 0), (1, 0.1)),)),
    (wording.is_level, (run((1, 0), NOISE), 1), (run((1, 0), (1e-3, 0)), 1)),
    (wording.other_side, (run((1, 0), (-1, 2)), 1), (run((1, 0), (1, 2)), 1)),
    (wording.other_side, (run((1, 0), (-1, 2)), 1), (run((1, 0), (-2e-16, 0)), 1)),
    (wording.flatter, (SHRINKING, 1), (GROWING, 1)),
    (wording.flatter, (SHRINKING, 1), (run((1, 0), (0, 0)), 1)),
    (wording.steeper, (GROWING, 1), (SHRINKING, 1)),
    (wording.flatter_still, (SHRINKING, 2), (SHRINKING, 1)),
    (wording.flatter_still, (SHRINKING, 2), (run((1, 0), (2, 0), (1, 0)), 2)),
    (wording.steeper_still, (GROWING, 2), (GROWING, 1)),
    (wording.steeper_still, (GROWING, 2), (run((2, 0), (1, 0), (2, 0)), 2)),
    (wording.some_gradient, (SHRINKING, 0), (run(NOISE, (1, 0)), 0)),
    (wording.turned, (run((1, 0), (1, 1)), 1), (SHRINKING, 1)),
    (wording.turned, (run((1, 0), (1, 1)), 1), (run((1, 0), NOISE), 1)),
    (wording.calculated_anew, (SHRINKING,), (run((1, 0), (2, 0)),)),
    (wording.calculated_anew, (SHRINKING,), (run((1, 0), (1, 0), (1, 0)),)),
]


def test_a_gradient_of_rounding_noise_is_called_zero():
    assert "is zero" in wording.now(run((1, 0), NOISE), 1)
    assert "is zero" in wording.last(run((1, 0), (2, 0), NOISE), 2)
    assert wording.partials(run((1, 0), NOISE), 1) == "Gradient at t = 1: zero, up to rounding."
    assert wording.partials(run((1, 0), (2, -3)), 1) == "Gradient at t = 1: +2.000 and −3.000."


@pytest.mark.parametrize(
    "gradients",
    [
        ((1, 0), (-2, 0), (1, 0), (-2, 0)),
        ((8, 0), (4, 0), (2, 0), (1, 0)),
        ((1, 0), (2, 0), (4, 0), (8, 0)),
        ((1, 0), (0, 1), (1, 0), (0, 1)),
    ],
)
def test_no_two_instants_in_a_row_say_the_same(gradients):
    shown = run(*gradients)
    said = [wording.now(shown, t).replace(f"t = {t}", "t") for t in (1, 2)]
    assert said[0] != said[1]
