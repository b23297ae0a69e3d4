"""The cards of the column beside the main panel: their places, and the lines of text in them."""

from __future__ import annotations

import numpy as np

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.side_panel import TOP

COLUMN = Box(2.4, style.BOTTOM, style.RIGHT, TOP)
PAD = 0.16
LINE_HEIGHT = 0.38
CARD_GAP = 0.12


def column_card(top: float, lines: int) -> Box:
    """Return the box of a card in the column with room for `lines` lines."""
    return Box(COLUMN.left, top - lines * LINE_HEIGHT - 2 * PAD, COLUMN.right, top)


def line_place(box: Box, line: int, indent: float = 0.0) -> np.ndarray:
    """Return where line `line` of a card begins, half way up, shape (3,)."""
    y = box.top - PAD - (line + 0.5) * LINE_HEIGHT
    return np.array([box.left + PAD + indent, y, 0.0])
