"""A run in one file with what a film draws of it, so that it is filmed again without its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from descent.checks.warned import warn
from descent.pictures.run import Run
from descent.pictures.single import single_run
from descent.runs.trajectory import Trajectory
from descent.serialization import Saveable
from descent.text.runs import CURVES_ALONE, rows_kept
from descent.views.plane import Plane

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from descent.arrays import Loss


@dataclass(frozen=True, eq=False)
class PicturedRun(Saveable):
    """What ``run.save(path, loss)`` writes.

    ``Trajectory.load`` and ``Run.load`` read the one or the other from it.

    Attributes:
        run: As it was recorded.
        picture: What a film draws of it: the loss over its views, its sharpness, its minimum.
        planes: The plane on which it is drawn, if one was given; by those, runs are compared.
    """

    run: Trajectory
    picture: Run
    planes: tuple[Plane, ...] = ()


def pictured(
    run: Any,
    loss: Loss,
    plane: Plane | None,
    steps: int | None,
    sharpness: bool | ArrayLike | None = None,
) -> PicturedRun:
    """Return a run with its picture, and warn of a picture without a map.

    Args:
        run: The recorded descent.
        loss: The function that it was recorded from.
        plane: Where it is drawn; by default the planes of its path, if it has more than two
            parameters.
        steps: How many steps are shown one by one; see `single_run`.
        sharpness: Along the run; see `single_run`.
    """
    picture = single_run(run, loss, steps, plane, sharpness)
    if not picture.landscapes:
        warn(f"{rows_kept(picture.full)}: its film shows {CURVES_ALONE}.")
    return PicturedRun(run, picture, () if plane is None else (plane,))
