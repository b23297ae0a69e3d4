"""A loss drawn from as many points, and over as many rows, as can be evaluated in some seconds."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.warned import warn
from descent.views.evaluation import Evaluator
from descent.views.landscape import Landscape, checked_axes, checked_grid, grid, sampled
from descent.views.some_rows import FEWEST_ROWS, is_mean_of_rows, over_rows, rounded_down, rows_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.views.landscape import Axes

SECONDS = 10.0  # that drawing a loss may take
TRIAL = 0.1  # of it for finding out how long a point takes
TRIALS = (1, 1, 4, 16, 64, 256, 1024)  # points; the first warms up
FEWEST = 3  # points per axis
ENOUGH = 15  # points per axis, for which fewer rows are taken
PATIENCE = 2.0  # seconds without a word
ALL_ROWS = 0


@with_autograd
def fitting_sample(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: Sequence[int],
    names: Sequence[str] | None = None,
    seconds: float = SECONDS,
    *,
    is_halved: bool = False,
    rows: int | None = ALL_ROWS,
) -> Landscape:
    """Evaluate a loss over a window, as `shown_sample` does, from as many points as take `seconds`.

    How long an evaluation takes is measured first. If all rows of the data leave time for too few
    points, some rows are taken, and if not even `FEWEST` fit, it warns that it takes longer. The
    loss counts as a function of its parameters alone, which is checked elsewhere.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; n is 1 or 2.
        window: (low, high) for each parameter.
        resolution: Points per axis, where they take less.
        names: One name per parameter.
        seconds: About how long it may take.
        is_halved: Whether fewer points are half as many per axis, or a quarter, and so on: then the
            same loss is drawn from the same points again, though a machine is not always as fast.
        rows: Over how many rows of the data; 0 for all; None for as many as leave time for
            `ENOUGH` points per axis.
    """
    axes, checked = checked_axes(loss, window, resolution, names)
    points = grid(axes)
    if rows is None:
        rows, seconds = _rows_within(loss, axes, seconds)
    evaluate = Evaluator(over_rows(loss, 0, rows) if rows else loss)
    longest = _seconds_for(evaluate, points, seconds)
    if longest > seconds:
        share = (seconds / longest) ** (1 / len(axes))
        share = 2.0 ** math.floor(math.log2(share)) if is_halved else share
        counts = [min(len(axis), max(FEWEST, int(share * len(axis)))) for axis in axes]
        axes = tuple(_thinned(axis, count) for axis, count in zip(axes, counts, strict=True))
        if longest / len(points) * FEWEST ** len(axes) > seconds:
            _warn_of(longest / len(points), math.prod(counts))
    found = _shown(evaluate, axes, checked)
    return replace(found, rows=rows, all_rows=rows_of(loss)) if rows else found


def _warn_of(cost: float, count: int) -> None:
    """Say that a loss takes longer than it may."""
    warn(
        f"One evaluation of the loss takes about {cost:.2g} s: its picture, even of {count} "
        f"points, takes about {cost * count:.0f} s.",
        RuntimeWarning,
    )


def _rows_within(loss: Loss, axes: Axes, seconds: float) -> tuple[int, float]:
    """Return over how many rows enough points can be evaluated, 0 for all, and the time left."""
    every = rows_of(loss)
    if every <= FEWEST_ROWS:
        return ALL_ROWS, seconds
    began, points = time.perf_counter(), grid(axes)
    enough = math.prod(min(len(axis), ENOUGH) for axis in axes)
    middle = points[len(points) // 2]
    # What an evaluation needs besides is loaded by one over few rows.
    _time(Evaluator(over_rows(loss, 0, FEWEST_ROWS)), points[:1])
    evaluate = Evaluator(loss)
    cost = _time(evaluate.at, middle)
    if cost * enough > seconds and cost < TRIAL * seconds:
        cost = _seconds_for(evaluate, points, seconds) / len(points)
    left = max(seconds / 2, seconds - (time.perf_counter() - began))
    if cost * enough <= left or not is_mean_of_rows(loss, middle):
        return ALL_ROWS, left
    return max(FEWEST_ROWS, rounded_down(every * left / (cost * enough))), left


def _thinned(axis: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return np.linspace(float(axis[0]), float(axis[-1]), count)


def shown_sample(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: Sequence[int],
    names: Sequence[str] | None = None,
) -> Landscape:
    """Evaluate a loss over a window, and show on a terminal or notebook how far that is."""
    axes, checked = checked_grid(loss, window, resolution, names)
    return _shown(Evaluator(loss), axes, checked)


def _shown(evaluate: Evaluator, axes: Axes, names: tuple[str, ...]) -> Landscape:
    with _progress("Evaluating the loss", math.prod(map(len, axes))) as report:
        return sampled(evaluate, axes, names, report)


def _time(evaluate: Callable[[NDArray[np.float64]], object], points: NDArray[np.float64]) -> float:
    """Return how many seconds an evaluation takes."""
    began = time.perf_counter()
    with suppress(InvalidValue):  # where the loss fails at all of these points
        evaluate(points)
    return time.perf_counter() - began


def _seconds_for(evaluate: Evaluator, points: NDArray[np.float64], seconds: float) -> float:
    """Return how long all `points` take at most, by trying a few from all over the window."""
    longest = spent = 0.0
    shuffled = np.random.default_rng(0).permutation(points)
    for number, count in enumerate(TRIALS):
        some = shuffled[:count]
        took = _time(evaluate, some)
        if number:
            spent += took
            longest = took / len(some) * len(points)
            if longest <= seconds or spent >= TRIAL * seconds:
                break
    return longest


@contextmanager
def _progress(what: str, total: int) -> Generator[Callable[[int], None]]:
    """Yield what is told how much is done, and writes it after a while of waiting."""
    stream: Any = sys.stderr
    # A notebook's stream is no terminal, and shows a line that is written over all the same.
    is_shown = stream.isatty() or type(stream).__module__.startswith("ipykernel")
    began, written = time.perf_counter(), ""

    def report(done: int) -> None:
        nonlocal written
        if is_shown and time.perf_counter() - began > PATIENCE:
            written = f"{what}: {done:,} of {total:,} points"
            stream.write(f"\r{written}")
            stream.flush()

    try:
        yield report
    finally:
        if written:
            stream.write(f"\r{' ' * len(written)}\r")
            stream.flush()
