"""A passage of a clip: all steps again, the loss above and the sharpness with 2 / η below."""

from __future__ import annotations

from typing import Any

from manim import linear

from scenes import style
from scenes.facts.stability import limit, measured, turn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boundary.run_on import StepCounter
from scenes.mobjects.descent.sharpness_picture import SharpnessPicture
from scenes.wording import prompts, sharpness

SECONDS = 8.0


class SharpnessPassage(LectureScene):
    """A scene that may show how sharp the loss was along a run."""

    def show_sharpness(self, run: Any, color: str) -> None:
        """Draw loss and sharpness over the steps together, and say how they went.

        Args:
            run: The `understanding_gradients.lecture.recordings.Run`.
            color: Of its loss.
        """
        if not sharpness.is_measured(run):
            return
        name = sharpness.named_limit(run)
        picture = SharpnessPicture(run.full.losses, measured(run), limit(run), name, color)
        counter = StepCounter(plot=picture.upper)
        self.beat("sharpness", sharpness.question(run), sharpness.question_cue(run))
        self.change_stage(picture, counter)
        self.beat("sharpness-run", prompts.ALL_STEPS, sharpness.ALL_STEPS_CUE)
        going = picture.run(), counter.run(run.full.steps)
        self.play(*going, run_time=SECONDS, rate_func=linear)
        self.say(sharpness.what_it_does(run))
        found = turn(run)
        if (said := sharpness.turns_back(run)) is not None and found is not None:
            self.beat("sharpness-turn", sharpness.TURN, sharpness.TURN_CUE)
            moving = picture.look_at(found.step), counter.run(found.step)
            self.play(*moving, run_time=style.BEAT)
            self.say(said)
        if (said := sharpness.how_the_loss_goes(run)) is not None:
            self.beat("sharpness-loss", said, sharpness.LOSS_CUE)
