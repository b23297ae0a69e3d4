"""Sentences about the rows, and about the prediction of one row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.text.numbers import counted, exact, fixed
from descent.text.runs import steps_of
from scenes.claims import Prompt, claim
from scenes.facts.selection import decimals_of_zero
from scenes.typesetting.markup import (
    colored,
    escape,
    formula,
    numeral,
    with_powers,
)

LEAST_DECIMALS = 2
UNSEEN = 0.01  # of the spread of y: a smaller miss is not seen
# What is said of a name: "price in 1000 €" and "weight [kg]" carry their units.
_UNIT = re.compile(r"(?:\bin\s+|[\[(])([^\[\]()]+?)[\])]?\s*$")


def unit_of(name: str) -> str:
    """Return the unit that a column's name carries, "1000 €" of "price in 1000 €", or ""."""
    found = _UNIT.search(name)
    return found[1] if found else ""


def with_unit(number: str, name: str) -> str:
    """Return a number of a column as markup, with the unit of the column's name if it has one."""
    unit = unit_of(name)
    times = "× " if unit[:1].isdigit() else ""
    return f"{formula(number)} {times}{escape(unit)}".rstrip()


def _are_distinct(rows: Any) -> bool:
    return len(set(zip(rows.x.tolist(), rows.y.tolist(), strict=True))) == len(rows.x)


@claim(_are_distinct)
def dots(rows: Any) -> str:
    """Say that every row has its dot."""
    one = "one dot" if len(rows.x) == 1 else "each row is one dot"
    return f"{counted(len(rows.x), 'row')} of data: {one}"


@claim(lambda rows: not _are_distinct(rows))
def shared_dots(rows: Any) -> str:
    """Say that some rows have a dot together."""
    return f"{counted(len(rows.x), 'row')} of data: equal rows share a dot"


@claim(lambda window: window[0] <= 0 <= window[1])
def slope_and_height(window: Sequence[float]) -> str:
    """Say what both parameters of the line are, where x = 0 is in the `window` of x."""
    return "The neuron is a line: $W_1$ is its slope, $b_1$ its height at $x = 0$"


@claim(lambda window: not window[0] <= 0 <= window[1])
def slope_alone(window: Sequence[float]) -> str:
    """Say what the first parameter of the line is."""
    return "The neuron is a line: $W_1$ is its slope, and $b_1$ lifts it"


def pick(rows: Any) -> Prompt:
    """Announce the picked row, counted from 1."""
    return Prompt(f"Look at one row alone: row {rows.picked + 1}")


def _residual(rows: Any, params: np.ndarray) -> float:
    """Return ŷ − y of the picked row."""
    return float(params[0] * rows.x[rows.picked] + params[1] - rows.y[rows.picked])


def _prediction(rows: Any, params: np.ndarray) -> str:
    number = fixed(_residual(rows, params) + float(rows.y[rows.picked]))
    return colored("prediction", formula(number))


@claim(lambda rows, params: _residual(rows, params) != 0)
def predicts(rows: Any, params: np.ndarray) -> str:
    """Say what the neuron predicts for the picked row, and what is true."""
    truth = formula(exact(rows.y[rows.picked]))
    return f"It predicts {_prediction(rows, params)}, and the truth is {truth}"


@claim(lambda rows, params: _residual(rows, params) == 0)
def predicts_the_truth(rows: Any, params: np.ndarray) -> str:
    """Say that the neuron predicts the truth."""
    return f"It predicts {_prediction(rows, params)}, which is the truth"


@claim(lambda rows, params: _residual(rows, params) != 0)
def misses(rows: Any, params: np.ndarray) -> str:
    """Say how far the prediction is from the truth, and on which side."""
    residual = _residual(rows, params)
    side = "above" if residual > 0 else "below"
    return f"The prediction is {with_unit(fixed(abs(residual)), rows.y_name)} {side} the truth"


@claim(lambda rows, params: _residual(rows, params) == 0)
def meets(rows: Any, params: np.ndarray) -> str:
    """Say that the prediction meets the truth."""
    return "The prediction meets the truth: the loss of this row is 0"


def sign_of_loss(residual: float) -> str:
    """Return, as plain text, what the sign of the loss tells."""
    if residual == 0:
        return "Y predicted and Y actual are equal."
    kind, side = ("positive", "high") if residual > 0 else ("negative", "low")
    return f"The loss is {kind}: the neuron's value is too {side}."


def target() -> Prompt:
    """Announce the target."""
    return Prompt(f"The target: {_zero('0')}")


@claim(lambda residuals: abs(residuals[-1]) < abs(residuals[0]))
def closing(residuals: np.ndarray) -> str:
    """Say that the residual closed; `residuals` are those that were shown."""
    return "The line swings, and the residual closes"


def _after(steps: int) -> str:
    return f"After {steps_of(steps)}" if steps else "Already at the start"


def _zero(number: str) -> str:
    return colored("loss", f"Loss $= {number}$")


@claim(lambda residuals, steps: residuals[-1] == 0)
def is_zero(residuals: np.ndarray, steps: int) -> str:
    """Say that the last of the shown residuals is 0 after `steps` steps."""
    return f"{_after(steps)}: {_zero('0')}"


@claim(lambda residuals, steps: 0 != abs(residuals[-1]) and reads_zero(residuals[-1]))
def nearly_zero(residuals: np.ndarray, steps: int) -> str:
    """Say to how many decimals the last of the shown residuals is 0."""
    decimals = decimals_of_zero(float(residuals[-1]))
    return f"{_after(steps)}: {_zero('0')}, to {decimals} decimals"


@claim(lambda residuals, steps: not reads_zero(residuals[-1]))
def not_zero(residuals: np.ndarray, steps: int) -> str:
    """Say what the last of the shown residuals is, and what it was."""
    first, last = (fixed(float(residuals[k])) for k in (0, -1))
    return with_powers(f"{_after(steps)}: {_zero(last)}, where it was {first}")


def reads_zero(residual: float) -> bool:
    """Return whether a residual is 0 to two decimals or more."""
    return decimals_of_zero(float(residual)) >= LEAST_DECIMALS


@claim(lambda heights: np.min(heights) < 0)
def bare_has_no_lowest(heights: np.ndarray) -> str:
    """Say what the curve of a difference lacks, whose `heights` are drawn."""
    return "The plain difference has no lowest value: it can fall for ever"


@claim(lambda heights: np.min(heights) >= 0)
def square_has_lowest(heights: np.ndarray) -> str:
    """Say what the curve of a square has, whose `heights` are drawn."""
    return "Squared, it has a lowest value: 0, as a bowl has"


def _is_met(rows: Any, miss: float) -> bool:
    """Return whether a line that misses rows by so much is seen to meet them."""
    return miss <= UNSEEN * (np.ptp(rows.y) or np.abs(rows.y).max())


def _perfect(rows: Any, losses: Any) -> bool:
    miss = float(np.sqrt(losses.squared_errors[-1, rows.picked]))
    return len(rows.x) > 1 and reads_zero(miss) and _is_met(rows, miss)


def _all_perfect(rows: Any, losses: Any) -> bool:
    mean = float(losses.means[-1])
    return decimals_of_zero(mean) > LEAST_DECIMALS and _is_met(rows, float(np.sqrt(mean)))


@claim(lambda rows, losses: _perfect(rows, losses) and not _all_perfect(rows, losses))
def perfect_for_one(rows: Any, losses: Any) -> str:
    """Say that a line which meets the picked row does not meet all."""
    every = f"the mean over all {len(rows.x)} rows is {_mean(losses)}"
    return f"Perfect for row {rows.picked + 1}; {every}"


@claim(lambda rows, losses: len(rows.x) > 1 and not _perfect(rows, losses))
def good_for_one(rows: Any, losses: Any) -> str:
    """Say what the mean is where not even the picked row is met."""
    mine = numeral(float(losses.squared_errors[-1, rows.picked]))
    every = f"the mean over all {len(rows.x)} rows is {_mean(losses)}"
    return f"Row {rows.picked + 1} has {mine}; {every}"


@claim(lambda rows, losses: _perfect(rows, losses) and _all_perfect(rows, losses))
def perfect_for_all(rows: Any, losses: Any) -> str:
    """Say that the line meets all rows."""
    return f"Perfect for row {rows.picked + 1}, and for all {len(rows.x)} rows"


def _mean(losses: Any) -> str:
    return colored("loss", numeral(float(losses.means[-1])))


def others(rows: Any, losses: Any) -> str:
    """Return, as plain text, what became of the rows that were not picked."""
    before, after = (np.delete(losses.squared_errors[k], rows.picked) for k in (0, -1))
    further, count = int((after > before).sum()), len(after)
    if not further:
        return "From now on the loss is averaged over every row."
    who = f"{further} of the other {count} rows"
    if further == count:
        who = {1: "The other row", 2: "Both other rows"}.get(count, f"All {count} other rows")
    are = "is" if further == 1 else "are"
    return f"{who} {are} further off than before. From now on, all count."
