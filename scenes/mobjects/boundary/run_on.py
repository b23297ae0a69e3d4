"""Many further steps in one motion: a counter, and a point that moves with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import UL, Animation, UpdateFromAlphaFunc, VGroup, VMobject

from descent.text.numbers import whole
from scenes import style
from scenes.facts.selection import evenly_spaced
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label

DRAWN_AT_MOST = 600
# Right of the name of the axis, and of a power of ten beside it.
CORNER = style.MAIN_LEFT + 1.35, style.MAIN_TOP + 0.5


class StepCounter(VGroup):
    """The number of the present step: "step 6 of 539".

    Args:
        last: The last step; not named if it is None.
        t: The first number.
        plot: The axes above which it stands.
        corner: The place of its upper left corner, where no axes are.
    """

    def __init__(
        self,
        last: int | None = None,
        t: int = 0,
        plot: Plot | None = None,
        corner: tuple[float, float] = CORNER,
    ) -> None:
        super().__init__()
        self.last = last
        left, self.top = corner
        self.left = left if plot is None else plot.free_above(left)
        self.top -= 0.0 if plot is None else style.MAIN_TOP - plot.box.top
        self.set_step(t)

    def set_step(self, t: int) -> None:
        """Show another number."""
        of = f" of {whole(self.last)}" if self.last is not None else ""
        label = Label(f"step {whole(t)}{of}", style.TEXT, style.palette().learning_rate)
        self.t = t
        self.remove(*self.submobjects)
        self.add(label.move_to((self.left, self.top, 0), UL))

    def run(self, to: int) -> Animation:
        """Return the animation that counts on, in time with `move_on`."""
        since = self.t

        def count(counter: Any, part: float) -> None:
            counter.set_step(since + round(part * (to - since)))

        return UpdateFromAlphaFunc(self, count)


def move_on(path: IteratePath, iterates: np.ndarray, losses: np.ndarray) -> Animation:
    """Return the animation of further steps, shapes (k, n) and (k,), as many in equal times."""
    places = np.array([path.view.locate(*pair) for pair in zip(iterates, losses, strict=True)])
    line = VMobject(stroke_color=path.path_color, stroke_width=style.LINE)
    path.add(line.set_z_index(style.GEOMETRY))
    some = evenly_spaced(len(places), DRAWN_AT_MOST)

    def move(moving: Any, part: float) -> None:
        at = part * (len(places) - 1)
        before = int(at)
        after = min(before + 1, len(places) - 1)
        here = places[before] + (at - before) * (places[after] - places[before])
        path.point.move_to(here)
        line.set_points_as_corners([*places[some[some <= before]], here])

    return UpdateFromAlphaFunc(VGroup(path.point, line), move)
