"""The side panel: cards that hold numbers, and the rows of their tables."""

from __future__ import annotations

from manim import LEFT, UP, Line, RoundedRectangle

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.typesetting.labels import Label

PAD = 0.18
ROW = 0.46
TOP = style.MAIN_TOP + 0.3
INNER = (style.SIDE_LEFT + PAD, style.RIGHT - PAD)
CORNER = 0.12


def card(box: Box) -> RoundedRectangle:
    """Return the card in `box`, behind its text."""
    background = RoundedRectangle(
        corner_radius=CORNER,
        width=box.width,
        height=box.height,
        fill_color=style.palette().panel,
        fill_opacity=1,
        stroke_width=0,
    )
    background.move_to(box.center)
    return background.set_z_index(style.FRONT)


def panel_card(top: float, bottom: float, left: float = style.SIDE_LEFT) -> RoundedRectangle:
    """Return the background of a table between two heights, from `left` to the margin."""
    return card(Box(left, bottom, style.RIGHT, top))


def row_y(row: int) -> float:
    """Return the height of a row of a table at the top of the panel; row 0 is the head."""
    return TOP - PAD - (row + 0.5) * ROW


def rule(y: float, left: float = style.SIDE_LEFT) -> Line:
    """Return a thin line across the panel that begins at `left`."""
    ends = ((left + PAD, y, 0), (INNER[1], y, 0))
    line = Line(*ends, stroke_width=style.HAIRLINE, color=style.palette().grid)
    return line.set_z_index(style.FRONT)


def rule_above(row: int) -> Line:
    """Return the thin line above a row."""
    return rule(row_y(row) + ROW / 2)


def level_with_row(name: Label, row: int) -> Label:
    """Put a name at the left of a row, its first letter level with the row's numbers."""
    name.move_to((INNER[0], row_y(row), 0), LEFT)
    return name.shift((row_y(row) - name.family_members_with_points()[0].get_center()[1]) * UP)
