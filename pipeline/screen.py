"""What stands under an ordinary Manim scene in place of Manim's own renderer and file writer.

Manim is asked for a dry run, so that it plans, writes and caches no file of its own (its cache is
unsound: it takes a truncated file for a finished one, and does not see changes that reach the
picture through an updater). Its frames are handed to whoever takes them instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import manim
import numpy as np
from manim import Mobject, Scene, config
from manim.renderer.cairo_renderer import CairoRenderer
from manim.utils.iterables import list_update

from pipeline.camera import ChangeCamera
from pipeline.changes import Box
from pipeline.quality import Quality

# Takes a frame, shape (height, width, 4), uint8 RGBA, how often it stands, and the boxes outside of
# which it is as the frame before it. Its pixels are drawn over when it returns.
TakeFrame = Callable[[np.ndarray, int, Sequence[Box]], None]


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


class ClipRenderer(CairoRenderer):
    """Draws whole frames for `take`; without it, draws nothing and counts them.

    Counting runs the scene with every animation skipped to its end, in a fraction of the time.
    The clock is the count of frames, in both cases, so beats are at the same time in both.

    Attributes:
        frames: How many frames have passed.
    """

    def __init__(self, take: TakeFrame | None = None) -> None:
        super().__init__(camera_class=ChangeCamera, skip_animations=take is None)
        self.frames = 0
        self._take = take
        self._changed: list[Box] = []

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play, and set the clock to the frames that passed."""
        super().play(scene, *args, **kwargs)
        if self.skip_animations:
            self.frames += whole_frames(scene.duration)
        self.time = self.frames / config.frame_rate

    def update_frame(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Draw what changed, unless this play is skipped."""
        if not self.skip_animations:
            self._changed += self._show(scene)

    def render(self, scene: Scene, time: float, moving_mobjects: Any = None) -> None:
        """Draw and hand on one frame, unless this play is skipped."""
        if not self.skip_animations:
            self.update_frame(scene)
            self._hand_on(1)

    def freeze_current_frame(self, duration: float) -> None:
        """Let the frame stand for `duration` seconds; Manim makes 491 frames of 8.2 s, not 492."""
        if not self.skip_animations:
            self._hand_on(whole_frames(duration))

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:
        """Do nothing: the camera itself knows what stands still."""

    def still(self, scene: Scene) -> np.ndarray:
        """Return what is on screen now, shape (height, width, 4), uint8 RGBA."""
        self._show(scene)
        return self.camera.pixel_array

    def _show(self, scene: Scene) -> list[Box]:
        return self.camera.show(list_update(scene.mobjects, scene.foreground_mobjects))

    def _hand_on(self, repeat: int) -> None:
        assert self._take is not None
        self._take(self.camera.pixel_array, repeat, self._changed)
        self._changed = []
        self.frames += repeat


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
