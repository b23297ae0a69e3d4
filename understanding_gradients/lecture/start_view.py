"""The loss over a window in which another start of the descent can be chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import check_shape, freeze
from descent.losses.minimum import Minimum, find_minimum
from descent.losses.named import NamedLoss
from descent.serialization import Saveable
from descent.views.landscape import Landscape, Window, contains, scale_window, window_around
from descent.views.windows import STAGE_ASPECT, TOO_FAR, aspect_for, landscape

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAP_ASPECT = 1.9  # width over height of the map
ROOM = 0.75  # on each side of the places that are known, as a share of their span
EDGE = 0.04  # nearest to the window's edge that the start comes, as a share of its size
WIDER = 2.0  # times as wide, as often as the start is outside


@dataclass(frozen=True, eq=False)
class StartView(Saveable):
    """A loss, and the places to which its start is compared.

    Attributes:
        landscape: The loss over the window. It stays the same while the start moves within.
        own_start: Where a descent of this loss starts by itself, shape (n,); (0,) if nowhere.
        minimiser: A minimum downhill of there, shape (n,), or (0,) if none is found.
        minimum: The loss at it; nan if none is found.
    """

    landscape: Landscape
    own_start: NDArray[np.float64]
    minimiser: NDArray[np.float64]
    minimum: float

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "own_start", "minimiser")
        size = len(self.landscape.axes)
        for name in ("own_start", "minimiser"):
            place = getattr(self, name)
            check_shape(name, place, (size if len(place) else 0,))

    @property
    def has_minimum(self) -> bool:
        """Whether a minimum is known, and lies in the window."""
        return len(self.minimiser) > 0 and self.landscape.contains(self.minimiser)


def record_start_view(loss: NamedLoss, start: NDArray[np.float64]) -> StartView:
    """Return the view of a loss in which its start is chosen.

    Args:
        loss: Its `start` is its own, or () if it has none.
        start: That of the lecture, shape (n,); n is 1 or 2.
    """
    own = np.array(loss.start, dtype=np.float64)
    found = find_minimum(loss, own if len(own) else start)
    return StartView(
        landscape=landscape(loss, window_for_start(loss, own, start, found)),
        own_start=own,
        minimiser=np.empty(0) if found is None else found.place,
        minimum=math.nan if found is None else found.loss,
    )


def window_for_start(
    loss: NamedLoss, own: NDArray[np.float64], start: NDArray[np.float64], found: Minimum | None
) -> Window:
    """Return a window that contains what is known of a loss, and the start.

    It depends on the start only as far as it becomes twice as wide, or four times, to contain it:
    the map stays under the hand that moves the start.
    """
    stage = STAGE_ASPECT if found is None else aspect_for(loss, found.place)
    aspect = stage / STAGE_ASPECT * MAP_ASPECT
    if loss.window is not None and len(loss.window) == len(start):
        window = window_around(np.array(loss.window).T, aspect, margin=0)
    else:
        known = [one for one in (own, *([] if found is None else [found.place])) if len(one)]
        window = window_around(np.stack(known or [start]), aspect, ROOM)
    while not contains(window, start, EDGE) and np.abs(window).max() < TOO_FAR:
        window = scale_window(window, WIDER)
    return window
