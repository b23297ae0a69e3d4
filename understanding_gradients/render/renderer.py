"""What stands under an ordinary Manim scene in place of Manim's own renderer and file writer.

Manim is asked for a dry run, so that it plans, writes and caches no file of its own (its cache is
unsound: it takes a truncated file for a finished one, and does not see changes that reach the
picture through an updater). What is on screen is recorded instead, frame by frame, in takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import manim
import numpy as np
from manim import Mobject, Scene, Wait, config, tempconfig
from manim.renderer.cairo_renderer import CairoRenderer
from manim.utils.iterables import list_update

from scenes.style import use_theme
from understanding_gradients.encode.color import unpremultiply
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.display_list import Frame
from understanding_gradients.render.segment import Segment
from understanding_gradients.spec.quality import Quality

# Takes a recorded take and its number.
OnSegment = Callable[[int, Segment], None]


def manim_config(quality: Quality) -> dict[str, Any]:
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


@contextmanager
def render_config(
    quality: Quality, theme: str, transparent: bool = False, **settings: Any
) -> Iterator[None]:
    """Let scenes be run for `quality`, in a theme, whatever this machine's settings say.

    Args:
        quality: Of their frames.
        theme: "dark" or "light".
        transparent: Whether what is behind the ground shows through it.
        **settings: More of Manim's.
    """
    reset_manim_config()
    settings |= manim_config(quality) | {"background_opacity": 0.0 if transparent else 1.0}
    with tempconfig(settings), use_theme(theme):
        yield


def reset_manim_config() -> None:
    """Return Manim to the settings it comes with, whatever a manim.cfg on this machine says.

    Such a file could change a picture without changing its key.
    """
    manim.logger.setLevel("WARNING")
    config.digest_file(Path(manim.__file__).parent / "_config" / "default.cfg")


class ClipRenderer(CairoRenderer):
    """Records the takes of a scene that are wanted, and counts the frames of all.

    A take that is not wanted is run through frame by frame without looking, so that what follows
    it is the same to the last bit: an animation that moves a thing by differences leaves it a
    little elsewhere if it is skipped to its end. If no take can be wanted, all are skipped, in a
    fraction of the time. The clock is the count of frames in every case, so that beats are at the
    same time.

    Args:
        wanted: Is asked, as each take begins, whether to record it, by its number from 0.
        keep: Is given every recorded take, with its number, when it ends.

    Attributes:
        frames: How many frames have passed.
        takes: How many takes have begun.
        looks_away: Whether takes that are not wanted are run through, not skipped.
    """

    camera: IncrementalCamera  # type: ignore[assignment]  # what Manim is told to use

    def __init__(
        self, wanted: Callable[[int], bool] | None = None, keep: OnSegment | None = None
    ) -> None:
        super().__init__(camera_class=IncrementalCamera, skip_animations=True)
        self.frames = 0
        self.takes = 0
        self.runs_undrawn = wanted is not None
        self._wanted = wanted or (lambda number: False)
        self._keep = keep
        self._take: Segment | None = None
        self._seen: Frame = []
        self._is_cut = True

    def cut(self) -> None:
        """End the take; whatever is played next begins another."""
        self._is_cut = True
        take, self._take = self._take, None
        if take is not None and self._keep is not None:
            self._keep(self.takes - 1, take)

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play, and set the clock to the frames that passed."""
        rests = len(args) == 1 and isinstance(args[0], Wait)
        if self._is_cut or not rests:
            self.cut()
            self._begin_take()
        super().play(scene, *args, **kwargs)
        if self.skip_animations:
            self.frames += frame_count(scene.duration)
        self.time = self.frames / config.frame_rate

    def _begin_take(self) -> None:
        wanted = self._wanted(self.takes)
        self.takes += 1
        self._is_cut = False
        self._take = Segment() if wanted else None
        # From this, Manim decides anew at every play whether to skip it.
        self._original_skipping_status = not wanted

    def update_frame(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """See what is on screen, if this take is recorded."""
        if self._take is not None:
            self._seen = self._picture(scene)

    def render(self, scene: Scene, time: float, moving_mobjects: Any = None) -> None:
        """See and record one frame."""
        self.update_frame(scene)
        self._record(1)

    def freeze_current_frame(self, duration: float) -> None:
        """Let the frame stand for `duration` seconds; Manim makes 491 frames of 8.2 s, not 492."""
        self._record(frame_count(duration))

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:
        """Do nothing: the camera itself finds out what stands still."""

    def still(self, scene: Scene) -> np.ndarray:
        """Return what is on screen now, shape (height, width, 4), uint8 RGBA."""
        self.camera.draw(self._picture(scene))
        return unpremultiply(self.camera.pixel_array)

    def _picture(self, scene: Scene) -> Frame:
        return self.camera.picture(list_update(scene.mobjects, scene.foreground_mobjects))

    def _record(self, repeat: int) -> None:
        if self._take is not None:
            self._take.add(self._seen, repeat)
            self.frames += repeat


def frame_count(seconds: float) -> int:
    """Return the number of frames in `seconds`, at the configured rate."""
    return round(seconds * config.frame_rate)


def with_exact_frame_counts(scene_class: type[Scene]) -> type[Scene]:
    """Return `scene_class` with plays that are as long as they say and end alike, drawn or not.

    Manim counts with ``numpy.arange(0, run_time, 1 / rate)``, which yields one frame too many
    wherever rounding lifts run_time by a bit: 3 * 0.2 s at 15 frames a second gives 10, not 9.
    """

    class WholeFrames(scene_class):
        def get_time_progression(self, run_time: float, *args: Any, **kwargs: Any) -> Any:
            renderer: Any = self.renderer
            if renderer.skip_animations and not renderer.runs_undrawn:
                return super().get_time_progression(run_time, *args, **kwargs)
            run_time = (frame_count(run_time) - 0.5) / config.frame_rate
            kwargs["override_skip_animations"] = True
            return super().get_time_progression(run_time, *args, **kwargs)

        def play_internal(self, *args: Any, **kwargs: Any) -> None:
            super().play_internal(*args, **kwargs)
            # Manim lets what follows others come to where these ended only if it draws.
            if self.renderer.skip_animations:
                self.update_mobjects(0)

    WholeFrames.__name__ = scene_class.__name__
    return WholeFrames
