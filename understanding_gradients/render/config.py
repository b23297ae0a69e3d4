"""Manim's configuration while a scene is rendered, built from Manim's packaged defaults.

A manim.cfg in the home or working folder could change a picture without changing its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import manim
from manim import config, tempconfig

from scenes.manim_private import packaged_config
from scenes.style import use_theme
from understanding_gradients.render.quick_manim import quick_manim
from understanding_gradients.spec.quality import Quality


def manim_config(quality: Quality) -> dict[str, Any]:
    """Return the options for frames of `quality` that differ from Manim's defaults."""
    return {
        "pixel_width": quality.width,
        "pixel_height": quality.height,
        "frame_rate": quality.frame_rate,
        "dry_run": True,
        "disable_caching": True,
        "progress_bar": "none",
        "verbosity": "WARNING",
        "seed": 0,
    }


@contextmanager
def render_config(
    quality: Quality, theme: str = "dark", transparent: bool = False, **options: Any
) -> Iterator[None]:
    """Configure Manim for rendering while the context lasts; `options` are more of Manim's."""
    options |= manim_config(quality) | {"background_opacity": 0.0 if transparent else 1.0}
    level = manim.logger.level
    manim.logger.setLevel("WARNING")
    try:
        # In two steps: `tempconfig` restores every option, those of a manim.cfg included.
        with tempconfig({}):
            config.update(packaged_config())
            config.update(options)
            with use_theme(theme), quick_manim():
                yield
    finally:
        manim.logger.setLevel(level)
