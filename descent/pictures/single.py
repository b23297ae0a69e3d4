"""A recorded run by itself: checked that it can be drawn, and made into a picture."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.losses.named import NamedLoss
from descent.pictures.bare import bare_picture
from descent.pictures.making import first_view, picture_of
from descent.pictures.on_planes import Descent, run_on_planes
from descent.pictures.shown_steps import MOST_AXES, check_steps, first_rate, steps_to_show
from descent.rates.requested_sharpness import is_requested, requested_sharpness
from descent.runs.completion import completed
from descent.runs.loss_match import check_same_loss, check_same_parameters
from descent.runs.measures import check_every_row
from descent.runs.trajectory import Trajectory
from descent.views.plane import Plane

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from descent.arrays import Loss
    from descent.pictures.run import Run


def single_run(
    run: Any,
    loss: Loss,
    steps: int | None = None,
    plane: Plane | None = None,
    sharpness: bool | ArrayLike | None = None,
    *,
    rows: int | None = None,
) -> Run:
    """Return what a clip shows of a run by itself.

    Of a run that did not keep every row, that is its curves and numbers: it has no map.

    Args:
        run: The recorded descent.
        loss: The function that it was recorded from.
        steps: How many steps are shown one by one, the rest in one motion; by default all of up
            to `WHOLE`, else `BEGINNING`.
        plane: Where a run is drawn; by default the plane of its path if it has more than two
            parameters.
        sharpness: Along the run, or True to measure it; see `requested_sharpness`.
        rows: Over how many rows of the data a loss is drawn on a plane; 0 for all, by default as
            many as its time allows.
    """
    if isinstance(run, Trajectory) and not run.has_every_row:
        for name, is_given in (
            ("plane", plane is not None),
            ("sharpness", is_requested(sharpness)),
        ):
            if is_given:
                check_every_row(run, f"to be filmed with {name}=...", needs_all=True)
        check_same_loss(loss, run)
        return bare_picture(run, steps)
    run = check_run(run, loss)
    check_plane(plane, run)
    along = requested_sharpness(sharpness, run, loss)
    picture = _picture(run, loss, steps, plane, rows)
    return picture if along is None else replace(picture, sharpness_along=along)


def _picture(
    run: Trajectory, loss: Loss, steps: int | None, plane: Plane | None, rows: int | None
) -> Run:
    shown = run.first(steps_to_show(run.steps, steps))
    # A run that is shown to its end also says how it ended.
    shown = run if shown.steps == run.steps else shown
    if plane is not None or len(run.names) > MOST_AXES:
        one = Descent(shown, run, first_rate(run))
        return run_on_planes(loss, one, plane, description_of(loss), rows)
    named = with_names(loss, run)
    first = first_view(named, [shown])
    return picture_of(named, shown, first, -math.inf, first_rate(run), run)


def check_run(run: Any, loss: Loss) -> Trajectory:
    """Return `run`, checked that it can be drawn and was recorded from `loss`, with its last row.

    A loop that was watched has no loss after its last step: it is that of `loss`.
    """
    run = check_steps(run)
    check_same_parameters(loss, run)
    check_every_row(run, "to be compared with others", needs_all=True)
    check_same_loss(loss, run)
    return completed(run, loss)


def check_plane(plane: Any, run: Trajectory) -> None:
    """Refuse what is no plane in the space of a run's parameters."""
    if plane is None:
        return
    if not isinstance(plane, Plane):
        raise InvalidType("plane", "be a descent.Plane, as path_plane gives it", plane)
    if len(plane.origin) != len(run.names):
        constraint = f"be one of the run's {len(run.names):,} parameters"
        raise InvalidValue("plane", constraint, plane, got=f"one of {len(plane.origin):,}")


def with_names(loss: Loss, run: Trajectory) -> NamedLoss:
    """Return `loss` with the names of the run's parameters, and its start."""
    start = tuple(run.iterates[0].tolist())
    return NamedLoss("loss", run.names, loss, start, description_of(loss))


def description_of(loss: Loss) -> str:
    """Return a loss in words, "" where none are known."""
    return loss.description if isinstance(loss, NamedLoss) else ""
