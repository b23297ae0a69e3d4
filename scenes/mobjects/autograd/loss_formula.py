"""The loss as a formula over its graph."""

from __future__ import annotations

import re

from manim import LEFT

from scenes import style
from scenes.facts.graph_reading import Reading
from scenes.typesetting.graph_markup import loss_markup
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored

FORMULA_Y = 1.95
INDEXED = re.compile(r"\b[A-Za-z]+_\(\d+\)")


def loss_formula(reading: Reading) -> list[Label]:
    """Return the loss as a formula in its leaves, in a list; empty if unknown or too long.

    Names are in the colour of parameters, numbers of the data in that of text.
    """
    formula = loss_markup(reading)
    if formula is None:
        return []
    formula = INDEXED.sub(lambda name: colored("parameter", f"${name[0]}$"), formula)
    label = Label(f"{colored('loss', '$Theta$')} $= {formula}$", style.TEXT)
    label.move_to((style.LEFT, FORMULA_Y, 0), LEFT)
    return [label] if label.get_right()[0] < style.MAIN_RIGHT else []
