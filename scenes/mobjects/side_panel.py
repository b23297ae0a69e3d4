"""The right column: cards that hold numbers, and the rows of their tables."""

from __future__ import annotations

from manim import Line, RoundedRectangle

from scenes import style
from scenes.mobjects.boxes import Box

PAD = 0.18
ROW = 0.5
TOP = style.STAGE_TOP + 0.3
INNER = (style.LEDGER_LEFT + PAD, style.RIGHT - PAD)
CORNER = 0.12


def card(box: Box) -> RoundedRectangle:
    """Return the quiet ground of what stands in `box`."""
    ground = RoundedRectangle(
        corner_radius=CORNER,
        width=box.width,
        height=box.height,
        fill_color=style.palette().panel,
        fill_opacity=1,
        stroke_width=0,
    )
    ground.move_to(((box.left + box.right) / 2, (box.bottom + box.top) / 2, 0))
    return ground.set_z_index(style.FRONT)


def panel_card(top: float, bottom: float) -> RoundedRectangle:
    """Return the ground of a ledger between two heights."""
    return card(Box(style.LEDGER_LEFT, bottom, style.RIGHT, top))


def row_y(row: int) -> float:
    """Return the height of a row of a table at the top of the column, 0 being the head."""
    return TOP - PAD - (row + 0.5) * ROW


def rule(y: float) -> Line:
    """Return a thin line across the column."""
    ends = ((INNER[0], y, 0), (INNER[1], y, 0))
    line = Line(*ends, stroke_width=style.HAIRLINE, color=style.palette().grid)
    return line.set_z_index(style.FRONT)


def rule_above(row: int) -> Line:
    """Return the thin line above a row."""
    return rule(row_y(row) + ROW / 2)
