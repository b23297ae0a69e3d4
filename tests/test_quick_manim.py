"""What takes Manim's place gives what Manim gives, bit by bit."""

from __future__ import annotations

import random

import numpy as np
import pytest
from manim import Circle, Dot, Group, Line, Mobject, VGroup, VMobject

from scenes.typesetting.labels import Label
from understanding_gradients.render.quick_manim import SLOW, anchors, extreme, family, quick_manim


def families(seed: int) -> list[Mobject]:
    """Return mobjects within each other at random, some of them in several places."""
    rng = random.Random(seed)
    found: list[Mobject] = [Dot((rng.random(), rng.random(), 0)) for _ in range(6)]
    for _ in range(12):
        group = rng.choice((VGroup, VMobject))()
        group.submobjects = rng.sample(found, rng.randint(0, 4))
        if isinstance(group, VMobject) and rng.random() < 0.5:
            group.points = np.array([[rng.random()] * 3] * rng.choice((0, 1, 4, 8)))
        found.append(group)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_families_and_their_measures_are_those_of_manim(seed):
    for one in families(seed):
        assert [*map(id, family(one))] == [*map(id, SLOW["get_family"](one))]
        same(anchors(one), SLOW["get_points_defining_boundary"](one))
        for dim in range(3):
            for reduce in (min, max):
                found, wanted = (
                    measure(one, reduce, dim)
                    for measure in (extreme, SLOW["reduce_across_dimension"])
                )
                assert (found is None) == (wanted is None)
                assert found == wanted


def test_a_mobject_within_itself_has_the_family_that_manim_finds():
    outer, inner = VGroup(Dot()), VGroup(Dot())
    outer.submobjects.append(inner)
    inner.submobjects.append(outer)
    for one in (outer, inner):
        assert [*map(id, family(one))] == [*map(id, SLOW["get_family"](one))]


def test_what_has_no_outline_has_a_family_and_an_extent_too():
    group = Group(Mobject(), Circle(), Line())
    assert [*map(id, family(group))] == [*map(id, SLOW["get_family"](group))]
    assert extreme(group, max, 0) == SLOW["reduce_across_dimension"](group, max, 0)
    assert extreme(Mobject(), max, 0) is None


def test_a_nan_is_found_where_manim_finds_it():
    for row in range(4):
        line = Line((1, 2, 0), (3, 4, 0))
        line.points[row, 0] = np.nan
        for reduce in (min, max):
            same(extreme(line, reduce, 0), SLOW["reduce_across_dimension"](line, reduce, 0))


def test_a_label_that_is_moved_lies_where_manim_moves_it():
    def moved() -> np.ndarray:
        label = Label("loss $Theta = 3.25$").next_to(Circle(), np.array([1.0, 0, 0]))
        return label.scale(1.5).align_to(Dot((1, 2, 0)), np.array([0, 1.0, 0])).get_all_points()

    wanted = moved()
    with quick_manim():
        assert Mobject.get_family is family
        same(moved(), wanted)
    assert Mobject.get_family is SLOW["get_family"]


def same(found: np.ndarray, wanted: np.ndarray) -> None:
    assert np.shape(found) == np.shape(wanted)
    assert np.asarray(found).tobytes() == np.asarray(wanted).tobytes()
