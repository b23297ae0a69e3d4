"""What may truthfully be said of a recorded graph, and of differences beside it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scenes.facts.graph_reading import Reading
from scenes.typesetting.labels import colored, partial
from scenes.typesetting.numerals import as_math, digits, numeral

NAMED_LEAVES = 2


def format_array(array: np.ndarray) -> str:
    """Return a number as by `digits`, several as how many they are, an unseen one as a dash."""
    if array.ndim:
        return f"{array.size} numbers"
    return "–" if np.isnan(array) else digits(float(array))


def say_back_through(reading: Reading, stage: list[int]) -> list[str]:
    """Return, as markup, how gradients go back through the operations of a stage.

    Returns:
        The same in fewer and fewer words and numbers.
    """
    names = dict.fromkeys(reading.markup(index) for index in stage)
    through = " and ".join(names) if len(names) <= NAMED_LEAVES else f"{len(stage)} operations"
    start = f"Back through {through}:"
    if len(stage) > 1:
        return [f"{start} each gradient times the slope of its operation"]
    index = stage[0]
    parents = list(dict.fromkeys(reading.nodes[index].parents))
    slopes = [reading.slope(index, parent) for parent in parents]
    without_numbers = f"{start} the gradient times the slope of the operation"
    if any(slope is None for slope in slopes):
        return [without_numbers]
    above = _number(reading.nodes[index].gradient)
    if len(parents) > 1 and all(math.isclose(slope or 0, 1) for slope in slopes):
        return [f"{start} {colored('gradient', above)} goes to each of its {len(parents)} inputs"]
    if len(parents) > 1:
        return [f"{start} each input gets {colored('gradient', above)} times its own slope"]
    after = _number(reading.nodes[parents[0]].gradient)
    product = f"{above} $dot$ {_factor(slopes[0] or 0.0)} $=$ {after}"
    return [f"{start} gradient times slope, {colored('gradient', product)}", without_numbers]


def _factor(value: float) -> str:
    """Return a second factor, in parentheses if it is negative."""
    return f"$({as_math(digits(value))})$" if value < 0 else numeral(value)


def _number(array: np.ndarray) -> str:
    return numeral(float(array))


def say_leaves(reading: Reading) -> str:
    """Return, as markup, what has arrived at the leaves."""
    leaves = [node for node in reading.nodes if node.name and node.value.ndim == 0]
    if not 1 <= len(leaves) <= NAMED_LEAVES:
        return "Every leaf has its partial: what PyTorch leaves in `.grad`"
    equations = [f"${partial(node.name)} =$ {_number(node.gradient)}" for node in leaves]
    told = [colored("gradient", equation) for equation in equations]
    return f"{' and '.join(told)}: what PyTorch leaves in `.grad`"


def power_text(value: float) -> str:
    """Return a number as plain text: "10^−5" for a power of ten, else as by `digits`."""
    if not (value > 0 and math.isfinite(value)):
        return digits(value, places=0)
    exponent = math.log10(value)
    if math.isclose(exponent, round(exponent), abs_tol=1e-9):
        return f"10^{round(exponent)}".replace("-", "−")
    return digits(value, mantissa=0)


def power_markup(value: float) -> str:
    """Return `power_text` as Typst mathematics with its dollar signs."""
    text = power_text(value)
    if text.startswith("10^"):
        return f"$10^({text[3:].replace('−', '-')})$"
    return f"${as_math(text)}$"


class Widths:
    """Finite differences of many widths, from the widest to the narrowest.

    Args:
        table: The `descent.DifferenceTable`.

    Attributes:
        widths: The widths, decreasing, shape (k,).
        errors: Their errors, finite ones only, shape (k,).
        best: Index of the smallest error.
        parameters: How many partials there are; differences take a loss for each,
            and one where the parameters stand.
        last_digit: What one unit in the last binary digit of the largest partial is worth.
    """

    def __init__(self, table: Any) -> None:
        order = np.argsort(-table.widths)
        widths, errors = table.widths[order], table.errors[order]
        known = np.isfinite(errors)
        self.widths, self.errors = widths[known], errors[known]
        self.best = int(np.argmin(self.errors)) if len(self.errors) else 0
        size = np.abs(table.gradient[np.isfinite(table.gradient)]).max(initial=0.0)
        self.parameters = len(table.gradient)
        self.last_digit = float(np.spacing(size)) if size else 0.0

    def compare(self) -> str:
        """Return, as markup, what autograd does instead."""
        all_of_them = {1: "the partial", 2: "both partials"}
        partials = all_of_them.get(self.parameters, f"all {self.parameters} partials")
        losses = self.parameters + 1
        cost = f"differences take {losses} losses"
        return f"Autograd needs no $h$: one pass back gives {partials}; {cost}"

    @property
    def falls(self) -> bool:
        """Whether the error first falls with the width by a factor worth telling."""
        return bool(len(self.errors) and self.errors[0] > 10 * self.errors[self.best])

    @property
    def rises(self) -> bool:
        """Whether it rises again towards the narrowest."""
        return bool(len(self.errors) and self.errors[-1] > 10 * self.errors[self.best])

    def say(self) -> str:
        """Return, as markup, what the widths did to the error."""
        if not len(self.errors):
            return "No width gives an estimate that is a number"
        if not self.errors.any():
            return "Here every width gives the gradient exactly"
        best = power_markup(float(self.widths[self.best]))
        least = power_markup(float(self.errors[self.best]))
        narrowest = power_markup(float(self.widths[-1]))
        last = f"{power_markup(float(self.errors[-1]))} at $h =$ {narrowest}"
        if self.falls and self.rises:
            return f"A smaller $h$ helps only down to {best}; then digits are lost"
        if self.rises:
            return f"Every smaller $h$ loses digits: from an error of {least} to {last}"
        if self.falls:
            return f"The smaller $h$, the smaller the error: {last}"
        return f"Here the width hardly matters: the error is {last}"
