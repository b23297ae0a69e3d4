import numpy as np
import pytest
from manim import (
    BLUE,
    DOWN,
    RED,
    RIGHT,
    UP,
    Arc,
    CapStyleType,
    Circle,
    LineJointType,
    Polygon,
    Scene,
    Square,
    Star,
    VMobject,
    tempconfig,
)
from manim.camera.camera import Camera
from manim.utils.iterables import list_update

from scenes.registry import CLIPS
from tests.conftest import SMALL
from understanding_gradients.encode.regions import to_slices
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.renderer import ClipRenderer, manim_config, render_config
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES
from understanding_gradients.workers.worker import play


def drawn_afresh(mobjects) -> np.ndarray:
    """The frame that Manim's own camera draws."""
    camera = Camera()
    camera.reset()
    camera.capture_mobjects(mobjects)
    return camera.pixel_array


def random_mobject(rng) -> VMobject:
    """A shape of any kind and style, perhaps far out of the frame."""
    corners = rng.normal(0, 3, (rng.integers(3, 7), 3)) * [1, 1, 0]
    kinds = [
        lambda: Circle(rng.uniform(0.1, 3)),
        lambda: Star(int(rng.integers(5, 9))),
        lambda: Polygon(*corners),
        lambda: Arc(rng.uniform(0, 6), rng.uniform(-6, 6)),
        lambda: VMobject().set_points_smoothly(list(corners)),
    ]
    mobject = kinds[rng.integers(len(kinds))]().shift(rng.normal(0, 3) * RIGHT + rng.normal() * UP)
    restyle(mobject, rng)
    return mobject


def restyle(mobject, rng) -> None:
    """Give a mobject another style."""
    colours = [RED, BLUE, "#FFFFFF"][: rng.integers(1, 4)]
    mobject.set_fill(colours, opacity=rng.choice([0, 0.02, 0.5, 1]))
    mobject.set_stroke(colours[::-1], rng.choice([0, 0.5, 3, 20]), rng.choice([0, 0.3, 1]))
    mobject.set_stroke(BLUE, rng.choice([0, 8]), 0.7, background=True)
    mobject.set_sheen_direction([UP, DOWN + RIGHT][rng.integers(2)])
    mobject.joint_type = rng.choice(list(LineJointType))
    mobject.cap_style = rng.choice(list(CapStyleType))
    mobject.set_z_index(int(rng.integers(3)))


def disturb(mobjects, rng) -> None:
    """Change something: nothing, a place, a style, the order, who is there."""
    for _ in range(rng.integers(0, 3)):
        if not mobjects:
            mobjects.append(random_mobject(rng))
        chosen = mobjects[rng.integers(len(mobjects))]
        match rng.integers(6):
            case 0:
                chosen.shift(rng.normal(0, 0.2, 3))
            case 1:
                chosen.points *= rng.uniform(0.9, 1.1)
            case 2:
                restyle(chosen, rng)
            case 3:
                mobjects.append(random_mobject(rng))
            case 4:
                mobjects.remove(chosen)
            case 5:
                rng.shuffle(mobjects)


@pytest.mark.parametrize("seed", range(12))
def test_every_frame_has_the_pixels_of_manims_own_camera(seed):
    rng = np.random.default_rng(seed)
    with tempconfig(manim_config(SMALL)):
        camera, mobjects = IncrementalCamera(), [random_mobject(rng) for _ in range(8)]
        before = camera.pixel_array.copy()
        for _ in range(25):
            disturb(mobjects, rng)
            boxes = camera.draw(camera.picture(mobjects))
            assert np.array_equal(camera.pixel_array, drawn_afresh(mobjects))
            for box in boxes:
                before[to_slices(box)] = camera.pixel_array[to_slices(box)]
            assert np.array_equal(before, camera.pixel_array), "a change outside of the boxes"


def test_a_frame_like_the_one_before_changes_nothing():
    with tempconfig(manim_config(SMALL)):
        camera, mobjects = IncrementalCamera(), [Square(), Circle()]
        camera.draw(camera.picture(mobjects))
        assert camera.draw(camera.picture(mobjects)) == []


def test_a_small_motion_changes_a_small_part():
    with tempconfig(manim_config(QUALITIES["hd"])):
        square = Square(0.4)
        camera, mobjects = IncrementalCamera(), [Circle(3), square]
        camera.draw(camera.picture(mobjects))
        square.shift(0.1 * RIGHT)
        boxes = camera.draw(camera.picture(mobjects))
        area = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
        assert 0 < area < 0.01 * 1920 * 1080


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_not_drawn(number):
    with tempconfig(manim_config(SMALL)):
        camera, square = IncrementalCamera(), Square()
        square.points[2, 0] = number
        camera.draw(camera.picture([]))
        assert camera.draw(camera.picture([square])) == []
        assert np.array_equal(camera.pixel_array, drawn_afresh([]))


@pytest.mark.parametrize("kind", [LineJointType.MITER, LineJointType.ROUND])
def test_the_tips_of_thick_strokes_are_drawn_and_wiped_away(kind):
    with tempconfig(manim_config(SMALL)):
        thorn = Polygon([0, 0, 0], [3, 0.37, 0], [0, 0.74, 0], stroke_width=40)
        thorn.joint_type = kind
        camera = IncrementalCamera()
        for _ in range(12):
            thorn.rotate(0.6).shift(0.2 * RIGHT)
            camera.draw(camera.picture([thorn]))
            assert np.array_equal(camera.pixel_array, drawn_afresh([thorn]))


def test_a_shape_of_whole_numbers_is_drawn():
    with tempconfig(manim_config(SMALL)):
        line = VMobject(stroke_width=9).set_points([[0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 1, 0]])
        assert line.points.dtype != np.float64
        camera = IncrementalCamera()
        camera.draw(camera.picture([line]))
        assert np.array_equal(camera.pixel_array, drawn_afresh([line]))


def recolour(camera):
    camera.background_color = RED
    camera.init_background()


def widen(camera):
    camera.frame_width *= 1.5


@pytest.mark.parametrize("change", [recolour, widen])
def test_another_ground_or_view_is_drawn_as_manim_draws_it_and_what_was_seen_before_stays(change):
    with tempconfig(manim_config(SMALL)):
        camera, circle, plain = IncrementalCamera(), Circle(), Camera()
        before = camera.picture([circle])
        plain.capture_mobjects([circle])
        change(camera)
        change(plain)
        after = camera.picture([circle])
        for _ in range(2):
            camera.draw(before)
            assert np.array_equal(camera.pixel_array, drawn_afresh([circle]))
            camera.draw(after)
            plain.reset()
            plain.capture_mobjects([circle])
            assert np.array_equal(camera.pixel_array, plain.pixel_array)


def test_the_ground_of_a_camera_is_what_it_first_saw():
    with tempconfig(manim_config(SMALL)):
        dark, red = IncrementalCamera(), IncrementalCamera()
        recolour(red)
        for camera in (dark, red):
            camera.picture([])
        seen = dark.ground
        assert seen != red.ground
        recolour(dark)
        dark.picture([])
        assert dark.ground == seen


class Comparing(ClipRenderer):
    """Draws every frame twice, also by Manim's own camera."""

    def __init__(self):
        super().__init__(lambda number: True)
        self.compared = 0

    def _picture(self, scene: Scene):
        picture = super()._picture(scene)
        self.camera.draw(picture)
        plain = Camera()
        plain.background = self.camera.background
        plain.reset()
        plain.capture_mobjects(list_update(scene.mobjects, scene.foreground_mobjects))
        assert np.array_equal(self.camera.pixel_array, plain.pixel_array), self.frames
        self.compared += 1
        return picture


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.slug)
def test_every_frame_of_every_clip_is_drawn_as_manim_draws_it(clip, default_material):
    with render_config(SMALL, "dark"):
        renderer = Comparing()
        play(Job(clip, SMALL), default_material, renderer)
    assert renderer.compared > 20
