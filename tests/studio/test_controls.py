"""What the controls show: the ends of the sliders, the boundary, the map, and why there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from descent.views.landscape import Landscape
from understanding_gradients.lecture.recordings import RateTable, save_recordings
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.lecture.start_view import StartView
from understanding_gradients.studio.controls import (
    place_step,
    rate_range,
    rate_scale,
    recordings_for,
    start_map,
)


def table(boundary, shown=(0.01, 0.1, 0.6)):
    """Return a table of rates as wide as a lecture's."""
    ends = min(shown) / 3, max(*shown, boundary if math.isfinite(boundary) else 0) * 3
    rates = np.geomspace(*ends, 5)
    return RateTable(rates, np.ones(5), 100, 4.0, 2 / boundary, boundary, shown, np.ones(3))


@pytest.mark.parametrize(
    ("boundary", "shown", "ends"),
    [
        (0.526, (0.01, 0.1, 0.6), (1e-4, 10)),
        (0.526, (0.002, 0.31, 0.55), (1e-4, 10)),
        (0.526, (1e-9, 0.1, 0.6), (1e-9, 10)),
        (0.526, (0.01, 0.1, 600.0), (1e-4, 1000)),
        (1.0, (0.01, 0.1, 2.0), (1e-3, 10)),
        (math.inf, (0.01, 0.1, 0.6), (1e-3, 10)),
        (math.inf, (0.02, 0.1, 0.9), (1e-3, 10)),
        (1e290, (1e-300, 1.0, 1e305), (1e-300, 1e305)),
    ],
)
def test_the_sliders_end_at_powers_of_ten_around_the_boundary_and_the_rates(boundary, shown, ends):
    assert rate_range(table(boundary, shown)) == ends


def test_the_scale_says_the_boundary_and_what_was_suggested(tmp_path):
    save_recordings({"rates": table(0.5263)}, tmp_path)
    scale = rate_scale(Settings().replace(very_small=0.01), tmp_path)
    assert (scale.boundary, scale.boundary_text) == (0.5263, "boundary 2/λ = 0.526")
    assert scale.suggested == {"just_right": 0.1, "very_large": 0.6}
    save_recordings({"rates": table(2.5e-7)}, tmp_path)
    assert rate_scale(Settings(), tmp_path).boundary_text == "boundary 2/λ = 2.5·10⁻⁷"
    save_recordings({"rates": table(math.inf)}, tmp_path)
    scale = rate_scale(Settings(), tmp_path)
    assert (scale.boundary, scale.boundary_text) == (None, "")


def test_the_map_is_the_recorded_view(tmp_path):
    axes = np.linspace(-3.8, 3.8, 5), np.linspace(-2, 2, 3)
    landscape = Landscape(axes, np.ones((5, 3)), ("θ1", "θ2"))
    save_recordings({"start_view": StartView(landscape, [2, 1], [0, 0], 0.0)}, tmp_path)
    found = start_map(Settings().replace(loss="bowl"), tmp_path, "store/1/0-map.png")
    assert (found.picture, found.alt) == ("store/1/0-map.png", "The loss over θ1 and θ2")
    assert found.window == ((-3.8, 3.8), (-2.0, 2.0))
    assert (found.steps, found.own_start) == ((0.01, 0.01), (2.0, 1.0))
    assert found.sentence == "The cross marks a minimum."


@pytest.mark.parametrize(
    ("span", "step"), [(7.6, 0.01), (10, 0.1), (9.99, 0.01), (1e6, 1e4), (0.1, 0.001)]
)
def test_the_start_moves_by_a_power_of_ten_of_which_a_hundred_fit(span, step):
    assert place_step(span) == step


def test_what_is_not_chosen_is_said():
    one, three = (Settings().replace(run=run) for run in ("a", ("a", "b", "c")))
    assert recordings_for(one) == ()
    assert rate_scale(one, None).sentence == "The learning rates are those of the saved run."
    assert start_map(three, None, "").sentence == "The start is that of the saved runs."
    network = Settings().replace(model="my_model.py:sine")
    assert recordings_for(network) == ("rates",)
    sentence = "A network starts at the weights that its file gives it."
    assert start_map(network, None, "").sentence == sentence
