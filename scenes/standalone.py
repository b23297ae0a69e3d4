"""What a scene is given under plain ``manim``: the default lecture, recorded on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenes.registry import Clip, clip


def clip_and_inputs(slug: str) -> tuple[Clip, Mapping[str, Any]]:
    """Return the clip called `slug` and what ``lecture.toml`` or, without it, the default gives."""
    from understanding_gradients.installation import default_settings
    from understanding_gradients.lecture.record import record_lecture
    from understanding_gradients.lecture.settings_file import settings_in

    row = clip(slug)
    return row, record_lecture(settings_in(default_settings()), row.inputs)
