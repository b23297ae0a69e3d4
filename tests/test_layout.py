"""The check that a still can be read sees what is wrong; `tests.film` asks it of every clip."""

from __future__ import annotations

import pytest
from manim import DOWN, ORIGIN, RIGHT, Scene, Square

from scenes import style
from scenes.typesetting.labels import Label
from tests.lectures import small_frames
from tests.legibility import LEAST_CONTRAST, contrast_ratio, violations
from understanding_gradients.render.renderer import ClipRenderer


def stood(*mobjects):
    """What is wrong with a still of `mobjects`."""
    with small_frames():
        scene = Scene(renderer=ClipRenderer())
        scene.add(*mobjects)
        return violations(scene)


def test_a_still_that_is_right_has_no_violations():
    assert stood(Label("right"), Label("below it").shift(DOWN)) == []


def test_text_outside_the_margins_is_a_violation():
    (found,) = stood(Label("outside").move_to((style.RIGHT, 0, 0)))
    assert found == "'outside' leaves the margins"


def test_text_over_text_is_a_violation():
    (found,) = stood(Label("one"), Label("two").move_to(ORIGIN + 0.1 * RIGHT))
    assert found == "'one' overlaps 'two'"


def test_text_that_is_too_small_is_a_violation():
    (found,) = stood(Label("small", 20))
    assert found == "'small' is set too small: capitals of 18.2 px"


def test_text_that_was_scaled_down_is_a_violation():
    (found,) = stood(Label("shrunk", style.TEXT).scale(0.5))
    assert found.startswith("'shrunk' is set too small")


def test_text_that_is_too_pale_is_a_violation():
    (found,) = stood(Label("pale", color=style.DARK.grid))
    assert found.startswith("'pale' is too pale: contrast 1.")


def test_text_that_is_half_faded_out_is_a_violation():
    (found,) = stood(Label("fading").set_opacity(0.3))
    assert found.startswith("'fading' is too pale")


def test_text_on_a_background_of_its_own_colour_is_a_violation():
    ground = Square(3, fill_color=style.DARK.ink, fill_opacity=1)
    (found,) = stood(ground, Label("unseen"))
    assert found.startswith("'unseen' is too pale: contrast 1.0")


def test_text_that_is_no_label_is_a_violation():
    from manim import Typst

    assert any("no Label" in sentence for sentence in stood(Typst("stray")))


@pytest.mark.parametrize("palette", style.THEMES.values(), ids=style.THEMES)
def test_every_role_can_be_read_on_both_backgrounds(palette):
    roles = ("ink", "muted", "parameter", "gradient", "learning_rate", "loss", "prediction")
    rates = ("truth", "very_small", "just_right", "very_large")
    for role in (*roles, *rates):
        for ground in (palette.background, palette.panel):
            assert contrast_ratio(getattr(palette, role), ground) >= LEAST_CONTRAST, role
