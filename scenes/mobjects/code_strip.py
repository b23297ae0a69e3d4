"""Some lines of PyTorch: each lights up when what it does happens on the stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import LEFT, UP, Animation, Line, VGroup

from scenes import style
from scenes.fading import FadeIn
from scenes.mobjects.boxes import Box
from scenes.mobjects.side_panel import card
from scenes.typesetting.labels import Phrase
from scenes.typesetting.markup import code

PAD = 0.2
LINE_HEIGHT = 0.42
BAR = 0.13  # half of the height of the mark beside the present line


class CodeStrip(VGroup):
    """A card with lines of code, pale until they are run.

    Args:
        lines: Of Python.
        left: Its left edge, in scene units.
        bottom: Its lower edge.
        right: Its right edge.
    """

    def __init__(self, lines: Sequence[str], left: float, bottom: float, right: float) -> None:
        super().__init__()
        self.box = Box(left, bottom, right, bottom + len(lines) * LINE_HEIGHT + 2 * PAD)
        parts = {line: (code(line), "muted") for line in lines}
        text = Phrase(parts, 1, align="left")
        text.move_to((left + PAD, (self.box.bottom + self.box.top) / 2, 0), LEFT)
        self.lines = list(text.parts.values())
        self.add(card(self.box), *self.lines)
        self.mark: Line | None = None

    def light(self, row: int) -> list[Animation]:
        """Return the animations that light up line `row`, and mark it as the one being run."""
        lit: Animation = self.lines[row].animate.set_color(style.palette().ink)  # pyright: ignore
        foot = np.array([self.box.left, self.lines[row].get_center()[1], 0])
        if self.mark is not None:
            return [lit, self.mark.animate.move_to(foot)]  # pyright: ignore
        self.mark = Line(foot - BAR * UP, foot + BAR * UP, stroke_width=style.BOLD)
        self.mark.set_color(style.palette().loss).set_z_index(style.FRONT + 1)
        self.add(self.mark)
        return [lit, FadeIn(self.mark)]
