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
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from manim import Mobject, VMobject

# Of one RGBA of float64, in bytes.
ONE_COLOUR = 32


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


class Shape:
    """The outline of a mobject.

    Args:
        points: Cubic curves, four points of three float64 each.
        tolerance: How far apart two points may lie that are taken for one.

    Attributes:
        path: The outline in cairo's own form, once the camera has traced it.
    """

    __slots__ = ("digest", "path", "points", "tolerance")

    def __init__(self, points: bytes, tolerance: float) -> None:
        self.points, self.tolerance = points, tolerance
        self.digest = hashlib.sha256(points).digest()
        self.path: Any = None


class Drawing:
    """A mobject as it looked in a frame.

    Args:
        shape: Its outline.
        style: How that is painted.

    Attributes:
        box: The pixels that it may touch, once the camera knows.
    """

    __slots__ = ("box", "digest", "shape", "style")

    def __init__(self, shape: Shape, style: Style) -> None:
        self.shape, self.style = shape, style
        self.digest = digest_of([shape.digest, repr(shape.tolerance), *style])
        self.box: Any = None


class Snapshot:
    """A whole frame that holds what has no outline: an image or a cloud of points.

    Args:
        pixels: Shape (height, width, 4), uint8 RGBA.
    """

    __slots__ = ("_packed", "_shape", "digest")

    def __init__(self, pixels: np.ndarray) -> None:
        self._packed, self._shape = zlib.compress(pixels.tobytes(), 1), pixels.shape
        self.digest = digest_of([self._packed])

    @property
    def pixels(self) -> np.ndarray:
        """The frame again."""
        return np.frombuffer(zlib.decompress(self._packed), np.uint8).reshape(self._shape)


Picture: TypeAlias = list[Drawing] | Snapshot


class Observer:
    """Makes pictures of what is on screen, one frame after the other."""

    def __init__(self) -> None:
        # Mobjects are kept beside their drawings, so that no other can take their identity.
        self._known: dict[int, tuple[VMobject, Drawing]] = {}

    def observe(self, shown: Iterable[VMobject]) -> list[Drawing]:
        """Return the drawings of the mobjects `shown`, in that order."""
        known, now = self._known, {}
        for mobject in shown:
            before = known.get(id(mobject))
            now[id(mobject)] = (mobject, drawing_of(mobject, before[1] if before else None))
        self._known = now
        return [drawing for _, drawing in now.values()]


def drawing_of(mobject: VMobject, before: Drawing | None) -> Drawing:
    """Return how `mobject` looks; `before` itself if it still looks so."""
    own = vars(mobject)
    points, style = own["points"].tobytes(), style_of(mobject)
    tolerance = own["tolerance_for_point_equality"]
    if before is None or before.shape.points != points or before.shape.tolerance != tolerance:
        return Drawing(Shape(points, tolerance), style)
    return before if before.style == style else Drawing(before.shape, style)


def style_of(mobject: VMobject) -> Style:
    """Return how `mobject` is painted."""
    own = vars(mobject)
    fill, stroke, behind = (
        own[name].tobytes() if name in own else b""
        for name in ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")
    )
    graded = max(len(fill), len(stroke), len(behind)) > ONE_COLOUR
    return Style(
        fill,
        stroke,
        behind,
        own["stroke_width"],
        own["background_stroke_width"],
        own["joint_type"],
        own["cap_style"],
        np.array(mobject.get_gradient_start_and_end_points()).tobytes() if graded else b"",
    )


def displayed(mobjects: Iterable[Mobject]) -> list[Any]:
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
    return sorted(found.values(), key=lambda mobject: mobject.z_index)


def has_outline(mobject: Mobject) -> bool:
    """Return whether `mobject` is drawn along an outline, in colours of its own."""
    return isinstance(mobject, VMobject) and not mobject.get_background_image()


def digest_of(parts: Iterable[Any]) -> bytes:
    """Return a SHA-256 of `parts`, each of them bytes or something with a telling repr."""
    digest = hashlib.sha256()
    for part in parts:
        value = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(len(value).to_bytes(8, "big"))
        digest.update(value)
    return digest.digest()
