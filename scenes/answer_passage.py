"""A passage of a clip: a run on its plane, and beside it what the network answers on the way."""

from __future__ import annotations

from typing import Any

from scenes.lecture_scene import LectureScene
from scenes.mobjects.boundary.run_on import StepCounter, move_on
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.answer_picture import AnswerPicture
from scenes.mobjects.descent.whole_panel import WholePanel
from scenes.wording import answers

PLANE = Box(-5.45, -1.95, 0.25, 1.85)  # with the aspect of a window
INPUTS = Box(1.95, -1.95, 5.75, 1.85)  # with equal scales
FRAME = Box(-7.3, -4.2, 1.0, 4.2)  # of the plane, left of the inputs
SECONDS = 6.0


class AnswerPassage(LectureScene):
    """A scene that may end with a run of a classifier, seen from both sides."""

    def show_answers(self, run: Any, color: str) -> None:
        """Take all steps again, the point and the answers together, and count what is right.

        Args:
            run: The `understanding_gradients.lecture.recordings.Run`.
            color: Of its path.
        """
        if run.regions is None:
            return
        panel = WholePanel(run, 0, PLANE, color, FRAME)
        picture = AnswerPicture(run.regions, INPUTS)
        counter = StepCounter(plot=panel.view.plot)
        self.beat("answers", answers.QUESTION, answers.LEGEND_CUE)
        self.change_stage(panel, picture, counter)
        self.say(answers.at_start(run) or answers.QUESTION)
        self.beat("answers-run", answers.ALL_STEPS, answers.RUN_CUE)
        steps, full = run.full.steps, run.full
        going = move_on(panel.path, full.iterates, full.losses)
        self.play(going, picture.run(steps), counter.run(steps), run_time=SECONDS)
        said = answers.at_end(run)
        if said is not None:
            self.say(said)
