"""A renderer that lets a test look at every frame of a clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manim import Scene

from understanding_gradients.render.renderer import ClipRenderer


class EveryFrame(ClipRenderer):
    """Plays every frame, draws none, and calls `look` with the scene at each of them.

    Args:
        look: Called with the scene, once for every frame in which something may have moved.
    """

    def __init__(self, look: Callable[[Any], None]) -> None:
        super().__init__(lambda number: True)
        self.look = look

    def update_frame(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Look instead of capturing."""
        self.look(scene)
