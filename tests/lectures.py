"""The lectures that every clip is tried on: the default one, and some that are unkind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manim import tempconfig

from scenes import SCENES, clip, style
from scenes.lecture_scene import LectureScene
from understanding_gradients.lecture.settings import Settings, read_settings

DEFAULT = read_settings(Path(__file__).parent.parent / "lecture.toml")
UNEVEN_ROWS = ((-40.0, 1200.0), (0.0, 4500.0), (35.0, -800.0))
TINY_ROWS = ((-2.312e-106, -998.7), (-1.234e-5, -4.567e-5), (3.0, 2.0))

LECTURES: dict[str, Settings] = {
    "default": DEFAULT,
    "light": DEFAULT.replace(theme="light", steps=3),
    "diverging": DEFAULT.replace(just_right=0.9, very_large=600.0, steps=5),
    "diverging-at-once": DEFAULT.replace(very_small=0.5, just_right=1e200, very_large=1e205),
    "far-start": DEFAULT.replace(start=(-310.0, 95.0), steps=2),
    "one-step": DEFAULT.replace(steps=1),
    "one-parameter": DEFAULT.replace(loss="parabola", start="suggest", steps=3),
    "valley": DEFAULT.replace(loss="rosenbrock", start="suggest", steps=3),
    "tiny-row": DEFAULT.replace(rows=TINY_ROWS, picked_row=1, steps=2),
    "other-rows": DEFAULT.replace(rows=UNEVEN_ROWS, picked_row=2, start=(3.0, 2.0), steps=2),
}


@contextmanager
def small_frames(theme: str = "dark") -> Iterator[None]:
    """Let Manim draw small frames and write nothing, in a theme."""
    settings = {
        "pixel_width": 320,
        "pixel_height": 180,
        "frame_rate": 5,
        "dry_run": True,
        "progress_bar": "none",
        "verbosity": "ERROR",
        "disable_caching": True,
    }
    with tempconfig(settings), style.use_theme(theme):
        yield


def played(slug: str, inputs: Any, **options: Any) -> LectureScene:
    """Return the clip `slug` after all its frames were drawn, at five a second."""
    scene = SCENES[slug](clip=clip(slug), inputs=inputs, **options)
    scene.render()
    return scene
