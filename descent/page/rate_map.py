"""The learning-rate map that the page's slider lies on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.behavior import BEHAVIORS
from descent.text.axes import on_scales
from descent.text.sweeps import final_loss
from descent.views.contours import simplify
from descent.views.rate_axes import LEAST, loss_axis, rate_axis

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep

MAX_REGIONS = 300
COLUMNS = 500  # of pixels
MAP_UNITS = 1000.0
MAP_TOLERANCE = 0.5


def is_logarithmic(sweep: Sweep, runs: Sequence[Trajectory]) -> bool:
    """Return whether losses have a logarithmic axis: none is negative."""
    lowest = min(float(sweep.final_losses.min()), *(float(run.losses.min()) for run in runs))
    return sweep.first_loss > 0 and lowest >= 0


def rate_map(sweep: Sweep, logarithmic: bool) -> dict[str, Any]:
    """Return the final loss of every swept rate, and the range of rates of each behaviour.

    Returns:
        "rates": (low, high) of the axis; "losses": (low, high) of the other; "curve": points
        (log10 of a rate, its final loss or log10 of it), as many as a screen can show;
        "regions": (first rate, last rate, behaviour) in the order of the rates; "what":
        the name of the loss axis.
    """
    order = np.argsort(sweep.learning_rates, kind="stable")
    rates, finals = sweep.learning_rates[order], sweep.final_losses[order]
    across = rate_axis(rates, sweep.critical_learning_rate)
    upwards = loss_axis(finals, sweep.first_loss, logarithmic)
    low, high = _heights(upwards, logarithmic).tolist()
    # The line leaves the picture; how far beyond does not matter.
    heights = np.clip(_heights(finals, logarithmic), low - (high - low), high + (high - low))
    return {
        "rates": across,
        "losses": upwards,
        "curve": _drawn(np.log10(rates), heights, (low, high)),
        "regions": _regions(rates, sweep.behavior_codes[order]),
        "what": on_scales(final_loss(sweep), logarithmic),
    }


def _heights(losses: ArrayLike, logarithmic: bool) -> NDArray[np.float64]:
    """Return the heights of losses on their axis."""
    found = np.asarray(losses, np.float64)
    return np.log10(np.maximum(found, LEAST)) if logarithmic else found


def _drawn(
    xs: NDArray[np.float64], ys: NDArray[np.float64], upwards: tuple[float, float]
) -> list[list[float]]:
    """Return as few points as a screen needs, rounded to its precision."""
    line = _envelope(xs, ys)
    spans = np.array([max(float(np.ptp(xs)), 1e-12), upwards[1] - upwards[0]])
    units = simplify((line - [xs[0], upwards[0]]) / spans * MAP_UNITS, MAP_TOLERANCE)
    places = max(0, 4 - math.floor(math.log10(min(spans))))
    return np.round(units / MAP_UNITS * spans + [xs[0], upwards[0]], places).tolist()


def _evenly_spread(rates: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return indices of about `count` rates, evenly spaced on a logarithmic axis."""
    low, high = math.log(rates[0]), math.log(rates[-1])
    grid: NDArray[np.float64] = np.exp(np.linspace(low, high, count))
    return np.unique(np.minimum(np.searchsorted(rates, grid), len(rates) - 1))


def _regions(
    rates: NDArray[np.float64], codes: NDArray[np.int64]
) -> list[tuple[float, float, str]]:
    """Return ranges of neighbouring rates of the same behaviour, no finer than a screen shows."""
    if np.count_nonzero(np.diff(codes)) > MAX_REGIONS:
        shown = _evenly_spread(rates, MAX_REGIONS)
        rates, codes = rates[shown], codes[shown]
    begins = np.flatnonzero(np.diff(codes, prepend=-1))
    ends = [*(begins[1:] - 1), len(codes) - 1]
    return [
        (float(rates[a]), float(rates[b]), BEHAVIORS[int(codes[a])])
        for a, b in zip(begins, ends, strict=True)
    ]


def _envelope(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first, lowest, highest and last point in each column of pixels, shape (m, 2)."""
    points = np.stack([xs, ys], axis=1)
    if len(xs) <= 4 * COLUMNS:
        return points
    span = max(float(xs[-1] - xs[0]), 1e-300)
    column = np.minimum((xs - xs[0]) / span * COLUMNS, COLUMNS - 1).astype(int)
    begins = np.flatnonzero(np.diff(column, prepend=-1))
    kept: set[int] = set()
    for begin, end in zip(begins, [*begins[1:], len(xs)], strict=True):
        inside = ys[begin:end]
        kept |= {int(begin), int(end) - 1}
        kept |= {int(begin + inside.argmin()), int(begin + inside.argmax())}
    return points[sorted(kept)]
