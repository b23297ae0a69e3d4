"""The scene that every clip is: a title, a claim a beat, and what it was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from manim import LEFT, UL, Scene

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.registry import Clip
from scenes.typesetting.labels import Label, escape


@dataclass(frozen=True)
class Beat:
    """What one click of a presenter advances.

    Attributes:
        name: Its name, unique within the clip.
        claim: What the screen says about it, as markup; may be empty.
        caption: What a subtitle says about it.
        start: Its first moment, in seconds of the clip.
        end: The moment after its last, in seconds of the clip.
    """

    name: str
    headline: str
    caption: str
    start: float
    end: float


class LectureScene(Scene):
    """A clip: draws the material it is given, one beat after the other.

    Args:
        clip: Its row of the registry; found by `slug` if not given.
        material: The recorded pieces that the clip needs, by name; recorded here and now from
            ``lecture.toml`` if not given, as under plain ``manim``.
        captions: Captions that replace the scene's own, by beat name.
        on_beat_end: Called with the scene and the beat when a beat's last frame stands.
        **kwargs: For `manim.Scene`.
    """

    slug: ClassVar[str]

    def __init__(
        self,
        clip: Clip | None = None,
        material: Mapping[str, Any] | None = None,
        captions: Mapping[str, str] | None = None,
        on_beat_end: Callable[[LectureScene, Beat], None] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.clip = clip
        self.material = material
        self.captions = dict(captions or {})
        self.on_beat_end = on_beat_end
        self.beats: list[Beat] = []
        self._open: tuple[str, str, str, float] | None = None
        self.title: Label | None = None
        self.headline: Label | None = None

    def setup(self) -> None:
        """Take what is missing from the default lecture, and lay the ground."""
        if self.clip is None or self.material is None:
            from scenes.standalone import clip_and_inputs

            self.clip, self.material = clip_and_inputs(self.slug)
        camera: Any = self.camera
        camera.background_color = style.palette().background
        camera.init_background()

    def given(self, piece: str) -> Any:
        """Return the piece of material called `piece`."""
        assert self.material is not None
        return self.material[piece]

    def add_title(self) -> None:
        """Put the clip's title at the top left."""
        assert self.clip is not None
        self.title = Label(escape(self.clip.title), style.TITLE, shown=self.clip.title)
        self.title.move_to((style.LEFT, style.TOP, 0), UL)
        self.add(self.title)

    def beat(self, name: str, headline: str = "", caption: str = "") -> None:
        """Close the beat before and open the next.

        Args:
            name: Unique within the clip.
            headline: What the screen says, one line of markup; empty keeps the one that stands.
            caption: What a subtitle says, plain text.
        """
        self._close()
        self.next_section(name)
        self._open = (name, headline, self.captions.get(name, caption), self.renderer.time)
        if headline:
            self.set_headline(headline)

    def set_headline(self, headline: str) -> None:
        """Replace the line under the title by `headline`."""
        line = Label(headline, style.TEXT, style.palette().muted)
        line.move_to((style.LEFT, style.CLAIM_Y, 0), LEFT)
        leaving = [FadeOut(self.headline)] if self.headline is not None else []
        self.play(*leaving, FadeIn(line), run_time=style.BLINK)
        self.headline = line

    def hold(self, seconds: float = style.PAUSE) -> None:
        """Let the picture stand."""
        self.wait(seconds)

    def tear_down(self) -> None:
        """Close the last beat."""
        self._close()
        super().tear_down()

    def _close(self) -> None:
        if self._open is None:
            return
        name, headline, caption, start = self._open
        self._open = None
        beat = Beat(name, headline, caption, start, self.renderer.time)
        self.beats.append(beat)
        if self.on_beat_end is not None:
            self.on_beat_end(self, beat)


def fitting_headline(claims: Sequence[str]) -> str:
    """Return the first of `claims` that there is room for in one line, or else the last."""
    widest = style.RIGHT - style.LEFT
    fitting = (headline for headline in claims if Label(headline, style.TEXT).width <= widest)
    return next(fitting, claims[-1])
