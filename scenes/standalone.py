"""What a scene is given under plain ``manim``: the default lecture, recorded on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenes.registry import Clip, clip


def clip_and_inputs(slug: str) -> tuple[Clip, Mapping[str, Any]]:
    """Return the clip called `slug` and what ``lecture.toml`` gives it."""
    from understanding_gradients.lecture.record import record_lecture
    from understanding_gradients.lecture.settings import read_settings

    row = clip(slug)
    settings = read_settings(Path(__file__).parent.parent / "lecture.toml")
    return row, record_lecture(settings, row.inputs)
