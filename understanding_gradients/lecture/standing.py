"""How the middle run of a lecture stands beside the others: what its clip tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import freeze
from descent.serialization import Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

MIDDLE = "just_right"


@dataclass(frozen=True, eq=False)
class Standing(Saveable):
    """How the middle run stands beside the others, and its rate beside the curvatures of the loss.

    It holds no more of them than is told in the clip of the middle run, which so stays the same
    under another rate of the others, unless that changes what is told.

    Attributes:
        tried: How many rates were tried.
        is_lowest: Whether the middle run ends lower than each of the others that did not diverge,
            after the steps shown.
        curvatures: Eigenvalues of the Hessian at the minimum, increasing, shape (n,); (0,) where
            none is known.
    """

    tried: int
    is_lowest: bool
    curvatures: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze(self, "curvatures")


def standing_of(
    shown: Mapping[str, Trajectory], curvatures: NDArray[np.float64] | None = None
) -> Standing:
    """Return how the middle one of some runs stands.

    Args:
        shown: The steps shown of each run, by the name of its rate.
        curvatures: Of the loss at its minimum, if they are known.
    """
    middle = shown[MIDDLE]
    others = [run for name, run in shown.items() if name != MIDDLE]
    ends = [run.losses[-1] for run in others if not run.diverged]
    is_lowest = not middle.diverged and all(middle.losses[-1] < end for end in ends)
    known = np.empty(0) if curvatures is None else curvatures
    return Standing(len(shown), bool(is_lowest), known)
