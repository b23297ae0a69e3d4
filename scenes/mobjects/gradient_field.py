"""The gradients at many places of a map: arrows of one length, whose widths tell their size."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, Arrow, Dot, LaggedStart, VGroup

from scenes import style
from scenes.facts.gradients import is_rounding
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import Box
from scenes.mobjects.gradient_map import GradientMap, above_corner
from scenes.typesetting.labels import Label

LENGTH = 0.62
THINNEST, THICKEST = 2.0, 9.0
TANGENT = 1.5
CLEAR = 0.05
PALE = 0.3


class GradientFieldArrows(VGroup):
    """An arrow straight uphill at every place of a field; a dot where the gradient is zero.

    Along one parameter they are pieces of tangents.

    Args:
        field: The `understanding_gradients.lecture.recordings.GradientField`.
        drawn: The map, in whose view the field was recorded.
    """

    def __init__(self, field: Any, drawn: GradientMap) -> None:
        super().__init__()
        self.field, self.drawn = field, drawn
        kept = np.isfinite(field.gradients).all(axis=1) & self._beside_the_start()
        self.places, self.gradients = field.places[kept], field.gradients[kept]
        self.sizes = np.linalg.norm(self.gradients, axis=1)
        order = np.argsort([float(np.linalg.norm(self._away(k))) for k in range(len(self.places))])
        self.marks = VGroup(*(self._mark(int(k)) for k in order))
        self.add(self.marks)

    def appear(self) -> Animation:
        """Return the animation in which one mark after the other appears."""
        return LaggedStart(*map(FadeIn, self.marks), lag_ratio=0.12)

    def step_back(self) -> Any:
        """Return the animation that leaves the arrows pale, and no tangents."""
        if self.drawn.is_curve:
            return FadeOut(self)
        return self.animate.set_opacity(PALE)

    def label(self, box: Box) -> Label:
        """Return what the arrows show, to be put above the upper right corner."""
        text = "slopes" if self.drawn.is_curve else "width: size of the gradient"
        return above_corner(Label(text, color=style.palette().gradient), box)

    def _beside_the_start(self) -> np.ndarray:
        """Return which places are not covered by the gradient of the start, shape (k,)."""
        mark = self.drawn.uphill(0)
        if self.drawn.is_curve or mark is None:
            return np.ones(len(self.field.places), dtype=bool)
        way = np.linspace(mark.get_start(), mark.get_end(), 12)
        feet = np.array([self.drawn.view.locate(place, 0.0) for place in self.field.places])
        return np.linalg.norm(feet[:, None] - way[None], axis=2).min(axis=1) > LENGTH / 2 + CLEAR

    def _mark(self, k: int) -> Arrow | Dot | Any:
        params, gradient = self.places[k], self.gradients[k]
        foot = self.drawn.view.locate(params, self._loss(k))
        if is_rounding(gradient, params, self.drawn.run.sharpness):
            return Dot(foot, radius=style.DOT, color=style.palette().gradient)
        if self.drawn.is_curve:
            return self.drawn.view.tangent(params, self._loss(k), float(gradient[0]), TANGENT)
        way = self.drawn.drawn(gradient)
        way = LENGTH * way / np.linalg.norm(way)
        return _arrow(foot - way / 2, foot + way / 2, self._width(k))

    def _away(self, k: int) -> np.ndarray:
        """Return the way from the start to a place, on the screen."""
        start = self.drawn.path.place(0)
        return self.drawn.view.locate(self.places[k], self._loss(k)) - start

    def _loss(self, k: int) -> float:
        """Return the loss at a place, where it is the height of a curve."""
        if not self.drawn.is_curve:
            return 0.0
        landscape = self.drawn.view.landscape
        return float(np.interp(self.places[k, 0], landscape.axes[0], landscape.values))

    def _width(self, k: int) -> float:
        share = float(self.sizes[k] / self.sizes.max())
        return THINNEST + (THICKEST - THINNEST) * share


def _arrow(start: np.ndarray, end: np.ndarray, width: float) -> Arrow:
    drawn = Arrow(
        start,
        end,
        buff=0,
        stroke_width=width,
        tip_length=0.13 + 0.012 * width,
        max_tip_length_to_length_ratio=0.45,
        max_stroke_width_to_length_ratio=100,
        color=style.palette().gradient,
    )
    return drawn.set_z_index(style.GEOMETRY + 1)
