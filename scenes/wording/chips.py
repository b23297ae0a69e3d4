"""What a loss is taken over, in two or three words beside its Θ."""

from __future__ import annotations

from typing import Any

from descent.text.numbers import whole
from scenes.facts.gradients import is_same_loss

NETWORK = "network"
ANOTHER_LOSS = "another loss"


def picked_row(index: int) -> str:
    """Return the words for the loss of one row, counted from 0: "row 4"."""
    return f"row {index + 1}"


def all_rows(count: int) -> str:
    """Return the words for the mean over all rows: "all 5 rows"."""
    return f"all {whole(count)} rows" if count > 1 else "the only row"


def taken_over(run: Any, neuron: Any, rows: Any) -> str:
    """Return what the loss of a run is taken over: all rows, if it is that of the neuron."""
    return all_rows(len(rows.x)) if is_same_loss(run, neuron) else ANOTHER_LOSS
