"""A view widens in one motion, and its numbers change on the way."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from descent import LOSSES
from descent.views.landscape import sample
from scenes import style
from scenes.mobjects.descent.loss_view import loss_view
from tests.lectures import small_frames
from tests.legibility import VISIBLE, _overlap, visible_texts
from understanding_gradients.render.renderer import ClipRenderer

NARROW, WIDE = ((-1.0, 3.0), (-0.7, 2.0)), ((-10.0, 14.0), (-8.0, 8.2))


def widened(names=("a", "b"), windows=(NARROW, WIDE)):
    """Return a scene, its view before, and the animations to the next view."""
    from manim import Scene

    two = len(names) == 2
    loss = LOSSES["bowl" if two else "parabola"]
    windows = windows if two else [window[:1] for window in windows]
    landscapes = [sample(loss, window, (81, 61) if two else (81,)) for window in windows]
    scene = Scene(renderer=ClipRenderer())
    view = loss_view(landscapes, names)
    scene.add(view)
    old = view.plot
    return scene, view, old, view.widen(1)


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
        drawing = view.drawing[0]
        ways = [moves[0].starts[0][0], moves[0].ends[0][0]]
        for move in moves:
            move.begin()
        for alpha in (0.0, 0.3, 0.5, 0.8, 1.0):
            for move in moves:
                move.interpolate(alpha)
            way = moves[0].rate_func(alpha)
            assert zero.mark.get_x() == pytest.approx((1 - way) * start + way * end, abs=1e-6)
            place = (1 - way) * ways[0] + way * ways[1]
            np.testing.assert_allclose(drawing.points[0], place, atol=1e-9)


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
