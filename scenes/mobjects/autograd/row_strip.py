"""The picked row's numbers, which become the constants of the graph."""

from __future__ import annotations

from typing import Any

from manim import LEFT, RIGHT, Animation, VGroup

from descent.text.numbers import exact
from scenes import style
from scenes.facts.graph_reading import Reading
from scenes.fading import FadeOut
from scenes.mobjects.autograd.autograd_diagram import AutogradDiagram
from scenes.typesetting.labels import Phrase, number_label
from scenes.typesetting.markup import formula

PLACE = (-1.5, -2.5, 0)


class RowStrip(VGroup):
    """The line "row 4: x = 1.5  y = 2.9", in the colour of the data.

    Args:
        rows: The `understanding_gradients.lecture.recordings.Rows`.
    """

    def __init__(self, rows: Any) -> None:
        super().__init__()
        self.numbers = {"x": float(rows.x[rows.picked]), "y": float(rows.y[rows.picked])}
        entries = {name: (_equation(name, value), "truth") for name, value in self.numbers.items()}
        self.phrase = Phrase({"row": (f"row {rows.picked + 1}: $quad$", "muted"), **entries})
        self.add(self.phrase.move_to(PLACE, LEFT))

    def fly(self, reading: Reading, diagram: AutogradDiagram) -> list[Animation]:
        """Return the animations in which each number moves to the node whose constant it is."""
        flights: list[Animation] = []
        for name, value in self.numbers.items():
            fitting = [i for i in range(len(diagram.shapes)) if _same(reading.constant(i), value)]
            for index in fitting[:1]:
                number = number_label(exact(value), color=style.palette().truth)
                number.move_to(self.phrase.parts[name], RIGHT)
                flights.append(FadeOut(number, target_position=diagram.shapes[index]))
        return flights


def _equation(name: str, value: float) -> str:
    return f"${name} =$ {formula(exact(value))} $quad$"


def _same(constant: float | None, value: float) -> bool:
    return constant is not None and abs(constant - value) <= 1e-9 * max(1.0, abs(value))
