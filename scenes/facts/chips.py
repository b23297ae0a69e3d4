"""What a loss is taken over, in two or three words beside its Θ."""

from __future__ import annotations

from typing import Any

from descent.text.numbers import counted, whole

NETWORK = "network"
ANOTHER_LOSS = "another loss"


def picked_row(rows: Any) -> str:
    """Return the words for the loss of the picked row, counted from 1: "row 4"."""
    return f"row {rows.picked + 1}" if len(rows.x) > 1 else all_rows(1)


def all_rows(count: int) -> str:
    """Return the words for the mean over all rows: "all 5 rows"."""
    return f"all {whole(count)} rows" if count > 1 else "the only row"


def over_rows(run: Any) -> str:
    """Return the words for the loss of a run.

    They are "" where it is neither the neuron's over the rows nor drawn on a plane.
    """
    if run.projection is not None:
        return f"{counted(run.projection.parameters, 'parameter')}, on a plane"
    return all_rows(run.rows) if run.rows else ""
