"""What stands under an ordinary Manim scene in place of Manim's own renderer and file writer.

Manim is asked for a dry run, so that it plans, writes and caches no file of its own (its cache is
unsound: it takes a truncated file for a finished one, and does not see changes that reach the
picture through an updater). Its frames are handed to whoever takes them instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import manim
import numpy as np
from manim import Mobject, Scene, config
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter

from pipeline.quality import Quality

# Takes a frame, shape (height, width, 4), uint8 RGBA, and how often it stands.
TakeFrame = Callable[[np.ndarray, int], None]


def manim_settings(quality: Quality) -> dict[str, Any]:
    """Return the Manim configuration of a clip of this `quality`, for `manim.tempconfig`."""
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


def forget_personal_settings() -> None:
    """Return Manim to the settings it comes with, whatever a manim.cfg on this machine says.

    Such a file could change a picture without changing its key.
    """
    manim.logger.setLevel("WARNING")
    config.digest_file(Path(manim.__file__).parent / "_config" / "default.cfg")


class FrameWriter(SceneFileWriter):
    """Hands every frame on instead of writing segments."""

    def __init__(self, take: TakeFrame | None, settings: Any) -> None:
        super().__init__(settings)
        self._take = take

    def write_frame(self, pixels: np.ndarray, *, repeat: int = 1) -> None:
        """Hand on a frame that stands `repeat` times."""
        if self._take is not None:
            self._take(pixels, repeat)


class ClipRenderer(CairoRenderer):
    """Draws whole frames for `take`; without it, draws nothing and counts them.

    Counting runs the scene with every animation skipped to its end, in a fraction of the time.
    The clock is the count of frames, in both cases, so beats are at the same time in both.

    Attributes:
        frames: How many frames have passed.
    """

    def __init__(self, take: TakeFrame | None = None) -> None:
        super().__init__(
            file_writer_class=partial(FrameWriter, take),  # type: ignore[arg-type]
            skip_animations=take is None,
        )
        self.frames = 0

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play, and set the clock to the frames that passed."""
        super().play(scene, *args, **kwargs)
        if self.skip_animations:
            self.frames += whole_frames(scene.duration)
        self.time = self.frames / config.frame_rate

    def add_frame(self, frame: np.ndarray, num_frames: int = 1) -> None:
        """Take a frame that stands `num_frames` times."""
        if not self.skip_animations:
            self.frames += num_frames
            self.file_writer.write_frame(frame, repeat=num_frames)

    def freeze_current_frame(self, duration: float) -> None:
        """Let the frame stand for `duration` seconds; Manim makes 491 frames of 8.2 s, not 492."""
        if not self.skip_animations:
            self.add_frame(self.get_frame(), whole_frames(duration))

    def update_frame(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Draw, unless this play is skipped."""
        if not self.skip_animations:
            super().update_frame(scene, *args, **kwargs)

    def render(self, scene: Scene, time: float, moving_mobjects: Any = None) -> None:
        """Draw and add one frame, unless this play is skipped."""
        if not self.skip_animations:
            super().render(scene, time, moving_mobjects)

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> Any:
        """Draw what stands still during a play, unless it is skipped."""
        if not self.skip_animations:
            return super().save_static_frame_data(scene, static_mobjects)
        return None

    def still(self, scene: Scene) -> np.ndarray:
        """Return what is on screen now, drawn afresh, shape (height, width, 4), uint8 RGBA."""
        self.static_image = None
        super().update_frame(scene)
        return self.get_frame()


def whole_frames(seconds: float) -> int:
    """Return the number of frames in `seconds`, at the configured rate."""
    return round(seconds * config.frame_rate)


def with_whole_frames(scene_class: type[Scene]) -> type[Scene]:
    """Return `scene_class` with every play exactly as many frames long as its seconds say.

    Manim counts with ``numpy.arange(0, run_time, 1 / rate)``, which yields one frame too many
    wherever rounding lifts run_time by a bit: 3 * 0.2 s at 15 frames a second gives 10, not 9.
    """

    class WholeFrames(scene_class):
        def get_time_progression(self, run_time: float, *args: Any, **kwargs: Any) -> Any:
            if not self.renderer.skip_animations:
                run_time = (whole_frames(run_time) - 0.5) / config.frame_rate
            return super().get_time_progression(run_time, *args, **kwargs)

    WholeFrames.__name__ = scene_class.__name__
    return WholeFrames
