"""Places for labels: beside their anchor, clear of everything else."""

from __future__ import annotations

from itertools import product

import numpy as np
from manim import DL, DOWN, DR, LEFT, RIGHT, UL, UP, UR, Mobject

from scenes import style
from scenes.mobjects.boxes import Box

DIRECTIONS = (UR, UL, DR, DL, UP, RIGHT, DOWN, LEFT)
OUTSIDE = 10.0
FURTHER = (0.0, 0.15, 0.3, 0.6)
TOUCH = 0.05


def place_beside(
    label: Mobject,
    anchor: np.ndarray,
    obstacles: np.ndarray,
    inside: Box,
    buff: float = style.GAP,
) -> Mobject:
    """Move `label` to the freest side of `anchor`, and return it.

    Args:
        label: A mobject.
        anchor: The place it belongs to, shape (3,).
        obstacles: Places to keep away from, shape (k, 3).
        inside: A box that it must not leave.
        buff: Distance from the anchor, in scene units.

    Returns:
        The label.
    """
    return place_near(label, anchor[None], obstacles, inside, buff)


def place_near(
    label: Mobject,
    anchors: np.ndarray,
    obstacles: np.ndarray,
    inside: Box,
    buff: float = style.GAP,
) -> Mobject:
    """Move `label` to the freest side of any of `anchors`, shape (k, 3), and return it.

    Otherwise as `place_beside`; of equally free places the first is taken. If the label touches an
    obstacle at all of them, places further off are tried.
    """
    best = (np.inf, anchors[0], DIRECTIONS[0], buff)
    for off in (buff + further for further in FURTHER):
        ratings = []
        for anchor, direction in product(anchors, DIRECTIONS):
            label.next_to(anchor, direction, buff=off)
            ratings.append((_crowding(label, obstacles, inside), anchor, direction, off))
        best = min(best, *ratings, key=lambda rated: rated[0])
        label.next_to(best[1], best[2], buff=best[3])
        if not _touches(label, obstacles):
            break
    return label


def _touches(label: Mobject, obstacles: np.ndarray) -> bool:
    return bool((_gaps(label, obstacles) < TOUCH).any())


def _gaps(label: Mobject, places: np.ndarray) -> np.ndarray:
    """Return the distances of places from the box around a label, shape (k,)."""
    (left, low, _), (right, high, _) = label.get_corner(DL), label.get_corner(UR)
    dx = np.maximum(np.maximum(left - places[:, 0], places[:, 0] - right), 0)
    dy = np.maximum(np.maximum(low - places[:, 1], places[:, 1] - high), 0)
    return np.hypot(dx, dy)


def _crowding(label: Mobject, obstacles: np.ndarray, inside: Box) -> float:
    left, right = label.get_left()[0], label.get_right()[0]
    low, high = label.get_bottom()[1], label.get_top()[1]
    over = max(inside.left - left, right - inside.right, inside.bottom - low, high - inside.top, 0)
    rating = OUTSIDE * (over > 0) + OUTSIDE * over
    return rating + float(np.exp(-_gaps(label, obstacles) / 0.2).sum())


def along(start: np.ndarray, end: np.ndarray, spacing: float = 0.12) -> np.ndarray:
    """Return places from `start` to `end`, `spacing` apart, as obstacles; shape (k, 3)."""
    count = min(200, max(2, int(np.linalg.norm(end - start) / spacing) + 1))
    return np.linspace(start, end, count)


def outline(mobject: Mobject) -> np.ndarray:
    """Return places along the box around a mobject, as obstacles; shape (k, 3)."""
    left, right = mobject.get_left()[0], mobject.get_right()[0]
    low, high = mobject.get_bottom()[1], mobject.get_top()[1]
    corners = [np.array(corner) for corner in ((left, low, 0), (right, low, 0), (right, high, 0))]
    corners.append(np.array((left, high, 0)))
    pairs = zip(corners, corners[1:] + corners[:1], strict=True)
    return np.vstack([along(start, end) for start, end in pairs])
