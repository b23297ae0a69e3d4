"""Manim scenes that draw recorded trajectories step by step.

`SCENES` is the lecture: slug to scene class, in order. Looking up a class imports it, and Manim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from scenes.registry import CLIPS, Clip, clip

__all__ = ["CLIPS", "SCENES", "Clip", "clip"]


class _Scenes(Mapping[str, Any]):
    """Slug to scene class, imported on look-up."""

    def __getitem__(self, slug: str) -> Any:
        module, name = clip(slug).scene.split(":")
        return getattr(import_module(module), name)

    def __iter__(self) -> Iterator[str]:
        return (one.slug for one in CLIPS)

    def __len__(self) -> int:
        return len(CLIPS)


SCENES: Mapping[str, Any] = _Scenes()
