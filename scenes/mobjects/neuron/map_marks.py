"""Marks on the map of a surface: losses of its lines, a line through the point, the two slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Line, SurroundingRectangle, VGroup, VMobject

from descent.text.numbers import fixed
from scenes import style
from scenes.facts.contour_lines import lines_at, map_lines
from scenes.mobjects.boxes import Box
from scenes.mobjects.gradient_map import GradientMap, above_corner
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label, number_label

EVERY = 3
EDGE_X, EDGE_Y = 0.6, 0.35
APART = 1.0
NEAR = 0.1


def ring_labels(landscape: Any, plot: Plot, clear_of: np.ndarray) -> VGroup:
    """Return the losses of every third line of the map of a landscape, on their lines.

    Args:
        landscape: A two-parameter `descent.Landscape`.
        plot: The axes of its map.
        clear_of: Places to keep away from, shape (k, 3).
    """
    labels, taken = VGroup(), [np.asarray(place) for place in clear_of]
    lines = map_lines(landscape)
    for level, parts in lines[::-1][::EVERY]:
        places = np.concatenate([plot.places(line[:, 0], line[:, 1]) for line in parts] or [[]])
        inside = places[_is_inside(places, plot)] if len(places) else places
        if not len(inside):
            continue
        gaps = np.linalg.norm(inside[:, None] - np.array(taken)[None], axis=2).min(axis=1)
        if gaps.max() < APART:
            continue
        place = inside[int(gaps.argmax())]
        taken.append(place)
        labels.add(_on_plate(number_label(fixed(level), color=style.palette().loss), place))
    return labels


def legend(box: Box) -> Label:
    """Return what the depth of the colour means, above the upper right corner of the map."""
    return above_corner(Label("the bluer, the lower Θ", color=style.palette().loss), box)


def line_through(drawn: GradientMap, landscape: Any) -> VGroup:
    """Return the line of equal loss through the point of a map; nothing where there is none."""
    found, here = VGroup(), drawn.path.place(0)
    for line in lines_at(landscape, float(drawn.trajectory.losses[0])):
        places = drawn.view.plot.places(line[:, 0], line[:, 1])
        if np.linalg.norm(places - here, axis=1).min() < NEAR:
            drawn_line = VMobject(stroke_color=style.palette().ink, stroke_width=style.LINE)
            found.add(drawn_line.set_points_as_corners(places))
    return found.set_z_index(style.GEOMETRY + 1)


def gradient_legs(drawn: GradientMap, gradient: np.ndarray) -> VGroup:
    """Return the two slopes as lines along their axes, one at the end of the other."""
    here = drawn.path.place(0)
    corner = here + drawn.drawn(np.array([gradient[0], 0.0]))
    ends = ((here, corner), (corner, here + drawn.drawn(gradient)))
    color = style.palette().gradient
    legs = (Line(*pair, stroke_width=style.LINE, color=color) for pair in ends)
    return VGroup(*legs).set_z_index(style.GEOMETRY + 1)


def _is_inside(places: np.ndarray, plot: Plot) -> np.ndarray:
    x, y = places[:, 0], places[:, 1]
    box = plot.box
    across = (x > box.left + EDGE_X) & (x < box.right - EDGE_X)
    return across & (y > box.bottom + EDGE_Y) & (y < box.top - EDGE_Y)


def _on_plate(label: Label, place: np.ndarray) -> VGroup:
    plate = SurroundingRectangle(
        label,
        buff=0.06,
        corner_radius=0.06,
        fill_color=style.palette().background,
        fill_opacity=0.85,
        stroke_width=0,
    )
    return VGroup(plate.set_z_index(style.GEOMETRY + 2), label).move_to(place)
