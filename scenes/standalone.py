"""What a scene is given under plain ``manim``: the default lecture, recorded on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenes.registry import Clip, clip


def clip_and_material(slug: str) -> tuple[Clip, Mapping[str, Any]]:
    """Return the clip called `slug` and what ``lecture.toml`` gives it."""
    from lecture.recording import record_material
    from lecture.settings import read_settings

    row = clip(slug)
    settings = read_settings(Path(__file__).parent.parent / "lecture.toml")
    return row, record_material(settings, row.needs)
