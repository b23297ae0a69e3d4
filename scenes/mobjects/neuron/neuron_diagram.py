"""One neuron as a diagram: x times W1, plus b1, makes ŷ."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, UP, Arrow, Circle, VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored

MAIN = Box(style.MAIN_LEFT, style.MAIN_BOTTOM, 1.6, style.MAIN_TOP)
RADIUS = 0.62
BIAS_ARM = 1.15


class NeuronDiagram(VGroup):
    """x → W1 → Σ (+ b1) → ŷ, from left to right.

    Attributes:
        x: The input, with its circle.
        weight: W1, on the arrow from x to Σ.
        bias: b1, above the arrow down to Σ.
        prediction: ŷ, with its circle.
    """

    def __init__(self, box: Box = MAIN) -> None:
        super().__init__()
        colors = style.palette()
        middle = box.center + BIAS_ARM / 2 * DOWN
        reach = (box.width / 2 - RADIUS) * RIGHT
        self.x = _node(Label("$x$", style.TITLE), middle - reach, colors.truth)
        self.sum = _node(Label("$Sigma$", style.TITLE, plain_text="Σ"), middle, colors.muted)
        out = Label(colored("prediction", "$hat(y)$"), style.TITLE, plain_text="ŷ")
        self.prediction = _node(out, middle + reach, colors.prediction)
        top = middle + (RADIUS + BIAS_ARM) * UP
        self.arms = VGroup(
            _arm(self.x.get_right(), self.sum.get_left()),
            _arm(top, self.sum.get_top()),
            _arm(self.sum.get_right(), self.prediction.get_left()),
        )
        self.weight = Label("$W_1$", style.TITLE, colors.parameter, plain_text="W1")
        self.weight.next_to(self.arms[0], UP, buff=0.2)
        self.bias = Label("$b_1$", style.TITLE, colors.parameter, plain_text="b1")
        self.bias.next_to(top, UP, buff=0.15)
        self.add(self.arms, self.x, self.sum, self.prediction, self.weight, self.bias)

    @property
    def nodes(self) -> tuple[VGroup, ...]:
        """The circles, from x to ŷ."""
        return self.x, self.sum, self.prediction

    def links(self) -> list[VGroup]:
        """Return what joins them, in the order of the signal."""
        into, bias, out = self.arms
        return [VGroup(into, self.weight), VGroup(self.bias, bias), VGroup(out)]


def _node(label: Label, place: np.ndarray, color: str) -> VGroup:
    circle = Circle(
        radius=RADIUS,
        stroke_color=color,
        stroke_width=style.LINE,
        fill_color=style.palette().panel,
        fill_opacity=1,
    )
    return VGroup(circle, label).move_to(place)


def _arm(start: np.ndarray, end: np.ndarray) -> Arrow:
    arm = Arrow(start, end, buff=0.1, stroke_width=style.LINE, tip_length=0.22)
    return arm.set_color(style.palette().muted)
