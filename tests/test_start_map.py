"""The map on which the start is chosen: what it shows lies where the page expects it."""

from __future__ import annotations

import numpy as np
import pytest

from descent.views.landscape import Landscape
from scenes.facts import map_place
from scenes.facts.map_place import shares_of_frame
from scenes.mobjects.start_picture import StartPicture
from tests.lectures import played, small_frames
from understanding_gradients.lecture.start_view import MAP_ASPECT, StartView
from understanding_gradients.render.renderer import ClipRenderer

WINDOW = (-3.8, 3.8), (-2.0, 2.0)


def bowl(minimiser, names=("θ1", "θ2")):
    """Return a bowl of one or two parameters, with or without its minimum."""
    axes = tuple(np.linspace(*ends, 41) for ends in WINDOW[: len(names)])
    values = sum(place**2 for place in np.meshgrid(*axes, indexing="ij"))
    minimum = float(np.square(minimiser).sum()) if len(minimiser) else np.nan
    return StartView(Landscape(axes, values, names), [], minimiser, minimum)


def picture(view, theme="dark"):
    """Return the pixels of the map of a view."""
    pixels = []
    with small_frames(theme):
        renderer = ClipRenderer(lambda number: False, plays_every_frame=False)
        played(
            "start-map",
            {"start_view": view},
            renderer,
            on_beat_end=lambda scene, _: pixels.append(renderer.painted(renderer.captured(scene))),
        )
    (found,) = pixels
    return found[..., :3].astype(int)


def middle_of_what_differs(one, other):
    rows, columns = np.nonzero(np.abs(one - other).max(axis=2) > 40)
    return (columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2


def expected(place, size):
    box = shares_of_frame()
    shares = [
        (value - low) / (high - low) for value, (low, high) in zip(place, WINDOW, strict=False)
    ]
    across = box["left"] + shares[0] * box["width"]
    down = box["top"] + (1 - shares[1]) * box["height"] if len(place) > 1 else np.nan
    return across * size[1], down * size[0]


@pytest.mark.parametrize("place", [(0.0, 0.0), (-3.0, 1.5), (2.9, -1.6)])
def test_a_place_is_drawn_on_the_pixel_that_the_shares_say(place):
    plain, marked = picture(bowl(())), picture(bowl(place))
    np.testing.assert_allclose(
        middle_of_what_differs(plain, marked), expected(place, plain.shape), atol=0.75
    )


def test_a_place_of_one_parameter_is_drawn_above_its_pixel_on_the_axis():
    plain, marked = (picture(bowl(place, ("θ1",)), "light") for place in ((), (1.9,)))
    across, _ = middle_of_what_differs(plain, marked)
    assert across == pytest.approx(expected((1.9,), plain.shape)[0], abs=0.75)


def test_a_long_name_and_its_numbers_stay_in_the_picture():
    with small_frames():
        plot = StartPicture(bowl((), ("temperature_of_it", "θ2"))).view.plot
    labels = [*plot.names, *plot.ticks[1]]
    assert max(label.get_right()[0] for label in labels) <= 64 / 9
    assert min(label.get_left()[0] for label in labels) >= -64 / 9
    # In a picture 300 pixels wide they keep five from its edge.
    assert min(label.get_bottom()[1] for label in labels) >= -4 + 0.25
    assert max(label.get_top()[1] for label in labels) <= 4 - 0.25


def test_a_minimum_outside_the_window_is_not_drawn():
    assert not bowl((9.0, 0.0)).has_minimum
    np.testing.assert_array_equal(picture(bowl((9.0, 0.0))), picture(bowl(())))


def test_the_map_has_the_shape_of_a_window():
    width, height = map_place.RIGHT - map_place.LEFT, map_place.TOP - map_place.BOTTOM
    assert width / height == pytest.approx(MAP_ASPECT)
