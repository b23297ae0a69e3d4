"""The opening card, over a real descent."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DL, RIGHT, UP, ManimColor, Rectangle, VGroup

from scenes import style
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_view import loss_view
from scenes.typesetting.labels import Label, escape
from scenes.wording import runs as wording

PATH_FROM, PATH_TO = -0.5, 6.0
LEAST_WIDTH, MOST_WIDTH = 12.2, 16.0
VEIL_EDGE, VEILED_TO = -7.2, 1.6
VEIL_STOPS = 24
LINE_STEP = 1.15
WIDEST = 7.2
QUICK = 0.6


class Title(LectureScene):
    """The unit's name, while a recorded descent finds its minimum behind it."""

    slug = "title"

    def construct(self) -> None:
        """Show the name over the landscape, then the descent."""
        run = self.given("just_right")
        self.trajectory = run.trajectory
        widest = int(max(run.views))
        self.view = loss_view(run.landscapes, self.trajectory.names, backdrop(run), widest)
        self.show_name()
        self.descend()

    def show_name(self) -> None:
        """Bring in the name over the landscape of the loss."""
        assert self.clip is not None
        self.beat("name", caption=f"{self.clip.title}.")
        self.add(self.view.ground, veil())
        self.name = hero(self.clip.title)
        self.play(FadeIn(self.name, shift=0.2 * UP), run_time=style.BEAT)
        self.hold()

    def descend(self) -> None:
        """Let the recorded run go down, and say what it is."""
        steps = wording.steps_of(self.trajectory.steps)
        said = f"{steps} of gradient descent, as PyTorch took them"
        self.beat("descent", caption=f"In the picture: {said}.")
        line = Label(said, style.TEXT, style.palette().muted)
        line.move_to((style.LEFT, style.BOTTOM, 0), DL)
        path = IteratePath(self.trajectory, self.view, tagged=False)
        self.play(FadeIn(path), FadeIn(line), run_time=style.MOVE)
        for _ in range(self.trajectory.steps):
            self.play(*path.move(), run_time=QUICK)
        self.hold(style.HOLD)


def hero(title: str) -> VGroup:
    """Return the name in large letters at the left, a word a line, never wider than its half."""
    lines = VGroup(*(Label(escape(word), style.HERO) for word in title.split()))
    for k, line in enumerate(lines):
        line.move_to((style.LEFT, 0.6 - LINE_STEP * k, 0), DL)
    if lines.width > WIDEST:
        lines.scale(WIDEST / lines.width, about_point=lines[0].get_corner(DL))
    return lines.shift(LINE_STEP / 2 * (len(lines) - 1) * UP)


def backdrop(run: Any) -> Box:
    """Return the box for the landscape that fills the frame and keeps the path off the name."""
    low, high = run.landscapes[int(max(run.views))].window[0]
    places = (run.trajectory.iterates[:, 0] - low) / (high - low)
    first, last = float(places.min()), float(places.max())
    width = max(LEAST_WIDTH, (PATH_TO - PATH_FROM) / max(last - first, 0.1))
    width = min(width, MOST_WIDTH)
    left = PATH_FROM - first * width
    return Box(left, -width / 3, left + width, width / 3)


def veil() -> Rectangle:
    """Return a curtain that lets the landscape out of the ground, from left to right."""
    curtain = Rectangle(width=VEILED_TO - VEIL_EDGE, height=8.4, stroke_width=0)
    curtain.move_to(((VEILED_TO + VEIL_EDGE) / 2, 0, 0))
    colour = ManimColor(style.palette().background).to_rgba()
    curtain.fill_rgbas = np.array([[*colour[:3], 1 - rise] for rise in smooth_ramp(VEIL_STOPS)])
    curtain.set_sheen_direction(RIGHT)
    return curtain.set_z_index(style.GEOMETRY)


def smooth_ramp(count: int) -> np.ndarray:
    """Return a smooth rise from 0 to 1, shape (count,)."""
    x = np.linspace(0, 1, count)
    return x * x * (3 - 2 * x)
