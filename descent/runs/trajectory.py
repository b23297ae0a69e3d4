"""A recorded descent: what the parameters, the loss and the gradient were at every step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import freeze, read_only
from descent.checks.arguments import MAX_STEPS
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.names import ParameterNames
from descent.checks.numbers import check_number, check_whole
from descent.checks.texts import some_of
from descent.deprecation import renamed
from descent.runs.behavior import GOING_AWAY, Behavior
from descent.runs.measures import Measures
from descent.runs.run_behavior import behavior_of
from descent.runs.saving import SavedWithPicture
from descent.runs.sketch import PathSketch
from descent.runs.step_norms import StepNorms
from descent.runs.trajectory_checks import (
    ARRAYS,
    NextLoss,
    StoppedBy,
    check_shapes,
    check_values,
    check_words,
)
from descent.serialization import OMIT_DEFAULT, OMIT_EMPTY, OMIT_IF

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pandas import DataFrame  # pyright: ignore[reportMissingTypeStubs]

    from descent.arrays import Loss
    from descent.display import Picture

__all__ = ["NextLoss", "StoppedBy", "Trajectory", "check_runs"]


@renamed(behaviour="behavior")
@dataclass(frozen=True, eq=False)
class Trajectory(Measures, SavedWithPicture):
    """The rows of one descent, aligned: row t is the state after t steps, row 0 the start.

    For plain gradient descent, θ^{t+1} = θ^t − η_t ∇loss(θ^t), which here is
    ``iterates[t+1] = iterates[t] - learning_rates[t] * gradients[t]``.

    `record` and `watch` make them. Arrays are float64 and read-only; n is the number of parameters,
    and `steps` how many steps were taken, which is fewer than asked for where a run diverged.

    A loop that was watched computes no loss after its last step, so that the last row of `losses`
    and `gradients` is nan; `evaluated` is the run without that row.

    Of a long run, or one of many parameters, not every row may have been kept. Losses, rates and
    norms are those of every step all the same, and row k of `iterates` and `gradients` is that of
    step ``recorded_steps[k]``. Where even these rows would take too much memory, a few exact
    iterates, in float32 and without gradients, and a `sketch` of the others take their place.

    Attributes:
        iterates: Parameters θ^t, shape (steps+1, n), or of the `recorded_steps` alone, (k, n).
        losses: Loss at each iterate, shape (steps+1,).
        gradients: Gradient at each of these iterates, of the same shape; where there is a
            `sketch`, none, shape (0, n).
        learning_rates: The rate each step was taken with, shape (steps,); where parameters have
            rates of their own, one each, shape (steps, n).
        names: One name per parameter, such as ("W1", "b1").
        diverged: Whether the recording ended because the next row was not finite. False where
            that row's loss is finite, no higher than the first, and only its gradient is missing.
        stopped_by: What ended the recording early: the first of "parameters", "loss" and
            "gradient" that was not finite in the next row, or "error" if an exception was raised;
            None if the recording took all its steps or reached its target.
        optimizer: Name of the torch.optim class that took the steps.
        options: Its further options, such as {"momentum": 0.9}.
        batch_losses: Where each step looked at a mini-batch, the loss of that batch at each
            iterate, whose gradient is the recorded one, shape (steps+1,); ``losses`` are those of
            all data then. Empty where every gradient is that of all data.
        scheduled_options: Options that changed, each as every step was taken with it, shape
            (steps,), such as the "momentum" that OneCycleLR lowers and raises; of a tuple
            "betas[0]", of one group "momentum of group 1".
        error: What failed at which step, and the exception's text, where `stopped_by` is "error";
            else "".
        next_loss: What the loss was at finite parameters in the row that ended the recording:
            "inf", "-inf" or "nan", or "none" if it failed; "" otherwise, and in files of
            version 0.1.
        dtype: The precision of the parameters while they were trained, such as "float32", or
            "bfloat16, float32" where they differ; every number of it is a float64 too.
        loss_counts: Of a loop that was watched, how many losses each step followed, whose mean is
            in ``losses``, shape (steps,); else empty.
        full_losses: Of a loop that was watched, the loss over data that it was given for this, at
            the iterates where it was measured, else nan, shape (steps+1,); empty without such data.
        recorded_steps: The steps whose iterates were kept, increasing from 0, shape (k,); all by
            default.
        norms: Where some were not kept, the norms of every step, else None; `gradient_norms`,
            `parameter_norms`, `step_lengths` and `update_to_weight_ratios` are those of any run.
        sketch: Where the rows would have taken too much memory, a random projection of the path,
            from which distances and projections of the other iterates are estimated; else None.
        left_out: How many further parameters were trained and not recorded, as `keep` asked.

    Raises:
        InvalidValue: If shapes, names or finiteness contradict the above.
        InvalidType: If diverged, optimizer, options, norms or sketch are of another type.

    References:
        Cauchy (1847), Comptes rendus 25, pages 536-538, for the descent itself.
        Charikar, Chen and Farach-Colton (2002), "Finding frequent items in data streams", for the
        sketch.

    Example:
        >>> import descent
        >>> parabola = descent.LOSSES["parabola"]  # θ1², whose gradient is 2 θ1
        >>> run = descent.record(parabola, [2], learning_rate=0.25, steps=3)
        >>> run.iterates[:, 0].tolist(), run.losses.tolist()
        ([2.0, 1.0, 0.5, 0.25], [4.0, 1.0, 0.25, 0.0625])
        >>> run.gradients[0].tolist(), run.learning_rates.tolist()
        ([4.0], [0.25, 0.25, 0.25])
    """

    iterates: NDArray[np.float64]
    losses: NDArray[np.float64]
    gradients: NDArray[np.float64]
    learning_rates: NDArray[np.float64]
    names: tuple[str, ...]
    diverged: bool = False
    optimizer: str = "SGD"
    options: dict[str, object] = field(default_factory=dict[str, object])
    stopped_by: StoppedBy | None = None
    batch_losses: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    error: str = field(default="", metadata=OMIT_EMPTY)
    next_loss: NextLoss = field(default="", metadata=OMIT_EMPTY)
    scheduled_options: dict[str, NDArray[np.float64]] = field(
        default_factory=dict[str, Any], metadata=OMIT_EMPTY
    )
    dtype: str = field(default="float64", metadata=OMIT_DEFAULT)
    loss_counts: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, np.int64), metadata=OMIT_EMPTY
    )
    full_losses: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0), metadata=OMIT_EMPTY
    )
    recorded_steps: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, np.int64), metadata={OMIT_IF: "has_every_iterate"}
    )
    norms: StepNorms | None = field(default=None, metadata=OMIT_DEFAULT)
    sketch: PathSketch | None = field(default=None, metadata=OMIT_DEFAULT)
    left_out: int = field(default=0, metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        check_words(self)
        rows = np.float64 if self.sketch is None else np.float32
        freeze(self, "iterates", "gradients", dtype=rows)
        freeze(self, *ARRAYS, "full_losses")
        object.__setattr__(self, "recorded_steps", self._steps_of_rows())
        freeze(self, "loss_counts", "recorded_steps", dtype=np.int64)
        if not isinstance(self.names, ParameterNames):
            object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "options", dict(self.options))
        scheduled = {name: read_only(one) for name, one in self.scheduled_options.items()}
        object.__setattr__(self, "scheduled_options", scheduled)
        check_shapes(self)
        check_values(self)

    def _steps_of_rows(self) -> NDArray[np.int64]:
        """Return the steps of the rows, which are all where none are given."""
        return self.recorded_steps if len(self.recorded_steps) else np.arange(len(self.losses))

    @property
    def evaluated(self) -> Trajectory:
        """The run up to the last row whose loss and gradient are known.

        That is the run itself; of a loop that was watched, it is the run without its last step.
        """
        return self.first(self.steps - 1) if self.is_open else self

    @property
    def behavior(self) -> Behavior:
        """What the recorded numbers show, in one word; the first of these that holds.

        A run that a value which is not finite ended, or a loss that failed:

        - ``unbounded``: the loss was −∞, or the parameters left the finite numbers while the loss
          fell and the gradients grew;
        - ``left the domain``: the loss had no value there, as log and √ have none of negative
          numbers: it was nan though it had not risen, or it failed;
        - ``diverging``: it was +∞, or the parameters left the finite numbers.

        Any other run; its tail is the last half of its steps, in two equal parts:

        - ``stationary``: no step moved the parameters beyond rounding;
        - ``diverging``: the tail rises, each loss above that two rows before, to above the start;
          and the gradients grow tenfold in its second part, or the rise does and the gradient is a
          hundred times the first, or they grow there at a pace that does not slow down, and either
          are ten times the first or the last step rises no more than ½ (g + g′)·Δθ explains: where
          a loss is flatter than a parabola, no run diverges;
        - ``unbounded``: each step of the tail falls, faster and faster, the last gradient is at
          least ten times the first, and the curvature along the path, Δg·Δθ/|Δθ|², is negative and
          does not weaken; of at least six steps;
        - ``converging``: the loss has fallen, ‖last gradient‖ ≤ 0.1 ‖largest gradient‖, and the
          tail's gradients shrink, or the tail stands still; or the fall still to come,
          d2·r/(1 − r) with r = d2/d1 by the falls d1 and d2 of the tail's parts, is at most what
          has fallen, and it does not turn; but the fall is not endless, one of 1/t in step t or of
          more, as −log θ falls: of three steps of the tail, the reciprocals of the falls grow more
          than a line does;
        - ``oscillating``: at least two steps of the tail, and more than half of them, lead to a
          gradient that points against the one before (negative scalar product);
        - ``slow``: the loss has fallen, and falls through the tail or stands still there;
        - ``bounded``: none of these: it moves, and neither arrives nor goes away.

        A change of the loss that its rounding hides is taken from the gradients, ½ (g + g′)·Δθ. So
        a constant added to a loss changes nothing, nor does a loss c·L at rate η/c. The gradients
        of mini-batches are those of different losses; such a run is judged by its losses alone, and
        so is one of which some parameters were left out, or not every row was kept and there are no
        products in `norms`. They are the losses over all data, `full_losses`, where these were
        measured at two rows or more. If noise hides what the losses of such a run do, so that it
        would be ``bounded``, means tell it, each of a tenth of at least 20 losses, and of five or
        more: it is ``converging`` or ``slow`` if the last mean is below the first by three of their
        standard errors, and ``converging`` if the second half falls by no more than √½ of what the
        first did, so that no more is to come than has fallen.

        Example:
            >>> import descent
            >>> parabola = descent.LOSSES["parabola"]  # 2 / sharpness is 1
            >>> for rate in (0.01, 0.45, 0.95, 1, 1.05):
            ...     run = descent.record(parabola, [2], learning_rate=rate, steps=6)
            ...     print(rate, run.behavior)
            0.01 slow
            0.45 converging
            0.95 oscillating
            1 oscillating
            1.05 diverging
        """
        return behavior_of(self)

    @property
    def goes_away(self) -> bool:
        """Whether its later steps would leave any picture: it is diverging or unbounded."""
        return self.behavior in GOING_AWAY

    def at(self, step: float) -> NDArray[np.float64]:
        """Return a point on the straight line between two iterates, for drawing.

        (1 − s)·θ^t + s·θ^{t+1} at step t + s. Only whole steps were recorded; between them this
        interpolates linearly, which the optimizer never did. A step outside [0, steps] gives the
        nearest end. Where not every row was kept, the iterates are those of the nearest rows that
        were, before and after.

        Args:
            step: Time in steps, a float.

        Returns:
            Point of shape (n,).

        Raises:
            InvalidType: If `step` is not a number.
            InvalidValue: If it is not finite.

        Example:
            >>> import descent
            >>> parabola = descent.LOSSES["parabola"]
            >>> descent.record(parabola, [2], learning_rate=0.25, steps=3).at(0.5)  # of 2, 1, ½, ¼
            array([1.5])
        """
        step = min(max(check_number(step, "step"), 0.0), float(self.recorded_steps[-1]))
        row = max(int(np.searchsorted(self.recorded_steps, step, "right")) - 1, 0)
        after = min(row + 1, len(self.recorded_steps) - 1)
        first, last = (float(self.recorded_steps[k]) for k in (row, after))
        share = (step - first) / (last - first) if after > row else 0.0
        return (1 - share) * self.iterates[row] + share * self.iterates[after]

    def first(self, steps: int) -> Trajectory:
        """Return the run as it was after `steps` steps, or the run itself if it has fewer.

        How the recording ended belongs to a step that was not recorded, and is left out.

        Args:
            steps: How many steps to keep, a whole number; row 0, the start, always stays.

        Returns:
            A Trajectory of steps + 1 rows or fewer.

        Raises:
            InvalidType: If `steps` is not a whole number.
            InvalidValue: If it is negative.
        """
        steps = check_whole(steps, "steps", 0, MAX_STEPS)
        if steps > self.steps:
            return self
        rows, kept = slice(0, steps + 1), slice(np.searchsorted(self.recorded_steps, steps + 1))
        return replace(
            self,
            iterates=self.iterates[kept],
            losses=self.losses[rows],
            gradients=self.gradients[kept],
            learning_rates=self.learning_rates[:steps],
            batch_losses=self.batch_losses[rows],
            loss_counts=self.loss_counts[:steps],
            full_losses=self.full_losses[rows],
            scheduled_options={name: one[:steps] for name, one in self.scheduled_options.items()},
            recorded_steps=self.recorded_steps[kept],
            norms=self.norms.first(steps) if self.norms is not None else None,
            sketch=self.sketch.first(steps) if self.sketch is not None else None,
            diverged=False,
            stopped_by=None,
            error="",
            next_loss="",
        )

    def plot(self, loss: Loss | None = None, **options: Any) -> Figure:
        """Draw the run: its loss by steps and, given the loss, its path on the contours.

        Args:
            loss: What was descended, if it is to be drawn too: maps params, shape (n,), to a
                scalar tensor.
            **options: Further arguments of `descent.plot_runs`, which draws several runs at once.

        Returns:
            A figure of matplotlib, which a notebook shows.

        Raises:
            InvalidType: As `descent.plot_runs` does.
            InvalidValue: As `descent.plot_runs` does.
        """
        from descent.plots.runs import plot_runs

        return plot_runs(self, loss, **options)

    def to_pandas(self) -> DataFrame:
        """Return the run as a table of pandas, one row per step, indexed by t."""
        from descent.tables import run_table

        return run_table(self)

    def __repr__(self) -> str:
        """Return what it is and what became of it, in a line."""
        from descent.display import run_repr

        return run_repr(self)

    def _repr_html_(self) -> str:
        from descent.display import run_html

        return run_html(self)

    def _repr_png_(self) -> Picture | None:
        from descent.display import picture_of

        return picture_of(self)


def check_runs(runs: Any) -> list[Trajectory]:
    """Return one recorded run or several as a list."""
    is_several = isinstance(runs, Iterable) and not isinstance(runs, str)
    given: list[Any] = list(runs) if is_several else [runs]  # pyright: ignore[reportUnknownArgumentType]
    if not given:
        raise InvalidValue("runs", "be at least one trajectory", runs, got="none")
    for run in given:
        if not isinstance(run, Trajectory):
            raise InvalidType("runs", "be trajectories, as record returns them", run)
        if run.names != given[0].names:
            one, other = some_of(given[0].names), some_of(run.names)
            raise InvalidValue("runs", "be of the same parameters", runs, got=f"{one} and {other}")
    return given
