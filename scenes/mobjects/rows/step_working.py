"""The neuron's prediction worked out with the parameters of a step, and the convention."""

from __future__ import annotations

from typing import Any

from manim import LEFT, Animation, VGroup

from descent.text.numbers import NumberFormat, exact
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.formulas import prediction_formula, prediction_worked
from scenes.mobjects.layout import CARD_GAP, PAD, column_card, line_place
from scenes.mobjects.side_panel import card
from scenes.typesetting.fitting import fitted
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored, formula

INDENT = 0.35


class StepWorking(VGroup):
    """ŷ = W1·x + b1 with the parameters of one step.

    Args:
        trajectory: The `descent.Trajectory` over (W1, b1).
        x: The row's x.
        below: The lower edge of the card above it, in scene units.
    """

    def __init__(self, trajectory: Any, x: float, below: float) -> None:
        super().__init__()
        self.trajectory, self.x = trajectory, x
        self.box = column_card(below - CARD_GAP, 2)
        self.formula = prediction_formula().move_to(line_place(self.box, 0), LEFT)
        self.numbers = self._numbers(0)
        self.add(card(self.box), self.formula, self.numbers)

    def go_to(self, t: int) -> list[Animation]:
        """Return the animations that write the parameters of step `t`."""
        leaving, self.numbers = self.numbers, self._numbers(t)
        self.remove(leaving)
        self.add(self.numbers)
        return [FadeOut(leaving), FadeIn(self.numbers)]

    def _numbers(self, t: int) -> Label:
        weight, bias = (float(value) for value in self.trajectory.iterates[t])
        width = self.box.width - 2 * PAD - INDENT
        label = prediction_worked(weight, bias, exact(self.x), width)
        return label.move_to(line_place(self.box, 1, INDENT), LEFT)


class Convention(VGroup):
    """The loss from here on: squared, without ½; and, added later, its mean over all rows.

    Args:
        below: The lower edge of the card above it, in scene units.
        mean: That of the last step; None for a single row.
    """

    def __init__(self, below: float, mean: float | None) -> None:
        super().__init__()
        self.box = column_card(below - CARD_GAP, 1 + (mean is not None))
        predicted, actual = (
            colored(role, f'$Y_"{word}"$')
            for role, word in (("prediction", "predicted"), ("truth", "actual"))
        )
        square = f"{colored('loss', 'Loss')} $= ({predicted} - {actual})^2$"
        self.square = Label(square, plain_text="Loss = (Y_predicted − Y_actual)²")
        self.square.move_to(line_place(self.box, 0), LEFT)
        self.mean = VGroup() if mean is None else self._mean(mean)
        self.add(card(self.box), self.square)

    def _mean(self, mean: float) -> Label:
        def build(form: NumberFormat) -> Label:
            number = form.write(mean)
            markup = (
                f"mean over all rows: {colored('loss', formula(number, is_narrow=form.is_narrow))}"
            )
            return Label(markup, plain_text=f"mean over all rows: {number}")

        return fitted(build, self.box.width - 2 * PAD).move_to(line_place(self.box, 1), LEFT)
