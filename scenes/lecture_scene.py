"""The scene of every clip: a title, a headline per beat, and its inputs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from manim import (
    LEFT,
    UL,
    Animation,
    Mobject,
    Scene,
    Wait,
    rush_from,
    rush_into,
    smooth,
    squish_rate_func,
)

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.manim_private import EndSceneEarlyException
from scenes.registry import Clip
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape


@dataclass(frozen=True)
class SceneBeat:
    """A beat as a scene plays it, in seconds; that of a finished clip is in `spec.timeline`.

    Attributes:
        name: Unique within the clip.
        headline: The last line under the title, as markup; may be empty.
        caption: The subtitle.
        start: Its first moment, in seconds of the clip.
        cue: The moment from which its subtitle is shown, in seconds of the clip.
        end: The moment after its last, in seconds of the clip.
    """

    name: str
    headline: str
    caption: str
    start: float
    cue: float
    end: float

    @property
    def times(self) -> tuple[float, float, float]:
        """Its start, its end, and the start of its subtitle."""
        return self.start, self.end, self.cue


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
        self._open: SceneBeat | None = None
        self._read_until = self._still_until = 0.0
        self._is_quick = False
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

    def beat(
        self, name: str, headline: str = "", caption: str = "", *, is_quick: bool = False
    ) -> None:
        """End the present beat and begin the next; a beat is a section of Manim.

        A beat lasts until what is said in it can have been read and its last picture has stood
        still.

        Args:
            name: Unique within the clip.
            headline: The line under the title, one line of markup: what is asked, or what is true
                before anything moves. Empty keeps the present one.
            caption: The subtitle, plain text.
            is_quick: Whether it ends as soon as its motion has, since nothing new is said.
        """
        self._end_beat()
        self.next_section(name)
        now = self.renderer.time
        self._open = SceneBeat(name, headline, caption, now, now, now)
        self._read_until = self._still_until = now
        self._is_quick = is_quick
        self._await_reading(len(caption) / style.CUE_SPEED, now)
        if headline:
            self.set_headline(headline)

    def say(self, headline: str, caption: str = "") -> None:
        """Say what the motion has shown.

        Args:
            headline: The line under the title, one line of markup.
            caption: The subtitle from now on, plain text; empty keeps that of the beat.
        """
        assert self._open is not None
        now = self.renderer.time
        if caption:
            self._open = replace(self._open, caption=caption, cue=now)
            self._await_reading(len(caption) / style.CUE_SPEED, now)
        self._open = replace(self._open, headline=headline)
        self.set_headline(headline)

    def ask(self, question: str, caption: str = "") -> None:
        """Ask the viewer, and leave time for a guess.

        Args:
            question: The line under the title, one line of markup.
            caption: The subtitle from now on, plain text; empty keeps that of the beat.
        """
        self.say(question, caption)
        self.wait(style.GUESS)

    def set_headline(self, headline: str) -> None:
        """Replace the line under the title by `headline`."""
        line = self.place_headline(Label(headline, style.TEXT, style.palette().muted))
        self.let_read(line)
        # The old line is gone before the new one comes: never two of them, half transparent.
        leaving, arriving = (squish_rate_func(smooth, *part) for part in ((0, 0.5), (0.5, 1)))
        moves: list[Animation] = [FadeIn(line, rate_func=arriving)]
        if self.headline is not None:
            moves.append(FadeOut(self.headline, rate_func=leaving))
        self.play(*moves, run_time=style.BLINK)
        self.headline = line

    def place_headline(self, line: Label) -> Label:
        """Move the headline to its place, and return it."""
        line.move_to((style.LEFT, style.HEADLINE_Y, 0), LEFT)
        return line

    def let_read(self, line: Label) -> None:
        """Let the beat last until `line`, which appears now, can have been read."""
        self._await_reading(length(line) / style.CLAIM_SPEED, self.renderer.time)

    def on_stage(self) -> list[Mobject]:
        """Return all that is on screen but the title and the line under it."""
        return [one for one in self.mobjects if one not in (self.title, self.headline)]

    def change_stage(self, *arriving: Mobject) -> None:
        """Let all of the stage leave and another picture come, with hardly a moment between them.

        One comes when the other has gone, since the ground of a map would cover it.

        Args:
            *arriving: What the other picture consists of.
        """
        leaving = [FadeOut(one) for one in self.on_stage()]
        if leaving:
            self.play(*leaving, run_time=style.BLINK, rate_func=rush_into)
        self.play(*map(FadeIn, arriving), run_time=style.MOVE, rate_func=rush_from)

    def hold(self, seconds: float = style.PAUSE) -> None:
        """Hold the picture."""
        self.wait(seconds)

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play animations, after which the picture stands still for a while."""
        super().play(*args, **kwargs)
        if not isinstance(args[0], Wait):
            self._still_until = self.renderer.time + style.STILL

    def rest(self) -> None:
        """Hold the picture until all that is on screen can have been read."""
        if self._is_quick:
            return
        seconds = max(self._read_until, self._still_until) - self.renderer.time
        steps = math.ceil(seconds / style.TIME_STEP - 1e-6)
        if steps > 0:
            self.wait(steps * style.TIME_STEP)

    def _await_reading(self, seconds: float, since: float) -> None:
        self._read_until = max(self._read_until, since + seconds)

    def tear_down(self) -> None:
        """End the last beat; the renderer may end the scene early, as within `construct`."""
        with suppress(EndSceneEarlyException):
            self._end_beat()
        super().tear_down()

    def _end_beat(self) -> None:
        if self._open is None:
            return
        self.rest()
        beat, self._open = replace(self._open, end=self.renderer.time), None
        self.beats.append(beat)
        if self.on_beat_end is not None:
            self.on_beat_end(self, beat)


def length(line: Label) -> int:
    """Return the number of characters of a line, spaces among them."""
    without_calls = re.sub(r"#\w+\([^)]*\)+", "", line.typst_code)
    words = re.sub(r"\$[^$]*\$", "x", without_calls).split()
    return len(line.submobjects) + max(0, len(words) - 1)
