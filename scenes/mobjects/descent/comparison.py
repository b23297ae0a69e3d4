"""Several runs of one loss: on one loss axis, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Animation, Create, DashedLine, Dot, Line, VGroup

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.loss_history import NAME_ROOM, loss_plot, minimum_line, needs_log
from scenes.mobjects.side_panel import PAD, TOP, panel_card
from scenes.typesetting.fitting import fitting_number, fitting_rate
from scenes.typesetting.labels import Label

ROW = 0.55
LEFT_EDGE = style.SIDE_LEFT - 0.8
WIDTH = style.RIGHT - LEFT_EDGE
LOSSES = Box(LEFT_EDGE + 0.85, style.MAIN_BOTTOM, style.RIGHT - NAME_ROOM, -0.65)
LOSS_ROOM = 1.25
GAP = 0.12  # 16 px at 1080p
# Where the learning rates and the losses end.
COLUMNS = (WIDTH - PAD - LOSS_ROOM - GAP, WIDTH - PAD)


class ComparisonLosses(VGroup):
    """The loss of every run over the steps, on one axis.

    Args:
        runs: A `Run` by the name of its rate, all of one loss from one start.
    """

    def __init__(self, runs: Mapping[str, Any]) -> None:
        super().__init__()
        self.runs = runs
        losses = np.concatenate([run.trajectory.losses for run in runs.values()])
        steps = max(run.trajectory.steps for run in runs.values())
        log = bool(losses.min() > 0) and (len(runs) > 1 or needs_log(losses))
        known = next(iter(runs.values()))
        self.plot = loss_plot(losses, steps, LOSSES, log, known.minimum)
        self.floor = minimum_line(self.plot, known.minimum, known.is_global)
        self.add(self.plot, self.floor, *(self._dot(name, 0) for name in runs))

    def step(self, t: int) -> list[Animation]:
        """Return the animations that draw every loss from step `t` to `t` + 1."""
        going = [name for name, run in self.runs.items() if t < run.trajectory.steps]
        marks = [mark for name in going for mark in (self._line(name, t), self._dot(name, t + 1))]
        self.add(*marks)
        return [FadeIn(mark) if isinstance(mark, Dot) else Create(mark) for mark in marks]

    def _place(self, name: str, t: int) -> np.ndarray:
        return self.plot.place(t, self.runs[name].trajectory.losses[t])

    def _line(self, name: str, t: int) -> Line:
        kind = DashedLine if name == "very_large" else Line
        ends = (self._place(name, t), self._place(name, t + 1))
        line = kind(*ends, stroke_width=style.LINE, color=getattr(style.palette(), name))
        return line.set_z_index(style.FRONT)

    def _dot(self, name: str, t: int) -> Dot:
        dot = Dot(self._place(name, t), radius=0.06, color=getattr(style.palette(), name))
        return dot.set_z_index(style.FRONT)


class ComparisonTable(VGroup):
    """A table of the runs: name, learning rate, loss.

    Args:
        runs: A `Run` by the name of its rate, all of one loss from one start.
        names: What each of them is called in the table.
        top: Its upper edge, in scene units.
    """

    def __init__(self, runs: Mapping[str, Any], names: Mapping[str, str], top: float = TOP) -> None:
        super().__init__()
        self.runs, self.names, self.top = runs, names, top
        self.cells: dict[str, Label] = {}
        self.add(panel_card(top, top - 2 * PAD - (len(runs) + 1) * ROW, LEFT_EDGE), self._heads())

    def fill(self, t: int) -> list[Animation]:
        """Return the animations that put the losses of step `t` into the table."""
        moves: list[Animation] = []
        for row, (name, run) in enumerate(self.runs.items(), start=1):
            if t > run.trajectory.steps:
                continue
            if name in self.cells:
                moves.append(FadeOut(self.cells[name]))
            color = getattr(style.palette(), name)
            cell = fitting_number(run.trajectory.losses[t], LOSS_ROOM, color)
            self.cells[name] = cell.move_to(self._slot(row, 1), RIGHT)
            moves.append(FadeIn(cell))
        return moves

    def plain_texts(self) -> dict[str, str]:
        """Return the loss in each row, as plain text."""
        return {name: cell.plain_text for name, cell in self.cells.items()}

    def _slot(self, row: int, column: int) -> np.ndarray:
        return np.array([LEFT_EDGE + COLUMNS[column], self.top - PAD - (row + 0.5) * ROW, 0])

    def _heads(self) -> VGroup:
        colors = style.palette()
        heads = VGroup(
            Label("$eta$", color=colors.learning_rate).move_to(self._slot(0, 0), RIGHT),
            Label("loss $Theta$", color=colors.loss).move_to(self._slot(0, 1), RIGHT),
        )
        for row, (name, run) in enumerate(self.runs.items(), start=1):
            color = getattr(colors, name)
            left = self._slot(row, 0)
            left[0] = LEFT_EDGE + PAD
            label = Label(self.names[name], color=color).move_to(left, LEFT)
            right = self._slot(row, 0)
            room = right[0] - label.get_right()[0] - GAP
            rate = fitting_rate(run.learning_rate, room, color)
            heads.add(label, rate.move_to(right, RIGHT))
        return heads
