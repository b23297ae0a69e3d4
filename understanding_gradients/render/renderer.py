"""The renderer of a clip, in place of Manim's own renderer and file writer.

Manim makes a dry run, so that it plans, writes and caches no file (its cache is unsound: it takes
a truncated file for a finished one, and does not see changes that reach a frame through an
updater). Instead, the frames on screen are recorded in segments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from manim import CairoRenderer, Mobject, Scene, Wait, config

from scenes.manim_private import EndSceneEarlyException, list_update, set_skip_animations
from understanding_gradients.encode.color import unpremultiply
from understanding_gradients.render.camera import IncrementalCamera
from understanding_gradients.render.display_list import Frame
from understanding_gradients.render.drawing import write_svg
from understanding_gradients.render.segment import Segment

# Called with the number of a recorded segment, and the segment.
OnSegment = Callable[[int, Segment], None]


class NoMoreSegments(EndSceneEarlyException):
    """Raised by `should_draw` if no later segment is needed either; it ends the scene."""


class ClipRenderer(CairoRenderer):
    """Records the segments of a scene that should be drawn, and counts the frames of all.

    A segment that is not drawn is still played frame by frame, so that what follows it is
    bit-identical: an animation that moves a mobject by differences leaves it slightly elsewhere if
    it is skipped to its end. If no segment can be drawn, all are skipped, in a fraction of the
    time. The clock is the frame count in every case, so that beats have the same times.

    Args:
        should_draw: Called as each segment starts, with its number from 0; returns whether to
            record it. No segment is recorded by default.
        on_segment: Called with the number of a recorded segment, and the segment, when it ends.
        plays_every_frame: Whether segments that are not drawn are played and not skipped; if any
            may be drawn, by default.

    Attributes:
        frame_count: The number of frames so far.
        segment_count: The number of segments so far.
        plays_every_frame: Whether segments that are not drawn are played and not skipped.
        ended_early: Whether `should_draw` raised `NoMoreSegments`.
    """

    camera: IncrementalCamera  # type: ignore[assignment]  # what Manim is told to use

    def __init__(
        self,
        should_draw: Callable[[int], bool] | None = None,
        on_segment: OnSegment | None = None,
        *,
        plays_every_frame: bool | None = None,
    ) -> None:
        super().__init__(camera_class=IncrementalCamera, skip_animations=True)
        self.frame_count = 0
        self.segment_count = 0
        self.plays_every_frame = plays_every_frame or (
            plays_every_frame is None and should_draw is not None
        )
        self.ended_early = False
        self._should_draw = should_draw or (lambda number: False)
        self._on_segment = on_segment
        self._segment: Segment | None = None
        self._frame: Frame = []
        self._has_ended = True

    def end_segment(self) -> None:
        """End the current segment; the next play starts another."""
        self._has_ended = True
        segment, self._segment = self._segment, None
        if segment is not None and self._on_segment is not None:
            self._on_segment(self.segment_count - 1, segment)

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play, and set the clock to the frame count."""
        is_wait = len(args) == 1 and isinstance(args[0], Wait)
        if self._has_ended or not is_wait:
            self.end_segment()
            self._start_segment()
        super().play(scene, *args, **kwargs)
        if self.skip_animations:
            self.frame_count += to_frames(scene.duration)
        self.time = self.frame_count / config.frame_rate

    def _start_segment(self) -> None:
        try:
            is_drawn = self._should_draw(self.segment_count)
        except NoMoreSegments:
            self.ended_early = True
            raise
        self.segment_count += 1
        self._has_ended = False
        self._segment = Segment() if is_drawn else None
        set_skip_animations(self, not is_drawn)

    def update_frame(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Capture what is on screen if this segment is recorded."""
        if self._segment is not None:
            self._frame = self._capture(scene)

    def render(self, scene: Scene, time: float, moving_mobjects: Any = None) -> None:
        """Capture and record one frame."""
        self.update_frame(scene)
        self._record(1)

    def freeze_current_frame(self, duration: float) -> None:
        """Repeat the frame for `duration` seconds; Manim makes 491 frames of 8.2 s, not 492."""
        self._record(to_frames(duration))

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> None:
        """Do nothing: the camera itself finds what does not change."""

    def still(self, scene: Scene) -> np.ndarray:
        """Return what is on screen now, shape (height, width, 4), uint8 RGBA."""
        return self.painted(self.captured(scene))

    def captured(self, scene: Scene) -> Frame:
        """Return the display list of what is on screen now."""
        return self._capture(scene)

    def painted(self, frame: Frame) -> np.ndarray:
        """Return the pixels of a display list, shape (height, width, 4), uint8 RGBA."""
        self.camera.draw(frame)
        pixels = self.camera.pixel_array
        # Where nothing is seen through, the colours are those of a file.
        return pixels.copy() if (pixels[..., 3] == 255).all() else unpremultiply(pixels)

    def write_drawing(self, scene: Scene, path: Path) -> None:
        """Write what is on screen now as SVG."""
        write_svg(self._capture(scene), self.camera, path)

    def _capture(self, scene: Scene) -> Frame:
        return self.camera.capture(list_update(scene.mobjects, scene.foreground_mobjects))

    def _record(self, repeat: int) -> None:
        if self._segment is not None:
            self._segment.add(self._frame, repeat)
            self.frame_count += repeat


def to_frames(seconds: float) -> int:
    """Return the number of frames in `seconds` at the configured frame rate."""
    return round(seconds * config.frame_rate)


def with_exact_frame_counts(scene_class: type[Scene]) -> type[Scene]:
    """Return `scene_class` with plays of exact length that end in the same state, drawn or not.

    Manim counts with ``numpy.arange(0, run_time, 1 / rate)``, which yields one frame too many
    where rounding increases run_time: 3 * 0.2 s at 15 frames per second gives 10, not 9.
    """

    class ExactFrameCounts(scene_class):
        def get_time_progression(self, run_time: float, *args: Any, **kwargs: Any) -> Any:
            renderer: Any = self.renderer
            if renderer.skip_animations and not renderer.plays_every_frame:
                return super().get_time_progression(run_time, *args, **kwargs)
            run_time = (to_frames(run_time) - 0.5) / config.frame_rate
            kwargs["override_skip_animations"] = True
            return super().get_time_progression(run_time, *args, **kwargs)

        def get_moving_and_static_mobjects(self, animations: Any) -> tuple[list[Any], list[Any]]:
            """Return none: the renderer captures all that is on screen in every frame."""
            return [], []

        def update_mobjects(self, dt: float) -> None:
            """Update what has updaters, in Manim's order."""
            for mobject in self.mobjects:
                if any(member.updaters for member in mobject.get_family()):
                    mobject.update(dt)

        def play_internal(self, *args: Any, **kwargs: Any) -> None:
            super().play_internal(*args, **kwargs)
            # After a skipped animation, Manim does not run the updaters of other mobjects.
            if self.renderer.skip_animations:
                self.update_mobjects(0)

    ExactFrameCounts.__name__ = scene_class.__name__
    return ExactFrameCounts
