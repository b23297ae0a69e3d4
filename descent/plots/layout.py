"""The layout of a figure of runs: a wide panel, and a legend above a narrow one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from descent.plots.figures import EDGE, LINE_HEIGHT, Box, heading_height
from descent.plots.legend import LegendRow, legend_height

WIDTH, HEIGHT = 10.0, 4.2  # inches, as all lengths here
SIDE = 3.4  # width of the legend and of the loss over steps beside a loss panel
GAP = 0.3
CURVE = 2.0  # least height of the curve below a legend
LABELS = (0.55, 0.7)  # approximate width and height of the labels of a loss panel


class Layout(NamedTuple):
    """The height of the figure, and its boxes; without rows the legend has no height."""

    height: float
    wide: Box
    narrow: Box
    legend: Box

    @property
    def aspect(self) -> float:
        """Approximate width over height of the wide panel without its labels."""
        return (self.wide.width - LABELS[0]) / (self.wide.height - LABELS[1])


def make_layout(rows: Sequence[LegendRow], heading: tuple[str, str], has_loss: bool) -> Layout:
    """Return the layout; more rows in the legend make the figure higher.

    Args:
        rows: The rows of the legend; empty for a single run.
        heading: Title and subtitle; each may be "".
        has_loss: Whether the left panel shows the loss, and is wider than the right one.
    """
    side = SIDE if has_loss else (WIDTH - 2 * EDGE - GAP) / 2
    legend = legend_height(rows, side) if rows else 0.0
    head, below = heading_height(*heading), legend + GAP * bool(rows)
    height = max(HEIGHT + LINE_HEIGHT * heading[1].count("\n"), 2 * EDGE + head + below + CURVE)
    inner = height - 2 * EDGE - head
    wide = Box(EDGE, EDGE, WIDTH - 2 * EDGE - side - GAP, inner)
    narrow = Box(WIDTH - EDGE - side, EDGE, side, inner - below)
    return Layout(height, wide, narrow, Box(narrow.left, wide.top - legend, side, legend))
