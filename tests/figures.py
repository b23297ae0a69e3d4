"""Read the texts, lines and colours of a matplotlib figure."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.text import Text


def plain(text: str) -> str:
    """Return a text without the characters that set it as mathematics."""
    return re.sub(r"[$_^{}]", "", text)


def texts(figure: Any) -> list[str]:
    """Return all texts of a figure outside its axes."""
    return [plain(text.get_text()) for text in figure.texts]


def heading(figure: Any) -> list[str]:
    """Return the title and the lines below it, which all start at the left edge."""
    left = min(text.get_position()[0] for text in figure.texts)
    return [plain(text.get_text()) for text in figure.texts if text.get_position()[0] == left]


def line_through(axes: Any, points: Any, within: float = 0.0) -> bool:
    """Return whether a line goes through exactly `points`, in this order."""
    expected = np.asarray(points)
    joined = (line for line in axes.lines if line.get_linestyle() != "None")
    drawn = (np.column_stack(line.get_data()) for line in joined)
    return any(
        line.shape == expected.shape and np.allclose(line, expected, rtol=0, atol=within)
        for line in drawn
    )


def all_texts(figure: Any) -> list[Text]:
    """Return every text that a drawn figure shows, tick labels included."""
    found = list(figure.texts)
    for axes in figure.axes:
        found += [child for child in axes.get_children() if isinstance(child, Text)]
        found += [axes.xaxis.label, axes.yaxis.label]
        found += [] if axes.get_legend() is None else axes.get_legend().get_texts()
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [tick.label1 for tick in ticks]
    return [text for text in found if text.get_text()]


def contrast(foreground: Any, background: Any) -> float:
    """Return the contrast of two colours by WCAG 2, from 1 to 21."""
    luminances = []
    for color in (foreground, background):
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in to_rgb(color)
        ]
        luminances.append(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])
    return (max(luminances) + 0.05) / (min(luminances) + 0.05)
