"""The point of (W1, b1) on the map of the loss, with the way it came."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DashedLine, Dot, Line, VGroup

from scenes import style
from scenes.mobjects.arrows import arrow
from scenes.mobjects.descent.loss_view import loss_view
from scenes.mobjects.rows.neuron_line import put
from scenes.mobjects.two_pictures.places import MAP_BOX, RIGHT_HALF

TRAIL, FOOTPRINT, HALO = 0.55, 0.6, 0.22


class MapPicture(VGroup):
    """The map of a run, its present point and its links so far.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`, all of whose points are in its
            first view.
    """

    def __init__(self, run: Any) -> None:
        super().__init__()
        self.run, self.trajectory = run, run.trajectory
        names, view = self.trajectory.names, int(run.views[0])
        self.view = loss_view(run.landscapes, names, MAP_BOX, view, RIGHT_HALF)
        self.plot = self.view.plot
        self.links, self.footprints = VGroup(), VGroup()
        self.link: Line | None = None
        color = style.palette().parameter
        halo = Dot(radius=2 * style.POINT, color=color).set_opacity(HALO)
        self.point = VGroup(halo, Dot(radius=style.POINT, color=color))
        self.point.set_z_index(style.GEOMETRY + 2)
        self.move_to_params(self.trajectory.iterates[0])
        self.add(self.view, self.links, self.footprints)

    def move_to_params(self, params: np.ndarray) -> None:
        """Move the point, and the end of the last link, to `params`."""
        here = self.plot.place(*params)
        self.point.move_to(here)
        if self.link is not None:
            put(self.link, self.link.get_start(), here)

    def leave(self, t: int) -> None:
        """Leave a footprint at iterate `t`, and begin a new link there."""
        here, color = self.plot.place(*self.trajectory.iterates[t]), style.palette().parameter
        self.link = Line(here, here + 1e-6, stroke_width=style.LINE, color=color)
        footprint = Dot(here, radius=style.DOT, color=color).set_opacity(FOOTPRINT)
        self.links.add(self.link.set_stroke(opacity=TRAIL).set_z_index(style.GEOMETRY))
        self.footprints.add(footprint.set_z_index(style.GEOMETRY))

    def step_arrow(self, t: int) -> Any:
        """Return the arrow of step `t`, in the scale of the axes."""
        start, end = (self.plot.place(*self.trajectory.iterates[k]) for k in (t, t + 1))
        return arrow(start, end, "learning_rate")

    def guides(self, params: np.ndarray) -> VGroup:
        """Return dashed lines from both axes to the place of `params`."""
        here, box = self.plot.place(*params), self.plot.box
        feet = (here[0], box.bottom, 0.0), (box.left, here[1], 0.0)
        color = style.palette().parameter
        lines = (DashedLine(np.array(foot), here, color=color) for foot in feet)
        return VGroup(*lines).set_stroke(width=style.LINE).set_z_index(style.GEOMETRY)
