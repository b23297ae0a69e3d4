"""The legend of a figure of runs: a line sample, a label and a result per run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.lines import Line2D

from descent.plots import style
from descent.plots.figures import POINT, Box, NotebookFigure, text_width

if TYPE_CHECKING:
    from descent.plots.style import RunStyle

PAD = 0.14  # inches, as all lengths here
SAMPLE = 0.34
LINE = 16.5 * POINT
BETWEEN = 5 * POINT
RISE = 0.05  # from the foot of a line to the text's baseline
COLUMN_GAP = 0.2
MAX_ROWS = 10  # of more runs, the others are counted


class LegendRow(NamedTuple):
    """The label of a run, a muted detail beside or below it, and the style of its line."""

    label: str
    detail: str
    style: RunStyle


def shown_rows(rows: Sequence[LegendRow]) -> Sequence[LegendRow]:
    """Return the rows that fit."""
    return rows if len(rows) <= MAX_ROWS else rows[: MAX_ROWS - 1]


def legend_height(rows: Sequence[LegendRow], width: float) -> float:
    """Return the height in inches of a legend that is `width` inches wide."""
    shown = len(shown_rows(rows)) + (len(rows) > MAX_ROWS)
    details = 0 if detail_column(rows, width) else sum(bool(row.detail) for row in rows[:shown])
    return 2 * PAD + (shown + details) * LINE + (shown - 1) * BETWEEN


def detail_column(rows: Sequence[LegendRow], width: float) -> float:
    """Return the x offset of the details beside the labels; 0 if they must go below them."""
    shown = shown_rows(rows)
    labels = max(text_width(row.label) for row in shown)
    details = max(text_width(row.detail) for row in shown)
    column = PAD + SAMPLE + labels + COLUMN_GAP
    return column if column + details + PAD <= width else 0.0


def write_legend(figure: NotebookFigure, box: Box, rows: Sequence[LegendRow]) -> None:
    """Write the rows into `box`."""
    palette = figure.palette
    figure.fill(box, color=palette.panel)
    column = detail_column(rows, box.width)
    left, width, y = box.left + PAD + SAMPLE, box.width - 2 * PAD - SAMPLE, box.top - PAD
    for row in shown_rows(rows):
        y -= LINE
        _draw_sample(figure, box.left + PAD, y + 0.38 * LINE, row.style)
        figure.write(left, y + RISE, row.label, width, color=row.style.color)
        if row.detail and not column:
            y -= LINE
        x = box.left + column if column else left
        figure.write(x, y + RISE, row.detail, box.left + box.width - x, color=palette.muted)
        y -= BETWEEN
    others = len(rows) - len(shown_rows(rows))
    if others:
        figure.write(left, y - LINE + RISE, f"and {others} more", color=palette.muted)


def _draw_sample(figure: NotebookFigure, x: float, y: float, run_style: RunStyle) -> None:
    ends = [figure.corner(Box(end, y, 0, 0)) for end in (x, x + SAMPLE - 0.08)]
    middle = figure.corner(Box(x + (SAMPLE - 0.08) / 2, y, 0, 0))
    for points, marker in ((ends, ""), ([middle], run_style.marker)):
        sample = Line2D(
            *zip(*points, strict=True),
            color=run_style.color,
            linestyle=run_style.dashes,
            linewidth=style.LINE,
            marker=marker,
            markersize=6,
            transform=figure.transFigure,
        )
        figure.add_artist(sample)
