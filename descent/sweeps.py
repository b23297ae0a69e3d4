"""What many descents came to: a few numbers for each learning rate, and no iterates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import read_only
from descent.files import Saveable
from descent.trajectory import BEHAVIOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = -1
REALS = ("learning_rates", "final_losses", "start")
WHOLES = ("steps_taken", "steps_to_tolerance", "behaviour_codes", "diverged_codes", "groups")


@dataclass(frozen=True, eq=False)
class Sweep(Saveable):
    """What each of many descents came to; every array is aligned with the learning rates.

    S is the shape of the sweep: (k,) for k rates, (rows, columns) for a map of them.

    Attributes:
        learning_rates: Shape S; where parameters have groups, S + (groups,).
        final_losses: The last finite loss of each run, shape S.
        steps_taken: After how many steps that was, shape S, int64.
        steps_to_tolerance: After how many steps the loss was first at most `tolerance`, shape S,
            int64; -1 where it never was.
        behaviour_codes: Places in ("slow", "converging", "oscillating", "diverging"), shape S,
            int64; `behaviours` has the words.
        diverged_codes: 1 where `Trajectory.diverged` would be true, else 0, shape S, int64;
            `diverged` has the truth values.
        start: Parameters θ^0 of all runs, shape (n,).
        groups: The group of each parameter, shape (n,), int64; empty where all share one rate.
        names: One name a parameter.
        first_loss: The loss at the start.
        steps: How many steps each run was to take.
        tolerance: The loss that counts as low enough; None if it does not matter.

    Raises:
        ValueError: If shapes or numbers contradict the above.
    """

    learning_rates: NDArray[np.float64]
    final_losses: NDArray[np.float64]
    steps_taken: NDArray[np.int64]
    steps_to_tolerance: NDArray[np.int64]
    behaviour_codes: NDArray[np.int64]
    diverged_codes: NDArray[np.int64]
    start: NDArray[np.float64]
    groups: NDArray[np.int64]
    names: tuple[str, ...]
    first_loss: float
    steps: int
    tolerance: float | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        for name in REALS:
            object.__setattr__(self, name, read_only(getattr(self, name)))
        for name in WHOLES:
            object.__setattr__(self, name, read_only(getattr(self, name), dtype=np.int64))
        object.__setattr__(self, "names", tuple(self.names))
        rates, shape = self.learning_rates.shape, self.final_losses.shape
        if rates != shape and rates[:-1] != shape:
            raise ValueError(
                f"learning_rates must have shape {shape}, or one axis more; got {rates}."
            )
        for name in WHOLES[:-1]:
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} must have shape {shape}; got {getattr(self, name).shape}."
                )
        if not np.isin(self.behaviour_codes, range(len(BEHAVIOURS))).all():
            raise ValueError(
                f"behaviour_codes must be from 0 to {len(BEHAVIOURS) - 1}; got others."
            )

    @property
    def behaviours(self) -> NDArray[Any]:
        """What each run shows, as `Trajectory.behaviour` defines it; texts, shape S."""
        return np.array(BEHAVIOURS)[self.behaviour_codes]

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs ended because the next row was not finite, shape S."""
        return self.diverged_codes.astype(bool)

    @property
    def best(self) -> tuple[int, ...]:
        """The place of the lowest final loss; of several, the first.

        Whether a rate is any good is said by ``behaviours[best]``: all of them may diverge.
        """
        lowest = int(np.argmin(self.final_losses))
        return tuple(int(k) for k in np.unravel_index(lowest, self.final_losses.shape))
