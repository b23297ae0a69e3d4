"""A camera that redraws only what changed since its last frame, and returns where that was.

Manim redraws every frame from the first mobject that an animation touches: to move a dot it paints
hundreds of glyphs that do not move. This camera compares the display list with the previous one.

Draw commands that were added, removed or changed mark the cells of a grid. Only there is the frame
redrawn, from all commands that reach into a marked cell, in order. They are painted whole on an
offscreen surface, and the marked cells are copied from it: cairo's antialiasing depends on the
clip, so that pixels painted through one would depend on earlier changes. This way a frame has
exactly the pixels of Manim's camera, whatever was drawn before it, and several workers can draw
parts of one clip.

The commands behind the first one that changes, the static prefix, stay painted, as Manim keeps
them during a play. Here the prefix follows from the display lists alone, from frame to frame.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, TypeAlias

import cairo
import numpy as np
from manim import Camera, ManimColor, Mobject

from scenes.manim_private import CAP_STYLE_MAP, LINE_JOIN_MAP
from understanding_gradients.encode.regions import DirtyGrid, Rect, to_slices
from understanding_gradients.render.bounds import set_bounds
from understanding_gradients.render.display_list import (
    DisplayList,
    DisplayListBuilder,
    DrawCommand,
    Frame,
    RasterFrame,
    Style,
    VectorPath,
    is_vector,
    visible_mobjects,
)

# Manim's tolerance for equal points, as in numpy.allclose.
RELATIVE_TOLERANCE = 1e-5
RGBA = struct.Struct("4d")
ALPHA_BYTES = RGBA.size // 4
# The pixels of a frame are RGBA, but cairo takes them for BGRA.
PIXEL_ORDER = (2, 1, 0, 3)
as_in_pixels = itemgetter(*PIXEL_ORDER)
# Returns red, green, blue and alpha in the order that a surface takes them in.
Ordered: TypeAlias = Callable[[tuple[float, ...]], tuple[float, ...]]


class IncrementalCamera(Camera):
    """Captures mobjects as display lists, and draws the difference between consecutive ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        height, width, _ = self.pixel_array.shape
        self._pixel_size = (width, height)
        self._builder = DisplayListBuilder()
        self._first_view: Any = None
        self._knockout_rgb = b""
        self._drawn: DisplayList | None = None
        self._unchanged = 0
        self._static_prefix: DisplayList = []
        self._background_pixels: Any = np.empty_like(self.pixel_array)
        self._static_pixels = np.empty_like(self.pixel_array)
        self._offscreen = np.empty_like(self.pixel_array)

    def capture(self, mobjects: Iterable[Mobject]) -> Frame:
        """Return the frame that shows `mobjects`.

        A display list assumes the background and the view of the first captured frame; a frame
        with another one is returned as a `RasterFrame`.
        """
        if self._first_view is None:
            self._first_view = self._view()
            if not self.background_opacity:
                self._clear_to_transparent()
            self._background_pixels = np.array(self.background)
            # A context keeps the view in which it was created.
            for pixels in (self.pixel_array, self._offscreen, self._static_pixels):
                self.get_cairo_context(pixels)
        visible = visible_mobjects(mobjects)
        if all(map(is_vector, visible)) and self._view() == self._first_view:
            return self._builder.build(visible)
        self.reset()
        self.capture_mobjects(mobjects)
        self._drawn = None
        return RasterFrame(self.pixel_array)

    def draw(self, frame: Frame) -> list[Rect]:
        """Update `pixel_array` to `frame`, and return the rects outside which nothing changed."""
        if isinstance(frame, RasterFrame):
            self.pixel_array[...] = frame.pixels
            self._drawn = None
            return [self._whole_frame]
        previous, self._drawn = self._drawn, frame
        self._set_bounds(frame)
        if previous is None:
            self._paint_static_prefix([])
            return self._redraw(frame, [self._whole_frame])
        changed = changed_commands(previous, frame)
        self._update_static_prefix(frame, first_difference(previous, frame))
        return self._redraw(frame, [command.bounds for command in changed])

    @property
    def background_digest(self) -> str:
        """SHA-256 of the background's pixels."""
        return hashlib.sha256(self._background_pixels).hexdigest()

    def _clear_to_transparent(self) -> None:
        """Make the background transparent; masks in its colour become holes (DEST_OUT)."""
        assert self.background is not None
        # Cairo's alpha is premultiplied, unlike that of Manim's background.
        self.background[...] = 0
        self._knockout_rgb = np.array(ManimColor(self.background_color).to_rgb()).tobytes()

    def _view(self) -> Any:
        """Return everything except mobjects that a frame depends on."""
        view = (self.frame_width, self.frame_height, *self.frame_center)
        background = (self.background_color, self.background_opacity, self.background_image)
        return *view, *background, id(self.background), self.cairo_line_width_multiple

    @property
    def pixel_size(self) -> tuple[int, int]:
        """Width and height of a frame in pixels."""
        return self._pixel_size

    @property
    def _whole_frame(self) -> Rect:
        return (0, 0, *self._pixel_size)

    def _set_bounds(self, commands: DisplayList) -> None:
        """Set the bounds of the new commands."""
        matrix = self.get_cairo_context(self._offscreen).get_matrix()
        new = [command for command in commands if command.bounds is None]
        set_bounds(new, matrix, self._line_width(1), self._pixel_size)

    def _update_static_prefix(self, commands: DisplayList, first_change: int) -> None:
        """Keep the commands before the first change painted.

        The prefix grows only after two frames in a row left more of it unchanged.
        """
        kept = len(self._static_prefix)
        if first_change < kept:
            self._paint_static_prefix(commands[:first_change])
        elif (unchanged := min(first_change, self._unchanged)) > kept:
            self._paint_static_prefix(commands[:unchanged], kept)
        self._unchanged = first_change

    def _paint_static_prefix(self, commands: DisplayList, kept: int = 0) -> None:
        """Paint the static prefix, of which the first `kept` commands are painted already."""
        if not kept:
            self._static_pixels[...] = self._background_pixels
        for command in commands[kept:]:
            self._paint(command, self._static_pixels)
        self._static_prefix = commands

    def _redraw(self, commands: DisplayList, rects: list[Rect]) -> list[Rect]:
        """Redraw the cells that `rects` touch, and return the rects that cover them."""
        dirty = DirtyGrid(*self._pixel_size, rects)
        for rect in dirty.rects:
            self._offscreen[to_slices(rect)] = self._static_pixels[to_slices(rect)]
        for command in commands[len(self._static_prefix) :]:
            if dirty.intersects(command.bounds):
                self._paint(command, self._offscreen)
        for rect in dirty.rects:
            self.pixel_array[to_slices(rect)] = self._offscreen[to_slices(rect)]
        return dirty.rects

    def paint_outlines(self, frame: Frame, context: cairo.Context) -> None:
        """Paint a whole frame on a context in pixels that keeps outlines, such as one of SVG."""
        red, green, blue, _ = (self._background_pixels[0, 0] / 255).tolist()
        context.set_source_rgb(red, green, blue)
        context.paint()
        if isinstance(frame, RasterFrame):
            pixels = np.ascontiguousarray(frame.pixels[..., PIXEL_ORDER])
            context.set_source_surface(
                cairo.ImageSurface.create_for_data(
                    pixels.data, cairo.FORMAT_ARGB32, *self._pixel_size
                )
            )
            context.paint()
            return
        context.set_matrix(self.get_cairo_context(self._offscreen).get_matrix())
        for command in frame:
            context.new_path()
            trace_path(context, command.path)
            self._paint_style(command.style, context, tuple)

    def _paint(self, command: DrawCommand, pixels: np.ndarray) -> None:
        """Paint a command on the pixels of a frame."""
        self._paint_style(command.style, self._context_with_path(pixels, command.path))

    def _paint_style(
        self, style: Style, context: cairo.Context, ordered: Ordered = as_in_pixels
    ) -> None:
        """Paint the current path as Manim does: the background stroke, the fill, the stroke."""
        for colors, width in (
            (style.background_stroke, style.background_stroke_width),
            (style.fill, None),
            (style.stroke, style.stroke_width),
        ):
            if (width is not None and width <= 0) or not set_source(
                context, colors, style.gradient, ordered
            ):
                continue
            # A mask has the colour of the background.
            is_hole = bool(self._knockout_rgb) and colors[:-ALPHA_BYTES] == self._knockout_rgb
            context.set_operator(cairo.OPERATOR_DEST_OUT if is_hole else cairo.OPERATOR_OVER)
            if width is None:
                context.fill_preserve()
            else:
                context.set_line_join(LINE_JOIN_MAP[style.joint_type])
                context.set_line_cap(CAP_STYLE_MAP[style.cap_style])
                context.set_line_width(self._line_width(width))
                context.stroke_preserve()

    def _line_width(self, width: float) -> float:
        return width * self.cairo_line_width_multiple

    def _context_with_path(self, pixels: np.ndarray, path: VectorPath) -> cairo.Context:
        """Return the context that paints on `pixels`, with `path` as its current path."""
        context = self.get_cairo_context(pixels)
        context.new_path()
        if path.cairo_path is not None:
            context.append_path(path.cairo_path)
            return context
        trace_path(context, path)
        # What moves has another path in every frame, which is not worth keeping.
        if path.was_drawn:
            path.cairo_path = context.copy_path()
        path.was_drawn = True
        return context


def set_source(context: cairo.Context, colors: bytes, gradient: bytes, ordered: Ordered) -> bool:
    """Set a colour or a gradient as source; return whether any of it is visible."""
    if len(colors) == RGBA.size:
        color = RGBA.unpack(colors)
        context.set_source_rgba(*ordered(color))
        return color[3] != 0
    stops = list(RGBA.iter_unpack(colors))
    if not any(alpha for *_, alpha in stops):
        return False
    (x0, y0, _), (x1, y1, _) = np.frombuffer(gradient).reshape(2, 3).tolist()
    source = cairo.LinearGradient(x0, y0, x1, y1)
    for offset, color in zip(np.linspace(0, 1, len(stops)), stops, strict=True):
        source.add_color_stop_rgba(offset, *ordered(color))
    context.set_source(source)
    return True


def trace_path(context: cairo.Context, path: VectorPath) -> None:
    """Add `path` to the current path of `context`.

    As Manim does it: four points make a cubic curve; where a curve does not start at the end of
    the previous one, a new subpath starts; a subpath that ends at its start is closed. A path that
    is not finite is not drawn.
    """
    points = np.frombuffer(path.points).reshape(-1, 3)
    curves = points[: len(points) // 4 * 4, :2].reshape(-1, 8)
    if not len(curves) or not np.isfinite(points).all():
        return
    gaps = np.flatnonzero(~are_equal_points(curves[:-1, 6:], curves[1:, :2], path.tolerance)) + 1
    begins, ends = np.append(0, gaps), np.append(gaps, len(curves))
    closed = are_equal_points(curves[begins, :2], curves[ends - 1, 6:], path.tolerance)
    starts, rows, curve_to = curves[begins, :2].tolist(), curves[:, 2:].tolist(), context.curve_to
    for start, begin, end, is_closed in zip(
        starts, begins.tolist(), ends.tolist(), closed.tolist(), strict=True
    ):
        context.move_to(*start)
        for row in rows[begin:end]:
            curve_to(*row)
        if is_closed:
            context.close_path()


def are_equal_points(first: np.ndarray, second: np.ndarray, tolerance: float) -> np.ndarray:
    """Return which rows of two arrays of points, shape (n, 2), are equal for Manim."""
    is_close = np.abs(first - second) <= tolerance + RELATIVE_TOLERANCE * np.abs(second)
    return is_close[:, 0] & is_close[:, 1]


def first_difference(previous: DisplayList, current: DisplayList) -> int:
    """Return the index at which two display lists start to differ."""
    for index, (before, after) in enumerate(zip(previous, current, strict=False)):
        if before is not after:
            return index
    return min(len(previous), len(current))


def changed_commands(previous: DisplayList, current: DisplayList) -> set[DrawCommand]:
    """Return the commands that were added, removed or drawn in another order."""
    old, new = set(previous), set(current)
    kept_before = [command for command in previous if command in new]
    kept_after = [command for command in current if command in old]
    pairs = zip(kept_before, kept_after, strict=True)
    return (old ^ new).union(*(pair for pair in pairs if pair[0] is not pair[1]))
