"""Where the parts of a figure of runs stand: a stage, a ledger, and a curve below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from descent.plots.figures import CLAIM, EDGE, Box, heading_height
from descent.plots.legend import Row, legend_height

WIDTH, HEIGHT = 10.0, 4.2  # inches, as all lengths here
SIDE = 3.4  # how wide the ledger and the loss by steps are beside a stage
GAP = 0.3
CURVE = 2.0  # how high the curve below a ledger is, at least
LABELS = (0.55, 0.7)  # what the labels of a stage take of its width and height, about


class Layout(NamedTuple):
    """The height of the figure, and its boxes; the ledger's is flat where there is none."""

    height: float
    wide: Box
    narrow: Box
    ledger: Box

    @property
    def aspect(self) -> float:
        """Width over height that the stage has without its labels, about."""
        return (self.wide.width - LABELS[0]) / (self.wide.height - LABELS[1])


def lay_out(rows: Sequence[Row], heading: tuple[str, str], is_staged: bool) -> Layout:
    """Return where things stand: more rows in the ledger make the figure higher.

    Args:
        rows: Of the ledger; none for a single run.
        heading: A title and a claim, each may be "", the claim of several lines.
        is_staged: Whether the left part is a stage, and wider than the right one.
    """
    side = SIDE if is_staged else (WIDTH - 2 * EDGE - GAP) / 2
    panel = legend_height(rows, side) if rows else 0.0
    head, below = heading_height(*heading), panel + GAP * bool(rows)
    height = max(HEIGHT + CLAIM * heading[1].count("\n"), 2 * EDGE + head + below + CURVE)
    room = height - 2 * EDGE - head
    wide = Box(EDGE, EDGE, WIDTH - 2 * EDGE - side - GAP, room)
    narrow = Box(WIDTH - EDGE - side, EDGE, side, room - below)
    return Layout(height, wide, narrow, Box(narrow.left, wide.top - panel, side, panel))
