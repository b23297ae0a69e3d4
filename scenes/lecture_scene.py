"""The scene of every clip: a title, a headline per beat, and its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from manim import LEFT, UL, Scene

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.registry import Clip
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape


@dataclass(frozen=True)
class SceneBeat:
    """A beat as a scene plays it, in seconds; that of a finished clip is in `spec.timeline`.

    Attributes:
        name: Unique within the clip.
        headline: The line under the title, as markup; may be empty.
        caption: The subtitle.
        start: Its first moment, in seconds of the clip.
        end: The moment after its last, in seconds of the clip.
    """

    name: str
    headline: str
    caption: str
    start: float
    end: float


class LectureScene(Scene):
    """A clip: draws its inputs, one beat after the other.

    Args:
        clip: Its row of the registry; found by `slug` if not given.
        inputs: The recordings that the clip draws, by name; recorded here and now from
            ``lecture.toml`` if not given, as under plain ``manim``.
        on_beat_end: Called with the scene and the beat after the last frame of each beat.
        **kwargs: For `manim.Scene`.
    """

    slug: ClassVar[str]

    def __init__(
        self,
        clip: Clip | None = None,
        inputs: Mapping[str, Any] | None = None,
        on_beat_end: Callable[[LectureScene, SceneBeat], None] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.clip: Any = clip
        self.inputs: Any = inputs
        self.on_beat_end = on_beat_end
        self.beats: list[SceneBeat] = []
        self._open: tuple[str, str, str, float] | None = None
        self.title: Label | None = None
        self.headline: Label | None = None

    def setup(self) -> None:
        """Take missing inputs from the default lecture, and set the background."""
        if self.clip is None or self.inputs is None:
            from scenes.standalone import clip_and_inputs

            self.clip, self.inputs = clip_and_inputs(self.slug)
        camera: Any = self.camera
        camera.background_color = style.palette().background
        camera.init_background()

    def add_title(self) -> None:
        """Put the clip's title at the top left."""
        self.title = Label(escape(self.clip.title), style.TITLE, plain_text=self.clip.title)
        self.title.move_to((style.LEFT, style.TOP, 0), UL)
        self.add(self.title)

    def beat(self, name: str, headline: str = "", caption: str = "") -> None:
        """End the present beat and begin the next; a beat is a section of Manim.

        Args:
            name: Unique within the clip.
            headline: The line under the title, one line of markup; empty keeps the present one.
            caption: The subtitle, plain text.
        """
        self._end_beat()
        self.next_section(name)
        self._open = (name, headline, caption, self.renderer.time)
        if headline:
            self.set_headline(headline)

    def set_headline(self, headline: str) -> None:
        """Replace the line under the title by `headline`."""
        line = Label(headline, style.TEXT, style.palette().muted)
        line.move_to((style.LEFT, style.HEADLINE_Y, 0), LEFT)
        leaving = [FadeOut(self.headline)] if self.headline is not None else []
        self.play(*leaving, FadeIn(line), run_time=style.BLINK)
        self.headline = line

    def hold(self, seconds: float = style.PAUSE) -> None:
        """Hold the picture."""
        self.wait(seconds)

    def tear_down(self) -> None:
        """End the last beat."""
        self._end_beat()
        super().tear_down()

    def _end_beat(self) -> None:
        if self._open is None:
            return
        name, headline, caption, start = self._open
        self._open = None
        beat = SceneBeat(name, headline, caption, start, self.renderer.time)
        self.beats.append(beat)
        if self.on_beat_end is not None:
            self.on_beat_end(self, beat)
