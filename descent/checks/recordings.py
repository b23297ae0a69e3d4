"""What must be recorded runs; one sentence where it is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.texts import some_of

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory


def check_runs(runs: Any) -> list[Trajectory]:
    """Return one recorded run or several as a list.

    Raises:
        InvalidType: If something else is among them.
        InvalidValue: If there is none, or their parameters differ.
    """
    from descent.runs.trajectory import Trajectory

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
