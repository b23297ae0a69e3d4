"""The sharpness along a run, with the bound above which descent on a quadratic is unstable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.numbers import as_numbers
from descent.plots import style
from descent.plots.axes import set_linear, set_log, spans_decades

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from descent.palette import Palette
    from descent.runs.trajectory import Trajectory

MARGIN = 0.08  # of the range of values, on either side
# The options of SGD that leave the bound as it is, but for momentum, which moves it.
HARMLESS = {"momentum", "foreach", "fused", "differentiable"}


def check_sharpness(values: Any, runs: Sequence[Trajectory], has_axes: bool) -> NDArray[np.float64]:
    """Return the sharpness along the only run, shape (steps+1,)."""
    if len(runs) != 1:
        raise InvalidValue("sharpness", "go with a single run", got=f"{len(runs)} of them")
    if has_axes:
        repair = "leave one of the two out."
        raise InvalidValue("sharpness", "go without ax and axes", got="both", repair=repair)
    measured = as_numbers(values, "sharpness", "be one number per iterate")
    if measured.shape != (runs[0].steps + 1,) or not np.isfinite(measured).any():
        constraint = f"have shape ({runs[0].steps + 1},), as sharpness_along gives it"
        raise InvalidValue("sharpness", constraint, got=f"shape {measured.shape}")
    return measured


def stable_up_to(run: Trajectory) -> NDArray[np.float64]:
    """Return 2 (1 + β) / η of each step, shape (steps,); (0,) where the method has another bound.

    Up to this sharpness gradient descent with momentum β is stable on a quadratic.
    """
    options: Any = {name: value for name, value in run.options.items() if value}
    other = options.keys() - HARMLESS
    if run.optimizer != "SGD" or other or run.scheduled_options or run.learning_rates.ndim > 1:
        return np.empty(0)
    with np.errstate(divide="ignore"):
        return 2 * (1 + float(options.get("momentum", 0.0))) / run.learning_rates


def draw_sharpness(
    axes: Axes, run: Trajectory, sharpness: NDArray[np.float64], palette: Palette
) -> None:
    """Draw the sharpness at the iterates where it was measured, and the bound of each step."""
    (steps,) = np.nonzero(np.isfinite(sharpness))
    bound = stable_up_to(run)
    axes.plot(steps, sharpness[steps], color=palette.loss, label="sharpness λ")
    if bound.size:
        name = "2 (1 + β) / η" if run.options.get("momentum") else "2 / η"
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
