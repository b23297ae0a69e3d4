"""The check of stills sees what is crowded, and nothing where there is room."""

from __future__ import annotations

import numpy as np
import pytest
from manim import RIGHT, UP, Dot, FunctionGraph, VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_view import loss_view
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label
from tests.lectures import DEFAULT, small_frames
from tests.test_layout import stood
from understanding_gradients.lecture.record import record_lecture

BOX = Box(-3.0, -2.0, 3.0, 2.0)


def plot(**options):
    return Plot(((0.0, 6.0), (0.0, 6.0)), BOX, **options)


def curve():
    return FunctionGraph(lambda x: 0.3 * x, (-2.5, 2.5)).set_stroke(width=style.LINE)


def test_a_name_across_a_curve_is_a_violation():
    (found,) = stood(plot(), curve(), Label("name"))
    assert found == "'name' lies across a curve"
    assert stood(plot(), curve(), Label("name").shift(0.6 * UP)) == []


def test_a_label_on_a_dot_is_a_violation():
    (found,) = stood(plot(), Dot(), Label("name").shift(0.2 * RIGHT))
    assert found == "'name' lies on a dot"
    assert stood(plot(), Dot(), Label("name").shift(0.8 * RIGHT)) == []


@pytest.mark.parametrize(("gap", "faults"), [(11.5, 1), (12.5, 0)])
def test_columns_closer_than_12_px_are_a_violation(gap, faults):
    left = Label("0.072")
    right = Label("−1.3").next_to(left, RIGHT, buff=gap * 8 / 1080)
    found = stood(left, right)
    assert len(found) == faults
    assert all("px apart" in sentence for sentence in found)


def test_ticks_of_uneven_spacing_are_a_violation():
    drawn = plot(x_ticks=[0, 1, 2, 4])
    assert stood(drawn) == ["ticks of uneven spacing: [0, 1, 2, 4]"]
    even = Plot(((1e-1, 1e5), (0.0, 6.0)), BOX, log_x=True, x_ticks=[1, 1e2, 1e4])
    assert stood(even) == []


@pytest.fixture(scope="module")
def run():
    return record_lecture(DEFAULT, ["very_large"])["very_large"]


def test_a_path_outside_the_margins_is_a_violation(run):
    box = Box(-7.0, -5.0, 7.0, 5.0)
    with small_frames():
        view = loss_view(run.landscapes, run.trajectory.names, box)
        path = IteratePath(run.trajectory, view, tagged=False, start=3)
    assert stood(path) == ["the path leaves the margins at t = 2"]
    # Under the mask of its view it is cut off at the edge of the box.
    assert stood(VGroup(path, view.mask)) == []


def test_a_disc_that_covers_another_is_a_violation():
    one, other = (Dot(radius=style.POINT).shift(x * RIGHT) for x in (0.0, 0.2))
    (found,) = stood(one, other)
    assert found == "a disc covers another at (0.00, 0.00)"
    assert stood(one, other.shift(0.1 * RIGHT)) == []
    halo = Dot(radius=2 * style.POINT).set_opacity(0.22)
    assert stood(halo, one) == []


def test_an_e_for_a_power_of_ten_is_a_violation():
    assert stood(Label("2e16")) == ["'2e16' has an e for a power of ten"]
    assert stood(Label("$2 dot 10^16$", plain_text="2·10^16")) == []


def test_evenly_spread_is_meant_to_the_digits_of_a_tick():
    assert stood(Plot(((0.0, 0.7), (0.0, 1.0)), BOX, x_ticks=np.arange(8) * 0.1)) == []
