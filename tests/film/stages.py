"""What is on the stage of a clip, under its title and the line below it, in every frame."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby, islice
from typing import Any

import numpy as np
from manim import ManimColor

from descent.text.numbers import rate
from scenes import style
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_history import LossHistory
from scenes.mobjects.opening import OpeningPicture
from scenes.mobjects.race.runner import Runner
from scenes.typesetting.labels import Label
from tests.every_frame import EveryFrame

LEAST_LIGHT = 14 / 255  # by which what is seen differs from the ground
LEAST_INK = 6  # levels
FEWEST = 3  # parts of a picture: a line alone is none
SAME = 10  # levels, of which an edge that is mixed once more may differ
STAGE_TOP = 2.62  # below the line under the title
RATES = ("very_small", "just_right", "very_large")


class Stages(EveryFrame):
    """Plays every frame of a clip, paints the first and the last, and looks for empty stages.

    Attributes:
        empty: For every frame, whether hardly anything but the title and the line under it is seen.
        first: What is painted in the first frame, shape (height, width, 3).
        last: What is painted in the last frame, shape (height, width, 3).
        ground: The colour of the ground, shape (3,).
        colors: For everything drawn of a run: the name of its rate, what it is, its colour, and
            the colour of that rate in the palette.
    """

    def __init__(self) -> None:
        super().__init__(self.note_frame)
        self.empty: list[bool] = []
        self.first: Any = None
        self.last: Any = None
        self.ground = np.round(255 * ground()).astype(int)
        self.colors: set[tuple[str, str, str, str]] = set()

    def note_frame(self, scene: Any) -> None:
        """Note what this frame shows."""
        if self.first is None:
            self.first = self.stage_picture(scene)
        parts = chain.from_iterable(map(seen_parts, scene.on_stage()))
        self.is_empty = len(list(islice(parts, FEWEST))) < FEWEST

    def _record(self, repeat: int) -> None:
        self.empty += [self.is_empty] * repeat
        super()._record(repeat)

    def stage_picture(self, scene: Any) -> np.ndarray:
        """Return what is on screen now, below the line under the title."""
        picture = self.still(scene)[..., :3].astype(int)
        return picture[round((4 - STAGE_TOP) / 8 * len(picture)) :]

    def gaps(self, frame_rate: int) -> list[tuple[float, float]]:
        """Return from when on the stage is empty, and for how long, in seconds."""
        found, at = [], 0
        for is_empty, frames in groupby(self.empty):
            length = len(list(frames))
            if is_empty:
                found.append((at / frame_rate, length / frame_rate))
            at += length
        return found

    def note_colors(self, scene: Any) -> None:
        """Note the colour of every path, loss curve and rate on screen."""
        runs = {name: scene.inputs[name] for name in RATES if name in scene.inputs}
        for part in scene.mobjects:
            if isinstance(part, OpeningPicture):  # that of the title, where no rate is compared
                continue
            for member in part.get_family():
                for name, run in runs.items():
                    right = ManimColor(getattr(style.palette(), name)).to_hex()
                    for color in colors_of(member, run):
                        self.colors.add((name, type(member).__name__, color, right))


def alike(before: Stages, after: Stages) -> float:
    """Return which part of what one of two pictures shows, on their stages, is in both."""
    one, other = before.last, after.first
    ink = [np.abs(picture - before.ground).max(axis=2) > LEAST_INK for picture in (one, other)]
    return float((np.abs(one - other).max(axis=2) <= SAME)[ink[0] | ink[1]].mean())


def ground() -> np.ndarray:
    """Return the colour of the ground, shape (3,)."""
    return np.array(ManimColor(style.palette().background).to_rgb())


def seen_parts(mobject: Any) -> Iterator[Any]:
    """Yield the parts of a mobject that differ from the ground."""
    for member in mobject.family_members_with_points():
        strokes = member.stroke_rgbas if member.get_stroke_width() > 0 else member.stroke_rgbas[:0]
        for rgba in (*member.fill_rgbas, *strokes):
            if np.abs(rgba[3] * (rgba[:3] - ground())).max() > LEAST_LIGHT:
                yield member
                break


def colors_of(member: Any, run: Any) -> set[str]:
    """Return the colours in which a mobject shows a run; none if it does not."""
    trajectory, colors = run.trajectory, list[Any]()
    if isinstance(member, IteratePath) and member.trajectory is trajectory:
        colors = [member.path_color, member.point[-1].get_fill_color()]
    elif isinstance(member, Runner) and member.trajectory is trajectory:
        colors = [member.run_color]
    elif isinstance(member, LossHistory) and member.losses is trajectory.losses:
        colors = [member.line_color]
    elif isinstance(member, Label) and member.plain_text.endswith(f"η = {rate(run.learning_rate)}"):
        colors = [member.submobjects[-1].get_fill_color()]
    return {ManimColor(one).to_hex() for one in colors}
