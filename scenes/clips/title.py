"""The opening card: a question, over a real descent."""

from __future__ import annotations

from manim import DL, UP, VGroup

from scenes import style
from scenes.claims import first_true
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.opening import OpeningPicture
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape
from scenes.wording import recap as wording

LINE_STEP = 0.98
WIDEST = 6.2
HEADLINE_BELOW = -1.9
SHORTEST = 10.0  # seconds, of a chapter that a player lists
DESCENT = 3.6  # seconds, of all steps together
QUICKEST, SLOWEST = 0.2, 1.2


class Title(LectureScene):
    """The lecture's name and its question, over a recorded descent to its minimum."""

    slug = "title"

    def construct(self) -> None:
        """Show the name and the question over the landscape and its start, then the descent."""
        self.picture = OpeningPicture(self.inputs["just_right"])
        self.show_name()
        self.descend()

    def place_headline(self, line: Label) -> Label:
        """Move the line below the name, and return it."""
        return line.move_to((style.LEFT, HEADLINE_BELOW, 0), DL)

    def show_name(self) -> None:
        """Bring in the name over the landscape of the loss, and ask the question."""
        self.beat("name", caption=f"{self.clip.title}.")
        self.add(self.picture)
        self.play(FadeIn(hero(self.clip.title), shift=0.2 * UP), run_time=style.MOVE)
        self.ask(wording.HOOK)

    def descend(self) -> None:
        """Let the recorded run go down, and say what it is."""
        run = self.inputs["just_right"]
        self.beat("descent", caption="Watch the point: it knows nothing but the slope.")
        steps = self.picture.steps
        pace = min(SLOWEST, max(QUICKEST, DESCENT / max(steps, 1)))
        for _ in range(steps):
            self.play(
                *self.picture.step(), run_time=round(pace / style.TIME_STEP) * style.TIME_STEP
            )
        kinds = wording.as_taken, wording.as_taken_until, wording.not_taken
        self.say(first_true(*(kind(run) for kind in kinds)))
        self.rest()
        if (missing := SHORTEST - self.renderer.time) > 0:
            self.hold(missing)


def hero(title: str) -> VGroup:
    """Return the name in large letters at the left, one word per line, within the left half."""
    lines = VGroup(*(Label(escape(word), style.HERO) for word in title.split()))
    for k, line in enumerate(lines):
        line.move_to((style.LEFT, 0.4 - LINE_STEP * k, 0), DL)
    if lines.width > WIDEST:
        lines.scale(WIDEST / lines.width, about_point=lines[0].get_corner(DL))
    return lines.shift(LINE_STEP / 2 * (len(lines) - 1) * UP)
