"""How recorded numbers reach the modules that show them in a notebook."""

from __future__ import annotations

import importlib
from typing import Any


def at_first_use(module: str) -> Any:
    """Return the module called `module`, loaded at its first use.

    It is named, not imported, so that it is not among the sources that a clip is drawn from: how
    a notebook shows a run is no reason to draw a film again.
    """
    return importlib.import_module(module)
