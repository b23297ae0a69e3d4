"""The rows of a recording of which not all are kept, while it is made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.arguments import BYTES_PER_PARAMETER
from descent.runs.rows import Recorder, ending_of
from descent.runs.thinning.meter import NormMeter
from descent.runs.thinning.path import ThinnedPath
from descent.runs.thinning.recorded import LARGEST, Recorded, thinned
from descent.runs.thinning.vectors import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.runs.keeping import Keeping
    from descent.runs.parameters import Parameters


class ThinningRecorder(Recorder):
    """Measures every row of a recording, and keeps some of them.

    Args:
        steps: How many steps the recording takes, if nothing ends it early.
        params: The parameters.
        keeping: Which rows and how much memory are kept.
        places: The parameters that are recorded; None for all.
        has_products: Whether all gradients are those of one loss.
    """

    def __init__(
        self,
        steps: int,
        params: Parameters,
        keeping: Keeping,
        places: NDArray[np.int64] | None,
        has_products: bool,
    ) -> None:
        count = len(params.vector()) if places is None else len(places)
        rows = -(-steps // keeping.every) + 1
        is_whole = rows * count * BYTES_PER_PARAMETER <= keeping.memory
        super().__init__(rows - 1 if is_whole else 0, params, count)
        self._places, self._every = places, keeping.every
        self._meter = NormMeter(has_products)
        self._path = None if is_whole else ThinnedPath(count, None, keeping.every, keeping.memory)
        self._kept: list[int] = []
        self._last: list[Tensor] = []

    def write(self, loss: float, batch_loss: float) -> bool:
        """Measure the parameters and the gradient if they are finite, and return whether."""
        params, gradient = self._now()
        most = np.inf if self._path is None else LARGEST
        size = float(norm([params]))
        has_params = math.isfinite(size) and size < most and self._ends_none(self.params.vector())
        has_losses = math.isfinite(loss) and math.isfinite(batch_loss)
        # Squares overflow before the numbers do.
        slope = norm([gradient])
        has_gradient = math.isfinite(float(slope)) and self._ends_none(self.params.gradient())
        if not (has_params and has_losses and has_gradient):
            unfinished = loss if not math.isfinite(loss) else batch_loss
            first_loss = self.losses[0] if self.losses else math.nan
            ending = ending_of(has_params, unfinished, first_loss)
            self.stopped_by, self.diverged, self.next_loss = ending
            return False
        number = len(self.losses)
        self.losses.append(loss)
        self.batch_losses.append(batch_loss)
        step = self._meter.add([params], [gradient], slope)
        if self._path is not None:
            self._path.add(number, [params], step)
        elif number % self._every == 0:
            self._keep(number, params, gradient)
        self._last = [params, gradient]
        return True

    def is_last(self) -> bool:
        """Return whether parameters and gradient are those of the last row."""
        return all(map(_same, self._last, self._now()))

    def recorded(self) -> Recorded:
        """Return the rows that were kept, the last one too."""
        number = len(self.losses) - 1
        measured = self._meter.so_far()
        if self._path is not None:
            ended = self._path.ended(number, self._last[:1], is_over=True)
            return thinned(ended, np.ones(number, bool), measured)
        if self._kept[-1] != number:
            self._keep(number, *self._last)
        rows = self.iterates[: len(self._kept)], self.gradients[: len(self._kept)]
        return Recorded(*rows, np.array(self._kept), measured)

    def _keep(self, number: int, params: Any, gradient: Any) -> None:
        self.iterates[len(self._kept)] = params.numpy()
        self.gradients[len(self._kept)] = gradient.numpy()
        self._kept.append(number)

    def _ends_none(self, vector: Tensor) -> bool:
        """Return whether the numbers that are not recorded, too, let the recording go on."""
        return self._places is None or bool(vector.isfinite().all())

    def _now(self) -> tuple[Any, Any]:
        """Return copies of the parameters that are recorded, and of their gradient."""
        params, gradient = (
            vector if self._places is None else vector[self._places]
            for vector in (self.params.vector(), self.params.gradient())
        )
        return _copied(params), _copied(gradient)


def _copied(vector: Any) -> Any:
    """Return a copy of a vector of any precision and device, in float64."""
    import torch

    # Apple's GPU has no float64: to the CPU first.
    return vector.cpu().to(torch.float64, copy=True)


def _same(one: Any, other: Any) -> bool:
    return np.array_equal(one.numpy(), other.numpy())
