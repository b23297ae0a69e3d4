"""Many descents at once: one loss, one start, and a learning rate each."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.arguments import check_groups, check_positive, check_steps
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidType, InvalidValue, RecordingFailed
from descent.checks.function import check_is_function
from descent.checks.loss import check_loss
from descent.checks.meant import meant
from descent.checks.numbers import as_numbers, check_number, check_start
from descent.checks.texts import default_names
from descent.models.minibatches import over_all_data
from descent.rates.curvature import critical_learning_rate
from descent.sweeps.distributions import explain_distributions
from descent.sweeps.execution import Descents
from descent.sweeps.keeping import check_kept_size, places_to_keep, record_kept, views_for
from descent.sweeps.mapping import check_same_gradient
from descent.sweeps.sweep import Sweep

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

    Progress = Callable[[int, int], None]


@meant("learning_rates", "lr", "learning_rate")
@with_autograd
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
    cluster: Any = None,
) -> Sweep:
    """Descend from `start` with each of many learning rates, in float64, all at once.

    Each run is plain gradient descent, θ^{t+1} = θ^t − η ∇loss(θ^t), as `record` takes it, and
    stops as `record` does, before the first row that is not finite. Where the last bit of a number
    decides what becomes of a run, at the edge of stability and in the chaos beyond, it may end
    elsewhere than `record` has it, which computes one run at a time; of the runs that are kept, the
    arrays say what `record` recorded.

    For some operations PyTorch has two formulas, one for many runs at once and one for one: the
    gradient of torch.linalg.det at a singular matrix, and that of BCEWithLogitsLoss at logits
    beyond 30, where hardly any is left, differ. Where it decides the picture, since the gradients
    at the start differ, a warning says so. Layers that keep statistics, such as BatchNorm in
    training, are swept with statistics of each run's own.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor, by tensor operations that
            torch.func.vmap can do for many at once, and from nothing but params. Where there are
            batches, it is swept over all data.
        start: Parameters θ^0 of all runs, shape (n,).
        learning_rates: Positive numbers of any shape S; with `groups`, of shape S + (groups,).
        steps: How many steps each run takes, at least 1.
        groups: For each parameter which of the last axis's rates it has, 0, 1, …, shape (n,).
        tolerance: A loss that counts as low enough, for `Sweep.steps_to_tolerance`.
        names: One name per parameter; by default the loss's own, else θ1, θ2, …
        keep: Runs to keep whole besides, each recorded by `record`: how many of a list of rates,
            spread evenly from the least to the largest, or their places. `Sweep.to_html` needs
            some.
        memory_mb: About how many megabytes a batch of runs may take, and the kept ones together.
        device: Where torch computes, such as "cuda".
        progress: Called with how many run-steps are done and how many there are.
        cluster: A dask.distributed.Client: its workers descend, each with some of the rates, in
            a batch of `memory_mb`, and on a `device` of theirs; what is kept is recorded here.
            They must have this package, and can be sent any loss but one from a module that they
            do not have. If there are none yet, the first is waited for.

    Returns:
        A Sweep, its arrays of shape S.

    Raises:
        InvalidType: If an argument is of the wrong kind.
        InvalidValue: If one is out of range, or the loss draws at random, keeps a state between
            calls or cannot be computed for many at once.
        RecordingFailed: If a worker has other versions than this machine, or the cluster is lost.

    Example:
        >>> import descent, numpy as np
        >>> rates = np.linspace(0.1, 0.4, 4)  # the boundary of this bowl is at 1/3
        >>> found = descent.sweep(descent.LOSSES["bowl"], [2, 1], rates, steps=50, keep=2)
        >>> found.behaviors.tolist()
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
    check_is_function(loss, point)
    rates, shape, group_of = _checked_rates(learning_rates, groups, len(point))
    tolerance = None if tolerance is None else check_number(tolerance, "tolerance")
    memory_mb = check_number(memory_mb, "memory_mb")
    if memory_mb <= 0:
        raise InvalidValue("memory_mb", "be positive", memory_mb, got=f"{memory_mb:g}")
    if cluster is None:
        _check_device(device)
    else:
        from descent.sweeps.cluster import check_cluster

        check_cluster(cluster)
    if progress is not None and not callable(progress):
        raise InvalidType("progress", "be a function of two counts", progress)
    kept = places_to_keep(keep, rates, shape)
    check_kept_size(len(kept), steps, len(point), memory_mb)
    with explain_distributions(loss, point):
        check_same_gradient(loss, point, first_gradient)
    descents = Descents(loss, point, group_of, steps, first_loss, tolerance, memory_mb, device)
    on_progress = progress and _of_all(progress, len(rates) * steps)
    if cluster is None:
        results = descents.run(rates, on_progress)
    else:
        from descent.sweeps.cluster import run_on

        results = run_on(cluster, descents, rates, on_progress)

    def recorded(places: list[int]) -> tuple[Trajectory, ...]:
        """Record some of the runs whole, and take their results from the recordings."""
        runs = record_kept(loss, point, rates[places], steps, groups, names)
        for place, run in zip(places, runs, strict=True):
            results.copy_from(place, run, tolerance)
        return runs

    # How long the tail of a run was that ended for want of a gradient, no one knew beforehand.
    is_short = (results.rows - 1 < steps) & (results.diverged == 0) & (results.errors == "")
    recorded(np.flatnonzero(is_short).tolist())
    trajectories = recorded([int(np.ravel_multi_index(place, shape)) for place in kept])
    plane, landscapes = views_for(loss, trajectories)
    return Sweep(
        learning_rates=rates.reshape(shape if groups is None else (*shape, rates.shape[1])),
        final_losses=results.losses.reshape(shape),
        steps_taken=(results.rows - 1).reshape(shape),
        steps_to_tolerance=results.reached.reshape(shape),
        behavior_codes=results.behaviors.reshape(shape),
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
        **_error_fields(results.errors, shape),
    )


def _error_fields(errors: NDArray[Any], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the fields of a Sweep that tell why runs failed, if any did."""
    texts = [text for text in dict.fromkeys(errors.tolist()) if text]
    code_of = {"": -1, **{text: code for code, text in enumerate(texts)}}
    codes = np.array([code_of[text] for text in errors], np.int64)
    return {"error_codes": codes.reshape(shape), "error_texts": texts} if texts else {}


def _check_device(device: Any) -> None:
    import torch

    try:
        torch.zeros(1, dtype=torch.float64, device=device).item()
    except (RuntimeError, AssertionError, TypeError) as error:
        constraint = 'be one that torch can compute float64 on, such as "cpu"'
        repair = str(error).splitlines()[0]
        raise InvalidValue("device", constraint, device, repair=repair) from error


def _critical(loss: Loss, point: NDArray[np.float64]) -> float | None:
    try:
        return critical_learning_rate(loss, point)
    except (InvalidValue, RecordingFailed) as error:  # no second derivatives there, or not found
        warnings.warn(f"This sweep has no boundary 2 / sharpness: {error}", stacklevel=4)
        return None


def _checked_rates(
    learning_rates: Any, groups: Sequence[int] | None, parameters: int
) -> tuple[NDArray[np.float64], tuple[int, ...], NDArray[np.int64]]:
    """Return rates of shape (runs, groups), the sweep's shape, and each parameter's group."""
    rates = as_numbers(learning_rates, "learning_rates")
    if rates.size == 0:
        constraint = "have at least one rate"
        raise InvalidValue("learning_rates", constraint, learning_rates, got="none")
    check_positive(rates, "learning_rates")
    if groups is None:
        return rates.reshape(-1, 1), rates.shape, np.zeros(parameters, np.int64)
    count = rates.shape[-1] if rates.ndim else 0
    group_of = check_groups(groups, parameters, count)
    return rates.reshape(-1, count), rates.shape[:-1], group_of


def _of_all(progress: Progress, total: int) -> Callable[[int], None]:
    return lambda done: progress(done, total)
