"""Labels with as much text, or as many figures, as a width has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from descent.text.numbers import FORMATS, NumberFormat, rate
from scenes import style
from scenes.typesetting.labels import Label, number, number_label

Fitting = TypeVar("Fitting", bound=Label)


def first_within(width: float, labels: Iterable[Fitting]) -> Fitting:
    """Return the first of `labels` that is no wider than `width`, or else the last."""
    remaining = iter(labels)
    chosen = next(remaining)
    while chosen.width > width and (narrower := next(remaining, None)) is not None:
        chosen = narrower
    return chosen


def fitting_headline(headlines: Sequence[str]) -> str:
    """Return the first of `headlines` that fits one line of the screen, or else the last."""
    widest = style.RIGHT - style.LEFT
    fitting = (line for line in headlines if Label(line, style.TEXT).width <= widest)
    return next(fitting, headlines[-1])


def fitted(build: Callable[[NumberFormat], Label], width: float) -> Label:
    """Return the label that `build` makes with as many figures as `width` has room for.

    Args:
        build: Makes the label, given the form of its numbers.
        width: In scene units.
    """
    return first_within(width, map(build, FORMATS))


def number_within(
    width: float, value: float, role: str, signed: bool = False, decimals: int = 3
) -> Label:
    """Return a number with as many figures as `width` has room for, at most `decimals` decimals."""
    color = getattr(style.palette(), role)
    narrower = (form for form in FORMATS if form.decimals <= decimals)
    forms = (NumberFormat(decimals, 2), *narrower)
    return first_within(width, (number(value, form, color=color, signed=signed) for form in forms))


def fitting_number(value: float, width: float, color: str) -> Label:
    """Return a number with as many figures as `width` has room for; see `fitting_numbers`."""
    return fitting_numbers([value], width, color)[0]


def fitting_numbers(
    values: Iterable[float], width: float, color: str, *, signed: bool = False
) -> list[Label]:
    """Return a `Label` for each of `values`, all in one form, none wider than `width` if possible.

    Numbers side by side are compared: "3.1·10¹⁵³" beside "1·10¹⁵³" would look like two things.
    """
    values = list(values)
    labels: list[Label] = []
    for form in FORMATS:
        labels = [number(value, form, color=color, signed=signed) for value in values]
        if all(label.width <= width for label in labels):
            break
    return labels


def fitting_rate(value: float, width: float, color: str) -> Label:
    """Return a learning rate with as many figures as `width` has room for, two at least."""
    texts = (rate(value), rate(value, 2))
    labels = [number_label(text, color=color) for text in texts]
    return first_within(width, [*labels, number_label(texts[1], color=color, is_narrow=True)])
