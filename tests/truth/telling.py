"""What a clip says: every sentence, in the order in which it is told, without its motion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast
from unittest.mock import patch

from scenes import clip
from scenes.claims import Claim, Prompt
from scenes.clips import three_learning_rates
from scenes.lecture_scene import LectureScene
from scenes.wording import runs
from tests.lectures import played, small_frames
from tests.truth.plain import plain
from understanding_gradients.render.renderer import ClipRenderer


@dataclass(frozen=True)
class Said:
    """A sentence of a clip.

    Attributes:
        slug: The clip's.
        beat: The beat's.
        name: The claim's; "caption", "title" or "label" where it is none, "" for a prompt.
        markup: As it was set.
    """

    slug: str
    beat: str
    name: str
    markup: str

    @property
    def text(self) -> str:
        """What stands on screen, as plain text; a subtitle is that already."""
        return self.markup if self.name in ("caption", "title", "label") else plain(self.markup)


def tell(slug: str, inputs: Mapping[str, Any]) -> list[Said]:
    """Return what a clip says, from the recordings that the film gives it.

    No motion is played: the clip goes through its beats, and only what it says is noted.
    """
    said: list[Said] = []
    given = {name: inputs[name] for name in clip(slug).inputs if name in inputs}
    with small_frames(), _noting(slug, said):
        scene = played(slug, given, ClipRenderer())
    said += [Said(slug, beat.name, "caption", beat.caption) for beat in scene.beats]
    return [*said, Said(slug, "", "title", str(scene.clip.title))]


@contextmanager
def _noting(slug: str, said: list[Said]) -> Iterator[None]:
    headline, column, end = (
        LectureScene.set_headline,
        three_learning_rates.column_line,
        three_learning_rates.end_card,
    )
    describe_left, scene = runs.describe_left, cast(Any, None)

    def note(text: str) -> None:
        name = text.name if isinstance(text, Claim) else "" if isinstance(text, Prompt) else "?"
        said.append(Said(slug, scene._open.name, name, str(text)))

    def set_headline(self: Any, text: str) -> None:
        nonlocal scene
        scene = self
        note(text)
        headline(self, text)

    def column_line(text: str, place: int) -> Any:
        note(text)
        return column(text, place)

    def end_card(*texts: str) -> Any:
        for text in texts:
            note(text)
        return end(*texts)

    def left_of(run: Any) -> str:
        text = describe_left(run)
        said.append(Said(slug, scene._open.name, "label", text))
        return text

    def play(self: Any, *args: Any, run_time: float = 1.0, **kwargs: Any) -> None:
        self.renderer.time += run_time

    with ExitStack() as stack:
        for owner, name, replacement in (
            (LectureScene, "set_headline", set_headline),
            (LectureScene, "play", play),
            (runs, "describe_left", left_of),
            (three_learning_rates, "column_line", column_line),
            (three_learning_rates, "end_card", end_card),
        ):
            stack.enter_context(patch.object(owner, name, replacement))
        yield
