"""The numbers of one neuron: its parameters, its loss, and the partial derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Animation, AnimationGroup, Line, Mobject, VGroup

from descent.text.numbers import NumberFormat
from scenes import style
from scenes.fading import FadeIn
from scenes.mobjects.chip import Chip
from scenes.mobjects.formulas import part, prediction_formula, rest_of
from scenes.mobjects.layout import CARD_GAP, COLUMN, LINE_HEIGHT, PAD, column_card, line_place
from scenes.mobjects.morph import morph
from scenes.mobjects.side_panel import card
from scenes.typesetting.fitting import fitted, number_within
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import formula, partial, symbol

LINES = ("formula", "names", "theta", "loss", "slope")
ENDS = (2.3, COLUMN.width - PAD)
CELL_ROOM = 1.43


class NeuronTable(VGroup):
    """A card: ŷ = W1·x + b1, the parameters under their names, Θ, and the slopes.

    Args:
        trajectory: The `descent.Trajectory`; its first row is shown.
        over: What Θ is taken over, in a few words; see `scenes.facts.chips`.
    """

    def __init__(self, trajectory: Any, over: str = "") -> None:
        super().__init__()
        self.trajectory = trajectory
        self.box = column_card(COLUMN.top, len(LINES))
        self.formula = self._left(prediction_formula(), "formula")
        self.names = [self._name(axis) for axis in range(2)]
        values = zip(("parameter",) * 2, trajectory.iterates[0], strict=True)
        self.values = [self._cell(v, role, k, "theta") for k, (role, v) in enumerate(values)]
        colors = style.palette()
        self.theta = self._left(Label("$theta$", color=colors.parameter), "theta")
        self.loss_head = self._left(Label("loss $Theta$", color=colors.loss), "loss")
        self.chip = self._chip(over) if over else VGroup()
        self.loss = self._cell(float(trajectory.losses[0]), "loss", 1, "loss", signed=False)
        self.slope_head = self._left(Label("slope", color=colors.gradient), "slope")
        self.slopes = [
            self._cell(v, "gradient", k, "slope", signed=True)
            for k, v in enumerate(trajectory.gradients[0])
        ]
        self.add(card(self.box), self._rule(), self.formula, *self.names, self.theta, *self.values)

    def plain_texts(self) -> dict[str, list[str]]:
        """Return the numbers as plain text, by line."""
        return {
            "theta": [cell.plain_text for cell in self.values],
            "loss": [self.loss.plain_text],
            "slope": [cell.plain_text for cell in self.slopes],
        }

    def put_loss(self, point: Mobject) -> Animation:
        """Return the animation in which the loss comes out of `point`."""
        heads = FadeIn(self.loss_head, self.chip)
        return AnimationGroup(heads, morph(point, self.loss))

    def put_slope(self, axis: int, tangent: Mobject) -> Animation:
        """Return the animation in which a slope comes out of `tangent`, under its parameter."""
        heads = [FadeIn(self.slope_head)] if axis == 0 else []
        return AnimationGroup(*heads, morph(tangent, self.slopes[axis]))

    def _name(self, axis: int) -> Label:
        name = self.trajectory.names[axis]
        label = Label(f"${symbol(name)}$", color=style.palette().parameter, plain_text=name)
        return label.move_to(self._slot(axis, "names"), RIGHT)

    def _chip(self, over: str) -> Chip:
        chip = Chip(over)
        place = line_place(self.box, LINES.index("loss"))
        left = self.loss_head.get_right()[0] + style.GAP
        return chip.move_to((left, place[1], 0), LEFT)

    def _cell(self, value: float, role: str, axis: int, line: str, signed: bool = False) -> Label:
        cell = number_within(CELL_ROOM, value, role, signed)
        return cell.move_to(self._slot(axis, line), RIGHT)

    def _left(self, label: Label, line: str) -> Label:
        return label.move_to(line_place(self.box, LINES.index(line)), LEFT)

    def _slot(self, axis: int, line: str) -> np.ndarray:
        place = line_place(self.box, LINES.index(line))
        return np.array([self.box.left + ENDS[axis], place[1], 0.0])

    def _rule(self) -> Line:
        y = self.box.top - PAD - LINE_HEIGHT
        ends = ((self.box.left + PAD, y, 0), (self.box.right - PAD, y, 0))
        rule = Line(*ends, stroke_width=style.HAIRLINE, color=style.palette().grid)
        return rule.set_z_index(style.FRONT)


class GradientCard(VGroup):
    """Gradient(Θ) = (∂Θ/∂W1, ∂Θ/∂b1), with its numbers.

    Args:
        trajectory: The `descent.Trajectory`; its first row is shown.
        below: The lower edge of the card above it, in scene units.
    """

    def __init__(self, trajectory: Any, below: float) -> None:
        super().__init__()
        self.box = column_card(below - CARD_GAP, 3)
        first, second = trajectory.names
        role = style.palette().gradient
        head = Label("Gradient$(Theta)$", color=role, plain_text="Gradient(Θ)")
        slots = [part(f"p{k}", f"${partial(name)}$") for k, name in enumerate((first, second))]
        partials = Label(
            f"$= ($#h(0.05em){slots[0]}$,$ {slots[1]}#h(0.05em)$)$",
            color=role,
            plain_text=f"= (∂Θ/∂{first}, ∂Θ/∂{second})",
        )
        self.head, self.partials = head, partials
        self.numbers = self._numbers(trajectory.gradients[0])
        self.card = card(self.box)
        self.add(self.card)
        for line, label in enumerate((head, partials, self.numbers)):
            self.add(label.move_to(line_place(self.box, line, 0.35 * (line > 0)), LEFT))

    def list_partials(self, tags: Sequence[Mobject]) -> Animation:
        """Return the animation in which the tags of the cuts become the list of partials."""
        return _gather(self.partials, tags)

    def collect(self, slopes: Sequence[Label]) -> Animation:
        """Return the animation in which the slopes of the cuts become the gradient's numbers."""
        return _gather(self.numbers, slopes)

    def _numbers(self, gradient: np.ndarray) -> Label:
        color = style.palette().gradient

        def build(form: NumberFormat) -> Label:
            texts = [form.write(value, signed=True) for value in gradient]
            written = [formula(text, is_narrow=form.is_narrow) for text in texts]
            slots = [part(f"p{k}", text) for k, text in enumerate(written)]
            markup = f"$= ($#h(0.05em){slots[0]}$,$ {slots[1]}#h(0.05em)$)$"
            return Label(markup, color=color, plain_text=f"= ({texts[0]}, {texts[1]})")

        return fitted(build, self.box.width - 2 * PAD - 0.35)


def _gather(line: Label, sources: Sequence[Mobject]) -> Animation:
    """Return the animation in which `sources` become the parts of `line`."""
    targets = [line.select(f"p{axis}") for axis in range(len(sources))]
    rest = rest_of(line, *(f"p{axis}" for axis in range(len(sources))))
    moves = (morph(a, b) for a, b in zip(sources, targets, strict=True))
    return AnimationGroup(FadeIn(rest), *moves)
