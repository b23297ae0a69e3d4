"""How tests read what a figure of matplotlib says and shows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np


def plain(text: str) -> str:
    """Return what a text says without the marks that set it as mathematics."""
    return re.sub(r"[$_^{}]", "", text)


def texts(picture: Any) -> list[str]:
    """Return all that is written on a figure outside its axes."""
    return [plain(text.get_text()) for text in picture.texts]


def heading(picture: Any) -> list[str]:
    """Return the title and the lines below it, which all begin at the left edge."""
    left = min(text.get_position()[0] for text in picture.texts)
    return [plain(text.get_text()) for text in picture.texts if text.get_position()[0] == left]


def line_through(axes: Any, points: Any, within: float = 0.0) -> bool:
    """Return whether one of the lines goes through `points`, in this order, and no others."""
    expected = np.asarray(points)
    drawn = (np.column_stack(line.get_data()) for line in axes.lines)
    return any(
        line.shape == expected.shape and np.allclose(line, expected, rtol=0, atol=within)
        for line in drawn
    )
