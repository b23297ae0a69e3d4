"""What is measured of every row and step of a run, also where not every row was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.runs.precision import epsilon_of
from descent.runs.step_norms import StepNorms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.sketch import PathSketch

ROUNDINGS = 4.0  # of the parameters, in the update rule
STEP_SHARE = 1e-6  # of the step, likewise
SAME_ROUNDINGS = 64.0  # of a loss: another sum over the same data may differ by as much
PLAIN = "SGD"
WIDER = "a larger memory_mb"


class Measures:
    """What a Trajectory tells of its rows and steps: norms, ratios, which rule they follow."""

    iterates: NDArray[np.float64]
    losses: NDArray[np.float64]
    gradients: NDArray[np.float64]
    learning_rates: NDArray[np.float64]
    batch_losses: NDArray[np.float64]
    full_losses: NDArray[np.float64]
    loss_counts: NDArray[np.int64]
    recorded_steps: NDArray[np.int64]
    norms: StepNorms | None
    sketch: PathSketch | None
    optimizer: str
    options: dict[str, object]
    scheduled_options: dict[str, NDArray[np.float64]]
    dtype: str
    left_out: int

    @property
    def steps(self) -> int:
        """Number of steps that were taken and recorded."""
        return len(self.learning_rates)

    @property
    def is_open(self) -> bool:
        """Whether the last row is of the parameters alone: a loop computes no loss after it."""
        gradients = self.gradients[-1:] if self.norms is None else self.norms.gradient_norms[-1:]
        unknown = bool(np.isnan(self.losses[-1:]).all() and np.isnan(gradients).all())
        return unknown and len(self.losses) > 1

    @property
    def has_one_loss(self) -> bool:
        """Whether all its gradients are known to be those of one loss, not of mini-batches.

        Of a loop that was watched, this is known where the losses of its steps were found to be the
        loss over all data, ``full_losses``, wherever that was measured, and at two rows at least.
        """
        if not self.loss_counts.size:
            return not self.batch_losses.size
        losses = self.losses[:-1] if self.is_open else self.losses
        full = self.full_losses[: len(losses)]
        at = np.flatnonzero(np.isfinite(full))
        near = SAME_ROUNDINGS * epsilon_of(self.dtype)
        is_same = len(at) >= min(2, len(losses)) and np.allclose(full[at], losses[at], near, 0)
        return is_same and not self.batch_losses.size

    @property
    def gradient_norms(self) -> NDArray[np.float64]:
        """Length of the gradient at each iterate, shape (steps+1,); nan where there is none."""
        if self.norms is not None:
            return self.norms.gradient_norms
        return np.hypot.reduce(np.abs(self.gradients), axis=1)

    @property
    def parameter_norms(self) -> NDArray[np.float64]:
        """Length of the vector of all parameters at each iterate, shape (steps+1,)."""
        if self.norms is not None:
            return self.norms.parameter_norms
        return np.hypot.reduce(np.abs(self.iterates), axis=1)

    @property
    def step_lengths(self) -> NDArray[np.float64]:
        """How far each step moved the parameters, ‖θ^{t+1} − θ^t‖, shape (steps,)."""
        if self.norms is not None:
            return self.norms.step_lengths
        return np.hypot.reduce(np.abs(np.diff(self.iterates, axis=0)), axis=1)

    @property
    def update_to_weight_ratios(self) -> NDArray[np.float64]:
        """The length of each step relative to the parameters' before it, shape (steps,).

        Example:
            >>> import descent
            >>> parabola = descent.LOSSES["parabola"]
            >>> descent.record(parabola, [2], learning_rate=0.25, steps=2).update_to_weight_ratios
            array([0.5, 0.5])
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.step_lengths / self.parameter_norms[:-1]

    def step_norms(self) -> StepNorms:
        """Return the norms of every step, kept or computed from the rows, without products."""
        if self.norms is not None:
            return self.norms
        return StepNorms(self.gradient_norms, self.parameter_norms, self.step_lengths)

    @property
    def has_every_iterate(self) -> bool:
        """Whether the iterate of every step was kept."""
        return len(self.recorded_steps) == len(self.losses)

    @property
    def has_every_row(self) -> bool:
        """Whether the iterate and the gradient of every step were kept."""
        return self.has_every_iterate and len(self.gradients) == len(self.losses)

    @property
    def follows_update_rule(self) -> NDArray[np.bool_]:
        """Whether each step is θ^{t+1} = θ^t − η_t·gradient up to rounding, shape (steps,).

        Steps with momentum, by Adam or with weight decay do not.

        Raises:
            InvalidValue: If not every row was kept.

        Example:
            >>> import descent
            >>> bowl = descent.LOSSES["bowl"]
            >>> run = descent.record(bowl, [2, 1], learning_rate=0.1, steps=3, momentum=0.9)
            >>> run.follows_update_rule.tolist()  # the first step has no momentum yet
            [True, False, False]
        """
        check_every_row(self, "for the update rule of each step")
        before, after = self.iterates[:-1], self.iterates[1:]
        rates = self.learning_rates
        rates = rates[:, None] if rates.ndim == 1 else rates
        rounding = ROUNDINGS * epsilon_of(self.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            off = np.abs(before - rates * self.gradients[:-1] - after)
            step = np.abs(after - before).max(axis=1, initial=0, keepdims=True)
            allowed = rounding * np.maximum(np.abs(before), np.abs(after))
            allowed += max(STEP_SHARE, rounding) * step
        return (off <= allowed).all(axis=1)

    @property
    def is_plain_gradient_descent(self) -> bool:
        """Whether every step follows the update rule with one rate and the gradient of all data.

        Where not every row was kept, this is told by the optimizer and its options.
        """
        if not self.has_every_row:
            is_changed = bool(self.options or self.scheduled_options)
            is_plain = self.optimizer == PLAIN and not is_changed and not self.left_out
            return is_plain and self.has_one_loss and np.unique(self.learning_rates).size <= 1
        has_one_rate = np.unique(self.learning_rates).size <= 1
        return has_one_rate and self.has_one_loss and bool(self.follows_update_rule.all())


def check_every_row(run: Measures, purpose: str, *, needs_all: bool = False) -> None:
    """Check that every row of a run was kept.

    Args:
        run: The run.
        purpose: What the rows are needed for.
        needs_all: Whether it needs all parameters too.

    Raises:
        InvalidValue: If some were not, with what keeps them.
    """
    if run.has_every_row:
        return
    got = f"{len(run.recorded_steps):,} of {len(run.losses):,} rows"
    wider = f"{WIDER}." if needs_all else f"{WIDER}, or with keep= for fewer parameters."
    repair = f"record it with {wider if run.sketch is not None else 'every=1.'}"
    raise InvalidValue("run", f"hold every row {purpose}", got=got, repair=repair)
