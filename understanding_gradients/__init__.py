"""Scenes in, files out: lecture settings, rendering, encoding, store, exports, command line.

``understanding_gradients.film(run, loss)`` is for notebooks. Importing this package loads neither
torch nor Manim.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from understanding_gradients.notebook.film import film

__all__ = ["film"]


def __getattr__(name: str) -> Any:
    """Import what is for notebooks at its first use (PEP 562).

    Raises:
        ImportError: If what renders is not installed.
    """
    if name != "film":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from understanding_gradients.installation import check_installation

    check_installation()
    return importlib.import_module(f"{__name__}.notebook.film").film
