"""A recorded descent that fills the frame, pale towards the words at the left."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UL, UP, Animation, ManimColor, Rectangle, VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_view import loss_view
from scenes.typesetting.labels import EM, Label

# The path lies within this box: clear of the words at its left, and of the margins.
PATH = Box(1.2, -2.75, 5.95, 3.2)
MOST_WIDTH = 18.0
FRAME = Box(-7.2, -4.1, 7.2, 4.1)
WORDS_TO = PATH.left - 0.3  # no line of the landscape is seen left of this, under the words
VEILED_TO, EDGE = 2.2, 1.6
VEIL_STOPS = 24
RIM = 0.05  # of a line at the edge of the landscape


class OpeningPicture(VGroup):
    """A loss, and as much of a run over it as its widest view holds.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
    """

    def __init__(self, run: Any) -> None:
        super().__init__()
        self.trajectory = run.trajectory
        widest = int(max(run.views))
        landscape = run.landscapes[widest]
        inside = [landscape.contains(params) for params in self.trajectory.iterates]
        self.steps = (inside.index(False) if False in inside else len(inside)) - 1
        box = backdrop(landscape, self.trajectory, self.steps)
        view = loss_view(run.landscapes, self.trajectory.names, box, widest)
        self.path = IteratePath(self.trajectory, view, tagged=False)
        self.add(view.drawing, *veils(box), self.path)

    def step(self) -> list[Animation]:
        """Return the animations of the next step."""
        return self.path.move()

    def finish(self) -> None:
        """Draw all steps at once."""
        while self.path.t < self.steps:
            self.path.move()
        self.path.point.move_to(self.path.place(self.steps))


def end_card(question: str, *answers: str) -> list[Label]:
    """Return the last words at the left: the question in its place, and what answers it."""
    palette = style.palette()
    kinds = (style.TEXT, palette.muted), (style.TITLE, palette.ink), (style.TEXT, palette.muted)
    lines: list[Label] = []
    for text, (size, color) in zip((question, *answers), kinds, strict=True):
        width = (WORDS_TO - style.LEFT) / (EM * size)
        line = Label(f"#block(width: {width:.2f}em)[{text}]", size, color, plain_text=text)
        below = lines[-1].get_bottom()[1] - 0.45 if lines else 1.4
        lines.append(line.move_to((style.LEFT, below, 0), UL))
    return lines


def backdrop(landscape: Any, trajectory: Any, steps: int) -> Box:
    """Return the box of a landscape that fills the frame, or as much as keeps the path in place."""
    (low, high), *others = landscape.window
    across = (trajectory.iterates[: steps + 1, 0] - low) / (high - low)
    if others:
        down, up = others[0]
        rises = (trajectory.iterates[: steps + 1, 1] - down) / (up - down)
    else:
        values = landscape.values[np.isfinite(landscape.values)]
        rises = (trajectory.losses[: steps + 1] - values.min()) / max(np.ptp(values), 1e-300)
    (first, last), (bottom, top) = ((min(ends), max(ends)) for ends in (across, rises))
    room = PATH.width / max(last - first, 1e-9), PATH.height / max((top - bottom) / 1.5, 1e-9)
    width = min(MOST_WIDTH, *room)
    left = PATH.left - first * width if width < MOST_WIDTH else _middle(PATH, first, last, width)
    height = width / 1.5
    lowest, highest = PATH.bottom - bottom * height, PATH.top - top * height
    foot = float(np.clip(-height / 2, min(lowest, highest), max(lowest, highest)))
    return Box(left, foot, left + width, foot + height)


def _middle(box: Box, first: float, last: float, width: float) -> float:
    """Return the left end of a span of `width` whose part from `first` to `last` is in `box`."""
    return (box.left + box.right - (first + last) * width) / 2


def veils(box: Box) -> list[Rectangle]:
    """Return curtains over the words' side, and over the edges where the landscape ends."""
    left, right, low, high = box.left - RIM, box.right + RIM, box.bottom - RIM, box.top + RIM
    covered = (WORDS_TO - FRAME.left) / (VEILED_TO - FRAME.left)
    veiled = [_veil(Box(FRAME.left, FRAME.bottom, VEILED_TO, FRAME.top), RIGHT, covered)]
    if left > FRAME.left:
        veiled.append(_veil(Box(left, FRAME.bottom, left + EDGE, FRAME.top), RIGHT))
    if right < FRAME.right:
        veiled.append(_veil(Box(right - EDGE, FRAME.bottom, right, FRAME.top), LEFT))
    if high < FRAME.top:
        veiled.append(_veil(Box(FRAME.left, high - EDGE, FRAME.right, high), DOWN))
    if low > FRAME.bottom:
        veiled.append(_veil(Box(FRAME.left, low, FRAME.right, low + EDGE), UP))
    return veiled


def _veil(box: Box, towards: np.ndarray, covered: float = 0.0) -> Rectangle:
    """Return a curtain through which the landscape appears in one direction.

    Args:
        box: Its place.
        towards: The direction.
        covered: The share of it that is opaque.
    """
    curtain = Rectangle(width=box.width, height=box.height, stroke_width=0)
    curtain.move_to(box.center)
    color = ManimColor(style.palette().background).to_rgba()
    hidden = np.zeros(round(covered / (1 - covered) * VEIL_STOPS))
    rises = np.concatenate([hidden, smooth_ramp(VEIL_STOPS)])
    curtain.fill_rgbas = np.array([[*color[:3], 1 - rise] for rise in rises])
    curtain.set_sheen_direction(towards)
    return curtain.set_z_index(style.GEOMETRY)


def smooth_ramp(count: int) -> np.ndarray:
    """Return a smooth rise from 0 to 1, shape (count,)."""
    x = np.linspace(0, 1, count)
    return x * x * (3 - 2 * x)
