"""The loss as a view over its parameters: a curve over one, contours over two.

A run has several views of its loss, each wider than the one before, so that the point of a descent
is never out of view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Animation, Line, Transform, VGroup, smooth, squish_rate_func

from descent.views.windows import scale_of
from scenes import style
from scenes.facts.scale import scale_text
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import FRAME, MAIN, Box
from scenes.mobjects.descent.landscape import drawing_of, window_of
from scenes.mobjects.descent.widening import WidenContours
from scenes.mobjects.plot import Plot
from scenes.mobjects.zoom import EARLY, LATE, relabel, shrink
from scenes.typesetting.markup import as_math, symbol

TANGENT = 1.9
ROOM = 0.06  # below and above a curve


class LossView(VGroup):
    """Axes, the loss drawn on them, and a mask for what leaves them.

    Args:
        landscapes: `descent.Landscape` of one loss, narrowest first.
        names: Of its parameters.
        box: Where on the screen.
        view: The index of the first landscape to be shown.
        frame: The part of the screen that is covered around the box.
    """

    def __init__(
        self,
        landscapes: Sequence[Any],
        names: Sequence[str],
        box: Box = MAIN,
        view: int = 0,
        frame: Box = FRAME,
    ) -> None:
        super().__init__()
        self.landscapes, self.names, self.box, self.view = landscapes, tuple(names), box, view
        self.plot = self._plot()
        self.drawing = self._draw_loss()
        self.mask = self.plot.mask(frame)
        self.add(self.drawing, self.mask, self.plot)

    @property
    def landscape(self) -> Any:
        """The landscape that is in view."""
        return self.landscapes[self.view]

    def locate(self, iterate: np.ndarray, loss: float) -> np.ndarray:
        """Return the place of an iterate with its loss, shape (3,)."""
        raise NotImplementedError

    def _plot(self) -> Plot:
        raise NotImplementedError

    def _draw_loss(self) -> VGroup:
        return drawing_of(self.plot, self.landscape)

    def widen(self, view: int) -> list[Animation]:
        """Return the animations from the present view to another; see `relabel`."""
        before, leaving, landscape = self.plot, self.drawing, self.landscape
        self.view = view
        self.plot = self._plot()
        self.drawing = self._draw_loss()
        self.remove(before, leaving)
        self.add(self.drawing, self.plot)
        return [*self._change(before, leaving, landscape), *relabel(before, self.plot)]

    def _change(self, plot: Plot, drawing: VGroup, landscape: Any) -> list[Animation]:
        """Return the animations of the loss to what is drawn of it now."""
        raise NotImplementedError

    def go_to(self, other: LossView) -> list[Animation]:
        """Return the animations to the box of another view of the same landscape.

        The numbers of the axes leave first; those of the other view come last.
        """
        kept = self.drawing, self.mask, self.plot.spines
        there = other.drawing, other.mask, other.plot.spines
        moves: list[Animation] = [*map(Transform, kept, there)]
        old, new = self.plot, other.plot
        moves.append(FadeOut(old.ticks, old.names, rate_func=squish_rate_func(smooth, 0, EARLY)))
        return [*moves, FadeIn(new.ticks, new.names, rate_func=squish_rate_func(smooth, LATE, 1))]


class ContourView(LossView):
    """Two parameters: lines of equal loss."""

    def locate(self, iterate: np.ndarray, loss: float) -> np.ndarray:
        """Return the place of an iterate, shape (3,); its loss is read off the contours."""
        return self.plot.place(*iterate)

    def _plot(self) -> Plot:
        x, y = (f"${symbol(name)}$" for name in self.names)
        return Plot(self.landscape.window, self.box, x_name=x, y_name=y, y_note=self._scale())

    def _scale(self) -> str:
        """Return "scale 1 : 100" if the second axis has another scale than the first, as markup."""
        scale = scale_of(self.landscape.window)
        if scale == 1:
            return ""
        ends = ("1", scale_text(scale)) if scale > 1 else (scale_text(1 / scale), "1")
        return f"scale ${' : '.join(map(as_math, ends))}$"

    def _change(self, plot: Plot, drawing: VGroup, landscape: Any) -> list[Animation]:
        return [WidenContours(self.drawing, (plot, landscape), (self.plot, self.landscape))]


class CurveView(LossView):
    """One parameter: the loss over it."""

    def locate(self, iterate: np.ndarray, loss: float) -> np.ndarray:
        """Return the place of an iterate on the curve, shape (3,)."""
        return self.plot.place(iterate[0], loss)

    def _plot(self) -> Plot:
        name = f"${symbol(self.names[0])}$"
        return Plot(window_of(self.landscape, ROOM), self.box, x_name=name, y_name="loss $Theta$")

    def _change(self, plot: Plot, drawing: VGroup, landscape: Any) -> list[Animation]:
        return shrink(plot, drawing, self.plot, self.drawing)

    def tangent(
        self, params: np.ndarray, loss: float, slope: float, length: float = TANGENT
    ) -> Line:
        """Return the piece of the tangent at a place, in the colour of the gradient."""
        here = self.locate(params, loss)
        step = 0.01 * (self.plot.x_high - self.plot.x_low)
        reach = self.locate(params + step, loss + slope * step) - here
        half = length / 2 * reach / max(float(np.linalg.norm(reach)), 1e-9)
        tangent = Line(here - half, here + half, stroke_width=style.BOLD)
        return tangent.set_color(style.palette().gradient).set_z_index(style.GEOMETRY + 1)

    def curve(self) -> np.ndarray:
        """Return places along the curve, shape (k, 3)."""
        landscape = self.landscape
        return self.plot.places(landscape.axes[0][::4], landscape.values[::4])


def loss_view(
    landscapes: Sequence[Any],
    names: Sequence[str],
    box: Box = MAIN,
    view: int = 0,
    frame: Box = FRAME,
) -> LossView:
    """Return the view for the number of parameters."""
    kind = CurveView if len(names) == 1 else ContourView
    return kind(landscapes, names, box, view, frame)
