"""Contours are thinned together, and those of an equal view are traced once in a process."""

from __future__ import annotations

import numpy as np
import pytest

from descent import LOSSES
from descent.views.contours import segment_distances, simplify_all
from descent.views.landscape import Landscape, sample
from scenes import style
from scenes.mobjects.boxes import MAIN, Box
from scenes.mobjects.descent import tracing
from scenes.mobjects.descent.landscape import THIN, LossContours
from scenes.mobjects.plot import Plot

BOX = Box(-3.0, -2.0, 3.0, 2.0)


@pytest.mark.parametrize("within", [1e-3, 0.1])
@pytest.mark.parametrize("seed", range(6))
def test_lines_that_are_thinned_together_are_thinned_as_each_alone(seed, within):
    rng = np.random.default_rng(seed)
    lines = [np.cumsum(rng.normal(size=(count, 3)) * [1, 1, 0], 0) for count in (1, 2, 3, 40, 90)]
    lines.append(np.round(lines[-1]))  # with points on each other, and equally far ones
    together = simplify_all(lines, within)
    assert len(together) == len(lines)
    for line, thin in zip(lines, together, strict=True):
        np.testing.assert_array_equal(thin, recursively_simplified(line, within))
    assert simplify_all([], within) == []


def recursively_simplified(line, within):
    """Return what Douglas and Peucker's algorithm makes of a line, as they wrote it."""
    if len(line) < 3:
        return line
    apart = segment_distances(line, line[0], line[-1])
    farthest = int(apart.argmax())
    if not apart[farthest] > within:
        return line[[0, -1]]
    parts = line[: farthest + 1], line[farthest:]
    before, after = (recursively_simplified(part, within) for part in parts)
    return np.concatenate([before, after[1:]])


def test_a_view_that_is_drawn_again_is_not_traced_again(monkeypatch):
    landscape = sample(LOSSES["himmelblau"], ((-4.0, 4.0), (-3.0, 3.0)), (61, 47))
    drawn = LossContours(Plot(landscape.window, BOX), landscape)
    places = [part.points.copy() for part in drawn]
    drawn.shift(np.array([1.0, 0, 0]))
    with monkeypatch.context() as patched:
        patched.setattr(tracing, "contour_generator", lambda *_, **__: pytest.fail("traced"))
        with style.use_theme("light"):
            again = LossContours(Plot(landscape.window, BOX), landscape)
    for part, points in zip(again, places, strict=True):
        np.testing.assert_array_equal(part.points, points)


@pytest.mark.parametrize("other", ["values", "window", "box", "within"])
def test_another_view_is_traced(other):
    loss = LOSSES["bowl"]
    landscape = sample(loss, ((-2.0, 2.0), (-1.5, 1.5)), (21, 17))
    plot, within = Plot(landscape.window, BOX), THIN
    level = float(np.median(landscape.values))
    first = tracing.Traced(plot, landscape, within).lines(level)
    if other == "values":
        values = landscape.values + 0.1
        landscape = Landscape(landscape.axes, values, landscape.names)
    elif other == "window":
        plot = Plot(((-3.0, 3.0), (-1.5, 1.5)), BOX)
    elif other == "box":
        plot = Plot(landscape.window, MAIN)
    else:
        within = 1.0
    second = tracing.Traced(plot, landscape, within).lines(level)
    assert not all(map(np.array_equal, first, second))


def test_of_few_views_the_contours_are_kept():
    kept = [tracing.kept_of(bytes([number])) for number in range(tracing.KEPT)]
    kept[0].lines[1.0] = []
    assert tracing.kept_of(bytes([0])) is kept[0]
    tracing.kept_of(b"another")
    assert tracing.kept_of(bytes([0])) is kept[0]
    assert tracing.kept_of(bytes([1])) is not kept[1]
