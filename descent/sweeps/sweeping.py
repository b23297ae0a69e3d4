"""Many descents at once: one loss, one start, and a learning rate each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.loss import check_loss
from descent.checks.numbers import as_numbers, check_number, check_start
from descent.checks.requests import check_groups, check_positive, check_steps
from descent.models.minibatches import over_all_data
from descent.names import default_names
from descent.rates.curvature import critical_learning_rate
from descent.runs.trajectory import BEHAVIOURS, CONVERGED_SHARE, classify
from descent.sweeps.batch import BLOCK, Results, Runs
from descent.sweeps.keeping import check_kept_size, places_to_keep, record_kept, views_for
from descent.sweeps.sweep import Sweep
from descent.sweeps.tracing import traced_gradients

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss

    Progress = Callable[[int, int], None]

MOST_AT_ONCE = 1 << 16  # larger batches leave the processor's cache and gain nothing
DOUBLE = 8


def sweep(
    loss: Loss,
    start: ArrayLike | Tensor,
    learning_rates: ArrayLike | Tensor,
    steps: int,
    *,
    groups: Sequence[int] | None = None,
    tolerance: float | None = None,
    names: Sequence[str] | None = None,
    keep: int | Sequence[int] | Sequence[tuple[int, ...]] = 0,
    memory_mb: float = 512,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Sweep:
    """Descend from `start` with each of many learning rates, in float64, all at once.

    Each run is plain gradient descent, θ^{t+1} = θ^t − η ∇loss(θ^t), as `record` takes it, and
    stops as `record` does, before the first row that is not finite. Where the last bit of a number
    decides what becomes of a run, at the edge of stability and in the chaos beyond, it may end
    elsewhere than `record` has it, which computes one run at a time; of the runs that are kept, the
    arrays say what `record` recorded.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor, by tensor operations that
            torch.func.vmap can do for many at once, and by nothing but params: what changes from
            call to call is not seen. Where there are batches, it is swept over all data.
        start: Parameters θ^0 of all runs, shape (n,).
        learning_rates: Positive numbers of any shape S; with `groups`, of shape S + (groups,).
        steps: How many steps each run takes, at least 1.
        groups: For each parameter which of the last axis's rates it has, 0, 1, …, shape (n,).
        tolerance: A loss that counts as low enough, for `Sweep.steps_to_tolerance`.
        names: One name a parameter; by default the loss's own, else θ1, θ2, …
        keep: Runs to keep whole besides, each recorded by `record`: how many of a list of rates,
            spread evenly from the least to the largest, or their places. `Sweep.to_html` needs
            some.
        memory_mb: About how many megabytes a batch of runs may take, and the kept ones together.
        device: Where torch computes, such as "cuda".
        progress: Called with how many run-steps are done and how many there are.

    Returns:
        A Sweep, its arrays of shape S.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If one is out of range, or the loss cannot be computed for many at once.

    Example:
        >>> import descent, numpy as np
        >>> rates = np.linspace(0.1, 0.4, 4)  # the boundary of this bowl is at 1/3
        >>> found = descent.sweep(descent.LOSSES["bowl"], [2, 1], rates, steps=50, keep=2)
        >>> found.behaviours.tolist()
        ['converging', 'converging', 'converging', 'diverging']
        >>> found.kept, found.trajectories[0].iterates.shape
        (((0,), (3,)), (51, 2))

    References:
        Sohl-Dickstein (2024), arXiv:2402.06184: maps of two rates, and what their boundary is.
    """
    loss = over_all_data(loss)
    names = names if names is not None else getattr(loss, "names", None)
    point = check_start(start, names)
    steps = check_steps(steps)
    first_loss, first_gradient = check_loss(loss, point)
    rates, shape, group_of = _checked_rates(learning_rates, groups, len(point))
    tolerance = None if tolerance is None else check_number(tolerance, "tolerance")
    memory_mb = check_number(memory_mb, "memory_mb")
    if memory_mb <= 0:
        raise ValueError(f"memory_mb must be positive; got {memory_mb:g}.")
    _check_device(device)
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be a function of two counts; got {progress!r}.")
    kept = places_to_keep(keep, rates, shape)
    check_kept_size(len(kept), steps, len(point), memory_mb)
    results = Results(len(rates))
    with _one_thread():
        size = _batch_size(loss, point, memory_mb, device)
        for begin in range(0, len(rates), size):
            some = rates[begin : begin + size][:, group_of]
            runs = Runs(loss, point, some, device, first_loss, tolerance)
            told = progress and _offset(progress, begin * steps, len(rates) * steps)
            runs.descend(steps, results, begin, told)
    share = CONVERGED_SHARE * float(np.hypot.reduce(first_gradient))
    codes = classify(
        first_loss,
        results.losses,
        results.gradient_norms <= share,
        results.turns,
        results.rows - 1,
        results.diverged,
    )
    chosen = [int(np.ravel_multi_index(place, shape)) for place in kept] if kept else []
    trajectories = record_kept(loss, point, rates[chosen], steps, groups, names)
    for place, run in zip(chosen, trajectories, strict=True):
        results.take_over(place, run, tolerance)
        codes[place] = BEHAVIOURS.index(run.behaviour)
    plane, landscapes = views_for(loss, trajectories)
    return Sweep(
        learning_rates=rates.reshape(shape if groups is None else (*shape, rates.shape[1])),
        final_losses=results.losses.reshape(shape),
        steps_taken=(results.rows - 1).reshape(shape),
        steps_to_tolerance=results.reached.reshape(shape),
        behaviour_codes=codes.reshape(shape),
        diverged_codes=results.diverged.reshape(shape),
        start=point,
        groups=group_of[:0] if groups is None else group_of,
        names=default_names(len(point), names),
        first_loss=first_loss,
        steps=steps,
        tolerance=tolerance,
        kept=kept,
        trajectories=trajectories,
        plane=plane,
        landscapes=landscapes,
        critical_learning_rate=_critical(loss, point),
    )


def _check_device(device: Any) -> None:
    import torch

    try:
        torch.zeros(1, dtype=torch.float64, device=device).item()
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(
            f'device must be one that torch can compute float64 on, such as "cpu"; got {device!r}: '
            f"{str(error).splitlines()[0]}"
        ) from error


def _critical(loss: Loss, point: NDArray[np.float64]) -> float | None:
    try:
        return critical_learning_rate(loss, point)
    except (ValueError, RuntimeError):  # no second derivative there
        return None


def _checked_rates(
    learning_rates: Any, groups: Sequence[int] | None, parameters: int
) -> tuple[NDArray[np.float64], tuple[int, ...], NDArray[np.int64]]:
    """Return rates of shape (runs, groups), the sweep's shape, and each parameter's group."""
    rates = as_numbers(learning_rates, "learning_rates")
    if rates.size == 0:
        raise ValueError("learning_rates must have at least one rate; got none.")
    check_positive(rates, "learning_rates")
    if groups is None:
        return rates.reshape(-1, 1), rates.shape, np.zeros(parameters, np.int64)
    count = rates.shape[-1] if rates.ndim else 0
    group_of = check_groups(groups, parameters, count)
    return rates.reshape(-1, count), rates.shape[:-1], group_of


@contextmanager
def _one_thread() -> Generator[None]:
    """Keep torch to one thread: for arrays as short as these, waiting for others takes longer."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _offset(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda done: progress(before + done, total)


def _batch_size(loss: Loss, point: NDArray[np.float64], memory_mb: float, device: str) -> int:
    """Return how many runs fit into the memory at once.

    Raises:
        ValueError: If not even one does.
    """
    import torch

    params = torch.tensor(point, dtype=torch.float64, device=device)[:, None].repeat(1, 2)
    graph = traced_gradients(loss, params).graph
    # A block, the row before it, and what looking at it row by row makes of it.
    kept = BLOCK * (9 * len(point) + 4)
    values = [node.meta.get("val", None) for node in graph.nodes]
    passing = sum(value.numel() for value in values if isinstance(value, torch.Tensor)) // 2
    bytes_a_run = DOUBLE * (kept + passing)
    fitting = memory_mb / (bytes_a_run / 1e6)
    if fitting < 1:
        raise ValueError(
            f"memory_mb must be at least {bytes_a_run / 1e6:.3g} for one run of {len(point):,} "
            f"parameters; got {memory_mb:g}."
        )
    return int(min(fitting, MOST_AT_ONCE))
