"""A camera that draws only what changed since its last frame, and says where that was.

Manim draws every frame anew from the first mobject that an animation touches: to move a dot it
paints hundreds of glyphs that stand still. This camera compares the picture with the one before.

Drawings that came, went or changed mark the cells of a grid. There, and only there, the frame is
drawn anew, from all drawings that reach into a marked cell, in order. They are drawn whole, on a
sheet of their own, and the marked cells are copied from it: cairo's antialiasing depends on the
clip, so that what is drawn through one would depend on what happened to change before. As it is,
a frame has exactly the pixels that Manim's camera gives when it draws the scene afresh, whatever
was drawn before it: that is what lets several workers draw parts of one clip.

What stands below the first drawing that changes is kept painted, as Manim keeps it during a play.
Here it follows from the pictures alone, from frame to frame.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import Any

import cairo
import numpy as np
from manim import ManimColor, Mobject
from manim.camera.camera import CAP_STYLE_MAP, LINE_JOIN_MAP, Camera

from understanding_gradients.encode.regions import DirtyGrid, Rect, to_slices
from understanding_gradients.render.bounds import measure
from understanding_gradients.render.display_list import (
    DisplayListBuilder,
    DrawCommand,
    Frame,
    RasterFrame,
    VectorPath,
    is_vector,
    visible_mobjects,
)

# With which Manim, like NumPy, takes two points for the same.
RELATIVE_TOLERANCE = 1e-5
RGBA = struct.Struct("4d")
NUMBER_BYTES = RGBA.size // 4


class IncrementalCamera(Camera):
    """Turns mobjects into pictures, and draws what changed between one picture and the next."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._observer = DisplayListBuilder()
        self._drawn: list[DrawCommand] | None = None
        self._static_prefix: list[DrawCommand] = []
        self._standing = 0
        self._static_pixels = np.empty_like(self.pixel_array)
        self._sheet = np.empty_like(self.pixel_array)
        self._height, self._width, _ = self.pixel_array.shape
        self._first_view: Any = None
        self._hole = b""
        self._ground: Any = np.empty_like(self.pixel_array)

    def picture(self, mobjects: Iterable[Mobject]) -> Frame:
        """Return what a frame of `mobjects` is drawn from.

        A picture of drawings is one on the ground, and from the side, of the first frame.
        """
        if self._first_view is None:
            self._first_view = self._view()
            if not self.background_opacity:
                self._clear_to_transparent()
            self._ground = np.array(self.background)
            # A context keeps the view that it is made with.
            for pixels in (self.pixel_array, self._sheet, self._static_pixels):
                self.get_cairo_context(pixels)
        shown = visible_mobjects(mobjects)
        if all(map(is_vector, shown)) and self._view() == self._first_view:
            return self._observer.build(shown)
        self.reset()
        self.capture_mobjects(mobjects)
        self._drawn = None
        return RasterFrame(self.pixel_array)

    def draw(self, picture: Frame) -> list[Rect]:
        """Bring `pixel_array` up to date with `picture`, and return the boxes that may differ."""
        if isinstance(picture, RasterFrame):
            self.pixel_array[...] = picture.pixels
            self._drawn = None
            return [self._everything]
        before, self._drawn = self._drawn, picture
        self._measure(picture)
        if before is None:
            self._repaint_background([])
            return self._redraw(picture, [self._everything])
        changed = changes(before, picture)
        self._update_background_cache(picture, first_difference(before, picture))
        return self._redraw(picture, [drawing.box for drawing in changed])

    @property
    def ground(self) -> str:
        """A digest of what is seen where nothing is drawn."""
        return hashlib.sha256(self._ground).hexdigest()

    def _clear_to_transparent(self) -> None:
        """See that what is behind the ground shows through it, and through what hides things."""
        assert self.background is not None
        # Cairo's pixels are times their opacity, which Manim's ground is not.
        self.background[...] = 0
        self._hole = np.array(ManimColor(self.background_color).to_rgb()).tobytes()

    def _view(self) -> Any:
        """Return all, besides mobjects, that decides how a frame looks."""
        view = (self.frame_width, self.frame_height, *self.frame_center)
        ground = (self.background_color, self.background_opacity, self.background_image)
        return *view, *ground, id(self.background), self.cairo_line_width_multiple

    @property
    def _everything(self) -> Rect:
        return (0, 0, self._width, self._height)

    def _measure(self, picture: list[DrawCommand]) -> None:
        """See that every drawing of `picture` has its box."""
        matrix = self.get_cairo_context(self._sheet).get_matrix()
        unmeasured = [drawing for drawing in picture if drawing.box is None]
        measure(unmeasured, matrix, self._line_width(1), (self._width, self._height))

    def _update_background_cache(self, picture: list[DrawCommand], first: int) -> None:
        """Keep painted what stands below the `first` drawing of `picture` that changed.

        It grows only when two frames in a row leave more of it in peace.
        """
        kept = len(self._static_prefix)
        if first < kept:
            self._repaint_background(picture[:first])
        elif min(first, self._standing) > kept:
            self._repaint_background(picture[: min(first, self._standing)], kept)
        self._standing = first

    def _repaint_background(self, drawings: list[DrawCommand], kept: int = 0) -> None:
        """Paint what stands below, but for the first `kept`, which are painted already."""
        if not kept:
            self._static_pixels[...] = self._ground
        for drawing in drawings[kept:]:
            self._paint(drawing, self._static_pixels)
        self._static_prefix = drawings

    def _redraw(self, picture: list[DrawCommand], boxes: list[Rect]) -> list[Rect]:
        """Draw the cells that `boxes` reach into, and return the rectangles that cover them."""
        cells = DirtyGrid(self._width, self._height, boxes)
        for rectangle in cells.rectangles:
            self._sheet[to_slices(rectangle)] = self._static_pixels[to_slices(rectangle)]
        for drawing in picture[len(self._static_prefix) :]:
            if cells.meet(drawing.box):
                self._paint(drawing, self._sheet)
        for rectangle in cells.rectangles:
            self.pixel_array[to_slices(rectangle)] = self._sheet[to_slices(rectangle)]
        return cells.rectangles

    def _paint(self, drawing: DrawCommand, pixels: np.ndarray) -> None:
        """Paint as Manim does: the stroke behind, the filling, the stroke."""
        style = drawing.style
        context = self._context_on(pixels, drawing.shape)
        for colour, width in (
            (style.background_stroke, style.background_stroke_width),
            (style.fill, None),
            (style.stroke, style.stroke_width),
        ):
            if (width is not None and width <= 0) or not set_source(
                context, colour, style.gradient
            ):
                continue
            # What hides other things does so in the colour of the ground.
            is_hole = bool(self._hole) and colour[:-NUMBER_BYTES] == self._hole
            context.set_operator(cairo.OPERATOR_DEST_OUT if is_hole else cairo.OPERATOR_OVER)
            if width is None:
                context.fill_preserve()
            else:
                context.set_line_join(LINE_JOIN_MAP[style.joint])
                context.set_line_cap(CAP_STYLE_MAP[style.cap])
                context.set_line_width(self._line_width(width))
                context.stroke_preserve()

    def _line_width(self, width: float) -> float:
        return width * self.cairo_line_width_multiple

    def _context_on(self, pixels: np.ndarray, shape: VectorPath) -> cairo.Context:
        """Return the context that draws on `pixels`, with `shape` as its path."""
        context = self.get_cairo_context(pixels)
        context.new_path()
        if shape.path is not None:
            context.append_path(shape.path)
            return context
        trace(context, shape)
        # What moves has another shape in every frame, and none of them is worth keeping.
        if shape.was_traced:
            shape.path = context.copy_path()
        shape.was_traced = True
        return context


def set_source(context: cairo.Context, colours: bytes, gradient: bytes) -> bool:
    """Take up one colour or a gradient; return whether there is any to be seen."""
    # The pixels of a frame are RGBA, those that cairo believes to draw on are BGRA.
    if len(colours) == RGBA.size:
        red, green, blue, alpha = RGBA.unpack(colours)
        context.set_source_rgba(blue, green, red, alpha)
        return alpha != 0
    rgbas = list(RGBA.iter_unpack(colours))
    if not any(alpha for *_, alpha in rgbas):
        return False
    (x0, y0, _), (x1, y1, _) = np.frombuffer(gradient).reshape(2, 3).tolist()
    blend = cairo.LinearGradient(x0, y0, x1, y1)
    for offset, (red, green, blue, alpha) in zip(np.linspace(0, 1, len(rgbas)), rgbas, strict=True):
        blend.add_color_stop_rgba(offset, blue, green, red, alpha)
    context.set_source(blend)
    return True


def trace(context: cairo.Context, shape: VectorPath) -> None:
    """Add the outline of `shape` to the path of `context`.

    As Manim does it: points come in fours, a cubic curve each; where a curve does not begin at
    the end of the one before, a new subpath begins; one that ends where it began is closed. What
    is not finite is not drawn.
    """
    points = np.frombuffer(shape.points).reshape(-1, 3)
    curves = points[: len(points) // 4 * 4, :2].reshape(-1, 8)
    if not len(curves) or not np.isfinite(points).all():
        return
    near = shape.tolerance
    breaks = np.flatnonzero(~coincide(curves[:-1, 6:], curves[1:, :2], near)) + 1
    begins, ends = np.append(0, breaks), np.append(breaks, len(curves))
    closed = coincide(curves[begins, :2], curves[ends - 1, 6:], near)
    starts, rows, curve_to = curves[begins, :2].tolist(), curves[:, 2:].tolist(), context.curve_to
    for start, begin, end, is_closed in zip(
        starts, begins.tolist(), ends.tolist(), closed.tolist(), strict=True
    ):
        context.move_to(*start)
        for row in rows[begin:end]:
            curve_to(*row)
        if is_closed:
            context.close_path()


def coincide(one: np.ndarray, other: np.ndarray, near: float) -> np.ndarray:
    """Return which rows of two lists of points, shape (n, 2), are the same point to Manim."""
    alike = np.abs(one - other) <= near + RELATIVE_TOLERANCE * np.abs(other)
    return alike[:, 0] & alike[:, 1]


def first_difference(before: list[DrawCommand], now: list[DrawCommand]) -> int:
    """Return where two pictures begin to differ."""
    for position, (one, other) in enumerate(zip(before, now, strict=False)):
        if one is not other:
            return position
    return min(len(before), len(now))


def changes(before: list[DrawCommand], now: list[DrawCommand]) -> set[DrawCommand]:
    """Return the drawings that came, went, or are drawn in another order than before."""
    then, there = set(before), set(now)
    stayed = [drawing for drawing in before if drawing in there]
    still = [drawing for drawing in now if drawing in then]
    moved = (pair for pair in zip(stayed, still, strict=True) if pair[0] is not pair[1])
    return (then ^ there).union(*moved)
