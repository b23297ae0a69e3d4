"""The update rule with the numbers of one step: a product and a sum for every parameter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from descent.text.numbers import FORMATS, NumberFormat, rate
from scenes import style
from scenes.typesetting.fitting import first_within
from scenes.typesetting.labels import Phrase
from scenes.typesetting.markup import as_math, formula, symbol

ALIGN = "(left, right, center, right, center, right)"
# Of the two lines of a parameter, from left to right.
SUM = ("name", "old", "sign", "size", "equals", "new")
PRODUCT = ("indent", "rate", "times", "gradient", "is", "change")
ROLES = {
    "old": "parameter",
    "new": "parameter",
    "name": "parameter",
    "rate": "learning_rate",
    "gradient": "gradient",
    "size": "learning_rate",
    "change": "learning_rate",
}


def worked_update(trajectory: Any, width: float, noise: float = 0.0) -> Phrase:
    """Return the first step as a grid: θ + change = θ′ of a parameter, below it −η · ∂ = change.

    Args:
        trajectory: The `descent.Trajectory`.
        width: In scene units; numbers have as many figures as it has room for.
        noise: What a gradient is by rounding alone; one that is no longer is written "≈0".

    Returns:
        A table whose parts are "TERM-COLUMN", TERM one of `SUM` or `PRODUCT`.
    """
    forms = [replace(form, least=max(noise, form.least)) for form in FORMATS]
    tries = ((style.TEXT, forms[0]), *((style.LABEL, form) for form in forms))
    return first_within(width, (_table(trajectory, size, form) for size, form in tries))


def _table(trajectory: Any, size: float, form: NumberFormat) -> Phrase:
    columns = range(len(trajectory.names))
    cells = {column: _cells(trajectory, column, form) for column in columns}
    parts = {
        f"{term}-{column}": (cells[column][term], ROLES.get(term, "ink"))
        for column in columns
        for line in (SUM, PRODUCT)
        for term in line
    }
    return Phrase(parts, len(SUM), size, ALIGN)


def _cells(trajectory: Any, column: int, form: NumberFormat) -> dict[str, str]:
    """Return the markup of every term of one parameter."""

    def written(value: float, signed: bool = False) -> str:
        return as_math(form.write(float(value), signed), is_narrow=form.is_narrow)

    name = f"${symbol(trajectory.names[column])}$ #h(0.4em)"
    old, new = trajectory.iterates[:2, column]
    slope, change = float(trajectory.gradients[0, column]), float(new - old)
    return {
        "name": name,
        "old": f"${written(old)}$",
        "sign": "$-$" if change < 0 else "$+$",
        "size": f"${written(abs(change))}$",
        "equals": "$=$",
        "new": f"${written(new)}$",
        "indent": "",
        "rate": formula(f"−{rate(float(trajectory.learning_rates[0]))}"),
        "times": "$dot$",
        "gradient": f"$({written(slope)})$" if slope < 0 else f"${written(slope)}$",
        "is": "$=$",
        "change": f"${written(change, signed=True)}$",
    }
