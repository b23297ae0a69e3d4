"""A nudge on its way through the graph: what each node makes of it, and the slope of each edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import LEFT, UP, UR, Animation, VGroup, VMobject

from descent.text.numbers import FORMATS
from scenes import style
from scenes.facts.graph_reading import short_text
from scenes.facts.nudge import CHANGE, Nudge, factor_texts
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.autograd.autograd_diagram import AutogradDiagram
from scenes.mobjects.backed import backed
from scenes.typesetting.fitting import first_within
from scenes.typesetting.labels import Label, number, number_label
from scenes.typesetting.markup import as_math, colored

PRODUCT = (-1.5, -2.5, 0)
BESIDE = 0.13


class NudgeMarks(VGroup):
    """The change over each node that the nudge reaches, and the slopes of the edges between them.

    Args:
        nudge: The two forward passes.
        diagram: The graph on screen.
    """

    def __init__(self, nudge: Nudge, diagram: AutogradDiagram) -> None:
        super().__init__()
        self.nudge, self.diagram = nudge, diagram
        self.changes = {i: self._change(i) for i in nudge.reached if self._has_room(i)}
        self.slopes = self._slopes()
        self.product = self._product()

    def show_changes(self, indices: Sequence[int]) -> list[Animation]:
        """Return the animations that write the changes of nodes over them."""
        labels = [self.changes[index] for index in indices if index in self.changes]
        return [FadeIn(label) for label in labels]

    def multiply(self) -> list[Animation]:
        """Return one animation per edge, which writes its slope, then the one of their product."""
        turns: list[Animation] = [FadeIn(label) for label in self.slopes]
        return [*turns, FadeIn(self.product)] if self.product is not None else turns

    def leave(self) -> list[Animation]:
        """Return the animations that take the changes and the product away."""
        rest = [self.product] if self.product is not None and len(self.slopes) else []
        return [FadeOut(mark) for mark in (*self.changes.values(), *rest)]

    def _has_room(self, index: int) -> bool:
        return self.diagram.gradients[index] is not None and np.isfinite(self.nudge.changes[index])

    def _change(self, index: int) -> VGroup:
        color = style.palette().parameter
        if index == len(self.nudge.changes) - 1:
            color = style.palette().loss
        change, forms = self.nudge.changes[index], (CHANGE, *FORMATS)
        labels = (number(change, form, color=color, signed=True) for form in forms)
        label = first_within(self.diagram.across - 0.1, labels)
        return backed(label.next_to(self.diagram.shapes[index], UP, buff=BESIDE))

    def _slopes(self) -> list[Label]:
        """Return a label per edge of a single path, if there is room for each."""
        slopes, reached = self.nudge.slopes(), self.nudge.reached
        if slopes is None or not self.diagram.roomy:
            return []
        labels = []
        for slope, edge in zip(slopes, zip(reached, reached[1:], strict=False), strict=True):
            path = self.diagram.paths[edge]
            label = number_label(short_text(slope), color=style.palette().gradient)
            if label.width > self.diagram.across - 0.9:
                return []
            labels.append(_beside_middle(label, path))
        return labels

    def _product(self) -> Label | None:
        """Return the slopes multiplied, as a formula, if they are known and there is room."""
        slopes = self.nudge.slopes()
        if slopes is None:
            return None
        factors, product = factor_texts(slopes), short_text(self.nudge.gradient)
        markup = f"${' dot '.join(map(as_math, factors))} = {as_math(product)}$"
        text = f"{' · '.join(factors)} = {product}"
        label = Label(colored("gradient", markup), style.TEXT, plain_text=text)
        label.move_to(PRODUCT, LEFT)
        return label if label.get_right()[0] < style.RIGHT else None


def _beside_middle(label: Label, path: VMobject) -> Label:
    """Put a label above the middle of a level path, or to the right of a steep one."""
    near = [path.point_from_proportion(share) for share in (0.45, 0.5, 0.55)]
    along = near[-1] - near[0]
    is_steep = abs(along[1]) > 0.2 * abs(along[0])
    return label.next_to(near[1], UR if is_steep else UP, buff=0.12)
