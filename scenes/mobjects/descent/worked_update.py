"""The update rule with the numbers of one step and one parameter, each under its symbol."""

from __future__ import annotations

from typing import Any

from scenes import style
from scenes.mobjects.formula import first_within
from scenes.typesetting.labels import Phrase, partial, symbol
from scenes.typesetting.numerals import WRITINGS, Writing, as_math, figures

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
    tries = ((style.TEXT, WRITINGS[0]), *((style.LABEL, writing) for writing in WRITINGS))
    tables = (_table(trajectory, column, t, size, writing) for size, writing in tries)
    return first_within(WIDEST, tables)


def _table(trajectory: Any, column: int, t: int, size: float, writing: Writing) -> Phrase:
    name = symbol(trajectory.names[column])

    def written(value: float, bracketed: bool = False) -> str:
        shown = as_math(writing.number(float(value)))
        return f"$({shown})$" if bracketed and value < 0 else f"${shown}$"

    symbols = {
        "new": f"${name}^(t+1)$",
        "old": f"${name}^t$",
        "rate": "$eta$",
        "gradient": f"${partial(trajectory.names[column])}$",
    }
    numbers = {
        "new": written(trajectory.iterates[t + 1, column]),
        "old": written(trajectory.iterates[t, column]),
        "rate": f"${as_math(figures(float(trajectory.learning_rates[t])))}$",
        "gradient": written(trajectory.gradients[t, column], bracketed=True),
    }
    parts = {
        f"{row}-{term}": ((SIGNS | cells)[term], ROLES.get(term, "ink"))
        for row, cells in (("symbol", symbols), ("number", numbers))
        for term in ORDER
    }
    return Phrase(parts, len(ORDER), size)
