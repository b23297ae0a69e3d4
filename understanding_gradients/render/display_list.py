"""What a frame is drawn from, as values: a picture is a list of drawings, from the lowest up.

A mobject is live: the next frame moves it. A drawing is a mobject as it looked in one frame, with
everything that its pixels depend on: points, colours, widths, joints and caps. Two frames with the
same drawings have the same pixels, whoever changed what in between. So pictures can be compared,
digested, and drawn later, or not at all where the same ones were drawn before.

Every mobject is read anew in every frame and compared by value; nothing is trusted to stand still.
A change is seen however it came about: by an updater that reaches another mobject, or in points
that were changed in place. What did not change is the same drawing as before, the same object.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from manim import Mobject, VMobject

NOTHING = np.empty(0)
FLOAT64 = np.dtype(np.float64)
# Three arrays, the tolerance of a shape, and what of a style is no array.
ATTRIBUTES = itemgetter(
    "points",
    "fill_rgbas",
    "stroke_rgbas",
    "tolerance_for_point_equality",
    "stroke_width",
    "background_stroke_width",
    "joint_type",
    "cap_style",
)
NUMBER = struct.Struct("<d")
# The lengths of three colours and a gradient, two widths, a joint and a cap.
PACKING = struct.Struct("<4I2d2i")


class Style(NamedTuple):
    """How a shape is painted. Colours are RGBA of float64, several of them for a gradient."""

    fill: bytes
    stroke: bytes
    background_stroke: bytes
    stroke_width: float
    background_stroke_width: float
    joint: Any
    cap: Any
    # Where a gradient begins and ends, two points of three float64; empty without one.
    gradient: bytes

    @property
    def widths(self) -> tuple[float, float]:
        """Of both strokes: how far around its shape a drawing may reach."""
        return self.stroke_width, self.background_stroke_width

    @property
    def packed(self) -> bytes:
        """All of it in a row, and how long its parts are."""
        colours = (self.fill, self.stroke, self.background_stroke, self.gradient)
        kinds = (self.joint.value, self.cap.value)
        return b"".join((PACKING.pack(*map(len, colours), *self.widths, *kinds), *colours))


class VectorPath:
    """The outline of a mobject.

    Args:
        points: Cubic curves, four points of three float64 each.
        tolerance: How far apart two points may lie that are taken for one.

    Attributes:
        digest: A SHA-256 of the outline.
        path: The outline in cairo's own form, if the camera has kept it.
        was_traced: Whether the camera has drawn it before.
    """

    __slots__ = ("digest", "path", "points", "tolerance", "was_traced")

    def __init__(self, points: bytes, tolerance: float) -> None:
        self.points, self.tolerance = points, tolerance
        self.digest = hashlib.sha256(NUMBER.pack(tolerance) + points).digest()
        self.path: Any = None
        self.was_traced = False


class DrawCommand:
    """A mobject as it looked in a frame.

    Args:
        shape: Its outline.
        style: How that is painted.

    Attributes:
        digest: A SHA-256 of both.
        box: The pixels that it may touch, once the camera knows.
    """

    __slots__ = ("box", "digest", "shape", "style")

    def __init__(self, shape: VectorPath, style: Style) -> None:
        self.shape, self.style = shape, style
        self.digest = hashlib.sha256(shape.digest + style.packed).digest()
        self.box: Any = None


class RasterFrame:
    """A whole frame that holds what has no outline: an image or a cloud of points.

    Args:
        pixels: Shape (height, width, 4), uint8 RGBA.
    """

    __slots__ = ("_packed", "_shape", "digest")

    def __init__(self, pixels: np.ndarray) -> None:
        self._packed, self._shape = zlib.compress(pixels.tobytes(), 1), pixels.shape
        self.digest = hashlib.sha256(self._packed).digest()

    @property
    def pixels(self) -> np.ndarray:
        """The frame again."""
        return np.frombuffer(zlib.decompress(self._packed), np.uint8).reshape(self._shape)


Frame: TypeAlias = list[DrawCommand] | RasterFrame
# What a shape and a style are made of: the bytes of arrays, and plain values.
Attributes: TypeAlias = tuple[tuple[bytes, ...], list[Any]]


class DisplayListBuilder:
    """Makes pictures of what is on screen, one frame after the other."""

    def __init__(self) -> None:
        # Mobjects are kept beside their drawings, so that no other can take their identity.
        self._known: dict[int, tuple[VMobject, Attributes, DrawCommand]] = {}

    def build(self, shown: Iterable[VMobject]) -> list[DrawCommand]:
        """Return the drawings of the mobjects `shown`, in that order."""
        known, now = self._known, {}
        for mobject in shown:
            key, reading = id(mobject), read(mobject)
            entry = known.get(key)
            if entry is None or entry[1] != reading:
                entry = (mobject, reading, draw_command(reading, entry[2] if entry else None))
            now[key] = entry
        self._known = now
        return [drawing for _, _, drawing in now.values()]


def read(mobject: VMobject) -> Attributes:
    """Return what decides how `mobject` looks; called for every mobject in every frame."""
    own = mobject.__dict__
    points, fill, stroke, *plain = ATTRIBUTES(own)
    behind = own.get("background_stroke_rgbas", NOTHING)
    for array in (points, fill, stroke, behind):
        if array.dtype is not FLOAT64 and array.dtype != FLOAT64:
            return read(with_floats(mobject))
    graded = len(fill) > 1 or len(stroke) > 1 or len(behind) > 1
    gradient = np.array(mobject.get_gradient_start_and_end_points()).tobytes() if graded else b""
    arrays = (points.tobytes(), fill.tobytes(), stroke.tobytes(), behind.tobytes(), gradient)
    return arrays, plain


def with_floats(mobject: VMobject) -> VMobject:
    """Return a copy of `mobject`, which a scene gave numbers of another kind than float64."""
    copy = mobject.copy()
    for name, value in vars(copy).items():
        if isinstance(value, np.ndarray):
            setattr(copy, name, value.astype(FLOAT64))
    return copy


def draw_command(reading: Attributes, before: DrawCommand | None) -> DrawCommand:
    """Return the drawing for a `reading`, with what it shares with the one `before`."""
    (points, fill, stroke, behind, gradient), (tolerance, *plain) = reading
    width, width_behind, joint, cap = plain
    style = Style(fill, stroke, behind, width, width_behind, joint, cap, gradient)
    shape = before.shape if before else None
    if before is None or shape is None or (shape.points, shape.tolerance) != (points, tolerance):
        return DrawCommand(VectorPath(points, tolerance), style)
    drawing = DrawCommand(shape, style)
    if before.style.widths == style.widths:
        drawing.box = before.box
    return drawing


def visible_mobjects(mobjects: Iterable[Mobject]) -> list[Any]:
    """Return everything that has points among `mobjects` and their families, in drawing order.

    As Manim orders it: depth first, then by layer; what is there twice is drawn the last time.
    """
    found: dict[int, Any] = {}
    waiting = list(mobjects)[::-1]
    while waiting:
        mobject = waiting.pop()
        waiting.extend(mobject.submobjects[::-1])
        if len(mobject.points):
            found.pop(id(mobject), None)
            found[id(mobject)] = mobject
    return sorted(found.values(), key=attrgetter("z_index"))


def is_vector(mobject: Mobject) -> bool:
    """Return whether `mobject` is drawn along an outline, in colours of its own."""
    return isinstance(mobject, VMobject) and not mobject.get_background_image()
