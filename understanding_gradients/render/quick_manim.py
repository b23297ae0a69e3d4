"""Manim's walks through mobjects, and their measurements, with the same results in less time.

Manim puts a mobject's outline together point by point whenever it measures, moves or aligns it, and
makes a set of ancestors for every member of a family. That took a third of the time of a scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from manim import Mobject, VMobject

OWNERS: dict[str, type[Mobject]] = {
    "get_family": Mobject,
    "reduce_across_dimension": Mobject,
    "get_points_defining_boundary": VMobject,
}
SLOW: dict[str, Callable[..., Any]] = {name: vars(one)[name] for name, one in OWNERS.items()}


@contextmanager
def quick_manim() -> Iterator[None]:
    """Let mobjects of Manim be measured in less time while the context lasts."""
    before = {name: vars(owner)[name] for name, owner in OWNERS.items()}
    _use(QUICK)
    try:
        yield
    finally:
        _use(before)


def _use(methods: dict[str, Callable[..., Any]]) -> None:
    for name, method in methods.items():
        setattr(OWNERS[name], name, method)


def family(mobject: Mobject, recurse: bool = True) -> list[Mobject]:
    """Return a mobject and all its submobjects, depth first, each in the last of its places."""
    if not mobject.submobjects:
        return [mobject]
    found: dict[Mobject, None] = {}
    waiting = [mobject]
    while waiting:
        member = waiting.pop()
        if member in found:  # in two places, or within itself
            return SLOW["get_family"](mobject, recurse)
        found[member] = None
        if member.submobjects:
            waiting += member.submobjects[::-1]
    return list(found)


def anchors(mobject: VMobject) -> np.ndarray:
    """Return the ends of all curves of a mobject and its submobjects, shape (k, 3)."""
    parts: list[np.ndarray] = []
    for member in mobject.get_family():
        points: Any = member.points
        count: Any = member.n_points_per_cubic_curve
        if len(points) > 1:
            starts, ends = points[::count], points[count - 1 :: count]
            if len(starts) != len(ends):
                return SLOW["get_points_defining_boundary"](mobject)
            points = np.empty((2 * len(starts), points.shape[1]), points.dtype)
            points[::2], points[1::2] = starts, ends
        if len(points):
            parts.append(points)
    return np.concatenate(parts) if parts else np.array(())


def extreme(mobject: Mobject, reduce_func: Callable[..., Any], dim: int) -> Any:
    """Return the least or the largest coordinate of a family; None if it has no points."""
    if reduce_func not in (min, max):
        return SLOW["reduce_across_dimension"](mobject, reduce_func, dim)
    members: list[Any] = mobject.get_family()
    parts = [member.points[:, dim] for member in members if len(member.points)]
    if not parts:
        return None
    found = getattr(np.concatenate(parts), reduce_func.__name__)()
    # Python's `min` and `max` depend on where a nan is.
    return SLOW["reduce_across_dimension"](mobject, reduce_func, dim) if np.isnan(found) else found


QUICK: dict[str, Callable[..., Any]] = {
    "get_family": family,
    "reduce_across_dimension": extreme,
    "get_points_defining_boundary": anchors,
}
