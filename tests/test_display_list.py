import numpy as np
import pytest
from manim import (
    RIGHT,
    UP,
    Camera,
    CapStyleType,
    Circle,
    Dot,
    Line,
    LineJointType,
    PointCloudDot,
    Square,
    VGroup,
    tempconfig,
)

from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.config import manim_config
from understanding_gradients.render.display_list import (
    DisplayListBuilder,
    RasterFrame,
    visible_mobjects,
)
from understanding_gradients.spec.quality import Quality


@pytest.fixture(autouse=True)
def small_frame():
    with tempconfig(manim_config(Quality("tiny", 160, 96, 15))):
        yield


def crowd() -> VGroup:
    """Nested mobjects in several layers, one of them twice."""
    twice = Dot()
    inner = VGroup(Square(), twice, VGroup(Circle().set_z_index(3), Line()))
    return VGroup(inner, Dot(UP).set_z_index(-1), VGroup(twice, Square().set_z_index(3)))


def test_mobjects_are_displayed_in_manims_order():
    mobjects = [crowd(), Dot(), crowd()]
    assert visible_mobjects(mobjects) == Camera().get_mobjects_to_display(mobjects)


def test_an_unchanged_mobject_has_the_same_command():
    builder, mobjects = DisplayListBuilder(), [Dot(), Square()]
    before = builder.build(mobjects)
    mobjects[0].points = mobjects[0].points.copy()
    mobjects[1].shift(RIGHT)
    now = builder.build(mobjects)
    assert now[0] is before[0]
    assert now[1] is not before[1]


CHANGES = {
    "points moved in place": lambda mob: mob.points.__iadd__(1e-9),
    "fill": lambda mob: mob.set_fill(opacity=0.5),
    "stroke": lambda mob: mob.set_stroke("#123456"),
    "stroke width": lambda mob: mob.set_stroke(width=4.5),
    "background stroke": lambda mob: mob.set_stroke("#123456", 2, background=True),
    "background width": lambda mob: mob.set_stroke(width=3, background=True),
    "joint": lambda mob: setattr(mob, "joint_type", LineJointType.ROUND),
    "cap": lambda mob: mob.set_cap_style(CapStyleType.ROUND),
    "tolerance": lambda mob: setattr(mob, "tolerance_for_point_equality", 1e-3),
    "gradient": lambda mob: mob.set_color(["#000000", "#FFFFFF"]),
    "gradient's direction": lambda mob: mob.set_color(["#000000", "#FFFFFF"]).set_sheen_direction(
        RIGHT
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_any_kind_gives_another_command_with_another_digest(change):
    builder, square = DisplayListBuilder(), Square(fill_opacity=1)
    (before,) = builder.build([square])
    CHANGES[change](square)
    (now,) = builder.build([square])
    assert now is not before
    assert now.digest != before.digest


def test_all_changes_give_different_digests():
    digests = set()
    for change in CHANGES.values():
        square = Square(fill_opacity=1)
        change(square)
        digests.add(DisplayListBuilder().build([square])[0].digest)
    assert len(digests) == len(CHANGES)


def test_two_mobjects_that_look_alike_have_the_same_digest():
    one, other = (DisplayListBuilder().build([Square().shift(UP)])[0] for _ in range(2))
    assert one.digest == other.digest


def test_a_mobject_that_only_changes_color_keeps_its_path():
    builder, square = DisplayListBuilder(), Square()
    (before,) = builder.build([square])
    square.set_stroke(opacity=0.3)
    (now,) = builder.build([square])
    assert now.path is before.path


def test_a_frame_with_a_mobject_without_outline_is_a_raster_frame():
    cloud = PointCloudDot(density=20, stroke_width=4)
    shown = [Square(), cloud, Dot()]
    camera, plain = IncrementalCamera(), Camera()
    frame = camera.capture(shown)
    plain.reset()
    plain.capture_mobjects(shown)
    assert isinstance(frame, RasterFrame)
    camera.draw(camera.capture([Dot()]))
    assert camera.draw(frame) == [(0, 0, 160, 96)]
    assert np.array_equal(camera.pixel_array, plain.pixel_array)
    camera.draw(camera.capture([Dot()]))
    plain.reset()
    plain.capture_mobjects([Dot()])
    assert np.array_equal(camera.pixel_array, plain.pixel_array)
    cloud.shift(RIGHT)
    assert camera.capture(shown).digest != frame.digest
