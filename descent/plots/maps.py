"""The learning-rate map of a sweep: the result of each rate, or of each pair of rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidValue
from descent.checks.texts import check_title
from descent.palette import palette_of
from descent.plots.given_axes import checked, figure_of
from descent.plots.rate_curve import draw_curve, draw_curve_into
from descent.plots.rate_image import draw_image, draw_image_into
from descent.plots.style import style_context
from descent.sweeps.sweep import check_sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from descent.sweeps.sweep import Sweep

LARGEST = 1e300  # rate that an axis can show; the smallest is its reciprocal


def plot_map(
    sweep: Sweep, *, theme: str = "light", title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the result of each run of a sweep over its learning rate or its pair of rates.

    One rate: the final loss of each run, of one that diverges its last finite one, with the
    behaviour of each rate above it, the loss at the start, and the boundary 2 / sharpness where
    it is known. Pairs: a picture, blue where the loss ended no higher than it began, the deeper
    the lower it is, and orange where it ended higher or the run diverged, the deeper the sooner.

    Args:
        sweep: Of a list of learning rates, shape (k,), or, with two groups of parameters, of a
            grid of pairs of them, shape (rows, columns, 2), evenly spread along each axis.
        theme: "light" or "dark".
        title: Above the figure; by default how many runs there are; "" for none.
        ax: Axes of a figure of yours to draw into, in place of a new figure: the curve with its
            behaviours, or the picture of pairs without its colour bars. `title` goes above them;
            they keep their fonts and background.

    Returns:
        A figure that a notebook shows by itself; `savefig` writes it to a file. With `ax`, the
        figure that it belongs to.

    Raises:
        InvalidType: If `sweep` is not a Sweep, `title` not a text, or `ax` not Axes.
        InvalidValue: If the theme is unknown, the sweep neither a list of rates nor an even grid of
            pairs, or a rate too small or too large for any axis.

    References:
        Sohl-Dickstein (2024), arXiv:2402.06184, for maps of two rates.

    Example:
        >>> import descent, numpy as np
        >>> found = descent.sweep(descent.LOSSES["bowl"], [2, 1], np.geomspace(0.01, 1, 50), 20)
        >>> descent.plot_map(found).axes[0].get_title(loc="left")
        'loss after 20 steps, log scale'
    """
    _check(sweep, title)
    palette = palette_of(theme)
    if ax is not None:
        draw = draw_image_into if sweep.groups.size else draw_curve_into
        with style_context(palette):
            draw(checked(ax), sweep, palette)
            if title is not None:
                ax.set_title(title)
        return figure_of(ax)
    return (draw_image if sweep.groups.size else draw_curve)(sweep, palette, title)


def _check(sweep: Any, title: Any) -> None:
    check_sweep(sweep)
    check_title(title)
    shape = sweep.learning_rates.shape
    if len(shape) != 1 and not (len(shape) == 3 and shape[-1] == 2 and sweep.groups.size):
        constraint = "be a list of learning rates or a grid of pairs of them"
        repair = "sweep rates of shape (k,), or (rows, columns, 2) with groups."
        raise InvalidValue("sweep", constraint, sweep, got=f"shape {shape}", repair=repair)
    low, high = sweep.learning_rates.min(), sweep.learning_rates.max()
    if low < 1 / LARGEST or high > LARGEST:
        raise InvalidValue(
            "learning_rates",
            f"be from {1 / LARGEST:g} to {LARGEST:g} to be drawn",
            sweep.learning_rates,
            got=f"{low:g} to {high:g}",
            repair="sweep rates in this range.",
        )
