"""The numbers of a step, beside the picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Animation, AnimationGroup, VGroup

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.formula import first_within
from scenes.mobjects.side_panel import PAD, ROW, TOP, panel_card, rule
from scenes.typesetting.labels import Label, colored, fitting_numbers, number, symbol
from scenes.typesetting.numerals import Writing, as_math, figures

HEAD_WIDTH = 1.17
WIDTH = style.RIGHT - style.LEDGER_LEFT
COLUMN_GAP = 0.16

ROWS = ("step", "parameters", "gradient", "change", "loss")


class Ledger(VGroup):
    """A table of one step: t, the parameters, the gradient, the change, the loss.

    Args:
        trajectory: The `descent.Trajectory` whose numbers it shows.
        rows: Which of `ROWS` it has, in their order.
        top: Its upper edge, in scene units.
    """

    def __init__(self, trajectory: Any, rows: Sequence[str] = ROWS, top: float = TOP) -> None:
        super().__init__()
        self.trajectory = trajectory
        self.rows = ["step", "names", *(row for row in ROWS[1:] if row in rows)]
        self.top = top
        self.columns = trajectory.iterates.shape[1]
        self.panel = self._panel()
        self.heads = self._heads()
        self.cells: dict[str, Any] = {}
        self.add(self.panel, self.heads)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top - 2 * PAD - len(self.rows) * ROW

    def shown(self) -> dict[str, list[str]]:
        """Return what stands in each filled row, as plain text, left to right."""
        return {row: [label.shown for label in cells] for row, cells in self.cells.items()}

    def fill(self, row: str, t: int, trajectory: Any = None) -> AnimationGroup:
        """Return the animation that puts the numbers of step `t` into `row`.

        Args:
            row: One of `ROWS`.
            t: The step, from 0 to the trajectory's last; "change" needs a step after it.
            trajectory: Another one to read them from, such as the same run carried on.
        """
        cells = self._cells(row, t, trajectory or self.trajectory)
        leaving = self.cells.get(row)
        self.cells[row] = cells
        arriving = FadeIn(cells)
        if leaving is None:
            return AnimationGroup(arriving)
        self.remove(leaving)
        return AnimationGroup(FadeOut(leaving), arriving)

    def fill_all(self, t: int, *rows: str) -> list[Animation]:
        """Return the animations that put step `t` into `rows`, and empty those without one."""
        found = [row for row in rows if row != "change" or t < self.trajectory.steps]
        return [self.fill(row, t) for row in found] + self.clear(*(set(rows) - set(found)))

    def clear(self, *rows: str) -> list[Animation]:
        """Return the animations that empty `rows`, those that are filled."""
        leaving = [self.cells.pop(row) for row in rows if row in self.cells]
        return [FadeOut(cells) for cells in leaving]

    def _cells(self, row: str, t: int, run: Any) -> VGroup:
        if row == "step":
            cells = [self._whole(t, run)]
        elif row == "loss":
            cells = [number(run.losses[t], Writing(4, 2), colour=style.palette().loss)]
        else:
            values, role = {
                "parameters": (run.iterates, "parameter"),
                "gradient": (run.gradients, "gradient"),
                "change": (np.diff(run.iterates, axis=0), "learning_rate"),
            }[row]
            colour = getattr(style.palette(), role)
            room, signed = self._share() - COLUMN_GAP, row != "parameters"
            cells = fitting_numbers(values[t], room, colour, signed=signed)
        for column, cell in enumerate(cells):
            cell.move_to(self._slot(row, column), RIGHT)
        return VGroup(*cells)

    def _share(self) -> float:
        return (WIDTH - HEAD_WIDTH - PAD) / self.columns

    def _whole(self, t: int, run: Any) -> Label:
        rates = run.learning_rates
        if not len(rates):
            return Label(f"$t = {t}$", shown=f"t = {t}")
        now = np.atleast_1d(rates[min(t, len(rates) - 1)])
        each = now[:1] if (now == now[0]).all() else now

        def told(significant: int) -> Label:
            written = [figures(float(rate), significant) for rate in each]
            eta = colored("learning_rate", f"$eta = {', '.join(map(as_math, written))}$")
            shown = f"t = {t}   η = {', '.join(written)}"
            return Label(f"$t = {t}$ #h(1.2em) {eta}", shown=shown)

        return first_within(WIDTH - 2 * PAD, map(told, (3, 2, 1) if len(each) == 1 else (2, 1)))

    def _slot(self, row: str, column: int) -> np.ndarray:
        right = style.LEDGER_LEFT + HEAD_WIDTH + self._share() * (column + 1)
        if row in ("step", "loss"):
            right = style.RIGHT - PAD
        return np.array([right, self._y(row), 0])

    def _y(self, row: str) -> float:
        return self.top - PAD - (self.rows.index(row) + 0.5) * ROW

    def _panel(self) -> VGroup:
        ruled = [row for row in ("parameters", "loss") if row in self.rows]
        rules = (rule(self._y(row) + ROW / 2) for row in ruled)
        return VGroup(panel_card(self.top, self.bottom), *rules)

    def _heads(self) -> VGroup:
        colours = style.palette()
        heads = VGroup()
        for column, name in enumerate(self.trajectory.names):
            label = Label(f"${symbol(name)}$", colour=colours.parameter)
            heads.add(label.move_to(self._slot("names", column), RIGHT))
        words = {
            "parameters": ("$theta^t$", colours.parameter),
            "gradient": ("gradient", colours.gradient),
            "change": ("change", colours.learning_rate),
            "loss": ("loss $Theta$", colours.loss),
        }
        for row in self.rows[2:]:
            word, colour = words[row]
            place = (style.LEDGER_LEFT + PAD, self._y(row), 0)
            heads.add(Label(word, colour=colour).move_to(place, LEFT))
        return heads
