"""Figures of recorded runs: their paths on the loss, and their losses over steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import as_numbers, check_whole
from descent.checks.texts import check_title
from descent.palette import palette_of
from descent.plots.curves import draw_gradient_norms, draw_losses, draw_parameters
from descent.plots.figures import EDGE, LINE_HEIGHT, Box, NotebookFigure, heading_height
from descent.plots.given_axes import (
    add_legend,
    aspect_of,
    check_axes,
    figure_of,
    write_note,
)
from descent.plots.legend import LegendRow, legend_height, write_legend
from descent.plots.loss_panel import draw_arrows, draw_loss_panel, make_loss_panel
from descent.plots.sharpness import draw_sharpness, sharpness_of_one
from descent.plots.style import run_styles, style_context
from descent.runs.loss_match import check_same_loss
from descent.runs.trajectory import check_runs
from descent.text import methods
from descent.text import runs as text
from descent.views.plane import Plane

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from descent.arrays import Loss
    from descent.palette import Palette
    from descent.plots.style import RunStyle
    from descent.runs.trajectory import Trajectory
    from descent.views.landscape import Window

WIDTH, HEIGHT = 10.0, 4.2  # inches, as all lengths here
SIDE = 3.4  # width of the legend and of the loss over steps beside a loss panel
GAP = 0.3
LOWER = 2.2  # height of the sharpness below a run
CURVE = 2.0  # least height of the curve below a legend
LABELS = (0.55, 0.7)  # approximate width and height of the labels of a loss panel
MAX_RESOLUTION = 2000
NAMED = 6  # parameters, up to which each has a curve


def plot_runs(
    runs: Trajectory | Iterable[Trajectory],
    loss: Loss | None = None,
    *,
    plane: Plane | None = None,
    labels: Sequence[str] | None = None,
    theme: str = "light",
    window: Window | None = None,
    title: str | None = None,
    resolution: int | None = None,
    sharpness: bool | ArrayLike | None = None,
    ax: Axes | None = None,
    axes: Sequence[Axes] | NDArray[Any] | None = None,
) -> Figure:
    """Draw one run or several: their losses by steps and, given the loss, their paths on it.

    One parameter: the curve of the loss with the run's points on it. Two: contours. More:
    contours in a plane, onto which the paths are projected; how much of their variance it shows
    is written on the figure. The window holds all of the runs that stay and the beginning of
    those that end higher than they began, whose paths leave it by an arrow. Without the loss: by
    steps, the parameters of a run of up to six, else the length of the gradient.

    Args:
        runs: What was recorded, of the same parameters.
        loss: Maps params, shape (n,), to a scalar tensor: the loss that was descended.
        plane: Where to look at more than two parameters; by default the plane of the paths.
        labels: What each run is called; by default what tells the runs apart.
        theme: "light" or "dark".
        window: (low, high) for each axis of the loss; by default what the runs need, at the
            same scale on both axes.
        title: Above the figure; by default what was descended and how; "" for none.
        resolution: Points along the wider axis at which the loss is evaluated; by default 181, or
            as many, and over as many rows of the data, as ten seconds allow, which it then says.
        sharpness: Of a single run, what `descent.sharpness_along` returned, shape (steps+1,), or
            True to measure it at up to 151 iterates: it is drawn below, with 2 / η, about which it
            hovers at the edge of stability (Cohen et al. 2021).
        ax: Axes of a figure of yours to draw into, in place of a new figure: the paths on the loss
            if it is given, else the losses by steps. `title` goes above them; they keep their fonts
            and background.
        axes: Two of them, shape (2,), as ``plt.subplots(1, 2)`` makes, for what a new figure shows:
            the paths on the loss and the losses by steps, or these and the parameters or gradients.

    Returns:
        A figure that a notebook shows by itself; `savefig` writes it to a file. With `ax` or
        `axes`, the figure that they belong to.

    Raises:
        InvalidType: If `runs` are not trajectories, `plane` is not a Plane, `resolution` is not a
            whole number, `ax` is not Axes, or `loss` returns no tensor.
        InvalidValue: If there is no run, the runs, `labels`, `loss`, `plane` and `window` do not
            belong together, `axes` are not two, or `theme` or `resolution` is out of range.

    References:
        Okabe and Ito (2008), "Color universal design", for the colours.

    Example:
        >>> import descent
        >>> bowl = descent.LOSSES["bowl"]
        >>> run = descent.record(bowl, [2, 1], learning_rate=0.1, steps=20)
        >>> figure = descent.plot_runs(run, bowl, resolution=21)
        >>> [axes.get_title(loc="left") for axes in figure.axes]
        ['$θ_{2}$', 'loss, log scale']
        >>> import matplotlib.pyplot as plt
        >>> figure, (left, right) = plt.subplots(1, 2)
        >>> run.plot(ax=right) is figure
        True
        >>> plt.close(figure)
    """
    checked = check_runs(runs)
    panels = check_axes(ax, axes, "the loss and what is drawn by steps")
    named = _checked_labels(labels, checked)
    check_title(title)
    palette = palette_of(theme)
    if resolution is not None:
        resolution = check_whole(resolution, "resolution", 2, MAX_RESOLUTION)
    _check_view(checked, loss, plane, window)
    measured = sharpness_of_one(sharpness, checked, loss, bool(panels))
    if panels:
        view = plane, window, resolution
        return _draw_into(panels, checked, loss, named, palette, title, view)
    title = _title(checked, loss) if title is None else title
    return _draw(checked, loss, named, palette, title, (plane, window, resolution), measured)


def _checked_labels(labels: Sequence[str] | None, runs: Sequence[Trajectory]) -> list[str]:
    if labels is None:
        return methods.labels(runs)
    if isinstance(labels, str) or not isinstance(labels, Sequence) or len(labels) != len(runs):
        raise InvalidValue("labels", f"be a list, one for each of {len(runs)} runs", labels)
    return [" ".join(str(label).split()) for label in labels]


def _check_view(
    runs: Sequence[Trajectory], loss: Loss | None, plane: Plane | None, window: Window | None
) -> None:
    if loss is None and not (plane is None and window is None):
        raise InvalidValue("loss", "be given with a plane or a window", loss, got="none")
    if loss is not None:
        for run in runs:
            check_same_loss(loss, run)
    if plane is not None:
        _check_plane(plane, len(runs[0].names))
    if window is not None:
        _check_window(window, 2 if plane is not None else min(2, len(runs[0].names)))


def _check_plane(plane: Any, count: int) -> None:
    if not isinstance(plane, Plane):
        raise InvalidType("plane", "be a descent.Plane, as path_plane gives it", plane)
    if len(plane.origin) != count:
        got = f"one of {len(plane.origin)}"
        raise InvalidValue("plane", f"be one of the runs' {count} parameters", plane, got=got)


def _check_window(window: Any, count: int) -> None:
    """Check that each axis has two ends; `sample` checks their order."""
    given = as_numbers(window, "window")
    if given.shape != (count, 2):
        pairs = "((low, high),)" if count == 1 else "((low, high), (low, high))"
        raise InvalidValue("window", f"be {pairs} here", window)


def _title(runs: Sequence[Trajectory], loss: Loss | None) -> str:
    """Return the label of the only run or the number of runs, and the loss if it is described."""
    how = methods.label(runs[0]) if len(runs) == 1 else f"{len(runs)} descents"
    what = getattr(loss, "description", "")
    return f"{how}, on {what}" if what else how


def _draw(
    runs: Sequence[Trajectory],
    loss: Loss | None,
    labels: Sequence[str],
    palette: Palette,
    title: str,
    view: tuple[Plane | None, Window | None, int | None],
    sharpness: NDArray[np.float64] | None,
) -> Figure:
    styles = run_styles(runs, palette)
    lower = 0.0 if sharpness is None else LOWER
    rows = [LegendRow(a, text.status(b), c) for a, b, c in zip(labels, runs, styles, strict=True)]
    rows = rows if len(runs) > 1 else []
    subtitle = text.summary(runs[0]) if len(runs) == 1 else text.lowest(labels, runs)
    with style_context(palette):
        layout = _layout(rows, (title, subtitle), loss is not None, lower)
        panel = make_loss_panel(runs, loss, *view, layout.aspect) if loss is not None else None
        subtitle = f"{subtitle}\n{panel.note}" if panel and panel.note else subtitle
        layout = _layout(rows, (title, subtitle), loss is not None, lower)
        figure = NotebookFigure((WIDTH, layout.height), palette)
        figure.write_heading(title, subtitle, runs[0].names)
        if rows:
            write_legend(figure, layout.legend, rows)
        left, right = figure.axes_in(layout.wide), figure.axes_in(layout.narrow)
        if panel:
            draw_loss_panel(left, panel, styles, palette, is_equal=view[1] is None)
        _draw_by_steps([right] if panel else [left, right], runs, styles, palette)
        figure.fit(left, layout.wide)
        figure.fit(right, layout.narrow)
        if sharpness is not None:
            under = figure.axes_in(layout.lower)
            draw_sharpness(under, runs[0], sharpness, palette)
            figure.fit(under, layout.lower)
        if panel:
            draw_arrows(left, panel, styles)
    return figure


def _draw_into(
    panels: Sequence[Axes],
    runs: Sequence[Trajectory],
    loss: Loss | None,
    labels: Sequence[str],
    palette: Palette,
    title: str | None,
    view: tuple[Plane | None, Window | None, int | None],
) -> Figure:
    """Draw into axes of a caller, the first panel alone or both, and return their figure."""
    styles, first = run_styles(runs, palette), panels[0]
    with style_context(palette):
        panel = None
        if loss is not None:
            panel = make_loss_panel(runs, loss, *view, aspect_of(first))
            draw_loss_panel(first, panel, styles, palette, is_equal=view[1] is None)
            if panel.note:
                write_note(first, panel.note, palette)
        _draw_by_steps(panels[1:] if panel else panels, runs, styles, palette)
        if len(runs) > 1:
            add_legend(panels[-1], labels, styles)
        if title is not None:
            first.set_title(title)
        if panel:
            draw_arrows(first, panel, styles)
    return figure_of(first)


def _draw_by_steps(
    panels: Sequence[Axes],
    runs: Sequence[Trajectory],
    styles: Sequence[RunStyle],
    palette: Palette,
) -> None:
    """Draw the losses and, if there is a second panel, the parameters or gradient norms."""
    for axes in panels[:1]:
        draw_losses(axes, runs, styles, palette)
    for axes in panels[1:]:
        count = len(runs[0].names)
        is_named = count == 1 or (len(runs) == 1 and count <= NAMED)
        (draw_parameters if is_named else draw_gradient_norms)(axes, runs, styles, palette)


class Layout(NamedTuple):
    """The height of the figure, and its boxes; what is not drawn has no height."""

    height: float
    wide: Box
    narrow: Box
    legend: Box
    lower: Box

    @property
    def aspect(self) -> float:
        """Approximate width over height of the wide panel without its labels."""
        return (self.wide.width - LABELS[0]) / (self.wide.height - LABELS[1])


def _layout(
    rows: Sequence[LegendRow], heading: tuple[str, str], has_loss: bool, lower: float = 0.0
) -> Layout:
    """Return the layout; more rows in the legend make the figure higher.

    Args:
        rows: The rows of the legend; empty for a single run.
        heading: Title and subtitle; each may be "".
        has_loss: Whether the left panel shows the loss, and is wider than the right one.
        lower: Height of a panel below both.
    """
    side = SIDE if has_loss else (WIDTH - 2 * EDGE - GAP) / 2
    legend = legend_height(rows, side) if rows else 0.0
    head, below = heading_height(*heading), legend + GAP * bool(rows)
    height = max(HEIGHT + LINE_HEIGHT * heading[1].count("\n"), 2 * EDGE + head + below + CURVE)
    inner = height - 2 * EDGE - head
    bottom = EDGE + (lower + GAP) * bool(lower)
    wide = Box(EDGE, bottom, WIDTH - 2 * EDGE - side - GAP, inner)
    narrow = Box(WIDTH - EDGE - side, bottom, side, inner - below)
    key = Box(narrow.left, wide.top - legend, side, legend)
    under = Box(EDGE, EDGE, WIDTH - 2 * EDGE, lower)
    return Layout(height + bottom - EDGE, wide, narrow, key, under)
