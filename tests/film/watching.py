"""A clip as a viewer has it: every line, every motion and every beat, with their times."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from manim import Wait, tempconfig

from descent.text import numbers
from scenes import CLIPS
from scenes.claims import CLAIMS, Claim, Prompt
from scenes.lecture_scene import LectureScene, SceneBeat, length
from scenes.mobjects.plot import Plot
from tests.film.stages import Stages
from tests.lectures import LECTURES, played, small_frames
from tests.legibility import violations, visible_texts
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.render.renderer import ClipRenderer

RATE = 10  # frames per second: every duration is a whole number of them


@dataclass(frozen=True)
class Line:
    """A line under the title, from when it appears until it is replaced or the clip ends."""

    beat: str
    text: str
    plain: str
    characters: int
    start: float
    end: float

    @property
    def is_claim(self) -> bool:
        """Whether it may be false."""
        return not isinstance(self.text, Prompt)

    @property
    def seconds(self) -> float:
        """How long it stands."""
        return self.end - self.start


@dataclass
class Watched:
    """A clip that was played.

    Attributes:
        slug: Its name.
        beats: Its beats.
        quick: The names of those that say nothing new.
        lines: The lines under its title.
        motions: The (start, end) of every motion but that of a line under the title.
        texts: Every text on screen at the end of each beat.
        faults: What cannot be read at the end of a beat, a sentence each.
        stages: What its stage shows.
        ticks: Those of them that are numbers of axes.
        written: The sizes of all numbers that were written as a text, drawn or not, by its text
            without a sign.
    """

    slug: str
    stages: Stages
    beats: list[SceneBeat] = field(default_factory=list)
    quick: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)
    motions: list[tuple[float, float]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    ticks: dict[str, set[str]] = field(default_factory=dict)
    written: dict[str, set[float]] = field(default_factory=lambda: defaultdict(set))

    def motions_of(self, beat: SceneBeat) -> list[tuple[float, float]]:
        """Return the motions within a beat."""
        return [one for one in self.motions if beat.start <= one[0] < beat.end]


def watch(
    slug: str, inputs: Mapping[str, Any], theme: str = "dark", *, looks: bool = False
) -> Watched:
    """Play a clip and note what a viewer would read; if it looks, also what is on the stage.

    Then every frame is played, and the first, the last and that at the end of each beat are drawn.
    """
    set_headline, play = LectureScene.set_headline, LectureScene.play
    is_line = False

    def note_line(scene: Any, headline: str) -> None:
        nonlocal is_line
        start, is_line = scene.renderer.time, True
        set_headline(scene, headline)
        is_line = False
        end_last(start)
        plain, characters = scene.headline.plain_text, length(scene.headline)
        seen.lines.append(Line(scene._open.name, headline, plain, characters, start, start))

    def note_motion(scene: Any, *args: Any, **kwargs: Any) -> None:
        start = scene.renderer.time
        play(scene, *args, **kwargs)
        if not is_line and not isinstance(args[0], Wait):
            seen.motions.append((start, scene.renderer.time))

    def end_last(time: float) -> None:
        if seen.lines:
            last = seen.lines.pop()
            seen.lines.append(Line(**{**vars(last), "end": time}))

    def note_beat(scene: Any, beat: SceneBeat) -> None:
        if scene._is_quick:
            seen.quick.add(beat.name)
        seen.texts[beat.name] = [one.text for one in visible_texts(scene)]
        family = [one for mobject in scene.mobjects for one in mobject.get_family()]
        axes: list[Any] = [one for one in family if isinstance(one, Plot)]
        seen.ticks[beat.name] = {label.plain_text for one in axes for label in one.ticks[1]}
        if looks:
            seen.faults += [f"{beat.name}: {sentence}" for sentence in violations(scene)]
            seen.stages.note_colors(scene)

    written: dict[str, set[float]] = defaultdict(set)
    with (
        small_frames(theme),
        tempconfig({"frame_rate": RATE}),
        noted_numbers(written),
        patch.object(LectureScene, "set_headline", note_line),
        patch.object(LectureScene, "play", note_motion),
    ):
        seen = Watched(slug, Stages(), written=written)
        renderer = seen.stages if looks else ClipRenderer()
        scene = played(slug, inputs, renderer, on_beat_end=note_beat)
        if looks:
            seen.stages.last = seen.stages.stage_picture(scene)
    end_last(scene.beats[-1].end)
    seen.beats = scene.beats
    return seen


@contextmanager
def noted_numbers(written: dict[str, set[float]]) -> Iterator[None]:
    """Note the size of every number that is written in fixed point, by its text without a sign."""
    fixed = numbers.fixed

    def note(value: float, *args: Any, **options: Any) -> str:
        text = fixed(value, *args, **options)
        written[text.lstrip("+−")].add(abs(float(value)))
        return text

    with ExitStack() as stack:
        for module in list(sys.modules.values()):
            if vars(module).get("fixed") is fixed:
                stack.enter_context(patch.object(module, "fixed", note))
        yield


@lru_cache(maxsize=3)
def recorded_lecture(name: str) -> Mapping[str, Any]:
    """Return all recordings of one of `LECTURES`."""
    return record_lecture(LECTURES[name])


@lru_cache(maxsize=3)
def watched_lecture(name: str) -> list[Watched]:
    """Return all clips of one of `LECTURES`, in order."""
    inputs, theme = recorded_lecture(name), LECTURES[name].film.theme
    return [watch(clip.slug, inputs, theme, looks=True) for clip in CLIPS]


def similarity(one: str, other: str) -> float:
    """Return how alike two sentences are, from 0 to 1."""
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def is_true(text: str) -> bool:
    """Return whether a line may be shown: it is a prompt, or its condition holds."""
    if isinstance(text, Prompt):
        return True
    if not isinstance(text, Claim):
        return False
    args, options = text.given
    return bool(CLAIMS[text.name].holds(*args, **options))
