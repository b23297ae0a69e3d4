"""The two pictures and the bar, moved together by one parameter of one animation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    Animation,
    DashedLine,
    Line,
    Mobject,
    Rectangle,
    TransformFromCopy,
    UpdateFromAlphaFunc,
    VGroup,
    smooth,
    squish_rate_func,
    there_and_back_with_pause,
)

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.chip import chip_beside
from scenes.mobjects.rows.neuron_line import line_ends, put
from scenes.mobjects.rows.row_plot import RowPlot
from scenes.mobjects.two_pictures import heads
from scenes.mobjects.two_pictures.map_picture import MapPicture
from scenes.mobjects.two_pictures.places import BAR, LEFT_HALF, LINE_BOX, MAP_BOX, UNDER_BAR_Y
from scenes.mobjects.two_pictures.residual_squares import LIT, MeanBar, ResidualSquares
from scenes.typesetting.labels import Label

DRAG = 0.12  # of the width of the map
GONE, COMING = 0.45, 0.55  # of a motion: when old numbers have left, when new ones come
LEAVING = 0.15  # of the time of a drag, in which the numbers leave
MARK = 0.1  # by which a mark stands out of the bar


class TwoPictures:
    """The rows with the neuron's line and squares, the map with its point, and the mean area.

    Args:
        rows: The `understanding_gradients.lecture.recordings.Rows`.
        run: A `Run` of the neuron over them; see `scenes.facts.neurons.fits_two_pictures`.
        figures: Significant ones of the learning rate.
        over: What Θ is taken over; see `scenes.wording.chips`.
    """

    def __init__(self, rows: Any, run: Any, figures: int, over: str = "") -> None:
        self.run, self.trajectory, self.figures = run, run.trajectory, figures
        self.over = over
        iterates = self.trajectory.iterates
        # The long names of the columns were shown before; here are numbers in their place.
        short = replace(rows, x_name="x", y_name="y")
        self.row_plot = RowPlot(short, iterates, LINE_BOX, lines=iterates)
        self.cover = self.row_plot.plot.mask(LEFT_HALF)
        self.line = Line(stroke_width=style.BOLD, color=style.palette().prediction)
        self.line.set_z_index(style.GEOMETRY + 1)
        self.map = MapPicture(run)
        self.squares = ResidualSquares(self.row_plot, iterates[0])
        self.squares.set_z_index(style.GEOMETRY)
        self.bar = MeanBar(self.squares.areas, float(self.trajectory.losses.max()), BAR)
        self.bar.set_z_index(style.FRONT)
        self.has_squares = False
        self.heads = self._heads(0)
        self.move_to_params(iterates[0])

    def move_to_params(self, params: np.ndarray) -> None:
        """Move everything that depends on the parameters to `params`."""
        self.params = np.asarray(params)
        put(self.line, *line_ends(self.row_plot, self.params))
        self.map.move_to_params(self.params)
        self.squares.move_to_params(self.params)
        self.bar.set_areas(self.squares.areas)

    def drag(self) -> list[Animation]:
        """Return the animations that draw the point to the right and back, as by a hand.

        The numbers are away for as long as they would be wrong.
        """
        start, plot = self.params, self.map.plot
        reach = np.array([DRAG * (plot.x_high - plot.x_low), 0.0])
        moving = self._moving(lambda share: start + np.sin(np.pi * share) * reach)
        return [moving, FadeIn(self.heads, rate_func=_away_meanwhile)]

    def travel(self, t: int) -> list[Animation]:
        """Return the animations of step `t` to `t` + 1: one motion, and the numbers after it."""
        self.map.leave(t)
        path = self.trajectory.at
        return [self._moving(lambda share: path(t + share)), *self.write(t + 1)]

    def write(self, t: int) -> list[Animation]:
        """Return the animations that write the numbers of step `t` after the last ones left."""
        leaving, self.heads = self.heads, self._heads(t)
        first, then = (squish_rate_func(smooth, *part) for part in ((0, GONE), (COMING, 1)))
        return [FadeOut(leaving, rate_func=first), FadeIn(self.heads, rate_func=then)]

    def pour(self) -> list[Animation]:
        """Return the animations in which the squares become the pieces of the bar."""
        self.has_squares = True
        pairs = zip(self.squares, self.bar, strict=True)
        return [TransformFromCopy(_in_front(square), piece) for square, piece in pairs]

    def light(self) -> list[Any]:
        """Return the animations that light the squares that remain."""
        return [square.animate.set_fill(opacity=LIT) for square in self.squares]

    def mark_loss(self, t: int) -> VGroup:
        """Return the mark that stays in the bar's track at the loss of step `t`; 0 has a name."""
        x, color = self.bar.x(float(self.trajectory.losses[t])), style.palette().muted
        ends = (x, BAR.bottom, 0), (x, BAR.top, 0)
        mark = VGroup(Line(*ends, color=color, stroke_width=style.LINE).set_z_index(style.FRONT))
        lowest, middle = self.bar.x(float(self.run.minimum)), (BAR.left + BAR.right) / 2
        if t == 0 and x > middle and not lowest > middle:
            name = Label("$t = 0$", color=color, plain_text="t = 0")
            mark.add(name.next_to((x, UNDER_BAR_Y, 0), LEFT, buff=0))
        return mark

    def track(self) -> Rectangle:
        """Return the frame of the bar, as long as the largest loss."""
        frame = Rectangle(width=BAR.width, height=BAR.height, color=style.palette().grid)
        frame.move_to(BAR.center)
        return frame.set_stroke(width=style.HAIRLINE).set_z_index(style.GEOMETRY)

    def chip(self) -> VGroup:
        """Return what the loss over the bar is taken over, right of its longest number."""
        losses = self.trajectory.losses.tolist()
        widest = max((heads.loss_head(loss) for loss in losses), key=lambda head: head.width)
        return chip_beside(widest, self.over)

    def lowest_mark(self) -> VGroup:
        """Return the dashed mark of the minimum with its name; empty where none is known."""
        minimum = float(self.run.minimum)
        if not 0 <= minimum <= self.bar.full:
            return VGroup()
        x = self.bar.x(minimum)
        ends = np.array((x, UNDER_BAR_Y - 0.12, 0)), np.array((x, BAR.top + MARK, 0))
        line = DashedLine(*ends, color=style.palette().ink, stroke_width=style.LINE)
        name = heads.lowest_name(minimum)
        aside = RIGHT if x < (BAR.left + BAR.right) / 2 else LEFT
        name.next_to((x, UNDER_BAR_Y, 0), aside, buff=style.GAP)
        return VGroup(line.set_z_index(style.WRITING), name)

    def _heads(self, t: int) -> VGroup:
        params, loss = self.trajectory.iterates[t], float(self.trajectory.losses[t])
        room = self.map.plot.free_above(MAP_BOX.left + heads.NAME_ROOM)
        written = [heads.line_head(params), heads.point_head(params, room)]
        if self.has_squares:
            written += [heads.loss_head(loss), heads.step_head(self.run, t, self.figures)]
        return VGroup(*written)

    def _moving(self, params_at: Callable[[float], np.ndarray]) -> Animation:
        """Return the one animation of all that depends on the parameters."""

        def move(moved: Mobject, share: float) -> None:
            self.move_to_params(params_at(share))

        parts: list[Any] = [self.line, self.map.point, self.map.links]
        if self.has_squares:
            parts += [self.squares, self.bar]
        return UpdateFromAlphaFunc(VGroup(*parts), move)


def _away_meanwhile(share: float) -> float:
    """Return the opacity of what is there at both ends of a motion, and gone between them."""
    return 1 - there_and_back_with_pause(share, 1 - 2 * LEAVING)


def _in_front(square: Mobject) -> Mobject:
    return square.copy().set_z_index(style.FRONT)
