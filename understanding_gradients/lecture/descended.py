"""What names the descent of a lecture: a loss with its start, a model, or saved runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from descent.checks.errors import InvalidValue

# The keys that another one takes the place of.
IN_PLACE_OF = {"run": ("loss", "start", "steps", "model"), "model": ("loss", "start")}


def is_loss_file(loss: str | None) -> bool:
    """Return whether a loss is FILE.py:NAME, not one with a name."""
    return loss is not None and ":" in loss


def check_descended(table: dict[str, Any]) -> None:
    """Check that a file names saved runs, a model, or a loss with its start."""
    for key, others in IN_PLACE_OF.items():
        for other in others:
            if table.get(key) and other in table:
                raise beside(key, other)


def beside(key: str, other: str) -> InvalidValue:
    """Return the error about a key that stands beside one that takes its place."""
    constraint = f"go without descent.{key}, which brings its own"
    return InvalidValue(f"descent.{other}", constraint, repair="leave one of the two out.")


def beside_file(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    """Return `table` with the paths of files taken from the folder of the settings."""
    folder = path.parent.absolute()
    named = {key: table.get(key) for key in ("loss", "model")}
    files = {key: one for key, one in named.items() if isinstance(one, str) and is_loss_file(one)}
    found: dict[str, Any] = {key: str(folder / one) for key, one in files.items()}
    runs: Any = table.get("run")
    if isinstance(runs, str) and runs:
        found["run"] = str(folder / runs)
    if isinstance(runs, list):
        listed: list[Any] = runs
        found["run"] = [str(folder / one) if isinstance(one, str) else one for one in listed]
    return table | found
