"""What decides the behavior of one recorded run, from its rows or from its norms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.run_facts import LOSS_NOISE, Rows, RunFacts
from descent.runs.step_facts import (
    CURVATURE_NOISE,
    EPSILON,
    MOVE_NOISE,
    WORK_NOISE,
    curvature,
    lengths,
    moved,
    turned,
    work,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.step_norms import StepNorms

COARSE_NOISE = 4.0  # roundings of a loss in a lower precision, whose sums are mostly in a higher


def facts_of(
    iterates: NDArray[np.float64],
    losses: NDArray[np.float64],
    gradients: NDArray[np.float64],
    is_batched: bool,
    epsilon: float,
) -> RunFacts:
    """Return the facts of one recorded run.

    Args:
        iterates: Shape (steps+1, n); there may be one more than there are losses.
        losses: Shape (steps+1,).
        gradients: Shape (steps+1, n).
        is_batched: Whether the gradients are those of mini-batches.
        epsilon: That of the precision of the parameters.
    """
    with np.errstate(all="ignore"):
        has_moved = moved(iterates[:-1].T, iterates[1:].T).any(keepdims=True)
        params, slopes = iterates[: len(losses)].T, gradients.T
        step, size = np.diff(params), lengths(slopes)
        sizes = size[:-1], size[1:]
        works = np.zeros((len(losses), 1))
        turns, bends = np.zeros(len(losses), bool), np.empty((2, 0))
        if not is_batched:
            works[1:, 0] = work(slopes[:, :-1], slopes[:, 1:], step, sizes)
            turns[1:] = turned(slopes[:, :-1], slopes[:, 1:], sizes)
            bends = np.stack(curvature(params[:, :-1], step, np.diff(slopes), size[1:]))
    return _gathered(losses, is_batched, epsilon, (size, works, turns, bends, has_moved))


def facts_of_norms(
    losses: NDArray[np.float64], norms: StepNorms, is_batched: bool, epsilon: float
) -> RunFacts:
    """Return the facts of a run whose rows were not all kept.

    Args:
        losses: Shape (steps+1,).
        norms: Those of every step; there may be one more than there are losses. Without products,
            the gradients count as those of mini-batches.
        is_batched: Whether the gradients are those of mini-batches.
        epsilon: That of the precision of the parameters.
    """
    steps = len(losses) - 1
    is_batched = is_batched or len(norms.products) < steps or not steps
    size = norms.gradient_norms[: len(losses)]
    works, turns = np.zeros((len(losses), 1)), np.zeros(len(losses), bool)
    bends = np.empty((2, 0))
    noise = epsilon / EPSILON
    with np.errstate(all="ignore"):
        has_moved = norms.step_lengths > MOVE_NOISE * noise * norms.parameter_norms[:-1]
        if not is_batched:
            across, before, after = norms.products[:steps].T
            far = norms.step_lengths[:steps]
            found, most = (before + after) / 2, (size[:-1] + size[1:]) / 2 * far
            works[1:, 0] = found * (np.abs(found) > WORK_NOISE * noise * most)
            turns[1:] = across < 0
            along = (after - before) / far**2
            rounding = size[1:] + np.abs(along) * norms.parameter_norms[:steps]
            rounding *= CURVATURE_NOISE * noise / far
            bends = np.stack([along - rounding, along + rounding])
    moves = has_moved.any(keepdims=True)
    return _gathered(losses, is_batched, epsilon, (size, works, turns, bends, moves))


def facts_of_some(
    losses: NDArray[np.float64], sizes: NDArray[np.float64], norms: StepNorms, epsilon: float
) -> RunFacts:
    """Return the facts of a run of mini-batches by its loss over all data, where it was measured.

    Args:
        losses: Those over all data, shape (rows,).
        sizes: The lengths of the gradients of those rows, shape (rows,).
        norms: Those of every step.
        epsilon: That of the precision of the parameters.
    """
    works, turns = np.zeros((len(losses), 1)), np.zeros(len(losses), bool)
    far = MOVE_NOISE * epsilon / EPSILON * norms.parameter_norms[:-1]
    moves = (norms.step_lengths > far).any(keepdims=True)
    return _gathered(losses, True, epsilon, (sizes, works, turns, np.empty((2, 0)), moves))


def facts_of_losses(losses: NDArray[np.float64], norms: StepNorms, epsilon: float) -> RunFacts:
    """Return the facts of a run of which some parameters were left out; arguments as above.

    What the others did is known from the losses alone: the gradient has a part that was not kept,
    and where the loss changes, they have moved.
    """
    facts = facts_of_norms(losses, norms, True, epsilon)
    facts.moved |= bool((losses != losses[0]).any())
    return facts


def _gathered(
    losses: NDArray[np.float64], is_batched: bool, epsilon: float, steps: tuple[Any, ...]
) -> RunFacts:
    """Return the facts of one run from what each of its steps was like, as `Rows` has it."""
    size, works, turns, bends, has_moved = steps
    noise = max(LOSS_NOISE, COARSE_NOISE * epsilon * (epsilon > EPSILON))
    facts = RunFacts(1, len(losses) - 1, is_batched, noise)
    along = {
        at: bends[:, at - 1 : at]
        for at in facts.bend_rows
        if 0 < at < len(losses) and not is_batched
    }
    rows = Rows(
        losses=losses[:, None],
        sizes=size[:, None],
        work_to=lambda rows: works[rows],
        turned=turns[:, None],
        bends=along,
        moved=has_moved,
        kept=np.ones((len(losses), 1), bool),
    )
    facts.add(0, np.zeros(1, np.int64), rows)
    return facts
