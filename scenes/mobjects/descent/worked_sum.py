"""The update rule with the numbers of one step and one parameter, each under its symbol."""

from __future__ import annotations

from typing import Any

from scenes import style
from scenes.typeset import Phrase, as_math, digits, figures, partial, symbol

WIDEST = 5.45
SIGNS = {"equals": "$=$", "minus": "$-$", "times": "$dot$"}
ORDER = ("new", "equals", "old", "minus", "rate", "times", "gradient")
ROLES = {
    "new": "parameter",
    "old": "parameter",
    "rate": "learning_rate",
    "gradient": "gradient",
}


def worked_sum(trajectory: Any, column: int, t: int = 0) -> Phrase:
    """Return W^{t+1} = W^t − η · ∂Θ/∂W, over the same with the numbers of a recorded step.

    Args:
        trajectory: The `descent.Trajectory`.
        column: Which parameter.
        t: Which step.

    Returns:
        A table whose parts are "symbol-NAME" and "number-NAME", NAME one of `ORDER`.
    """
    name = symbol(trajectory.names[column])
    symbols = {
        "new": f"${name}^(t+1)$",
        "old": f"${name}^t$",
        "rate": "$eta$",
        "gradient": f"${partial(trajectory.names[column])}$",
    }
    numbers = {
        "new": _written(trajectory.iterates[t + 1, column]),
        "old": _written(trajectory.iterates[t, column]),
        "rate": f"${as_math(figures(float(trajectory.learning_rates[t])))}$",
        "gradient": _written(trajectory.gradients[t, column], bracketed=True),
    }
    parts = {
        f"{row}-{term}": ((SIGNS | cells)[term], ROLES.get(term, "ink"))
        for row, cells in (("symbol", symbols), ("number", numbers))
        for term in ORDER
    }
    table = Phrase(parts, len(ORDER), style.TEXT)
    return table if table.width <= WIDEST else Phrase(parts, len(ORDER), style.LABEL)


def _written(value: float, bracketed: bool = False) -> str:
    shown = as_math(digits(float(value)))
    return f"$({shown})$" if bracketed and value < 0 else f"${shown}$"
