"""A loss drawn from as many points as can be evaluated in some seconds."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from descent.views.landscape import Landscape, sampled

if TYPE_CHECKING:
    from collections.abc import Generator

    from descent.arrays import Loss

SECONDS = 10.0  # that drawing a loss may take
TRIAL = 0.1  # of it for finding out how long a point takes
TRIALS = (2, 2, 4, 8, 16, 32)  # points per axis; the first warms up
FEWEST = 3  # points per axis
PATIENCE = 2.0  # seconds without a word


def fitting_sample(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: Sequence[int],
    names: Sequence[str] | None = None,
    seconds: float = SECONDS,
) -> Landscape:
    """Evaluate a loss over a window from as many points as take some seconds.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; n is 1 or 2.
        window: (low, high) for each parameter.
        resolution: Points per axis, where they take less.
        names: One name per parameter.
        seconds: About how long it may take.
    """
    wanted = math.prod(resolution)
    longest = _seconds_for(loss, window, wanted, seconds)
    share = min(1.0, seconds / longest) ** (1 / len(resolution))
    fitting = [min(count, max(FEWEST, int(share * count))) for count in resolution]
    return shown_sample(loss, window, fitting, names)


def shown_sample(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: Sequence[int],
    names: Sequence[str] | None = None,
) -> Landscape:
    """Evaluate a loss over a window, and show on a terminal or notebook how far that is."""
    with _progress("Evaluating the loss", math.prod(resolution)) as report:
        return sampled(loss, window, resolution, names, report)


def _seconds_for(
    loss: Loss, window: Sequence[tuple[float, float]], wanted: int, seconds: float
) -> float:
    """Return how long `wanted` points take at most, by trying a few."""
    longest = spent = 0.0
    for number, count in enumerate(TRIALS):
        points = count ** len(window)
        began = time.perf_counter()
        sampled(loss, window, count, None, None)
        took = time.perf_counter() - began
        if number:
            spent += took
            longest = took / points * wanted
        if number and (longest <= seconds or spent > TRIAL * seconds):
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
