"""The background of a path as SVG: contours of the loss, or its curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.views.contours import contour_levels, finite_slices, simplify

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.views.landscape import Landscape

SIZE = 3000  # units per picture: two or three per pixel of a large screen
TOLERANCE = 1.0  # units
HEADROOM = 0.08  # free space above and below a curve, relative to its range


def backdrop(landscape: Landscape) -> dict[str, Any]:
    """Return a window of a loss of one or two parameters, with its contours or curve.

    Returns:
        "window": ((x low, x high), (y low, y high)); "fills" and "lines": the data of SVG paths
        in a square of `SIZE` units, y downwards, from the lowest loss outwards.
    """
    return _contours(landscape) if len(landscape.axes) == 2 else _curve(landscape)


def _contours(landscape: Landscape) -> dict[str, Any]:
    from contourpy import FillType, LineType, contour_generator

    xs, ys = (np.linspace(0.0, SIZE, len(axis)) for axis in landscape.axes)
    values = np.where(np.isfinite(landscape.values), landscape.values, np.nan)
    levels = contour_levels(values)
    generator: Any = contour_generator(
        xs,
        SIZE - ys,
        np.ma.masked_invalid(values.T),
        fill_type=FillType.OuterOffset,
        line_type=LineType.Separate,
    )
    floor = float(np.nanmin(values)) - 1.0 if len(levels) else 0.0
    fills = [_region(generator.filled(floor, level)) for level in levels[:-1]]
    lines: list[str] = ["".join(map(svg_path, generator.lines(level))) for level in levels]
    return {"window": landscape.window, "fills": fills, "lines": lines}


def _region(filled: Any) -> str:
    """Return outlines and their holes as one path."""
    rings = [
        outline[first:last]
        for outline, starts in zip(*filled, strict=True)
        for first, last in zip(starts[:-1], starts[1:], strict=True)
    ]
    return "".join(svg_path(ring, closed=True) for ring in rings)


def _curve(landscape: Landscape) -> dict[str, Any]:
    (across,) = landscape.window
    values = np.where(np.isfinite(landscape.values), landscape.values, np.nan)
    upwards = _span(values)
    xs = np.linspace(0.0, SIZE, len(values))
    ys = SIZE * (1 - (values - upwards[0]) / (upwards[1] - upwards[0]))
    lines = [svg_path(np.stack([xs[part], ys[part]], axis=1)) for part in finite_slices(values)]
    return {"window": (across, upwards), "fills": [], "lines": ["".join(lines)]}


def _span(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return a range of losses around `values`."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = HEADROOM * (high - low) or max(1.0, abs(low))
    return low - room, high + room


def svg_path(points: NDArray[np.float64], closed: bool = False) -> str:
    """Return a line through `points`, shape (k, 2), as the data of an SVG path, in whole units.

    Moves are relative to the previous rounded point, so that errors do not add up. A line shorter
    than a unit is "".
    """
    rounded = np.rint(simplify(points, TOLERANCE)).astype(int)
    moves = np.diff(rounded, axis=0)
    moves = moves[np.any(moves != 0, axis=1)]
    if not len(moves):
        return ""
    written = "".join(f" {x} {y}" for x, y in moves.tolist()).replace(" -", "-").lstrip()
    return f"M{rounded[0, 0]} {rounded[0, 1]}l{written}{'z' if closed else ''}"
