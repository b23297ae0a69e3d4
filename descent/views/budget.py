"""A loss drawn from as many points as can be evaluated in some seconds."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.views.evaluation import Evaluator
from descent.views.landscape import Landscape, checked_axes, grid, sampled

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.views.landscape import Axes

SECONDS = 10.0  # that drawing a loss may take
TRIAL = 0.1  # of it for finding out how long a point takes
TRIALS = (1, 1, 4, 16, 64, 256, 1024)  # points; the first warms up
FEWEST = 3  # points per axis
PATIENCE = 2.0  # seconds without a word


@with_autograd
def fitting_sample(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: Sequence[int],
    names: Sequence[str] | None = None,
    seconds: float = SECONDS,
    *,
    is_halved: bool = False,
) -> Landscape:
    """Evaluate a loss over a window, as `shown_sample` does, from as many points as take `seconds`.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; n is 1 or 2.
        window: (low, high) for each parameter.
        resolution: Points per axis, where they take less.
        names: One name per parameter.
        seconds: About how long it may take.
        is_halved: Whether fewer points are half as many per axis, or a quarter, and so on: then the
            same loss is drawn from the same points again, though a machine is not always as fast.
    """
    axes, checked = checked_axes(loss, window, resolution, names)
    evaluate = Evaluator(loss)
    longest = _seconds_for(evaluate, grid(axes), seconds)
    if longest > seconds:
        share = (seconds / longest) ** (1 / len(axes))
        share = 2.0 ** math.floor(math.log2(share)) if is_halved else share
        counts = [min(len(axis), max(FEWEST, int(share * len(axis)))) for axis in axes]
        axes = tuple(_thinned(axis, count) for axis, count in zip(axes, counts, strict=True))
    return _shown(evaluate, axes, checked)


def _thinned(axis: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return np.linspace(float(axis[0]), float(axis[-1]), count)


def shown_sample(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: Sequence[int],
    names: Sequence[str] | None = None,
) -> Landscape:
    """Evaluate a loss over a window, and show on a terminal or notebook how far that is."""
    axes, checked = checked_axes(loss, window, resolution, names)
    return _shown(Evaluator(loss), axes, checked)


def _shown(evaluate: Evaluator, axes: Axes, names: tuple[str, ...]) -> Landscape:
    with _progress("Evaluating the loss", math.prod(map(len, axes))) as report:
        return sampled(evaluate, axes, names, report)


def _seconds_for(evaluate: Evaluator, points: NDArray[np.float64], seconds: float) -> float:
    """Return how long all `points` take at most, by trying a few from all over the window."""
    longest = spent = 0.0
    shuffled = np.random.default_rng(0).permutation(points)
    for number, count in enumerate(TRIALS):
        began = time.perf_counter()
        some = shuffled[:count]
        with suppress(InvalidValue):  # where the loss fails at all of these points
            evaluate(some)
        took = time.perf_counter() - began
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
