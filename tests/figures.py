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
    joined = (line for line in axes.lines if line.get_linestyle() != "None")
    drawn = (np.column_stack(line.get_data()) for line in joined)
    return any(
        line.shape == expected.shape and np.allclose(line, expected, rtol=0, atol=within)
        for line in drawn
    )


def all_texts(picture: Any) -> list[Any]:
    """Return every text that a drawn figure shows, its numbers along the axes included."""
    found = list(picture.texts)
    for axes in picture.axes:
        found += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        found += [] if axes.get_legend() is None else axes.get_legend().get_texts()
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [tick.label1 for tick in ticks]
    return [text for text in found if text.get_text()]


def contrast(ink: Any, ground: Any) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    from matplotlib.colors import to_rgb

    lights = []
    for colour in (ink, ground):
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in to_rgb(colour)
        ]
        lights.append(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05)
    return max(lights) / min(lights)
