"""The sharpness along a run, with the bound above which descent on a quadratic is unstable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.plots import style
from descent.plots.axes import set_linear, set_log, spans_decades
from descent.rates.requested_sharpness import is_requested, requested_sharpness
from descent.runs.stability import momentum_of, stable_up_to

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.palette import Palette
    from descent.runs.trajectory import Trajectory

MARGIN = 0.08  # of the range of values, on either side


def sharpness_of_one(
    sharpness: Any, runs: Sequence[Trajectory], loss: Loss | None, has_axes: bool
) -> NDArray[np.float64] | None:
    """Return the sharpness along the only run, shape (steps+1,); None if it is not asked for."""
    if not is_requested(sharpness):
        return None
    if len(runs) != 1:
        raise InvalidValue("sharpness", "go with a single run", got=f"{len(runs)} of them")
    if has_axes:
        repair = "leave one of the two out."
        raise InvalidValue("sharpness", "go without ax and axes", got="both", repair=repair)
    return requested_sharpness(sharpness, runs[0], loss)


def draw_sharpness(
    axes: Axes, run: Trajectory, sharpness: NDArray[np.float64], palette: Palette
) -> None:
    """Draw the sharpness at the iterates where it was measured, and the bound of each step."""
    (steps,) = np.nonzero(np.isfinite(sharpness))
    bound = stable_up_to(run)
    axes.plot(steps, sharpness[steps], color=palette.loss, label="sharpness λ")
    if bound.size:
        name = "2 (1 + β) / η" if momentum_of(run) else "2 / η"
        times, heights = np.arange(len(bound) + 1), np.append(bound, bound[-1])
        look: Any = {"color": palette.learning_rate, "linestyle": style.DASHES[2]}
        axes.step(times, heights, where="post", label=name, linewidth=style.BOLD, **look)
    values = np.concatenate([sharpness[steps], bound[np.isfinite(bound)]])
    if values.min() > 0 and spans_decades(values):
        set_log(axes, "y", float(values.min()) / 1.5, float(values.max()) * 1.5)
    else:
        room = MARGIN * (float(np.ptp(values)) or abs(float(values[0])) or 1.0)
        axes.set_ylim(values.min() - room, values.max() + room)
        set_linear(axes.yaxis, 4)
    axes.set_xlim(-0.01 * max(run.steps, 1), 1.01 * max(run.steps, 1))
    set_linear(axes.xaxis, 8, is_count=True)
    axes.set_xlabel("step")
    axes.set_title("the largest eigenvalue of the Hessian")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1.6)
