"""What many descents came to: a few numbers for each learning rate, and no iterates."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import check_shape, freeze
from descent.checks.arguments import MAX_STEPS, check_groups, check_positive
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_finite, check_number, check_whole
from descent.checks.texts import check_names, some_of
from descent.deprecation import renamed
from descent.runs.behavior import BEHAVIORS
from descent.runs.trajectory import Trajectory
from descent.serialization import OMIT_EMPTY, Saveable
from descent.views.landscape import Landscape
from descent.views.plane import Plane

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pandas import DataFrame  # pyright: ignore[reportMissingTypeStubs]

    from descent.display import Picture

NEVER = -1
REALS = ("learning_rates", "final_losses", "start")
PER_RUN = ("steps_taken", "steps_to_tolerance", "behavior_codes", "diverged_codes")
WHOLES = (*PER_RUN, "groups", "error_codes")
ELEMENTS: dict[str, type] = {
    **{"names": str, "kept": tuple, "error_texts": str},
    **{"trajectories": Trajectory, "landscapes": Landscape},
}


@renamed(behaviours="behaviors", behaviour_codes="behavior_codes")
@dataclass(frozen=True, eq=False)
class Sweep(Saveable):
    """What each of many descents came to; every array is aligned with the learning rates.

    S is the shape of the sweep: (k,) for k rates, (rows, columns) for a map of them. A run's place
    is an index into these arrays, such as (3,) or (0, 7). `sweep` makes them.

    Attributes:
        learning_rates: Shape S; where parameters have groups, S + (groups,).
        final_losses: The loss of each run's last finite row, shape S.
        steps_taken: After how many steps that was, shape S, int64.
        steps_to_tolerance: After how many steps the loss was first at most `tolerance`, shape S,
            int64; -1 where it never was.
        behavior_codes: Places in `descent.runs.behavior.BEHAVIORS`, shape S, int64; `behaviors`
            has the words.
        diverged_codes: 1 where `Trajectory.diverged` would be true, else 0, shape S, int64;
            `diverged` has the truth values.
        start: Parameters θ^0 of all runs, shape (n,).
        groups: The group of each parameter, shape (n,), int64; empty where all share one rate.
        names: One name per parameter.
        first_loss: The loss at the start, which all runs share.
        steps: How many steps each run was to take.
        tolerance: The loss that counts as low enough; None if it does not matter.
        kept: The places of the runs that were kept whole, in the order of their rates.
        trajectories: These runs, as `record` recorded them, one for each of `kept`.
        plane: Of more than two parameters the plane that shows most of those among them that do
            not diverge; else None.
        landscapes: The loss, of more than two parameters on `plane`, over windows from narrow to
            wide that hold what can be drawn of them; the first holds what runs that do not
            diverge do.
        critical_learning_rate: 2 / sharpness at the start; inf where the loss does not curve
            upwards, None where it is not known.
        error_codes: Where the loss raised an exception, which stopped the run, the index of its
            text in `error_texts`, else -1, shape S, int64; shape (0,) if no run failed. `errors`
            has the texts.
        error_texts: The exceptions' texts, each once.

    Raises:
        InvalidValue: If shapes or numbers contradict the above.
        InvalidType: If a field is of another type.

    Example:
        >>> import descent
        >>> parabola = descent.LOSSES["parabola"]  # θ1²: a step multiplies θ1 by 1 − 2 η
        >>> found = descent.sweep(parabola, [2], [0.25, 0.5, 1.5], steps=3, tolerance=0.1)
        >>> found.final_losses.tolist(), found.behaviors.tolist()
        ([0.0625, 0.0, 256.0], ['converging', 'converging', 'diverging'])
        >>> found.steps_to_tolerance.tolist(), found.learning_rates[found.best].item()
        ([3, 1, -1], 0.5)
    """

    learning_rates: NDArray[np.float64]
    final_losses: NDArray[np.float64]
    steps_taken: NDArray[np.int64]
    steps_to_tolerance: NDArray[np.int64]
    behavior_codes: NDArray[np.int64]
    diverged_codes: NDArray[np.int64]
    start: NDArray[np.float64]
    groups: NDArray[np.int64]
    names: tuple[str, ...]
    first_loss: float
    steps: int
    tolerance: float | None = None
    kept: tuple[tuple[int, ...], ...] = ()
    trajectories: tuple[Trajectory, ...] = ()
    plane: Plane | None = None
    landscapes: tuple[Landscape, ...] = ()
    critical_learning_rate: float | None = None
    error_codes: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, np.int64), metadata=OMIT_EMPTY
    )
    error_texts: tuple[str, ...] = field(default=(), metadata=OMIT_EMPTY)

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, *REALS)
        freeze(self, *WHOLES, dtype=np.int64)
        for name in ELEMENTS:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self._check_words()
        self._check_numbers()
        rates, shape = self.learning_rates.shape, self.final_losses.shape
        if rates != shape and rates[:-1] != shape:
            constraint = f"have shape {shape}, or one axis more"
            raise InvalidValue("learning_rates", constraint, self.learning_rates, got=str(rates))
        for name in PER_RUN:
            check_shape(name, getattr(self, name), shape)
        check_shape("error_codes", self.error_codes, shape, (0,))
        self._check_groups(rates[-1] if rates != shape else 0)
        _check_within(self.steps_taken, "steps_taken", 0, self.steps)
        _check_within(self.steps_to_tolerance, "steps_to_tolerance", NEVER, self.steps)
        if len(self.kept) != len(self.trajectories):
            constraint = f"be one for each place that is kept, {len(self.kept)}"
            got = str(len(self.trajectories))
            raise InvalidValue("trajectories", constraint, self.trajectories, got=got)
        _check_within(self.behavior_codes, "behavior_codes", 0, len(BEHAVIORS) - 1)
        _check_within(self.diverged_codes, "diverged_codes", 0, 1)
        _check_within(self.error_codes, "error_codes", -1, len(self.error_texts) - 1)

    def _check_groups(self, count: int) -> None:
        """Check that each parameter has one of `count` rates, or all share one."""
        if count:
            check_groups(self.groups, len(self.start), count)
        elif self.groups.size:
            raise InvalidValue("groups", "be empty where all share one rate", self.groups.tolist())

    def _check_words(self) -> None:
        """Check what a file may hold in place of names, places, runs and landscapes."""
        for name, kind in ELEMENTS.items():
            if not all(isinstance(one, kind) for one in getattr(self, name)):
                constraint = f"consist of {kind.__name__}s"
                raise InvalidType(name, constraint, getattr(self, name), got="others")
        check_names(self.names)
        self._check_plane(self.plane)
        if len(self.names) != len(self.start) or self.groups.shape not in ((0,), self.start.shape):
            constraint = f"be one per parameter, {len(self.start)}"
            got = f"{len(self.names)} and {len(self.groups)}"
            raise InvalidValue("names and groups", constraint, self.names, got=got)
        self._check_drawn()
        shape = self.final_losses.shape
        for place in self.kept:
            is_inside = len(place) == len(shape) and all(
                type(k) is int and 0 <= k < size for k, size in zip(place, shape, strict=True)
            )
            if not is_inside:
                raise InvalidValue("kept", "name places of the sweep", self.kept)

    def _check_drawn(self) -> None:
        """Check that runs and landscapes are of these parameters."""
        for run in self.trajectories:
            if run.names != self.names:
                constraint = f"be of the sweep's parameters {some_of(self.names)}"
                raise InvalidValue("trajectories", constraint, run.names, got=some_of(run.names))
        axes = min(len(self.start), 2)
        for landscape in self.landscapes:
            if len(landscape.axes) != axes:
                got = str(len(landscape.axes))
                raise InvalidValue("landscapes", f"have {axes} axes", landscape, got=got)

    def _check_plane(self, plane: Any) -> None:
        if plane is not None and not isinstance(plane, Plane):
            raise InvalidType("plane", "be a Plane or None", plane)
        if plane is not None and len(plane.origin) != len(self.start):
            constraint = f"be one of {len(self.start)} parameters"
            raise InvalidValue("plane", constraint, plane, got=str(len(plane.origin)))

    def _check_numbers(self) -> None:
        """Check counts, and that numbers are numbers and within their ranges."""
        check_whole(self.steps, "steps", 1, MAX_STEPS)
        check_number(self.first_loss, "first_loss")
        if self.tolerance is not None:
            check_number(self.tolerance, "tolerance")
        critical = self.critical_learning_rate
        if critical is not None and not (isinstance(critical, float) and critical > 0):
            raise InvalidValue("critical_learning_rate", "be positive, as a float", critical)
        check_positive(self.learning_rates, "learning_rates")
        for name in ("final_losses", "start"):
            check_finite(name, getattr(self, name))

    @property
    def behaviors(self) -> NDArray[Any]:
        """What each run shows, as `Trajectory.behavior` defines it; texts, shape S."""
        return np.array(BEHAVIORS)[self.behavior_codes]

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs have `Trajectory.diverged`: their next row was not finite; shape S."""
        return self.diverged_codes.astype(bool)

    @property
    def thrown_out(self) -> NDArray[np.bool_]:
        """Which runs diverge, or met a value that is not finite; shape S.

        Those on which the loss raised an exception are not among them, but in `errors`.
        """
        return (self.behaviors == "diverging") | self.diverged

    @property
    def errors(self) -> NDArray[Any]:
        """The text of the exception that stopped each run, "" where none did; shape S."""
        if not self.error_texts:
            return np.full(self.final_losses.shape, "", object)
        return np.array([*self.error_texts, ""], object)[self.error_codes]  # of -1, the last

    @property
    def best(self) -> tuple[int, ...]:
        """The place of the lowest final loss, an index into the arrays; of several, the first.

        Runs that are thrown out or fail are ignored, unless all of them are, which
        ``behaviors[best]`` and ``errors[best]`` tell.
        """
        lost = self.thrown_out | (self.errors != "")
        lost &= ~lost.all()
        lowest = int(np.argmin(np.where(lost, np.inf, self.final_losses)))
        return tuple(int(k) for k in np.unravel_index(lowest, self.final_losses.shape))

    def plot(self, **options: Any) -> Figure:
        """Draw the learning-rate map: a curve for a list of rates, a picture for pairs of them.

        Args:
            **options: Further arguments of `descent.plot_map`.

        Returns:
            A figure of matplotlib, which a notebook shows.

        Raises:
            InvalidValue: As `descent.plot_map` does.
        """
        from descent.plots.maps import plot_map

        return plot_map(self, **options)

    def to_html(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write a page with a slider through the kept runs, and return its path.

        Args:
            path: Where to, in a folder that exists; what is there is replaced.
            **options: Further arguments of `descent.write_page`.

        Returns:
            The same path, of one file that needs no network.

        Raises:
            InvalidType: As `descent.write_page` does.
            InvalidValue: As `descent.write_page` does, such as for a sweep that kept no run.
            FileNotFoundError: If the folder does not exist.
            OSError: If the file cannot be written.
        """
        from descent.page.writing import write_page

        return write_page(self, path, **options)

    def to_pandas(self) -> DataFrame:
        """Return the sweep as a table of pandas, one row per run."""
        from descent.tables import sweep_table

        return sweep_table(self)

    def __repr__(self) -> str:
        """Return what it is and what became of it, in a line."""
        from descent.display import sweep_repr

        return sweep_repr(self)

    def _repr_html_(self) -> str:
        from descent.display import sweep_html

        return sweep_html(self)

    def _repr_png_(self) -> Picture | None:
        from descent.display import picture_of

        return picture_of(self)


def check_sweep(sweep: Any) -> Sweep:
    """Return `sweep`, having checked that it is one."""
    if not isinstance(sweep, Sweep):
        raise InvalidType("sweep", "be a descent.Sweep", sweep, got=f"a {type(sweep).__name__}")
    return sweep


def _check_within(counts: NDArray[np.int64], what: str, lowest: int, highest: int) -> None:
    wrong = counts[(counts < lowest) | (counts > highest)]
    if wrong.size:
        got = str(wrong.flat[0])
        raise InvalidValue(what, f"be from {lowest} to {highest}", counts, got=got)
