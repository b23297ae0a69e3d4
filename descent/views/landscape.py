"""A loss sampled over a window of one or two parameters, to be drawn as a curve or contours."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import check_shape, freeze, read_only
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.function import check_is_function
from descent.checks.loss import check_callable, explain_modules
from descent.checks.numbers import as_numbers, check_finite, check_number, check_whole
from descent.checks.texts import check_names, default_names
from descent.deprecation import renamed
from descent.serialization import OMIT_DEFAULT, Saveable
from descent.views.evaluation import Evaluator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from descent.arrays import Loss

    Axes = tuple[NDArray[np.float64], ...]

Window = tuple[tuple[float, float], ...]
MAX_POINTS = 4_000_000


@renamed(holds="contains")
@dataclass(frozen=True, eq=False)
class Landscape(Saveable):
    """Values of a loss on a grid.

    Attributes:
        axes: One increasing array of parameter values per axis, of shape (k,); one or two of them.
        values: The loss, shape (len(axes[0]),) or (len(axes[0]), len(axes[1])): the loss at
            ``(axes[0][i], axes[1][j])`` is ``values[i, j]``. It may be nan or inf.
        names: One name per axis.
        rows: Over how many rows of the data the loss is evaluated, if all of them take too long;
            else 0.
        all_rows: How many rows there are then; else 0.

    Raises:
        InvalidType: If the names are not texts.
        InvalidValue: If the arrays do not fit together, or two names are the same.

    Example:
        >>> import descent
        >>> drawn = descent.sample(descent.LOSSES["bowl"], [(-2, 2), (0, 1)], resolution=(5, 2))
        >>> drawn.values.tolist()
        [[4.0, 7.0], [1.0, 4.0], [0.0, 3.0], [1.0, 4.0], [4.0, 7.0]]
        >>> drawn.window, drawn.contains([1.5, 0.5])
        (((-2.0, 2.0), (0.0, 1.0)), True)
    """

    axes: tuple[NDArray[np.float64], ...]
    values: NDArray[np.float64]
    names: tuple[str, ...]
    rows: int = field(default=0, metadata=OMIT_DEFAULT)
    all_rows: int = field(default=0, metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        object.__setattr__(self, "axes", tuple(read_only(axis) for axis in self.axes))
        freeze(self, "values")
        check_names(self.names)
        object.__setattr__(self, "names", tuple(self.names))
        shape = tuple(len(axis) for axis in self.axes)
        if len(shape) not in (1, 2) or len(self.names) != len(shape):
            got = f"{len(shape)} with {len(self.names)} names"
            raise InvalidValue("axes", "be one or two, each with a name", self.axes, got=got)
        check_shape("values", self.values, shape)
        if not (0 < self.rows < self.all_rows or self.rows == self.all_rows == 0):
            got = f"{self.rows} of {self.all_rows}"
            raise InvalidValue("rows", "be some of all rows", self.rows, got=got)

    @property
    def window(self) -> Window:
        """The lowest and highest value of each axis."""
        return tuple((float(axis[0]), float(axis[-1])) for axis in self.axes)

    def contains(self, point: ArrayLike) -> bool:
        """Return whether `point`, shape (1,) or (2,), lies inside the window."""
        return bool(contains(self.window, np.asarray(point, dtype=np.float64)))


def contains(window: Window, points: NDArray[np.float64], margin: float = 0.0) -> NDArray[np.bool_]:
    """Return which of `points`, shape (…, axes), lie in a window without a share at its edges."""
    low, high = np.array(window).T
    room = margin * (high - low)
    return ((points >= low + room) & (points <= high - room)).all(axis=-1)


def sample(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: int | Sequence[int] = 201,
    names: Sequence[str] | None = None,
) -> Landscape:
    """Evaluate `loss` on a regular grid over `window`, many points at once.

    A loss of more parameters is sampled on a plane: `Plane.restrict`. Memory stays below about a
    hundred megabytes there too, since fewer points are evaluated at once the more each takes.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; n is 1 or 2.
        window: (low, high) for each parameter.
        resolution: Points an axis, ends included; one number for all axes or one each.
        names: One name per parameter; by default the loss's own, else θ1, θ2.

    Returns:
        A Landscape. Its values may be nan or inf; they are nan where the loss raises an
        exception that is not a mistake in its code, such as torch.linalg.LinAlgError or ValueError.

    Raises:
        InvalidType: If `loss` is not a function or does not return a tensor, or if `window`,
            `resolution` or `names` are of another type.
        InvalidValue: If `window`, `resolution` and `names` do not fit together, or if the loss is
            not a real scalar or no function of its parameters alone, or fails at every point, or
            raises a TypeError, NameError, AttributeError or ImportError at one.

    Example:
        >>> import descent
        >>> curve = descent.sample(lambda p: p[0] ** 2, [(-1, 1)], resolution=5)
        >>> curve.axes[0].tolist(), curve.values.tolist()
        ([-1.0, -0.5, 0.0, 0.5, 1.0], [1.0, 0.25, 0.0, 0.25, 1.0])
    """
    axes, names = checked_grid(loss, window, resolution, names)
    with explain_modules(loss):
        return sampled(Evaluator(loss), axes, names)


@with_autograd
def sampled(
    evaluate: Evaluator,
    axes: Axes,
    names: tuple[str, ...],
    on_progress: Callable[[int], None] | None = None,
) -> Landscape:
    """Return a loss over a grid of checked axes."""
    values = evaluate(grid(axes), on_progress).reshape([len(axis) for axis in axes])
    return Landscape(axes=axes, values=values, names=names)


def grid(axes: Axes) -> NDArray[np.float64]:
    """Return all points of a grid, shape (k, axes), those of the last axis next to each other."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def checked_grid(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: int | Sequence[int],
    names: Sequence[str] | None,
) -> tuple[Axes, tuple[str, ...]]:
    """Return the axes of a grid and their names, having checked all that `sample` is given."""
    axes, names = checked_axes(loss, window, resolution, names)
    points = grid(axes)
    check_is_function(loss, points[len(points) // 2])
    return axes, names


def checked_axes(
    loss: Loss,
    window: Sequence[tuple[float, float]],
    resolution: int | Sequence[int],
    names: Sequence[str] | None,
) -> tuple[Axes, tuple[str, ...]]:
    """Return the axes of a grid and their names, having checked all but that the loss fits."""
    check_callable(loss)
    axes = _axes(window, resolution)
    names = names if names is not None else getattr(loss, "names", None) or None
    if names is not None:
        check_names(names)
    names = default_names(len(axes), names)
    if len(names) != len(axes):
        constraint = f"have {len(names)} axes ({', '.join(names)})"
        raise InvalidValue("window", constraint, window, got=str(len(axes)))
    return axes, names


def _axes(
    window: Sequence[tuple[float, float]], resolution: int | Sequence[int]
) -> tuple[NDArray[np.float64], ...]:
    ends = as_numbers(window, "window", "be (low, high) for each parameter")
    if ends.ndim != 2 or ends.shape[1] != 2:
        got = f"shape {ends.shape}"
        raise InvalidValue("window", "be (low, high) for each parameter", window, got=got)
    if len(ends) not in (1, 2):
        raise InvalidValue("window", "have one or two axes", window, got=str(len(ends)))
    each = resolution if isinstance(resolution, list | tuple) else [resolution] * len(ends)
    counts = [check_whole(count, "resolution", 0, MAX_POINTS) for count in each]
    if len(counts) != len(ends) or min(counts) < 2 or math.prod(counts) > MAX_POINTS:
        constraint = f"be from 2 points an axis to {MAX_POINTS:,} in all"
        raise InvalidValue("resolution", constraint, resolution)
    spans: list[tuple[float, float]] = ends.tolist()
    for low, high in spans:
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise InvalidValue("window", "be finite, low before high", (low, high))
    return tuple(np.linspace(low, high, n) for (low, high), n in zip(spans, counts, strict=True))


def window_around(points: ArrayLike, aspect: float = 1.5, margin: float = 0.15) -> Window:
    """Return a window that holds `points`, with the same scale on both axes.

    Equal scales keep a gradient at right angles to the contour it starts from.

    Args:
        points: Parameters, shape (k, 1) or (k, 2), finite.
        aspect: Width over height of the picture that the window is for, with two parameters.
        margin: Share of the span left free beyond the outermost points, on each side.

    Returns:
        ((low, high),) or ((low, high), (low, high)).

    Raises:
        InvalidType: If an argument is not a number.
        InvalidValue: If `points` has another shape or is not finite, or `aspect` or `margin` is
            out of range.

    Example:
        >>> import descent
        >>> descent.window_around([[0, 0], [3, 1]], aspect=1.5, margin=0)
        ((0.0, 3.0), (-0.5, 1.5))
    """
    points = as_numbers(points, "points")
    if points.ndim != 2 or points.shape[1] not in (1, 2) or len(points) == 0:
        got = str(points.shape)
        raise InvalidValue("points", "have shape (k, 1) or (k, 2)", points, got=got)
    check_finite("points", points)
    aspect, margin = check_number(aspect, "aspect"), check_number(margin, "margin")
    if aspect <= 0:
        raise InvalidValue("aspect", "be positive", aspect)
    if margin < 0:
        raise InvalidValue("margin", "be 0 or more", margin)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, spans = low / 2 + high / 2, (high - low) * (1 + 2 * margin)
    shape = np.array([1.0]) if len(middle) == 1 else np.array([aspect, 1.0])
    scale = max(float((spans / shape).max()), _least_span(middle))
    half = scale * shape / 2
    return tuple((float(m - h), float(m + h)) for m, h in zip(middle, half, strict=True))


def _least_span(middle: NDArray[np.float64]) -> float:
    """Return a width for coinciding points at which tick labels differ."""
    return max(0.1, float(np.abs(middle).max()) * 1e-3)


def scale_window(window: Window, factor: float) -> Window:
    """Return `window` made `factor` times as wide about its middle."""
    if not factor > 0:
        raise InvalidValue("factor", "be positive", factor)
    return tuple(
        ((low + high) / 2 - (high - low) / 2 * factor, (low + high) / 2 + (high - low) / 2 * factor)
        for low, high in window
    )
