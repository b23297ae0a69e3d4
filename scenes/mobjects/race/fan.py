"""Discs that would cover each other, moved apart."""

from __future__ import annotations

import numpy as np

ROUNDS, SHARE = 60, 0.3
SLACK, NUDGE = 1e-3, 1e-3  # of the least distance


def fan_out(places: np.ndarray, apart: float) -> np.ndarray:
    """Return places near the given ones, each pair at least `apart` apart.

    Places that are far enough apart stay. Equal places leave in directions of their own, in the
    order in which they are given.

    Args:
        places: Shape (k, 3), on the screen.
        apart: The least distance, in scene units.
    """
    moved = np.array(places, dtype=np.float64) + _nudges(len(places), apart)
    for _ in range(ROUNDS):
        pushes = _pushes(moved, apart)
        if not pushes.any():
            break
        moved += pushes
    return moved


def _nudges(count: int, apart: float) -> np.ndarray:
    """Return one tiny motion per place, in every direction, so that equal places differ."""
    angles = np.pi / 2 + 2 * np.pi * np.arange(count) / max(count, 1)
    directions = np.stack([np.cos(angles), np.sin(angles), np.zeros(count)], axis=1)
    return NUDGE * apart * directions


def _pushes(places: np.ndarray, apart: float) -> np.ndarray:
    """Return by how much each place gives way, a share of each overlap, shape (k, 3)."""
    pushes = np.zeros_like(places)
    for i in range(len(places)):
        for j in range(i + 1, len(places)):
            gap = places[j] - places[i]
            distance = float(np.linalg.norm(gap))
            if distance < apart - SLACK * apart:
                away = gap / max(distance, 1e-12) * (apart - distance) * SHARE
                pushes[i] -= away
                pushes[j] += away
    return pushes
