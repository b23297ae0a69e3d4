"""The numbers of a step, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Animation, AnimationGroup, VGroup

from descent.runs.projected import rates_of
from descent.text.methods import rates_at
from descent.text.numbers import FULL, NEARLY_ZERO, NONE, whole
from scenes import style
from scenes.facts.gradients import is_lost_in, is_rounding
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.chip import chip_beside
from scenes.mobjects.side_panel import PAD, ROW, TOP, panel_card, rule
from scenes.typesetting.fitting import fitting_numbers
from scenes.typesetting.labels import Label, number, number_label
from scenes.typesetting.markup import as_math, colored, rate_formula, symbol

HEAD_WIDTH = 1.13
WIDTH = style.RIGHT - style.SIDE_LEFT + 0.3
USUAL = WIDTH - HEAD_WIDTH - PAD  # for all columns
MOST = 1.57  # for one: a long exponent that is set small has room
COLUMN_GAP = 0.12  # 16 px at 1080p
SLACK = 0.02  # of the width of digits
FIGURES = (3, 2, 1)

ROWS = ("step", "parameters", "gradient", "change", "loss")


class ValueTable(VGroup):
    """A table of one step: t, the parameters, the gradient, the change, the loss.

    It is as wide as its longest numbers need.

    Args:
        trajectory: The `descent.Trajectory`.
        rows: Those of `ROWS` that it has.
        top: Its upper edge, in scene units.
        figures: Significant ones of every learning rate; by default as many as `rate_figures`
            finds room for at the steps of `trajectory`.
        rate_role: The colour role of the learning rate.
        sharpness: Of the loss, by which a gradient of rounding noise is told from others.
        over: What Θ is taken over, in a few words; see `scenes.facts.chips`.
        full: The whole of the same run, of which the last step is shown too.
    """

    def __init__(
        self,
        trajectory: Any,
        rows: Sequence[str] = ROWS,
        top: float = TOP,
        figures: int | None = None,
        rate_role: str = "learning_rate",
        sharpness: float = 0.0,
        over: str = "",
        full: Any = None,
    ) -> None:
        super().__init__()
        self.trajectory, self.full = trajectory, full or trajectory
        self.figures = rate_figures(trajectory) if figures is None else figures
        self.rate_role, self.sharpness, self.over = rate_role, sharpness, over
        self.rows = self._row_names([row for row in ROWS[1:] if row in rows])
        self.top = top
        self.columns = self._column_count()
        self.share = max(USUAL / self.columns, min(MOST, self._widest() + SLACK + COLUMN_GAP))
        self.left = style.RIGHT - PAD - self.columns * self.share - HEAD_WIDTH
        self.panel = self._panel()
        self.heads = self._heads()
        self.cells: dict[str, Any] = {}
        self.add(self.panel, self.heads)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top - 2 * PAD - len(self.rows) * ROW

    def plain_texts(self) -> dict[str, list[str]]:
        """Return the plain texts of each filled row, left to right."""
        return {row: [label.plain_text for label in cells] for row, cells in self.cells.items()}

    def fill(self, row: str, t: int) -> AnimationGroup:
        """Return the animation that puts the numbers of step `t` into `row`.

        Args:
            row: One of `ROWS`.
            t: The step, from 0 to the last of the full run.
        """
        cells = self._cells(row, t, self.full)
        leaving = self.cells.get(row)
        self.cells[row] = cells
        arriving = FadeIn(cells)
        if leaving is None:
            return AnimationGroup(arriving)
        self.remove(leaving)
        return AnimationGroup(FadeOut(leaving), arriving)

    def fill_all(self, t: int, *rows: str) -> list[Animation]:
        """Return the animations that put the numbers of step `t` into those of `rows` it has."""
        return [self.fill(row, t) for row in rows if row in self.rows]

    def clear(self, *rows: str) -> list[Animation]:
        """Return the animations that empty those of `rows` that are filled."""
        leaving = [self.cells.pop(row) for row in rows if row in self.cells]
        return [FadeOut(cells) for cells in leaving]

    def _cells(self, row: str, t: int, run: Any) -> VGroup:
        if row == "step":
            cells = [self._step(t, run)]
        elif row == "loss":
            cells = [number(run.losses[t], color=style.palette().loss)]
        elif row == "change" and t == run.steps:  # no step was recorded after it
            cells = [Label(NONE, color=style.palette().muted) for _ in range(self.columns)]
        else:
            cells = self._numbers(row, t, run)
        for column, cell in enumerate(cells):
            cell.move_to(self._slot(row, column), RIGHT)
        return VGroup(*cells)

    def _is_noise(self, row: str, values: np.ndarray, t: int, run: Any) -> bool:
        """Return whether a gradient, or the change that it makes, is rounding and not zero."""
        place = run.iterates[t]
        is_lost = row == "gradient" or is_lost_in(values, place)
        return is_lost and is_rounding(run.gradients[t], place, self.sharpness)

    def _numbers(self, row: str, t: int, run: Any) -> list[Label]:
        """Return the numbers of a row that has one for each parameter."""
        values, role = {
            "parameters": (run.iterates, "parameter"),
            "gradient": (run.gradients, "gradient"),
            "change": (np.diff(run.iterates, axis=0), "learning_rate"),
        }[row]
        color = getattr(style.palette(), role)
        room, signed = self.share - COLUMN_GAP, row != "parameters"
        if signed and self._is_noise(row, values[t], t, run):
            return [number_label(NEARLY_ZERO, color) for _ in range(self.columns)]
        return fitting_numbers(values[t], room, color, signed=signed)

    def _row_names(self, rows: list[str]) -> list[str]:
        """Return all rows, from top to bottom, given those of `ROWS` below the first."""
        return ["step", "names", *rows]

    def _column_count(self) -> int:
        return self.trajectory.iterates.shape[1]

    def _widest(self) -> float:
        """Return the width of the longest number of a parameter."""
        run, shown = self.full, [*range(self.trajectory.steps + 1), self.full.steps]
        changes = np.diff(run.iterates, axis=0)[[t for t in shown if t < run.steps]]
        values = np.concatenate([run.iterates[shown], run.gradients[shown], changes]).ravel()
        longest = max((FULL.write(value, signed=True) for value in values.tolist()), key=len)
        return number_label(longest).width

    def _step(self, t: int, run: Any) -> Label:
        rates = rates_of(run)
        if not len(rates):
            return Label(_time(t), plain_text=f"t = {whole(t)}")
        return step_label(t, rates[min(t, len(rates) - 1)], self.figures, self.rate_role)

    def _slot(self, row: str, column: int) -> np.ndarray:
        right = self.left + HEAD_WIDTH + self.share * (column + 1)
        if row in ("step", "loss"):
            right = style.RIGHT - PAD
        return np.array([right, self._y(row), 0])

    def _y(self, row: str) -> float:
        return self.top - PAD - (self.rows.index(row) + 0.5) * ROW

    def _panel(self) -> VGroup:
        ruled = [row for row in ("parameters", "loss") if row in self.rows]
        rules = (rule(self._y(row) + ROW / 2, self.left) for row in ruled)
        return VGroup(panel_card(self.top, self.bottom, self.left), *rules)

    def _heads(self) -> VGroup:
        colors = style.palette()
        heads = VGroup()
        for column, name in enumerate(self.trajectory.names):
            label = Label(f"${symbol(name)}$", color=colors.parameter)
            heads.add(label.move_to(self._slot("names", column), RIGHT))
        words = {
            "parameters": ("$theta^t$", colors.parameter),
            "gradient": ("gradient", colors.gradient),
            "change": ("change", colors.learning_rate),
            # The longest numbers leave no room for the word and a chip.
            "loss": ("$Theta$" if self.over else "loss $Theta$", colors.loss),
        }
        for row in self.rows[2:]:
            word, color = words[row]
            place = (self.left + PAD, self._y(row), 0)
            heads.add(Label(word, color=color).move_to(place, LEFT))
        heads.add(chip_beside(heads[-1], self.over))
        return heads


def step_label(t: int, rates: Any, figures: int, role: str = "learning_rate") -> Label:
    """Return the head of the table: t, and the rate or rates of this step."""
    text = rates_at(rates, figures)
    eta = colored(role, rate_formula(text))
    return Label(f"{_time(t)} #h(1.2em) {eta}", plain_text=f"t = {whole(t)}   η = {text}")


def _time(t: int) -> str:
    """Return t = 10 000 as markup."""
    return f"$t = {as_math(whole(t))}$"


def rate_figures(*runs: Any) -> int:
    """Return with how many significant figures all rates of a clip fit the head of its table.

    A rate has one text in a clip, so that the narrowest place decides.

    Args:
        *runs: A `descent.Trajectory` whose steps are all shown, then others of which only the
            last step is shown.
    """
    first, *others = runs
    shown = [(t, first) for t in range(first.steps + 1)] + [(run.steps, run) for run in others]
    every = {id(run): rates_of(run) for run in runs}
    heads = [(t, every[id(run)][min(t, run.steps - 1)]) for t, run in shown if run.steps]
    forms = FIGURES if all(len(np.unique(rates)) == 1 for _, rates in heads) else FIGURES[1:]
    for figures in forms:
        if all(step_label(t, rates, figures).width <= WIDTH - 2 * PAD for t, rates in heads):
            return figures
    return forms[-1]
