"""The map on which a start is chosen: the loss, and a cross at its minimum."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import ORIGIN, RIGHT, VGroup

from scenes import style
from scenes.facts import map_place
from scenes.mobjects.boxes import Box
from scenes.mobjects.cross import cross
from scenes.mobjects.descent.loss_view import loss_view

BOX = Box(map_place.LEFT, map_place.BOTTOM, map_place.RIGHT, map_place.TOP)
HALF_WIDTH, HALF_HEIGHT = (
    half / 2 / map_place.ENLARGED for half in (map_place.FRAME_WIDTH, map_place.FRAME_HEIGHT)
)
BEYOND = 0.1  # of what covers the frame, so that its edge has no seam
FRAME = Box(-HALF_WIDTH - BEYOND, -HALF_HEIGHT - BEYOND, HALF_WIDTH + BEYOND, HALF_HEIGHT + BEYOND)


class StartPicture(VGroup):
    """A loss as a map or a curve, so large that it can be read in a small picture.

    Args:
        view: The `understanding_gradients.lecture.start_view.StartView`.
    """

    def __init__(self, view: Any) -> None:
        super().__init__()
        landscape = view.landscape
        self.view = loss_view((landscape,), landscape.names, BOX, frame=FRAME)
        self.add(self.view)
        if view.has_minimum:
            self.add(cross(self.view.locate(view.minimiser, view.minimum)))
        self._fit_name()
        self.scale(map_place.ENLARGED, about_point=ORIGIN)

    def place(self, params: np.ndarray, loss: float) -> np.ndarray:
        """Return the place of parameters, shape (n,), with their loss, shape (3,)."""
        return map_place.ENLARGED * self.view.locate(params, loss)

    def _fit_name(self) -> None:
        """Make the name beside the first axis as narrow as the picture needs it."""
        name, room = self.view.plot.names[0], HALF_WIDTH - BOX.right - 2 * style.GAP
        if name.width > room:
            name.scale_to_fit_width(room)
            name.next_to((BOX.right, BOX.bottom, 0), RIGHT, buff=style.GAP)
