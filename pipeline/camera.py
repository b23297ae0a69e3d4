"""A camera that draws only what changed since its last frame, and says where that was.

Manim draws every frame anew from the first mobject that an animation touches: to move a dot it
paints hundreds of glyphs that stand still. This camera keeps what it drew last time, and compares.

What is compared is everything that a mobject's picture depends on, by value: its points, colours
and stroke (`look_of`). Nothing is trusted to stand still, so that a change is seen however it came
about: an updater that reaches another mobject, points changed in place.

What changed marks the cells of a grid. There, and only there, the frame is drawn anew, from all
mobjects that reach into a marked cell, in order. They are drawn whole, on a sheet of their own,
and the marked cells are copied from it: cairo's antialiasing depends on the clip, so that a
picture drawn through one would depend on what happened to change before it. As it is, every frame
has exactly the pixels that Manim's camera gives when it draws the scene afresh, whatever was drawn
before: that is what lets several workers draw parts of one clip.

Mobjects below the first that changes are kept as one picture, as Manim does during a play. Here
it follows from what changed, from frame to frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor
from typing import Any, NamedTuple

import cairo
import numpy as np
from manim import Mobject, VMobject
from manim.camera.camera import Camera

from pipeline.changes import Box, ChangedCells, region

# Cairo cuts a mitre that is longer than this many line widths.
MITRE_LIMIT = 10
# A box is this many pixels larger than the shape in it, for antialiasing.
HALO = 2
# Of one RGBA, in bytes.
ONE_COLOUR = 32
# With which Manim, like NumPy, takes two points for the same.
RELATIVE_TOLERANCE = 1e-5


class Look(NamedTuple):
    """What the picture of a mobject depends on, by value; colours are bytes of float64 RGBA."""

    points: bytes
    fill: bytes
    stroke: bytes
    background_stroke: bytes
    stroke_width: float
    background_stroke_width: float
    joint: Any
    cap: Any
    sheen: bytes


class Drawing:
    """A mobject as it was drawn: its look, its path in cairo's own form, and its box.

    Args:
        mobject: What was drawn; kept, so that no other mobject can take its identity.
        look: Of the mobject, as drawn.
        path: Of the mobject, as drawn.
        box: The pixels that it may touch.
    """

    __slots__ = ("box", "look", "mobject", "path")

    def __init__(self, mobject: VMobject, look: Look, path: cairo.Path, box: Box) -> None:
        self.mobject, self.look, self.path, self.box = mobject, look, path, box


class ChangeCamera(Camera):
    """Draws what changed since the frame before it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.forget()

    def forget(self) -> None:
        """Draw the next frame from nothing."""
        self._drawings: dict[int, Drawing] = {}
        self._order: list[Drawing] | None = None
        self._below: list[Drawing] = []
        self._standing = 0
        self._below_pixels = np.empty_like(self.pixel_array)
        self._sheet = np.empty_like(self.pixel_array)

    def show(self, mobjects: Iterable[Mobject]) -> list[Box]:
        """Bring `pixel_array` up to date with `mobjects`, and return the boxes that may differ."""
        shown = displayed(mobjects)
        if not all(is_plain(mobject) for mobject in shown):
            self.reset()
            self.capture_mobjects(mobjects)
            self.forget()
            return [self._everything]
        before, order = self._order, self._drawings_of(shown)
        if before == order:
            return []
        self._order = order
        if before is None:
            self.reset()
            self._lay_below([])
            return self._redraw([self._everything])
        self._settle(first_difference(before, order))
        return self._redraw(changed_boxes(before, order))

    @property
    def _everything(self) -> Box:
        return (0, 0, self.pixel_width, self.pixel_height)

    def _drawings_of(self, shown: Iterable[Any]) -> list[Drawing]:
        """Return the drawing of every mobject, the same object as long as it looks the same."""
        known, now = self._drawings, {}
        for mobject in shown:
            look, drawing = look_of(mobject), known.get(id(mobject))
            if drawing is None or drawing.look != look:
                drawing = self._drawing(mobject, look, drawing)
            now[id(mobject)] = drawing
        self._drawings = now
        return list(now.values())

    def _drawing(self, mobject: VMobject, look: Look, before: Drawing | None) -> Drawing:
        """Return the drawing of a `mobject` that is new or looks otherwise than `before`."""
        context = self.get_cairo_context(self._sheet)
        if before is not None and before.look.points == look.points:
            context.new_path()
            context.append_path(before.path)
        else:
            trace(context, mobject)
        return Drawing(mobject, look, context.copy_path(), self._box_of(context, look))

    def _box_of(self, context: cairo.Context, look: Look) -> Box:
        """Return the pixels that the path of `context` may touch when filled and stroked."""
        left, bottom, right, top = context.path_extents()
        width = max(look.stroke_width, look.background_stroke_width)
        margin = MITRE_LIMIT * width * self.cairo_line_width_multiple / 2
        xs, ys = zip(
            context.user_to_device(left - margin, bottom - margin),
            context.user_to_device(right + margin, top + margin),
            strict=True,
        )
        return (
            max(0, floor(min(xs)) - HALO),
            max(0, floor(min(ys)) - HALO),
            min(self.pixel_width, ceil(max(xs)) + HALO),
            min(self.pixel_height, ceil(max(ys)) + HALO),
        )

    def _settle(self, first: int) -> None:
        """Keep as one picture what stands below the `first` drawing that changed.

        It grows only when two frames in a row leave more of it in peace.
        """
        order = self._order or []
        kept = len(self._below)
        if first < kept:
            self._lay_below(order[:first])
        elif min(first, self._standing) > kept:
            self._lay_below(order[: min(first, self._standing)], kept)
        self._standing = first

    def _lay_below(self, drawings: list[Drawing], kept: int = 0) -> None:
        """Draw the picture of what stands below, but for the first `kept`, which are in it."""
        if not kept:
            self._below_pixels[...] = self.background
        context = self.get_cairo_context(self._below_pixels)
        for drawing in drawings[kept:]:
            self._paint(drawing, context)
        self._below = drawings

    def _redraw(self, boxes: list[Box]) -> list[Box]:
        """Draw the cells that `boxes` reach into, and return the rectangles that cover them."""
        cells = ChangedCells(self.pixel_width, self.pixel_height, boxes)
        rectangles = cells.rectangles()
        for rectangle in rectangles:
            self._sheet[region(rectangle)] = self._below_pixels[region(rectangle)]
        context = self.get_cairo_context(self._sheet)
        for drawing in (self._order or [])[len(self._below) :]:
            if cells.meet(drawing.box):
                self._paint(drawing, context)
        for rectangle in rectangles:
            self.pixel_array[region(rectangle)] = self._sheet[region(rectangle)]
        return rectangles

    def _paint(self, drawing: Drawing, context: cairo.Context) -> None:
        """Draw as Manim does: the stroke behind, the filling, the stroke."""
        look = drawing.look
        context.new_path()
        context.append_path(drawing.path)
        if look.background_stroke_width > 0 and any(look.background_stroke):
            self.apply_stroke(context, drawing.mobject, background=True)
        if any(look.fill):
            self.apply_fill(context, drawing.mobject)
        if look.stroke_width > 0:
            self.apply_stroke(context, drawing.mobject)


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


def is_plain(mobject: Mobject) -> bool:
    """Return whether cairo alone draws `mobject`: it is no image, cloud of points or the like."""
    return isinstance(mobject, VMobject) and not mobject.get_background_image()


def look_of(mobject: VMobject) -> Look:
    """Return the look of `mobject`."""
    own = vars(mobject)
    fill = own["fill_rgbas"].tobytes() if "fill_rgbas" in own else b""
    stroke = own["stroke_rgbas"].tobytes() if "stroke_rgbas" in own else b""
    behind = own["background_stroke_rgbas"].tobytes() if "background_stroke_rgbas" in own else b""
    graded = max(len(fill), len(stroke), len(behind)) > ONE_COLOUR
    return Look(
        own["points"].tobytes(),
        fill,
        stroke,
        behind,
        own["stroke_width"],
        own["background_stroke_width"],
        own["joint_type"],
        own["cap_style"],
        # Only a gradient has a direction.
        np.asarray(mobject.get_sheen_direction()).tobytes() if graded else b"",
    )


def trace(context: cairo.Context, mobject: VMobject) -> None:
    """Make the points of `mobject` the path of `context`.

    As Manim does it: points come in fours, a cubic curve each; where a curve does not begin at
    the end of the one before, a new subpath begins; one that ends where it began is closed. What
    is not finite is not drawn.
    """
    context.new_path()
    points = mobject.points
    curves = points[: len(points) // 4 * 4, :2].reshape(-1, 8)
    if not len(curves) or not np.isfinite(points).all():
        return
    breaks = np.flatnonzero(~close(curves[:-1, 6:], curves[1:, :2], mobject)) + 1
    begins, ends = np.append(0, breaks), np.append(breaks, len(curves))
    closed = close(curves[begins, :2], curves[ends - 1, 6:], mobject)
    rows, curve_to = curves.tolist(), context.curve_to
    for begin, end, is_closed in zip(begins.tolist(), ends.tolist(), closed.tolist(), strict=True):
        context.move_to(*rows[begin][:2])
        for row in rows[begin:end]:
            curve_to(*row[2:])
        if is_closed:
            context.close_path()


def close(one: np.ndarray, other: np.ndarray, mobject: VMobject) -> np.ndarray:
    """Return which rows of two lists of points, shape (n, 2), are the same to Manim."""
    tolerance = mobject.tolerance_for_point_equality + RELATIVE_TOLERANCE * np.abs(other)
    return (np.abs(one - other) <= tolerance).all(axis=1)


def first_difference(before: list[Drawing], order: list[Drawing]) -> int:
    """Return where two lists begin to differ."""
    for position, (one, other) in enumerate(zip(before, order, strict=False)):
        if one is not other:
            return position
    return min(len(before), len(order))


def changed_boxes(before: list[Drawing], order: list[Drawing]) -> list[Box]:
    """Return the boxes of what came, went, changed, or is drawn in another order than before."""
    then, now = set(before), set(order)
    stayed = [drawing for drawing in before if drawing in now]
    still = [drawing for drawing in order if drawing in then]
    moved = {
        one for pair in zip(stayed, still, strict=True) if pair[0] is not pair[1] for one in pair
    }
    return [drawing.box for drawing in (then ^ now) | moved]
