"""Frames as values: a display list of draw commands, from back to front.

A mobject is mutable: the next frame moves it. A draw command is a mobject as it looked in one
frame, with everything that its pixels depend on: points, colours, widths, joints and caps. A
frame's pixels depend only on its display list, so that frames can be compared, hashed, and drawn
later, or not at all if the same ones were drawn before.

Every mobject is read again in every frame and compared by value; nothing is assumed to stay. A
change is seen however it came about: by an updater that reaches another mobject, or in points that
were modified in place. What did not change is the same command as before, the same object.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from manim import Mobject, VMobject

from scenes.manim_private import read_style

EMPTY = np.empty(0)
FLOAT64 = np.dtype(np.float64)
TOLERANCE = struct.Struct("<d")
# The lengths of three colours and a gradient, two widths, a joint type and a cap style.
STYLE_HEADER = struct.Struct("<4I2d2i")


class Style(NamedTuple):
    """How a path is painted; colours are RGBA of float64, several of them for a gradient."""

    fill: bytes
    stroke: bytes
    background_stroke: bytes
    stroke_width: float
    background_stroke_width: float
    joint_type: Any
    cap_style: Any
    # Start and end of the gradient, two points of three float64; empty without one.
    gradient: bytes

    @property
    def widths(self) -> tuple[float, float]:
        """The widths of both strokes."""
        return self.stroke_width, self.background_stroke_width

    def to_bytes(self) -> bytes:
        """Return all attributes, preceded by their lengths."""
        colors = (self.fill, self.stroke, self.background_stroke, self.gradient)
        kinds = (self.joint_type.value, self.cap_style.value)
        return b"".join((STYLE_HEADER.pack(*map(len, colors), *self.widths, *kinds), *colors))


class VectorPath:
    """The outline of a mobject.

    Args:
        points: Cubic Bézier curves, four points of three float64 each.
        tolerance: Distance below which two points are equal.

    Attributes:
        digest: SHA-256 of the outline.
        cairo_path: The outline as a cairo path, once the camera has drawn it twice.
        was_drawn: Whether the camera has drawn it before.
    """

    __slots__ = ("cairo_path", "digest", "points", "tolerance", "was_drawn")

    def __init__(self, points: bytes, tolerance: float) -> None:
        self.points, self.tolerance = points, tolerance
        self.digest = hashlib.sha256(TOLERANCE.pack(tolerance) + points).digest()
        self.cairo_path: Any = None
        self.was_drawn = False


class DrawCommand:
    """A mobject as it looked in a frame.

    Args:
        path: Its outline.
        style: How the outline is painted.

    Attributes:
        digest: SHA-256 of both.
        bounds: The pixels that it may touch, as a rect; None until the camera has computed it.
    """

    __slots__ = ("bounds", "digest", "path", "style")

    def __init__(self, path: VectorPath, style: Style) -> None:
        self.path, self.style = path, style
        self.digest = hashlib.sha256(path.digest + style.to_bytes()).digest()
        self.bounds: Any = None


class RasterFrame:
    """A whole frame with a mobject that has no outline, such as an image or a cloud of points.

    Args:
        pixels: Shape (height, width, 4), uint8 RGBA.
    """

    __slots__ = ("_compressed", "_shape", "digest")

    def __init__(self, pixels: np.ndarray) -> None:
        self._compressed, self._shape = zlib.compress(pixels.tobytes(), 1), pixels.shape
        self.digest = hashlib.sha256(self._compressed).digest()

    @property
    def pixels(self) -> np.ndarray:
        """The pixels again."""
        return np.frombuffer(zlib.decompress(self._compressed), np.uint8).reshape(self._shape)


DisplayList: TypeAlias = list[DrawCommand]
Frame: TypeAlias = DisplayList | RasterFrame
# The bytes of points, three colours and a gradient; then the tolerance and the rest of the style.
Attributes: TypeAlias = tuple[tuple[bytes, ...], list[Any]]


class DisplayListBuilder:
    """Builds the display lists of consecutive frames."""

    def __init__(self) -> None:
        # Mobjects are kept with their commands, so that no new one can get the same id.
        self._known: dict[int, tuple[VMobject, Attributes, DrawCommand]] = {}

    def build(self, mobjects: Iterable[VMobject]) -> DisplayList:
        """Return the draw commands of `mobjects`, in that order."""
        known, now = self._known, {}
        for mobject in mobjects:
            key, attributes = id(mobject), read_attributes(mobject)
            entry = known.get(key)
            if entry is None or entry[1] != attributes:
                command = draw_command(attributes, entry[2] if entry else None)
                entry = (mobject, attributes, command)
            now[key] = entry
        self._known = now
        return [command for _, _, command in now.values()]


def read_attributes(mobject: VMobject) -> Attributes:
    """Return what decides how `mobject` looks; called for every mobject in every frame."""
    values = mobject.__dict__
    points, fill, stroke, tolerance, width, background_width, joint, cap = read_style(values)
    background = values.get("background_stroke_rgbas", EMPTY)
    # Written out, since nothing else is called as often.
    if not (points.dtype == fill.dtype == stroke.dtype == background.dtype == FLOAT64):
        return read_attributes(as_float64(mobject))
    is_graded = len(fill) > 1 or len(stroke) > 1 or len(background) > 1
    gradient = gradient_ends(mobject) if is_graded else b""
    arrays = points.tobytes(), fill.tobytes(), stroke.tobytes(), background.tobytes(), gradient
    return arrays, [tolerance, width, background_width, joint, cap]


def gradient_ends(mobject: VMobject) -> bytes:
    """Return where the gradient of a mobject starts and ends."""
    return np.array(mobject.get_gradient_start_and_end_points()).tobytes()


def as_float64(mobject: VMobject) -> VMobject:
    """Return a copy of `mobject` whose arrays are of float64."""
    copy = mobject.copy()
    for name, value in vars(copy).items():
        if isinstance(value, np.ndarray):
            setattr(copy, name, value.astype(FLOAT64))
    return copy


def draw_command(attributes: Attributes, previous: DrawCommand | None) -> DrawCommand:
    """Return a command for `attributes` that shares path and bounds with `previous` if equal."""
    (points, fill, stroke, background, gradient), plain = attributes
    tolerance, width, background_width, joint, cap = plain
    style = Style(fill, stroke, background, width, background_width, joint, cap, gradient)
    path = previous.path if previous else None
    if previous is None or path is None or (path.points, path.tolerance) != (points, tolerance):
        return DrawCommand(VectorPath(points, tolerance), style)
    command = DrawCommand(path, style)
    if previous.style.widths == style.widths:
        command.bounds = previous.bounds
    return command


def visible_mobjects(mobjects: Iterable[Mobject]) -> list[Any]:
    """Return all `mobjects` and submobjects that have points, in Manim's drawing order.

    Depth first, then by z_index; a mobject that occurs twice is drawn the last time.
    """
    found: dict[int, Any] = {}
    stack = list(mobjects)[::-1]
    while stack:
        mobject = stack.pop()
        stack.extend(mobject.submobjects[::-1])
        if len(mobject.points):
            found.pop(id(mobject), None)
            found[id(mobject)] = mobject
    return sorted(found.values(), key=attrgetter("z_index"))


def is_vector(mobject: Mobject) -> bool:
    """Return whether `mobject` is painted along an outline, in plain colours or gradients."""
    return isinstance(mobject, VMobject) and not mobject.get_background_image()
