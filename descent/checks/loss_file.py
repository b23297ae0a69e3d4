"""Which frames run the code of a user's loss file, and the line of it that raised."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import FrameType

# The name of a loss file's module, which no import statement can reach, begins so.
MODULE_PREFIX = "loss file "


def is_loss_file(frame: FrameType) -> bool:
    """Return whether a frame runs the code of a loss file."""
    return str(frame.f_globals.get("__name__")).startswith(MODULE_PREFIX)


def loss_file_place(error: BaseException) -> str:
    """Return "FILE.py, line 7" for the line of a loss file that raised; "" if none did."""
    cause: BaseException | None = error
    while cause is not None:
        for frame, line in reversed(list(traceback.walk_tb(cause.__traceback__))):
            if is_loss_file(frame):
                return f"{Path(frame.f_code.co_filename).name}, line {line}"
        cause = cause.__cause__
    return ""
