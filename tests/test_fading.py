"""A fade in place shows what Manim's own fade shows, without touching points."""

import manim
import numpy as np
import pytest
from manim import BLUE, DOWN, LEFT, RED, Circle, Line, Rectangle, Scene, Square, VGroup, tempconfig

from descent import LOSSES
from descent.views.landscape import sample
from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.descent.landscape import LossContours
from scenes.mobjects.plot import Plot
from tests.color_levels import mean_levels
from tests.conftest import TINY
from understanding_gradients.render.config import manim_config
from understanding_gradients.render.renderer import ClipRenderer

ALPHAS = [0.0, 0.1, 0.5, 0.9, 1.0]


@pytest.fixture(autouse=True)
def small():
    with tempconfig(manim_config(TINY)):
        yield


def group():
    """Half transparent, graded, stroked on both sides, and one inside the other."""
    half = Square(fill_opacity=0.5, stroke_opacity=0.3)
    graded = Circle().set_fill([RED, BLUE], 0.8).set_stroke([BLUE, RED], 5, 0.6)
    backed = Rectangle().set_stroke(RED, 8, 0.4, background=True)
    return VGroup(half, VGroup(graded, backed))


def seen(scene):
    """The colours and points of everything on screen."""
    family = [one for mobject in scene.mobjects for one in mobject.get_family() if len(one.points)]
    names = ("points", "fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")
    return [vars(one)[name] for one in family for name in names if name in vars(one)]


def shown(animation_class, alpha, **options):
    """What is on screen when the fade is at `alpha`."""
    scene, mobjects = Scene(), group()
    fade = animation_class(mobjects, **options)
    if "In" not in animation_class.__name__:
        scene.add(mobjects)
    scene.compile_animation_data(fade)
    scene.begin_animations()
    fade.interpolate(alpha)
    return seen(scene)


@pytest.mark.render
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("options", [{}, {"lag_ratio": 0.5}, {"shift": LEFT}, {"scale": 0.5}])
@pytest.mark.parametrize("names", [("FadeIn", FadeIn), ("FadeOut", FadeOut)])
def test_every_moment_looks_like_manims(names, options, alpha):
    name, ours = names
    theirs = shown(getattr(manim, name), alpha, **options)
    for array, other in zip(shown(ours, alpha, **options), theirs, strict=True):
        np.testing.assert_allclose(array, other, atol=1e-12)


@pytest.mark.parametrize("names", [("FadeIn", FadeIn), ("FadeOut", FadeOut)])
def test_the_result_is_that_of_manims_fades(names):
    scenes = []
    for fade in (getattr(manim, names[0]), names[1]):
        scene, mobjects = Scene(), group()
        scene.play(fade(mobjects), run_time=0.2)
        scene.add(mobjects)
        scenes.append(seen(scene))
    for array, other in zip(*scenes, strict=True):
        np.testing.assert_allclose(array, other, atol=1e-12)


def test_a_faded_mobject_is_removed_and_can_return():
    scene, mobjects = Scene(), group()
    scene.add(mobjects)
    before = [array.copy() for array in seen(scene)]
    scene.play(FadeOut(mobjects), run_time=0.2)
    assert scene.mobjects == []
    scene.play(FadeIn(mobjects), run_time=0.2)
    for array, other in zip(seen(scene), before, strict=True):
        np.testing.assert_array_equal(array, other)


def test_a_fade_does_not_touch_points():
    square = Square()
    points = square.points
    Scene().play(FadeIn(square), run_time=0.2)
    assert square.points is points


@pytest.mark.render
@pytest.mark.parametrize("fade", [FadeIn, FadeOut])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_map_of_a_loss_fades_without_flicker_and_without_a_snap_at_the_end(fade, theme):
    with style.use_theme(theme), tempconfig({"pixel_width": 480, "pixel_height": 270}):
        scene = Scene(renderer=ClipRenderer())
        scene.camera.background_color = style.palette().background
        scene.camera.init_background()
        landscape = sample(LOSSES["bowl"], ((-2.0, 2.0), (-1.5, 1.5)), (81, 61))
        contours = LossContours(Plot(landscape.window), landscape)
        regions = [one for one in contours if one.get_fill_opacity() > 0]
        scene.add(contours)
        still = scene.renderer.still(scene)[..., :3].astype(float)
        fading, frames = fade(contours), []
        fading.begin()
        for alpha in np.linspace(0, 1, 49):
            fading.interpolate(alpha)
            frames.append(scene.renderer.still(scene)[..., :3].astype(float))
    assert len(regions) > 6
    levels = mean_levels(frames)
    for channel in levels.T:
        way = np.sign(channel[-1] - channel[0])
        assert (way * np.diff(channel)).min() > -0.06
    # The last frame in motion and the still; where the edge of a line is mixed, two roundings.
    apart = np.abs((frames[-2] if fade is FadeIn else frames[1]) - still)
    assert (apart > 1).mean() < 1e-4
    assert apart.max() <= 2


@pytest.mark.render
@pytest.mark.parametrize("fade", [FadeIn, FadeOut])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_ground_around_a_box_keeps_its_colour_while_its_covers_fade(fade, theme):
    with style.use_theme(theme), tempconfig({"pixel_width": 480, "pixel_height": 270}):
        scene = Scene(renderer=ClipRenderer())
        scene.camera.background_color = style.palette().background
        scene.camera.init_background()
        ground = scene.renderer.still(scene)
        covers = Plot(((-1.0, 1.0), (-1.0, 1.0))).mask()
        scene.add(covers)
        fading = fade(covers)
        fading.begin()
        for alpha in np.linspace(0, 1, 49):
            fading.interpolate(alpha)
            np.testing.assert_array_equal(scene.renderer.still(scene), ground)


@pytest.mark.render
def test_nothing_is_seen_through_the_corners_of_the_covers():
    with tempconfig({"pixel_width": 481, "pixel_height": 271}):
        scene = Scene(renderer=ClipRenderer())
        scene.camera.background_color = style.palette().background
        scene.camera.init_background()
        ground = scene.renderer.still(scene)
        plot = Plot(((-1.0, 1.0), (-1.0, 1.0)))
        corner = np.array([plot.box.right, plot.box.bottom, 0])
        scene.add(Line(corner + 0.2 * DOWN, corner + 3 * DOWN, stroke_width=8), plot.mask())
        np.testing.assert_array_equal(scene.renderer.still(scene), ground)


def test_where_the_ground_is_left_out_what_is_behind_a_map_is_seen_through():
    landscape = sample(LOSSES["bowl"], ((-2.0, 2.0), (-1.5, 1.5)), (41, 31))
    with tempconfig({"background_opacity": 0.0}):
        contours = LossContours(Plot(landscape.window), landscape)
    fills = {round(float(one.get_fill_opacity()), 6) for one in contours}
    assert fills == {0.0, style.palette().glow}
    fading = FadeIn(contours)
    fading.begin()
    fading.interpolate_mobject(0.0)
    assert max(one.get_fill_opacity() for one in contours) == 0
