"""A quiet panel that says which line is whose, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from descent.plots import style
from descent.plots.figures import POINT, Box, NotebookFigure, text_width

if TYPE_CHECKING:
    from descent.plots.style import RunStyle

PAD = 0.14  # inches, as all lengths here
SAMPLE = 0.34
LINE = 16.5 * POINT
BETWEEN = 5 * POINT
RISE = 0.05  # of the text above the foot of its line
COLUMN_GAP = 0.2
MOST = 10  # rows; of more runs, the others are counted


class Row(NamedTuple):
    """A line of the ledger, with a second one in quieter ink below it, if there is any."""

    label: str
    detail: str
    look: RunStyle


def shown_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows there is room for."""
    return rows if len(rows) <= MOST else rows[: MOST - 1]


def legend_height(rows: Sequence[Row], width: float) -> float:
    """Return how many inches a ledger of these rows takes, if it is `width` inches wide."""
    shown = len(shown_rows(rows)) + (len(rows) > MOST)
    lines = (
        shown if detail_column(rows, width) else sum(1 + bool(row.detail) for row in rows[:shown])
    )
    return 2 * PAD + lines * LINE + (shown - 1) * BETWEEN


def detail_column(rows: Sequence[Row], width: float) -> float:
    """Return how far in the details stand beside the labels; 0 if they must stand below them."""
    shown = shown_rows(rows)
    labels = max(text_width(row.label) for row in shown)
    details = max(text_width(row.detail) for row in shown)
    column = PAD + SAMPLE + labels + COLUMN_GAP
    return column if column + details + PAD <= width else 0.0


def write_legend(figure: NotebookFigure, box: Box, rows: Sequence[Row]) -> None:
    """Write the rows into `box`, each behind a sample of its line."""
    palette = figure.palette
    corner, size = figure.corner(box), figure.extent(box)
    panel = Rectangle(corner, *size, transform=figure.transFigure, color=palette.panel)
    figure.add_artist(panel)
    column = detail_column(rows, box.width)
    left, room, y = box.left + PAD + SAMPLE, box.width - 2 * PAD - SAMPLE, box.top - PAD
    for row in shown_rows(rows):
        y -= LINE
        _draw_sample(figure, box.left + PAD, y + 0.38 * LINE, row.look)
        figure.write(left, y + RISE, row.label, room, color=row.look.color)
        if row.detail and not column:
            y -= LINE
        place = box.left + column if column else left
        figure.write(place, y + RISE, row.detail, box.left + box.width - place, color=palette.muted)
        y -= BETWEEN
    others = len(rows) - len(shown_rows(rows))
    if others:
        figure.write(left, y - LINE + RISE, f"and {others} more", color=palette.muted)


def _draw_sample(figure: NotebookFigure, x: float, y: float, look: RunStyle) -> None:
    ends = [figure.corner(Box(place, y, 0, 0)) for place in (x, x + SAMPLE - 0.08)]
    middle = figure.corner(Box(x + (SAMPLE - 0.08) / 2, y, 0, 0))
    for places, marker in ((ends, ""), ([middle], look.marker)):
        xs, ys = zip(*places, strict=True)
        sample = Line2D(
            xs,
            ys,
            color=look.color,
            linestyle=look.dashes,
            linewidth=style.LINE,
            marker=marker,
            markersize=6,
            transform=figure.transFigure,
        )
        figure.add_artist(sample)
