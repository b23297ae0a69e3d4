"""The whole path of a run of many parameters, on a plane of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import VGroup

from scenes.mobjects.boxes import FRAME, MAIN, Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_view import loss_view


class WholePanel(VGroup):
    """The loss on the plane of a whole run, and the path up to a step.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        t: The step up to which the path is drawn.
        box: Where on the screen.
        color: Of the path.
        frame: The part of the screen that is covered around the box.
    """

    def __init__(
        self,
        run: Any,
        t: int,
        box: Box = MAIN,
        color: str | None = None,
        frame: Box = FRAME,
    ) -> None:
        super().__init__()
        self.run, self.box, self.mark, self.note = run, box, None, None
        landscapes = run.overview or run.landscapes[-1:]
        self.view = loss_view(landscapes, run.full.names, box, frame=frame)
        self.path = IteratePath(run.full, self.view, color, tagged=False, start=t)
        self.add(self.view, self.path)

    def leaves_view(self, t: int) -> bool:
        """Return whether iterate `t` needs another view; this one holds them all."""
        return False

    def keep_clear(self, places: np.ndarray) -> None:
        """Do nothing: there is no θ^t to keep away from places."""
