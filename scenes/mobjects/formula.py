"""Formulas with named parts, worked with numbers, and the cards they stand in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
from manim import VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.side_panel import TOP
from scenes.typesetting.labels import Label, colored, number
from scenes.typesetting.numerals import WRITINGS, Writing, as_math, digits, read

COLUMN = Box(2.4, style.BOTTOM, style.RIGHT, TOP)
PAD = 0.16
LINE_HEIGHT = 0.42
LONG_WHOLE = 1e7
CARD_GAP = 0.12

LOSS_FORMULA = 'Loss $= Y_"predicted" - Y_"actual"$'
NEURON_SHOWN = "ŷ = W1·x + b1"

Words = TypeVar("Words", bound=Label)


def column_card(top: float, lines: int) -> Box:
    """Return the box of a card in the right column with room for `lines` lines."""
    return Box(COLUMN.left, top - lines * LINE_HEIGHT - 2 * PAD, COLUMN.right, top)


def line_place(box: Box, line: int, indent: float = 0.0) -> np.ndarray:
    """Return where line `line` of a card begins, half way up, shape (3,)."""
    y = box.top - PAD - (line + 0.5) * LINE_HEIGHT
    return np.array([box.left + PAD + indent, y, 0.0])


def part(name: str, markup: str) -> str:
    """Return `markup` as a part of a label that `Label.select(name)` finds."""
    return f"#box[{markup}]<{name}>"


def fitted(build: Callable[[Writing], Label], width: float) -> Label:
    """Return the label that `build` makes with as many figures as `width` has room for.

    Args:
        build: Makes the label, given how its numbers are to be written.
        width: In scene units.
    """
    return first_within(width, map(build, WRITINGS))


def number_within(
    width: float, value: float, role: str, signed: bool = False, places: int = 3
) -> Label:
    """Return a number with as many figures as `width` has room for, `places` decimals at most."""
    colour = getattr(style.palette(), role)
    fewer = (writing for writing in WRITINGS if writing.places <= places)
    tries = (Writing(places, 2), *fewer)
    return first_within(width, (number(value, one, colour=colour, signed=signed) for one in tries))


def first_within(width: float, labels: Iterable[Words]) -> Words:
    """Return the first of `labels` that is no wider than `width`, or else the last."""
    remaining = iter(labels)
    chosen = next(remaining)
    while chosen.width > width and (narrower := next(remaining, None)) is not None:
        chosen = narrower
    return chosen


def plain(value: float) -> str:
    """Return a number of the data as plain text, with no more decimals than it has."""
    if value == round(value) and abs(value) < LONG_WHOLE:
        return f"{value:.0f}".replace("-", "−") if value else "0"
    for places in range(1, 6):
        text = digits(value, places=places)
        if "·" not in text and read(text) == value:
            return text
    return digits(value)


def term(text: str, role: str, name: str, first: bool = False) -> str:
    """Return a number as a named part in the colour of `role`.

    A negative number gets parentheses unless it comes `first`; so does a power of ten.
    """
    bare = "·" not in text and (first or not text.startswith("−"))
    inside = as_math(text) if bare else f"({as_math(text)})"
    return part(name, colored(role, f"${inside}$"))


def prediction_formula() -> Label:
    """Return ŷ = W1·x + b1, its parts named prediction, weight, x and bias."""
    markup = " ".join(
        (
            part("prediction", colored("prediction", "$hat(y)$")),
            "$=$",
            part("weight", colored("parameter", "$W_1$")),
            "$dot$",
            part("x", "$x$"),
            "$+$",
            part("bias", colored("parameter", "$b_1$")),
        )
    )
    return Label(markup, shown=NEURON_SHOWN)


def prediction_worked(weight: float, bias: float, x: str, width: float) -> Label:
    """Return W1·x + b1 with numbers for W1 and b1, and for x unless it is "x".

    Args:
        weight: W1.
        bias: b1; a negative one is deducted.
        x: The row's x as plain text, or "x".
        width: In scene units.
    """

    def build(writing: Writing) -> Label:
        first, second = writing.number(weight), writing.number(abs(bias))
        sign = "−" if bias < 0 else "+"
        factor = writing.given(x)
        middle = part("x", "$x$") if x == "x" else term(factor, "ink", "x")
        markup = (
            f"$=$ {term(first, 'parameter', 'weight', first=True)} $dot$ {middle} "
            f"${as_math(sign)}$ {term(second, 'parameter', 'bias')}"
        )
        return Label(markup, shown=f"= {first}·{_guarded(factor)} {sign} {second}")

    return fitted(build, width)


def result(value: float, role: str, width: float) -> Label:
    """Return "= value" in the colour of `role`, its part named value."""

    def build(writing: Writing) -> Label:
        text = writing.number(value)
        return Label(f"$=$ {term(text, role, 'value', first=True)}", shown=f"= {text}")

    return fitted(build, width)


def loss_formula() -> Label:
    """Return the deck's Loss = Y_predicted − Y_actual, its parts in their colours."""
    markup = " ".join(
        (
            part("loss", colored("loss", "Loss")),
            "$=$",
            part("prediction", colored("prediction", '$Y_"predicted"$')),
            "$-$",
            part("truth", colored("truth", '$Y_"actual"$')),
        )
    )
    return Label(markup, shown="Loss = Y_predicted − Y_actual")


def loss_worked(prediction: float, truth: str, width: float) -> Label:
    """Return prediction − truth with the numbers of one row, the truth as plain text."""

    def build(writing: Writing) -> Label:
        first, second = writing.number(prediction), writing.given(truth)
        markup = (
            f"$=$ {term(first, 'prediction', 'prediction', first=True)} $-$ "
            f"{term(second, 'truth', 'truth')}"
        )
        return Label(markup, shown=f"= {first} − {_guarded(second)}")

    return fitted(build, width)


def _guarded(text: str) -> str:
    return f"({text})" if re.match("−", text) or "·" in text else text


def rest_of(label: Label, *names: str) -> VGroup:
    """Return what of `label` is in none of its parts `names`."""
    taken = {id(glyph) for name in names for glyph in label.select(name)}
    return VGroup(*(glyph for glyph in label.submobjects if id(glyph) not in taken))
