"""A view widens in one motion, and its numbers change on the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from manim import Scene

from descent import LOSSES
from descent.views.landscape import sample
from scenes import style
from scenes.facts.nested_views import merged
from scenes.mobjects.descent.landscape import LossContours
from scenes.mobjects.descent.loss_view import loss_view
from scenes.mobjects.descent.widening import WidenContours
from scenes.mobjects.plot import Plot
from tests.color_levels import mean_levels
from tests.lectures import small_frames
from tests.legibility import VISIBLE, _overlap, visible_texts
from understanding_gradients.render.renderer import ClipRenderer

NARROW, WIDE = ((-1.0, 3.0), (-0.7, 2.0)), ((-10.0, 14.0), (-8.0, 8.2))


def widened(names=("a", "b"), windows=(NARROW, WIDE)):
    """Return a scene, its view before, and the animations to the next view."""
    two = len(names) == 2
    loss = LOSSES["bowl" if two else "parabola"]
    windows = windows if two else [window[:1] for window in windows]
    landscapes = [sample(loss, window, (81, 61) if two else (81,)) for window in windows]
    scene = Scene(renderer=ClipRenderer())
    view = loss_view(landscapes, names)
    scene.add(view)
    old = view.plot
    return scene, view, old, view.widen(1)


def pictures_of_zoom(loss, windows, count=21):
    """Return the pictures of a map before it gets another window, on the way, and afterwards."""
    scene = Scene(renderer=ClipRenderer())
    scene.camera.background_color = style.palette().background
    scene.camera.init_background()
    axes = [(Plot(window), sample(LOSSES[loss], window, (81, 61))) for window in windows]
    before, after = (LossContours(*one) for one in axes)
    scene.add(before, axes[0][0].mask())
    pictures = [scene.renderer.still(scene)]
    scene.remove(before)
    zoom = WidenContours(after, *axes)
    scene.add(after)
    zoom.begin()
    for alpha in np.linspace(0, 1, count):
        zoom.interpolate(alpha)
        pictures.append(scene.renderer.still(scene))
    zoom.finish()
    pictures.append(scene.renderer.still(scene))
    return [picture[..., :3].astype(float) for picture in pictures]


def opacity(label):
    return max(part.get_fill_opacity() for part in label.family_members_with_points())


@pytest.mark.parametrize("names", [("a", "b"), ("a",)])
def test_two_sets_of_numbers_are_never_seen_at_once(names):
    with small_frames():
        scene, view, old, moves = widened(names)
        before = {label.plain_text for label in old.ticks[1]}
        after = {label.plain_text for label in view.plot.ticks[1]}
        assert before != after
        for move in moves:
            scene.add(move.mobject)
            move.begin()
        for alpha in np.linspace(0, 1, 61):
            for move in moves:
                move.interpolate(alpha)
            old_seen = max(opacity(one) for one in old.ticks[1] if one.plain_text not in after)
            new_seen = [opacity(one) for one in view.plot.ticks[1] if one.plain_text not in before]
            assert min(old_seen, max(new_seen)) < 0.01
            texts = visible_texts(scene)
            assert not any(_overlap(*pair) for pair in combinations(texts, 2))


def test_numbers_and_loss_move_together_along_straight_lines():
    with small_frames():
        _, view, old, moves = widened()
        new = view.plot
        (zero,) = (tick for tick in new.marked if tick.along_x and tick.value == 0)
        start, end = old.x(0), new.x(0)
        ways = [places[0] for places in moves[0].places[0]]
        for move in moves:
            move.begin()
        drawing = view.drawing[0]
        for alpha in (0.0, 0.3, 0.5, 0.8, 1.0):
            for move in moves:
                move.interpolate(alpha)
            way = moves[0].rate_func(alpha)
            assert zero.mark.get_x() == pytest.approx((1 - way) * start + way * end, abs=1e-6)
            place = (1 - way) * ways[0] + way * ways[1]
            np.testing.assert_allclose(drawing.points[0], place, atol=1e-6)


def test_nothing_of_the_old_view_is_left():
    with small_frames():
        scene, view, old, moves = widened()
        scene.play(*moves, run_time=1)
        family = [one for mobject in scene.mobjects for one in mobject.get_family()]
        assert not any(label in family for label in old.ticks[1])
        shown = sorted(one.text for one in visible_texts(scene))
        assert shown == sorted(
            label.plain_text for label in (*view.plot.ticks[1], *view.plot.names)
        )
        assert all(opacity(label) > VISIBLE for label in view.plot.ticks[1])


def test_the_loss_lies_behind_the_path():
    with small_frames():
        _, view, _, _ = widened()
        assert {part.z_index for part in view.drawing} == {style.GROUND}
        assert style.GROUND < style.GEOMETRY


FAR = ((-60.0, 40.0), (-30.0, 36.0))


@pytest.mark.render
@pytest.mark.parametrize(
    ("loss", "windows", "theme"),
    [
        ("bowl", (NARROW, WIDE), "dark"),
        ("bowl", (WIDE, NARROW), "light"),
        ("bowl", (NARROW, FAR), "dark"),
        ("himmelblau", (NARROW, WIDE), "dark"),
    ],
)
def test_a_map_keeps_its_tint_while_its_view_changes(loss, windows, theme):
    with small_frames(theme):
        before, *moving, after = pictures_of_zoom(loss, windows)
    levels = mean_levels(moving)
    for channel in levels[:, 1:].T:
        way = np.sign(channel[-1] - channel[0])
        back = np.maximum.accumulate(way * channel) - way * channel
        assert back.max() < 0.5
    for first, second in ((before, moving[0]), (moving[-1], after)):
        assert np.abs(first.mean(axis=(0, 1)) - second.mean(axis=(0, 1))).max() < 0.1
        # Where a line ends at the edge of the narrower view, it goes on in the wider one.
        assert (np.abs(first - second) > 1).mean() < 0.01


def test_two_landscapes_become_one_that_is_right_in_both_windows():
    inner, outer = (sample(LOSSES["bowl"], window, (121, 91)) for window in (NARROW, WIDE))
    for both in (merged(inner, outer), merged(outer, inner)):
        assert both.window == outer.window
        own = [np.isin(axis, one) for axis, one in zip(both.axes, inner.axes, strict=True)]
        np.testing.assert_array_equal(both.values[np.ix_(*own)], inner.values)
        xs, ys = np.meshgrid(*both.axes, indexing="ij")
        spacing = max(np.diff(axis).max() for axis in outer.axes)
        assert np.abs(both.values - (xs**2 + 3 * ys**2)).max() < spacing**2


def test_what_is_not_finite_is_not_drawn_in_the_merged_landscape_either():
    inner, outer = (sample(LOSSES["bowl"], window, (5, 5)) for window in (NARROW, WIDE))
    values = outer.values.copy()
    values[0, 0] = np.inf
    both = merged(inner, replace(outer, values=values))
    assert np.isnan(both.values[0, 0])
    assert not np.isinf(both.values).any()
