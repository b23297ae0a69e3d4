"""The lectures that every clip is drawn for: the default one, and extreme ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manim import tempconfig

from scenes import SCENES, clip, style
from scenes.lecture_scene import LectureScene
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.lecture.settings_file import read_settings
from understanding_gradients.render.renderer import ClipRenderer, with_exact_frame_counts

DEFAULT = read_settings(Path(__file__).parent.parent / "lecture.toml")
# As short as a lecture can be that still has two steps one after the other.
SHORT = DEFAULT.replace(steps=2)
LARGE_ROWS = ((-40.0, 1200.0), (0.0, 4500.0), (35.0, -800.0))
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
    "other-rows": DEFAULT.replace(rows=LARGE_ROWS, picked_row=2, start=(3.0, 2.0), steps=2),
}


@contextmanager
def small_frames(theme: str = "dark") -> Iterator[None]:
    """Draw small frames in a theme, and write no files."""
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


def played(
    slug: str, inputs: Any, renderer: ClipRenderer | None = None, **options: Any
) -> LectureScene:
    """Return the clip `slug` after all its frames were played, at five per second.

    They are painted only if `renderer` paints them, which takes twice as long as all the rest.
    """
    scene_class: Any = with_exact_frame_counts(SCENES[slug])
    renderer = renderer or ClipRenderer(lambda number: False)
    scene = scene_class(clip=clip(slug), inputs=inputs, renderer=renderer, **options)
    scene.render()
    return scene
