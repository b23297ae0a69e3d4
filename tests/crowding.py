"""Whether a still is crowded: names across curves, labels on dots, columns that touch.

A part of the check of `tests.legibility`; it returns a sentence per fault.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from manim import Dot, Mobject, Scene, VMobject

from scenes import style
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label, Part

VISIBLE = 0.15
COLUMN_GAP = 12 * 8 / 1080  # 12 px of a frame 1080 high, in scene units
SAME_LINE = 0.6  # of the height of a text: as much is shared by texts side by side
INSIDE = 0.02  # how far a curve may reach into the box around a text
RING = 0.008  # the least width of a ring that can be seen
LEAST_CURVE = 10  # points: fewer make a straight line, an arrow or a frame
SLACK = 1e-6


def crowding(scene: Scene, texts: Sequence[Any]) -> list[str]:
    """Return what is crowded in `scene`, one sentence each; `texts` are its pieces of text."""
    family = [one for mobject in scene.mobjects for one in mobject.get_family()]
    plots = [one for one in family if isinstance(one, Plot)]
    found = list(_names_across_curves(scene, plots, texts))
    found += _labels_on_dots(scene, plots, texts)
    found += _columns_that_touch(texts)
    found += [f"ticks of uneven spacing: {values}" for values in map(_uneven, plots) if values]
    found += _paths_outside(family)
    found += _discs_that_cover(family)
    return found


def _drawn(mobjects: Sequence[Mobject]) -> Iterator[VMobject]:
    """Yield what is drawn and no text."""
    for mobject in mobjects:
        if isinstance(mobject, Label | Part):
            continue
        if isinstance(mobject, VMobject) and len(mobject.points):
            yield mobject
        yield from _drawn(mobject.submobjects)


def _in_plot(one: Any, plots: Sequence[Plot]) -> Plot | None:
    """Return the axes between which a text stands."""
    x, y = (one.left + one.right) / 2, (one.bottom + one.top) / 2
    boxes = (plot for plot in plots if _holds(plot, x, y))
    return next(boxes, None)


def _holds(plot: Plot, x: float, y: float) -> bool:
    box = plot.box
    return box.left < x < box.right and box.bottom < y < box.top


def _names_across_curves(
    scene: Scene, plots: Sequence[Plot], texts: Sequence[Any]
) -> Iterator[str]:
    """Yield the texts between axes through which a curve goes."""
    curves = [
        curve.points[:, :2]
        for curve in _drawn(scene.mobjects)
        if len(curve.points) >= LEAST_CURVE
        and not isinstance(curve, Dot)
        and curve.get_stroke_width() >= style.LINE
        and curve.get_stroke_opacity() > VISIBLE
        and curve.get_fill_opacity() <= VISIBLE
    ]
    for one in texts:
        if _in_plot(one, plots) is not None and any(_crosses(curve, one) for curve in curves):
            yield f"{one.text!r} lies across a curve"


def _crosses(curve: np.ndarray, one: Any) -> bool:
    x, y = curve.T
    across = (one.left + INSIDE < x) & (x < one.right - INSIDE)
    return bool((across & (one.bottom + INSIDE < y) & (y < one.top - INSIDE)).any())


def _dots(mobjects: Sequence[Mobject]) -> list[Dot]:
    return [
        dot
        for dot in _drawn(mobjects)
        if isinstance(dot, Dot) and dot.get_fill_opacity() > 2 * VISIBLE
    ]


def _labels_on_dots(scene: Scene, plots: Sequence[Plot], texts: Sequence[Any]) -> Iterator[str]:
    """Yield the texts between axes that lie on a dot."""
    dots = [(*dot.get_center()[:2], dot.width / 2) for dot in _dots(scene.mobjects)]
    for one in texts:
        if _in_plot(one, plots) is None:
            continue
        for x, y, radius in dots:
            dx = max(one.left - x, 0.0, x - one.right)
            dy = max(one.bottom - y, 0.0, y - one.top)
            if math.hypot(dx, dy) < radius - INSIDE:
                yield f"{one.text!r} lies on a dot"
                break


def _columns_that_touch(texts: Sequence[Any]) -> Iterator[str]:
    """Yield the pairs of numbers side by side that are less than 12 px apart."""
    numbers = [one for one in texts if any(sign.isdigit() for sign in one.text)]
    for one, other in combinations(numbers, 2):
        left, right = sorted((one, other), key=lambda text: text.left)
        gap = right.left - left.right
        shared = min(one.top, other.top) - max(one.bottom, other.bottom)
        height = min(one.top - one.bottom, other.top - other.bottom)
        if 0 <= gap < COLUMN_GAP - SLACK and shared > SAME_LINE * height:
            yield f"{left.text!r} and {right.text!r} are only {gap * 135:.0f} px apart"


def _uneven(plot: Plot) -> list[float]:
    """Return the ticks of an axis that are not evenly spread; none if both are."""
    for along_x, log in ((True, plot.log_x), (False, plot.log_y)):
        ticks = [tick.value for tick in plot.marked if tick.along_x is along_x]
        places = [math.log10(tick) for tick in ticks] if log else ticks
        steps = np.diff(places)
        if len(steps) and np.ptp(steps) > 1e-6 * float(np.abs(steps).max()):
            return list(ticks)
    return []


def _paths_outside(family: Sequence[Any]) -> Iterator[str]:
    """Yield the paths of which an iterate lies outside the margins, and is not covered."""
    for path in (one for one in family if isinstance(one, IteratePath)):
        if path.view.mask in family:
            continue
        places = np.array([path.place(t)[:2] for t in range(path.t + 1)])
        low, high = (style.LEFT, -style.TOP), (style.RIGHT, style.TOP)
        outside = ((places < low) | (places > high)).any(axis=1)
        if outside.any():
            yield f"the path leaves the margins at t = {int(np.flatnonzero(outside)[0])}"


def _discs_that_cover(family: Sequence[Any]) -> Iterator[str]:
    """Yield the pairs of points of which one covers a part of the other.

    A smaller one before a larger one leaves a ring of it, as of balls that lie at one place.
    """
    discs = [dot for dot in _dots(family) if dot.width / 2 > style.POINT - INSIDE]
    distinct = {id(disc): disc for disc in discs}.values()
    for one, other in combinations(distinct, 2):
        apart = float(np.linalg.norm(one.get_center() - other.get_center()))
        leaves_a_ring = (one.width - other.width) / 2 > RING
        if apart < (one.width + other.width) / 2 - INSIDE and not leaves_a_ring:
            x, y = one.get_center()[:2]
            yield f"a disc covers another at ({x:.2f}, {y:.2f})"
