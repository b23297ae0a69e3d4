"""What must be a sweep; one sentence where it is not."""

from __future__ import annotations

from typing import Any

from descent.checks.errors import InvalidType
from descent.sweeps.sweep import Sweep


def check_sweep(sweep: Any) -> Sweep:
    """Return `sweep`, having checked that it is one.

    Raises:
        InvalidType: If it is not.
    """
    if not isinstance(sweep, Sweep):
        raise InvalidType("sweep", "be a descent.Sweep", sweep, got=f"a {type(sweep).__name__}")
    return sweep
