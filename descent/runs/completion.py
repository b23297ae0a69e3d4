"""The last row of a loop that was watched: what its loss is where the last step led."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.loss import check_loss
from descent.runs.loss_match import FULL_LOSS, other_loss, tolerance
from descent.runs.measures import check_every_row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory


def completed(run: Trajectory, loss: Loss) -> Trajectory:
    """Return a run as `record` would have recorded it from `loss`.

    Any run but that of a loop that was watched is returned as it is. Of such a loop, the loss and
    the gradient after the last step are computed. Where each step followed a mini-batch, ``losses``
    become those of all data, and what was recorded ``batch_losses``.

    Raises:
        InvalidValue: If not every row was kept, or `loss` is neither what the steps followed, nor
            what was measured as the loss of all data.
    """
    if not run.loss_counts.size:
        return run
    check_every_row(run, "for its loss over all data", needs_all=True)
    last, gradient = check_loss(loss, run.iterates[-1])
    known = run.evaluated.losses
    values = np.append(_values(loss, run.iterates[:-1]), last)
    followed = known if len(known) == len(values) else np.append(known, last)
    gradients = np.vstack([run.gradients[:-1], gradient])
    measured = np.isfinite(run.full_losses)
    if _are_near(values, followed, run):
        losses, batch_losses = followed, np.empty(0)
    elif measured.any() and _are_near(values[measured], run.full_losses[measured], run):
        losses, batch_losses = values, followed
    else:
        raise other_loss("other values along the run than were recorded", FULL_LOSS)
    return replace(
        run,
        losses=losses,
        gradients=gradients,
        batch_losses=batch_losses,
        loss_counts=np.empty(0, np.int64),
        full_losses=np.empty(0),
    )


@with_autograd
def _values(loss: Loss, iterates: NDArray[np.float64]) -> NDArray[np.float64]:
    import torch

    return np.array([float(loss(torch.tensor(row)).detach()) for row in iterates])


def _are_near(values: NDArray[np.float64], known: NDArray[np.float64], run: Trajectory) -> bool:
    near = tolerance(run)
    return np.allclose(values, known, rtol=near, atol=near * float(np.abs(known).max()))
