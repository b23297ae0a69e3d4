"""What a loss is taken over, in two or three words beside its Θ."""

from __future__ import annotations

from descent.text.numbers import whole

NETWORK = "network"
ANOTHER_LOSS = "another loss"


def picked_row(index: int) -> str:
    """Return the words for the loss of one row, counted from 0: "row 4"."""
    return f"row {index + 1}"


def all_rows(count: int) -> str:
    """Return the words for the mean over all rows: "all 5 rows"."""
    return f"all {whole(count)} rows" if count > 1 else "the only row"
