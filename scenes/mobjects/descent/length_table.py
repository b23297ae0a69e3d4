"""The numbers of a step of many parameters, as a table: lengths, and what the plane shows."""

from __future__ import annotations

from typing import Any, ClassVar

from manim import LEFT, Animation, VGroup

from descent.runs.projected import ProjectedTrajectory
from descent.text.numbers import whole
from scenes import style
from scenes.facts.shares import share
from scenes.mobjects.descent.value_table import COLUMN_GAP, USUAL, ValueTable
from scenes.mobjects.side_panel import PAD
from scenes.typesetting.fitting import fitting_number
from scenes.typesetting.labels import Label


class LengthTable(ValueTable):
    """A table of one step of a run on a plane: how long gradient and step are, and the loss.

    Its arguments are those of `ValueTable`.

    Attributes:
        steady: The rows that are filled from the start.
    """

    steady: ClassVar[tuple[str, ...]] = ("parameters", "shown")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"over": ""})
        self.seen = self.trajectory
        for row in self.steady:
            self.cells[row] = self._cells(row, 0, self.seen)
            self.add(self.cells[row])

    def show_whole(self) -> Animation:
        """Return the animation that says what the plane of the whole run shows."""
        self.seen = self.full
        return self.fill("shown", 0)

    def fill_all(self, t: int, *rows: str) -> list[Animation]:
        """Return the animations that put the numbers of step `t` into `rows`, where they change."""
        return super().fill_all(t, *(row for row in rows if row not in self.steady))

    def clear(self, *rows: str) -> list[Animation]:
        """Return the animations that empty those of `rows` that change."""
        return super().clear(*(row for row in rows if row not in self.steady))

    def _row_names(self, rows: list[str]) -> list[str]:
        changing = (row for row in rows if row != "parameters")
        return ["step", "parameters", *changing, *self.steady[1:]]

    def _column_count(self) -> int:
        return 1

    def _widest(self) -> float:
        return 0.0

    def _numbers(self, row: str, t: int, run: Any) -> list[Label]:
        colors = style.palette()
        if row == "parameters":
            return [Label(whole(_parameters(run)), color=colors.parameter)]
        if row == "shown":
            return [Label(share(self.seen.whole.shown), color=colors.muted)]
        lengths = run.gradient_norms if row == "gradient" else run.step_lengths
        color = colors.gradient if row == "gradient" else colors.learning_rate
        return [fitting_number(float(lengths[t]), USUAL - COLUMN_GAP, color)]

    def _heads(self) -> VGroup:
        colors = style.palette()
        words = {
            "parameters": ("parameters", colors.parameter),
            "gradient": ("length of gradient", colors.gradient),
            "change": ("length of step", colors.learning_rate),
            "loss": ("loss $Theta$", colors.loss),
            "shown": ("the plane shows", colors.muted),
        }
        heads = VGroup()
        for row in self.rows[1:]:
            word, color = words[row]
            heads.add(Label(word, color=color).move_to((self.left + PAD, self._y(row), 0), LEFT))
        return heads


class PlanelessTable(LengthTable):
    """A table of one step of a run that no plane shows."""

    steady = ("parameters",)


def _parameters(run: Any) -> int:
    """Return how many parameters a run has, on a plane or not."""
    return run.whole.parameters if isinstance(run, ProjectedTrajectory) else len(run.names)
