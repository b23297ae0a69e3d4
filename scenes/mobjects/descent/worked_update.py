"""The update rule with the numbers of one step and one parameter, each under its symbol."""

from __future__ import annotations

from typing import Any

from descent.text.numbers import FORMATS, NumberFormat, rate
from scenes import style
from scenes.typesetting.fitting import first_within
from scenes.typesetting.labels import Phrase
from scenes.typesetting.markup import as_math, formula, partial, symbol

WIDEST = 5.45
SIGNS = {"equals": "$=$", "minus": "$-$", "times": "$dot$"}
ORDER = ("new", "equals", "old", "minus", "rate", "times", "gradient")
ROLES = {
    "new": "parameter",
    "old": "parameter",
    "rate": "learning_rate",
    "gradient": "gradient",
}


def worked_update(trajectory: Any, column: int, t: int = 0) -> Phrase:
    """Return W^{t+1} = W^t − η · ∂Θ/∂W, over the same with the numbers of a recorded step.

    Args:
        trajectory: The `descent.Trajectory`.
        column: Which parameter.
        t: Which step.

    Returns:
        A table whose parts are "symbol-NAME" and "number-NAME", NAME one of `ORDER`.
    """
    tries = ((style.TEXT, FORMATS[0]), *((style.LABEL, form) for form in FORMATS))
    tables = (_table(trajectory, column, t, size, form) for size, form in tries)
    return first_within(WIDEST, tables)


def _table(trajectory: Any, column: int, t: int, size: float, form: NumberFormat) -> Phrase:
    name = symbol(trajectory.names[column])

    def written(value: float, bracketed: bool = False) -> str:
        number = as_math(form.write(float(value)))
        return f"$({number})$" if bracketed and value < 0 else f"${number}$"

    symbols = {
        "new": f"${name}^(t+1)$",
        "old": f"${name}^t$",
        "rate": "$eta$",
        "gradient": f"${partial(trajectory.names[column])}$",
    }
    numbers = {
        "new": written(trajectory.iterates[t + 1, column]),
        "old": written(trajectory.iterates[t, column]),
        "rate": formula(rate(float(trajectory.learning_rates[t]))),
        "gradient": written(trajectory.gradients[t, column], bracketed=True),
    }
    parts = {
        f"{row}-{term}": ((SIGNS | cells)[term], ROLES.get(term, "ink"))
        for row, cells in (("symbol", symbols), ("number", numbers))
        for term in ORDER
    }
    return Phrase(parts, len(ORDER), size)
