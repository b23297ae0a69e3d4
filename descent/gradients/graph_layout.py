"""A layout of a small graph in columns, with few bends.

Sugiyama, Tagawa and Toda (1981): layers, then orders by barycentre, then heights. An edge that
skips columns is given a bend in each of them, so that it passes between nodes and not over them.
Nothing here draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SWEEPS = 8

Place = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Places in units of columns, from 0, and of rows, downwards from 0 on average.

    Attributes:
        places: (column, row) of each node.
        routes: For each edge (parent, child), the places that it bends at.
    """

    places: tuple[Place, ...]
    routes: dict[tuple[int, int], tuple[Place, ...]]

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return round(max(column for column, _ in self.places)) + 1

    @property
    def rows(self) -> tuple[float, float]:
        """The lowest and the highest row, bends included."""
        bends = [place for route in self.routes.values() for place in route]
        rows = [row for _, row in (*self.places, *bends)]
        return min(rows), max(rows)


def ranks(parents: Sequence[Sequence[int]]) -> list[int]:
    """Return the longest distance of each node from a leaf; parents come before children."""
    found: list[int] = []
    for above in parents:
        found.append(max((found[parent] + 1 for parent in above), default=0))
    return found


def distances_to_end(parents: Sequence[Sequence[int]]) -> list[int]:
    """Return the longest distance of each node to the last one, against the edges."""
    found = [0] * len(parents)
    for child in reversed(range(len(parents))):
        for parent in parents[child]:
            found[parent] = max(found[parent], found[child] + 1)
    return found


def layered(parents: Sequence[Sequence[int]]) -> Layout:
    """Return a layout whose column is the longest distance from a leaf.

    Args:
        parents: For each node the indices of its parents, each smaller than its own.
    """
    columns = ranks(parents)
    # A vertex is a node, or one bend of an edge; `chains` are the vertices along each edge.
    vertex_columns: list[int] = list(columns)
    chains: dict[tuple[int, int], tuple[int, ...]] = {}
    for child, above in enumerate(parents):
        for parent in dict.fromkeys(above):
            bends: list[int] = []
            for column in range(columns[parent] + 1, columns[child]):
                bends.append(len(vertex_columns))
                vertex_columns.append(column)
            chains[parent, child] = (parent, *bends, child)
    links = [pair for chain in chains.values() for pair in zip(chain, chain[1:], strict=False)]
    rows = _rows(vertex_columns, links)
    places = [(float(c), float(r)) for c, r in zip(vertex_columns, rows, strict=True)]
    routes = {edge: tuple(places[v] for v in chain[1:-1]) for edge, chain in chains.items()}
    return Layout(tuple(places[: len(parents)]), routes)


def _rows(columns: Sequence[int], links: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return a height for every vertex, at least 1 apart in each column."""
    orders = [[v for v, c in enumerate(columns) if c == k] for k in range(max(columns) + 1)]
    near: list[list[int]] = [[] for _ in columns]
    for one, other in links:
        near[one].append(other)
        near[other].append(one)
    rows = np.zeros(len(columns))
    for order in orders:
        rows[order] = np.arange(len(order)) - (len(order) - 1) / 2
    for sweep in range(SWEEPS):
        for k in range(len(orders)) if sweep % 2 == 0 else reversed(range(len(orders))):
            preferred = {v: float(rows[near[v] or [v]].mean()) for v in orders[k]}
            orders[k] = sorted(orders[k], key=lambda v: preferred[v])
            rows[orders[k]] = spread([preferred[v] for v in orders[k]])
    return rows - np.mean([rows.min(), rows.max()])


def spread(preferred: Sequence[float]) -> np.ndarray:
    """Return the heights nearest to `preferred`, a rising sequence, that are 1 apart or more.

    Least squares by pooling adjacent violators.
    """
    pools: list[list[float]] = []
    for place, height in enumerate(preferred):
        pools.append([height - place])
        while len(pools) > 1 and np.mean(pools[-2]) >= np.mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools])
    return level + np.arange(len(preferred))
