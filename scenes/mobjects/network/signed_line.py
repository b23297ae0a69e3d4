"""Lines that show the size and sign of a partial derivative, and their key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import LEFT, RIGHT, DashedLine, Line, VGroup

from descent.text.numbers import fixed
from scenes import style
from scenes.facts.partials import Partial
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import numeral

DASH = 0.28
LEAST_DASHES = 6
KEY_Y = -2.85
SAMPLE = 0.85


def line_width(size: float, largest: float, widest: float) -> float:
    """Return the stroke width for a partial of this size; the largest gets the widest."""
    share = size / largest if largest > 0 else 0.0
    return style.HAIRLINE + (widest - style.HAIRLINE) * share


def signed_line(start: np.ndarray, end: np.ndarray, negative: bool) -> Line:
    """Return a solid line, or a dashed one if `negative`."""
    if not negative:
        return Line(start, end)
    dash = min(DASH, float(np.linalg.norm(end - start)) / LEAST_DASHES)
    return DashedLine(start, end, dash_length=dash, dashed_ratio=0.55)


class PartialKey(VGroup):
    """The key of the lines: solid, dashed, and the size of the widest.

    Args:
        every: All partials of the network.
        widest: Stroke width of the largest.
        y: Its height on the screen.
    """

    def __init__(self, every: Sequence[Partial], widest: float, y: float = KEY_Y) -> None:
        super().__init__()
        muted, largest = style.palette().muted, max(one.size for one in every)
        self.add(self._entry(Label("positive", color=muted), style.LINE, False))
        self.add(self._entry(Label("negative", color=muted), style.LINE, True))
        if largest > 0:
            text = f"size {fixed(largest)}"
            size = Label(f"size {numeral(largest)}", color=muted, plain_text=text)
            self.add(self._entry(size, widest, False))
        self.arrange(RIGHT, buff=0.6).move_to((style.LEFT, y, 0), LEFT)

    @staticmethod
    def _entry(label: Label, width: float, negative: bool) -> VGroup:
        line = signed_line(np.zeros(3), SAMPLE * RIGHT, negative)
        line.set_stroke(style.palette().gradient, width)
        return VGroup(line, label.next_to(line, RIGHT, buff=style.GAP))
