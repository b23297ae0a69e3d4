import numpy as np
import pytest
from manim import (
    BLUE,
    DOWN,
    RED,
    RIGHT,
    UP,
    Arc,
    Camera,
    CapStyleType,
    Circle,
    LineJointType,
    Polygon,
    Square,
    Star,
    VMobject,
    tempconfig,
)

from scenes.registry import CLIPS, clip
from tests.conftest import SMALL
from tests.lectures import SHORT
from tests.marks import slow_except
from understanding_gradients.encode.regions import to_slices
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.config import manim_config, render_config
from understanding_gradients.render.renderer import ClipRenderer
from understanding_gradients.render.task import play_scene
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES


def drawn_afresh(mobjects) -> np.ndarray:
    """The frame that Manim's own camera draws."""
    camera = Camera()
    camera.reset()
    camera.capture_mobjects(mobjects)
    return camera.pixel_array


def random_mobject(rng) -> VMobject:
    """A mobject of any kind and style, perhaps far outside the frame."""
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
    colors = [RED, BLUE, "#FFFFFF"][: rng.integers(1, 4)]
    mobject.set_fill(colors, opacity=rng.choice([0, 0.02, 0.5, 1]))
    mobject.set_stroke(colors[::-1], rng.choice([0, 0.5, 3, 20]), rng.choice([0, 0.3, 1]))
    mobject.set_stroke(BLUE, rng.choice([0, 8]), 0.7, background=True)
    mobject.set_sheen_direction([UP, DOWN + RIGHT][rng.integers(2)])
    mobject.joint_type = rng.choice(list(LineJointType))
    mobject.cap_style = rng.choice(list(CapStyleType))
    mobject.set_z_index(int(rng.integers(3)))


def disturb(mobjects, rng) -> None:
    """Change nothing, or a position, a size, a style, the order or the number of mobjects."""
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


@pytest.mark.render
@pytest.mark.parametrize("seed", slow_except(range(12), *range(4)))
def test_every_frame_has_the_pixels_of_manims_own_camera(seed):
    rng = np.random.default_rng(seed)
    with tempconfig(manim_config(SMALL)):
        camera, mobjects = IncrementalCamera(), [random_mobject(rng) for _ in range(8)]
        before = camera.pixel_array.copy()
        for _ in range(25):
            disturb(mobjects, rng)
            rects = camera.draw(camera.capture(mobjects))
            assert np.array_equal(camera.pixel_array, drawn_afresh(mobjects))
            for rect in rects:
                before[to_slices(rect)] = camera.pixel_array[to_slices(rect)]
            assert np.array_equal(before, camera.pixel_array), "a change outside the rects"


def test_an_equal_frame_changes_nothing():
    with tempconfig(manim_config(SMALL)):
        camera, mobjects = IncrementalCamera(), [Square(), Circle()]
        camera.draw(camera.capture(mobjects))
        assert camera.draw(camera.capture(mobjects)) == []


def test_a_small_motion_changes_a_small_part():
    with tempconfig(manim_config(QUALITIES["hd"])):
        square = Square(0.4)
        camera, mobjects = IncrementalCamera(), [Circle(3), square]
        camera.draw(camera.capture(mobjects))
        square.shift(0.1 * RIGHT)
        rects = camera.draw(camera.capture(mobjects))
        area = sum((right - left) * (bottom - top) for left, top, right, bottom in rects)
        assert 0 < area < 0.01 * 1920 * 1080


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_path_that_is_not_finite_is_not_drawn(number):
    with tempconfig(manim_config(SMALL)):
        camera, square = IncrementalCamera(), Square()
        square.points[2, 0] = number
        camera.draw(camera.capture([]))
        assert camera.draw(camera.capture([square])) == []
        assert np.array_equal(camera.pixel_array, drawn_afresh([]))


@pytest.mark.parametrize("kind", [LineJointType.MITER, LineJointType.ROUND])
def test_the_tips_of_thick_strokes_are_drawn_and_erased(kind):
    with tempconfig(manim_config(SMALL)):
        thorn = Polygon([0, 0, 0], [3, 0.37, 0], [0, 0.74, 0], stroke_width=40)
        thorn.joint_type = kind
        camera = IncrementalCamera()
        for _ in range(12):
            thorn.rotate(0.6).shift(0.2 * RIGHT)
            camera.draw(camera.capture([thorn]))
            assert np.array_equal(camera.pixel_array, drawn_afresh([thorn]))


def test_a_path_of_whole_numbers_is_drawn():
    with tempconfig(manim_config(SMALL)):
        line = VMobject(stroke_width=9).set_points([[0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 1, 0]])
        assert line.points.dtype != np.float64
        camera = IncrementalCamera()
        camera.draw(camera.capture([line]))
        assert np.array_equal(camera.pixel_array, drawn_afresh([line]))


def recolor(camera):
    camera.background_color = RED
    camera.init_background()


def widen(camera):
    camera.frame_width *= 1.5


@pytest.mark.parametrize("change", [recolor, widen])
def test_another_background_or_view_is_drawn_as_by_manim_and_earlier_frames_stay(change):
    with tempconfig(manim_config(SMALL)):
        camera, circle, plain = IncrementalCamera(), Circle(), Camera()
        before = camera.capture([circle])
        plain.capture_mobjects([circle])
        change(camera)
        change(plain)
        after = camera.capture([circle])
        for _ in range(2):
            camera.draw(before)
            assert np.array_equal(camera.pixel_array, drawn_afresh([circle]))
            camera.draw(after)
            plain.reset()
            plain.capture_mobjects([circle])
            assert np.array_equal(camera.pixel_array, plain.pixel_array)


def test_the_background_digest_is_that_of_the_first_frame():
    with tempconfig(manim_config(SMALL)):
        dark, red = IncrementalCamera(), IncrementalCamera()
        recolor(red)
        for camera in (dark, red):
            camera.capture([])
        first = dark.background_digest
        assert first != red.background_digest
        recolor(dark)
        dark.capture([])
        assert dark.background_digest == first


SLUGS = slow_except([clip.slug for clip in CLIPS], "just-right-learning-rate")


@pytest.mark.render
@pytest.mark.parametrize("slug", SLUGS)
def test_every_frame_of_every_clip_is_drawn_as_by_manim(slug, monkeypatch):
    one, capture = clip(slug), IncrementalCamera.capture
    compared = []

    def capture_and_compare(camera, mobjects):
        frame = capture(camera, mobjects)
        camera.draw(frame)
        plain = Camera()
        plain.background = camera.background
        plain.reset()
        plain.capture_mobjects(mobjects)
        assert np.array_equal(camera.pixel_array, plain.pixel_array), len(compared)
        compared.append(frame)
        return frame

    monkeypatch.setattr(IncrementalCamera, "capture", capture_and_compare)
    with render_config(SMALL, "dark"):
        inputs = record_lecture(SHORT, one.inputs)
        play_scene(Job(one, SMALL), inputs, ClipRenderer(lambda number: True))
    assert len(compared) > 10
