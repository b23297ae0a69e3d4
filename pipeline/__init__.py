"""Scenes in, files out: plan, workers, frames, encoder, store, exports. Nothing here draws.

``pipeline.film(run, loss)`` is for notebooks. Importing this package, or any module of it but those
that only a worker imports (`pipeline.worker`, `pipeline.screen`, `pipeline.encoder`), loads neither
torch nor Manim.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.notebook import film

__all__ = ["film"]


def __getattr__(name: str) -> Any:
    """Load what is for notebooks at its first use (PEP 562)."""
    if name != "film":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.notebook").film
